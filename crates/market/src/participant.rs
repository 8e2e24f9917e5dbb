//! Who trades, and with which parameters.

use crate::calendar::Moment;
use crate::units::{Money, Power, Price};
use alloc::string::String;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

/// The most participants that are ever registered.
pub const MAX_PARTICIPANTS: u32 = 131_072;

/// A participant's fixed number: never given twice.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ParticipantId(pub u32);

/// What a participant is in the market.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Role {
    /// Load aggregator: buys.
    LoadAggregator,
    /// Microgrid: sells.
    Microgrid,
    /// Both: in a period it buys or sells.
    Prosumer,
    /// Retail supplier on the main grid: sells at the tariff, buys at the feed-in price, balances everybody.
    RetailSupplier,
    /// Distribution system operator: observes.
    DistributionOperator,
}

impl Role {
    /// Whether it may buy in the market.
    pub const fn buys(self) -> bool {
        matches!(self, Self::LoadAggregator | Self::Prosumer)
    }

    /// Whether it may sell in the market.
    pub const fn sells(self) -> bool {
        matches!(self, Self::Microgrid | Self::Prosumer)
    }

    /// Whether it has a meter that the market settles.
    pub const fn is_metered(self) -> bool {
        self.buys() || self.sells()
    }

    /// Its name in scenarios, reports and bill lines.
    pub const fn name(self) -> &'static str {
        match self {
            Self::LoadAggregator => "LA",
            Self::Microgrid => "MG",
            Self::Prosumer => "prosumer",
            Self::RetailSupplier => "RES",
            Self::DistributionOperator => "DSO",
        }
    }
}

/// The sources of a microgrid or prosumer.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Kinds {
    /// Wind turbines.
    pub wind: bool,
    /// Photovoltaic panels.
    pub photovoltaic: bool,
    /// Hydropower.
    pub hydropower: bool,
    /// Storage.
    pub storage: bool,
}

/// Parts per million: a share without a fraction.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct PartsPerMillion(pub u32);

impl PartsPerMillion {
    /// The whole.
    pub const ONE: Self = Self(1_000_000);
}

/// The parameters that a participant brings along.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Parameters {
    /// Energy-saving coefficient of (3): above zero and at most one.
    pub alpha: PartsPerMillion,
    /// Generation cost C_mv (6), in gwei per kWh.
    pub generation_cost: Price,
    /// Limit of the tie line, in watts.
    pub tie_line: Power,
}

/// A registered participant, as the rest of the market sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member<AccountId> {
    /// Its number.
    pub id: ParticipantId,
    /// Whose money it is.
    pub account: AccountId,
    /// The public ed25519 key of its meter.
    pub meter: [u8; 32],
    /// Its role.
    pub role: Role,
    /// Its parameters.
    pub parameters: Parameters,
    /// Since when it is registered.
    pub since: Moment,
}

impl<AccountId> Member<AccountId> {
    /// Whether it has a line in a period that starts at a moment: it has a meter and was registered by then, so that the
    /// whole period is its own.
    pub fn has_line_from(&self, start: Moment) -> bool {
        self.role.is_metered() && self.since <= start
    }
}

/// Where money is on hold that has to follow a participant to another account.
pub trait Holds<AccountId> {
    /// Moves what is on hold of a participant from one account to another, with all that names the account, and gives how
    /// much that is. None where that can't be done now: then nothing may be changed.
    fn follow(id: ParticipantId, from: &AccountId, to: &AccountId) -> Option<Money>;
}

impl<AccountId> Holds<AccountId> for () {
    fn follow(_: ParticipantId, _: &AccountId, _: &AccountId) -> Option<Money> {
        Some(Money::ZERO)
    }
}

impl<AccountId, One: Holds<AccountId>, Other: Holds<AccountId>> Holds<AccountId> for (One, Other) {
    fn follow(id: ParticipantId, from: &AccountId, to: &AccountId) -> Option<Money> {
        One::follow(id, from, to)?.checked_add(Other::follow(id, from, to)?)
    }
}

/// Who takes part in the market.
pub trait Registry<AccountId> {
    /// The participant that an account acts for: its own, or as its agent.
    fn acting(who: &AccountId) -> Option<ParticipantId>;
    /// The same, and whether the participant is suspended.
    fn actor(who: &AccountId) -> Option<(ParticipantId, bool)> {
        Self::acting(who).map(|id| (id, Self::is_suspended(id)))
    }
    /// The participant with a number.
    fn member(id: ParticipantId) -> Option<Member<AccountId>>;
    /// A participant's name, as in scenarios, reports and the gateway's paths.
    fn name_of(_id: ParticipantId) -> Option<String> {
        None
    }
    /// Whether the operator keeps a participant from releasing, bidding and offering more. What it has under way is
    /// brought to its end.
    fn is_suspended(_id: ParticipantId) -> bool {
        false
    }
    /// How many numbers were given: they run from 0. Those of removed participants stay without one.
    fn count() -> u32;
    /// The retail supplier that balances everybody.
    fn retail_supplier() -> Option<Member<AccountId>>;
}

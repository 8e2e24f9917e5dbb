//! What the pallet stores, and its form in the genesis configuration.

use super::*;
use codec::{DecodeWithMemTracking, MaxEncodedLen};

/// A participant's name: ASCII letters, digits, `-` and `_`.
pub type Name = BoundedVec<u8, ConstU32<32>>;

/// A registered participant.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Participant<AccountId> {
    /// Its name in scenarios, reports and the gateway's paths: nobody else has it.
    pub name: Name,
    /// Whose money it is.
    pub account: AccountId,
    /// The account of the agent, an ed25519 key that acts for it on a node.
    pub agent: AccountId,
    /// The public ed25519 key of its meter.
    pub meter: [u8; 32],
    /// Its role.
    pub role: Role,
    /// Its sources.
    pub kinds: Kinds,
    /// Its parameters.
    pub parameters: Parameters,
}

/// A participant, and since when it takes part.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Registered<AccountId> {
    /// The participant.
    pub participant: Participant<AccountId>,
    /// When it was registered; zero at genesis.
    pub since: Moment,
}

/// For whom an account acts, and whether that participant is suspended, which is the highest bit of the number: a call
/// learns both from one read.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Actor(u32);

impl Actor {
    pub(crate) const SUSPENDED: u32 = 1 << 31;

    /// Who acts for a participant that takes part.
    pub const fn new(participant: ParticipantId) -> Self {
        Self(participant.0)
    }

    /// The same where the participant is suspended, or is not.
    pub const fn suspended(self, is: bool) -> Self {
        Self(if is { self.0 | Self::SUSPENDED } else { self.0 & !Self::SUSPENDED })
    }

    /// The participant.
    pub const fn participant(self) -> ParticipantId {
        ParticipantId(self.0 & !Self::SUSPENDED)
    }

    /// Whether it is suspended.
    pub const fn is_suspended(self) -> bool {
        self.0 & Self::SUSPENDED != 0
    }
}

/// A participant in the genesis configuration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GenesisParticipant<AccountId> {
    /// Its name.
    pub name: String,
    /// Its account.
    pub account: AccountId,
    /// The account of its agent.
    pub agent: AccountId,
    /// The public ed25519 key of its meter, in hexadecimal.
    pub meter: H256,
    /// Its role, as in `LoadAggregator`.
    pub role: Role,
    /// Its sources; none where they are left out.
    #[serde(default)]
    pub kinds: Kinds,
    /// Its parameters: alpha in parts per million, generation cost in gwei per kWh, tie line in watts.
    pub parameters: Parameters,
}

impl<AccountId> TryFrom<GenesisParticipant<AccountId>> for Participant<AccountId> {
    /// The name is too long.
    type Error = ();

    fn try_from(entry: GenesisParticipant<AccountId>) -> Result<Self, ()> {
        let GenesisParticipant { name, account, agent, meter, role, kinds, parameters } = entry;
        let name = name.into_bytes().try_into().map_err(drop)?;
        Ok(Self { name, account, agent, meter: meter.0, role, kinds, parameters })
    }
}

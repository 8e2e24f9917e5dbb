//! Regional economic optimisation (1)(2): the cheapest way through the day, which leaves a net position.
//!
//! (1) minimises C_EMS = C_use + C_sell + C_pcc: the cost of the controllable source and of imports, less
//! what the controllable load is worth and exports earn, and the conversion on the tie line. (2) is the
//! power balance, P_pcc + P_CMS + P_DG = P_load + P_cl, with storage beside them.
//!
//! [`dispatch`] solves one period by merit order, [`plan_day`] a day with its storage by dynamic
//! programming. Both count whole watt-hours: what an import draws from the network is rounded up, what of
//! an export arrives there is rounded down, and limits are rounded down. So each solution can be carried
//! out as it stands, and its cost is the optimum in real numbers but for a few watt-hours.

use crate::participant::PartsPerMillion;
use crate::units::{Energy, NetEnergy, NetMoney, Power, Price};
use codec::{Decode, DecodeWithMemTracking, Encode};
use core::fmt;
use scale_info::TypeInfo;

mod day;
mod merit_order;

pub use day::{STORAGE_STEPS, plan_day};
pub use merit_order::dispatch;

/// A source whose output can be set (P_CMS).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct ControllableSource {
    /// Lowest output, in watts.
    pub minimum: Power,
    /// Highest output, in watts.
    pub maximum: Power,
    /// Marginal cost, in gwei per kWh.
    pub cost: Price,
}

/// A load that can be shed (P_cl).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct ControllableLoad {
    /// Lowest draw, in watts.
    pub minimum: Power,
    /// Highest draw, in watts.
    pub maximum: Power,
    /// What a kWh of it is worth, in gwei per kWh.
    pub value: Price,
}

/// The tie line to the distribution network (P_pcc).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct TieLine {
    /// The most it carries in either direction, in watts, at the network's end.
    pub limit: Power,
    /// Share of the energy lost on it: of what is drawn at the network's end, or of what is given at
    /// the plant's.
    pub loss: PartsPerMillion,
    /// Cost of conversion (C_pcc), in gwei per kWh that passes the network's end.
    pub cost: Price,
}

/// Storage.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct Storage {
    /// What it holds when full, as what it can give back.
    pub capacity: Energy,
    /// The most it takes or gives, in watts.
    pub power: Power,
    /// Share of the energy taken that can be given back.
    pub efficiency: PartsPerMillion,
}

/// A participant's plant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct Plant {
    /// P_CMS.
    pub source: Option<ControllableSource>,
    /// P_cl.
    pub load: Option<ControllableLoad>,
    /// P_pcc.
    pub tie_line: TieLine,
    /// Storage; it starts and ends the day empty.
    pub storage: Option<Storage>,
}

/// Why nothing can be planned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlanError {
    /// A price lies above [`Price::MAX_IN_MARKET`]: correct it.
    PriceOutOfRange,
    /// An energy lies above [`Energy::MAX_PER_PERIOD`]: correct it.
    EnergyOutOfRange,
    /// The tie line's loss or the storage's efficiency lies above one: correct it.
    ShareAboveOne,
    /// A minimum of the source or the load lies above its maximum: correct one of them.
    MinimumAboveMaximum,
    /// Storage is to take more than there is, or to give more than finds a use: ask for less.
    StorageFlow,
}

impl fmt::Display for PlanError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::PriceOutOfRange => "a price is above 1000000 ETH/kWh",
            Self::EnergyOutOfRange => "an energy is above 1 TWh in one period",
            Self::ShareAboveOne => "a loss or an efficiency is above one",
            Self::MinimumAboveMaximum => "a source's or a load's minimum is above its maximum",
            Self::StorageFlow => "storage is to take more than there is, or to give more than finds a use",
        })
    }
}

impl core::error::Error for PlanError {}

impl Plant {
    /// Checks the plant. A limit that makes more than [`Energy::MAX_PER_PERIOD`] in a period is no
    /// mistake: it counts as that.
    pub fn validate(&self) -> Result<(), PlanError> {
        let source = self.source.unwrap_or_default();
        let load = self.load.unwrap_or_default();
        let storage = self.storage.unwrap_or_default();
        if [source.cost, load.value, self.tie_line.cost].iter().any(|price| *price > Price::MAX_IN_MARKET) {
            return Err(PlanError::PriceOutOfRange);
        }
        if storage.capacity > Energy::MAX_PER_PERIOD {
            return Err(PlanError::EnergyOutOfRange);
        }
        if self.tie_line.loss > PartsPerMillion::ONE || storage.efficiency > PartsPerMillion::ONE {
            return Err(PlanError::ShareAboveOne);
        }
        if source.minimum > source.maximum || load.minimum > load.maximum {
            return Err(PlanError::MinimumAboveMaximum);
        }
        Ok(())
    }
}

/// What is given in one period.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PeriodInput {
    /// P_load: the uncontrollable load.
    pub load: Energy,
    /// P_DG: what the uncontrollable sources yield.
    pub generation: Energy,
    /// What a kWh from the network costs.
    pub import_price: Price,
    /// What a kWh to the network earns. What lies above the import price does not count: nobody buys to
    /// sell back through one line.
    pub export_price: Price,
}

impl PeriodInput {
    fn validate(&self) -> Result<(), PlanError> {
        if self.load > Energy::MAX_PER_PERIOD || self.generation > Energy::MAX_PER_PERIOD {
            return Err(PlanError::EnergyOutOfRange);
        }
        if self.import_price > Price::MAX_IN_MARKET {
            return Err(PlanError::PriceOutOfRange);
        }
        Ok(())
    }
}

/// What is chosen in one period. Its balance (2), at the plant's end of the tie line:
/// net - lost + source + (generation - curtailed) = (load forecast - unserved) + load + storage.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PeriodPlan {
    /// P_pcc at the network's end: the net position.
    pub net: NetEnergy,
    /// P_CMS.
    pub source: Energy,
    /// P_cl.
    pub load: Energy,
    /// What storage takes, or gives.
    pub storage: NetEnergy,
    /// What is lost on the tie line.
    pub lost: Energy,
    /// What of the uncontrollable sources finds no use and is curtailed.
    pub curtailed: Energy,
    /// What of the uncontrollable load cannot be served, for want of source and tie line.
    pub unserved: Energy,
    /// C_EMS of the period; what is curtailed or unserved has no price of its own.
    pub cost: NetMoney,
}

#[cfg(test)]
mod tests;

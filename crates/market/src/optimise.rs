//! Regional economic optimisation (1)(2): the cheapest way through the day, which leaves a net position.
//!
//! (1) minimises C_EMS = C_use + C_sell + C_pcc under the power balance (2)
//! P_pcc + P_CMS + P_DG = P_load + P_cl, with storage beside them.

use crate::participant::PartsPerMillion;
use crate::units::{Energy, NetEnergy, NetMoney, Power, Price};
use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode};
use scale_info::TypeInfo;

/// A source whose output can be set (P_CMS).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
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
pub struct TieLine {
    /// The most it carries in either direction, in watts, at the network's end.
    pub limit: Power,
    /// Share of the energy lost on it.
    pub loss: PartsPerMillion,
    /// Cost of conversion (C_pcc), in gwei per kWh carried.
    pub cost: Price,
}

/// Storage.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Storage {
    /// What it holds when full.
    pub capacity: Energy,
    /// The most it takes or gives, in watts.
    pub power: Power,
    /// Share of the energy taken that can be given back.
    pub efficiency: PartsPerMillion,
}

/// A participant's plant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
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

/// What is given in one period.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PeriodInput {
    /// P_load: the uncontrollable load.
    pub load: Energy,
    /// P_DG: what the uncontrollable sources yield.
    pub generation: Energy,
    /// What a kWh from the network costs.
    pub import_price: Price,
    /// What a kWh to the network earns.
    pub export_price: Price,
}

/// What is chosen in one period.
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
    /// What of the uncontrollable sources finds no use and is curtailed.
    pub curtailed: Energy,
    /// What of the uncontrollable load cannot be served, for want of source and tie line.
    pub unserved: Energy,
    /// C_EMS of the period.
    pub cost: NetMoney,
}

//! The gateway's messages: what a site's own system tells the off-chain workers, as JSON.
//!
//! All energies are whole watt-hours and all prices whole gwei per kWh, so nothing is read as a float.

use crate::calendar::Day;
use crate::settlement::Reading;
use crate::units::Energy;
use alloc::string::String;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// Answer to `GET /v1/participants/{name}/history?day=D&days=N`: the metered demand that a forecast for day D
/// rests on (see [`crate::forecast::history_days`]), oldest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct History {
    /// The day that is forecast.
    pub day: Day,
    /// Demand in watt-hours: one list for each day, one entry for each period.
    pub demand_wh: Vec<Vec<Energy>>,
}

/// Answer to `GET /v1/participants/{name}/reading?day=D&period=P&participant=ID&chain=GENESIS`, where
/// GENESIS is the genesis hash in hexadecimal: what the meter counted, signed by its key. While the meter
/// has not counted the period the answer is 404.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignedReading {
    /// The reading.
    pub reading: Reading,
    /// The meter's ed25519 signature over [`Reading::signed_payload`], 64 bytes in hexadecimal.
    pub signature: String,
}

//! The gateway's messages: what a site's own system tells the off-chain workers, as JSON.
//!
//! All energies are whole watt-hours, all powers whole watts, all prices whole gwei per kWh and all shares
//! whole millionths, so nothing is read as a float. A field that is not known is an error.

use crate::calendar::Day;
use crate::optimise::Plant;
use crate::release::PlantOutlook;
use crate::settlement::Reading;
use crate::units::{Energy, Price};
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

/// Answer to `GET /v1/participants/{name}/plant?day=D`: the plant, and what it expects of day D, on which
/// the regional optimisation (1)(2) rests. A participant without a plant answers 404.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlantDay {
    /// The day that is planned.
    pub day: Day,
    /// The plant. Its powers are watts, its prices gwei per kWh, its shares millionths and its storage's
    /// capacity watt-hours; a part that it does not have is left out or null.
    pub plant: Plant,
    /// Forecast of the uncontrollable sources in watt-hours: one entry for each period of the day.
    pub generation_wh: Vec<Energy>,
    /// The lowest price a surplus is sold at, in gwei per kWh.
    pub reserve: Price,
}

impl PlantDay {
    /// As a release takes it.
    pub fn outlook(&self) -> PlantOutlook<'_> {
        PlantOutlook { plant: &self.plant, generation: &self.generation_wh, reserve: self.reserve }
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optimise::{Storage, TieLine};
    use crate::participant::PartsPerMillion;
    use crate::units::Power;

    const PLANT_DAY: &str = r#"{
        "day": 3,
        "plant": {
            "tie_line": { "limit": 250000, "loss": 20000, "cost": 1000000 },
            "storage": { "capacity": 100000, "power": 50000, "efficiency": 900000 }
        },
        "generation_wh": [160500, 0],
        "reserve": 380000000
    }"#;

    #[test]
    fn plant_day_should_be_read_when_parts_are_left_out() {
        let expected = PlantDay {
            day: 3,
            plant: Plant {
                tie_line: TieLine {
                    limit: Power::from_watts(250_000),
                    loss: PartsPerMillion(20_000),
                    cost: Price::from_gwei(1_000_000),
                },
                storage: Some(Storage {
                    capacity: Energy::from_watt_hours(100_000),
                    power: Power::from_watts(50_000),
                    efficiency: PartsPerMillion(900_000),
                }),
                ..Plant::default()
            },
            generation_wh: [160_500, 0].map(Energy::from_watt_hours).to_vec(),
            reserve: Price::from_gwei(380_000_000),
        };
        assert_eq!(serde_json::from_str::<PlantDay>(PLANT_DAY).unwrap(), expected);
        let written = serde_json::to_string(&expected).unwrap();
        assert_eq!(serde_json::from_str::<PlantDay>(&written).unwrap(), expected);
    }

    #[test]
    fn plant_day_should_be_refused_when_it_has_an_unknown_field_or_a_float() {
        for (known, other) in [
            ("\"reserve\"", "\"price\""),
            ("\"loss\"", "\"losses\""),
            ("\"storage\"", "\"battery\""),
            ("160500", "160500.5"),
            ("160500", "-1"),
        ] {
            assert!(serde_json::from_str::<PlantDay>(&PLANT_DAY.replace(known, other)).is_err(), "{other}");
        }
    }
}

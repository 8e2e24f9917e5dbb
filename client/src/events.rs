//! A chain's events, decoded by its own metadata.

use crate::chain::Chain;
use anyhow::Result;
use market::Delivery;
use subxt::dynamic::Value as Field;
use subxt::ext::scale_value::{At, Composite, Primitive, ValueDef};
use subxt::{OnlineClient, SubstrateConfig};

/// An event, decoded by the chain's own metadata.
pub struct Event {
    /// The pallet that it is from.
    pub pallet: String,
    /// Its name.
    pub name: String,
    /// Its fields.
    pub fields: Composite<()>,
}

impl Event {
    /// A named field's number, which may stand in a newtype, or in several.
    pub fn number(&self, name: &str) -> Option<i128> {
        self.field(name).and_then(number_of)
    }

    /// The period that it is of.
    pub fn delivery(&self) -> Option<Delivery> {
        delivery_of(self.field("delivery")?)
    }

    /// A named field.
    pub fn field(&self, name: &str) -> Option<&Field<()>> {
        self.fields.at(name)
    }
}

/// A reader of events.
pub struct Events(OnlineClient<SubstrateConfig>);

impl Events {
    /// A reader of a chain's events.
    pub async fn of_chain(chain: &Chain) -> Result<Self> {
        Ok(Self(chain.client().await?))
    }

    /// What failed in a block: the index of the pallet and of its error, `u8::MAX` twice for what no pallet
    /// failed with.
    pub async fn failures(&self, number: u32) -> Result<Vec<(u8, u8)>> {
        let block = self.0.at_block(u64::from(number)).await?;
        let events = block.events().fetch().await?;
        let mut failures = Vec::new();
        for event in events.iter() {
            let event = event?;
            if (event.pallet_name(), event.event_name()) == ("System", "ExtrinsicFailed") {
                // A module's error is variant 3: the pallet's index, then four bytes of which one is used.
                failures.push(match event.field_bytes() {
                    [3, pallet, error, ..] => (*pallet, *error),
                    _ => (u8::MAX, u8::MAX),
                });
            }
        }
        Ok(failures)
    }

    /// All events of a block.
    pub async fn of(&self, number: u32) -> Result<Vec<Event>> {
        let block = self.0.at_block(u64::from(number)).await?;
        let events = block.events().fetch().await?;
        events
            .iter()
            .map(|event| {
                let event = event?;
                Ok(Event {
                    pallet: event.pallet_name().to_owned(),
                    name: event.event_name().to_owned(),
                    fields: event.decode_fields_unchecked_as::<Composite<()>>()?,
                })
            })
            .collect()
    }
}

/// A number that may stand in a newtype, or in several.
pub(crate) fn number_of(value: &Field<()>) -> Option<i128> {
    match &value.value {
        ValueDef::Primitive(Primitive::U128(number)) => i128::try_from(*number).ok(),
        ValueDef::Primitive(Primitive::I128(number)) => Some(*number),
        ValueDef::Composite(fields) if fields.len() == 1 => number_of(fields.values().next()?),
        _ => None,
    }
}

/// A period.
pub(crate) fn delivery_of(value: &Field<()>) -> Option<Delivery> {
    let field = |name: &str| value.at(name).and_then(number_of);
    Some(Delivery { day: field("day")?.try_into().ok()?, period: field("period")?.try_into().ok()? })
}

//! Calls, encoded by the market's own types.

use anyhow::{Result, anyhow};
use codec::{Compact, Encode};
use market::settlement::Reading;
use market::{Day, Delivery, Money, Position, Price};
use sp_core::H256;
use std::fmt;
use subxt::metadata::Metadata;

/// An account named by its id.
const BY_ID: u8 = 0;

/// A call.
pub struct Call {
    pallet: &'static str,
    name: &'static str,
    arguments: Vec<u8>,
}

impl Call {
    /// Publishes positions for a day.
    pub fn release(day: Day, positions: &[Position]) -> Self {
        Self { pallet: "EnergyTasks", name: "release", arguments: (day, positions).encode() }
    }

    /// Seals a bid.
    pub fn seal(delivery: Delivery, commitment: H256, quote: Price) -> Self {
        Self { pallet: "BlindAuction", name: "seal", arguments: (delivery, commitment, quote).encode() }
    }

    /// Reveals a bid.
    pub fn reveal(delivery: Delivery, price: Price, salt: [u8; 32]) -> Self {
        Self { pallet: "BlindAuction", name: "reveal", arguments: (delivery, price, salt).encode() }
    }

    /// Submits a reading that its meter has signed.
    pub fn submit_reading(reading: &Reading, signature: [u8; 64]) -> Self {
        Self { pallet: "Settlement", name: "submit_reading", arguments: (reading, signature).encode() }
    }

    /// Moves money to an account: what the market's calls are compared with.
    pub fn transfer(to: [u8; 32], amount: Money) -> Self {
        let arguments = (BY_ID, to, Compact(amount.planck())).encode();
        Self { pallet: "Balances", name: "transfer_keep_alive", arguments }
    }

    /// As the chain with this metadata reads it.
    ///
    /// # Errors
    /// Where the chain has no such call.
    pub fn bytes(&self, metadata: &Metadata) -> Result<Vec<u8>> {
        let missing = || anyhow!("the chain has no call {self}");
        let pallet = metadata.pallet_by_name(self.pallet).ok_or_else(missing)?;
        let call = pallet.call_variant_by_name(self.name).ok_or_else(missing)?;
        let mut bytes = vec![pallet.call_index(), call.index];
        bytes.extend_from_slice(&self.arguments);
        Ok(bytes)
    }
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.pallet, self.name)
    }
}

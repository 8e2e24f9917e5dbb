//! Sealed bids: a commitment binds chain, bidder, period, price and salt.

use crate::calendar::Delivery;
use crate::participant::ParticipantId;
use crate::units::Price;
use codec::Encode;
use sp_core::H256;
use sp_crypto_hashing::blake2_256;

/// Sets commitments apart from every other hash of the market.
const DOMAIN: &[u8; 12] = b"gridbid/bid/";

/// What keeps a sealed price from being guessed.
pub type Salt = [u8; 32];

/// The commitment to a bid: blake2-256 over the SCALE encoding of the domain `gridbid/bid/`, the
/// chain's genesis hash, the bidder, the period, the price in gwei per kWh (compact) and the salt.
/// Another bidder, period or chain makes another commitment, so none can be copied or replayed.
pub fn commitment(
    genesis: H256,
    bidder: ParticipantId,
    delivery: Delivery,
    price: Price,
    salt: &Salt,
) -> H256 {
    H256((DOMAIN, genesis, bidder, delivery, price, salt).using_encoded(blake2_256))
}

/// What an agent signs to get the salt of a period's bid. The signature must be deterministic
/// (ed25519), so that an agent that lost its disk finds the salt again.
pub fn salt_message(genesis: H256, bidder: ParticipantId, delivery: Delivery) -> [u8; 32] {
    (b"gridbid/salt", genesis, bidder, delivery).using_encoded(blake2_256)
}

/// The salt that a signature over [`salt_message`] gives.
pub fn salt(signature: &[u8]) -> Salt {
    blake2_256(signature)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commitment_should_change_when_anything_bound_changes() {
        let genesis = H256::repeat_byte(1);
        let bidder = ParticipantId(1);
        let delivery = Delivery { day: 2, period: 3 };
        let price = Price::from_gwei(4);
        let salt = [5; 32];
        let original = commitment(genesis, bidder, delivery, price, &salt);
        for other in [
            commitment(H256::repeat_byte(2), bidder, delivery, price, &salt),
            commitment(genesis, ParticipantId(2), delivery, price, &salt),
            commitment(genesis, bidder, Delivery { day: 3, period: 3 }, price, &salt),
            commitment(genesis, bidder, Delivery { day: 2, period: 4 }, price, &salt),
            commitment(genesis, bidder, delivery, Price::from_gwei(5), &salt),
            commitment(genesis, bidder, delivery, price, &[6; 32]),
        ] {
            assert_ne!(other, original);
        }
        assert_eq!(commitment(genesis, bidder, delivery, price, &salt), original);
    }
}

//! What a transaction costs.
//!
//! A second of computation costs 1 ETH and a byte 1,000 gwei: fees are there to make flooding dear, not to earn. They are
//! burnt. A market call that does what it should gets its fee back.

use crate::configs::system::{MAXIMUM_BLOCK_WEIGHT, NORMAL_SHARE};
use crate::{Balance, Balances, Runtime, RuntimeEvent, System};
use frame_support::dispatch::DispatchClass;
use frame_support::weights::{ConstantMultiplier, Weight, WeightToFee};
use frame_support::{parameter_types, traits::ConstU8};
use pallet_transaction_payment::{FungibleAdapter, Multiplier, MultiplierUpdate};
use sp_runtime::traits::{Convert, One, Saturating};
use sp_runtime::{FixedPointNumber, Perquintill};

parameter_types! {
    /// Planck a byte costs: 1,000 gwei.
    pub const LengthFee: Balance = 1_000_000_000_000;
}

/// Planck a picosecond of computation costs: 1 ETH a second.
const WEIGHT_FEE: Balance = 1_000_000;

/// The fullness of the normal class at which fees neither rise nor fall.
const TARGET: Perquintill = Perquintill::from_percent(25);

/// What a weight costs: the dearer of its two dimensions, each by its share of a block.
pub struct DearerDimension;

impl WeightToFee for DearerDimension {
    type Balance = Balance;

    fn weight_to_fee(weight: &Weight) -> Balance {
        let (time, proof) = (MAXIMUM_BLOCK_WEIGHT.ref_time(), MAXIMUM_BLOCK_WEIGHT.proof_size());
        let as_time = Balance::from(weight.proof_size())
            .saturating_mul(time.into())
            .checked_div(proof.into())
            .unwrap_or(Balance::MAX);
        Balance::from(weight.ref_time()).max(as_time).saturating_mul(WEIGHT_FEE)
    }
}

/// How fees follow the fullness of blocks: as the SDK's `TargetedFeeAdjustment`, but for operational transactions,
/// which count as well, since a stranger can send them.
///
/// Where transactions of the normal class fill all blocks, fees double in about three minutes, and where operational
/// ones do, too, in two; they halve in about ten of empty ones. So keeping others out of a window is dear, and what
/// comes behind it is not.
pub struct FollowsAll;

impl FollowsAll {
    /// By how much of it fees change while blocks are full.
    fn variable() -> Multiplier {
        Multiplier::saturating_from_rational(4, 100)
    }
}

impl Convert<Multiplier, Multiplier> for FollowsAll {
    fn convert(previous: Multiplier) -> Multiplier {
        let block = System::block_weight();
        let used = block.get(DispatchClass::Normal).saturating_add(*block.get(DispatchClass::Operational));
        let share = |used: u64, most: u64| Perquintill::from_rational(used, most.max(1));
        let fullness = share(used.ref_time(), MAXIMUM_BLOCK_WEIGHT.ref_time())
            .max(share(used.proof_size(), MAXIMUM_BLOCK_WEIGHT.proof_size()));
        let normal = Perquintill::from_rational(u64::from(NORMAL_SHARE.deconstruct()), 1_000_000_000);
        let target = normal.saturating_mul(TARGET);
        // The series of e^x up to its square, as the SDK has it.
        let step = |difference: Perquintill| Self::variable().saturating_mul(difference.into());
        let half_square =
            |x: Multiplier| x.saturating_mul(x).saturating_mul(Multiplier::saturating_from_rational(1, 2));
        let factor = if fullness >= target {
            let x = step(fullness.saturating_sub(target));
            Multiplier::one().saturating_add(x).saturating_add(half_square(x))
        } else {
            let x = step(target.saturating_sub(fullness));
            Multiplier::one().saturating_sub(x).saturating_add(half_square(x))
        };
        previous.max(Self::min()).saturating_mul(factor).clamp(Self::min(), Self::max())
    }
}

impl MultiplierUpdate for FollowsAll {
    /// Empty blocks never make fees cheaper than this.
    fn min() -> Multiplier {
        Multiplier::one()
    }
    /// Full blocks never make fees dearer than this, so that an agent's float covers many.
    fn max() -> Multiplier {
        Multiplier::saturating_from_integer(20)
    }
    fn target() -> Perquintill {
        TARGET
    }
    fn variability() -> Multiplier {
        Self::variable()
    }
}

impl pallet_transaction_payment::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type OnChargeTransaction = FungibleAdapter<Balances, ()>;
    type WeightToFee = DearerDimension;
    type LengthToFee = ConstantMultiplier<Balance, LengthFee>;
    type FeeMultiplierUpdate = FollowsAll;
    type OperationalFeeMultiplier = ConstU8<5>;
    type WeightInfo = pallet_transaction_payment::weights::SubstrateWeight<Runtime>;
}

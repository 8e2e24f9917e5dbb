//! What a transaction costs.
//!
//! A second of computation costs 0.01 ETH and a byte 10 gwei: fees are there to make flooding dear, not
//! to earn. They are burnt. A market call that does what it should gets its fee back.

use crate::{Balance, Balances, Runtime, RuntimeEvent};
use frame_support::{parameter_types, traits::ConstU8, weights::ConstantMultiplier};
use pallet_transaction_payment::{FungibleAdapter, Multiplier, TargetedFeeAdjustment};
use sp_runtime::{FixedPointNumber, Perquintill};

parameter_types! {
    /// Planck a picosecond of computation costs: 0.01 ETH a second.
    pub const WeightFee: Balance = 10_000;
    /// Planck a byte costs: 10 gwei.
    pub const LengthFee: Balance = 10_000_000_000;
    /// The fullness of blocks at which fees neither rise nor fall.
    pub const TargetFullness: Perquintill = Perquintill::from_percent(25);
    /// How fast fees follow: they double in about three minutes of full blocks, and halve in about ten of empty ones,
    /// so that keeping others out of a window is dear, and what comes behind it is not.
    pub AdjustmentVariable: Multiplier = Multiplier::saturating_from_rational(3, 100);
    /// Empty blocks never make fees cheaper than this.
    pub MinimumMultiplier: Multiplier = Multiplier::from_u32(1);
    /// Full blocks never make fees dearer than this, so that an agent's float covers many.
    pub MaximumMultiplier: Multiplier = Multiplier::from_u32(100);
}

impl pallet_transaction_payment::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type OnChargeTransaction = FungibleAdapter<Balances, ()>;
    type WeightToFee = ConstantMultiplier<Balance, WeightFee>;
    type LengthToFee = ConstantMultiplier<Balance, LengthFee>;
    type FeeMultiplierUpdate = TargetedFeeAdjustment<
        Runtime,
        TargetFullness,
        AdjustmentVariable,
        MinimumMultiplier,
        MaximumMultiplier,
    >;
    type OperationalFeeMultiplier = ConstU8<5>;
    type WeightInfo = pallet_transaction_payment::weights::SubstrateWeight<Runtime>;
}

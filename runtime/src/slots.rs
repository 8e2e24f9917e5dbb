//! The length of a consensus slot, and how many of a window's slots need a block, both fixed at genesis: a test network
//! runs faster than a real one on the same runtime. And which block was the last that a migration took.

pub use pallet::*;

/// The pallet that holds it.
// The macros' own code has proven `expect`s and casts.
#[allow(clippy::expect_used, clippy::cast_possible_truncation)]
#[frame_support::pallet]
pub mod pallet {
    use frame_support::pallet_prelude::*;
    use frame_support::traits::ConstU64;
    use frame_system::pallet_prelude::BlockNumberFor;
    use market::calendar::DEFAULT_SLOT;
    use market::participant::PartsPerMillion;

    /// The pallet.
    #[pallet::pallet]
    pub struct Pallet<T>(_);

    /// Its configuration.
    #[pallet::config]
    pub trait Config: frame_system::Config {}

    /// Length of a slot, in milliseconds. It never changes: slots are counted from the epoch.
    #[pallet::storage]
    pub type SlotDuration<T> = StorageValue<_, u64, ValueQuery, ConstU64<DEFAULT_SLOT>>;

    /// The share of a window's slots that need a block for missing the window to count. Nothing where the clock skips
    /// slots: two blocks are enough then.
    #[pallet::storage]
    pub type WindowShare<T> = StorageValue<_, PartsPerMillion, ValueQuery>;

    /// The last block of a migration: it takes no transactions, as those before it.
    #[pallet::storage]
    pub type Migrated<T: Config> = StorageValue<_, BlockNumberFor<T>, OptionQuery>;

    /// What the chain starts with.
    #[pallet::genesis_config]
    #[derive(frame_support::DefaultNoBound)]
    pub struct GenesisConfig<T: Config> {
        /// Length of a slot, in milliseconds; none for the default.
        pub slot_duration: Option<u64>,
        /// The share of a window's slots that need a block.
        pub window_share: PartsPerMillion,
        #[serde(skip)]
        #[allow(missing_docs)]
        pub _config: core::marker::PhantomData<T>,
    }

    #[pallet::genesis_build]
    impl<T: Config> BuildGenesisConfig for GenesisConfig<T> {
        fn build(&self) {
            if let Some(length) = self.slot_duration {
                assert!(
                    length >= 2,
                    "genesis configuration of slots: slotDuration must be at least 2 ms, found {length}"
                );
                SlotDuration::<T>::put(length);
            }
            assert!(self.window_share <= PartsPerMillion::ONE, "a share is at most the whole");
            WindowShare::<T>::put(self.window_share);
        }
    }

    impl<T: Config> Pallet<T> {
        /// Half a slot, in milliseconds: the least time between two blocks.
        pub fn minimum_period() -> u64 {
            SlotDuration::<T>::get() / 2
        }
    }
}

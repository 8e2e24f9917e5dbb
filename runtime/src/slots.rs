//! The length of a consensus slot, fixed at genesis: a test network runs faster than a real one
//! on the same runtime.

pub use pallet::*;

/// The pallet that holds it.
// The macros' own code has proven `expect`s and casts.
#[allow(clippy::expect_used, clippy::cast_possible_truncation)]
#[frame_support::pallet]
pub mod pallet {
    use frame_support::pallet_prelude::*;
    use frame_support::traits::ConstU64;

    /// Length of a slot where genesis names none: six seconds.
    pub const DEFAULT_SLOT_DURATION: u64 = 6_000;

    /// The pallet.
    #[pallet::pallet]
    pub struct Pallet<T>(_);

    /// Its configuration.
    #[pallet::config]
    pub trait Config: frame_system::Config {}

    /// Length of a slot, in milliseconds. It never changes: slots are counted from the epoch.
    #[pallet::storage]
    pub type SlotDuration<T> = StorageValue<_, u64, ValueQuery, ConstU64<DEFAULT_SLOT_DURATION>>;

    /// The length to start with.
    #[pallet::genesis_config]
    #[derive(frame_support::DefaultNoBound)]
    pub struct GenesisConfig<T: Config> {
        /// Length of a slot, in milliseconds; none for the default.
        pub slot_duration: Option<u64>,
        #[serde(skip)]
        #[allow(missing_docs)]
        pub _config: core::marker::PhantomData<T>,
    }

    #[pallet::genesis_build]
    impl<T: Config> BuildGenesisConfig for GenesisConfig<T> {
        fn build(&self) {
            if let Some(length) = self.slot_duration {
                assert!(length >= 2, "a slot must last at least 2 ms");
                SlotDuration::<T>::put(length);
            }
        }
    }

    impl<T: Config> Pallet<T> {
        /// Half a slot, in milliseconds: the least time between two blocks.
        pub fn minimum_period() -> u64 {
            SlotDuration::<T>::get() / 2
        }
    }
}

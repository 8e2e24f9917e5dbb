//! FRAME's part of a test's runtime, for the pallets that move money: the system, balances, a clock, and transactions
//! of agents without a signature.

#![no_std]

/// Makes the runtime `Test` of the system, `Balances` and one pallet, its market `Market`, the clock
/// `Now`, and who makes blocks.
///
/// The pallet's crate has to have `frame`, `pallet-balances` and `worker`.
#[macro_export]
macro_rules! runtime {
    ($name:ident: $pallet:ident) => {
        pub type Extrinsic =
            frame::deps::sp_runtime::generic::UncheckedExtrinsic<AccountId32, RuntimeCall, (), ()>;

        #[frame_construct_runtime]
        mod runtime {
            #[runtime::runtime]
            #[runtime::derive(
                RuntimeCall,
                RuntimeEvent,
                RuntimeError,
                RuntimeOrigin,
                RuntimeHoldReason,
                RuntimeFreezeReason,
                RuntimeTask
            )]
            pub struct Test;

            #[runtime::pallet_index(0)]
            pub type System = frame_system;
            #[runtime::pallet_index(1)]
            pub type Balances = pallet_balances;
            #[runtime::pallet_index(2)]
            pub type $name = $pallet;
        }

        #[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
        impl frame_system::Config for Test {
            type Block = MockBlock<Test>;
            type AccountId = AccountId32;
            type Lookup = IdentityLookup<AccountId32>;
            type AccountData = pallet_balances::AccountData<u128>;
        }

        #[derive_impl(pallet_balances::config_preludes::TestDefaultConfig)]
        impl pallet_balances::Config for Test {
            type Balance = u128;
            type ExistentialDeposit = ConstU128<1>;
            type AccountStore = System;
            type RuntimeHoldReason = RuntimeHoldReason;
        }

        impl<C> worker::Transactions<C> for Test
        where
            RuntimeCall: From<C>,
        {
            fn transaction(call: C, agent: &worker::Agent, _: u32, _: u32) -> Option<Vec<u8>> {
                Some(Extrinsic::new_signed(call.into(), agent.account.clone(), (), ()).encode())
            }
        }

        parameter_types! {
            pub static Now: market::Moment = 0;
            /// How many blocks a window needs.
            pub static MinBlocks: u32 = 2;
            /// Who makes the block, and among how many; nobody's takes no transactions.
            pub static Author: Option<u32> = Some(0);
            pub static Validators: u32 = 1;
        }

        /// The other pallets.
        pub struct Market;

        impl frame::traits::Time for Market {
            type Moment = market::Moment;
            fn now() -> Self::Moment {
                Now::get()
            }
        }

        impl market::blocks::Blocks for Market {
            fn author() -> Option<u32> {
                Author::get()
            }
            fn validators() -> u32 {
                Validators::get()
            }
            fn needed(_: u64) -> u32 {
                MinBlocks::get()
            }
        }
    };
}

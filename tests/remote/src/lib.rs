//! Rehearses an upgrade of the runtime on the state of a chain, as the tools of `try-runtime` do: the new runtime's Wasm,
//! built with the feature `try-runtime`, makes blocks until its migrations are done, and checks the state.

use anyhow::{Context, Error, Result, anyhow, ensure};
use codec::{Compact, Decode, Encode};
use frame_remote_externalities::{Builder, Mode, OnlineConfig};
use sc_executor::WasmExecutor;
use sp_core::traits::{CallContext, CodeExecutor, RuntimeCode, WrappedRuntimeCode};
use sp_crypto_hashing::{blake2_256, twox_128};
use sp_externalities::Externalities;
use sp_runtime::traits::BlakeTwo256;
use sp_runtime::{Digest, DigestItem, OpaqueExtrinsic, generic};
use sp_state_machine::TestExternalities;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::Path;

/// A block whose transactions are not looked into.
pub type Block = generic::Block<generic::Header<u32, BlakeTwo256>, OpaqueExtrinsic>;
/// The state of a chain, in memory.
pub type State = TestExternalities<BlakeTwo256>;
/// What a node runs its runtime on.
type Executor = WasmExecutor<sp_io::SubstrateHostFunctions>;

/// The chain's code within its state.
const CODE: &[u8] = b":code";
/// `frame_try_runtime::UpgradeCheckSelect::None`, encoded.
const NO_CHECKS: u8 = 0;
/// `frame_try_runtime::UpgradeCheckSelect::All`, encoded.
const ALL_CHECKS: u8 = 1;
/// The most blocks that migrations may take: a day of them.
const MOST_BLOCKS: u32 = 14_400;
/// The pallets whose stored state has a version of its own.
const PALLETS: [&str; 5] = ["Participants", "Terms", "EnergyTasks", "BlindAuction", "Settlement"];

/// Takes the state of a running chain by RPC (`ws://`), at a block or at the latest finalized one; gives the block's number.
pub async fn state_of(url: &str, block: Option<sp_core::H256>) -> Result<(u32, State)> {
    let online = OnlineConfig {
        at: block,
        transport_uris: vec![url.to_owned()],
        child_trie: false,
        ..Default::default()
    };
    let taken =
        Builder::<Block>::new().mode(Mode::Online(online)).build().await.map_err(|error| anyhow!(error))?;
    Ok((taken.header.number, taken.inner_ext))
}

/// How many entries a state has.
pub fn entries(state: &mut State) -> usize {
    under(state, &[])
}

/// How many entries an item of a pallet has.
pub fn entries_of(state: &mut State, pallet: &str, item: &str) -> usize {
    under(state, &key(pallet, item))
}

fn under(state: &mut State, prefix: &[u8]) -> usize {
    let mut ext = state.ext();
    let is_first = !prefix.is_empty() && ext.exists_storage(prefix);
    let mut key = prefix.to_vec();
    let after = std::iter::from_fn(|| {
        key = ext.next_storage_key(&key).filter(|key| key.starts_with(prefix))?;
        Some(())
    });
    after.count() + usize::from(is_first)
}

/// Of what version a pallet's stored state is.
pub fn version(state: &mut State, pallet: &str) -> u16 {
    let stored = state.ext().storage(&version_key(pallet));
    stored.and_then(|value| u16::decode(&mut &value[..]).ok()).unwrap_or(0)
}

fn version_key(pallet: &str) -> Vec<u8> {
    key(pallet, ":__STORAGE_VERSION__:")
}

/// What a migration did.
#[derive(Debug, PartialEq)]
pub struct Migrated {
    /// The pallets whose stored state is of another version now: from which, to which.
    pub pallets: Vec<(&'static str, u16, u16)>,
    /// How many blocks the migrations took.
    pub blocks: u32,
    /// Time that the fullest of these counts, and that a block has, in picoseconds.
    pub ref_time: (u64, u64),
}

/// The weight that a runtime tells.
#[derive(Decode)]
struct Weight {
    ref_time: Compact<u64>,
    _proof_size: Compact<u64>,
}

thread_local! {
    /// What a runtime that runs on this thread told of what is wrong.
    static COMPLAINTS: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// Keeps what runtimes log as errors: where several checks fail, their reasons are told there alone.
struct Log;

impl log::Log for Log {
    fn enabled(&self, metadata: &log::Metadata) -> bool {
        metadata.level() == log::Level::Error
    }

    fn log(&self, record: &log::Record) {
        if self.enabled(record.metadata()) {
            COMPLAINTS.with_borrow_mut(|complaints| complaints.push(record.args().to_string()));
        }
    }

    fn flush(&self) {}
}

/// A runtime to upgrade to, on the executor that its node has.
pub struct Upgrade {
    executor: Executor,
    code: Vec<u8>,
}

impl Upgrade {
    /// Reads the Wasm of a runtime that was built with the feature `try-runtime`.
    pub fn read(wasm: &Path) -> Result<Self> {
        let code = std::fs::read(wasm).with_context(|| wasm.display().to_string())?;
        // It is there already if another one was read before.
        if log::set_logger(&Log).is_ok() {
            log::set_max_level(log::LevelFilter::Error);
        }
        Ok(Self { executor: WasmExecutor::builder().build(), code })
    }

    /// Puts the runtime into a state and lets it migrate it, block by block; all of the migrations' and pallets' checks have
    /// to hold.
    pub fn migrate(&self, state: &mut State) -> Result<Migrated> {
        let before = PALLETS.map(|pallet| version(state, pallet));
        state.ext().set_storage(CODE.to_vec(), self.code.clone());
        COMPLAINTS.take();
        // Migrations that go on over several blocks compare what was and what is by themselves. Until they are done, the
        // state can't be read.
        let (took, most) = self.upgrade(state, NO_CHECKS)?;
        let (blocks, fullest) = self.make_blocks(state)?;
        self.upgrade(state, ALL_CHECKS)?;
        // They were all made: each is passed over.
        self.make_blocks(state)?;
        let pallets = PALLETS.into_iter().zip(before);
        Ok(Migrated {
            pallets: pallets
                .map(|(pallet, before)| (pallet, before, version(state, pallet)))
                .filter(|(_, before, after)| before != after)
                .collect(),
            blocks,
            ref_time: (took.ref_time.0.max(fullest), most.ref_time.0),
        })
    }

    /// Begins the upgrade: gives what that takes, and what a block has.
    fn upgrade(&self, state: &mut State, checks: u8) -> Result<(Weight, Weight)> {
        let answer = self.call(state, "TryRuntime_on_runtime_upgrade", &[checks])?;
        Ok(Decode::decode(&mut &answer[..])?)
    }

    /// Makes blocks until the migrations are done: how many, and the time that the fullest of them counts.
    fn make_blocks(&self, state: &mut State) -> Result<(u32, u64)> {
        let (mut blocks, mut fullest) = (0, 0u64);
        while state.ext().exists_storage(&key("Migrations", "Cursor")) {
            ensure!(blocks < MOST_BLOCKS, "the migrations are not done within {MOST_BLOCKS} blocks");
            self.make_block(state)?;
            blocks += 1;
            // Of the three classes of transactions.
            let weights: [Weight; 3] = value(state, "System", "BlockWeight")?;
            fullest = fullest.max(weights.iter().map(|weight| weight.ref_time.0).sum::<u64>());
        }
        Ok((blocks, fullest))
    }

    /// Makes a block with nothing but its time, a slot or two later.
    fn make_block(&self, state: &mut State) -> Result<()> {
        let slot_duration = u64::decode(&mut &self.call(state, "AuraApi_slot_duration", &[])?[..])?;
        let (slot, now): (u64, u64) =
            (value(state, "Aura", "CurrentSlot")?, value(state, "Timestamp", "Now")?);
        let slot = slot.max(now.checked_div(slot_duration).context("slots last no time")?) + 2;
        let number: u32 = value(state, "System", "Number")?;
        let digest = Digest { logs: vec![DigestItem::PreRuntime(*b"aura", slot.encode())] };
        let header = generic::Header::<u32, BlakeTwo256> {
            parent_hash: Default::default(),
            number: number + 1,
            state_root: Default::default(),
            extrinsics_root: Default::default(),
            digest,
        };
        self.call(state, "Core_initialize_block", &header.encode())?;
        let inherents = BTreeMap::from([(*b"timstap0", (slot * slot_duration).encode())]);
        let inherents = self.call(state, "BlockBuilder_inherent_extrinsics", &inherents.encode())?;
        for inherent in <Vec<OpaqueExtrinsic>>::decode(&mut &inherents[..])? {
            let result = self.call(state, "BlockBuilder_apply_extrinsic", &inherent.encode())?;
            // Applied, and done.
            ensure!(result == [0, 0], "the block's time is refused: {result:?}");
        }
        self.call(state, "BlockBuilder_finalize_block", &[]).map(drop)
    }

    fn call(&self, state: &mut State, method: &str, data: &[u8]) -> Result<Vec<u8>> {
        call(&self.executor, &self.code, state, method, data).map_err(with_complaints)
    }
}

/// The key of a pallet's value.
fn key(pallet: &str, item: &str) -> Vec<u8> {
    [twox_128(pallet.as_bytes()), twox_128(item.as_bytes())].concat()
}

/// A pallet's value.
fn value<T: Decode>(state: &mut State, pallet: &str, item: &str) -> Result<T> {
    let stored = state.ext().storage(&key(pallet, item));
    let stored = stored.with_context(|| format!("the state has no {pallet}::{item}"))?;
    Ok(T::decode(&mut &stored[..])?)
}

fn with_complaints(error: Error) -> Error {
    COMPLAINTS.take().into_iter().fold(error, |error, complaint| error.context(complaint))
}

/// Runs a block on its parent's state with the chain's own code, which is in it; it has to come to the state root of its header.
pub fn execute(state: &mut State, block: &Block) -> Result<()> {
    let code = state.ext().storage(CODE).context("the state has no code")?;
    call(&WasmExecutor::builder().build(), &code, state, "Core_execute_block", &block.encode()).map(drop)
}

fn call(executor: &Executor, code: &[u8], state: &mut State, method: &str, data: &[u8]) -> Result<Vec<u8>> {
    let code = RuntimeCode {
        code_fetcher: &WrappedRuntimeCode(code.into()),
        heap_pages: None,
        hash: blake2_256(code).to_vec(),
    };
    let (answer, _) = executor.call(&mut state.ext(), &code, method, data, CallContext::Offchain);
    answer.with_context(|| method.to_owned())
}

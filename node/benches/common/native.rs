//! A chain in process, on the runtime as it is compiled into the node.

use super::{Chain, SLOT, time};
use codec::Encode;
use market::api::Clock;
use market::bill::BillLine;
use market::{Delivery, Moment};
use runtime::market_api::runtime_decl_for_market_api::MarketApiV1;
use runtime::{Executive, Hash, Header, Runtime, System, UncheckedExtrinsic};
use scenario::Scenario;
use sp_consensus_aura::{AURA_ENGINE_ID, Slot};
use sp_core::storage::well_known_keys::CODE;
use sp_io::TestExternalities;
use sp_runtime::{Digest, DigestItem, traits::Header as _};
use std::time::{Duration, Instant};

/// What a block's header says of its slot.
pub fn digest(now: Moment) -> Digest {
    Digest { logs: vec![DigestItem::PreRuntime(AURA_ENGINE_ID, Slot::from(now / SLOT).encode())] }
}

/// The chain: its state, which has no code, its last block, and the time that blocks took.
pub struct Native {
    pub state: TestExternalities,
    pub spent: Duration,
    number: u32,
    parent: Hash,
}

impl Native {
    /// A chain that stands at a scenario's first state.
    pub fn new(scenario: &Scenario) -> Self {
        let mut storage = node::genesis::storage(scenario).unwrap();
        storage.top.remove(CODE);
        let mut state = TestExternalities::new(storage);
        let parent = state.execute_with(|| System::block_hash(0));
        Self { state, spent: Duration::ZERO, number: 0, parent }
    }

    /// The hash of the first block.
    pub fn genesis(&self) -> Hash {
        assert_eq!(self.number, 0);
        self.parent
    }
}

impl Chain for Native {
    fn block(&mut self, stage: &'static str, now: Moment, transactions: Vec<UncheckedExtrinsic>) {
        self.number += 1;
        let header =
            Header::new(self.number, Default::default(), Default::default(), self.parent, digest(now));
        let begun = Instant::now();
        let closed = self.state.execute_with(|| {
            Executive::initialize_block(&header);
            for transaction in std::iter::once(time(now)).chain(transactions) {
                Executive::apply_extrinsic(transaction).expect(stage).expect(stage);
            }
            Executive::finalize_block()
        });
        self.state.commit_all().unwrap();
        self.spent += begun.elapsed();
        self.parent = closed.hash();
    }

    fn clock(&mut self) -> Clock {
        self.state.execute_with(Runtime::clock)
    }

    fn lines(&mut self, delivery: Delivery) -> Vec<BillLine> {
        self.state.execute_with(|| {
            let (mut lines, mut next) = (Vec::new(), Some(0));
            while let Some(from) = next {
                let page = Runtime::lines(delivery, from, u32::MAX);
                lines.extend(page.items.into_iter().map(|recorded| recorded.line));
                next = page.next;
            }
            lines
        })
    }
}

//! In which order a block is offered what waits in the pool: the operational transactions first, and none before its room.
//!
//! The SDK's proposer takes the pool's order, by priority, and ends its work a few transactions after the first that does
//! not fit. So whoever lets a handful of large ones wait, with a tip, would keep all others out of a block that has room:
//! reveals out of the quarter that is theirs, seals out of the rest.

use crate::parts::Block;
use async_trait::async_trait;
use codec::{Decode, Encode};
use frame_support::dispatch::{DispatchClass, GetDispatchInfo};
use frame_support::weights::Weight;
use runtime::configs::market::HOOKS_SHARE;
use runtime::configs::system::Weights;
use runtime::{Hash, UncheckedExtrinsic};
use sc_transaction_pool_api::{
    ImportNotificationStream, InPoolTransaction, PoolStatus, ReadyTransactions, TransactionFor,
    TransactionPool, TransactionSource, TransactionStatusStreamFor, TransactionTag, TxHash,
    TxInvalidityReportMap,
};
use sp_runtime::OpaqueExtrinsic;
use std::collections::{HashMap, HashSet};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

/// A pool as the proposer sees it.
pub struct OperationalFirst<P>(pub Arc<P>);

/// What waits, in an order.
type Ready<T> = Box<dyn ReadyTransactions<Item = Arc<T>> + Send>;

#[async_trait]
impl<P> TransactionPool for OperationalFirst<P>
where
    P: TransactionPool<Block = Block, InPoolTransaction: Send + Sync + 'static> + 'static,
{
    type Block = Block;
    type Hash = P::Hash;
    type InPoolTransaction = P::InPoolTransaction;
    type Error = P::Error;

    async fn submit_at(
        &self,
        at: Hash,
        source: TransactionSource,
        transactions: Vec<TransactionFor<Self>>,
    ) -> Result<Vec<Result<TxHash<Self>, Self::Error>>, Self::Error> {
        self.0.submit_at(at, source, transactions).await
    }

    async fn submit_one(
        &self,
        at: Hash,
        source: TransactionSource,
        transaction: TransactionFor<Self>,
    ) -> Result<TxHash<Self>, Self::Error> {
        self.0.submit_one(at, source, transaction).await
    }

    async fn submit_and_watch(
        &self,
        at: Hash,
        source: TransactionSource,
        transaction: TransactionFor<Self>,
    ) -> Result<Pin<Box<TransactionStatusStreamFor<Self>>>, Self::Error> {
        self.0.submit_and_watch(at, source, transaction).await
    }

    async fn ready_at(&self, at: Hash) -> Ready<Self::InPoolTransaction> {
        in_order(self.0.ready_at(at).await)
    }

    fn ready(&self) -> Ready<Self::InPoolTransaction> {
        in_order(self.0.ready())
    }

    async fn report_invalid(
        &self,
        at: Option<Hash>,
        errors: TxInvalidityReportMap<TxHash<Self>>,
    ) -> Vec<Arc<Self::InPoolTransaction>> {
        self.0.report_invalid(at, errors).await
    }

    fn futures(&self) -> Vec<Self::InPoolTransaction> {
        self.0.futures()
    }

    fn status(&self) -> PoolStatus {
        self.0.status()
    }

    fn import_notification_stream(&self) -> ImportNotificationStream<TxHash<Self>> {
        self.0.import_notification_stream()
    }

    fn on_broadcasted(&self, propagations: HashMap<TxHash<Self>, Vec<String>>) {
        self.0.on_broadcasted(propagations);
    }

    fn hash_of(&self, transaction: &TransactionFor<Self>) -> TxHash<Self> {
        self.0.hash_of(transaction)
    }

    fn ready_transaction(&self, hash: &TxHash<Self>) -> Option<Arc<Self::InPoolTransaction>> {
        self.0.ready_transaction(hash)
    }

    async fn ready_at_with_timeout(&self, at: Hash, timeout: Duration) -> Ready<Self::InPoolTransaction> {
        in_order(self.0.ready_at_with_timeout(at, timeout).await)
    }
}

/// What is left of a block, by what transactions declare. What they give back is not counted.
struct Room {
    normal: Weight,
    all: Weight,
}

impl Room {
    /// A block's, where the market's hooks take all that they may.
    fn of_a_block() -> Self {
        let limits = Weights::get();
        let hooks = limits.max_block / HOOKS_SHARE;
        let normal = limits.get(DispatchClass::Normal).max_total.unwrap_or(limits.max_block);
        Self { normal, all: limits.max_block.saturating_sub(hooks) }
    }

    /// Takes room for a transaction, if there is some.
    fn take(&mut self, class: DispatchClass, weight: Weight) -> bool {
        let (normal, all) = match class {
            DispatchClass::Normal => (self.normal.checked_sub(&weight), self.all.checked_sub(&weight)),
            _ => (Some(self.normal), self.all.checked_sub(&weight)),
        };
        let (Some(normal), Some(all)) = (normal, all) else { return false };
        *self = Self { normal, all };
        true
    }
}

/// A transaction's class, and what it declares. One that this node's own runtime can't read, as the chain's is newer,
/// counts as a small normal one.
fn declared(transaction: &OpaqueExtrinsic) -> (DispatchClass, Weight) {
    let Ok(transaction) = UncheckedExtrinsic::decode(&mut &transaction.encode()[..]) else {
        return (DispatchClass::Normal, Weight::zero());
    };
    let info = transaction.get_dispatch_info();
    (info.class, info.total_weight().saturating_add(Weights::get().get(info.class).base_extrinsic))
}

/// Operational ones first, each part by the pool's order; behind them all those for which there is no room.
fn in_order<T>(ready: Ready<T>) -> Ready<T>
where
    T: InPoolTransaction<Transaction = Arc<OpaqueExtrinsic>> + Send + Sync + 'static,
{
    let waiting = ready.map(|transaction| {
        let (class, weight) = declared(transaction.data());
        (transaction, class, weight)
    });
    let (mut room, mut provided) = (Room::of_a_block(), HashSet::new());
    let mut place = |(transaction, class, weight): &(Arc<T>, DispatchClass, Weight)| {
        let is_next = transaction.requires().iter().all(|tag| provided.contains(tag));
        let has_place = is_next && room.take(*class, *weight);
        if has_place {
            provided.extend(transaction.provides().iter().cloned());
        }
        has_place
    };
    let (mut order, mut others) = (Vec::new(), Vec::new());
    for one in waiting {
        let goes_first = one.1 == DispatchClass::Operational && place(&one);
        if goes_first { &mut order } else { &mut others }.push(one);
    }
    let (fitting, rest): (Vec<_>, Vec<_>) = others.into_iter().partition(&mut place);
    order.extend(fitting);
    order.extend(rest);
    let queue: Vec<_> = order.into_iter().map(|(transaction, ..)| transaction).collect();
    Box::new(InOrder { queue: queue.into_iter(), missing: HashSet::new() })
}

/// The transactions in their order, without those behind one that was reported.
struct InOrder<T> {
    queue: std::vec::IntoIter<Arc<T>>,
    /// What the reported ones would have provided.
    missing: HashSet<TransactionTag>,
}

impl<T: InPoolTransaction> Iterator for InOrder<T> {
    type Item = Arc<T>;

    fn next(&mut self) -> Option<Arc<T>> {
        loop {
            let next = self.queue.next()?;
            if next.requires().iter().all(|tag| !self.missing.contains(tag)) {
                return Some(next);
            }
            self.missing.extend(next.provides().iter().cloned());
        }
    }
}

impl<T: InPoolTransaction> ReadyTransactions for InOrder<T> {
    fn report_invalid(&mut self, transaction: &Arc<T>) {
        self.missing.extend(transaction.provides().iter().cloned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use runtime::{RuntimeCall, SudoCall};

    /// A transaction in the pool.
    struct Waiting {
        data: Arc<OpaqueExtrinsic>,
        requires: Vec<TransactionTag>,
        provides: Vec<TransactionTag>,
    }

    impl InPoolTransaction for Waiting {
        type Transaction = Arc<OpaqueExtrinsic>;
        type Hash = Hash;
        fn data(&self) -> &Self::Transaction {
            &self.data
        }
        fn hash(&self) -> &Hash {
            unreachable!("nobody asks")
        }
        fn priority(&self) -> &u64 {
            unreachable!("nobody asks")
        }
        fn longevity(&self) -> &u64 {
            unreachable!("nobody asks")
        }
        fn requires(&self) -> &[TransactionTag] {
            &self.requires
        }
        fn provides(&self) -> &[TransactionTag] {
            &self.provides
        }
        fn is_propagable(&self) -> bool {
            true
        }
    }

    /// Takes these weights, in milliseconds, of a class each; one that is `behind` requires the one before it.
    fn waiting(all: &[(DispatchClass, u64, bool)]) -> Vec<Arc<Waiting>> {
        let tag = |index: usize| vec![u8::try_from(index).unwrap()];
        let one = |(index, (class, milliseconds, behind)): (usize, &(DispatchClass, u64, bool))| {
            let inner = match class {
                DispatchClass::Operational => RuntimeCall::BlindAuction(pallet_blind_auction::Call::reveal {
                    delivery: Default::default(),
                    price: market::Price::ZERO,
                    salt: [0; 32],
                }),
                _ => RuntimeCall::System(frame_system::Call::remark { remark: Vec::new() }),
            };
            let weight = Weight::from_parts(milliseconds * 1_000_000_000, 0);
            let call: RuntimeCall =
                SudoCall::<runtime::Runtime>::sudo_unchecked_weight { call: Box::new(inner), weight }.into();
            let transaction = UncheckedExtrinsic::new_bare(call);
            let data = OpaqueExtrinsic::decode(&mut &transaction.encode()[..]).unwrap();
            let requires = if *behind { vec![tag(index - 1)] } else { Vec::new() };
            Arc::new(Waiting { data: Arc::new(data), requires, provides: vec![tag(index)] })
        };
        all.iter().enumerate().map(one).collect()
    }

    /// Ready transactions, as the pool has them.
    struct Pool(std::vec::IntoIter<Arc<Waiting>>);

    impl Iterator for Pool {
        type Item = Arc<Waiting>;
        fn next(&mut self) -> Option<Arc<Waiting>> {
            self.0.next()
        }
    }

    impl ReadyTransactions for Pool {
        fn report_invalid(&mut self, _: &Arc<Waiting>) {}
    }

    /// The places in the pool, in the order in which a block is offered them.
    fn order(all: &[(DispatchClass, u64, bool)]) -> Vec<u8> {
        in_order(Box::new(Pool(waiting(all).into_iter()))).map(|one| one.provides[0][0]).collect()
    }

    use DispatchClass::{Normal, Operational};

    #[test]
    fn operational_ones_should_come_first_whatever_else_waits() {
        assert_eq!(order(&[(Normal, 1, false), (Operational, 1, false), (Normal, 1, false)]), [1, 0, 2]);
    }

    #[test]
    fn those_that_do_not_fit_should_come_last() {
        // Nine that fill most of a block each, and behind them a small one of each class.
        let mut all = vec![(Normal, 1_000, false); 9];
        all.extend([(Normal, 1, false), (Operational, 1, false)]);
        assert_eq!(order(&all), [10, 0, 9, 1, 2, 3, 4, 5, 6, 7, 8]);
        let mut all = vec![(Operational, 1_000, false); 9];
        all.push((Operational, 1, false));
        assert_eq!(order(&all), [0, 9, 1, 2, 3, 4, 5, 6, 7, 8]);
    }

    #[test]
    fn one_should_stay_behind_what_it_requires() {
        assert_eq!(order(&[(Normal, 1, false), (Operational, 1, true), (Operational, 1, false)]), [2, 0, 1]);
        let all = [(Normal, 1_000, false), (Normal, 1_000, false), (Normal, 1, true), (Normal, 1, false)];
        assert_eq!(order(&all), [0, 3, 1, 2]);
    }

    #[test]
    fn those_behind_a_reported_one_should_be_left_out() {
        let all = waiting(&[(Normal, 1, false), (Normal, 1, true), (Normal, 1, true), (Normal, 1, false)]);
        let mut ready = in_order(Box::new(Pool(all.into_iter())));
        let first = ready.next().unwrap();
        ready.report_invalid(&first);
        assert_eq!(ready.map(|one| one.provides[0][0]).collect::<Vec<_>>(), [3]);
    }
}

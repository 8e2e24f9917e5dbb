//! What always holds of the pallet's storage, as named checks.

use super::*;
use alloc::collections::{BTreeMap, BTreeSet};
use frame::try_runtime::TryRuntimeError;
use market::calendar::Window;

impl<T: Config> Pallet<T> {
    /// Runs every check.
    pub fn do_try_state() -> Result<(), TryRuntimeError> {
        Self::check_periods_are_not_cleared()?;
        Self::check_bids_are_legal()?;
        Self::check_holds_are_the_books()?;
        Self::check_cursor_stands_at_the_front()?;
        Self::check_deposits_are_a_share()
    }

    /// Deposits are a share of the volume's cost.
    fn check_deposits_are_a_share() -> Result<(), TryRuntimeError> {
        ensure!(DepositShare::<T>::get() <= PartsPerMillion::ONE, "a deposit is more than the volume costs");
        Ok(())
    }

    /// Nothing is stored of a period that is cleared, or before the first block.
    fn check_periods_are_not_cleared() -> Result<(), TryRuntimeError> {
        let next = Next::<T>::get();
        let is_kept = |delivery: Delivery| next.is_some_and(|next| next <= delivery);
        ensure!(
            Seals::<T>::iter_keys().all(|(delivery, _)| is_kept(delivery)),
            "a cleared period has a seal"
        );
        ensure!(Bids::<T>::iter_keys().all(|(delivery, _)| is_kept(delivery)), "a cleared period has a bid");
        ensure!(RevealBlocks::<T>::iter_keys().all(is_kept), "a cleared period counts blocks");
        Ok(())
    }

    /// Each live bid, sealed or revealed, is a buyer's only one, for the volume it released, in a window that has
    /// opened; none is revealed before gate closure, and each revealed one stands at its place.
    fn check_bids_are_legal() -> Result<(), TryRuntimeError> {
        let now = T::Time::now();
        let mut bidders = BTreeSet::new();
        let seals =
            Seals::<T>::iter().map(|(delivery, id, seal)| (delivery, id, Some(seal.account), seal.volume));
        let bids =
            Bids::<T>::iter().map(|(delivery, key, bid)| (delivery, key.participant(), None, bid.volume));
        for (delivery, participant, account, volume) in seals.chain(bids) {
            ensure!(bidders.insert((delivery, participant)), "a bidder has two bids in a period");
            let member = T::Registry::member(participant).ok_or("a bidder is not registered")?;
            let is_own = account.is_none_or(|account| member.account == account);
            ensure!(member.role.buys() && is_own, "a bidder does not buy");
            let position = T::Positions::position(participant, delivery).unwrap_or_default();
            ensure!(
                !volume.is_zero() && position.shortage() == volume,
                "a bid is not for the released volume"
            );
            let Window { from, .. } = Self::calendar_of(delivery).sealing(delivery);
            ensure!(now >= from, "a bid was sealed before its window");
        }
        for (delivery, key) in Bids::<T>::iter_keys() {
            let Window { to, .. } = Self::calendar_of(delivery).sealing(delivery);
            ensure!(now >= to, "a bid is readable before gate closure");
            let place = Self::place(delivery, key.participant(), key.bid_price());
            ensure!(place == key, "a bid stands at another place than its own");
        }
        Ok(())
    }

    /// On each participant's account is on hold what its live bids need, less what the bid in front has
    /// spent; nothing else is.
    fn check_holds_are_the_books() -> Result<(), TryRuntimeError> {
        let mut books = BTreeMap::<T::AccountId, Money>::new();
        for id in (0..T::Registry::count()).map(ParticipantId) {
            if let Some(member) = T::Registry::member(id) {
                books.insert(member.account, Default::default());
            }
        }
        let deposits = Seals::<T>::iter().map(|(_, _, seal)| (seal.account, seal.deposit));
        let cover = |(_, key, bid): (_, QueueKey, Bid)| {
            let account = T::Registry::member(key.participant())?.account;
            Some((account, key.bid_price().amount(bid.volume).unwrap_or_default()))
        };
        for (account, needs) in deposits.chain(Bids::<T>::iter().filter_map(cover)) {
            let book = books.entry(account).or_default();
            *book = book.saturating_add(needs);
        }
        if let Phase::Queue { walk: Walk { buyer: Some(Buyer { account, spent, .. }), .. }, .. } =
            Progress::<T>::get().phase
        {
            let book = books.entry(account).or_default();
            *book = book.checked_sub(spent).ok_or("a bid has spent more than its cover")?;
        }
        let holds = |(account, book)| Self::held(&account) == book;
        ensure!(books.into_iter().all(holds), "what is on hold is not the books'");
        Ok(())
    }

    /// While the queue is walked, the bid in front is the book's first, and nothing ahead of it is left.
    fn check_cursor_stands_at_the_front() -> Result<(), TryRuntimeError> {
        let phase = Progress::<T>::get().phase;
        if phase == Phase::Waiting {
            return Ok(());
        }
        let next = Next::<T>::get().ok_or("a period is cleared before the first block")?;
        ensure!(
            Self::calendar_of(next).reveal(next).to <= T::Time::now(),
            "a period is cleared while its bids are revealed"
        );
        let Phase::Queue { walk, .. } = phase else { return Ok(()) };
        let first = Bids::<T>::iter_key_prefix(next).next();
        match walk.queue.bid {
            Some(front) => {
                ensure!(first == Some(front.key), "the bid in front is not the book's first");
                let known = walk.buyer.is_some_and(|buyer| front.open <= buyer.bid.volume);
                ensure!(known, "the bidder in front is not known");
            }
            None => ensure!(
                first.is_none_or(|first| walk.last_bid.is_none_or(|last| last < first)),
                "the walk has passed a bid that is in the book"
            ),
        }
        Ok(())
    }
}

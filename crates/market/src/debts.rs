//! Debts: what the members and the retail supplier owe each other, and who is paid first.
//!
//! The design's rule. Between a member and the supplier there is one net figure: what it owed and what falls due are
//! netted first. A member that owes then pays as far as it has free money, and what it can't pay stays its debt.
//! Whom the supplier owes stands in a queue by age: it pays nobody before an older creditor, and as far as it has money.
//! What falls due to the oldest creditor is paid with its claim; whoever else is due something waits, and keeps its
//! place until it is paid off. A debt is served out of market income, released cover, top-ups and what a member pays by
//! itself: all of it is free money when its next line is settled. What a debtor offers counts only as far as it lately
//! delivered ([`counted`]).
//!
//! The rules are of values: [`Dues`] in, a [`Payment`] and a [`Change`] out. The chain keeps debts and the queue in
//! storage, the simulator in memory ([`Creditors`]); both move the money and write the change, and decide nothing.

use crate::calendar::{Day, Delivery, Moment};
use crate::participant::ParticipantId;
use crate::units::{Energy, Money, NetMoney};
use alloc::collections::BTreeMap;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

/// Which of the two pays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Payer {
    /// The member: it owes.
    Member,
    /// The retail supplier: it owes, or nobody does.
    Supplier,
}

/// What is to move between a member and the supplier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Payment {
    /// Who pays.
    pub payer: Payer,
    /// How much, in planck; nothing is nothing to do.
    pub amount: Money,
}

impl Payment {
    /// What the member and the supplier have once it has moved, of what both had. `None` where the payer has less, or
    /// on overflow.
    pub fn apply(self, member: Money, supplier: Money) -> Option<(Money, Money)> {
        let Self { payer, amount } = self;
        match payer {
            Payer::Member => Some((member.checked_sub(amount)?, supplier.checked_add(amount)?)),
            Payer::Supplier => Some((member.checked_add(amount)?, supplier.checked_sub(amount)?)),
        }
    }
}

/// What is to be settled up between a member and the supplier: one net figure, in planck; positive where the member
/// owes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dues {
    member: ParticipantId,
    before: NetMoney,
    owed: NetMoney,
}

impl Dues {
    /// Of a member whose debt was `before`, when `due` falls due. Both are positive where the member owes, negative
    /// where it is owed. What does not fit is cut: no market's money comes near to it.
    pub const fn new(member: ParticipantId, before: NetMoney, due: NetMoney) -> Self {
        Self { member, before, owed: before.saturating_add(due) }
    }

    /// Who owes, and so pays.
    pub fn payer(&self) -> Payer {
        if is_debtor(self.owed) { Payer::Member } else { Payer::Supplier }
    }

    /// How much, without its direction.
    pub fn amount(&self) -> Money {
        self.owed.paid().max(self.owed.received())
    }

    /// What is to be paid now: all that is owed, as far as the payer can spend it, but nothing to a member while the
    /// supplier owes another for longer. `free` tells what the payer can spend, `oldest` whom the supplier owes for
    /// longest; each is asked once at most.
    pub fn payment(
        &self,
        free: impl FnOnce(Payer) -> Money,
        oldest: impl FnOnce() -> Option<ParticipantId>,
    ) -> Payment {
        let payer = self.payer();
        let is_next = match payer {
            Payer::Member => true,
            Payer::Supplier => oldest().is_none_or(|oldest| oldest == self.member),
        };
        let amount = if is_next { self.amount().min(free(payer)) } else { Money::ZERO };
        Payment { payer, amount }
    }

    /// What becomes of the debt when so much has moved: the rest of it stays.
    pub fn paid(self, amount: Money) -> Change {
        let moved = match self.payer() {
            Payer::Member => amount.paid(),
            Payer::Supplier => amount.received(),
        };
        let debt = self.owed.saturating_sub(moved.unwrap_or_default());
        Change { member: self.member, before: self.before, debt }
    }
}

/// What becomes of a member's debt, in planck; positive where the member owes, negative where it is owed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    /// Whose it is.
    pub member: ParticipantId,
    /// What it was.
    pub before: NetMoney,
    /// What it is now.
    pub debt: NetMoney,
}

impl Change {
    /// Whether the debt is what it was.
    pub fn is_none(&self) -> bool {
        self.before == self.debt
    }

    /// Whether nobody owes anything any more: the next creditor's turn.
    pub const fn is_paid_off(&self) -> bool {
        self.debt.is_zero()
    }

    /// What it means for the member's place among the creditors. Who is owed more keeps the place; who was paid off and
    /// is owed again comes last.
    pub fn place(&self) -> Place {
        match (self.before < NetMoney::ZERO, self.debt < NetMoney::ZERO) {
            (false, true) => Place::Joins,
            (true, false) => Place::Leaves,
            _ => Place::Stays,
        }
    }
}

/// What becomes of a member's place among those whom the supplier owes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// It has none and gets the last one.
    Joins,
    /// It keeps the one it has, or has none.
    Stays,
    /// It has one and gives it up.
    Leaves,
}

/// A creditor's place among those whom the supplier owes: what came earlier is less, also as a key.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
)]
pub struct Age([u8; 8]);

impl Age {
    /// The place of the creditor with a number in order of time.
    pub const fn new(number: u64) -> Self {
        Self(number.to_be_bytes())
    }

    /// Its number in order of time.
    pub const fn number(self) -> u64 {
        u64::from_be_bytes(self.0)
    }
}

/// The queue of those whom the supplier owes, in memory. A change takes a time that grows with the logarithm of their
/// number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Creditors {
    by_age: BTreeMap<Age, ParticipantId>,
    ages: BTreeMap<ParticipantId, Age>,
    next: u64,
}

impl Creditors {
    /// Whom the supplier owes for longest.
    pub fn oldest(&self) -> Option<ParticipantId> {
        self.iter().next()
    }

    /// All of them, the oldest first.
    pub fn iter(&self) -> impl Iterator<Item = ParticipantId> {
        self.by_age.values().copied()
    }

    /// Follows a debt that has changed.
    pub fn apply(&mut self, change: &Change) {
        match change.place() {
            Place::Joins => {
                let age = Age::new(self.next);
                self.next = self.next.saturating_add(1);
                self.by_age.insert(age, change.member);
                self.ages.insert(change.member, age);
            }
            Place::Leaves => {
                if let Some(age) = self.ages.remove(&change.member) {
                    self.by_age.remove(&age);
                }
            }
            Place::Stays => {}
        }
    }
}

/// The first day for which members pay in, of a market that begins on a day, or before day 0: nobody pays in for the
/// day that runs, as it begins with what it has.
pub fn first_top_up(today: Option<Day>) -> Day {
    today.unwrap_or_default().saturating_add(1)
}

/// Whether a top-up, due when its day's release opens, comes before what else is due: what falls on the same moment is
/// settled first, so that it does not depend on who pays in.
pub const fn is_top_up_first(top_up: Moment, other: Moment) -> bool {
    top_up < other
}

/// Whether this is a debt to the supplier: who has one may not bid, nor be paid out.
pub fn is_debtor(debt: NetMoney) -> bool {
    debt > NetMoney::ZERO
}

/// What of an offer counts at clearing: all of it, but of a seller that owes the supplier no more than the most that it
/// `delivered` at that time of the last days. So who delivers earns its debt off, and who does not sells nothing. What
/// was delivered is looked up only where the seller owes.
pub fn counted(offered: Energy, is_debtor: bool, delivered: impl IntoIterator<Item = Energy>) -> Energy {
    if is_debtor { delivered.into_iter().max().unwrap_or_default().min(offered) } else { offered }
}

/// Who owes the supplier.
pub trait DebtBook {
    /// Whether a participant owes the supplier and so may not bid, and offers no more than it lately delivered.
    fn is_debtor(participant: ParticipantId) -> bool;
    /// What a participant's meter counted outwards at the time of a period on the last settled days: readings, never
    /// estimates.
    fn delivered(participant: ParticipantId, delivery: Delivery) -> impl Iterator<Item = Energy>;
}

#[cfg(test)]
mod tests;

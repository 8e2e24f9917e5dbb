//! Everybody's money and debts by what events tell, to compare with what is stored.
//!
//! The market's events name both accounts and the amount of every movement. Money that moves without one, or
//! otherwise than one says, makes the books differ.

use market::participant::Registry;
use market::{NetMoney, ParticipantId};
use pallet_blind_auction::Event as Auction;
use pallet_participants::Event as Registered;
use pallet_settlement::Event as Settling;
use runtime::{AccountId, Participants, Runtime, RuntimeEvent};
use std::collections::BTreeMap;

/// What each account should have, free and on hold, and what each participant should owe.
#[derive(Default)]
pub struct Ledger {
    money: BTreeMap<AccountId, i128>,
    debts: BTreeMap<ParticipantId, i128>,
    issuance: i128,
}

impl Ledger {
    /// The books of a chain that begins.
    pub fn begin() -> Self {
        let money: BTreeMap<_, _> = accounts().collect();
        let issuance = money.values().sum();
        Self { money, debts: BTreeMap::new(), issuance }
    }

    /// Notes a movement that a caller asked for.
    pub fn transfer(&mut self, from: &AccountId, to: &AccountId, amount: u128) {
        self.add(from, -signed(amount));
        self.add(to, signed(amount));
    }

    /// Notes what events tell.
    pub fn see(&mut self, events: &[RuntimeEvent]) {
        self.issuance += runtime::invariants::issuance_change(events.iter());
        for event in events {
            match event {
                RuntimeEvent::BlindAuction(event) => self.see_auction(event),
                RuntimeEvent::Settlement(event) => self.see_settlement(event),
                RuntimeEvent::Participants(Registered::AccountRotated { from, to, held, .. }) => {
                    self.transfer(from, to, held.planck());
                }
                RuntimeEvent::TransactionPayment(pallet_transaction_payment::Event::TransactionFeePaid {
                    who,
                    actual_fee,
                    ..
                }) => self.add(who, -signed(*actual_fee)),
                _ => {}
            }
        }
    }

    fn see_auction(&mut self, event: &Auction<Runtime>) {
        match event {
            Auction::Traded { from, to, amount, .. } | Auction::DepositForfeited { from, to, amount, .. } => {
                self.transfer(from, to, amount.planck())
            }
            _ => {}
        }
    }

    fn see_settlement(&mut self, event: &Settling<Runtime>) {
        match event {
            Settling::ToppedUp { account, amount, .. } | Settling::Minted { account, amount, .. } => {
                self.add(account, signed(amount.planck()));
            }
            Settling::ForfeitShared { from, to, amount, .. }
            | Settling::DisputeForfeited { from, to, amount, .. } => self.transfer(from, to, amount.planck()),
            Settling::Redeemed { account, amount, .. } => self.add(account, -signed(amount.planck())),
            Settling::LineSettled { participant, due, .. } => self.owe(*participant, due.planck()),
            Settling::LineCorrected { participant, correction, .. } => {
                self.owe(*participant, correction.balanced_money.planck());
            }
            Settling::ClaimPaid { participant, from, to, amount } => {
                self.transfer(from, to, amount.planck());
                self.owe(*participant, signed(amount.planck()));
            }
            Settling::Balanced { participant, from, to, paid, .. }
            | Settling::CorrectionPaid { participant, from, to, paid, .. } => {
                self.transfer(from, to, paid.planck());
                let own = Participants::member(*participant).map(|member| member.account);
                let sign = if own.as_ref() == Some(from) { -1 } else { 1 };
                self.owe(*participant, sign * signed(paid.planck()));
            }
            Settling::DebtPaid { participant, from, to, amount } => {
                self.transfer(from, to, amount.planck());
                self.owe(*participant, -signed(amount.planck()));
            }
            _ => {}
        }
    }

    fn add(&mut self, who: &AccountId, amount: i128) {
        *self.money.entry(who.clone()).or_default() += amount;
    }

    fn owe(&mut self, who: ParticipantId, amount: i128) {
        *self.debts.entry(who).or_default() += amount;
    }

    /// Compares the books with what is stored.
    pub fn check(&mut self) -> Result<(), String> {
        let issuance = pallet_balances::TotalIssuance::<Runtime>::get();
        if signed(issuance) != self.issuance {
            return Err(format!("the issuance is {issuance}, events tell {}", self.issuance));
        }
        self.money.retain(|_, amount| *amount != 0);
        let stored: BTreeMap<_, _> = accounts().filter(|(_, amount)| *amount != 0).collect();
        if stored != self.money {
            return Err(format!("accounts have {stored:?}, events tell {:?}", self.money));
        }
        self.debts.retain(|_, amount| *amount != 0);
        let stored: BTreeMap<_, _> = pallet_settlement::Debts::<Runtime>::iter()
            .map(|(participant, debt): (_, NetMoney)| (participant, debt.planck()))
            .collect();
        if stored != self.debts {
            return Err(format!("debts are {stored:?}, events tell {:?}", self.debts));
        }
        Ok(())
    }
}

fn accounts() -> impl Iterator<Item = (AccountId, i128)> {
    frame_system::Account::<Runtime>::iter()
        .map(|(who, account)| (who, signed(account.data.free) + signed(account.data.reserved)))
}

fn signed(amount: u128) -> i128 {
    i128::try_from(amount).unwrap_or(i128::MAX)
}

//! An input: its actions, one after the other.

use crate::bytes::Bytes;
use crate::chain::{Chain, Origin, Outcome, Way, take_events, transfers};
use crate::faults;
use crate::ledger::Ledger;
use crate::table::Table;
use crate::watch::Watch;
use crate::world::{ANCHOR, OPERATOR, PERIOD, PERIODS, SLOT, Start, person};
use market::calendar::Calendars;
use market::commitment::Salt;
use market::{Moment, Price};
use pallet_sudo::Event as Sudo;
use runtime::{BlindAuction, EnergyTasks, Participants, RuntimeCall, RuntimeEvent, Settlement, Terms};
use sp_core::H256;
use sp_runtime::DispatchError;
use sp_state_machine::BasicExternalities;
use std::any::Any;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// What came of an input.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Actions taken: calls, and steps of time.
    pub actions: u64,
    /// Bytes read.
    pub consumed: usize,
    /// Blocks made.
    pub blocks: u64,
    /// Periods cleared.
    pub cleared: u64,
    /// Periods cleared with trades.
    pub traded: u64,
    /// Lines settled.
    pub settled: u64,
    /// Days closed.
    pub closed: u64,
    /// Calls against outcomes.
    pub table: Table,
}

impl Report {
    /// Adds another's figures.
    pub fn merge(&mut self, other: Self) {
        self.actions += other.actions;
        self.consumed += other.consumed;
        self.blocks += other.blocks;
        self.cleared += other.cleared;
        self.traded += other.traded;
        self.settled += other.settled;
        self.closed += other.closed;
        self.table.merge(other.table);
    }
}

/// What broke.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Number of the action, from 0.
    pub action: u64,
    /// How many bytes were read until then.
    pub consumed: usize,
    /// What was wrong.
    pub fault: String,
}

/// Runs an input from the first state on, until its bytes or `most` actions are spent.
pub fn run(input: &[u8], most: u64) -> Result<Report, Failure> {
    let mut bytes = Bytes::new(input);
    let start = Start::of(bytes.byte());
    let mut state = BasicExternalities::new(start.storage());
    let mut action = 0;
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        state.execute_with(|| {
            let mut session = Session::begin(&mut bytes)?;
            while !session.bytes.is_empty() && action < most {
                session.act()?;
                action += 1;
            }
            Ok(session.report(action))
        })
    }));
    let fault = match outcome {
        Ok(Ok(report)) => return Ok(report),
        Ok(Err(fault)) => fault,
        Err(panic) => format!("panic: {}", words_of(&*panic)),
    };
    Err(Failure { action, consumed: bytes.consumed(), fault })
}

fn words_of(panic: &(dyn Any + Send)) -> String {
    panic
        .downcast_ref::<String>()
        .cloned()
        .or_else(|| panic.downcast_ref::<&str>().map(ToString::to_string))
        .unwrap_or_else(|| "of an unknown kind".into())
}

/// A chain, and what the fuzzer knows of it.
pub(crate) struct Session<'a, 'b> {
    pub(crate) bytes: &'a mut Bytes<'b>,
    pub(crate) chain: Chain,
    /// What opens which commitment.
    pub(crate) bids: BTreeMap<H256, (Price, Salt)>,
    blocks: u64,
    ledger: Ledger,
    watch: Watch,
    table: Table,
}

impl<'a, 'b> Session<'a, 'b> {
    pub(crate) fn begin(bytes: &'a mut Bytes<'b>) -> Result<Self, String> {
        faults::listen();
        let ledger = Ledger::begin();
        // A slot before the first release opens.
        let chain = Chain::begin(ANCHOR - u64::from(PERIODS - 1) * PERIOD - SLOT);
        let mut session = Self {
            bytes,
            chain,
            bids: BTreeMap::new(),
            blocks: 1,
            ledger,
            watch: Watch::default(),
            table: Table::default(),
        };
        session.watch.block(session.chain.now());
        session.note(&take_events())?;
        Ok(session)
    }

    pub(crate) fn report(self, actions: u64) -> Report {
        Report {
            actions,
            consumed: self.bytes.consumed(),
            blocks: self.blocks,
            cleared: self.watch.cleared,
            traded: self.watch.traded,
            settled: self.watch.settled,
            closed: self.watch.closed,
            table: self.table,
        }
    }

    /// Takes the next action. More than a half of them is what a worker would do.
    fn act(&mut self) -> Result<(), String> {
        match self.bytes.byte() {
            0..=151 => match self.due_or_correction() {
                Some((origin, call)) => self.submit(origin, call),
                None => self.pass_and_check(self.next_boundary()),
            },
            152..=177 => self.pass(),
            _ => {
                let (origin, call) = self.any_call();
                self.submit(origin, call)
            }
        }
    }

    /// Lets some time pass.
    fn pass(&mut self) -> Result<(), String> {
        let now = self.chain.now();
        let day = PERIOD * u64::from(PERIODS);
        let to = match self.bytes.byte() {
            0..=119 => now + SLOT,
            120..=199 => self.next_boundary(),
            200..=224 => self.next_boundary().saturating_sub(SLOT),
            225..=239 => self.next_boundary() + SLOT,
            240..=247 => now + PERIOD,
            // The chain stood.
            248..=252 => now + day,
            253..=254 => now + day * 3,
            255 => now + day * u64::from(self.bytes.byte() % 64),
        };
        self.pass_and_check(to)
    }

    fn pass_and_check(&mut self, to: Moment) -> Result<(), String> {
        self.pass_to(to)?;
        self.check()
    }

    fn next_boundary(&self) -> Moment {
        let now = self.chain.now();
        Terms::next_boundary(now).min(now + PERIOD)
    }

    /// Closes the block and opens one at a time, or at the next slot where that has passed.
    pub(crate) fn pass_to(&mut self, to: Moment) -> Result<(), String> {
        let parent = self.chain.close();
        self.note(&take_events())?;
        self.chain.open_behind(parent, to / SLOT * SLOT);
        self.blocks += 1;
        self.watch.block(self.chain.now());
        self.note(&take_events())
    }

    /// Makes a call, notes how it went, and checks everything.
    fn submit(&mut self, origin: Origin, call: RuntimeCall) -> Result<(), String> {
        let outcome = self.make(&origin, call.clone())?;
        self.check().map_err(|fault| format!("{fault}, after {call:?} by {origin:?}: {outcome:?}"))
    }

    /// Makes a call and notes how it went.
    pub(crate) fn make(&mut self, origin: &Origin, call: RuntimeCall) -> Result<Outcome, String> {
        let way = if self.bytes.once_in(8) { Way::Transaction } else { Way::Dispatch };
        let by_sudo = *origin == Origin::Root && self.bytes.once_in(2);
        let mut outcome = if by_sudo {
            let sudo = pallet_sudo::Call::sudo { call: Box::new(call.clone()) };
            self.chain.call(&Origin::Account(person(OPERATOR).account.clone()), sudo.into(), way)
        } else {
            self.chain.call(origin, call.clone(), way)
        };
        let events = take_events();
        for event in &events {
            if let RuntimeEvent::Sudo(Sudo::Sudid { sudo_result: Err(error) }) = event {
                outcome = Outcome::Refused(*error);
            }
        }
        self.table.add(&call, &outcome);
        match (&outcome, origin) {
            (Outcome::Accepted, Origin::Account(account)) => {
                for (from, to, amount) in transfers(&call, account) {
                    self.ledger.transfer(&from, &to, amount);
                }
            }
            (Outcome::Refused(error), _) => Watch::check_refusal(self.chain.now(), &call, *error)?,
            _ => {}
        }
        self.note(&events).map_err(|fault| format!("{fault}, after {call:?} by {origin:?}: {outcome:?}"))?;
        Ok(outcome)
    }

    /// Looks at what happened.
    fn note(&mut self, events: &[RuntimeEvent]) -> Result<(), String> {
        self.ledger.see(events);
        self.watch.see(self.chain.now(), events)
    }

    /// Checks all that must hold.
    pub(crate) fn check(&mut self) -> Result<(), String> {
        faults::check()?;
        self.ledger.check()?;
        check_state().map_err(|error| format!("{error:?}"))
    }
}

/// Runs every pallet's checks, and those across them.
pub fn check_state() -> Result<(), DispatchError> {
    Participants::do_try_state()?;
    Terms::do_try_state()?;
    EnergyTasks::do_try_state()?;
    BlindAuction::do_try_state()?;
    Settlement::do_try_state()?;
    runtime::Offices::do_try_state()?;
    runtime::invariants::check()
}

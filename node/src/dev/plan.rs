//! Where the simulated clock goes next: a pure function of what the runtime says and of the time that passed.
//!
//! A window here is the time between two boundaries of the market's calendar, in which nothing opens or closes.

use market::api::Clock;
use market::calendar::{Moment, WINDOWS_A_PERIOD};
use std::time::Duration;

/// The fewest blocks made in a window in which something is open.
pub const MIN_BLOCKS: u32 = 3;
/// How many blocks a paced window gets, if it has that many slots.
const PACED_BLOCKS: u64 = 20;
/// Slots of a window that are kept for transactions that are still on their way.
const RESERVED_SLOTS: u64 = 2;
/// How long a window is held open for due work without any progress.
const HOLD: Duration = Duration::from_secs(30);
/// How long the workers are given before an empty block makes them run again; doubled with every such block.
const PATIENCE: Duration = Duration::from_millis(150);
/// The longest that patience gets.
const MAX_PATIENCE: Duration = Duration::from_secs(4);

/// The window that the head lies in, as far as this node has seen it.
#[derive(Clone, Debug)]
pub struct Window {
    /// Where it ends.
    pub to: Moment,
    /// The first block's timestamp.
    pub from: Moment,
    /// Blocks made in it.
    pub blocks: u32,
    /// Blocks made since the due work last became less.
    pub fruitless: u32,
}

impl Window {
    /// The window that begins with this head.
    pub fn entered(clock: &Clock) -> Self {
        Self { to: clock.next_boundary, from: clock.now, blocks: 1, fruitless: 0 }
    }

    const fn span(&self) -> u64 {
        self.to.saturating_sub(self.from)
    }
}

/// What is known when the next step is chosen.
#[derive(Clone, Debug)]
pub struct Situation<'a> {
    /// The clock at the head.
    pub clock: &'a Clock,
    /// The window that the head lies in.
    pub window: &'a Window,
    /// Length of a slot, in milliseconds.
    pub slot: u64,
    /// Wall time of a period; `None` is as fast as the workers follow.
    pub pace: Option<Duration>,
    /// Whether a person asked for the next block: it does not wait, and lies as far ahead as a paced one.
    pub hurry: bool,
    /// Whether own agents have something to do.
    pub due: bool,
    /// Whether the pool has transactions for the next block.
    pub ready: bool,
    /// Wall time since the head was made.
    pub since_head: Duration,
    /// Wall time since the due work last became less.
    pub since_progress: Duration,
}

/// The next step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Make a block with this timestamp.
    Seal(Moment),
    /// Make a block with this timestamp, which leaves work behind that was due.
    Abandon(Moment),
    /// Wait for a transaction, at most this long, and ask again.
    Wait(Duration),
}

impl Situation<'_> {
    /// Chooses the next step.
    pub fn plan(&self) -> Step {
        let Clock { now, next_boundary, .. } = *self.clock;
        if now == 0 {
            return Step::Seal(self.clock.first_release);
        }
        let leave = next_boundary.max(self.after(self.slot));
        if self.clock.open.is_idle() {
            return Step::Seal(if self.clock.backlog { self.after(self.slot) } else { leave });
        }
        let rest = self.paced_interval().saturating_sub(self.since_head);
        if !self.hurry && !rest.is_zero() {
            return Step::Wait(rest);
        }
        if self.pace.is_some() && self.after(self.stride()) < next_boundary {
            return Step::Seal(self.after(self.stride()));
        }
        if self.ready {
            return Step::Seal(if self.room() > 0 { self.after(self.slot) } else { leave });
        }
        if self.due {
            return if self.since_progress < HOLD { self.hold() } else { Step::Abandon(leave) };
        }
        let wanted = self.clock.backlog || self.window.blocks < MIN_BLOCKS;
        Step::Seal(if wanted && self.room() > 0 { self.after(self.slot) } else { leave })
    }

    /// Work is due and nothing of it has arrived yet: an empty block makes the workers run again, as long as
    /// slots are left for what they send.
    fn hold(&self) -> Step {
        let patience = PATIENCE.saturating_mul(1 << self.window.fruitless.min(8)).min(MAX_PATIENCE);
        match patience.checked_sub(self.since_head) {
            Some(rest) if !rest.is_zero() => Step::Wait(rest),
            _ if self.room() > RESERVED_SLOTS => Step::Seal(self.after(self.slot)),
            _ => Step::Wait(PATIENCE),
        }
    }

    const fn after(&self, time: u64) -> Moment {
        self.clock.now.saturating_add(time)
    }

    /// How many more blocks fit into the window.
    fn room(&self) -> u64 {
        let left = self.clock.next_boundary.saturating_sub(self.clock.now).saturating_sub(1);
        left.checked_div(self.slot).unwrap_or_default()
    }

    /// How many blocks the window gets when it is paced.
    fn paced_blocks(&self) -> u64 {
        self.window.span().checked_div(self.slot).unwrap_or_default().clamp(1, PACED_BLOCKS)
    }

    /// Simulated time between two paced blocks.
    fn stride(&self) -> u64 {
        self.window.span().checked_div(self.paced_blocks()).unwrap_or_default().max(self.slot)
    }

    /// Wall time between two paced blocks.
    fn paced_interval(&self) -> Duration {
        let blocks = u32::try_from(self.paced_blocks()).unwrap_or(1);
        self.pace.unwrap_or_default() / WINDOWS_A_PERIOD / blocks
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use market::calendar::{Calendar, Delivery};

    const MINUTE: u64 = 60_000;
    const SLOT: u64 = 6_000;

    fn hourly() -> Calendar {
        Calendar {
            anchor: 24 * 60 * MINUTE * 100,
            period_length: 60 * MINUTE,
            periods_per_day: 24,
            release_from: 16 * 60 * MINUTE,
            release_to: 17 * 60 * MINUTE,
            ..Default::default()
        }
    }

    fn clock_at(calendar: Calendar, now: Moment) -> Clock {
        Clock {
            now,
            calendar,
            open: calendar.open_at(now),
            paused: Vec::new(),
            next_boundary: calendar.next_boundary(now),
            first_release: calendar.release(0).from,
            backlog: false,
            next_to_settle: None,
        }
    }

    fn sealing() -> Clock {
        let calendar = hourly();
        clock_at(calendar, calendar.sealing(Delivery { day: 0, period: 3 }).from)
    }

    fn situation<'a>(clock: &'a Clock, window: &'a Window) -> Situation<'a> {
        Situation {
            clock,
            window,
            slot: SLOT,
            pace: None,
            hurry: false,
            due: false,
            ready: false,
            since_head: Duration::ZERO,
            since_progress: Duration::ZERO,
        }
    }

    #[test]
    fn clock_should_begin_with_the_first_release_when_there_is_no_block() {
        let clock = Clock { now: 0, ..sealing() };
        let step = situation(&clock, &Window::entered(&clock)).plan();
        assert_eq!(step, Step::Seal(clock.first_release));
    }

    #[test]
    fn clock_should_jump_to_the_next_boundary_when_nothing_is_open() {
        let calendar = hourly();
        let start = calendar.start(Delivery { day: 0, period: 3 });
        let clock = clock_at(calendar, start + 20 * MINUTE);
        let window = Window::entered(&clock);
        assert_eq!(situation(&clock, &window).plan(), Step::Seal(start + 45 * MINUTE));
        let behind = Clock { backlog: true, ..clock };
        assert_eq!(situation(&behind, &window).plan(), Step::Seal(start + 20 * MINUTE + SLOT));
    }

    #[test]
    fn slots_should_increase_when_a_boundary_is_nearer_than_a_slot() {
        let calendar = hourly();
        let now = calendar.execution(Delivery { day: 0, period: 3 }).to - 1_000;
        let clock = clock_at(calendar, now);
        let window = Window { blocks: MIN_BLOCKS, ..Window::entered(&clock) };
        assert_eq!(situation(&clock, &window).plan(), Step::Seal(now + SLOT));
    }

    #[test]
    fn window_should_get_its_minimum_of_blocks_when_nothing_is_due() {
        let clock = sealing();
        let mut window = Window::entered(&clock);
        for _ in 1..MIN_BLOCKS {
            assert_eq!(situation(&clock, &window).plan(), Step::Seal(clock.now + SLOT));
            window.blocks += 1;
        }
        assert_eq!(situation(&clock, &window).plan(), Step::Seal(clock.next_boundary));
    }

    #[test]
    fn transactions_should_be_included_when_the_pool_has_some() {
        let clock = sealing();
        let window = Window { blocks: 9, ..Window::entered(&clock) };
        let step = Situation { ready: true, due: true, ..situation(&clock, &window) }.plan();
        assert_eq!(step, Step::Seal(clock.now + SLOT));
    }

    #[test]
    fn workers_should_be_run_again_when_their_work_does_not_arrive() {
        let clock = sealing();
        let window = Window { blocks: 9, ..Window::entered(&clock) };
        let waiting = Situation { due: true, ..situation(&clock, &window) };
        assert_eq!(waiting.plan(), Step::Wait(PATIENCE));
        let tired = Situation { since_head: PATIENCE, ..waiting };
        assert_eq!(tired.plan(), Step::Seal(clock.now + SLOT));
    }

    #[test]
    fn window_should_be_held_when_due_work_has_few_slots_left() {
        let calendar = hourly();
        let to = calendar.sealing(Delivery { day: 0, period: 3 }).to;
        let clock = clock_at(calendar, to - 2 * SLOT);
        let window = Window { blocks: 9, fruitless: 3, ..Window::entered(&clock) };
        let waiting = Situation { due: true, since_head: 4 * MAX_PATIENCE, ..situation(&clock, &window) };
        assert_eq!(waiting.plan(), Step::Wait(PATIENCE));
        let hopeless = Situation { since_progress: HOLD, ..waiting.clone() };
        assert_eq!(hopeless.plan(), Step::Abandon(to));
        let arrived = Situation { ready: true, ..waiting };
        assert_eq!(arrived.plan(), Step::Seal(clock.now + SLOT));
    }

    #[test]
    fn blocks_should_be_spread_evenly_when_a_pace_is_set() {
        let clock = sealing();
        let window = Window::entered(&clock);
        let pace = Some(Duration::from_secs(360));
        let early = Situation { pace, ..situation(&clock, &window) };
        assert_eq!(early.plan(), Step::Wait(Duration::from_secs(6)));
        let next = Situation { since_head: Duration::from_secs(6), ..early.clone() };
        assert_eq!(next.plan(), Step::Seal(clock.now + 22_500));
        let asked = Situation { hurry: true, ..early };
        assert_eq!(asked.plan(), next.plan());
    }

    #[test]
    fn blocks_should_be_a_slot_apart_when_a_paced_window_is_short() {
        let calendar = Calendar {
            period_length: 15 * MINUTE,
            periods_per_day: 96,
            anchor: hourly().anchor,
            release_from: 16 * 60 * MINUTE,
            release_to: 17 * 60 * MINUTE,
            ..Default::default()
        };
        let from = calendar.sealing(Delivery { day: 0, period: 3 }).from;
        let clock = clock_at(calendar, from);
        let window = Window::entered(&clock);
        let late = Situation {
            pace: Some(Duration::from_secs(360)),
            since_head: Duration::from_secs(60),
            ..situation(&clock, &window)
        };
        assert_eq!(late.plan(), Step::Seal(from + 112_500 / 18));
    }
}

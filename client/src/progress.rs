//! Progress: a bar for a person, a line now and then for a log.

use crate::output::tell;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::IsTerminal;

/// How many lines a log gets in all, about.
const LINES: u64 = 24;

/// How far something is that takes long.
pub struct Progress {
    bar: ProgressBar,
    total: u64,
    terminal: bool,
    next: u64,
}

impl Progress {
    /// Progress towards a number of periods.
    pub fn new(total: u64) -> Self {
        let terminal = std::io::stderr().is_terminal();
        let bar = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::stderr());
        if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len} periods  {msg}") {
            bar.set_style(style);
        }
        Self { bar, total, terminal, next: 0 }
    }

    /// The same, without lines for a log: a simulation is over soon.
    pub fn of_simulation(total: u64) -> Self {
        Self { next: u64::MAX, ..Self::new(total) }
    }

    /// So many periods are done, and that is what happens now.
    pub fn show(&mut self, done: u64, message: &str) {
        let done = done.min(self.total);
        if self.terminal {
            self.bar.set_position(done);
            self.bar.set_message(message.to_owned());
        } else if done >= self.next {
            tell(format_args!("{done:>4}/{} periods  {message}", self.total));
            self.next = done.saturating_add(self.total.div_ceil(LINES).max(1));
        }
    }

    /// Takes the bar away.
    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

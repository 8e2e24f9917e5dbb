//! What the runtime itself says is wrong: a line of its log at the level of errors.

use log::{Level, LevelFilter, Log, Metadata, Record};
use std::cell::RefCell;

thread_local! {
    static FAULTS: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

struct Faults;

impl Log for Faults {
    fn enabled(&self, metadata: &Metadata) -> bool {
        metadata.level() == Level::Error
    }

    fn log(&self, record: &Record) {
        if self.enabled(record.metadata()) {
            let told = record.args().to_string();
            FAULTS.with_borrow_mut(|faults| faults.push(format!("{}: {told}", record.target())));
        }
    }

    fn flush(&self) {}
}

/// Listens from now on, on every thread.
pub fn listen() {
    // Where another logger is in place, it is this one.
    if log::set_logger(&Faults).is_ok() {
        log::set_max_level(LevelFilter::Error);
    }
}

/// Fails where something was said on this thread since.
pub fn check() -> Result<(), String> {
    let faults = FAULTS.take();
    if faults.is_empty() { Ok(()) } else { Err(faults.join("; ")) }
}

//! What was measured, as tables and CSV.

use super::stage::{Block, Outcome};
use crate::output::print_line;
use crate::whole::write_whole;
use anyhow::Result;
use scenario::Load;
use std::fmt::Write as _;
use std::path::Path;

/// What a node held at a moment.
pub struct Growth {
    /// Resident memory, in MiB.
    pub memory_mib: u64,
    /// The most it ever held, in MiB.
    pub peak_mib: u64,
    /// Bytes of its database's files.
    pub database_bytes: u64,
    /// Bytes of values in the state, by pallet.
    pub state: Vec<(&'static str, u64)>,
}

/// All figures of a run.
pub struct Figures {
    load: Load,
    block_transactions: usize,
    stages: Vec<Outcome>,
    clearing: Vec<Block>,
    /// From gate closure to the last payment of each bid that was served, in seconds of the chain, sorted.
    waits: Vec<f64>,
    settling: Vec<Block>,
    growth: Vec<(&'static str, Growth)>,
    compared: Option<(usize, usize)>,
}

impl Figures {
    /// Figures of a run that begins.
    pub fn new(load: Load, block_transactions: usize) -> Self {
        Self {
            load,
            block_transactions,
            stages: Vec::new(),
            clearing: Vec::new(),
            waits: Vec::new(),
            settling: Vec::new(),
            growth: Vec::new(),
            compared: None,
        }
    }

    /// A stage is over.
    pub fn add(&mut self, outcome: Outcome) {
        self.stages.push(outcome);
    }

    /// The queue is cleared.
    pub fn cleared(&mut self, blocks: Vec<Block>, waits: Vec<f64>) {
        (self.clearing, self.waits) = (blocks, waits);
    }

    /// The period is settled.
    pub fn settled(&mut self, blocks: Vec<Block>) {
        self.settling = blocks;
    }

    /// So much the node holds now.
    pub fn grow(&mut self, when: &'static str, growth: Growth) {
        self.growth.push((when, growth));
    }

    /// So many lines were compared, and so many differ.
    pub fn compared(&mut self, lines: usize, different: usize) {
        self.compared = Some((lines, different));
    }

    /// Prints the tables, and writes the files.
    pub fn print_and_write(&self, out: &Path) -> Result<()> {
        print_line(format_args!(
            "\n{} members, {} microgrids, a block for {} transactions\n\n{}\n{}\n{}",
            self.load.members,
            self.load.microgrids(),
            self.block_transactions,
            self.table_of_stages(),
            self.table_of_blocks(),
            self.table_of_growth()
        ))?;
        match self.compared {
            Some((lines, 0)) => {
                print_line(format_args!("all {lines} bill lines are those of the simulation"))?
            }
            Some((lines, different)) => {
                print_line(format_args!("{different} of {lines} bill lines are not the simulation's"))?;
            }
            None => print_line("the bill lines were not reached")?,
        }
        let files = [
            ("load.csv", self.csv()),
            ("blocks.csv", self.csv_of_blocks()),
            ("slope.csv", self.csv_of_slope()),
        ];
        for (name, text) in files {
            write_whole(&out.join(name), |file| file.write_all(text.as_bytes()))?;
        }
        print_line(format_args!("written to {}: load.csv, blocks.csv, slope.csv", out.display()))
    }

    fn transfers(&self) -> Option<f64> {
        self.stages.iter().find(|stage| stage.name == "transfer").map(Outcome::included_rate)
    }

    fn table_of_stages(&self) -> String {
        let mut table = String::from(
            "stage     included   accepted/s  included/s  of transfers  p50 s   p95 s   p99 s   blocks  s/block  fullness\n",
        );
        for stage in &self.stages {
            let ratio = self.transfers().map_or(0.0, |transfers| stage.included_rate() / transfers);
            let (seconds, fullness) = means(&stage.blocks);
            let _ = writeln!(
                table,
                "{:<9} {:>8} {:>12.0} {:>11.0} {:>13.2} {:>7.2} {:>7.2} {:>7.2} {:>7} {:>8.3} {:>9.3}",
                stage.name,
                stage.included,
                stage.accepted_rate(),
                stage.included_rate(),
                ratio,
                percentile(&stage.latencies, 50),
                percentile(&stage.latencies, 95),
                percentile(&stage.latencies, 99),
                stage.blocks.len(),
                seconds,
                fullness,
            );
        }
        table
    }

    fn table_of_blocks(&self) -> String {
        let mut table = String::new();
        for (name, blocks) in [("clearing", &self.clearing), ("settling", &self.settling)] {
            let (seconds, fullness) = means(blocks);
            let most = blocks.iter().map(|block| block.fullness).fold(0.0, f64::max);
            let each = seconds * blocks.len() as f64 * 1e6 / f64::from(self.load.members);
            let _ = writeln!(
                table,
                "{name}: {} blocks, {seconds:.3} s each, {each:.0} us a member, fullness {fullness:.3} in the mean and {most:.3} at most",
                blocks.len(),
            );
        }
        let _ = writeln!(
            table,
            "gate closure to a bid's last payment, on the chain's clock: p50 {:.0} s, p95 {:.0} s, p99 {:.0} s, last {:.0} s",
            percentile(&self.waits, 50),
            percentile(&self.waits, 95),
            percentile(&self.waits, 99),
            percentile(&self.waits, 100),
        );
        table
    }

    fn table_of_growth(&self) -> String {
        let mut table =
            String::from("when       memory MiB  peak MiB  database MiB  bytes of state a member\n");
        for (when, growth) in &self.growth {
            let state: Vec<String> = growth
                .state
                .iter()
                .map(|(pallet, bytes)| {
                    format!("{pallet} {:.0}", *bytes as f64 / f64::from(self.load.members))
                })
                .collect();
            let _ = writeln!(
                table,
                "{when:<10} {:>10} {:>9} {:>13} {}",
                growth.memory_mib,
                growth.peak_mib,
                growth.database_bytes / (1024 * 1024),
                state.join(", "),
            );
        }
        table
    }

    fn csv(&self) -> String {
        let mut csv = String::from(
            "members,microgrids,stage,sent,accepted,included,accepted_per_s,included_per_s,of_transfers,p50_s,p95_s,p99_s,blocks,mean_block_s,mean_fullness,failures\n",
        );
        for stage in &self.stages {
            let (seconds, fullness) = means(&stage.blocks);
            let failures: Vec<String> =
                stage.failures.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
            let _ = writeln!(
                csv,
                "{},{},{},{},{},{},{:.1},{:.1},{:.3},{:.3},{:.3},{:.3},{},{:.4},{:.4},\"{}\"",
                self.load.members,
                self.load.microgrids(),
                stage.name,
                stage.sent,
                stage.accepted,
                stage.included,
                stage.accepted_rate(),
                stage.included_rate(),
                self.transfers().map_or(0.0, |transfers| stage.included_rate() / transfers),
                percentile(&stage.latencies, 50),
                percentile(&stage.latencies, 95),
                percentile(&stage.latencies, 99),
                stage.blocks.len(),
                seconds,
                fullness,
                failures.join("; ").replace('"', "'"),
            );
        }
        csv
    }

    /// One line of what has to grow no faster than the bids: wall time of each, blocks, memory, state.
    fn csv_of_slope(&self) -> String {
        let bids = self.stages.iter().find(|stage| stage.name == "reveal").map_or(0, |stage| stage.included);
        let each = |total: f64| if bids == 0 { 0.0 } else { total / bids as f64 };
        let stage = |name: &str| {
            let stage = self.stages.iter().find(|stage| stage.name == name);
            stage.map_or(0.0, |stage| stage.including * 1e6 / stage.included.max(1) as f64)
        };
        let hook = |blocks: &[Block]| each(blocks.iter().map(|block| block.seconds).sum::<f64>() * 1e6);
        let state = |when: &str| {
            let growth = self.growth.iter().find(|(at, _)| *at == when);
            growth.map(|(_, growth)| growth.state.iter().map(|(_, bytes)| *bytes).sum::<u64>() as f64)
        };
        let grown = |when: &str| {
            state(when).zip(state("released")).map_or(0.0, |(now, before)| each((now - before).max(0.0)))
        };
        let last =
            self.growth.last().map(|(_, growth)| (growth.peak_mib, growth.database_bytes / (1024 * 1024)));
        let (peak, database) = last.unwrap_or_default();
        format!(
            "members,bids,seal_us,reveal_us,clear_us,settle_us,blocks_to_clear,blocks_to_settle,most_of_a_block_by_hooks,state_bytes_revealed,state_bytes_cleared,state_bytes_settled,peak_mib,database_mib\n\
             {},{bids},{:.0},{:.0},{:.0},{:.0},{},{},{:.4},{:.0},{:.0},{:.0},{peak},{database}\n",
            self.load.members,
            stage("seal"),
            stage("reveal"),
            hook(&self.clearing),
            hook(&self.settling),
            self.clearing.len(),
            self.settling.len(),
            self.clearing.iter().chain(&self.settling).map(|block| block.fullness).fold(0.0, f64::max),
            grown("revealed"),
            grown("cleared"),
            grown("settled"),
        )
    }

    fn csv_of_blocks(&self) -> String {
        let mut csv = String::from("stage,block,transactions,seconds,fullness\n");
        let stages = self.stages.iter().map(|stage| (stage.name.as_str(), &stage.blocks));
        for (name, blocks) in stages.chain([("clearing", &self.clearing), ("settling", &self.settling)]) {
            for Block { number, transactions, seconds, fullness, .. } in blocks {
                let _ = writeln!(csv, "{name},{number},{transactions},{seconds:.4},{fullness:.4}");
            }
        }
        csv
    }
}

/// Mean seconds and fullness.
fn means(blocks: &[Block]) -> (f64, f64) {
    let count = blocks.len().max(1) as f64;
    // An empty sum would be -0.
    let sum = |of: fn(&Block) -> f64| blocks.iter().map(of).fold(0.0, |sum, figure| sum + figure);
    let (seconds, fullness) = (sum(|block| block.seconds), sum(|block| block.fullness));
    (seconds / count, fullness / count)
}

/// The value that so many per cent of sorted values do not exceed; nothing of nothing.
fn percentile(sorted: &[f64], percent: usize) -> f64 {
    let rank = sorted.len().saturating_mul(percent).div_ceil(100).saturating_sub(1);
    sorted.get(rank).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentile_should_be_the_value_of_its_rank() {
        let values: Vec<f64> = (1..=200).map(f64::from).collect();
        assert_eq!(
            [50, 95, 99, 100].map(|percent| percentile(&values, percent)),
            [100.0, 190.0, 198.0, 200.0]
        );
        assert_eq!((percentile(&[7.0], 1), percentile(&[], 50)), (7.0, 0.0));
    }
}

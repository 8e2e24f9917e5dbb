//! The command line.

use clap::{Args, Parser, ValueEnum};
use scenario::Load;
use scenario::load::MAX_MEMBERS;
use std::path::PathBuf;
use std::time::Duration;

/// The node's command line.
#[derive(Debug, Parser)]
pub struct Cli {
    #[command(subcommand)]
    pub subcommand: Option<Subcommand>,

    #[command(flatten)]
    pub run: sc_cli::RunCmd,

    #[command(flatten)]
    pub market: MarketParams,
}

/// What the off-chain workers and the development chain are told.
#[derive(Clone, Debug, Args)]
pub struct MarketParams {
    /// Gateway that the off-chain workers ask for plant data, instead of the embedded one of a development
    /// chain. Without a gateway no worker acts.
    #[arg(long, value_name = "URL", value_parser = parse_gateway)]
    pub gateway: Option<String>,

    /// Scenario folder of the development chain: its participants, and what the embedded gateway answers.
    /// Without it, the paper's, which the node brings along.
    #[arg(long, value_name = "DIR")]
    pub scenario: Option<PathBuf>,

    /// Wall time of a delivery period on the development chain, in seconds; 0 is as fast as the workers follow.
    #[arg(long, value_name = "SECONDS", default_value = "360", value_parser = parse_pace)]
    pub pace: Duration,

    /// What the development chain is for.
    #[arg(long, value_enum, conflicts_with_all = ["scenario", "gateway"])]
    pub profile: Option<Profile>,

    /// Members of the profile `load`.
    #[arg(long, value_name = "COUNT", default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(2..=i64::from(MAX_MEMBERS)))]
    pub members: u32,

    /// How many in a hundred members of the profile `load` are microgrids.
    #[arg(long, value_name = "PERCENT", default_value_t = 1, value_parser = clap::value_parser!(u32).range(0..=100))]
    pub microgrid_percent: u32,

    /// Periods of the day that are traded in the profile `load`.
    #[arg(long, value_name = "COUNT", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=24))]
    pub traded_periods: u16,
}

impl MarketParams {
    /// The market of the profile `load`, where it is asked for.
    pub fn load(&self) -> Option<Load> {
        self.profile.map(|Profile::Load| Load {
            members: self.members,
            microgrid_percent: self.microgrid_percent,
            periods: self.traded_periods,
        })
    }
}

/// What a development chain is for, where it is not for a scenario.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Profile {
    /// Measurements: many members, whose workers rest, and limits that take what they send.
    Load,
}

#[derive(Debug, clap::Subcommand)]
pub enum Subcommand {
    /// Key management.
    #[command(subcommand)]
    Key(sc_cli::KeySubcommand),

    /// Build a chain specification.
    BuildSpec(sc_cli::BuildSpecCmd),

    /// Export a chain specification.
    ExportChainSpec(sc_cli::ExportChainSpecCmd),

    /// Validate blocks.
    CheckBlock(sc_cli::CheckBlockCmd),

    /// Export blocks.
    ExportBlocks(sc_cli::ExportBlocksCmd),

    /// Export the state of a block into a chain specification.
    ExportState(sc_cli::ExportStateCmd),

    /// Import blocks.
    ImportBlocks(sc_cli::ImportBlocksCmd),

    /// Remove the chain's data.
    PurgeChain(sc_cli::PurgeChainCmd),

    /// Go back a number of blocks.
    Revert(sc_cli::RevertCmd),

    /// Print meta information on the chain's database.
    ChainInfo(sc_cli::ChainInfoCmd),
}

/// The longest wall time of a period: a day.
const MAX_PACE_SECONDS: f64 = 86_400.0;

/// A pace from its seconds.
pub fn pace_from_seconds(seconds: f64) -> Result<Duration, String> {
    if (0.0..=MAX_PACE_SECONDS).contains(&seconds) {
        Ok(Duration::from_secs_f64(seconds))
    } else {
        Err(format!("a pace must be 0 to {MAX_PACE_SECONDS} seconds"))
    }
}

fn parse_pace(text: &str) -> Result<Duration, String> {
    pace_from_seconds(text.parse().map_err(|_| "a pace must be a number of seconds".to_string())?)
}

fn parse_gateway(text: &str) -> Result<String, String> {
    let url = text.trim_end_matches('/');
    match url.split_once("://") {
        Some(("http" | "https", host)) if !host.is_empty() => Ok(url.into()),
        _ => Err("a gateway must be a URL that starts with http:// or https://".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn command_line_should_be_consistent() {
        use clap::CommandFactory;
        Cli::command().debug_assert();
    }

    #[test]
    fn pace_should_be_refused_when_it_is_no_wall_time() {
        assert_eq!(parse_pace("0"), Ok(Duration::ZERO));
        assert_eq!(parse_pace("1.5"), Ok(Duration::from_millis(1_500)));
        for text in ["-1", "NaN", "inf", "86401", "soon"] {
            assert!(parse_pace(text).is_err(), "{text}");
        }
    }

    #[test]
    fn gateway_should_lose_its_trailing_slash() {
        assert_eq!(parse_gateway("http://site:8080/"), Ok("http://site:8080".into()));
        for text in ["", "site:8080", "ftp://site", "http://"] {
            assert!(parse_gateway(text).is_err(), "{text}");
        }
    }
}

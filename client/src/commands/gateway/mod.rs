//! `gridbid gateway`: a site's gateway (`docs/gateway.md`). It answers for one participant from a folder of CSVs,
//! or with what its meter reports over MQTT, and signs with the meter's key.

pub mod meter;
mod mqtt;

use crate::failure::{Kind, failure};
use crate::key::Key;
use crate::output::{self, Format, print_json_line, print_line};
use anyhow::{Context, Result};
use market::settlement::Reading;
use market::{Delivery, Energy, ParticipantId};
use meter::{Counted, Meter};
use mqtt::{Broker, Reports};
use scenario::Scenario;
use scenario::gateway::{Meters, counted, serve_with};
use scenario::site::Site;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::net::TcpListener;

/// What to serve.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The site's folder of CSVs, as docs/scenario.md describes it
    folder: PathBuf,
    /// The participant whose site it is
    #[arg(long)]
    participant: String,
    /// The file with the meter's key, which its owner alone may read
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// Where requests come in
    #[arg(long, default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// Takes a development key, which everybody knows
    #[arg(long)]
    dev_keys: bool,
    #[command(flatten)]
    reports: Reports,
}

/// Where readings come from.
enum Source {
    /// The folder's series.
    Folder,
    /// A meter that reports them.
    Meter(Arc<Mutex<Counted>>),
}

/// The meter of one participant.
struct SiteMeter {
    name: String,
    key: Key,
    source: Source,
    /// What it counts is what its owner uses, so it is the history of the next forecasts.
    counts_demand: bool,
}

impl Meters for SiteMeter {
    fn has(&self, name: &str) -> bool {
        name == self.name
    }

    fn reading(&self, scenario: &Scenario, id: ParticipantId, delivery: Delivery) -> Option<Reading> {
        match &self.source {
            Source::Folder => Some(counted(scenario, id, delivery)),
            Source::Meter(readings) => {
                readings.lock().unwrap_or_else(PoisonError::into_inner).reading(delivery)
            }
        }
    }

    fn demand(&self, _: ParticipantId, day: i64) -> Option<Vec<Energy>> {
        let (Source::Meter(readings), Ok(day)) = (&self.source, day.try_into()) else { return None };
        let readings = readings.lock().unwrap_or_else(PoisonError::into_inner);
        if self.counts_demand { readings.day(day) } else { None }
    }

    fn sign(&self, _: &str, payload: &[u8; 32]) -> Result<[u8; 64], String> {
        Ok(self.key.sign(payload))
    }
}

/// Serves until it is stopped.
pub async fn run(args: Args, format: Format) -> Result<()> {
    let Args { folder, participant: name, key: key_file, listen, dev_keys, reports } = args;
    let scenario = Arc::new(output::read(&folder)?);
    let site = scenario.id_of(&name).and_then(|id| Site::new(&scenario, id));
    let site = site.ok_or_else(|| {
        failure(Kind::BadInput, format!("{} has no participant {name} with a meter", folder.display()))
    })?;
    let (counts_demand, limit) = (site.plant_day(0).is_none(), site.most_energy());
    let key = Key::read(&key_file)?;
    if !dev_keys {
        key.expect_secret(&key_file)?;
    }
    let public = hex::encode(key.public());
    let mut receiving = None;
    let source = match reports.mqtt.as_deref().zip(reports.readings.as_deref()) {
        None => Source::Folder,
        Some((address, file)) => {
            let broker = Broker::new(address, &reports, &name)?;
            let meter = Meter { member: &name, periods: scenario.calendar.periods_per_day, limit };
            let counted = Arc::new(Mutex::new(Counted::open(file, meter)?));
            receiving = Some(broker.receive(counted.clone()));
            Source::Meter(counted)
        }
    };
    let listener = TcpListener::bind(listen).await.with_context(|| format!("cannot listen on {listen}"))?;
    let url = format!("http://{}", listener.local_addr()?);
    match format {
        Format::Json => print_json_line(&serde_json::json!({
            "gateway": url, "participant": name, "meter": format!("0x{public}"),
        }))?,
        Format::Text => print_line(format_args!("gateway of {name} at {url}, meter 0x{public}"))?,
    }
    let served = serve_with(listener, scenario, SiteMeter { name, key, source, counts_demand });
    match receiving {
        None => Ok(served.await?),
        Some(receiving) => tokio::select! {
            served = served => Ok(served?),
            failed = receiving => failed,
        },
    }
}

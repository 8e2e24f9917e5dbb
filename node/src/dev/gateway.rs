//! Where the off-chain workers find their plant data, and the keys they act with on a development chain.

use crate::cli::MarketParams;
use crate::genesis;
use crate::parts::{self, Parts};
use sc_client_api::Backend as _;
use sc_service::{Configuration, Error, TaskManager};
use scenario::{Scenario, dev_keys};
use sp_core::bytes::to_hex;
use sp_core::offchain::{OffchainStorage, STORAGE_PREFIX};
use sp_keystore::Keystore;
use std::net::{Ipv4Addr, TcpListener};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};
use worker::gateway::URL_KEY;
use worker::{KEY_TYPE, START_KEY};

/// What a development chain was made from.
const SCENARIO_KEY: &[u8] = b"gridbid::scenario";

/// Tells the workers their gateway. On a development chain it also puts the participants' agent keys into the
/// keystore and, unless told another gateway, serves the scenario as one.
///
/// # Errors
/// Where the scenario has mistakes or the chain was made from another one, and where the gateway cannot start.
pub fn provide(config: &Configuration, market: &MarketParams, parts: &Parts) -> Result<(), Error> {
    let mut gateway = market.gateway.clone();
    // Under load the members act from outside.
    if market.profile.is_some() {
        return Ok(());
    }
    if parts::is_dev(config) {
        let scenario = genesis::load(market.scenario.as_deref())?;
        remember(config, &scenario, parts)?;
        insert_keys(&scenario, &*parts.keystore)?;
        if gateway.is_none() {
            gateway = Some(serve(scenario, &parts.task_manager, config)?);
        }
    }
    if let Some(mut storage) = parts.backend.offchain_storage() {
        match gateway {
            Some(url) => storage.set(STORAGE_PREFIX, URL_KEY, url.as_bytes()),
            None => storage.remove(STORAGE_PREFIX, URL_KEY),
        }
        let start = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        storage.set(STORAGE_PREFIX, START_KEY, &start.as_nanos().to_le_bytes());
    }
    Ok(())
}

/// Compares the scenario with the one that the chain was made from.
fn remember(config: &Configuration, scenario: &Scenario, parts: &Parts) -> Result<(), Error> {
    let Some(mut storage) = parts.backend.offchain_storage() else { return Ok(()) };
    let fingerprint = genesis::fingerprint(scenario)?;
    match storage.get(STORAGE_PREFIX, SCENARIO_KEY) {
        None => storage.set(STORAGE_PREFIX, SCENARIO_KEY, &fingerprint),
        Some(known) if known == fingerprint => {}
        Some(_) => {
            return Err(Error::Other(format!(
                "the chain in {} was made from another version of scenario {}: choose another --base-path, or \
                 remove the chain with purge-chain",
                config.data_path.display(),
                scenario.name,
            )));
        }
    }
    Ok(())
}

/// This node acts for every participant of the scenario. The keystore makes a key from its secret for each signature, and
/// a secret that is a path below the development phrase takes thousands of hashes: it gets the seed.
fn insert_keys(scenario: &Scenario, keystore: &dyn Keystore) -> Result<(), Error> {
    for participant in &scenario.participants {
        let fault = |error: String| Error::Other(format!("agent key of {}: {error}", participant.name));
        let key = dev_keys::agent(&participant.name).map_err(|error| fault(error.to_string()))?;
        let secret = to_hex(&key.seed(), false);
        keystore.ed25519_generate_new(KEY_TYPE, Some(&secret)).map_err(|error| fault(error.to_string()))?;
    }
    Ok(())
}

/// Serves the scenario on a free port of this machine.
fn serve(scenario: Scenario, task_manager: &TaskManager, config: &Configuration) -> Result<String, Error> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    listener.set_nonblocking(true)?;
    let url = format!("http://{}", listener.local_addr()?);
    let _runtime = config.tokio_handle.enter();
    let listener = tokio::net::TcpListener::from_std(listener)?;
    log::info!("🔌 Gateway of scenario {} at {url}", scenario.name);
    let server = async move {
        if let Err(error) = scenario::gateway::serve(listener, Arc::new(scenario)).await {
            log::error!("The gateway stopped: {error}");
        }
    };
    task_manager.spawn_essential_handle().spawn("gateway", None, server);
    Ok(url)
}

//! Chain specifications: what `--chain` may name.

use crate::genesis;
use sc_service::{ChainSpec, ChainType, GenericChainSpec, Properties};
use scenario::Load;
use serde_json::json;
use std::path::Path;

/// The chain id of the paper's private chain.
const CHAIN_ID: u32 = 980_429;

/// Whether one node makes the chain's blocks, on a simulated clock.
pub fn is_dev(spec: &dyn sc_service::ChainSpec) -> bool {
    spec.chain_type() == ChainType::Development
}

/// The specification that an id names: `dev`, `local`, a scenario folder, or a file.
pub fn load(id: &str, scenario: Option<&Path>) -> Result<GenericChainSpec, String> {
    match (id, scenario) {
        ("dev", None) => build(
            "Gridbid Development",
            "gridbid-dev",
            ChainType::Development,
            Genesis::Preset("development"),
        ),
        ("dev", Some(folder)) => of_scenario(folder),
        ("local", _) => {
            build("Gridbid Local", "gridbid-local", ChainType::Local, Genesis::Preset("local_testnet"))
        }
        ("", _) => Err("which chain? Use --dev, --chain local, or --chain FILE".into()),
        (path, _) if Path::new(path).is_dir() => of_scenario(Path::new(path)),
        (path, _) => GenericChainSpec::from_json_file(path.into()),
    }
}

/// The development chain of a scenario. Its id is the scenario's, so each has its own folder.
fn of_scenario(folder: &Path) -> Result<GenericChainSpec, String> {
    let scenario = genesis::load(Some(folder))?;
    let name = format!("Gridbid {}", scenario.name);
    let id = format!("gridbid-dev-{}", genesis::slug(&scenario.name));
    build(&name, &id, ChainType::Development, Genesis::Patch(genesis::patch(&scenario)?))
}

/// The development chain of a market for measurements. Its first state is made here: as text it would be too
/// long for the runtime to read.
pub fn of_load(load: Load) -> Result<GenericChainSpec, String> {
    let scenario = load.scenario().map_err(|mistakes| mistakes.to_string())?;
    let id = format!("gridbid-dev-{}", scenario.name);
    let mut spec = build("Gridbid Load", &id, ChainType::Development, Genesis::Preset("development"))?;
    spec.set_storage(genesis::storage(&scenario)?);
    Ok(spec)
}

/// What the first state is made from.
enum Genesis {
    Preset(&'static str),
    Patch(serde_json::Value),
}

fn build(name: &str, id: &str, chain_type: ChainType, genesis: Genesis) -> Result<GenericChainSpec, String> {
    let code = runtime::WASM_BINARY.ok_or("this node was built without its runtime's Wasm")?;
    let builder = GenericChainSpec::builder(code, None)
        .with_name(name)
        .with_id(id)
        .with_protocol_id(id)
        .with_chain_type(chain_type)
        .with_properties(properties());
    Ok(match genesis {
        Genesis::Preset(preset) => builder.with_genesis_config_preset_name(preset),
        Genesis::Patch(patch) => builder.with_genesis_config_patch(patch),
    }
    .build())
}

fn properties() -> Properties {
    let properties = json!({
        "tokenSymbol": "ETH",
        "tokenDecimals": 18,
        "ss58Format": 42,
        "chainId": CHAIN_ID,
    });
    properties.as_object().cloned().unwrap_or_default()
}

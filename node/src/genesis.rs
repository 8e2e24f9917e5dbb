//! The first state of a scenario's development chain.

use runtime::RuntimeGenesisConfig;
use runtime::genesis_config_presets::{self as presets, Genesis, Participant};
use scenario::Scenario;
use serde_json::Value;
use sp_core::storage::{Storage, well_known_keys};
use sp_io::hashing::blake2_256;
use sp_runtime::BuildStorage;
use std::path::Path;

/// The scenario in a folder; without one, the paper's, which the node brings along.
pub fn load(folder: Option<&Path>) -> Result<Scenario, String> {
    folder
        .map_or_else(Scenario::paper, Scenario::read)
        .map_err(|mistakes| format!("the scenario can't be used:\n{mistakes}"))
}

/// What a scenario's chain is made of. Validator, operator and slots are those of the preset `development`.
fn genesis(scenario: &Scenario) -> Result<Genesis, String> {
    let participants = scenario.participants.iter().map(|member| {
        Participant::with_development_keys(
            &member.name,
            member.role,
            member.kinds,
            member.parameters(),
            member.balance,
            member.daily_top_up,
        )
        .ok_or_else(|| format!("participant {}: no key can be made of this id", member.name))
    });
    let tariff = scenario.tariff.steps.to_vec();
    Ok(Genesis {
        calendar: scenario.calendar,
        pricing: scenario.pricing,
        feed_in: scenario.tariff.feed_in,
        bounds: presets::bounds_around(&tariff, scenario.tariff.feed_in),
        tariff,
        seed: scenario.seed,
        history_days: scenario.history_days,
        exposure_share: scenario.exposure_share,
        participants: participants.collect::<Result<_, _>>()?,
        ..presets::development()
    })
}

/// A scenario's first state, as the patch of a chain specification.
pub fn patch(scenario: &Scenario) -> Result<Value, String> {
    Ok(presets::genesis(&genesis(scenario)?))
}

/// A scenario's first state as the chain stores it.
pub fn storage(scenario: &Scenario) -> Result<Storage, String> {
    let mut config = serde_json::to_value(RuntimeGenesisConfig::default()).map_err(|e| e.to_string())?;
    let patch = patch(scenario)?;
    for (pallet, settings) in patch.as_object().into_iter().flatten() {
        let all = config.get_mut(pallet).and_then(Value::as_object_mut);
        let (Some(all), Some(settings)) = (all, settings.as_object()) else {
            return Err(format!("the runtime has no genesis configuration of {pallet}"));
        };
        all.extend(settings.clone());
    }
    let config: RuntimeGenesisConfig = serde_json::from_value(config).map_err(|e| e.to_string())?;
    let mut storage = config.build_storage()?;
    let code = runtime::WASM_BINARY.ok_or("this node was built without its runtime's Wasm")?;
    storage.top.insert(well_known_keys::CODE.to_vec(), code.to_vec());
    Ok(storage)
}

/// Tells scenarios with different first states apart.
pub fn fingerprint(scenario: &Scenario) -> Result<Vec<u8>, String> {
    Ok(blake2_256(patch(scenario)?.to_string().as_bytes()).to_vec())
}

/// A name as part of a chain's id: lower case letters, digits and hyphens.
pub fn slug(name: &str) -> String {
    let plain = |letter: char| if letter.is_ascii_alphanumeric() { letter.to_ascii_lowercase() } else { '-' };
    name.chars().map(plain).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn preset_should_be_the_papers_scenario_when_la4_is_left_out() {
        let mut preset = presets::development();
        preset.participants.retain(|participant| participant.name != "LA4");
        assert_eq!(genesis(&Scenario::paper().unwrap()), Ok(preset));
    }

    #[test]
    fn fingerprint_should_change_when_a_balance_does() {
        let paper = Scenario::paper().unwrap();
        let mut other = paper.clone();
        other.participants[0].balance = other.participants[1].daily_top_up;
        assert_eq!(fingerprint(&paper), fingerprint(&paper.clone()));
        assert_ne!(fingerprint(&paper), fingerprint(&other));
    }

    #[test]
    fn slug_should_be_fit_for_a_folder() {
        assert_eq!(slug("Paper month/2"), "paper-month-2");
    }

    #[test]
    fn folder_should_be_refused_when_it_holds_no_scenario() {
        let refusal = load(Some(Path::new("/nowhere"))).unwrap_err();
        assert!(refusal.contains("/nowhere"), "{refusal}");
    }
}

//! Calls against outcomes.

use crate::chain::Outcome;
use frame_support::traits::{GetCallMetadata, GetCallName, PalletsInfoAccess};
use runtime::{AllPalletsWithSystem, Runtime, RuntimeCall};
use scale_info::{TypeDef, TypeInfo, Variant};
use sp_runtime::DispatchError;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::LazyLock;

/// The outcome of a call that did what it should.
pub const ACCEPTED: &str = "accepted";

/// How often each call had which outcome.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table(BTreeMap<String, BTreeMap<String, u64>>);

impl Table {
    /// Counts a call.
    pub fn add(&mut self, call: &RuntimeCall, outcome: &Outcome) {
        let name = call.get_call_metadata();
        let name = format!("{}.{}", name.pallet_name, name.function_name);
        let outcome = match outcome {
            Outcome::Accepted => ACCEPTED.into(),
            Outcome::Refused(error) => name_of(*error),
            Outcome::Invalid => "invalid transaction".into(),
        };
        *self.0.entry(name).or_default().entry(outcome).or_default() += 1;
    }

    /// Adds the counts of another.
    pub fn merge(&mut self, other: Self) {
        for (call, outcomes) in other.0 {
            for (outcome, count) in outcomes {
                *self.0.entry(call.clone()).or_default().entry(outcome).or_default() += count;
            }
        }
    }

    /// All calls, and how many of them did what they should.
    pub fn counts(&self) -> (u64, u64) {
        let accepted = self.0.values().filter_map(|outcomes| outcomes.get(ACCEPTED)).sum();
        (self.0.values().flat_map(BTreeMap::values).sum(), accepted)
    }

    /// The calls that did what they should, and the errors that were hit, of the market's pallets.
    pub fn covered(&self) -> BTreeSet<String> {
        let calls = all_calls().difference(&self.calls_never_accepted()).cloned().collect();
        let errors = all_errors().difference(&self.errors_never_hit()).cloned().collect();
        BTreeSet::union(&calls, &errors).cloned().collect()
    }

    /// The calls of the market's pallets that never did what they should.
    pub fn calls_never_accepted(&self) -> BTreeSet<String> {
        let accepted =
            |name: &String| self.0.get(name).is_some_and(|outcomes| outcomes.contains_key(ACCEPTED));
        all_calls().into_iter().filter(|name| !accepted(name)).collect()
    }

    /// The errors of the market's pallets that no call had as its outcome.
    pub fn errors_never_hit(&self) -> BTreeSet<String> {
        let hit: BTreeSet<_> = self.0.values().flat_map(BTreeMap::keys).cloned().collect();
        all_errors().difference(&hit).cloned().collect()
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (call, outcomes) in &self.0 {
            writeln!(f, "{call}: {}", outcomes.values().sum::<u64>())?;
            for (outcome, count) in outcomes {
                writeln!(f, "    {count:>9}  {outcome}")?;
            }
        }
        Ok(())
    }
}

/// An error's name, behind its pallet's.
pub fn name_of(error: DispatchError) -> String {
    let DispatchError::Module(module) = error else {
        return <&'static str>::from(error).into();
    };
    let pallet = AllPalletsWithSystem::infos().into_iter().find(|p| p.index == usize::from(module.index));
    let pallet = pallet.map_or("unknown", |pallet| pallet.name);
    // An error that went through an event has lost its words.
    let index = module.error[0];
    let variant = errors().iter().find(|(of, error)| *of == pallet && error.index == index);
    match variant {
        Some((_, variant)) => format!("{pallet}.{}", variant.name),
        None => format!("{pallet}.{}", module.message.unwrap_or("unknown")),
    }
}

/// Every call of the market's pallets, as the metadata has them.
pub fn all_calls() -> BTreeSet<String> {
    fn of<C: GetCallName>(pallet: &'static str) -> impl Iterator<Item = String> {
        C::get_call_names().iter().map(move |call| format!("{pallet}.{call}"))
    }
    of::<pallet_participants::Call<Runtime>>("Participants")
        .chain(of::<pallet_terms::Call<Runtime>>("Terms"))
        .chain(of::<pallet_energy_tasks::Call<Runtime>>("EnergyTasks"))
        .chain(of::<pallet_blind_auction::Call<Runtime>>("BlindAuction"))
        .chain(of::<pallet_settlement::Call<Runtime>>("Settlement"))
        .chain(of::<pallet_offices::Call<Runtime>>("Offices"))
        .collect()
}

/// Every error of the market's pallets, as the metadata has them.
pub fn all_errors() -> BTreeSet<String> {
    errors().iter().map(|(pallet, error)| format!("{pallet}.{}", error.name)).collect()
}

fn errors() -> &'static [(&'static str, Variant)] {
    static ALL: LazyLock<Vec<(&'static str, Variant)>> = LazyLock::new(read_errors);
    &ALL
}

fn read_errors() -> Vec<(&'static str, Variant)> {
    fn of<E: TypeInfo>(pallet: &'static str) -> impl Iterator<Item = (&'static str, Variant)> {
        let TypeDef::Variant(errors) = E::type_info().type_def else { panic!("errors are an enum") };
        errors.variants.into_iter().map(move |error| (pallet, error))
    }
    of::<pallet_participants::Error<Runtime>>("Participants")
        .chain(of::<pallet_terms::Error<Runtime>>("Terms"))
        .chain(of::<pallet_energy_tasks::Error<Runtime>>("EnergyTasks"))
        .chain(of::<pallet_blind_auction::Error<Runtime>>("BlindAuction"))
        .chain(of::<pallet_settlement::Error<Runtime>>("Settlement"))
        .chain(of::<pallet_offices::Error<Runtime>>("Offices"))
        .collect()
}

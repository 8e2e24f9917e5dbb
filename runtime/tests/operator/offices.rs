//! Who may make which call.

use super::*;
use crate::common::offices::{name_of, office_of, privileged};
use frame_support::traits::GetCallName;
use std::collections::{BTreeMap, BTreeSet};

/// What members call: by their own account or their agent's.
const MEMBERS: [&str; 9] = [
    "propose_tariff",
    "withdraw_tariff",
    "release",
    "correct_offer",
    "seal",
    "reveal",
    "submit_reading",
    "pay_debt",
    "dispute",
];

#[test]
fn table_should_name_the_office_that_the_chain_asks_for() {
    let docs = include_str!("../../../docs/operator.md");
    let mut told = BTreeMap::new();
    for row in docs.lines().filter(|line| line.starts_with("| ")) {
        let mut cells = row.split('|').skip(1).map(str::trim);
        let (Some(office), Some(calls)) = (cells.next(), cells.next()) else { continue };
        let Some(office) =
            pallet_offices::Office::ALL.into_iter().find(|one| one.name().to_lowercase() == office)
        else {
            continue;
        };
        for call in calls.split('`').skip(1).step_by(2).filter(|call| call.contains('.')) {
            assert_eq!(told.insert(call.to_owned(), office), None, "{call} is named twice");
        }
    }
    on_chain(&development(), |chain| {
        chain.block_of(Terms::of(0).release(0).from, Vec::new());
        let asked: BTreeMap<_, _> =
            privileged().iter().map(|call| (name_of(call), office_of(call))).collect();
        assert_eq!(told, asked);
    });
}

#[test]
fn table_should_be_complete() {
    let mut all = BTreeSet::new();
    all.extend(pallet_participants::Call::<Runtime>::get_call_names());
    all.extend(pallet_terms::Call::<Runtime>::get_call_names());
    all.extend(pallet_energy_tasks::Call::<Runtime>::get_call_names());
    all.extend(pallet_blind_auction::Call::<Runtime>::get_call_names());
    all.extend(pallet_settlement::Call::<Runtime>::get_call_names());
    all.extend(runtime::validators::Call::<Runtime>::get_call_names());
    use frame_support::traits::GetCallMetadata;
    let tested: BTreeSet<_> =
        privileged().iter().map(|call| call.get_call_metadata().function_name).chain(MEMBERS).collect();
    assert_eq!(all.difference(&tested).collect::<Vec<_>>(), Vec::<&&str>::new());
}

#[test]
fn holder_should_act_without_notice_when_the_chain_is_a_development_one() {
    on_chain(&development(), |chain| {
        let now = Terms::of(0).release(0).from;
        let call = pallet_blind_auction::Call::set_deposit_share { share: Default::default() };
        chain.block_of(now, vec![by_account("Alice", call)]);
        assert_eq!(Runtime::settings().deposit_share, Default::default());
    });
}

//! Days that a chain has pruned: `run` that goes on with data of before, and `report`.

use crate::ONE_AT_A_TIME;
use crate::common::{assert_code, gridbid, node, stderr, stdout};
use crate::small::{self, pause_when, start, step_until};
use anyhow::Result;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::Path;

/// More days than a chain keeps lines of.
const DAYS: &str = "10";

fn bill_lines(out: &Path) -> String {
    fs::read_to_string(out.join("bill_lines.csv")).unwrap()
}

fn simulated(folder: &Path) -> Result<String> {
    let out = folder.join("simulated");
    let arguments: [&OsStr; 6] = [
        "simulate".as_ref(),
        folder.as_ref(),
        "--days".as_ref(),
        DAYS.as_ref(),
        "--out".as_ref(),
        out.as_ref(),
    ];
    assert_code(&gridbid(arguments), 0);
    Ok(bill_lines(&out))
}

#[tokio::test(flavor = "multi_thread")]
async fn run_should_have_all_days_when_it_goes_on_after_the_eighth() -> Result<()> {
    let Some(executable) = node() else { return Ok(()) };
    let _alone = ONE_AT_A_TIME.lock().await;
    let (folder, market) = small::folder()?;
    let (data, out) = (folder.path().join("data"), folder.path().join("out"));
    // The second run finds days that the chain has pruned.
    for days in ["9", DAYS] {
        let arguments: [OsString; 10] = [
            "run".into(),
            market.clone().into(),
            "--node".into(),
            executable.clone().into(),
            "--days".into(),
            days.into(),
            "--base-path".into(),
            data.clone().into(),
            "--out".into(),
            out.clone().into(),
        ];
        assert_code(&gridbid(arguments), 0);
    }
    assert_eq!(bill_lines(&out), simulated(&market)?);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn report_should_name_the_days_that_are_missing_when_the_chain_has_pruned_them() -> Result<()> {
    let Some(executable) = node() else { return Ok(()) };
    let _alone = ONE_AT_A_TIME.lock().await;
    let (folder, market) = small::folder()?;
    let all = simulated(&market)?;
    // Old states are where pruned lines would be found.
    let more = ["--state-pruning", "16"];
    let (node, chain) = start(&executable, &market, "360", &more).await?;
    pause_when(&chain, |clock| clock.next_to_settle.is_some_and(|next| next.day >= 9)).await?;
    step_until(&chain, |clock| clock.next_to_settle.is_some_and(|next| next.day >= 10)).await?;
    let (url, out) = (node.url(), folder.path().join("out"));
    let report = |day: &str, days: &str| {
        let arguments: [&OsStr; 9] = [
            "report".as_ref(),
            "--url".as_ref(),
            url.as_ref(),
            "--day".as_ref(),
            day.as_ref(),
            "--days".as_ref(),
            days.as_ref(),
            "--out".as_ref(),
            out.as_ref(),
        ];
        gridbid(arguments)
    };
    let output = report("0", DAYS);
    assert_code(&output, 2);
    let told = stderr(&output);
    assert!(told.contains("the chain has pruned day"), "{told}");
    assert!(stdout(&output).contains("LA1"), "the rest is reported\n{}", stdout(&output));
    // What is there is what it should be.
    let lines = bill_lines(&out);
    assert!(lines.lines().count() > 1 && lines.lines().all(|line| all.contains(line)), "{lines}");
    let first: u32 = lines.lines().nth(1).and_then(|line| line.split(',').next()?.parse().ok()).unwrap();
    // The last of them may still be in one of the few old states.
    let named = if first == 1 { "pruned day 0;" } else { "pruned days 0 to 1;" };
    assert!((1..=2).contains(&first) && told.contains(named), "{told}\n{lines}");
    assert_code(&report(&first.to_string(), "1"), 0);
    // Nothing at all is told as clearly.
    let output = report("0", "1");
    assert_code(&output, 2);
    assert!(stderr(&output).contains("the chain has pruned day 0;"), "{}", stderr(&output));
    node.stop().await
}

//! Bills of days that are not settled, and what the node is asked for one.

use crate::ONE_AT_A_TIME;
use crate::common::{assert_code, gridbid, node, stderr, stdout};
use crate::relay::Relay;
use crate::small::{self, pause_when, start, step_until};
use anyhow::{Context, Result};
use serde_json::Value;
use std::process::Output;

fn bill(url: &str, day: u32, participant: &str, more: &[&str]) -> Output {
    let day = day.to_string();
    let arguments = ["bill", "--url", url, "--day", &day, "--participant", participant];
    gridbid(arguments.iter().chain(more))
}

#[tokio::test(flavor = "multi_thread")]
async fn bill_should_be_a_members_own_and_say_what_is_not_settled() -> Result<()> {
    let Some(executable) = node() else { return Ok(()) };
    let _alone = ONE_AT_A_TIME.lock().await;
    let (_folder, market) = small::folder()?;
    let (node, chain) = start(&executable, &market, "360", &[]).await?;
    pause_when(&chain, |clock| clock.next_to_settle.is_some_and(|next| next.day > 0)).await?;
    step_until(&chain, |clock| clock.next_to_settle.is_some_and(|next| next.day == 1 && next.period == 1))
        .await?;
    let relay = Relay::to(&node.url()).await?;

    // Nothing of day 2 is settled: no zeros, and nothing verified.
    let forms: [&[&str]; 3] = [&[], &["--csv"], &["--json"]];
    for form in forms {
        let output = bill(&relay.url, 2, "LA1", form);
        assert_code(&output, 2);
        assert!(stderr(&output).contains("nothing of day 2 is settled yet"), "{}", stderr(&output));
        assert_eq!(stdout(&output), "");
    }
    // Of day 1 one period is.
    let output = bill(&relay.url, 1, "LA1", &[]);
    assert_code(&output, 0);
    let text = stdout(&output);
    assert!(text.contains("not settled   day 1 is not settled yet: 1 of 2 periods are"), "{text}");
    assert!(!text.contains("verified"), "{text}");
    let output = bill(&relay.url, 1, "LA1", &["--csv"]);
    assert_code(&output, 0);
    assert!(stderr(&output).contains("1 of 2 periods are"), "{}", stderr(&output));
    // Day 0 is.
    let output = bill(&relay.url, 0, "LA1", &[]);
    assert_code(&output, 0);
    assert!(stdout(&output).contains("verified      LA1's bill is one of the day's"), "{}", stdout(&output));

    // Amounts of money are texts, which every reader of JSON keeps.
    let output = bill(&relay.url, 0, "LA1", &["--json"]);
    assert_code(&output, 0);
    let json: Value = serde_json::from_slice(&output.stdout)?;
    for line in json["bill"]["lines"].as_array().context("lines")? {
        for key in ["peer_to_peer_money", "balanced_money", "grid_only"] {
            let planck = line[key].as_str().with_context(|| format!("{key} in {line}"))?;
            assert!(planck.parse::<i128>().is_ok(), "{planck}");
        }
        assert!(line["estimated"].is_boolean());
    }

    // A member's bill asks for its own lines, and only the supplier's for everybody's.
    let asked = relay.asked();
    assert!(asked.contains("MarketApi_line\""), "{asked}");
    assert!(!asked.contains("MarketApi_lines\""), "{asked}");
    let output = bill(&relay.url, 0, "RES", &[]);
    assert_code(&output, 0);
    assert!(relay.asked().contains("MarketApi_lines\""));
    node.stop().await
}

//! Keys: cut short by a full disk, empty, or known to everybody.

use crate::common::network::{connected, network_node};
use crate::common::site::Gateway;
use crate::common::{assert_code, ended, gridbid, node, on_a_full_disk, scenario, stderr, stdout};
use anyhow::{Result, ensure};
use client::files::{Existing, write_secret};
use std::path::Path;
use std::process::Output;

/// The phrase that the SDK has published.
const PUBLISHED: &str = sp_core::crypto::DEV_PHRASE;

/// A gateway that does not start with a key. One that does is ended, and fails the test.
fn gateway_with(key: &Path) -> Result<Output> {
    let child = std::process::Command::new(crate::common::GRIDBID)
        .arg("gateway")
        .arg(scenario("paper"))
        .args(["--participant", "LA1", "--listen", "127.0.0.1:0", "--key"])
        .arg(key)
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::piped())
        .spawn()?;
    ended(child)
}

#[test]
fn init_should_leave_no_key_when_the_disk_is_full_and_make_them_when_it_is_not() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let member = folder.path().join("la4");
    let arguments = ["init", "--name", "LA4", "--member", &member.to_string_lossy()].map(str::to_owned);
    let full = on_a_full_disk().args(&arguments).output()?;
    assert_code(&full, 1);
    assert!(stderr(&full).contains("cannot write"), "{}", stderr(&full));
    // Nor is anything else left that could be taken for one.
    assert_eq!(std::fs::read_dir(&member)?.count(), 0);

    let made = gridbid(&arguments);
    assert_code(&made, 0);
    for key in ["agent.key", "meter.key"] {
        assert_eq!(std::fs::read_to_string(member.join(key))?.len(), "0x\n".len() + 64, "{key}");
    }
    Ok(())
}

#[test]
fn key_should_be_refused_when_it_is_empty_or_everybody_knows_it() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let member = folder.path().join("la1");
    let member_text = member.to_string_lossy().into_owned();
    std::fs::create_dir(&member)?;
    let init =
        |more: &[&str]| gridbid(["init", "--name", "LA1", "--member", &member_text].iter().chain(more));
    for (text, words) in [
        ("", "it is empty"),
        ("\n", "it is empty"),
        ("//LA1//meter\n", "everybody knows this key"),
        (PUBLISHED, "everybody knows this key"),
        ("//Alice", "everybody knows this key"),
    ] {
        for file in ["agent.key", "meter.key"] {
            let key = member.join(file);
            write_secret(&key, text, Existing::Replaced)?;
            let refused = init(&[]);
            assert_code(&refused, 2);
            assert!(stderr(&refused).contains(words), "{text:?}: {}", stderr(&refused));
            let refused = gateway_with(&key)?;
            assert_code(&refused, 2);
            assert!(stderr(&refused).contains(words), "{text:?}: {}", stderr(&refused));
            // It stays, and none is made beside it.
            assert_eq!(std::fs::read_to_string(&key)?, text);
            assert_eq!(std::fs::read_dir(&member)?.count(), 1);
            std::fs::remove_file(&key)?;
        }
    }
    // Who wants a development key says so; an empty file is none for anybody.
    let key = member.join("meter.key");
    write_secret(&key, "", Existing::Replaced)?;
    assert_code(&init(&["--dev-keys"]), 2);
    write_secret(&key, "//LA1//meter", Existing::Replaced)?;
    let gateway = Gateway::start(&scenario("paper"), "LA1", &key, &["--dev-keys"]);
    assert_eq!(gateway.served.meter, sp_core::Pair::public(&scenario::dev_keys::meter("LA1")?));
    assert_code(&init(&["--dev-keys"]), 0);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn agent_should_be_refused_on_a_network_when_everybody_knows_its_key() -> Result<()> {
    let Some(executable) = node() else { return Ok(()) };
    let folder = tempfile::tempdir()?;
    let (mut child, url) = network_node(&executable, folder.path()).await?;
    let chain = connected(&url).await?;
    ensure!(!chain.is_development().await?, "it is a network's chain");
    let member = folder.path().join("la4");
    std::fs::create_dir(&member)?;
    write_secret(&member.join("agent.key"), "//LA4//agent", Existing::Kept)?;
    let run = |arguments: &[&str]| {
        let member = member.to_string_lossy().into_owned();
        gridbid(arguments.iter().copied().chain(["--member", &member]))
    };
    assert_code(&run(&["init", "--name", "LA4", "--url", &url, "--dev-keys"]), 0);
    for command in [vec!["status"], vec!["seal", "--price", "0.4"], vec!["release", "--kwh", "1"]] {
        let refused = run(&command);
        assert_code(&refused, 2);
        assert!(stderr(&refused).contains("everybody knows this key"), "{}", stderr(&refused));
    }
    let taken = run(&["status", "--dev-keys"]);
    assert_code(&taken, 0);
    assert!(stdout(&taken).contains("LA4, LA 5"), "{}", stdout(&taken));
    child.kill().await?;
    Ok(())
}

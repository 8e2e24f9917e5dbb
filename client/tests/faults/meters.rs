//! Meters over MQTT, and the file that their readings are kept in.

use crate::common::site::{Broker, Gateway, Meter, free_port, key_file, wait_for};
use crate::common::{GRIDBID, assert_code, ended, scenario, stderr};
use anyhow::{Context, Result, ensure};
use client::files::{Existing, write_secret};
use market::Delivery;
use rumqttc::MqttOptions;
use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

const HEADER: &str = "day,period,energy_in_wh,energy_out_wh\n";
/// More messages than a broker sends without a confirmation: mosquitto's own limit is 20.
const READINGS: u16 = 60;
const PERIODS: u16 = 24;

/// The period of a number.
fn numbered(number: u16) -> Delivery {
    Delivery { day: (number / PERIODS).into(), period: number % PERIODS }
}

/// A site in a folder of its own, whose broker is at a port.
struct Site {
    folder: tempfile::TempDir,
    port: u16,
}

impl Site {
    fn new() -> Result<Self> {
        Ok(Self { folder: tempfile::tempdir()?, port: free_port()? })
    }

    fn readings(&self) -> PathBuf {
        self.folder.path().join("readings.csv")
    }

    fn broker(&self) -> Result<Broker> {
        Broker::start(self.folder.path(), self.port)
    }

    /// What a gateway that reads the meter is started with.
    fn options(&self) -> [String; 4] {
        let readings = self.readings().to_string_lossy().into_owned();
        ["--mqtt".into(), format!("127.0.0.1:{}", self.port), "--readings".into(), readings]
    }

    fn gateway(&self, more: &[&str]) -> Gateway {
        let options = self.options();
        let options: Vec<&str> = options.iter().map(String::as_str).chain(more.iter().copied()).collect();
        Gateway::start(&scenario("paper"), "LA1", &key_file(self.folder.path()), &options)
    }

    /// A gateway of somebody's that does not start. One that does is ended, and fails the test.
    fn refused(&self, name: &str, more: &[&str]) -> Result<Output> {
        let child = Command::new(GRIDBID)
            .arg("gateway")
            .arg(scenario("paper"))
            .args(["--participant", name, "--listen", "127.0.0.1:0", "--key"])
            .arg(key_file(self.folder.path()))
            .args(self.options())
            .args(more)
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()?;
        let output = ended(child)?;
        assert_code(&output, 2);
        Ok(output)
    }
}

/// How large a file is.
fn size(path: &Path) -> Result<u64> {
    Ok(std::fs::metadata(path)?.len())
}

/// Each line of a readings file but header and member, which has to be a whole reading, once.
fn whole(path: &Path) -> Result<BTreeMap<(u32, u16), u64>> {
    let text = std::fs::read_to_string(path)?;
    ensure!(text.ends_with('\n'), "{text}");
    let mut readings = BTreeMap::new();
    for line in text.lines().skip(1).filter(|line| !line.starts_with('#')) {
        let numbers: Vec<u64> =
            line.split(',').map(str::parse).collect::<Result<_, _>>().context(line.to_owned())?;
        let [day, period, energy_in, 0] = numbers[..] else { anyhow::bail!("{line}") };
        let before = readings.insert((day.try_into()?, period.try_into()?), energy_in);
        ensure!(before.is_none(), "{line} is there twice");
    }
    Ok(readings)
}

#[tokio::test(flavor = "multi_thread")]
async fn readings_should_all_be_kept_when_the_disk_is_full_twice_and_the_broker_gone_once() -> Result<()> {
    let site = Site::new()?;
    let broker = site.broker()?;
    let gateway = site.gateway(&[]);
    let meter = Meter::new(site.port);
    meter.count_until(&gateway.served, 0, 0, 1)?;
    let mut next = 1;
    for times in 1..=2 {
        // Room for a part of a line.
        gateway.disk(Some(size(&site.readings())? + 3));
        let first = next;
        while next < first + READINGS / 2 {
            let Delivery { day, period } = numbered(next);
            meter.count(day, period, next.into()).await?;
            next += 1;
        }
        wait_for(|| gateway.said("the reading cannot be kept") == times)?;
        std::thread::sleep(Duration::from_secs(3));
        assert_eq!(gateway.said("the reading cannot be kept"), times, "{}", gateway.log());
        assert!(gateway.served.has(numbered(first - 1)), "it serves what it has");
        assert!(!gateway.served.has(numbered(first)), "what is not on the disk does not count");
        gateway.disk(None);
        wait_for(|| (first..next).all(|number| gateway.served.has(numbered(number))))?;
        assert_eq!(gateway.said("readings are kept again"), times, "{}", gateway.log());
    }
    let broker = broker.restart()?;
    let Delivery { day, period } = numbered(next);
    meter.count_until(&gateway.served, day, period, next.into())?;
    assert_eq!(gateway.said("the MQTT broker is away"), 1, "{}", gateway.log());
    drop(gateway);
    let expected: BTreeMap<(u32, u16), u64> = (0..=next)
        .map(|number| (numbered(number), if number == 0 { 1 } else { number.into() }))
        .map(|(Delivery { day, period }, watt_hours)| ((day, period), watt_hours))
        .collect();
    assert_eq!(whole(&site.readings())?, expected);
    // It starts on the same file, and has all of it.
    let again = site.gateway(&[]);
    assert!((0..=next).all(|number| again.served.has(numbered(number))));
    drop(broker);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn gateway_should_start_when_it_was_killed_while_the_disk_was_full() -> Result<()> {
    let site = Site::new()?;
    let _broker = site.broker()?;
    let gateway = site.gateway(&[]);
    let meter = Meter::new(site.port);
    meter.count_until(&gateway.served, 0, 0, 1)?;
    gateway.disk(Some(size(&site.readings())? + 3));
    meter.count(0, 1, 2).await?;
    wait_for(|| gateway.said("the reading cannot be kept") == 1)?;
    drop(gateway);
    ensure!(!std::fs::read_to_string(site.readings())?.ends_with('\n'), "nothing was cut short");
    // As one that an earlier version went on behind.
    let text = std::fs::read_to_string(site.readings())?;
    std::fs::write(site.readings(), format!("{text}0,1,2,0\n0,2,3,0\n0,3,"))?;
    let gateway = site.gateway(&[]);
    for (words, lines) in [("no readings are passed over", 1), ("the last line was cut short", 1)] {
        wait_for(|| gateway.said(words) == lines).with_context(|| gateway.log())?;
    }
    assert!(gateway.served.has(numbered(0)) && gateway.served.has(numbered(2)), "{}", gateway.log());
    // The broker has it still, since it was not confirmed.
    wait_for(|| gateway.served.has(numbered(1)))?;
    meter.count_until(&gateway.served, 0, 3, 4)
}

#[test]
fn file_should_stay_when_it_holds_no_readings() -> Result<()> {
    let site = Site::new()?;
    for foreign in ["my only notes", "my notes\non two lines\n", "day,period,participant,kwh\n0,0,LA1,1\n"] {
        std::fs::write(site.readings(), foreign)?;
        let refused = site.refused("LA1", &[])?;
        assert!(stderr(&refused).contains("it is no file of readings"), "{}", stderr(&refused));
        assert_eq!(std::fs::read_to_string(site.readings())?, foreign);
    }
    Ok(())
}

#[test]
fn file_should_be_refused_when_another_gateway_or_another_member_has_it() -> Result<()> {
    let site = Site::new()?;
    // As an earlier version made it.
    std::fs::write(site.readings(), format!("{HEADER}0,0,26400,0\n"))?;
    let gateway = site.gateway(&[]);
    assert!(gateway.served.has(numbered(0)));
    let text = std::fs::read_to_string(site.readings())?;
    let refused = site.refused("LA1", &[])?;
    assert!(
        stderr(&refused).contains("does another gateway keep its readings there?"),
        "{}",
        stderr(&refused)
    );
    drop(gateway);
    let refused = site.refused("LA2", &[])?;
    assert!(stderr(&refused).contains("the readings of LA1, and not those of LA2"), "{}", stderr(&refused));
    assert_eq!(std::fs::read_to_string(site.readings())?, text);
    site.gateway(&[]);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn message_should_keep_nothing_up_when_it_is_too_large() -> Result<()> {
    let site = Site::new()?;
    let _broker = site.broker()?;
    let gateway = site.gateway(&[]);
    let meter = Meter::new(site.port);
    meter.count_until(&gateway.served, 0, 0, 1)?;
    // More than earlier versions took, and more than this one does: that one the broker does not pass on.
    for (length, period, told) in [(5_000, 1, 1), (500_000, 2, 1), (5_000_000, 3, 0)] {
        meter.say("x".repeat(length)).await?;
        meter.count(0, period, 2).await?;
        wait_for(|| gateway.served.has(Delivery { day: 0, period })).with_context(|| gateway.log())?;
        let words = format!("a message of {length} bytes on gridbid/LA1/reading is not taken: no reading");
        wait_for(|| gateway.said(&words) == told).with_context(|| gateway.log())?;
    }
    assert_eq!(gateway.said("is away"), 0, "{}", gateway.log());
    Ok(())
}

/// A broker of a few bytes, for what mosquitto does not do: it answers the next one's subscription with this reason
/// code (MQTT 5).
fn answered(listener: &TcpListener, code: u8) -> Result<TcpStream> {
    let (mut stream, _) = listener.accept()?;
    stream.set_read_timeout(Some(Duration::from_secs(30)))?;
    packet(&mut stream)?;
    stream.write_all(&[0x20, 3, 0, 0, 0])?;
    let subscribe = packet(&mut stream)?;
    stream.write_all(&[0x90, 4, subscribe[0], subscribe[1], 0, code])?;
    Ok(stream)
}

/// The same with several codes, one after the other, until it is left.
fn answers(listener: &TcpListener, codes: &[u8]) -> Result<()> {
    for code in codes {
        let _ = packet(&mut answered(listener, *code)?);
    }
    Ok(())
}

/// The content of the next packet.
fn packet(stream: &mut TcpStream) -> Result<Vec<u8>> {
    let mut byte = [0];
    stream.read_exact(&mut byte)?;
    let (mut length, mut shift) = (0, 0);
    loop {
        stream.read_exact(&mut byte)?;
        length |= usize::from(byte[0] & 0x7f) << shift;
        shift += 7;
        if byte[0] & 0x80 == 0 {
            break;
        }
    }
    let mut content = vec![0; length];
    stream.read_exact(&mut content)?;
    Ok(content)
}

#[test]
fn subscription_should_be_told_and_tried_again_when_the_broker_refuses_it() -> Result<()> {
    let site = Site::new()?;
    let listener = TcpListener::bind(("127.0.0.1", site.port))?;
    // 0x87 is "not authorized", 1 grants QoS 1.
    let broker = std::thread::spawn(move || answers(&listener, &[0x87, 0x87, 1]));
    let gateway = site.gateway(&[]);
    wait_for(|| gateway.said("reading the meter from gridbid/LA1/reading") == 1)
        .with_context(|| gateway.log())?;
    assert_eq!(
        gateway.said("does not let the gateway read gridbid/LA1/reading"),
        1,
        "twice refused, once told: {}",
        gateway.log()
    );
    drop(gateway);
    broker.join().expect("the broker is there to the end")
}

#[test]
fn broker_should_be_told_once_when_it_says_that_it_ends() -> Result<()> {
    let site = Site::new()?;
    let listener = TcpListener::bind(("127.0.0.1", site.port))?;
    let gateway = site.gateway(&[]);
    let mut stream = answered(&listener, 1)?;
    wait_for(|| gateway.said("reading the meter") == 1).with_context(|| gateway.log())?;
    // 0x8b is "server shutting down"; then nobody listens any more.
    drop(listener);
    stream.write_all(&[0xe0, 1, 0x8b])?;
    drop(stream);
    wait_for(|| gateway.said("the MQTT broker is away") == 1).with_context(|| gateway.log())?;
    std::thread::sleep(Duration::from_secs(3));
    assert_eq!(gateway.said("trying again"), 1, "{}", gateway.log());
    Ok(())
}

/// An authority, and what a broker on this machine shows that it has certified.
struct Certified {
    authority: String,
    certificate: String,
    key: String,
}

/// Lets openssl make them: a crate that makes certificates would change how the node's are built.
fn certified() -> Result<Certified> {
    let folder = tempfile::tempdir()?;
    let openssl = |arguments: &str| -> Result<()> {
        let output = Command::new("openssl")
            .args(arguments.split(' '))
            .current_dir(folder.path())
            .output()
            .context("openssl is missing: scripts/setup.sh installs it")?;
        ensure!(output.status.success(), "{}", stderr(&output));
        Ok(())
    };
    const KEY: &str = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes";
    openssl(&format!("req -x509 {KEY} -keyout ca.key -out ca.pem -days 2 -subj /CN=authority"))?;
    openssl(&format!(
        "req {KEY} -keyout broker.key -out broker.csr -subj /CN=broker -addext subjectAltName=IP:127.0.0.1"
    ))?;
    openssl(
        "x509 -req -in broker.csr -CA ca.pem -CAkey ca.key -CAcreateserial -out broker.pem -days 2 \
         -copy_extensions copy",
    )?;
    let read = |name: &str| std::fs::read_to_string(folder.path().join(name));
    Ok(Certified { authority: read("ca.pem")?, certificate: read("broker.pem")?, key: read("broker.key")? })
}

#[tokio::test(flavor = "multi_thread")]
async fn meter_should_be_read_over_tls_when_the_log_in_is_right() -> Result<()> {
    let site = Site::new()?;
    let file = |name: &str, text: &str| -> Result<String> {
        let path = site.folder.path().join(name);
        write_secret(&path, text, Existing::Replaced)?;
        Ok(path.to_string_lossy().into_owned())
    };
    let passwords = site.folder.path().join("passwords");
    let made = Command::new("mosquitto_passwd")
        .args(["-b", "-c"])
        .arg(&passwords)
        .args(["site", "se:cret"])
        .status()
        .context("mosquitto_passwd is missing: scripts/setup.sh installs it with mosquitto")?;
    ensure!(made.success(), "mosquitto_passwd fails");
    let Certified { authority, certificate, key } = certified()?;
    let (certificate, key) = (file("broker.pem", &certificate)?, file("broker.key", &key)?);
    let plain = free_port()?;
    let config = format!(
        "certfile {certificate}\nkeyfile {key}\nlistener {plain} 127.0.0.1\nallow_anonymous false\npassword_file {}\n",
        passwords.display()
    );
    let _broker = Broker::with(site.folder.path(), site.port, &config)?;
    let (login, ca) = (file("login", "site:se:cret\n")?, file("ca.pem", &authority)?);

    // Without the right authority there is no connection, and without the right word none of use.
    let other = file("other.pem", &certified()?.authority)?;
    let gateway = site.gateway(&["--mqtt-ca", &other, "--mqtt-login", &login]);
    wait_for(|| gateway.said("the MQTT broker is away: TLS") == 1).with_context(|| gateway.log())?;
    drop(gateway);
    let wrong = file("wrong", "site:word\n")?;
    let gateway = site.gateway(&["--mqtt-ca", &ca, "--mqtt-login", &wrong]);
    wait_for(|| gateway.said("is its log-in right?") == 1).with_context(|| gateway.log())?;
    drop(gateway);

    let gateway = site.gateway(&["--mqtt-ca", &ca, "--mqtt-login", &login]);
    let mut options = MqttOptions::new("meter", "127.0.0.1", plain);
    options.set_credentials("site", "se:cret");
    Meter::with(options).count_until(&gateway.served, 0, 0, 5).with_context(|| gateway.log())?;
    assert!(!gateway.log().contains("se:cret"), "{}", gateway.log());
    drop(gateway);

    for (option, text, words) in [
        ("--mqtt-login", "nobody", "expected USER:PASSWORD"),
        ("--mqtt-ca", "no certificate", "it holds no certificate"),
    ] {
        let bad = file("bad", text)?;
        let refused = site.refused("LA1", &[option, &bad])?;
        assert!(stderr(&refused).contains(words), "{}", stderr(&refused));
    }
    let open = std::os::unix::fs::PermissionsExt::from_mode(0o644);
    std::fs::set_permissions(&login, open)?;
    let refused = site.refused("LA1", &["--mqtt-login", &login])?;
    assert!(stderr(&refused).contains("others may read it"), "{}", stderr(&refused));
    Ok(())
}

//! Readings over MQTT 5: each message is one reading as JSON, and is confirmed when it is on the disk.
//!
//! What is not confirmed a broker sends again, but only when its client connects again: so the gateway does that where
//! it could not keep a reading. A message that is larger than the gateway takes the broker does not send at all.

use super::meter::{Counted, Taken};
use crate::failure::{Kind, failure};
use crate::files::read_secret;
use crate::output::tell;
use anyhow::{Context, Result, anyhow};
use market::settlement::Reading;
use rumqttc::Transport;
use rumqttc::v5::mqttbytes::QoS;
use rumqttc::v5::mqttbytes::v5::{DisconnectReasonCode, Packet, Publish, SubscribeReasonCode};
use rumqttc::v5::{AsyncClient, ConnectionError, Event, EventLoop, MqttOptions, StateError};
use rustls::crypto::ring::default_provider;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// How long the broker may be silent.
const KEEP_ALIVE: Duration = Duration::from_secs(30);
/// How long is waited before a broker that is away, or a disk that is full, is tried again.
const RETRY: Duration = Duration::from_secs(1);
/// How long is waited after a broker has said no.
const REFUSED: Duration = Duration::from_secs(5);
/// The largest message that the broker passes on, in bytes: a reading is about a hundred, and whoever sends those of a
/// year at once is told that this is none.
const MESSAGE: u32 = 4 * 1024 * 1024;
/// The most messages that wait for their confirmation, and the most requests that wait for the broker.
const WAITING: u16 = 64;

/// Where the meter reports to.
#[derive(Debug, clap::Args)]
pub struct Reports {
    /// Reads the meter from this MQTT broker, as in 127.0.0.1:1883, and not from the folder
    #[arg(long, value_name = "HOST:PORT", requires = "readings")]
    pub mqtt: Option<String>,
    /// The meter's topic [default: gridbid/PARTICIPANT/reading]
    #[arg(long, requires = "mqtt")]
    topic: Option<String>,
    /// A file with USER:PASSWORD for the broker, which its owner alone may read
    #[arg(long, value_name = "FILE", requires = "mqtt")]
    mqtt_login: Option<PathBuf>,
    /// Encrypts the connection: a PEM file of the authorities that may have signed the broker's certificate
    #[arg(long, value_name = "FILE", requires = "mqtt")]
    mqtt_ca: Option<PathBuf>,
    /// The file in which readings that came over MQTT are kept, this participant's alone
    #[arg(long, value_name = "FILE", requires = "mqtt")]
    pub readings: Option<PathBuf>,
}

/// What keeps readings from coming in. Each kind is told once, until it is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Trouble {
    /// There is no connection.
    Away,
    /// The broker says no.
    Refused,
    /// The disk does not take them.
    Disk,
}

/// A broker and a topic of it.
pub struct Broker {
    client: AsyncClient,
    events: EventLoop,
    topic: String,
    troubles: Vec<Trouble>,
}

impl Broker {
    /// Prepares the connection. The session outlives it: what the meter reports meanwhile comes later.
    ///
    /// # Errors
    /// Where the address is none, or a file is missing or not as expected.
    pub fn new(address: &str, reports: &Reports, name: &str) -> Result<Self> {
        let (host, port) = address
            .rsplit_once(':')
            .and_then(|(host, port)| Some((host, port.parse().ok()?)))
            .ok_or_else(|| failure(Kind::BadInput, format!("a broker is HOST:PORT, found {address}")))?;
        let mut options = MqttOptions::new(format!("gridbid-gateway-{name}"), host, port);
        options
            .set_keep_alive(KEEP_ALIVE)
            .set_clean_start(false)
            .set_session_expiry_interval(Some(u32::MAX))
            .set_manual_acks(true)
            .set_receive_maximum(Some(WAITING))
            .set_max_packet_size(Some(MESSAGE));
        if let Some(path) = &reports.mqtt_login {
            let (user, password) = login(path)?;
            options.set_credentials(user, password);
        }
        match &reports.mqtt_ca {
            Some(path) => {
                options.set_transport(Transport::tls_with_config(trusting(path)?.into()));
            }
            None if reports.mqtt_login.is_some() && !["127.0.0.1", "[::1]", "localhost"].contains(&host) => {
                tell(format_args!(
                    "gridbid gateway: the log-in goes to {host} unencrypted: --mqtt-ca encrypts it"
                ));
            }
            None => {}
        }
        let topic = reports.topic.clone().unwrap_or_else(|| format!("gridbid/{name}/reading"));
        let (client, events) = AsyncClient::new(options, WAITING.into());
        Ok(Self { client, events, topic, troubles: Vec::new() })
    }

    /// Takes readings until it is dropped. What keeps it from that is told once, and tried again.
    pub async fn receive(mut self, counted: Arc<Mutex<Counted>>) -> Result<()> {
        loop {
            let pause = match self.events.poll().await {
                Ok(Event::Incoming(packet)) => self.take(packet, &counted)?,
                Ok(Event::Outgoing(_)) => None,
                Err(error) => Some(self.failed(&error)),
            };
            if let Some(pause) = pause {
                // Requests of this connection are none of the next.
                self.events.clean();
                self.events.pending.clear();
                self.events.state.events.clear();
                tokio::time::sleep(pause).await;
            }
        }
    }

    /// What a packet asks for; for how long to leave the broker alone where the connection is of no use.
    fn take(&mut self, packet: Packet, counted: &Mutex<Counted>) -> Result<Option<Duration>> {
        match packet {
            Packet::ConnAck(_) => {
                self.client
                    .try_subscribe(&self.topic, QoS::AtLeastOnce)
                    .map_err(|error| anyhow!("cannot subscribe to {}: {error}", self.topic))?;
                Ok(None)
            }
            Packet::SubAck(answer) => Ok(self.subscribed(&answer.return_codes)),
            Packet::Publish(message) => Ok(self.keep(&message, counted)),
            _ => Ok(None),
        }
    }

    fn subscribed(&mut self, answers: &[SubscribeReasonCode]) -> Option<Duration> {
        let Some(SubscribeReasonCode::Success(granted)) = answers.first() else {
            let (topic, answer) = (&self.topic, answers.first());
            let what = format!("the MQTT broker does not let the gateway read {topic} ({answer:?})");
            self.tell(Trouble::Refused, &what);
            return Some(REFUSED);
        };
        self.troubles.retain(|trouble| *trouble == Trouble::Disk);
        let unsure = match granted {
            QoS::AtMostOnce => ", which the broker sends once only (QoS 0): what can't be kept then is lost",
            QoS::AtLeastOnce | QoS::ExactlyOnce => "",
        };
        tell(format_args!("gridbid gateway: reading the meter from {}{unsure}", self.topic));
        None
    }

    /// Keeps the reading and confirms the message. A message that is wrong is confirmed, too: it never gets right. One
    /// that cannot be kept is not, and the connection is of no use before it can.
    fn keep(&mut self, message: &Publish, counted: &Mutex<Counted>) -> Option<Duration> {
        let reading = serde_json::from_slice::<Reading>(&message.payload);
        let taken = match reading {
            Err(error) => Err(anyhow!("no reading: {error}")),
            Ok(reading) => counted.lock().unwrap_or_else(PoisonError::into_inner).take(reading),
        };
        match taken {
            Ok(Taken::Kept) if self.troubles.contains(&Trouble::Disk) => {
                self.troubles.retain(|trouble| *trouble != Trouble::Disk);
                tell(format_args!("gridbid gateway: readings are kept again"));
            }
            Ok(Taken::Kept | Taken::Known) => {}
            Err(error) if error.downcast_ref::<std::io::Error>().is_some() => {
                let what =
                    format!("{error:#}: make room; nothing is confirmed meanwhile, and all comes again");
                self.tell(Trouble::Disk, &what);
                return Some(RETRY);
            }
            Err(error) => {
                let (topic, length) = (&self.topic, message.payload.len());
                tell(format_args!(
                    "gridbid gateway: a message of {length} bytes on {topic} is not taken: {error:#}"
                ));
            }
        }
        match self.client.try_ack(message) {
            Ok(()) => None,
            Err(error) => {
                tell(format_args!("gridbid gateway: a message is not confirmed and comes again: {error}"));
                Some(RETRY)
            }
        }
    }

    fn failed(&mut self, error: &ConnectionError) -> Duration {
        match error {
            ConnectionError::ConnectionRefused(code) => {
                let what = format!("the MQTT broker refuses the gateway ({code:?}): is its log-in right?");
                self.tell(Trouble::Refused, &what);
                REFUSED
            }
            ConnectionError::MqttState(StateError::ServerDisconnect { reason_code, .. })
                if *reason_code != DisconnectReasonCode::ServerShuttingDown =>
            {
                let what = format!("the MQTT broker sends the gateway away ({reason_code:?})");
                self.tell(Trouble::Refused, &what);
                REFUSED
            }
            error => {
                let what =
                    format!("the MQTT broker is away: {error}; start it, or let --mqtt say where it is");
                self.tell(Trouble::Away, &what);
                RETRY
            }
        }
    }

    fn tell(&mut self, trouble: Trouble, what: &str) {
        if !self.troubles.contains(&trouble) {
            self.troubles.push(trouble);
            tell(format_args!("gridbid gateway: {what}; trying again"));
        }
    }
}

/// User and password in a file.
fn login(path: &Path) -> Result<(String, String)> {
    let text = read_secret(path)?;
    let login = text.trim_end_matches(['\r', '\n']).split_once(':');
    let (user, password) = login.filter(|(user, _)| !user.is_empty()).ok_or_else(|| {
        failure(Kind::BadInput, format!("{}: expected USER:PASSWORD in one line", path.display()))
    })?;
    Ok((user.to_owned(), password.to_owned()))
}

/// A connection to whom an authority in a file has certified.
fn trusting(path: &Path) -> Result<ClientConfig> {
    let bad = |what: String| failure(Kind::BadInput, format!("{}: {what}", path.display()));
    let certificates = CertificateDer::pem_file_iter(path)
        .and_then(|certificates| certificates.collect::<Result<Vec<_>, _>>())
        .map_err(|error| bad(error.to_string()))?;
    let mut roots = RootCertStore::empty();
    // The system's own file has some that nobody can use any more.
    roots.add_parsable_certificates(certificates);
    if roots.is_empty() {
        return Err(bad("it holds no certificate as PEM".into()));
    }
    let config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .context("no TLS")?;
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::{Existing, write_secret};

    #[test]
    fn login_should_be_user_and_password_of_one_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("login");
        for (text, expected) in [
            ("meter:se:cret\n", Some(("meter", "se:cret"))),
            ("meter:", Some(("meter", ""))),
            ("meter\n", None),
            (":secret\n", None),
            ("", None),
        ] {
            write_secret(&path, text, Existing::Replaced).unwrap();
            let found = login(&path).ok();
            let found = found.as_ref().map(|(user, password)| (user.as_str(), password.as_str()));
            assert_eq!(found, expected, "{text:?}");
        }
    }
}

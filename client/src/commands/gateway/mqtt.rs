//! Readings over MQTT: each message is one reading as JSON, and is confirmed when it is on the disk.

use super::meter::{Counted, Taken};
use crate::failure::{Kind, failure};
use anyhow::{Result, anyhow};
use market::settlement::Reading;
use rumqttc::{AsyncClient, Event, EventLoop, MqttOptions, Packet, Publish, QoS};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// How long the broker may be silent.
const KEEP_ALIVE: Duration = Duration::from_secs(30);
/// How long is waited before a broker that is away is tried again.
const RETRY: Duration = Duration::from_secs(1);
/// The largest message, in bytes: a reading is about a hundred.
const MESSAGE: usize = 4_096;
/// The most requests that wait for the broker.
const REQUESTS: usize = 64;

/// A broker and a topic of it.
pub struct Broker {
    client: AsyncClient,
    events: EventLoop,
    topic: String,
}

impl Broker {
    /// Prepares the connection. The session outlives it: what the meter reports meanwhile comes later.
    pub fn new(address: &str, topic: String, name: &str) -> Result<Self> {
        let (host, port) = address
            .rsplit_once(':')
            .and_then(|(host, port)| Some((host, port.parse().ok()?)))
            .ok_or_else(|| failure(Kind::BadInput, format!("a broker is HOST:PORT, found {address}")))?;
        let mut options = MqttOptions::new(format!("gridbid-gateway-{name}"), host, port);
        options.set_keep_alive(KEEP_ALIVE);
        options.set_clean_session(false);
        options.set_manual_acks(true);
        options.set_max_packet_size(MESSAGE, MESSAGE);
        let (client, events) = AsyncClient::new(options, REQUESTS);
        Ok(Self { client, events, topic })
    }

    /// Takes readings until it is dropped. A broker that goes away is tried again; that is said once.
    pub async fn receive(mut self, counted: Arc<Mutex<Counted>>) -> Result<()> {
        let mut connected = true;
        loop {
            match self.events.poll().await {
                Ok(Event::Incoming(Packet::ConnAck(_))) => {
                    eprintln!("gridbid gateway: reading the meter from {}", self.topic);
                    connected = true;
                    self.client
                        .try_subscribe(&self.topic, QoS::AtLeastOnce)
                        .map_err(|error| anyhow!("cannot subscribe to {}: {error}", self.topic))?;
                }
                Ok(Event::Incoming(Packet::Publish(message))) => self.take(&message, &counted),
                Ok(_) => {}
                Err(error) => {
                    if connected {
                        eprintln!("gridbid gateway: the MQTT broker is away: {error}; trying again");
                        connected = false;
                    }
                    tokio::time::sleep(RETRY).await;
                }
            }
        }
    }

    /// Keeps the reading and confirms the message. A message that is wrong is confirmed, too: it never gets right. One
    /// that cannot be kept is not, so the broker sends it again.
    fn take(&self, message: &Publish, counted: &Mutex<Counted>) {
        let reading = serde_json::from_slice::<Reading>(&message.payload);
        let taken = match reading {
            Err(error) => Err(anyhow!("no reading: {error}")),
            Ok(reading) => counted.lock().unwrap_or_else(PoisonError::into_inner).take(reading),
        };
        let confirm = match taken {
            Ok(Taken::Kept | Taken::Known) => true,
            Err(error) => {
                eprintln!("gridbid gateway: a message on {} is not taken: {error:#}", self.topic);
                error.downcast_ref::<std::io::Error>().is_none()
            }
        };
        if confirm && let Err(error) = self.client.try_ack(message) {
            eprintln!("gridbid gateway: a message is not confirmed and will come again: {error}");
        }
    }
}

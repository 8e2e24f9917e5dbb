//! What stands between the command and a node: it can be pointed at another one, cut, and silenced, and remembers what
//! was asked.

use anyhow::Result;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// Where connections go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Way {
    /// To this address.
    To(String),
    /// Nowhere: they are closed.
    Cut,
}

/// A relay at an address that stays.
pub struct Relay {
    /// Its WebSocket.
    pub url: String,
    way: watch::Sender<Way>,
    silent: watch::Sender<bool>,
    asked: Arc<Mutex<Vec<Vec<u8>>>>,
}

impl Relay {
    /// A relay to a node.
    pub async fn to(url: &str) -> Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let relay = Self {
            url: format!("ws://{}", listener.local_addr()?),
            way: watch::Sender::new(way(url)),
            silent: watch::Sender::new(false),
            asked: Arc::default(),
        };
        let (way, silent, asked) = (relay.way.clone(), relay.silent.clone(), relay.asked.clone());
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(forward(client, way.subscribe(), silent.subscribe(), asked.clone()));
            }
        });
        Ok(relay)
    }

    /// Closes all connections, and lets new ones go to another node.
    pub fn point(&self, url: &str) {
        self.way.send_replace(way(url));
    }

    /// Closes all connections, and every new one.
    pub fn cut(&self) {
        self.way.send_replace(Way::Cut);
    }

    /// Lets nothing through any more, or again.
    pub fn silence(&self, silent: bool) {
        self.silent.send_replace(silent);
    }

    /// The texts that clients have sent.
    pub fn asked(&self) -> String {
        let asked = self.asked.lock().expect("nobody panics with it");
        asked.iter().map(|sent| String::from_utf8_lossy(&unmasked(sent)).into_owned()).collect()
    }
}

fn way(url: &str) -> Way {
    Way::To(url.trim_start_matches("ws://").to_owned())
}

async fn forward(
    client: TcpStream,
    mut way: watch::Receiver<Way>,
    silent: watch::Receiver<bool>,
    asked: Arc<Mutex<Vec<Vec<u8>>>>,
) {
    let Way::To(address) = way.borrow_and_update().clone() else { return };
    let Ok(server) = TcpStream::connect(address).await else { return };
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    let index = {
        let mut asked = asked.lock().expect("nobody panics with it");
        asked.push(Vec::new());
        asked.len() - 1
    };
    let remember = |bytes: &[u8]| asked.lock().expect("nobody panics with it")[index].extend(bytes);
    tokio::select! {
        _ = way.changed() => {}
        () = pass(from_client, to_server, silent.clone(), remember) => {}
        () = pass(from_server, to_client, silent, |_| {}) => {}
    }
}

async fn pass(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    mut silent: watch::Receiver<bool>,
    remember: impl Fn(&[u8]),
) {
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(length @ 1..) = from.read(&mut buffer).await {
        if silent.wait_for(|silent| !silent).await.is_err() {
            return;
        }
        remember(&buffer[..length]);
        if to.write_all(&buffer[..length]).await.is_err() {
            return;
        }
    }
}

/// What a WebSocket's client has sent, behind its request and without the masks of its frames.
fn unmasked(sent: &[u8]) -> Vec<u8> {
    let mut text = Vec::new();
    let start = sent.windows(4).position(|bytes| bytes == b"\r\n\r\n").map_or(sent.len(), |end| end + 4);
    let mut rest = &sent[start..];
    while let [_, length, ..] = rest {
        let (length, head) = match length & 0x7f {
            126 => (usize::from(u16::from_be_bytes([rest[2], rest[3]])), 4),
            length => (usize::from(length), 2),
        };
        let (mask, frame) = rest[head..].split_at(4);
        text.extend(frame[..length].iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask));
        text.push(b'\n');
        rest = &frame[length..];
    }
    text
}

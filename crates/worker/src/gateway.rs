//! The gateway: how a site's own system tells the workers about the plant.

use crate::Fault;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;
use serde::de::DeserializeOwned;
use sp_core::offchain::{Duration, StorageKind, Timestamp};
use sp_io::offchain::{local_storage_get, timestamp};
use sp_runtime::offchain::http::{HttpResult, PendingRequest, Request};

/// Key of the gateway's URL in the persistent off-chain storage: UTF-8, without a slash at its end.
/// The node writes it when it starts.
pub const URL_KEY: &[u8] = b"gridbid::gateway";

/// How long a run waits for the gateway's answers, in milliseconds.
pub const DEADLINE_MILLISECONDS: u64 = 2_000;

/// How long the rest of an answer that has begun is waited for behind that, in milliseconds.
const BODY_MILLISECONDS: u64 = 50;

/// The longest answer that is read, in bytes.
pub const MAX_BODY: usize = 256 * 1024;

/// Why the gateway gave no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GatewayFault {
    /// The node has no gateway.
    NoGateway,
    /// It cannot be reached.
    Unreachable,
    /// It did not answer in time.
    Late,
    /// It answered with another status than 200 or 404.
    Status(u16),
    /// Its answer is longer than [`MAX_BODY`].
    TooLong,
    /// Its answer is not the message that was asked for.
    Malformed(String),
}

impl fmt::Display for GatewayFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoGateway => f.write_str("this node has no gateway: start it with --gateway URL"),
            Self::Unreachable => f.write_str("the gateway cannot be reached"),
            Self::Late => write!(f, "the gateway did not answer within {DEADLINE_MILLISECONDS} ms"),
            Self::Status(code) => write!(f, "the gateway answered with status {code}"),
            Self::TooLong => write!(f, "the gateway's answer is longer than {MAX_BODY} bytes"),
            Self::Malformed(why) => write!(f, "the gateway's answer is not what was asked for: {why}"),
        }
    }
}

impl Fault for GatewayFault {
    fn kind(&self) -> &'static str {
        match self {
            Self::NoGateway => "no gateway",
            Self::Unreachable => "unreachable",
            Self::Late => "late",
            Self::Status(_) => "status",
            Self::TooLong => "too long",
            Self::Malformed(_) => "malformed",
        }
    }
}

/// The moment until which a run that begins now waits for the gateway.
pub fn deadline() -> Timestamp {
    timestamp().add(Duration::from_millis(DEADLINE_MILLISECONDS))
}

/// Asks the gateway at paths that start with a slash, at all of them at once, and waits for the answers until a
/// [`deadline`]. Gives what it answered, in the order of the paths: the bytes of a message, or `None` where it has
/// none (404).
pub fn ask(
    paths: &[String],
    deadline: Timestamp,
) -> impl Iterator<Item = Result<Option<Vec<u8>>, GatewayFault>> {
    let base = local_storage_get(StorageKind::PERSISTENT, URL_KEY)
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .ok_or(GatewayFault::NoGateway);
    let start = |path: &String| {
        let url = format!("{}{path}", base.as_ref().map_err(Clone::clone)?);
        Request::get(&url).deadline(deadline).send().map_err(|_| GatewayFault::Unreachable)
    };
    let started: Vec<_> = paths.iter().map(start).collect();
    let (mut pending, mut faults) = (Vec::new(), Vec::new());
    for request in started {
        match request {
            Ok(request) => {
                pending.push(request);
                faults.push(None);
            }
            Err(fault) => faults.push(Some(fault)),
        }
    }
    let mut answers = PendingRequest::try_wait_all(pending, deadline).into_iter();
    faults.into_iter().map(move |fault| match fault {
        Some(fault) => Err(fault),
        None => body(answers.next(), deadline),
    })
}

/// Reads the body of an answer.
fn body(
    answer: Option<Result<HttpResult, PendingRequest>>,
    deadline: Timestamp,
) -> Result<Option<Vec<u8>>, GatewayFault> {
    let response =
        answer.and_then(Result::ok).ok_or(GatewayFault::Late)?.map_err(|_| GatewayFault::Unreachable)?;
    match response.code {
        200 => {}
        404 => return Ok(None),
        code => return Err(GatewayFault::Status(code)),
    }
    let mut body = response.body();
    let from_now = |milliseconds| timestamp().add(Duration::from_millis(milliseconds));
    // An answer that stops in its middle takes no other's time; and where the clock went back meanwhile, the deadline
    // lies far ahead.
    let until = deadline.max(from_now(BODY_MILLISECONDS)).min(from_now(DEADLINE_MILLISECONDS));
    body.deadline(until);
    let bytes: Vec<u8> = body.by_ref().take(MAX_BODY.saturating_add(1)).collect();
    if body.error().is_some() {
        return Err(GatewayFault::Late);
    }
    if bytes.len() > MAX_BODY {
        return Err(GatewayFault::TooLong);
    }
    Ok(Some(bytes))
}

/// Reads the message of an answer.
///
/// # Errors
/// Where it is not one.
pub fn read<M: DeserializeOwned>(bytes: &[u8]) -> Result<M, GatewayFault> {
    serde_json::from_slice(bytes).map_err(|error| GatewayFault::Malformed(error.to_string()))
}

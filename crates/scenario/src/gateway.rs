//! The gateway: plant data over HTTP, as a site's own system would give it. The messages are those of
//! [`market::gateway`]; `docs/gateway.md` documents them for sites.

use crate::dev_keys;
use crate::scenario::{Participant, Scenario};
use crate::site::Site;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use market::forecast::history_days;
use market::gateway::{History, PlantDay, SignedReading};
use market::settlement::Reading;
use market::{Day, Delivery, Energy, ParticipantId};
use serde::{Deserialize, Serialize};
use sp_core::{H256, Pair};
use std::sync::Arc;
use tokio::net::TcpListener;

/// The most days of history that one request may ask for.
pub const MAX_HISTORY_DAYS: u16 = 366;

/// The meters behind a gateway.
pub trait Meters: Send + Sync + 'static {
    /// Whether a participant's meter is one of them.
    fn has(&self, name: &str) -> bool;
    /// What a meter counted in a period; `None` while it has not.
    fn reading(&self, scenario: &Scenario, id: ParticipantId, delivery: Delivery) -> Option<Reading>;
    /// What a meter counted of a past day's demand, one entry a period; `None` where the folder's series has it.
    fn demand(&self, _id: ParticipantId, _day: i64) -> Option<Vec<Energy>> {
        None
    }
    /// A meter's ed25519 signature.
    ///
    /// # Errors
    /// Where there is no key.
    fn sign(&self, name: &str, payload: &[u8; 32]) -> Result<[u8; 64], String>;
}

/// What the meter of a scenario's site counts in a period: its demand and generation, as they are in the folder.
pub fn counted(scenario: &Scenario, id: ParticipantId, delivery: Delivery) -> Reading {
    let site = Site::new(scenario, id);
    let (_, metered) = site.map(|site| site.day(delivery.day).of(delivery.period)).unwrap_or_default();
    Reading { delivery, energy_in: metered.inward(), energy_out: metered.outward() }
}

/// The meters of a development chain: they count what the folder says and sign with known keys.
struct DevelopmentMeters;

impl Meters for DevelopmentMeters {
    fn has(&self, _: &str) -> bool {
        true
    }

    fn reading(&self, scenario: &Scenario, id: ParticipantId, delivery: Delivery) -> Option<Reading> {
        Some(counted(scenario, id, delivery))
    }

    fn sign(&self, name: &str, payload: &[u8; 32]) -> Result<[u8; 64], String> {
        dev_keys::meter(name).map(|meter| meter.sign(payload).0).map_err(|error| error.to_string())
    }
}

/// What requests are answered from.
struct Gateway {
    scenario: Arc<Scenario>,
    meters: Box<dyn Meters>,
}

/// The gateway of a scenario on a development chain.
pub fn router(scenario: Arc<Scenario>) -> Router {
    router_with(scenario, DevelopmentMeters)
}

fn router_with(scenario: Arc<Scenario>, meters: impl Meters) -> Router {
    Router::new()
        .route("/v1/health", get(health))
        .route("/v1/participants/{name}/history", get(history))
        .route("/v1/participants/{name}/plant", get(plant))
        .route("/v1/participants/{name}/reading", get(reading))
        .fallback(nowhere)
        .method_not_allowed_fallback(not_allowed)
        .with_state(Arc::new(Gateway { scenario, meters: Box::new(meters) }))
}

/// Serves the gateway of a scenario on a development chain until the task is dropped.
///
/// # Errors
/// Where the listener fails.
pub async fn serve(listener: TcpListener, scenario: Arc<Scenario>) -> std::io::Result<()> {
    serve_with(listener, scenario, DevelopmentMeters).await
}

/// Serves the gateway of a scenario's sites with these meters until the task is dropped.
///
/// # Errors
/// Where the listener fails.
pub async fn serve_with(
    listener: TcpListener,
    scenario: Arc<Scenario>,
    meters: impl Meters,
) -> std::io::Result<()> {
    axum::serve(listener, router_with(scenario, meters)).await
}

/// Why a request is not answered.
struct Refusal {
    status: StatusCode,
    error: String,
}

impl Refusal {
    fn new(status: StatusCode, error: impl Into<String>) -> Self {
        Self { status, error: error.into() }
    }

    fn bad(error: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, error)
    }
}

impl From<QueryRejection> for Refusal {
    fn from(rejection: QueryRejection) -> Self {
        Self::bad(rejection.body_text())
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        #[derive(Serialize)]
        struct Body {
            error: String,
        }
        (self.status, Json(Body { error: self.error })).into_response()
    }
}

type Answer<T> = Result<Json<T>, Refusal>;
type Asked<T> = Result<Query<T>, QueryRejection>;

#[derive(Serialize)]
struct Health {
    scenario: String,
    participants: Vec<String>,
}

async fn health(State(gateway): State<Arc<Gateway>>) -> Json<Health> {
    let Gateway { scenario, meters } = &*gateway;
    let metered = scenario.participants.iter().filter(|member| member.role.is_metered());
    let served = metered.filter(|member| meters.has(&member.name));
    Json(Health {
        scenario: scenario.name.clone(),
        participants: served.map(|member| member.name.clone()).collect(),
    })
}

async fn nowhere() -> Refusal {
    Refusal::new(StatusCode::NOT_FOUND, "no such path: see docs/gateway.md")
}

async fn not_allowed() -> Refusal {
    Refusal::new(StatusCode::METHOD_NOT_ALLOWED, "only GET is answered")
}

/// The participant of a path, which must have a meter.
fn member<'a>(gateway: &'a Gateway, name: &str) -> Result<(ParticipantId, &'a Participant), Refusal> {
    let Gateway { scenario, meters } = gateway;
    let unknown = || Refusal::new(StatusCode::NOT_FOUND, format!("unknown participant {name}"));
    let id = scenario.id_of(name).ok_or_else(unknown)?;
    let member = scenario.participant(id).filter(|_| meters.has(name)).ok_or_else(unknown)?;
    if !member.role.is_metered() {
        return Err(Refusal::new(StatusCode::NOT_FOUND, format!("{name} has no meter")));
    }
    Ok((id, member))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HistoryQuery {
    day: Day,
    days: u16,
}

async fn history(
    State(gateway): State<Arc<Gateway>>,
    Path(name): Path<String>,
    query: Asked<HistoryQuery>,
) -> Answer<History> {
    let (id, _) = member(&gateway, &name)?;
    let Query(HistoryQuery { day, days }) = query?;
    if days == 0 || days > MAX_HISTORY_DAYS {
        return Err(Refusal::bad(format!("days must be 1 to {MAX_HISTORY_DAYS}, found {days}")));
    }
    let Gateway { scenario, meters } = &*gateway;
    let demand = |past| meters.demand(id, past).unwrap_or_else(|| scenario.demand(id, past));
    Ok(Json(History { day, demand_wh: history_days(day, days).map(demand).collect() }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PlantQuery {
    day: Day,
}

async fn plant(
    State(gateway): State<Arc<Gateway>>,
    Path(name): Path<String>,
    query: Asked<PlantQuery>,
) -> Answer<PlantDay> {
    let (id, _) = member(&gateway, &name)?;
    let Query(PlantQuery { day }) = query?;
    let plant = Site::new(&gateway.scenario, id).and_then(|site| site.plant_day(day));
    plant.map(Json).ok_or_else(|| Refusal::new(StatusCode::NOT_FOUND, format!("{name} has no plant")))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ReadingQuery {
    day: Day,
    period: u16,
    participant: u32,
    chain: String,
}

async fn reading(
    State(gateway): State<Arc<Gateway>>,
    Path(name): Path<String>,
    query: Asked<ReadingQuery>,
) -> Answer<SignedReading> {
    let (id, _) = member(&gateway, &name)?;
    let Query(ReadingQuery { day, period, participant, chain }) = query?;
    let Gateway { scenario, meters } = &*gateway;
    let delivery = Delivery { day, period };
    if !scenario.calendar.has(delivery) {
        let last = scenario.calendar.periods_per_day.saturating_sub(1);
        return Err(Refusal::bad(format!("period must be 0 to {last}, found {period}")));
    }
    let mut genesis = H256::zero();
    let digits = chain.strip_prefix("0x").unwrap_or(&chain);
    hex::decode_to_slice(digits, genesis.as_bytes_mut())
        .map_err(|_| Refusal::bad("chain must be the genesis hash: 64 hexadecimal digits"))?;
    let reading = meters.reading(scenario, id, delivery).ok_or_else(|| {
        Refusal::new(StatusCode::NOT_FOUND, format!("the meter of {name} has not counted {delivery} yet"))
    })?;
    // On the chain the participant may have another number than in the scenario.
    let payload = reading.signed_payload(genesis, ParticipantId(participant));
    let signature = meters
        .sign(&name, &payload)
        .map_err(|error| Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, error))?;
    Ok(Json(SignedReading { reading, signature: hex::encode(signature) }))
}

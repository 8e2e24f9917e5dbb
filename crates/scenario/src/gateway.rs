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
use market::gateway::{History, PlantDay, SignedReading};
use market::settlement::Reading;
use market::{Day, Delivery, ParticipantId};
use serde::{Deserialize, Serialize};
use sp_core::{H256, Pair};
use std::sync::Arc;
use tokio::net::TcpListener;

/// The most days of history that one request may ask for.
pub const MAX_HISTORY_DAYS: u16 = 366;

/// The gateway of a scenario.
pub fn router(scenario: Arc<Scenario>) -> Router {
    Router::new()
        .route("/v1/health", get(health))
        .route("/v1/participants/{name}/history", get(history))
        .route("/v1/participants/{name}/plant", get(plant))
        .route("/v1/participants/{name}/reading", get(reading))
        .fallback(nowhere)
        .method_not_allowed_fallback(not_allowed)
        .with_state(scenario)
}

/// Serves a scenario until the task is dropped.
///
/// # Errors
/// Where the listener fails.
pub async fn serve(listener: TcpListener, scenario: Arc<Scenario>) -> std::io::Result<()> {
    axum::serve(listener, router(scenario)).await
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

async fn health(State(scenario): State<Arc<Scenario>>) -> Json<Health> {
    let metered = scenario.participants.iter().filter(|member| member.role.is_metered());
    let participants = metered.map(|member| member.name.clone()).collect();
    Json(Health { scenario: scenario.name.clone(), participants })
}

async fn nowhere() -> Refusal {
    Refusal::new(StatusCode::NOT_FOUND, "no such path: see docs/gateway.md")
}

async fn not_allowed() -> Refusal {
    Refusal::new(StatusCode::METHOD_NOT_ALLOWED, "only GET is answered")
}

/// The participant of a path, which must have a meter.
fn member<'a>(scenario: &'a Scenario, name: &str) -> Result<(ParticipantId, &'a Participant), Refusal> {
    let unknown = || Refusal::new(StatusCode::NOT_FOUND, format!("unknown participant {name}"));
    let id = scenario.id_of(name).ok_or_else(unknown)?;
    let member = scenario.participant(id).ok_or_else(unknown)?;
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
    State(scenario): State<Arc<Scenario>>,
    Path(name): Path<String>,
    query: Asked<HistoryQuery>,
) -> Answer<History> {
    let (id, _) = member(&scenario, &name)?;
    let Query(HistoryQuery { day, days }) = query?;
    if days == 0 || days > MAX_HISTORY_DAYS {
        return Err(Refusal::bad(format!("days must be 1 to {MAX_HISTORY_DAYS}, found {days}")));
    }
    Ok(Json(History { day, demand_wh: scenario.history(id, day, days) }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PlantQuery {
    day: Day,
}

async fn plant(
    State(scenario): State<Arc<Scenario>>,
    Path(name): Path<String>,
    query: Asked<PlantQuery>,
) -> Answer<PlantDay> {
    let (id, _) = member(&scenario, &name)?;
    let Query(PlantQuery { day }) = query?;
    let plant = Site::new(&scenario, id).and_then(|site| site.plant_day(day));
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
    State(scenario): State<Arc<Scenario>>,
    Path(name): Path<String>,
    query: Asked<ReadingQuery>,
) -> Answer<SignedReading> {
    let (id, _) = member(&scenario, &name)?;
    let Query(ReadingQuery { day, period, participant, chain }) = query?;
    let delivery = Delivery { day, period };
    if !scenario.calendar.has(delivery) {
        let last = scenario.calendar.periods_per_day.saturating_sub(1);
        return Err(Refusal::bad(format!("period must be 0 to {last}, found {period}")));
    }
    let mut genesis = H256::zero();
    let digits = chain.strip_prefix("0x").unwrap_or(&chain);
    hex::decode_to_slice(digits, genesis.as_bytes_mut())
        .map_err(|_| Refusal::bad("chain must be the genesis hash: 64 hexadecimal digits"))?;
    let (_, metered) = Site::new(&scenario, id).map(|site| site.day(day).of(period)).unwrap_or_default();
    let reading = Reading { delivery, energy_in: metered.inward(), energy_out: metered.outward() };
    // On the chain the participant may have another number than in the scenario.
    let payload = reading.signed_payload(genesis, ParticipantId(participant));
    let meter = dev_keys::meter(&name)
        .map_err(|error| Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()))?;
    let signature = hex::encode(meter.sign(&payload).0);
    Ok(Json(SignedReading { reading, signature }))
}

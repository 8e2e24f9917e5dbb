//! Fuzz targets for all that comes from outside: a scenario's files, meters' values from elsewhere, a gateway's JSON,
//! what a meter signs. Run by `cargo test` they replay the corpus beside this file and some random inputs;
//! `docs/fuzzing.md` tells how a fuzzer drives them. Each target gives what its input comes to, by which seeds are chosen.

use bolero::{TypeGenerator, check};
use codec::{Decode, Encode};
use import::Profile;
use import::decimal::FineEnergy;
use import::grid::Grid;
use import::guess::guess;
use import::meter::metered;
use import::profile::NAMED;
use import::registers;
use import::spread::spread;
use import::value::{File, Found};
use jiff::civil::date;
use jiff::tz::TimeZone;
use market::gateway::{History, PlantDay, SignedReading};
use market::participant::{Parameters, PartsPerMillion};
use market::release::{ReleaseContext, positions};
use market::settlement::Reading;
use market::tariff::GridPrices;
use market::{Delivery, Energy, NetMoney, ParticipantId, Position, Power, Price, Role};
use scenario::scenario::paper::FILES;
use scenario::site::Site;
use scenario::{Files, Scenario, simulate};
use serde::{Serialize, de::DeserializeOwned};
use sp_core::H256;
use sp_crypto_hashing::blake2_256;
use std::path::Path;
use std::sync::LazyLock;

#[path = "inputs/seeds.rs"]
mod seeds;
use seeds::{Outcomes, kind};

/// What is written into a text, or what of it is written again.
#[derive(Clone, Debug, TypeGenerator)]
enum Put {
    Nothing,
    /// One of [`TOKENS`].
    Token(u8),
    Bytes(Vec<u8>),
    Again {
        from: u16,
        length: u8,
    },
}

/// One change of a text: so that inputs are nearly valid, and reach beyond the parser.
#[derive(Clone, Debug, TypeGenerator)]
struct Edit {
    /// Where, in parts of the text's length.
    at: u16,
    /// How many bytes are taken away.
    cut: u8,
    put: Put,
}

/// What has been wrong before, in somebody's program.
const TOKENS: [&str; 32] = [
    "0",
    "-1",
    "1",
    "0.001",
    "0.0001",
    "1e9",
    "1e-9",
    "NaN",
    "inf",
    "1000000000",
    "1000000000.001",
    "18446744073709551615",
    "18446744073709551616",
    "340282366920938463463374607431768211456",
    "-0",
    "true",
    "null",
    "[]",
    "{}",
    "\"",
    "'",
    "\n",
    "\r\n",
    ",",
    ",,",
    "=",
    "#",
    "[[participant]]\n",
    "LA1",
    "RES",
    "\u{feff}",
    "\0",
];

fn edited<'a>(text: impl AsRef<[u8]>, edits: impl IntoIterator<Item = &'a Edit>) -> Vec<u8> {
    let mut bytes = text.as_ref().to_vec();
    for edit in edits {
        let place = |at: u16| usize::from(at) * bytes.len() / (usize::from(u16::MAX) + 1);
        let start = place(edit.at);
        let end = (start + usize::from(edit.cut)).min(bytes.len());
        let put = match &edit.put {
            Put::Nothing => Vec::new(),
            Put::Token(which) => TOKENS[usize::from(*which) % TOKENS.len()].into(),
            Put::Bytes(bytes) => bytes.clone(),
            Put::Again { from, length } => {
                let from = place(*from);
                bytes[from..(from + usize::from(*length)).min(bytes.len())].to_vec()
            }
        };
        bytes.splice(start..end, put);
    }
    bytes
}

/// A text, where the bytes are one.
fn text(bytes: Vec<u8>) -> String {
    String::from_utf8_lossy(&bytes).into_owned()
}

/// A few times the day of the paper: more would only take longer.
const MOST_LINES: usize = 2_000;

/// Files as they are edited, the forecast among them or not.
type EditedFiles = (bool, Vec<(u8, Edit)>);

fn read_scenario((forecast, edits): &EditedFiles) -> Outcomes {
    // The paper's files; its generation stands in for the forecast that it has not.
    let (_, generation) = FILES.into_iter().find(|(name, _)| *name == "generation.csv").unwrap();
    let files: Vec<_> = FILES.into_iter().chain(forecast.then_some(("forecast.csv", generation))).collect();
    let change = |(file, (name, original)): (usize, &(&str, &str))| {
        let mine = |which: u8| usize::from(which) % files.len() == file;
        let edits = edits.iter().filter(|(which, _)| mine(*which)).map(|(_, edit)| edit);
        ((*name).to_owned(), text(edited(original, edits)))
    };
    let texts: Vec<_> = files.iter().enumerate().map(change).collect();
    let scenario = match Scenario::from_files(&Files::new("x", texts.clone())) {
        Ok(scenario) => scenario,
        Err(mistakes) => {
            assert!(mistakes.iter().next().is_some());
            for mistake in mistakes.iter() {
                let whole = texts.iter().find(|(name, _)| mistake.path == format!("x/{name}"));
                let (_, whole) = whole.unwrap_or_else(|| panic!("{mistake} is in no file"));
                let lines = u64::try_from(whole.lines().count()).unwrap() + 1;
                assert!(mistake.line.is_none_or(|line| (1..=lines).contains(&line)), "{mistake}");
            }
            return mistakes.iter().map(|mistake| kind(&mistake.message)).collect();
        }
    };
    let ids = scenario.ids();
    for site in ids.filter_map(|id| Site::new(&scenario, id)) {
        let answer = serde_json::to_vec(&site.history(0)).unwrap();
        assert!(answer.len() <= 256 * 1024, "the workers would not read {} bytes", answer.len());
    }
    if usize::from(scenario.calendar.periods_per_day) * scenario.participants.len() > MOST_LINES {
        return ["a large scenario".into()].into();
    }
    let lines = simulate(&scenario, 1).lines;
    let sum = lines.iter().map(|line| line.total()).fold(NetMoney::ZERO, NetMoney::saturating_add);
    assert_eq!(sum, NetMoney::ZERO, "the day's money");
    ["a scenario".into()].into()
}

#[test]
fn reader_should_give_a_scenario_or_its_mistakes_whatever_the_files_hold() {
    check!().with_type::<EditedFiles>().with_iterations(300).for_each(|files| {
        read_scenario(files);
    });
}

/// Files of meters' values, with the profiles that read them.
static METERS: [(&str, &[u8]); 4] = [
    (NAMED[0].1, include_bytes!("../../import/tests/files/eda.xml")),
    (NAMED[1].1, include_bytes!("../../import/tests/files/datadis.csv")),
    (NAMED[2].1, include_bytes!("../../import/tests/files/enedis.csv")),
    (NAMED[3].1, include_bytes!("../../import/tests/files/green-button.xml")),
];

#[test]
fn meters_should_be_read_or_refused_whatever_their_files_hold() {
    let grid = Grid::new(&TimeZone::UTC, date(2021, 10, 30), 3, 900_000).unwrap();
    let meter = registers::Meter { limit: Power::from_watts(30_000), modulus: None };
    check!().with_type::<(u8, Vec<Edit>, Vec<Edit>)>().with_iterations(2_000).for_each(
        |(which, edits, of_profile)| {
            let (profile, file) = METERS[usize::from(*which) % METERS.len()];
            let bytes = edited(file, edits);
            if let Ok(profile) = guess(&bytes) {
                let _ = Profile::read(&profile);
            }
            let lines_of = |bytes: &[u8]| {
                u64::try_from(bytes.iter().filter(|byte| **byte == b'\n').count()).unwrap() + 1
            };
            let profile = text(edited(profile.as_bytes(), of_profile));
            let profile = match Profile::read(&profile) {
                Ok(profile) => profile,
                Err((line, _)) => return assert!((1..=lines_of(profile.as_bytes())).contains(&line)),
            };
            let mut found = Found::default();
            import::read::read(&profile, File { number: 0, stem: "meter" }, &bytes, &mut found);
            for (place, mistake) in &found.mistakes {
                let line = place.map(|place| place.line);
                assert!(
                    line.is_none_or(|line| (1..=lines_of(&bytes)).contains(&line)),
                    "{line:?}: {mistake}"
                );
            }
            for values in found.values.values() {
                assert!(
                    values.iter().all(|value| value.from <= value.to && value.energy >= FineEnergy::ZERO)
                );
                let spans = metered(values, &meter).spans;
                assert!(spans.is_sorted_by(|one, next| one.to <= next.from), "{spans:?}");
                let sum = |energies: &mut dyn Iterator<Item = FineEnergy>| {
                    energies.map(|energy| i128::from(energy.milliwatt_hours())).sum::<i128>()
                };
                let cells = spread(&spans, &grid);
                let placed = sum(&mut cells.iter().flatten().map(|(energy, _)| *energy));
                assert!(placed <= sum(&mut spans.iter().map(|span| span.energy)), "energy out of nothing");
            }
        },
    );
}

/// Every message that the gateways of two scenarios have for day 0.
static MESSAGES: LazyLock<Vec<(Kind, String)>> = LazyLock::new(|| {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios/district");
    let scenarios = [Scenario::paper().unwrap(), Scenario::read(&folder).unwrap()];
    let mut messages = Vec::new();
    for scenario in &scenarios {
        for site in scenario.ids().filter_map(|id| Site::new(scenario, id)) {
            messages.push((Kind::History, serde_json::to_string(&site.history(0)).unwrap()));
            let plant = site.plant_day(0).map(|plant| serde_json::to_string(&plant).unwrap());
            messages.extend(plant.map(|plant| (Kind::Plant, plant)));
        }
    }
    let delivery = Delivery { day: 1, period: 8 };
    let reading = Reading { delivery, energy_in: Energy::from_watt_hours(26_400), energy_out: Energy::ZERO };
    let signed = SignedReading { reading, signature: "32576e48bafd33a3".repeat(8) };
    messages.push((Kind::Reading, serde_json::to_string(&signed).unwrap()));
    messages
});

#[derive(Clone, Copy, Debug)]
enum Kind {
    History,
    Plant,
    Reading,
}

/// A message, which says the same when it is written and read again; or why it is none.
fn read<M: Serialize + DeserializeOwned + PartialEq + core::fmt::Debug>(bytes: &[u8]) -> Result<M, String> {
    let message = serde_json::from_slice::<M>(bytes).map_err(|error| kind(&error.to_string()))?;
    let again = serde_json::to_vec(&message).unwrap();
    assert_eq!(serde_json::from_slice::<M>(&again).unwrap(), message);
    Ok(message)
}

const TIE_LINE: Energy = Energy::from_watt_hours(250_000);

/// What a worker makes of the messages: a release within the participant's limits, or an error.
fn release(history: &[Vec<Energy>], plant: Option<&PlantDay>) -> Outcomes {
    let mut outcomes = Outcomes::new();
    let parameters = Parameters {
        alpha: PartsPerMillion(900_000),
        generation_cost: Price::from_gwei(300_000_000),
        tie_line: Power::from_watts(250_000),
    };
    let prices = GridPrices { tariff: Price::from_gwei(725_000_000), feed_in: Price::from_gwei(375_000_000) };
    // As many periods as the messages tell of, so that they are not refused at once.
    let periods = history.first().map(Vec::len).or(plant.map(|plant| plant.generation_wh.len()));
    let prices = vec![prices; periods.unwrap_or(24).min(96)];
    for role in [Role::LoadAggregator, Role::Microgrid, Role::Prosumer] {
        let released = positions(&ReleaseContext {
            role,
            parameters: &parameters,
            history,
            plant: plant.map(PlantDay::outlook),
            prices: &prices,
            period_length: 3_600_000,
        });
        outcomes.insert(match &released {
            Ok(_) => format!("{role:?} releases"),
            Err(error) => format!("{role:?}: {}", kind(&error.to_string())),
        });
        let Ok(released) = released else { continue };
        assert_eq!(released.len(), prices.len());
        for (position, prices) in released.iter().zip(&prices) {
            match position {
                Position::Buy(energy) => {
                    assert!(*energy <= TIE_LINE && (role.buys() || energy.is_zero()), "{position:?}");
                }
                Position::Sell { energy, reserve } => {
                    assert!(role.sells() && *energy <= TIE_LINE, "{position:?}");
                    assert!(*reserve >= prices.feed_in.max(parameters.generation_cost), "{position:?}");
                }
            }
        }
    }
    outcomes
}

/// A message as it is edited.
type EditedMessage = (u8, Vec<Edit>);

fn read_message((which, edits): &EditedMessage) -> Outcomes {
    let (of, message) = &MESSAGES[usize::from(*which) % MESSAGES.len()];
    let bytes = edited(message, edits);
    let outcomes = match of {
        Kind::History => read::<History>(&bytes).map(|history| release(&history.demand_wh, None)),
        Kind::Plant => read::<PlantDay>(&bytes).map(|plant| {
            let demand = vec![Energy::from_watt_hours(50_000); plant.generation_wh.len()];
            let (alone, with_demand) = (release(&[], Some(&plant)), release(&[demand], Some(&plant)));
            alone.into_iter().chain(with_demand).collect()
        }),
        Kind::Reading => read::<SignedReading>(&bytes).map(|SignedReading { reading, .. }| {
            let net = reading.net().map(|net| i128::from(net.watt_hours()));
            let wide = |energy: Energy| i128::from(energy.watt_hours());
            let exact = wide(reading.energy_in) - wide(reading.energy_out);
            assert!(net.is_none_or(|net| net == exact), "{net:?} of {reading:?}");
            [format!("net {}", net.is_some())].into()
        }),
    };
    let outcomes = outcomes.unwrap_or_else(|why| [why].into());
    outcomes.iter().map(|outcome| format!("{of:?}: {outcome}")).collect()
}

#[test]
fn messages_should_be_read_or_refused_whatever_the_gateway_says() {
    check!().with_type::<EditedMessage>().with_iterations(2_000).for_each(|message| {
        read_message(message);
    });
}

/// All that a meter's signature binds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, TypeGenerator)]
struct Signed {
    chain: [u8; 32],
    participant: u32,
    day: u32,
    period: u16,
    energy_in: u64,
    energy_out: u64,
}

impl Signed {
    fn reading(&self) -> Reading {
        Reading {
            delivery: Delivery { day: self.day, period: self.period },
            energy_in: Energy::from_watt_hours(self.energy_in),
            energy_out: Energy::from_watt_hours(self.energy_out),
        }
    }

    fn payload(&self) -> [u8; 32] {
        self.reading().signed_payload(H256(self.chain), ParticipantId(self.participant))
    }

    /// As `docs/gateway.md` has it.
    fn documented(&self) -> [u8; 32] {
        let mut bytes = b"gridbid/read".to_vec();
        bytes.extend(self.chain);
        bytes.extend(self.participant.to_le_bytes());
        bytes.extend(self.day.to_le_bytes());
        bytes.extend(self.period.to_le_bytes());
        bytes.extend(compact(self.energy_in));
        bytes.extend(compact(self.energy_out));
        blake2_256(&bytes)
    }
}

/// A number as a SCALE compact integer, by the words of `docs/gateway.md`.
fn compact(number: u64) -> Vec<u8> {
    let marked = |mark: u64, bytes: usize| (number * 4 + mark).to_le_bytes()[..bytes].to_vec();
    match number {
        0..0x40 => marked(0, 1),
        0x40..0x4000 => marked(1, 2),
        0x4000..0x4000_0000 => marked(2, 4),
        _ => {
            let bytes = number.to_le_bytes();
            let used = bytes.len() - usize::try_from(number.leading_zeros() / 8).unwrap();
            let mut compact = vec![u8::try_from(4 * (used - 4) + 3).unwrap()];
            compact.extend(&bytes[..used]);
            compact
        }
    }
}

/// Two readings, the field in which a third differs, and what a transaction brings.
type Payloads = (Signed, Signed, u8, Vec<u8>);

fn sign((one, other, field, bytes): &Payloads) -> Outcomes {
    assert_eq!(one.payload(), one.documented());
    // Another chain, participant, period or energy is another payload.
    let field = field % 6;
    let changed = match field {
        0 => Signed { chain: other.chain, ..*one },
        1 => Signed { participant: other.participant, ..*one },
        2 => Signed { day: other.day, ..*one },
        3 => Signed { period: other.period, ..*one },
        4 => Signed { energy_in: other.energy_in, ..*one },
        _ => Signed { energy_out: other.energy_out, ..*one },
    };
    assert_eq!(changed == *one, changed.payload() == one.payload());
    // What a transaction brings has one form only.
    let mut rest = &bytes[..];
    let decoded = Reading::decode(&mut rest);
    if let Ok(reading) = &decoded {
        assert_eq!(reading.encode(), bytes[..bytes.len() - rest.len()]);
    }
    assert_eq!(Reading::decode(&mut &one.reading().encode()[..]), Ok(one.reading()));
    let length = |energy| compact(energy).len();
    [
        format!("field {field}, changed {}", changed != *one),
        format!("{} bytes in", length(one.energy_in)),
        format!("{} bytes out", length(one.energy_out)),
        decoded.map_or_else(|error| kind(&error.to_string()), |_| "decoded".into()),
    ]
    .into()
}

#[test]
fn payload_should_be_the_documented_one_whatever_the_meter_counts() {
    check!().with_type::<Payloads>().with_iterations(2_000).for_each(|payloads| {
        sign(payloads);
    });
}

#[test]
#[ignore = "selects the corpus after a run of a fuzzer"]
fn seeds_should_each_be_needed() {
    seeds::should_each_be_needed(
        "reader_should_give_a_scenario_or_its_mistakes_whatever_the_files_hold",
        read_scenario,
    );
    seeds::should_each_be_needed(
        "messages_should_be_read_or_refused_whatever_the_gateway_says",
        read_message,
    );
    seeds::should_each_be_needed("payload_should_be_the_documented_one_whatever_the_meter_counts", sign);
}

//! A market day in which the node is killed at random moments.

use super::*;
use market::Stage;
use market::calendar::Calendar;

/// How many times it is killed, where `GRIDBID_KILLS` does not say.
const KILLS: usize = 5;
/// The seed of the moments, where `GRIDBID_KILLS_SEED` does not say.
const SEED: u64 = 1_250_623;
/// A moment lies inside its window; the kill comes at most so long after it is reached.
const LATEST: Duration = Duration::from_millis(40);
/// Seconds of real time a period while a node starts: without, the day would run away from its moments.
const START: u32 = 360;
/// The same while it goes on: a kill is a small part of a period late.
const PACE: u32 = 1;

const STAGES: [Stage; 5] = [Stage::Release, Stage::Sealing, Stage::Reveal, Stage::Execution, Stage::Metering];

fn setting<T: std::str::FromStr>(name: &str, default: T) -> T {
    std::env::var(name).ok().map_or(default, |text| text.parse().ok().expect("a whole number"))
}

/// Random moments of day 0 in their order, from its release to the metering of its last period. Idle time is
/// left out, since the simulated clock leaps over it.
fn moments(calendar: &Calendar, count: usize, random: &mut fastrand::Rng) -> Vec<u64> {
    let mut moments: Vec<u64> = (0..count)
        .map(|_| {
            let delivery = Delivery { day: 0, period: random.u16(0..calendar.periods_per_day) };
            let window = match STAGES[random.usize(0..STAGES.len())] {
                Stage::Release => calendar.release(0),
                stage => calendar.window(stage, delivery),
            };
            random.u64(window.from..window.to)
        })
        .collect();
    moments.sort_unstable();
    moments
}

#[tokio::test(flavor = "multi_thread")]
async fn bills_should_be_the_same_when_the_node_is_killed_at_random_moments() -> Result<()> {
    let Some(executable) = node() else { return Ok(()) };
    let _alone = ONE_AT_A_TIME.lock().await;
    let folder = tempfile::tempdir()?;
    let (kills, seed) = (setting("GRIDBID_KILLS", KILLS), setting("GRIDBID_KILLS_SEED", SEED));
    let mut random = fastrand::Rng::with_seed(seed);
    let (mut node, mut chain) = start(&executable, folder.path(), START).await?;
    let calendar = chain.clock(None).await?.calendar;
    for (number, moment) in (1..).zip(moments(&calendar, kills, &mut random)) {
        chain.dev("setPace", rpc_params![PACE]).await?;
        wait(&chain, |clock| clock.now >= moment)
            .await
            .with_context(|| format!("kill {number} of seed {seed}\n{}", node.last_words()))?;
        tokio::time::sleep(LATEST.mul_f64(random.f64())).await;
        let clock = chain.clock(None).await?;
        let settling = clock.next_to_settle.unwrap_or_default();
        ensure!(settling.day == 0, "kill {number} of seed {seed} comes after the day");
        node.kill().await?;
        eprintln!("kill {number} of seed {seed}: {:?}, next to settle {settling}", clock.open);
        (node, chain) = start(&executable, folder.path(), START).await?;
    }
    node.stop().await?;
    same_bills_when_the_day_ends(&executable, folder.path())
}

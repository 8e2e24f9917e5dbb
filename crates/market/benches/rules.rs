//! What the market's rules cost: clearing, forecasts (3) and commitments. Every benchmark also prints its
//! cost a piece, so that growth shows.

// The function that criterion's macro makes has no documentation.
#![allow(missing_docs)]

#[path = "../examples/book/orders.rs"]
mod orders;

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use market::clearing::{Pricing, clear};
use market::commitment::{Salt, commitment};
use market::forecast::expected_volume;
use market::participant::PartsPerMillion;
use market::{Delivery, Energy, ParticipantId, Price};
use orders::{book, draw};
use std::cell::Cell;
use std::hint::black_box;
use std::time::{Duration, Instant};

const DELIVERY: Delivery = Delivery { day: 3, period: 7 };

/// Measures work on fresh input, and prints the cost a piece of the fastest run.
fn measure<I: Clone, O>(
    group: &mut BenchmarkGroup<'_, WallTime>,
    id: &str,
    pieces: u32,
    input: &I,
    work: impl Fn(I) -> O,
) {
    let fastest = Cell::new(Duration::MAX);
    group.throughput(Throughput::Elements(pieces.into()));
    group.bench_function(BenchmarkId::from_parameter(id), |bencher| {
        bencher.iter_custom(|iterations| {
            (0..iterations).fold(Duration::ZERO, |sum, _| {
                let input = input.clone();
                let start = Instant::now();
                let output = black_box(work(black_box(input)));
                let time = start.elapsed();
                drop(output);
                fastest.set(fastest.get().min(time));
                sum + time
            })
        });
    });
    if fastest.get() < Duration::MAX {
        let each = fastest.get().as_nanos() as f64 / f64::from(pieces);
        println!("cost a piece: {id}: {each:.1} ns");
    }
}

fn clearing(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("clearing");
    group.sample_size(10).warm_up_time(Duration::from_millis(300)).measurement_time(Duration::from_secs(1));
    for offers in [1, 10, 100, 1_000] {
        for bids in [10, 100, 1_000, 10_000, 100_000, 500_000, 1_000_000] {
            let input = book(bids, offers);
            measure(&mut group, &format!("{bids} bids, {offers} offers"), bids, &input, |(bids, offers)| {
                clear(bids, offers, Pricing::PayAsBid)
            });
        }
    }
    group.finish();
}

fn forecasts(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("forecast");
    group.sample_size(10).warm_up_time(Duration::from_millis(300)).measurement_time(Duration::from_secs(1));
    for days in [7, 28] {
        for members in [1_000, 100_000] {
            let input: Vec<Energy> =
                (0..u64::from(members * days)).map(|i| Energy::from_watt_hours(draw(i) % 100_000)).collect();
            let days = usize::try_from(days).unwrap_or(1);
            measure(&mut group, &format!("{members} members, {days} days"), members, &input, |input| {
                input
                    .chunks_exact(days)
                    .map(|history| expected_volume(PartsPerMillion(330_000), history))
                    .sum::<Energy>()
            });
        }
    }
    group.finish();
}

fn commitments(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("commitment check");
    group.sample_size(10).warm_up_time(Duration::from_millis(300)).measurement_time(Duration::from_secs(1));
    for bids in [1_000, 100_000] {
        let of = |id: u32| {
            let salt: Salt = [(id % 251) as u8; 32];
            let price = Price::from_gwei(380_000_000 + u64::from(id));
            (price, salt, commitment(Default::default(), ParticipantId(id), DELIVERY, price, &salt))
        };
        let input: Vec<_> = (0..bids).map(of).collect();
        measure(&mut group, &format!("{bids} bids"), bids, &input, |input| {
            (0..).zip(&input).all(|(id, (price, salt, sealed))| {
                commitment(Default::default(), ParticipantId(id), DELIVERY, *price, salt) == *sealed
            })
        });
    }
    group.finish();
}

criterion_group!(benches, clearing, forecasts, commitments);
criterion_main!(benches);

//! How long a gateway takes to make facts of a delivery: `cargo bench -p okno-bench --bench normalize`. The aim is 20 µs for
//! one of the usual kind.

use std::{fs, hint::black_box, path::Path};

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use gateway_custom::Custom;
use gateway_kit::Gateway;
use gateway_max::Max;
use gateway_telegram::Telegram;
use gateway_viber::Viber;
use gateway_vk::Vk;
use gateway_whatsapp::WhatsApp;
use model::AccountId;

/// A channel's deliveries, by name.
type Fixtures = Vec<(String, Vec<u8>)>;

/// What the provider may send, without what strangers send to break the parser.
fn fixtures(channel: &str) -> Fixtures {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../services/gateway-{channel}/tests/fixtures"));
    let files = fs::read_dir(&folder).expect("the gateway's fixtures").map(|entry| entry.expect("a fixture").path());
    let named = files.filter_map(|path| Some((path.file_stem()?.to_str()?.to_owned(), fs::read(&path).ok()?)));
    let mut fixtures: Fixtures = named.filter(|(name, _)| !name.starts_with("hostile")).collect();
    fixtures.sort();
    fixtures
}

/// All of a channel's kinds in turn (elements a second: deliveries), and the largest of them.
fn of<G: Gateway>(criterion: &mut Criterion) {
    let fixtures = fixtures(G::CHANNEL);
    let account = AccountId::new();
    let parse = |body: &[u8]| black_box(G::parse(account, black_box(body)));
    let mut group = criterion.benchmark_group(format!("normalize/{}", G::CHANNEL));
    group.throughput(Throughput::Elements(fixtures.len() as u64));
    group.bench_function("each", |bencher| {
        bencher.iter(|| fixtures.iter().map(|(_, body)| parse(body).len()).sum::<usize>());
    });
    let largest = fixtures.iter().max_by_key(|(_, body)| body.len()).expect("a fixture");
    group.throughput(Throughput::Elements(1));
    group.bench_with_input(BenchmarkId::new("largest", &largest.0), &largest.1, |bencher, body| {
        bencher.iter(|| parse(body).len());
    });
    group.finish();
}

criterion_group!(normalize, of::<Custom>, of::<Max>, of::<Telegram>, of::<Viber>, of::<Vk>, of::<WhatsApp>);
criterion_main!(normalize);

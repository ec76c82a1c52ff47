//! The log against a real PostgreSQL.

use std::{future::ready, time::Duration};

use chrono::{TimeDelta, Utc};
use sqlx::{PgPool, migrate::Migrator};
use testkit::TestDatabase;
use uuid::Uuid;

use super::{Filter, Log, Of, Place, Reading, Row, Turn, forget, list};
use crate::Schema;

const AREA: Schema = Schema::Inbox;

async fn database() -> (TestDatabase, PgPool) {
    let none = Migrator::with_migrations(Vec::new());
    let database =
        TestDatabase::new("access-1", async |url: String| crate::migrate(&url, AREA, &none).await).await.unwrap();
    let pool = PgPool::connect(database.url()).await.unwrap();
    (database, pool)
}

fn reading() -> Reading {
    Reading { employee_id: Uuid::now_v7(), by_key: false, kind: 1, object_id: Uuid::now_v7() }
}

async fn note(log: &Log, pool: &PgPool, reading: Reading, turn: Turn) {
    log.note(pool, reading, turn, ready(Ok(Of::default()))).await.unwrap();
}

async fn rows(pool: &PgPool, filter: &Filter) -> Vec<Row> {
    list(pool, AREA, filter, None, 100).await.unwrap()
}

#[tokio::test]
async fn a_repeat_is_counted_and_another_reader_is_a_record_of_its_own() {
    let (_database, pool) = database().await;
    let (log, first) = (Log::of(AREA), reading());
    let others = [
        Reading { by_key: true, ..first },
        Reading { employee_id: Uuid::now_v7(), ..first },
        Reading { object_id: Uuid::now_v7(), ..first },
    ];
    // What hangs on a card may be asked for before the card itself.
    note(&log, &pool, first, Turn::ReadsOn).await;
    for _ in 0..3 {
        note(&log, &pool, first, Turn::Opens).await;
    }
    for other in others {
        note(&log, &pool, other, Turn::Opens).await;
    }
    log.write_repeats(&pool).await.unwrap();
    log.write_repeats(&pool).await.unwrap();
    let mut times: Vec<i32> = rows(&pool, &Filter::default()).await.iter().map(|row| row.times).collect();
    times.sort_unstable();
    assert_eq!(times, [1, 1, 1, 3]);
    let own = Filter { employee: Some(first.employee_id), ..Filter::default() };
    assert_eq!(rows(&pool, &own).await.len(), 3);
}

#[tokio::test]
async fn those_who_read_at_once_wait_for_one_record() {
    let (_database, pool) = database().await;
    let (log, reading) = (Log::of(AREA), reading());
    tokio::join!(
        note(&log, &pool, reading, Turn::Opens),
        note(&log, &pool, reading, Turn::Opens),
        note(&log, &pool, reading, Turn::ReadsOn),
    );
    log.write_repeats(&pool).await.unwrap();
    let found = rows(&pool, &Filter::default()).await;
    assert_eq!(found.iter().map(|row| row.times).collect::<Vec<_>>(), [2]);
    assert!(found[0].last_at >= found[0].at);
}

#[tokio::test]
async fn after_its_time_the_same_is_recorded_anew_and_nothing_is_lost_meanwhile() {
    let (_database, pool) = database().await;
    let (log, reading) = (Log::with_span(AREA, Duration::ZERO), reading());
    for _ in 0..3 {
        note(&log, &pool, reading, Turn::Opens).await;
    }
    assert_eq!(rows(&pool, &Filter::default()).await.len(), 3);
    log.write_repeats(&pool).await.unwrap();
    assert_eq!(log.memory.lock().lately.len(), 0, "what is over is forgotten");
}

#[tokio::test]
async fn what_cannot_be_recorded_fails_and_is_recorded_at_the_next_reading() {
    let (_database, pool) = database().await;
    let (log, reading) = (Log::of(AREA), reading());
    sqlx::query("alter table inbox.access rename to access_away").execute(&pool).await.unwrap();
    assert!(log.note(&pool, reading, Turn::Opens, ready(Ok(Of::default()))).await.is_err());
    sqlx::query("alter table inbox.access_away rename to access").execute(&pool).await.unwrap();
    note(&log, &pool, reading, Turn::Opens).await;
    note(&log, &pool, reading, Turn::Opens).await;
    sqlx::query("alter table inbox.access rename to access_away").execute(&pool).await.unwrap();
    assert!(log.write_repeats(&pool).await.is_err());
    sqlx::query("alter table inbox.access_away rename to access").execute(&pool).await.unwrap();
    log.write_repeats(&pool).await.unwrap();
    let found = rows(&pool, &Filter::default()).await;
    assert_eq!(found.iter().map(|row| row.times).collect::<Vec<_>>(), [2], "nothing is lost, nothing counted twice");
}

#[tokio::test]
async fn pages_follow_each_other_and_old_ones_are_deleted() {
    let (_database, pool) = database().await;
    let log = Log::of(AREA);
    let subject = Uuid::now_v7();
    for kind in 1..=5 {
        let of = Of { subject: Some(subject).filter(|_| kind > 2), account: None };
        log.note(&pool, Reading { kind, ..reading() }, Turn::Opens, ready(Ok(of))).await.unwrap();
    }
    let first = list(&pool, AREA, &Filter::default(), None, 3).await.unwrap();
    let last = first.last().unwrap();
    let second = list(&pool, AREA, &Filter::default(), Some(Place(last.at, last.access_id)), 3).await.unwrap();
    let kinds: Vec<i16> = first.iter().chain(&second).map(|row| row.kind).collect();
    assert_eq!(kinds, [5, 4, 3, 2, 1]);
    let narrow = Filter {
        subjects: Some(vec![subject]),
        kinds: vec![2, 3, 5],
        from: Some(Utc::now() - TimeDelta::hours(1)),
        until: Some(first[0].at),
        ..Filter::default()
    };
    assert_eq!(rows(&pool, &narrow).await.iter().map(|row| row.kind).collect::<Vec<_>>(), [3]);
    forget(&pool, AREA, last.at).await.unwrap();
    assert_eq!(rows(&pool, &Filter::default()).await.len(), 3, "those before it are gone");
}

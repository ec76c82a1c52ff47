//! The first import of a large mailbox, beside the plainest loop that fetches the same letters.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use sqlx::PgPool;
use tokio::time::sleep;

use super::{Context, stage::statements};
use crate::{
    mail::{Boxes, address, letter, plain_loop},
    people::Person,
    report::Run,
    usage::{Snapshot, resident_mib},
};

const USER: &str = "archive";
/// Nothing new for so long, and it does not go on.
const STUCK: Duration = Duration::from_secs(60);
/// PostgreSQL's statistics may stand still for so long while letters are stored.
const DOUBT: Duration = Duration::from_secs(5);
const LOOK: Duration = Duration::from_millis(250);

pub async fn run(context: &Context<'_>) -> Result<Run> {
    let options = context.options;
    let letters = options.letters.unwrap_or(options.many(100_000, 120) as u64);
    let house = context.house().await?;
    let admin = Person::sign_in(&house.edge(), "admin").await?;
    let boxes = Boxes::start().await?;
    let to = address(USER);
    boxes.dovecot.fill(USER, (0..letters).map(|n| letter(n, &to).into_bytes()))?;
    // The first time Dovecot makes its index, which is neither's work.
    plain_loop(boxes.dovecot.imap_port(), USER).await?;
    let (fetched, took) = plain_loop(boxes.dovecot.imap_port(), USER).await?;
    ensure!(fetched == letters, "the loop saw {fetched} of {letters} letters");
    let processes = house.processes();
    let (snapshot, began) = (Snapshot::take(&processes), Instant::now());
    boxes.connect(&house, &admin, &[USER.to_owned()], false).await?;
    let seconds = until_stored(&house.pool, letters).await?;
    let ours = began.elapsed();
    let mut run = Run { done: letters, seconds, usage: snapshot.until_now(&processes), ..Run::default() };
    let each_second = |took: Duration| letters as f64 / took.as_secs_f64();
    run.figure("letters", "", letters as f64);
    run.figure("plain loop", "letters/s", each_second(took));
    run.figure("stored", "letters/s", each_second(ours));
    run.figure("ratio to the loop", "", took.as_secs_f64() / ours.as_secs_f64());
    run.figure("okno resident", "MiB", resident_mib(&processes, "okno"));
    if options.statements {
        run.notes.extend(statements(&house.pool).await?);
    }
    house.close().await;
    Ok(run)
}

async fn all(pool: &PgPool) -> Result<u64> {
    let count: i64 = sqlx::query_scalar("select count(*) from inbox.message").fetch_one(pool).await?;
    Ok(count.cast_unsigned())
}

/// Waits until all are; how many were stored in each second.
async fn until_stored(pool: &PgPool, letters: u64) -> Result<Vec<u32>> {
    let (began, mut last, mut moved, mut seconds) = (Instant::now(), 0, Instant::now(), Vec::new());
    loop {
        // Nothing else comes to this house. PostgreSQL's own count, a second late at most, costs nothing; what is there is
        // counted and read when it says that all are: to do that each time takes a core.
        let told: i64 =
            sqlx::query_scalar("select pg_stat_get_tuples_inserted('inbox.message'::regclass)").fetch_one(pool).await?;
        let exactly = told.cast_unsigned() >= letters || moved.elapsed() > DOUBT;
        let stored = if exactly { all(pool).await? } else { told.cast_unsigned() }.max(last);
        let second = usize::try_from(began.elapsed().as_secs())?;
        seconds.resize(second + 1, 0);
        seconds[second] += u32::try_from(stored - last)?;
        if stored > last {
            (last, moved) = (stored, Instant::now());
        }
        if stored == letters {
            let whole: i64 = sqlx::query_scalar("select count(*) from inbox.message where text like 'letter %'")
                .fetch_one(pool)
                .await?;
            ensure!(whole.cast_unsigned() == letters, "{whole} of {letters} letters have their text");
            return Ok(seconds);
        }
        ensure!(moved.elapsed() < STUCK, "{stored} of {letters} letters are stored, and it does not go on");
        sleep(LOOK).await;
    }
}

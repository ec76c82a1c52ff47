//! Thousands of operators with open pages: in departments of three, each with a session and a live stream.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use anyhow::{Context, Result};
use contracts::live::{WatchResponse, event::What, watch_response};
use futures::{StreamExt, TryStreamExt, stream};
use parking_lot::Mutex;
use sqlx::PgPool;
use tokio::time::{Instant, sleep, timeout};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tonic::Streaming;
use uuid::Uuid;

use crate::{
    load::Latency,
    people::{self, Person},
};

/// Operators of one department.
const DEPARTMENT: usize = 3;
/// Streams over one HTTP/2 connection; the edge takes 256.
const PER_CONNECTION: usize = 250;
/// Streams that are being opened at the same time.
const AT_ONCE: usize = 64;
const OPEN_WAIT: Duration = Duration::from_secs(60);

/// The secret of operator `n`'s session. Signing 7,500 people in by password would take argon2id many minutes.
fn secret(n: usize) -> String {
    format!("bench-session-{n}")
}

/// Makes departments of three operators with sessions, and spreads the conversations over the departments.
pub async fn staff(pool: &PgPool, operators: usize) -> Result<()> {
    let departments: Vec<Uuid> = (0..operators.div_ceil(DEPARTMENT)).map(|_| Uuid::now_v7()).collect();
    let employees: Vec<Uuid> = (0..operators).map(|_| Uuid::now_v7()).collect();
    let mut tx = pool.begin().await?;
    sqlx::query(
        "with made as (
             insert into crm.department (department_id, name, search_name, request_sha256)
             select id, 'Отдел ' || n, 'отдел ' || n, '' from unnest($1::uuid[]) with ordinality d(id, n))
         insert into crm.department_closure (department_id, above_department_id) select id, id from unnest($1::uuid[]) id",
    )
    .bind(&departments)
    .execute(&mut *tx)
    .await?;
    sqlx::query(
        "insert into crm.employee (employee_id, name, search_name, login, roles, language, time_zone, request_sha256)
         select id, 'Оператор ' || n, 'оператор ' || n, 'bench' || n, array['operator'], 'ru', 'Europe/Moscow', ''
         from unnest($1::uuid[]) with ordinality e(id, n)",
    )
    .bind(&employees)
    .execute(&mut *tx)
    .await?;
    sqlx::query(
        "with sessions as (
             insert into crm.session (session_id, employee_id, secret_sha256, user_agent, client_address)
             select gen_random_uuid(), id, sha256(('bench-session-' || (n - 1))::bytea), 'bench', '127.0.0.1'
             from unnest($2::uuid[]) with ordinality e(id, n))
         insert into crm.employee_department (employee_id, department_id)
         select id, ($1::uuid[])[(n - 1) / $3 + 1] from unnest($2::uuid[]) with ordinality e(id, n)",
    )
    .bind(&departments)
    .bind(&employees)
    .bind(i64::try_from(DEPARTMENT)?)
    .execute(&mut *tx)
    .await?;
    tx.commit().await?;
    spread(pool, &departments).await
}

async fn spread(pool: &PgPool, departments: &[Uuid]) -> Result<()> {
    let mut tx = pool.begin().await?;
    sqlx::query(
        "with placed as (
             select conversation_id, ($1::uuid[])[1 + row_number() over (order by conversation_id) % cardinality($1::uuid[])] as id
             from inbox.conversation),
         requests as (
             update inbox.request r set department_id = p.id from placed p where p.conversation_id = r.conversation_id)
         update inbox.conversation c set department_id = p.id from placed p where p.conversation_id = c.conversation_id",
    )
    .bind(departments)
    .execute(&mut *tx)
    .await?;
    Ok(tx.commit().await?)
}

/// The mask of one field.
pub fn mask(path: &str) -> prost_types::FieldMask {
    prost_types::FieldMask { paths: vec![path.to_owned()] }
}

/// How long people may be told of each other, and how long a silence ends it.
const SETTLE_IN: Duration = Duration::from_secs(120);
const GREETED: Duration = Duration::from_millis(2_500);

/// What operators were told from the beginning of the run on.
#[derive(Default)]
pub struct Heard {
    /// Position of a conversation's change, and when an operator was told.
    pub changes: Vec<(u64, Instant)>,
    /// The same of accounts' changes, of which all are told.
    pub news: Vec<(u64, Instant)>,
    pub ended: usize,
    /// When somebody was last told of who has come.
    greeted: Option<Instant>,
}

impl Heard {
    /// From the intended moments of what everyone is told to each operator.
    pub fn for_all(&self, moments: &[Instant]) -> Latency {
        let mut positions: Vec<u64> = self.news.iter().map(|(position, _)| *position).collect();
        positions.sort_unstable();
        positions.dedup();
        let moment: HashMap<u64, Instant> = positions.into_iter().zip(moments.iter().copied()).collect();
        let mut latency = Latency::default();
        let known = self.news.iter().filter_map(|(position, at)| Some((moment.get(position)?, at)));
        known.for_each(|(moment, at)| latency.record(at.saturating_duration_since(*moment)));
        latency
    }
}

/// All of them with an open stream.
pub struct Office {
    heard: Arc<Mutex<Heard>>,
    begun: Arc<AtomicBool>,
    stop: CancellationToken,
    tasks: TaskTracker,
}

impl Office {
    /// Opens a stream for each operator, and waits until each has said its first word.
    pub async fn open(edge: &str, operators: usize) -> Result<Self> {
        let (heard, begun) = (Arc::new(Mutex::new(Heard::default())), Arc::new(AtomicBool::new(false)));
        let office = Self { heard, begun, stop: CancellationToken::new(), tasks: TaskTracker::new() };
        let mut channels = Vec::new();
        for _ in 0..operators.div_ceil(PER_CONNECTION) {
            channels.push(people::connect(edge).await?);
        }
        let open = |n: usize| {
            let person = Person::with_secret(channels[n / PER_CONNECTION].clone(), edge, &secret(n));
            async move { first_word(person?).await }
        };
        // Each is read from its first word on: what one leaves unread would fill the connection that all of them share.
        let listen = |stream| {
            office.listen(stream);
            std::future::ready(Ok(()))
        };
        stream::iter(0..operators).map(open).buffer_unordered(AT_ONCE).try_for_each(listen).await?;
        Ok(office)
    }

    fn listen(&self, mut stream: Streaming<WatchResponse>) {
        let (heard, begun, stop) = (self.heard.clone(), self.begun.clone(), self.stop.clone());
        self.tasks.spawn(async move {
            while let Some(next) = stop.run_until_cancelled(stream.message()).await {
                let at = Instant::now();
                let Ok(Some(next)) = next else {
                    heard.lock().ended += 1;
                    return;
                };
                if let Some(watch_response::What::Presence(_)) = next.what {
                    heard.lock().greeted = Some(at);
                }
                let Some(watch_response::What::Event(event)) = next.what else { continue };
                if !begun.load(Ordering::Relaxed) {
                    continue;
                }
                match event.what {
                    Some(What::ConversationChanged(_)) => heard.lock().changes.push((event.position, at)),
                    Some(What::ChannelAccountChanged(_)) => heard.lock().news.push((event.position, at)),
                    _ => {}
                }
            }
        });
    }

    /// Waits until everyone was told of who has come: people sign in over some minutes, and then work. At most two minutes.
    pub async fn settle_in(&self) {
        let end = Instant::now() + SETTLE_IN;
        let quiet = |at: Option<Instant>| at.is_none_or(|at| at.elapsed() > GREETED);
        while !quiet(self.heard.lock().greeted) && Instant::now() < end {
            sleep(Duration::from_millis(100)).await;
        }
    }

    /// From now on it counts.
    pub fn begin(&self) {
        self.begun.store(true, Ordering::Relaxed);
    }

    /// Waits until everyone was told what is for all, at most so long.
    pub async fn settle(&self, news: usize, longest: Duration) {
        let end = Instant::now() + longest;
        while self.heard.lock().news.len() < news && Instant::now() < end {
            sleep(Duration::from_millis(20)).await;
        }
    }

    pub async fn close(self) -> Heard {
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
        std::mem::take(&mut *self.heard.lock())
    }
}

async fn first_word(person: Person) -> Result<Streaming<WatchResponse>> {
    let open = async {
        let mut stream = person.watch().await?;
        stream.message().await?.context("a live stream ended at once")?;
        Ok(stream)
    };
    timeout(OPEN_WAIT, open).await.context("a live stream does not open")?
}

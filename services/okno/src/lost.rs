//! `okno lost`: what was changed after the backup that PostgreSQL was restored from.
//!
//! EVENTS still holds the events of the history that ended: either the new history gives out their positions once more, or
//! nothing has begun yet and they lie above its head. What customers wrote comes back from IN, and sent replies from their
//! receipts; what staff decided is gone, and this is its list. IN also tells of sends that were begun and never reported.

mod histories;
mod sends;

use std::collections::HashMap;

use anyhow::{Context, anyhow};
use bus::{Bus, BusConfig};
use chrono::DateTime;
use contracts::live::{Event, event::What};
use model::MessageId;
use router::restored;
use runtime::Env;
use sqlx::PgPool;

use self::{histories::Histories, sends::Sends};
use crate::chores::pool;

/// Reads EVENTS, IN and both databases, and prints the lists. With `hold` no reply goes out that may have been taken back.
pub async fn run(env: &Env, hold: bool) -> anyhow::Result<()> {
    let url = env.require("OKNO_NATS_URL");
    let parts = env.get("OKNO_PARTS", 1_u32);
    let url = env.build(|| url)?;
    let pool = pool(env).await?;
    let bus = Bus::connect(&BusConfig { url, name: "lost".to_owned(), channel: None }).await?;
    let changed = list_changes(&bus, &pool).await?;
    let sends = Sends::read(&bus, parts).await?;
    list_begun(&pool, &sends, &changed).await?;
    let waiting = restored::waiting(&pool, &changed.into_keys().collect()).await?;
    let doubtful: Vec<_> = waiting.into_iter().filter(|reply| !sends.knows(reply.message_id)).collect();
    for reply in &doubtful {
        println!(
            "reply {} in conversation {} waits to be sent; it was changed after the backup, perhaps taken back",
            reply.message_id, reply.conversation_id
        );
        if hold {
            sends::hold(&bus, reply).await.with_context(|| format!("reply {} is not held", reply.message_id))?;
        }
    }
    match (doubtful.len(), hold) {
        (0, _) => {}
        (count, true) => println!("{count} replies are held: they fail, and can be sent again by hand"),
        (count, false) => println!("{count} replies go out as soon as router runs, unless --hold stops them"),
    }
    Ok(())
}

/// Prints what EVENTS knows and the databases do not; gives the messages that were changed, each with its conversation.
async fn list_changes(bus: &Bus, pool: &PgPool) -> anyhow::Result<HashMap<MessageId, String>> {
    let mut histories = Histories::default();
    read(bus, |event| histories.meet(&event)).await?;
    histories.meet_present(pool).await?;
    let (mut count, mut messages) = (0, HashMap::new());
    read(bus, |event| {
        if histories.lost(&event) {
            count += 1;
            print_row(&event);
            if let Some(What::ConversationChanged(changed)) = &event.what {
                let ids = changed.message_ids.iter().filter_map(|id| id.parse::<MessageId>().ok());
                messages.extend(ids.map(|id| (id, changed.conversation_id.clone())));
            }
        }
    })
    .await?;
    println!("{count} changes are lost, as far as EVENTS goes back (a day)");
    Ok(messages)
}

/// Prints the sends of which only IN knows that they were begun.
async fn list_begun(pool: &PgPool, sends: &Sends, changed: &HashMap<MessageId, String>) -> anyhow::Result<()> {
    let known = restored::known(pool, &sends.begun().map(|send| send.message_id).collect()).await?;
    let mut unknown: Vec<_> = sends.begun().filter(|send| !known.contains(&send.message_id)).collect();
    unknown.sort_by_key(|send| send.at);
    for send in &unknown {
        println!(
            "{}  reply {} in conversation {} ({} account {}) was begun and never reported: nobody knows whether it arrived",
            send.at.format("%Y-%m-%d %H:%M:%S"),
            send.message_id,
            changed.get(&send.message_id).map_or("unknown", String::as_str),
            send.channel,
            send.account
        );
    }
    println!("{} sends of unknown outcome are lost, as far as IN goes back (a week)", unknown.len());
    Ok(())
}

async fn read(bus: &Bus, take: impl FnMut(Event)) -> anyhow::Result<()> {
    bus::each_event(bus, take).await.map_err(|error| anyhow!(error)).context("EVENTS cannot be read")
}

fn print_row(event: &Event) {
    let at = event.at.and_then(|at| DateTime::from_timestamp(at.seconds, 0)).unwrap_or_default();
    println!("{}  {:<5}  {:<23}  {}", at.format("%Y-%m-%d %H:%M:%S"), event.area, bus::what(event), ids(event));
}

/// What an event names; none of it says what anybody wrote.
fn ids(event: &Event) -> String {
    let Some(what) = &event.what else { return String::new() };
    match what {
        What::ConversationChanged(c) => {
            let mut text = format!("conversation {}", c.conversation_id);
            if !c.request_id.is_empty() {
                text += &format!(", request {} of employee {}", c.request_id, or_nobody(&c.assignee_employee_id));
            }
            if c.inbound {
                text += ", what came in comes back";
            }
            text
        }
        What::ChannelAccountChanged(a) => format!("account {}", a.account_id),
        What::GatewayChanged(g) => format!("gateway {}", g.channel),
        What::DraftChanged(d) => format!("draft in conversation {}", d.conversation_id),
        What::ReadMarkChanged(m) => format!("read mark in conversation {}", m.conversation_id),
        What::ViewChanged(m) => format!("view {}", m.view_id),
        What::EmployeeChanged(e) => format!("employee {}", e.employee_id),
        What::DepartmentChanged(d) => format!("department {}", d.department_id),
        What::ClientChanged(c) => format!("client {}", c.client_id),
        What::ContactPointLinked(l) => format!("contact point {}", l.contact_point_id),
        What::SessionRevoked(_) => "a sign-out".to_owned(),
        What::ScheduleChanged(s) => format!("schedule {}", s.schedule_id),
        What::ContactChanged(c) => format!("contact {} of client {}", c.contact_id, c.client_id),
        What::DirectoryChanged(d) => format!("directory entry {}", d.entry_id),
        What::ClientSettingsChanged(_) => "how clients are kept".to_owned(),
        What::LeadChanged(changed) => format!("lead {}", changed.lead_id),
        What::FeedPinsChanged(changed) => format!("what somebody pinned of client {}", changed.client_id),
    }
}

fn or_nobody(id: &str) -> &str {
    if id.is_empty() { "nobody" } else { id }
}

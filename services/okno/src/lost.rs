//! `okno lost`: what was changed after the backup that PostgreSQL was restored from.
//!
//! EVENTS still holds the events of the history that ended; the new history gives out their positions once more. What
//! customers wrote comes back from IN, and sent replies from their receipts; what staff decided is gone, and this is its
//! list.

use std::collections::HashMap;

use anyhow::{Context, anyhow};
use bus::{Bus, BusConfig};
use chrono::DateTime;
use contracts::live::{Event, event::What};
use runtime::Env;
use sqlx::PgPool;
use store::Schema;

use crate::chores::pool;

/// Reads EVENTS and both databases, and prints the list.
pub async fn run(env: &Env) -> anyhow::Result<()> {
    let url = env.require("OKNO_NATS_URL");
    let url = env.build(|| url)?;
    let pool = pool(env).await?;
    let bus = Bus::connect(&BusConfig { url, name: "lost".to_owned(), channel: None }).await?;
    let mut histories = Histories::default();
    read(&bus, |event| histories.meet(&event)).await?;
    histories.meet_present(&pool).await?;
    let mut count = 0;
    read(&bus, |event| {
        if histories.lost(&event) {
            count += 1;
            print_row(&event);
        }
    })
    .await?;
    println!("{count} changes are lost, as far as EVENTS goes back (a day)");
    Ok(())
}

async fn read(bus: &Bus, take: impl FnMut(Event)) -> anyhow::Result<()> {
    bus::each_event(bus, take).await.map_err(|error| anyhow!(error)).context("EVENTS cannot be read")
}

/// The epochs of each area in their order, each with the first position that it gave out.
#[derive(Default)]
struct Histories(HashMap<String, Vec<(String, u64)>>);

impl Histories {
    fn meet(&mut self, event: &Event) {
        self.add(&event.area, &event.epoch, event.position);
    }

    fn add(&mut self, area: &str, epoch: &str, first: u64) {
        let epochs = self.0.entry(area.to_owned()).or_default();
        if !epochs.iter().any(|(known, _)| known == epoch) {
            epochs.push((epoch.to_owned(), first));
        }
    }

    /// The present epoch may have published nothing yet.
    async fn meet_present(&mut self, pool: &PgPool) -> anyhow::Result<()> {
        for schema in [Schema::Inbox, Schema::Crm] {
            let (epoch, position) = store::event::head(pool, schema).await?;
            self.add(schema.name(), &epoch.to_string(), position + 1);
        }
        Ok(())
    }

    /// Whether a later epoch has begun at the event's position or before it.
    fn lost(&self, event: &Event) -> bool {
        let epochs = self.0.get(&event.area).map_or(&[][..], Vec::as_slice);
        let later = epochs.iter().skip_while(|(epoch, _)| *epoch != event.epoch).skip(1);
        later.into_iter().any(|(_, first)| *first <= event.position)
    }
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
    }
}

fn or_nobody(id: &str) -> &str {
    if id.is_empty() { "nobody" } else { id }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(epoch: &str, position: u64) -> Event {
        Event { area: "inbox".to_owned(), epoch: epoch.to_owned(), position, ..Event::default() }
    }

    #[test]
    fn only_what_a_later_history_gave_out_again_is_lost() {
        let mut histories = Histories::default();
        for (epoch, position) in [("a", 7), ("a", 8), ("a", 9), ("b", 9), ("b", 10)] {
            histories.meet(&event(epoch, position));
        }
        histories.add("inbox", "c", 11);
        histories.add("crm", "x", 1);
        let lost = |epoch, position| histories.lost(&event(epoch, position));
        assert!(!lost("a", 8) && lost("a", 9) && !lost("b", 9) && !lost("b", 10));
    }
}

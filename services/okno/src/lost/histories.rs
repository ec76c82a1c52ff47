//! Which events belong to a history that ended.

use std::collections::{HashMap, HashSet};

use contracts::live::Event;
use prost::Message;
use sqlx::PgPool;
use store::Schema;

/// The epochs of each area in their order, each with the first position that it gave out.
#[derive(Default)]
pub struct Histories {
    begun: HashMap<String, Vec<(String, u64)>>,
    /// The last position of each area and epoch that was met.
    last: HashMap<(String, String), u64>,
    /// The present epoch of each area and its head.
    present: HashMap<String, (String, u64)>,
    /// What the databases hold without a position: it was moved after the backup and will be moved again.
    waiting: HashSet<Vec<u8>>,
}

impl Histories {
    pub fn meet(&mut self, event: &Event) {
        self.add(&event.area, &event.epoch, event.position);
        let last = self.last.entry((event.area.clone(), event.epoch.clone())).or_default();
        *last = event.position.max(*last);
    }

    fn add(&mut self, area: &str, epoch: &str, first: u64) {
        let epochs = self.begun.entry(area.to_owned()).or_default();
        if !epochs.iter().any(|(known, _)| known == epoch) {
            epochs.push((epoch.to_owned(), first));
        }
    }

    /// What the databases say, once all events are met: an event is committed before it is published.
    pub async fn meet_present(&mut self, pool: &PgPool) -> anyhow::Result<()> {
        for schema in [Schema::Inbox, Schema::Crm] {
            let (epoch, head) = store::event::head(pool, schema).await?;
            self.is_at(schema.name(), &epoch.to_string(), head);
            self.waiting.extend(store::event::waiting(pool, schema).await?);
        }
        Ok(())
    }

    /// The present epoch may have published nothing yet.
    fn is_at(&mut self, area: &str, epoch: &str, head: u64) {
        self.add(area, epoch, head + 1);
        self.present.insert(area.to_owned(), (epoch.to_owned(), head));
    }

    /// Whether a later epoch has begun at the event's position or before it, or the present one has not come so far.
    pub fn lost(&self, event: &Event) -> bool {
        let epochs = self.begun.get(&event.area).map_or(&[][..], Vec::as_slice);
        let mut later = epochs.iter().skip_while(|(epoch, _)| *epoch != event.epoch).skip(1);
        later.any(|(_, first)| *first <= event.position) || self.is_above(event)
    }

    /// Above the head of its own epoch: nothing has run since the restore. What was published meanwhile is none of that.
    fn is_above(&self, event: &Event) -> bool {
        let last = self.last.get(&(event.area.clone(), event.epoch.clone()));
        let present = self.present.get(&event.area).filter(|(epoch, _)| *epoch == event.epoch);
        let above = present.is_some_and(|(_, head)| event.position > *head);
        above && last.is_some_and(|last| event.position <= *last) && !self.waiting.contains(&payload(event))
    }
}

/// The event as the outbox holds it.
fn payload(event: &Event) -> Vec<u8> {
    let (what, audience) = (event.what.clone(), event.audience.clone());
    Event { what, audience, traceparent: event.traceparent.clone(), ..Event::default() }.encode_to_vec()
}

#[cfg(test)]
mod tests {
    use contracts::live::{DraftChanged, event::What};

    use super::*;

    fn event(epoch: &str, position: u64) -> Event {
        Event { area: "inbox".to_owned(), epoch: epoch.to_owned(), position, ..Event::default() }
    }

    fn met(events: &[(&str, u64)]) -> Histories {
        let mut histories = Histories::default();
        events.iter().for_each(|(epoch, position)| histories.meet(&event(epoch, *position)));
        histories
    }

    #[test]
    fn only_what_a_later_history_gave_out_again_is_lost() {
        let mut histories = met(&[("a", 7), ("a", 8), ("a", 9), ("b", 9), ("b", 10)]);
        histories.is_at("inbox", "c", 10);
        histories.is_at("crm", "x", 0);
        let lost = |epoch, position| histories.lost(&event(epoch, position));
        assert!(!lost("a", 8) && lost("a", 9) && !lost("b", 9) && !lost("b", 10));
    }

    #[test]
    fn before_anything_runs_on_the_copy_what_lies_above_its_head_is_lost() {
        let mut histories = met(&[("a", 7), ("a", 8), ("a", 9)]);
        histories.is_at("inbox", "a", 7);
        let lost = |position| histories.lost(&event("a", position));
        assert!(!lost(7) && lost(8) && lost(9) && !lost(10), "10 was published after we looked");
    }

    #[test]
    fn what_the_copy_holds_without_a_position_is_not_lost() {
        let draft = |id: &str| What::DraftChanged(DraftChanged { conversation_id: id.to_owned(), ..<_>::default() });
        let changed = |position, id| Event { what: Some(draft(id)), ..event("a", position) };
        let mut histories = met(&[("a", 8), ("a", 9)]);
        histories.is_at("inbox", "a", 7);
        let nobody = contracts::live::Audience::default();
        histories.waiting.insert(store::event::encode_of(draft("one"), nobody, String::new()));
        assert!(histories.lost(&changed(9, "two")));
        let mut held = changed(8, "one");
        held.audience = Some(contracts::live::Audience::default());
        assert!(!histories.lost(&held));
    }
}

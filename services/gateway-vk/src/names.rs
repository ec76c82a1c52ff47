//! Names, which VK's events do not hold: facts carry `id77001` in their place until they were asked for.

use std::{
    collections::{BTreeSet, HashMap},
    time::Duration,
};

use gateway_kit::words::clean;
use parking_lot::Mutex;
use tokio::time::Instant;

use crate::{
    address::is_chat,
    client::Client,
    error::CallError,
    wire::{Conversation, Groups, Items, User},
};

const KEPT: Duration = Duration::from_secs(3600);
const MOST: usize = 20_000;
/// Of one question; `users.get` takes 1000.
const ASKED: usize = 200;

/// What stands where a name is not known yet: the end of the address of the person's or community's page.
pub fn place_of(id: i64) -> String {
    if id < 0 { format!("club{}", id.unsigned_abs()) } else { format!("id{id}") }
}

/// The id of a place without a name.
pub fn id_of(place: &str) -> Option<i64> {
    let number = |digits: &str| digits.parse::<i64>().ok().filter(|id| *id > 0);
    match place.strip_prefix("club") {
        Some(digits) => number(digits).map(|id| -id),
        None => number(place.strip_prefix("id")?),
    }
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Name {
    pub name: String,
    /// `""`: none of their own choice.
    pub screen_name: String,
}

/// What was asked for within the last hour.
#[derive(Default)]
pub struct Names(Mutex<HashMap<i64, (Name, Instant)>>);

impl Names {
    pub fn known(&self, id: i64) -> Option<Name> {
        let known = self.0.lock();
        known.get(&id).filter(|(_, at)| at.elapsed() < KEPT).map(|(name, _)| name.clone())
    }

    /// Asks for those that are not known. A name is a comfort: what cannot be had stays away.
    pub async fn learn(&self, client: &Client, ids: impl IntoIterator<Item = i64>) {
        let missing: BTreeSet<i64> = ids.into_iter().filter(|id| self.known(*id).is_none()).take(ASKED).collect();
        let (chats, others): (Vec<_>, Vec<_>) = missing.into_iter().partition(|id| is_chat(*id));
        let (people, groups): (Vec<_>, Vec<_>) = others.into_iter().partition(|id| *id > 0);
        let asking =
            async { tokio::join!(users(client, &people), communities(client, &groups), talks(client, &chats)) };
        let Ok((people, groups, chats)) = tokio::time::timeout(client.deadlines.aside, asking).await else {
            tracing::debug!("the names of customers are not to be had in time");
            return;
        };
        for found in [people, groups, chats] {
            match found {
                Ok(found) => self.keep(found),
                Err(error) => tracing::debug!(%error, "the names of customers are not to be had"),
            }
        }
    }

    fn keep(&self, found: Vec<(i64, Name)>) {
        let mut known = self.0.lock();
        if known.len() > MOST {
            known.clear();
        }
        let now = Instant::now();
        known.extend(found.into_iter().map(|(id, name)| (id, (name, now))));
    }
}

type Found = Result<Vec<(i64, Name)>, CallError>;

async fn users(client: &Client, ids: &[i64]) -> Found {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let params = [("user_ids", joined(ids)), ("fields", "screen_name".to_owned())];
    let users: Vec<User> = client.call_within(client.deadlines.aside, "users.get", &params).await?;
    Ok(users.into_iter().map(|user| (user.id, name_of(&user))).collect())
}

fn name_of(user: &User) -> Name {
    let parts = [&user.first_name, &user.last_name].map(|part| part.as_deref().unwrap_or_default());
    let screen_name = clean(user.screen_name.as_deref().unwrap_or_default(), 64);
    let own = screen_name != place_of(user.id);
    Name { name: clean(&parts.join(" "), 200), screen_name: if own { screen_name } else { String::new() } }
}

async fn communities(client: &Client, ids: &[i64]) -> Found {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<_> = ids.iter().map(|id| -id).collect();
    let params = [("group_ids", joined(&ids))];
    let found: Groups = client.call_within(client.deadlines.aside, "groups.getById", &params).await?;
    let name = |text: Option<String>| Name { name: clean(&text.unwrap_or_default(), 200), ..Name::default() };
    Ok(found.groups.into_iter().map(|group| (-group.id, name(group.name))).collect())
}

async fn talks(client: &Client, ids: &[i64]) -> Found {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let params = [("peer_ids", joined(ids)), client.group_param()];
    let method = "messages.getConversationsById";
    let found: Items<Conversation> = client.call_within(client.deadlines.aside, method, &params).await?;
    let titled = |talk: Conversation| {
        let title = talk.chat_settings.and_then(|settings| settings.title).unwrap_or_default();
        Some((talk.peer?.id, Name { name: clean(&title, 200), ..Name::default() }))
    };
    Ok(found.items.into_iter().filter_map(titled).collect())
}

fn joined(ids: &[i64]) -> String {
    ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_without_a_name_reads_back() {
        for id in [1, 77_001, -5] {
            assert_eq!(id_of(&place_of(id)), Some(id));
        }
        for text in ["", "id", "idx", "id-5", "club", "Анна", "id0"] {
            assert_eq!(id_of(text), None, "{text}");
        }
    }
}

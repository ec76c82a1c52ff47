use std::sync::Arc;

use serde_json::{Value, json};

use super::{
    person::Person,
    state::{Group, Shared},
};

pub(super) const RIGHTS: [&str; 4] = ["messages", "manage", "photos", "docs"];

/// A community, and its staff who write in VK itself.
#[derive(Debug, Clone)]
pub struct Community {
    shared: Arc<Shared>,
    id: i64,
}

impl Community {
    pub(super) fn make(shared: &Arc<Shared>) -> Self {
        let mut world = shared.world();
        let id = 2_200_300 + world.groups.len() as i64;
        let token = format!("vk1.a.Test_key-of_a_community_that_is_a_fake_{id}");
        let group = Group { id, token, rights: RIGHTS.into(), bot_features: true, ..Group::default() };
        world.groups.insert(id, group);
        Self { shared: shared.clone(), id }
    }

    pub fn id(&self) -> i64 {
        self.id
    }

    pub fn token(&self) -> String {
        self.shared.world().group(self.id).token.clone()
    }

    /// Somebody who can write to the community; writing is what lets it answer.
    pub fn person(&self, id: i64, first_name: &str) -> Person {
        let user = json!({
            "id": id, "first_name": first_name, "last_name": "Тестова", "screen_name": format!("test_{id}"),
            "can_access_closed": true, "is_closed": false,
        });
        self.shared.world().users.insert(id, user);
        Person::new(self.shared.clone(), self.id, id)
    }

    /// The key is taken back: from now on it is unknown.
    pub fn revoke_key(&self) {
        self.shared.world().group(self.id).token.push_str("-new");
    }

    pub fn set_rights(&self, rights: &[&'static str]) {
        self.shared.world().group(self.id).rights = rights.to_vec();
    }

    /// Switches what bots may do: without it keyboards are refused.
    pub fn set_bot_features(&self, on: bool) {
        self.shared.world().group(self.id).bot_features = on;
    }

    /// A colleague answers in VK itself, or (`admin` 0) VK's automatic greeting does; gives its number.
    pub fn staff_writes(&self, peer: i64, admin: i64, text: &str) -> i64 {
        let mut world = self.shared.world();
        let mut fields = json!({ "from_id": -self.id, "out": 1, "text": text });
        if admin > 0 {
            fields["admin_author_id"] = admin.into();
        }
        let message = world.group(self.id).add(peer, fields);
        let number = message["conversation_message_id"].as_i64().unwrap_or_default();
        self.shared.emit(&mut world, self.id, "message_reply", message);
        number
    }

    /// Something else happens that events tell of.
    pub fn emit(&self, kind: &str, object: Value) {
        let mut world = self.shared.world();
        self.shared.emit(&mut world, self.id, kind, object);
    }

    /// The long poll's key expires, as it does each hour.
    pub fn expire_poll_key(&self) {
        self.shared.world().group(self.id).poll.key += 1;
    }

    /// The long poll forgets what nobody has read: `failed` 1.
    pub fn forget_events(&self) {
        let mut world = self.shared.world();
        let poll = &mut world.group(self.id).poll;
        poll.first = poll.log.len();
    }

    /// The long poll loses its information: `failed` 3.
    pub fn lose_events(&self) {
        let mut world = self.shared.world();
        let poll = &mut world.group(self.id).poll;
        poll.is_lost = true;
        poll.key += 1;
        poll.first = poll.log.len();
    }

    /// Addresses of the callback servers, and their status.
    pub fn servers(&self) -> Vec<(String, String)> {
        let mut world = self.shared.world();
        world.group(self.id).servers.iter().map(|server| (server.url.clone(), server.status.to_owned())).collect()
    }

    /// Answers to pressed buttons, as `messages.sendMessageEventAnswer` had them.
    pub fn button_answers(&self) -> Vec<Value> {
        self.shared.world().group(self.id).answers.clone()
    }
}

use contracts::channel::{
    ConversationStarted, Deletion, Edit, Inbound, Message as Said, Own, OwnEcho, Peer, Reaction, Source, inbound::Body,
};
use gateway_kit::words::{clean, fit, storable};
use prost::Message as _;

use super::{content, peer, time};
use crate::{
    address::short_hash,
    wire::{Contact, Message, Referral},
};

/// Free replies are possible for so long after the person's last message
/// (<https://developers.facebook.com/documentation/business-messaging/whatsapp/messages/send-messages>, read 2026-11-26).
const WINDOW_SECONDS: i64 = 24 * 3600;

type MayBeFact = Result<Option<Inbound>, String>;

/// What stands around the messages of one change.
pub struct From<'a> {
    /// The WhatsApp Business account, in which user ids mean something.
    pub business: &'a str,
    pub contacts: &'a [Contact],
}

impl From<'_> {
    /// A message of a person.
    pub fn received(&self, message: Message) -> MayBeFact {
        let contact = self.contact(&message);
        let peer = peer::of_message(&message, contact, self.business)?;
        check(&message)?;
        let fact = self.changes(&message, &peer);
        if let Some(fact) = fact {
            return Ok(Some(fact));
        }
        if message.kind == "request_welcome" {
            return Ok(Some(fact_of(
                &message,
                "start",
                peer,
                Body::ConversationStarted(ConversationStarted::default()),
            )));
        }
        let is_system = message.kind == "system";
        let content = content::of_message(&message, contact);
        let peer = content::shared_own_phone(&message, peer);
        let fact = fact_of(&message, "msg", peer, Body::Message(Said { content: Some(content) }));
        if is_system {
            return Ok(Some(fact));
        }
        let reply_until =
            message.timestamp.checked_add(WINDOW_SECONDS).and_then(time).filter(|_| fact.sent_on.is_some());
        Ok(Some(Inbound { reply_until, source: message.referral.as_ref().map(source), ..fact }))
    }

    /// What our side wrote in the WhatsApp Business app.
    pub fn echoed(&self, message: Message) -> MayBeFact {
        let peer = peer::of_echo(&message, self.business)?;
        check(&message)?;
        if let Some(fact) = self.changes(&message, &peer).filter(|fact| !matches!(fact.body, Some(Body::Reaction(_)))) {
            return Ok(Some(fact));
        }
        if message.kind == "reaction" {
            return Ok(None); // Ours, set elsewhere: router knows no such fact.
        }
        let content = Some(content::of_message(&message, None));
        let echo = OwnEcho { own: Own::No.into(), content, author_name: String::new() };
        Ok(Some(fact_of(&message, "echo", peer, Body::OwnEcho(echo))))
    }

    /// Whoever wrote a message: found by phone or user id, or the only one there is.
    fn contact(&self, message: &Message) -> Option<&Contact> {
        let same = |a: &Option<String>, b: &Option<String>| a.is_some() && a == b;
        let theirs =
            |contact: &&Contact| same(&contact.wa_id, &message.from) || same(&contact.user_id, &message.from_user_id);
        let found = self.contacts.iter().find(theirs);
        let only = || self.contacts.first().filter(|_| self.contacts.len() == 1 && message.group_id.is_none());
        found.or_else(only)
    }

    /// A message that changes another one.
    fn changes(&self, message: &Message, peer: &Peer) -> Option<Inbound> {
        let body = &message.body;
        let (kind, original, body) = match message.kind.as_str() {
            "reaction" => {
                let reaction = body.reaction.as_ref()?;
                ("react", &reaction.message_id, Body::Reaction(reaction_now(reaction.emoji.as_deref())))
            }
            "revoke" => ("del", &body.revoke.as_ref()?.original_message_id, Body::Deletion(Deletion::default())),
            "edit" => {
                let edit = body.edit.as_ref()?;
                let content = Some(content::of_edit(&edit.message));
                let edited = Edit { content, edited_at: time(message.timestamp) };
                ("edit", &edit.original_message_id, Body::Edit(edited))
            }
            _ => return None,
        };
        let original = fit(original.clone());
        let version = match &body {
            Body::Edit(edit) => format!(":{}", short_hash(&edit.encode_to_vec())),
            _ => String::new(),
        };
        let key = match kind {
            "edit" => format!("edit:{original}:{}{version}", message.timestamp),
            "del" => format!("del:{original}"),
            _ => format!("react:{}", message.id),
        };
        let fact = fact_of(message, kind, peer.clone(), body);
        Some(Inbound { key: fit(key), message_key: original, refers_to: Vec::new(), ..fact })
    }
}

fn reaction_now(emoji: Option<&str>) -> Reaction {
    let emoji = emoji.map(storable).filter(|emoji| !emoji.is_empty());
    Reaction { emojis: emoji.into_iter().map(|emoji| clean(&emoji, 20)).collect() }
}

fn fact_of(message: &Message, kind: &str, peer: Peer, body: Body) -> Inbound {
    let answered = message.context.as_ref().and_then(|context| context.id.clone()).filter(|id| !id.is_empty());
    Inbound {
        key: fit(format!("{kind}:{}", message.id)),
        sent_on: time(message.timestamp),
        shown_at: time(message.timestamp),
        refers_to: answered.map(fit).into_iter().collect(),
        message_key: fit(message.id.clone()),
        peer: Some(peer),
        body: Some(body),
        ..Inbound::default()
    }
}

fn check(message: &Message) -> Result<(), String> {
    if message.id.is_empty() { Err("a message without an id".into()) } else { Ok(()) }
}

/// The advertisement or post with a button that opens WhatsApp.
fn source(referral: &Referral) -> Source {
    let told = |text: &Option<String>, most| text.as_deref().map(|text| clean(text, most)).unwrap_or_default();
    let fields = [
        ("ctwa_clid", &referral.ctwa_clid),
        ("source_id", &referral.source_id),
        ("source_type", &referral.source_type),
        ("headline", &referral.headline),
        ("body", &referral.body),
        ("media_type", &referral.media_type),
    ];
    let fields = fields.map(|(name, value)| (name.to_owned(), told(value, 500)));
    let click = told(&referral.ctwa_clid, 500);
    Source {
        kind: "ctwa".into(),
        r#ref: if click.is_empty() { told(&referral.source_id, 200) } else { click },
        url: told(&referral.source_url, 1000),
        fields: fields.into_iter().filter(|(_, value)| !value.is_empty()).collect(),
    }
}

//! What VK's events lack and has to be asked for: names, and the rest of messages that were cut.

use contracts::channel::{Alias, AliasKind, Content, Inbound, Peer, inbound::Body};
use gateway_kit::ProviderError;
use tracing::warn;

use crate::{
    address::{MessageKey, is_chat},
    client::Client,
    error::{self, CallError},
    names::{Names, id_of},
    normalize::{
        full_content,
        message::{natural_key, of_new},
    },
    wire::{Event, Items, Message},
};

/// Completes the facts of one delivery. Keys and dates stay.
pub async fn delivery(
    client: &Client,
    names: &Names,
    delivery: &[u8],
    facts: Vec<Inbound>,
) -> Result<Vec<Inbound>, ProviderError> {
    let mut facts = whole(client, delivery, facts).await.map_err(error::provider)?;
    name(client, names, &mut facts).await;
    Ok(facts)
}

/// Asks for the rest of a message that was cut. Where VK refuses it, the part that is there goes on as it is: held back,
/// it would hold everything else back, and VK would stop delivering.
pub async fn whole(client: &Client, delivery: &[u8], mut facts: Vec<Inbound>) -> Result<Vec<Inbound>, CallError> {
    let Some(key) = cropped(delivery) else { return Ok(facts) };
    match message(client, key).await {
        Ok(found) => {
            let whole = found.as_ref().map(full_content);
            facts.iter_mut().for_each(|fact| replace(fact, whole.as_ref()));
        }
        Err(error) if error.is_temporary() => return Err(error),
        Err(error) => warn!(%error, "the rest of a message that VK has cut cannot be had"),
    }
    Ok(facts)
}

/// The message that this delivery shows only in part.
fn cropped(delivery: &[u8]) -> Option<MessageKey> {
    let event: Event = serde_json::from_slice(delivery).ok()?;
    if !matches!(event.kind.as_str(), "message_new" | "message_reply" | "message_edit") {
        return None;
    }
    let message = of_new(event.object).ok()?.message;
    if message.is_cropped == Some(true) { natural_key(&message).ok() } else { None }
}

/// A message as it is now; `None`: it is gone.
pub async fn message(client: &Client, key: MessageKey) -> Result<Option<Message>, CallError> {
    let params =
        [("peer_id", key.peer.to_string()), ("conversation_message_ids", key.cmid.to_string()), client.group_param()];
    let found: Items<Message> =
        client.call_within(client.deadlines.aside, "messages.getByConversationMessageId", &params).await?;
    Ok(found.items.into_iter().next().map(|message| Message { peer_id: key.peer, ..message }))
}

fn replace(fact: &mut Inbound, whole: Option<&Content>) {
    if let (Some(content), Some(whole)) = (content_of(fact), whole) {
        whole.clone_into(content);
    }
}

fn content_of(fact: &mut Inbound) -> Option<&mut Content> {
    match fact.body.as_mut()? {
        Body::Message(message) => message.content.as_mut(),
        Body::Edit(edit) => edit.content.as_mut(),
        Body::OwnEcho(echo) => echo.content.as_mut(),
        _ => None,
    }
}

/// Puts names where facts have only ids.
pub async fn name(client: &Client, names: &Names, facts: &mut [Inbound]) {
    let ids: Vec<_> = facts.iter_mut().flat_map(unnamed).collect();
    names.learn(client, ids).await;
    for fact in facts {
        if let Some(peer) = &mut fact.peer {
            name_peer(names, peer);
        }
        let several = fact.peer.as_ref().and_then(|peer| peer.address.parse().ok()).is_some_and(is_chat);
        if let Some(Body::OwnEcho(echo)) = &mut fact.body {
            put(names, &mut echo.author_name);
        }
        if let Some(content) = content_of(fact) {
            name_in(names, content, several);
        }
    }
}

fn unnamed(fact: &mut Inbound) -> Vec<i64> {
    let peer = fact.peer.as_ref().and_then(|peer| peer.address.parse().ok());
    let author = match &fact.body {
        Some(Body::OwnEcho(echo)) => id_of(&echo.author_name),
        _ => None,
    };
    let mut ids: Vec<i64> = peer.into_iter().chain(author).collect();
    if let Some(content) = content_of(fact) {
        ids.extend(id_of(&content.forwarded_from));
        ids.extend(content.event_args.iter().filter_map(|arg| id_of(arg)));
        let lines = [&content.text, &content.event_text, &content.quote_text].into_iter().flat_map(|text| text.lines());
        ids.extend(lines.filter_map(|line| id_of(line.split_once(':')?.0)).take(20));
    }
    ids
}

fn name_peer(names: &Names, peer: &mut Peer) {
    let Some(known) = peer.address.parse().ok().and_then(|id| names.known(id)) else { return };
    peer.display_name = known.name;
    let alias = |value| Alias { kind: AliasKind::Username.into(), value, claimed: false };
    peer.aliases = Some(known.screen_name).filter(|name| !name.is_empty()).map(alias).into_iter().collect();
}

fn name_in(names: &Names, content: &mut Content, several: bool) {
    put(names, &mut content.forwarded_from);
    content.event_args.iter_mut().for_each(|arg| put(names, arg));
    content.quote_text = each_line(names, &content.quote_text);
    if several {
        put_first(names, &mut content.text);
        content.event_text = each_part(names, &content.event_text);
    }
}

fn put(names: &Names, place: &mut String) {
    if let Some(known) = id_of(place).and_then(|id| names.known(id)).filter(|known| !known.name.is_empty()) {
        *place = known.name;
    }
}

/// The author before the colon; what people wrote themselves stays as it is.
fn put_first(names: &Names, text: &mut String) {
    let Some((author, rest)) = text.split_once(':') else { return };
    let mut author = author.to_owned();
    put(names, &mut author);
    *text = format!("{author}:{rest}");
}

/// "id77001: Invited: id77003".
fn each_part(names: &Names, text: &str) -> String {
    let named = text.split(": ").map(|part| {
        let mut part = part.to_owned();
        put(names, &mut part);
        part
    });
    named.collect::<Vec<_>>().join(": ")
}

fn each_line(names: &Names, text: &str) -> String {
    let named = text.lines().map(|line| {
        let mut line = line.to_owned();
        put_first(names, &mut line);
        line
    });
    named.collect::<Vec<_>>().join("\n")
}

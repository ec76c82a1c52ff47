//! Whose phone it is. MAX signs the card that a person gives by the button "share my contact" with the bot's token; a
//! card without that may be anybody's out of the address book
//! (<https://dev.max.ru/docs-api>, read 2026-11-26; the exact form is that of public clients).

use contracts::channel::{AliasKind, Inbound};
use ring::hmac;
use serde::Deserialize;

use super::content::phones;
use crate::wire::{Message, Payload};

/// The numbers that a delivery proves to be its sender's.
pub fn phones_of(delivery: &[u8], key: &hmac::Key) -> Vec<String> {
    #[derive(Deserialize)]
    struct Delivery {
        message: Message,
    }
    let Ok(Delivery { message }) = serde_json::from_slice(delivery) else { return Vec::new() };
    let attachments = message.body.into_iter().flat_map(|body| body.attachments);
    let cards = attachments.filter(|one| one.kind == "contact").filter_map(|one| one.payload);
    cards.filter(|card| is_proven(card, key)).flat_map(|card| phones(&card.vcf_info.unwrap_or_default())).collect()
}

/// Lower-case hex of HMAC-SHA256 over the card exactly as JSON gives it, keyed by the token; compared in constant time.
fn is_proven(card: &Payload, key: &hmac::Key) -> bool {
    let (Some(card), Some(hash)) = (&card.vcf_info, &card.hash) else { return false };
    hex::decode(hash).is_ok_and(|tag| hmac::verify(key, card.as_bytes(), &tag).is_ok())
}

/// Makes what was claimed known, where it is proven.
pub fn mark(facts: &mut [Inbound], proven: &[String]) {
    let aliases = facts.iter_mut().filter_map(|fact| fact.peer.as_mut()).flat_map(|peer| &mut peer.aliases);
    for alias in aliases.filter(|alias| alias.kind() == AliasKind::Phone && proven.contains(&alias.value)) {
        alias.claimed = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CARD: &str = "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Анна\r\nTEL;TYPE=cell:+70001234567\r\nEND:VCARD\r\n";

    fn delivery(hash: &str) -> Vec<u8> {
        let contact = serde_json::json!({ "type": "contact", "payload": { "vcf_info": CARD, "hash": hash } });
        let message = serde_json::json!({ "recipient": { "chat_id": 1 }, "body": { "attachments": [contact] } });
        serde_json::json!({ "message": message }).to_string().into_bytes()
    }

    #[test]
    fn only_a_card_signed_with_this_bots_token_proves_a_phone() {
        let key = hmac::Key::new(hmac::HMAC_SHA256, b"the token");
        let hash = hex::encode(hmac::sign(&key, CARD.as_bytes()));
        assert_eq!(phones_of(&delivery(&hash), &key), ["+70001234567"]);
        let other = hmac::Key::new(hmac::HMAC_SHA256, b"another token");
        assert!(phones_of(&delivery(&hash), &other).is_empty());
        assert!(phones_of(&delivery(""), &key).is_empty());
        assert!(phones_of(&delivery("not hex"), &key).is_empty());
        assert!(phones_of(b"{", &key).is_empty());
    }
}

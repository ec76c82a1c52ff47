//! Who is on the other side of a letter.

use contracts::channel::{Alias, AliasKind, Peer};
use gateway_kit::words::clean;
use letter::{Letter, Mailbox};

use super::report;
use crate::wire::Place;

/// Of an address, in bytes; a longer one is none that a server would take (RFC 5321 has 254).
const ADDRESS_BYTES: usize = 256;
const NAME: usize = 200;

pub struct People {
    pub peer: Peer,
    /// The letter was written on our side.
    pub is_ours: bool,
    /// Who of us.
    pub author: String,
}

/// `None`: nobody is there.
pub fn of(place: &Place, letter: &Letter) -> Option<People> {
    let author = letter.from.first().or(letter.sender.as_ref()).filter(|who| is_address(who));
    let others = letter.to.iter().chain(&letter.cc).chain(&letter.bcc);
    let other = others.into_iter().find(|who| is_address(who) && !is(who, &place.mailbox));
    // Anybody can write our address into `From`: where there is a folder of what was sent, only that is believed.
    let from_us = place.is_mixed && author.is_some_and(|who| is(who, &place.mailbox));
    let is_ours = (place.is_sent || from_us) && other.is_some();
    if is_ours {
        let author = author.map_or(String::new(), |who| clean(&who.name, NAME));
        return Some(People { peer: peer(other?, None), is_ours, author });
    }
    // What a server tells of a letter belongs to the person whom that was for.
    if let Some(address) = report::recipient(letter).filter(|_| report::original(letter).is_some()) {
        let who = Mailbox { address: address.to_owned(), ..Mailbox::default() };
        if is_address(&who) {
            return Some(People { peer: peer(&who, None), is_ours: false, author: String::new() });
        }
    }
    let reply_to = letter.reply_to.first().filter(|who| is_address(who));
    Some(People { peer: peer(author.or(other)?, reply_to), is_ours: false, author: String::new() })
}

fn peer(who: &Mailbox, reply_to: Option<&Mailbox>) -> Peer {
    let address = who.address.to_lowercase();
    let name = clean(&who.name, NAME);
    let reply_address = reply_to.map(|to| to.address.to_lowercase()).filter(|to| *to != address);
    let alias = Alias { kind: AliasKind::Email.into(), value: address.clone(), claimed: false };
    Peer {
        display_name: if name.is_empty() { address.clone() } else { name },
        aliases: vec![alias],
        reply_address: reply_address.unwrap_or_default(),
        address,
        ..Peer::default()
    }
}

fn is_address(who: &Mailbox) -> bool {
    let address = who.address.to_lowercase();
    address.len() <= ADDRESS_BYTES
        && address.contains('@')
        && !address.contains(|c: char| c.is_control() || c.is_whitespace())
}

fn is(who: &Mailbox, address: &str) -> bool {
    who.address.eq_ignore_ascii_case(address)
}

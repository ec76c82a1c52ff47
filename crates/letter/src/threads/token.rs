//! Reply tokens: signed, so that nobody makes one up, and in letters that every mail server keeps: local parts get lower-cased.

use ring::hmac;
use uuid::Uuid;

use crate::Letter;

const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
/// Bytes of the signature: a guess hits once in 2^40.
const SIGNATURE: usize = 5;
/// Characters of a token: 21 bytes, five bits each.
const CHARACTERS: usize = 34;
/// Where the address reached us, as mail servers note it; senders' programs write only the first two.
const RECIPIENTS: [&str; 6] = ["to", "cc", "delivered-to", "x-original-to", "envelope-to", "x-envelope-to"];
const REPLY: &str = "r-";

/// Makes and reads tokens of conversations.
#[derive(Debug, Clone)]
pub struct Tokens(hmac::Key);

impl Tokens {
    /// `key` is a secret of the account, of at least 32 bytes.
    #[must_use]
    pub fn new(key: &[u8]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, key))
    }

    /// 34 characters of `a-z2-7`.
    #[must_use]
    pub fn token(&self, conversation: Uuid) -> String {
        let signature = hmac::sign(&self.0, conversation.as_bytes());
        base32(&[conversation.as_bytes().as_slice(), &signature.as_ref()[..SIGNATURE]].concat())
    }

    /// `None` for what we never made.
    #[must_use]
    pub fn read(&self, token: &str) -> Option<Uuid> {
        let token = token.to_ascii_lowercase();
        let id = Uuid::from_slice(unbase32(&token)?.get(..16)?).ok()?;
        let made = self.token(id);
        // Every character is looked at, whatever the first ones are.
        let differs = made.bytes().zip(token.bytes()).fold(0, |differs, (a, b)| differs | (a ^ b));
        (differs == 0).then_some(id)
    }

    /// The conversation that a token in a recipient's address names, else one in the subject.
    #[must_use]
    pub fn conversation(&self, letter: &Letter) -> Option<Uuid> {
        let by_address = plus_tokens(letter).iter().find_map(|token| self.read(token));
        by_address.or_else(|| self.read(subject_token(&letter.subject)?))
    }
}

/// `support@example.com` with a token: `support+r-<token>@example.com`.
#[must_use]
pub fn plus_addressed(address: &str, token: &str) -> Option<String> {
    let (local, domain) = address.rsplit_once('@')?;
    Some(format!("{local}+{REPLY}{token}@{domain}"))
}

/// What may be tokens in the addresses that a letter reached us by.
#[must_use]
pub fn plus_tokens(letter: &Letter) -> Vec<String> {
    let values = RECIPIENTS.iter().flat_map(|name| letter.headers.all(name)).map(str::to_ascii_lowercase);
    let behind = |value: String| value.split(&format!("+{REPLY}")).skip(1).map(str::to_owned).collect::<Vec<_>>();
    values.flat_map(behind).filter_map(|rest| rest.get(..CHARACTERS).map(str::to_owned)).collect()
}

/// The token of `[#<token>]` in a subject.
#[must_use]
pub fn subject_token(subject: &str) -> Option<&str> {
    let mut inside = subject.split("[#").skip(1).filter_map(|rest| rest.split_once(']')).map(|(token, _)| token.trim());
    inside.find(|token| token.len() == CHARACTERS && token.bytes().all(|byte| byte.is_ascii_alphanumeric()))
}

fn base32(bytes: &[u8]) -> String {
    let bit = |at: usize| bytes.get(at / 8).map_or(0, |byte| usize::from(byte >> (7 - at % 8) & 1));
    let five = |start: usize| (0..5).fold(0, |value, at| value << 1 | bit(start + at));
    (0..bytes.len() * 8).step_by(5).map(|start| char::from(ALPHABET[five(start)])).collect()
}

fn unbase32(text: &str) -> Option<Vec<u8>> {
    let (mut bytes, mut held, mut bits) = (Vec::new(), 0_u32, 0);
    for letter in text.bytes().take(CHARACTERS) {
        let value = ALPHABET.iter().position(|known| *known == letter)?;
        (held, bits) = (held << 5 | u32::try_from(value).ok()?, bits + 5);
        if bits >= 8 {
            bits -= 8;
            bytes.push(u8::try_from(held >> bits & 0xff).ok()?);
            held &= (1 << bits) - 1;
        }
    }
    (text.len() == CHARACTERS).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Limits, parse};

    fn tokens() -> Tokens {
        Tokens::new(&[7; 32])
    }

    fn letter(head: &str) -> Letter {
        parse(format!("{head}\r\n\r\n").as_bytes(), &Limits::default()).unwrap()
    }

    #[test]
    fn a_token_comes_back_by_address_and_by_subject() {
        let id = Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0042);
        let token = tokens().token(id);
        let address = plus_addressed("support@example.com", &token).unwrap();
        assert_eq!(
            tokens().conversation(&letter(&format!("To: a@example.org, <{}>", address.to_uppercase()))),
            Some(id)
        );
        assert_eq!(tokens().conversation(&letter(&format!("Delivered-To: {address}"))), Some(id));
        assert_eq!(tokens().conversation(&letter(&format!("Subject: Re: [#{token}] a"))), Some(id));
    }

    #[test]
    fn nobody_makes_one_up() {
        let token = tokens().token(Uuid::from_u128(1));
        for at in 0..CHARACTERS - 1 {
            let mut other = token.clone().into_bytes();
            other[at] = if other[at] == b'a' { b'b' } else { b'a' };
            assert_eq!(tokens().read(&String::from_utf8(other).unwrap()), None, "{at}");
        }
        assert_eq!(Tokens::new(&[8; 32]).read(&token), None);
        assert_eq!(tokens().read(&token[1..]), None);
        assert_eq!(tokens().read(""), None);
    }
}

//! Ids of our own letters: `okno.<conversation>.<message>@domain`. An answer brings the conversation even when every letter in
//! between is missing.

use uuid::Uuid;

/// What an id of ours says. Ids are forgeable: whether the message is of this conversation is to be looked up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Own {
    pub conversation: Uuid,
    pub message: Uuid,
}

/// The id of our letter, without brackets. It depends on what is sent, so that a repeat has the same one.
#[must_use]
pub fn own_id(conversation: Uuid, message: Uuid, domain: &str) -> String {
    let domain: String =
        domain.chars().filter(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '.' | '-')).collect();
    let domain = if domain.is_empty() { "localhost" } else { &domain };
    format!("okno.{}.{}@{domain}", conversation.simple(), message.simple())
}

/// Reads an id of ours; some programs change its case.
#[must_use]
pub fn read_own_id(id: &str) -> Option<Own> {
    let (local, _) = id.trim_matches(['<', '>', ' ']).split_once('@')?;
    let mut parts = local.split('.');
    let (mark, conversation, message) = (parts.next()?, parts.next()?, parts.next()?);
    let is_ours = mark.eq_ignore_ascii_case("okno") && parts.next().is_none();
    is_ours.then_some(Own { conversation: simple(conversation)?, message: simple(message)? })
}

fn simple(text: &str) -> Option<Uuid> {
    (text.len() == 32).then(|| Uuid::try_parse(text).ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_of_ours_is_read_back() {
        let own = Own { conversation: Uuid::from_u128(1 << 100), message: Uuid::from_u128(9) };
        let id = own_id(own.conversation, own.message, "exa mple.com\r\n");
        assert_eq!(read_own_id(&format!("<{}>", id.to_uppercase())), Some(own));
        assert!(id.ends_with("@example.com"));
        for other in [
            "",
            "okno.1.2@x",
            "a@b",
            "okno.0.0",
            "xokno.00000000000000000000000000000001.00000000000000000000000000000001@x",
        ] {
            assert_eq!(read_own_id(other), None);
        }
    }
}

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use contracts::errors::ErrorReason;
use ring::digest::{Context, SHA256};
use serde::{Serialize, de::DeserializeOwned};
use tonic::{Code, Status};

use crate::{invalid_field, status};

const SEAL: usize = 12;

/// What a page token belongs to: the method and everything that shapes its list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fingerprint([u8; 32]);

impl Fingerprint {
    /// `query` holds all filters and the order, but neither page size nor token; a tuple will do.
    #[must_use]
    pub fn of(method: &str, query: &impl Serialize) -> Self {
        let mut context = Context::new(&SHA256);
        context.update(method.as_bytes());
        context.update(&[0]);
        context.update(&serde_json::to_vec(query).unwrap_or_default()); // plain data always serializes
        let mut hash = [0; 32];
        hash.copy_from_slice(context.finish().as_ref());
        Self(hash)
    }

    fn seal(&self, cursor: &[u8]) -> [u8; SEAL] {
        let mut context = Context::new(&SHA256);
        context.update(&self.0);
        context.update(cursor);
        let mut seal = [0; SEAL];
        seal.copy_from_slice(&context.finish().as_ref()[..SEAL]);
        seal
    }
}

/// Where the next page begins. Opaque to callers and bound to its query; not a secret, for sight is decided in SQL.
pub struct PageToken;

impl PageToken {
    /// `cursor` is what the last row of the page was ordered by.
    #[must_use]
    pub fn encode(query: &Fingerprint, cursor: &impl Serialize) -> String {
        let cursor = serde_json::to_vec(cursor).unwrap_or_default(); // plain data always serializes
        URL_SAFE_NO_PAD.encode([query.seal(&cursor).as_slice(), &cursor].concat())
    }

    /// `None` for the first page: an empty token.
    ///
    /// # Errors
    /// INVALID_ARGUMENT (`PAGE_TOKEN`) when the token is of another query, or none of ours.
    pub fn decode<C: DeserializeOwned>(query: &Fingerprint, token: &str) -> Result<Option<C>, Status> {
        if token.is_empty() {
            return Ok(None);
        }
        let bytes = URL_SAFE_NO_PAD.decode(token).map_err(|_| foreign())?;
        let (seal, cursor) = bytes.split_at_checked(SEAL).ok_or_else(foreign)?;
        if seal != query.seal(cursor) {
            return Err(foreign());
        }
        serde_json::from_slice(cursor).map(Some).map_err(|_| foreign())
    }
}

fn foreign() -> Status {
    status(Code::InvalidArgument, ErrorReason::PageToken, &"page_token belongs to another query")
}

/// How many rows to give: 0 means `default`, more than `most` is lowered to it.
///
/// # Errors
/// INVALID_ARGUMENT when it is negative.
pub fn page_size(requested: i32, default: u16, most: u16) -> Result<u16, Status> {
    match requested {
        ..0 => Err(invalid_field("page_size", "is negative")),
        0 => Ok(default),
        n => Ok(u16::try_from(n).unwrap_or(most).min(most)),
    }
}

/// Cuts rows that were asked for as `limit page_size + 1`: the page, and the token of the next one, empty at the end.
pub fn finish_page<R, C: Serialize>(
    mut rows: Vec<R>,
    page_size: u16,
    query: &Fingerprint,
    cursor: impl FnOnce(&R) -> C,
) -> (Vec<R>, String) {
    let more = rows.len() > usize::from(page_size);
    rows.truncate(usize::from(page_size));
    let token = rows.last().filter(|_| more).map(|last| PageToken::encode(query, &cursor(last)));
    (rows, token.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reason_of;

    #[test]
    fn a_token_reads_back_for_its_own_query_only() {
        let query = Fingerprint::of("ListClients", &("mine", 3));
        let other = Fingerprint::of("ListClients", &("all", 3));
        let token = PageToken::encode(&query, &(7, "anna"));
        assert_eq!(PageToken::decode(&query, &token).unwrap(), Some((7, "anna".to_owned())));
        for (query, token) in [(&other, token.as_str()), (&query, "AAAA"), (&query, "ж")] {
            let refusal = PageToken::decode::<(i32, String)>(query, token).unwrap_err();
            assert_eq!(reason_of(&refusal), Some(ErrorReason::PageToken));
        }
        assert_eq!(PageToken::decode::<i32>(&query, "").unwrap(), None);
    }

    #[test]
    fn sizes_are_lowered_and_never_negative() {
        assert_eq!(page_size(0, 50, 200).unwrap(), 50);
        assert_eq!(page_size(1_000_000, 50, 200).unwrap(), 200);
        assert_eq!(page_size(7, 50, 200).unwrap(), 7);
        assert!(page_size(-1, 50, 200).is_err());
    }

    #[test]
    fn the_last_page_has_no_token() {
        let query = Fingerprint::of("List", &());
        let (page, token) = finish_page(vec![1, 2, 3], 2, &query, |row| *row);
        assert_eq!((page, PageToken::decode(&query, &token).unwrap()), (vec![1, 2], Some(2)));
        let (page, token) = finish_page(vec![1, 2], 2, &query, |row| *row);
        assert_eq!((page, token.as_str()), (vec![1, 2], ""));
    }
}

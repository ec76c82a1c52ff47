use std::panic::{AssertUnwindSafe, catch_unwind};

use contracts::channel::{Inbound, Unparsed, inbound::Body};
use model::AccountId;
use tracing::error;

use crate::{Gateway, text::sha256};

/// The gateway's parser, whose bugs must cost nobody a message: after a panic the bytes become a dead letter.
pub(crate) fn parse<G: Gateway>(account: AccountId, bytes: &[u8]) -> Vec<Inbound> {
    catch_unwind(AssertUnwindSafe(|| G::parse(account, bytes))).unwrap_or_else(|_| {
        error!(account.id = %account, size = bytes.len(), "the parser of {} panicked", G::CHANNEL);
        vec![unparsed(bytes, "the parser panicked")]
    })
}

fn unparsed(bytes: &[u8], reason: &str) -> Inbound {
    let (raw, reason) = (bytes.to_vec(), reason.to_owned());
    let body = Unparsed { raw, reason, ..Unparsed::default() };
    Inbound { key: format!("unparsed:{}", sha256(bytes)), body: Some(Body::Unparsed(body)), ..Inbound::default() }
}

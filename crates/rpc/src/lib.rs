//! gRPC as every service of Okno speaks it: server set-up, who calls, refusals with reasons, pages, etags, deadlines.

mod access;
mod auth;
mod caller;
mod client;
mod fields;
mod gate;
mod methods;
mod page;
mod refusal;
mod server;
mod status;
mod token;

pub use access::AccessesAsked;
pub use caller::{Caller, Role, Subject};
pub use client::{CALL_DEADLINE, ClientError, authorized, call_with_deadline, client};
pub use fields::{
    check_etag, datetime, etag, parse_etag, parse_id, parse_ids, parse_optional_id, required_datetime, timestamp,
};
pub use methods::{is_known_method, known_method};
pub use page::{Fingerprint, PageToken, finish_page, page_size};
pub use refusal::{Lacking, Noting, Refusal, Refusals, denied, denied_of, hidden};
pub use server::{Server, ServerError, open_services};
pub use status::{DOMAIN, internal, invalid_field, metadata_of, reason_of, status, status_with, unavailable};
pub use token::{Audience, TokenError, TokenSigner, TokenVerifier};

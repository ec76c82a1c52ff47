use http::{HeaderMap, header::AUTHORIZATION};
use tonic::Status;
use tracing::debug;

use crate::{Caller, TokenVerifier};

/// Answered to anyone on our network: probes and tools, no data of the company.
const OPEN: [&str; 2] = ["/grpc.health.v1.Health/", "/grpc.reflection."];

/// Whoever a request's token names; `None` where none is needed.
pub fn authenticate(verifier: &TokenVerifier, path: &str, headers: &HeaderMap) -> Result<Option<Caller>, Status> {
    if OPEN.iter().any(|prefix| path.starts_with(prefix)) {
        return Ok(None);
    }
    let token = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    let token = token.ok_or_else(Caller::nobody)?;
    verifier.verify(token).map(Some).map_err(|error| {
        debug!(error = runtime::chain(&error), "a token was refused");
        Caller::nobody()
    })
}

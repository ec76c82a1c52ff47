use std::time::Duration;

use tokio::time::timeout;
use tonic::{
    Code, Request, Response, Status,
    metadata::{Ascii, MetadataKey, MetadataValue},
    transport::{Channel, ClientTlsConfig, Endpoint},
};

use crate::{internal, status, unavailable};

/// How long a call between our services may take.
pub const CALL_DEADLINE: Duration = Duration::from_secs(10);

#[derive(Debug, thiserror::Error)]
#[error("\"{url}\" is no address of a service; it should be http://host:port")]
pub struct ClientError {
    url: String,
    source: tonic::transport::Error,
}

/// A connection to a service, made when it is first used and again when it breaks.
///
/// # Errors
/// When the address cannot be read.
pub fn client(url: &str) -> Result<Channel, ClientError> {
    let broken = |source| ClientError { url: url.to_owned(), source };
    let mut endpoint = Endpoint::from_shared(url.to_owned()).map_err(broken)?;
    if url.starts_with("https://") {
        endpoint = endpoint.tls_config(ClientTlsConfig::new().with_webpki_roots()).map_err(broken)?;
    }
    let endpoint = endpoint
        .connect_timeout(Duration::from_secs(2))
        .tcp_nodelay(true)
        .http2_keep_alive_interval(Duration::from_secs(10))
        .keep_alive_timeout(Duration::from_secs(5))
        .keep_alive_while_idle(true)
        .http2_adaptive_window(true);
    Ok(endpoint.connect_lazy())
}

/// A request with a token, the deadline and the current trace.
///
/// # Errors
/// INTERNAL when the token is no text for a header.
pub fn authorized<T>(message: T, token: &str) -> Result<Request<T>, Status> {
    let mut request = Request::new(message);
    let bearer: MetadataValue<_> = format!("Bearer {token}").parse().map_err(internal)?;
    request.metadata_mut().insert("authorization", bearer);
    request.set_timeout(CALL_DEADLINE);
    for (name, value) in runtime::trace::inject() {
        if let (Ok(name), Ok(value)) = (name.parse::<MetadataKey<Ascii>>(), value.parse()) {
            request.metadata_mut().insert(name, value);
        }
    }
    Ok(request)
}

/// Waits for a call at most [`CALL_DEADLINE`], connecting included.
///
/// # Errors
/// What the call answered, DEADLINE_EXCEEDED, or UNAVAILABLE when the connection broke meanwhile: whether it was carried
/// out is then not known.
pub async fn call_with_deadline<T>(call: impl Future<Output = Result<Response<T>, Status>>) -> Result<T, Status> {
    match timeout(CALL_DEADLINE, call).await {
        Ok(answer) => answer.map(Response::into_inner).map_err(of_connection),
        Err(_) => Err(status(
            Code::DeadlineExceeded,
            contracts::errors::ErrorReason::Unavailable,
            &"the service did not answer in time",
        )),
    }
}

/// A connection that breaks under a call shows as UNKNOWN, "transport error"; ours say what to do.
fn of_connection(status: Status) -> Status {
    let broken = status.code() == Code::Unknown
        && std::error::Error::source(&status).is_some_and(<dyn std::error::Error>::is::<tonic::transport::Error>);
    if broken { unavailable(status) } else { status }
}

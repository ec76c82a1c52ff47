use std::{
    convert::Infallible,
    panic::AssertUnwindSafe,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use contracts::errors::ErrorReason;
use futures::FutureExt as _;
use http::{HeaderMap, Request, Response};
use tokio::{
    sync::Semaphore,
    time::{Instant, timeout},
};
use tonic::{Code, Status, body::Body};
use tower::{Layer, Service};
use tracing::{Instrument as _, error, info_span};

use crate::{
    TokenVerifier,
    auth::authenticate,
    known_method,
    refusal::{Lacking, Recorder},
    status,
};

/// What no call may exceed, whatever the caller asks for. Streams have it until their first answer only.
const LONGEST: Duration = Duration::from_secs(30);

/// What stands before every handler: who calls, how long it may take, how many at once, what it is counted as.
#[derive(Clone)]
pub struct GateLayer {
    pub verifier: TokenVerifier,
    pub places: Arc<Semaphore>,
    pub refusals: Option<Arc<Recorder>>,
}

impl<S> Layer<S> for GateLayer {
    type Service = Gate<S>;
    fn layer(&self, inner: S) -> Gate<S> {
        Gate { inner, layer: self.clone() }
    }
}

#[derive(Clone)]
pub struct Gate<S> {
    inner: S,
    layer: GateLayer,
}

type Answer = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

impl<S> Service<Request<Body>> for Gate<S>
where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Answer;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<Body>) -> Answer {
        let spare = self.inner.clone();
        let ready = std::mem::replace(&mut self.inner, spare); // the one that poll_ready spoke for
        let layer = self.layer.clone();
        let method = known_method(request.uri().path());
        let span = info_span!("rpc", method);
        runtime::trace::adopt(&span, |name| request.headers().get(name)?.to_str().ok());
        Box::pin(
            async move {
                let started = Instant::now();
                let answer = layer.pass(ready, request, method).await.unwrap_or_else(|status| status.into_http());
                count(method, &answer, started);
                Ok(answer)
            }
            .instrument(span),
        )
    }
}

impl GateLayer {
    async fn pass<S>(
        &self,
        mut inner: S,
        mut request: Request<Body>,
        method: &'static str,
    ) -> Result<Response<Body>, Status>
    where
        S: Service<Request<Body>, Response = Response<Body>, Error = Infallible>,
    {
        let caller = authenticate(&self.verifier, request.uri().path(), request.headers())?;
        if let Some(caller) = &caller {
            request.extensions_mut().insert(caller.clone());
        }
        let deadline = grpc_timeout(request.headers()).unwrap_or(LONGEST).min(LONGEST);
        let served = async {
            let _place = self.places.acquire().await; // never closed; released with the first answer
            inner.call(request).await
        };
        let (served, lacking) = Lacking::watch(timeout(deadline, AssertUnwindSafe(served).catch_unwind())).await;
        match served {
            Ok(Ok(Ok(answer))) => {
                if let (Some(refusals), Some(caller)) = (&self.refusals, caller)
                    && let Some(status) = Status::from_header_map(answer.headers())
                {
                    match lacking.filter(|_| matches!(status.code(), Code::PermissionDenied | Code::NotFound)) {
                        Some(lacking) => refusals.take(lacking.refusal(&caller, method)),
                        None => refusals.see(&caller, method, &status),
                    }
                }
                Ok(answer)
            }
            Ok(Ok(Err(never))) => match never {},
            Ok(Err(_panic)) => Err(panicked()),
            Err(_elapsed) => Err(status(Code::DeadlineExceeded, ErrorReason::Unavailable, &"it took too long")),
        }
    }
}

fn panicked() -> Status {
    error!("a handler panicked");
    status(Code::Internal, ErrorReason::Internal, &"something went wrong here; it has been logged")
}

fn count(method: &'static str, answer: &Response<Body>, started: Instant) {
    let code = Status::from_header_map(answer.headers()).map_or(Code::Ok, |status| status.code());
    metrics::counter!("okno_rpc_total", "method" => method, "code" => format!("{code:?}")).increment(1);
    metrics::histogram!("okno_rpc_seconds", "method" => method).record(started.elapsed().as_secs_f64());
}

/// The caller's deadline: up to eight digits and a unit (gRPC over HTTP/2).
fn grpc_timeout(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get("grpc-timeout")?.to_str().ok()?;
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let amount: u64 = if digits.len() <= 8 { digits.parse().ok()? } else { return None };
    match unit {
        "H" => Some(Duration::from_secs(amount * 3600)),
        "M" => Some(Duration::from_secs(amount * 60)),
        "S" => Some(Duration::from_secs(amount)),
        "m" => Some(Duration::from_millis(amount)),
        "u" => Some(Duration::from_micros(amount)),
        "n" => Some(Duration::from_nanos(amount)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_deadline_of_a_caller_is_read_as_grpc_writes_it() {
        let read = |text: &str| {
            grpc_timeout(&HeaderMap::from_iter([("grpc-timeout".parse().unwrap(), text.parse().unwrap())]))
        };
        assert_eq!(read("1500m"), Some(Duration::from_millis(1500)));
        assert_eq!(read("2S"), Some(Duration::from_secs(2)));
        for text in ["", "S", "2", "2x", "123456789S", "-1S"] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}

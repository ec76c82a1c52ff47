use std::{convert::Infallible, future::Future};

use axum::{
    body::{Body, to_bytes},
    http::header::CONTENT_LENGTH,
    response::Response,
};
use futures::{StreamExt, stream};

/// The head of an answer and half of its body come at once, the rest after `pause`.
pub(crate) async fn slow_body(answer: Response, pause: impl Future<Output = ()> + Send + 'static) -> Response {
    let (mut head, body) = answer.into_parts();
    head.headers.remove(CONTENT_LENGTH);
    let mut first = to_bytes(body, usize::MAX).await.unwrap_or_default();
    let last = first.split_off(first.len() / 2);
    let last = stream::once(async move {
        pause.await;
        last
    });
    let body = stream::iter([first]).chain(last).map(Ok::<_, Infallible>);
    Response::from_parts(head, Body::from_stream(body))
}

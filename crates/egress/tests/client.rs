//! The client against a real server on loopback.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{net::SocketAddr, time::Duration};

use axum::{
    Router,
    body::Body,
    http::{StatusCode, header},
    routing::get,
};
use bytes::Bytes;
use egress::{Client, Error, Hosts, Options, Url};
use futures::TryStreamExt as _;
use tokio::net::TcpListener;
use tokio_util::task::TaskTracker;

async fn serve() -> SocketAddr {
    let app = Router::new()
        .route("/ok", get(async || "[1, 2]"))
        .route("/moved", get(async || (StatusCode::FOUND, [(header::LOCATION, "/ok")])))
        .route("/large", get(async || vec![b'x'; 4096]))
        .route(
            "/endless",
            get(async || {
                Body::from_stream(futures::stream::repeat(Ok::<_, std::convert::Infallible>(Bytes::from_static(
                    &[0; 512],
                ))))
            }),
        )
        .route("/silent", get(async || std::future::pending::<()>().await));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    TaskTracker::new().spawn(async { axum::serve(listener, app).await });
    address
}

fn url(address: SocketAddr, path: &str) -> Url {
    format!("http://{address}{path}").parse().unwrap()
}

fn local(options: Options) -> Client {
    Client::new(Options { hosts: Hosts::Any, allow_private: true, allow_http: true, answer_bytes: 1024, ..options })
        .unwrap()
}

#[tokio::test]
async fn this_machine_is_refused_unless_allowed() {
    let address = serve().await;
    let public = Client::new(Options { hosts: Hosts::Any, allow_http: true, ..Options::default() }).unwrap();
    assert!(matches!(public.get(&url(address, "/ok")), Err(Error::Refused { .. })));
    let named: Url = format!("http://localhost:{}/ok", address.port()).parse().unwrap();
    let refusal = public.get(&named).unwrap().send().await.err().unwrap();
    assert!(matches!(refusal, Error::Refused { .. }), "the resolver checks what the URL hides: {refusal:?}");
    assert!(refusal.surely_not_sent());
    let numbers: Vec<u8> = local(Options::default()).get(&named).unwrap().send().await.unwrap().json().await.unwrap();
    assert_eq!(numbers, [1, 2]);
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_not_followed() {
    let address = serve().await;
    let client = local(Options::default());
    let answer = client.get(&url(address, "/moved")).unwrap().send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::FOUND);
    assert!(matches!(client.download(&url(address, "/moved"), 10).await, Err(Error::Status(StatusCode::FOUND))));
}

#[tokio::test]
async fn an_answer_above_its_limit_is_cut_off() {
    let address = serve().await;
    let client = local(Options::default());
    for path in ["/large", "/endless"] {
        let answer = client.get(&url(address, path)).unwrap().send().await.unwrap();
        assert!(matches!(answer.bytes().await, Err(Error::TooLarge { limit: 1024 })), "{path}");
    }
    assert!(matches!(client.download(&url(address, "/large"), 4095).await, Err(Error::TooLarge { .. })));
    let file = client.download(&url(address, "/large"), 4096).await.unwrap();
    assert_eq!(file.content_length, Some(4096));
    assert_eq!(file.body.try_fold(0, async |size, part| Ok(size + part.len())).await.unwrap(), 4096);
    let endless = client.download(&url(address, "/endless"), 1_000_000).await.unwrap();
    assert!(matches!(endless.body.try_collect::<Vec<_>>().await, Err(Error::TooLarge { .. })));
}

#[tokio::test]
async fn what_was_surely_not_sent_is_told_from_what_maybe_was() {
    let address = serve().await;
    let client = local(Options { total_timeout: Duration::from_millis(100), ..Options::default() });
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let refused = client.get(&url(closed, "/ok")).unwrap().send().await.err().unwrap();
    assert!(matches!(refused, Error::ConnectFailed(_)) && refused.surely_not_sent(), "{refused:?}");
    let silent = client.get(&url(address, "/silent")).unwrap().send().await.err().unwrap();
    assert!(matches!(silent, Error::TimedOut(_)) && !silent.surely_not_sent(), "{silent:?}");
}

#[tokio::test]
async fn no_error_repeats_the_url() {
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let error = local(Options::default()).get(&url(closed, "/bot-hush")).unwrap().send().await.err().unwrap();
    assert!(!format!("{error:?} {}", runtime::chain(&error)).contains("hush"));
}

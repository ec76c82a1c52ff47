//! Where WebSocket does not pass.

use std::time::Duration;

use contracts::channel::{Content, Signal, SignalKind};
use futures::{Stream, StreamExt};
use prost::Message as _;
use reqwest::StatusCode;
use serde_json::{Value, json};
use testkit::webchat::{Site, msg};

use crate::common::{SHOP, World, channel, http, send, visitor};

/// Frames of an event stream.
async fn open(site: &Site, token: Option<&str>) -> impl Stream<Item = Value> + Unpin {
    let mut call = http().post(site.url("stream")).header("origin", SHOP);
    if let Some(token) = token {
        call = call.bearer_auth(token);
    }
    let answer = call.body(json!({ "t": "hello", "v": 1, "lang": "ru" }).to_string()).send().await.expect("a stream");
    assert_eq!(
        (answer.status(), answer.headers()["content-type"].to_str().expect("text")),
        (StatusCode::OK, "text/event-stream")
    );
    let mut rest = String::new();
    let lines = answer.bytes_stream().flat_map(move |part| {
        rest.push_str(&String::from_utf8_lossy(&part.unwrap_or_default()));
        let mut frames = Vec::new();
        while let Some(end) = rest.find("\n\n") {
            let event: String = rest.drain(..end + 2).collect();
            frames.extend(
                event
                    .lines()
                    .filter_map(|line| line.strip_prefix("data: "))
                    .map(|data| serde_json::from_str(data).expect("JSON")),
            );
        }
        futures::stream::iter(frames)
    });
    Box::pin(lines)
}

async fn post(site: &Site, token: Option<&str>, frames: Value) -> Vec<Value> {
    let mut call = http().post(site.url("frames")).header("origin", SHOP);
    if let Some(token) = token {
        call = call.bearer_auth(token);
    }
    let answer = call.body(frames.to_string()).send().await.expect("an answer");
    assert_eq!(answer.headers()["access-control-allow-origin"], SHOP);
    answer.json().await.expect("JSON")
}

async fn next(stream: &mut (impl Stream<Item = Value> + Unpin)) -> Value {
    next_of(stream).await
}

async fn next_of<T>(stream: &mut (impl Stream<Item = T> + Unpin)) -> T {
    tokio::time::timeout(Duration::from_secs(30), stream.next()).await.expect("in time").expect("a frame")
}

#[tokio::test]
async fn the_same_protocol_goes_over_posts_and_an_event_stream() {
    let (world, gateway, site, account) = World::shop(&[]).await;
    let mut stranger = open(&site, None).await;
    assert_eq!(next(&mut stranger).await["t"], "welcome");
    let answers = post(&site, None, json!([{ "t": "start" }])).await;
    let token = answers[0]["token"].as_str().expect("a token").to_owned();
    let mut stream = open(&site, Some(&token)).await;
    assert_eq!(next(&mut stream).await["t"], "welcome");
    let mut frame = msg(1, "Здравствуйте");
    testkit::webchat::merge(
        &mut frame,
        json!({ "touch": { "last": { "fields": { "utm_source": "ya" } } }, "lang": "en" }),
    );
    let answers = post(&site, Some(&token), json!([frame, { "t": "msg", "id": "bad" }])).await;
    assert_eq!((&answers[0]["t"], &answers[0]["id"]), (&json!("ack"), &frame["id"]));
    assert_eq!((&answers[1]["t"], &answers[1]["code"]), (&json!("nack"), &json!("bad_frame")));
    let mut signals = world.bus.client.subscribe(bus::names::signal(&channel(), account)).await.unwrap();
    world.bus.client.flush().await.unwrap();
    // A POST knows nothing of the one before. Whoever acknowledges the second message has the subscription.
    post(&site, Some(&token), json!([msg(2, "и ещё")])).await;
    post(&site, Some(&token), json!([{ "t": "typing" }])).await;
    let signal = Signal::decode(next_of(&mut signals).await.payload).unwrap();
    assert_eq!((signal.kind(), signal.peer_address), (SignalKind::PeerTyping, visitor(&token)));
    let fact = world.router.fact(account, "msg:").await;
    assert_eq!(
        (fact.source.unwrap().fields["utm_source"].as_str(), fact.peer.unwrap().language.as_str()),
        ("ya", "en")
    );
    // Its own echo: the stream is another line than the POST.
    assert_eq!(next(&mut stream).await["message"]["client"], frame["id"]);
    assert_eq!(next(&mut stream).await["message"]["text"], "и ещё");
    let content = Content { text: "Добрый день".into(), ..Content::default() };
    let (id, order) = send(&visitor(&token), content);
    world.order(account, &order).await;
    assert_eq!(next(&mut stream).await["message"]["id"], json!(id));
    assert_eq!(
        post(&site, Some(&token), json!([{ "t": "got", "ids": [id] }, { "t": "read", "id": id }])).await,
        Vec::<Value>::new()
    );
    world.router.fact(account, &format!("got:{id}")).await;
    world.router.fact(account, &format!("read:{id}")).await;
    gateway.stop().await;
}

#[tokio::test]
async fn a_bad_hello_or_too_many_frames_are_refused() {
    let (_world, gateway, site, _) = World::shop(&[]).await;
    let call = |path: &str, body: String| {
        let url = site.url(path);
        async move { http().post(url).header("origin", SHOP).body(body).send().await.expect("an answer").status() }
    };
    assert_eq!(call("stream", "{}".to_owned()).await, StatusCode::BAD_REQUEST);
    assert_eq!(call("frames", "{}".to_owned()).await, StatusCode::BAD_REQUEST);
    let many = json!(vec![json!({ "t": "typing" }); 21]).to_string();
    assert_eq!(call("frames", many).await, StatusCode::PAYLOAD_TOO_LARGE);
    gateway.stop().await;
}

#[tokio::test]
async fn a_stopping_gateway_sends_its_streams_away() {
    let (_world, gateway, site, _) = World::shop(&[]).await;
    let mut stream = open(&site, None).await;
    next(&mut stream).await;
    gateway.begin_to_stop();
    let error = next(&mut stream).await;
    assert_eq!((&error["t"], &error["code"]), (&json!("error"), &json!("unavailable")));
    assert!(error["retry_ms"].as_u64().unwrap() < 10_000);
    assert!(stream.next().await.is_none());
    gateway.stop().await;
}

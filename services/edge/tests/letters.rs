//! Pictures that letters show from other servers.

use std::sync::{Arc, Mutex};

use axum::{
    Router,
    extract::{Request, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse as _, Response},
};
use egress::Url;
use tokio::net::TcpListener;

use crate::{
    files::{Browser, GIF},
    support::World,
};

type Asked = Arc<Mutex<Vec<(String, HeaderMap)>>>;

/// A server of pictures that remembers what it was asked.
async fn pictures() -> (String, Asked) {
    let asked = Asked::default();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let app = Router::new().fallback(give).with_state(asked.clone());
    runtime::TaskTracker::new().spawn(async move { axum::serve(listener, app).await });
    (base, asked)
}

async fn give(State(asked): State<Asked>, request: Request) -> Response {
    let path = request.uri().path().to_owned();
    asked.lock().unwrap().push((path.clone(), request.headers().clone()));
    match path.as_str() {
        "/p.gif" => ([("content-type", "text/html")], GIF).into_response(),
        "/counter" => (StatusCode::FOUND, [("location", "/p.gif")]).into_response(),
        "/round" => (StatusCode::FOUND, [("location", "/round")]).into_response(),
        "/a.svg" => ([("content-type", "image/svg+xml")], "<svg xmlns='http://www.w3.org/2000/svg'/>").into_response(),
        "/large" => [GIF, &[0; 70_000]].concat().into_response(),
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}

const PATHS: [&str; 6] = ["/p.gif?a=1&b=2", "/counter", "/round", "/a.svg", "/large", "/gone"];

/// Stores markup that names these pictures; gives the path below which they are had.
async fn letter(browser: &Browser<'_>, base: &str) -> String {
    let image = |path: &str| format!("<img data-src=\"{base}{}\">", path.replace('&', "&amp;"));
    let html: String = PATHS.map(image).concat();
    let html: &'static str = Box::leak(html.into_boxed_str());
    let path = browser.create("letter.html", "text/html", html.len()).await;
    assert_eq!(browser.put(&path, html.as_bytes()).await, 204);
    path.replace("/files/", "/letters/") + "/picture"
}

fn of(letter: &str, url: &str) -> String {
    let mut address: Url = format!("http://edge{letter}").parse().unwrap();
    address.query_pairs_mut().append_pair("url", url);
    format!("{letter}?{}", address.query().unwrap())
}

#[tokio::test]
async fn a_picture_of_a_letter_comes_without_telling_who_looks() {
    let world = World::start().await;
    world.crm.employee("anna", &[]);
    let anna = Browser::of(&world, "anna");
    let (base, asked) = pictures().await;
    let letter = letter(&anna, &base).await;
    for path in [PATHS[0], "/counter"] {
        let picture = anna.get(&of(&letter, &format!("{base}{path}"))).await;
        assert_eq!(picture.status(), 200, "{path}");
        assert_eq!(picture.headers()["content-type"], "image/gif", "by its bytes");
        assert_eq!(picture.headers()["x-content-type-options"], "nosniff");
        assert!(picture.headers()["content-security-policy"].to_str().unwrap().ends_with("sandbox"));
        assert_eq!(picture.bytes().await.unwrap(), GIF);
    }
    let asked = asked.lock().unwrap();
    assert_eq!(asked.iter().map(|(path, _)| path.as_str()).collect::<Vec<_>>(), ["/p.gif", "/counter", "/p.gif"]);
    for (_, headers) in asked.iter() {
        assert!(["cookie", "referer", "origin", "x-forwarded-for"].iter().all(|name| !headers.contains_key(*name)));
    }
}

#[tokio::test]
async fn nothing_else_is_fetched_and_nothing_but_pictures_is_given() {
    let world = World::start().await;
    world.crm.employee("anna", &[]);
    world.crm.employee("boris", &[]);
    let (anna, boris) = (Browser::of(&world, "anna"), Browser::of(&world, "boris"));
    let (base, asked) = pictures().await;
    let letter = letter(&anna, &base).await;
    let url = format!("{base}{}", PATHS[0]);
    for (who, url, status) in [
        (&anna, format!("{base}/p.gif"), 404),
        (&anna, format!("{base}/other"), 404),
        (&anna, "file:///etc/passwd".to_owned(), 404),
        (&boris, url.clone(), 404),
        (&Browser::of(&world, "nobody"), url, 401),
    ] {
        assert_eq!(who.get(&of(&letter, &url)).await.status(), status, "{url}");
    }
    assert!(asked.lock().unwrap().is_empty());
    for path in ["/round", "/a.svg", "/large", "/gone"] {
        assert_eq!(anna.get(&of(&letter, &format!("{base}{path}"))).await.status(), 502, "{path}");
    }
    let file = anna.create("a.gif", "image/gif", GIF.len()).await;
    assert_eq!(anna.put(&file, GIF).await, 204);
    let no_letter = file.replace("/files/", "/letters/") + "/picture";
    assert_eq!(anna.get(&of(&no_letter, &base)).await.status(), 404, "a file is no letter");
}

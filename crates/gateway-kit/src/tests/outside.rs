//! An account's way to its provider, tried with a real TLS server and a real proxy on loopback.

use std::{collections::HashMap, net::SocketAddr};

use axum::{Router, routing::get};
use model::AccountId;
use testkit::tls::{CA, ConnectProxy, TlsFront};
use tokio::net::TcpListener;
use tokio_util::task::TaskTracker;

use crate::{AccountSetup, Outside, SettingsError};

const BASE: &str = "https://api.example.com";
const NOT_A_CERTIFICATE: &str = "-----BEGIN CERTIFICATE-----\naGVsbG8=\n-----END CERTIFICATE-----";

fn read(pairs: &[(&str, &str)], allow_private_addresses: bool) -> Result<Outside, SettingsError> {
    let settings: HashMap<_, _> = pairs.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
    Outside::read(&AccountSetup { account: AccountId::new(), settings, allow_private_addresses }, BASE)
}

async fn provider() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let app = Router::new().route("/v1/me", get(async || r#""Okno""#));
    TaskTracker::new().spawn(async { axum::serve(listener, app).await });
    address
}

async fn me(outside: &Outside) -> Result<String, egress::Error> {
    let url = format!("{}v1/me", outside.base()).parse().unwrap();
    outside.client::<String>([]).unwrap().get(&url)?.send().await?.json().await
}

#[test]
fn a_bad_setting_is_named_in_both_languages_and_not_repeated() {
    for (field, value) in [
        ("api_url", "nowhere"),
        ("api_url", "ftp://api.example.com"),
        ("api_url", "https://api.example.com/?a=1"),
        ("api_url", "http://api.example.com"),
        ("api_url", "https://127.0.0.1"),
        ("api_url", "https://[::1]"),
        ("proxy", "nonsense"),
        ("proxy", "socks4://user:hush@proxy.example.com:1080"),
        ("proxy", "user:hush@proxy.example.com:3128"),
        ("ca", "hello"),
        ("ca", NOT_A_CERTIFICATE),
        ("ca", "-----BEGIN CERTIFICATE-----\nhalf of one"),
        ("ca", "-----BEGIN CERTIFICATE-----\n-----BEGIN EC PRIVATE KEY-----"),
    ] {
        let error = read(&[(field, value)], false).expect_err(value);
        assert_eq!(error.field, field, "{value}");
        assert!(!error.problem.ru.is_empty() && !error.problem.en.is_empty(), "{value}");
        assert!(!format!("{error:?}").contains("hush"), "{value}");
    }
}

#[test]
fn plain_http_and_private_addresses_need_permission() {
    for url in ["http://127.0.0.1:8081", "http://127.0.0.1:8081/bot-api/", "https://[::1]"] {
        assert!(read(&[("api_url", url)], true).is_ok(), "{url}");
        assert_eq!(read(&[("api_url", url)], false).unwrap_err().field, "api_url", "{url}");
    }
    assert_eq!(read(&[("api_url", "http://localhost/a/")], true).unwrap().base().as_str(), "http://localhost/a");
    assert_eq!(read(&[], false).unwrap().base().as_str(), "https://api.example.com/");
    assert!(!format!("{:?}", read(&[("proxy", "http://user:hush@proxy.example.com:1")], false)).contains("hush"));
}

#[test]
fn only_the_api_and_what_is_named_beside_it_may_be_reached() {
    let options = read(&[("ca", CA)], false).unwrap().options([".media.example.com"]);
    let reached = |url: &str| options.check_url(&url.parse().unwrap()).is_ok();
    assert!(reached("https://api.example.com/x") && reached("https://a.media.example.com/x"));
    assert!(!reached("https://example.com/") && !reached("http://api.example.com/") && !reached("https://127.0.0.1/"));
    assert_eq!(options.extra_ca.len(), 1);
}

#[tokio::test]
async fn a_server_under_a_root_of_ones_own_is_reached_with_it_alone() {
    let server = TlsFront::start(provider().await).await;
    let url = format!("{}/", server.base_url());
    let stranger = me(&read(&[("api_url", &url)], true).unwrap()).await.unwrap_err();
    assert!(stranger.untrusted() && stranger.surely_not_sent(), "{stranger:?}");
    let friend = read(&[("api_url", &url), ("ca", &format!("\n{CA}{CA}\n"))], true).unwrap();
    assert_eq!(me(&friend).await.unwrap(), "Okno");
}

#[tokio::test]
async fn all_goes_through_the_accounts_proxy() {
    let server = TlsFront::start(provider().await).await;
    let proxy = ConnectProxy::start(server.address()).await;
    // Nobody knows this name, so only the proxy can have led there.
    let url = ("api_url", "https://provider.example.invalid");
    let outside = read(&[url, ("proxy", &proxy.url()), ("ca", CA)], false).unwrap();
    assert_eq!(me(&outside).await.unwrap(), "Okno");
    assert_eq!(proxy.tunnels(), ["provider.example.invalid:443"]);
    let direct = me(&read(&[url, ("ca", CA)], false).unwrap()).await.unwrap_err();
    assert!(direct.surely_not_sent() && !direct.untrusted(), "{direct:?}");
}

#[test]
fn the_form_shows_three_advanced_fields_in_both_languages() {
    let fields = Outside::fields(BASE, &contracts::channel::LocalText { ru: "Связь".into(), en: "Link".into() });
    let names: Vec<_> = fields.iter().map(|field| (field.name.as_str(), field.secret)).collect();
    assert_eq!(names, [("api_url", false), ("proxy", true), ("ca", false)]);
    for field in fields {
        let (title, help) = (field.title.unwrap(), field.help.unwrap());
        assert!(field.advanced && help.ru.contains("Связь") | (field.name == "api_url") && !help.en.is_empty());
        assert!(!title.ru.is_empty() && !title.en.is_empty());
    }
}

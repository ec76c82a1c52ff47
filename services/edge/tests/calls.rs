//! What comes in, what goes on, and under whose name.

use std::{sync::atomic::Ordering, time::Duration};

use crate::support::World;
use contracts::{
    crm::TakePersonalExportRequest,
    errors::ErrorReason,
    file::{CompleteFileRequest, CreateFileRequest},
    inbox::LeaveMailingRequest,
    live::{Audience, SessionRevoked, event::What},
    org::{ChangePasswordRequest, GetMeRequest, ResolveCredentialRequest, SignInRequest, SignOutRequest},
};
use egress::{Client, Options, Url};
use futures::StreamExt as _;
use model::FileId;
use testkit::eventually;
use tokio::time::timeout;
use tonic::{Code, Request};

fn create() -> CreateFileRequest {
    CreateFileRequest { file_id: FileId::new().to_string(), size_bytes: 5, ..CreateFileRequest::default() }
}

#[tokio::test]
async fn a_call_goes_on_under_a_token_and_without_the_cookie() {
    let world = World::start().await;
    let (employee, _) = world.crm.employee("secret", &[]);
    let mut request = world.with_session("secret", create());
    request.metadata_mut().insert("x-invented", "1".parse().unwrap());
    let file_id = request.get_ref().file_id.clone();
    world.files().create_file(request).await.unwrap();
    assert_eq!(world.router.files.lock().unwrap()[&file_id].0, employee);
    let metadata = world.router.metadata.lock().unwrap();
    assert!(
        metadata.get("cookie").is_none() && metadata.get("origin").is_none() && metadata.get("x-invented").is_none()
    );
    assert!(!metadata.get("authorization").unwrap().to_str().unwrap().contains("secret"));
}

#[tokio::test]
async fn without_a_credential_or_from_a_foreign_page_nothing_goes_on() {
    let world = World::start().await;
    world.crm.employee("secret", &[]);
    let refusal = world.files().create_file(Request::new(create())).await.unwrap_err();
    assert_eq!(rpc::reason_of(&refusal), Some(ErrorReason::NotSignedIn));
    let refusal = world.files().create_file(world.with_session("other", create())).await.unwrap_err();
    assert_eq!(refusal.code(), Code::Unauthenticated);
    let mut foreign = world.with_session("secret", create());
    foreign.metadata_mut().insert("origin", "https://evil.example".parse().unwrap());
    let refusal = world.files().create_file(foreign).await.unwrap_err();
    assert_eq!(refusal.code(), Code::PermissionDenied);
    let mut nowhere = world.with_session("secret", create());
    nowhere.metadata_mut().remove("origin");
    assert_eq!(world.files().create_file(nowhere).await.unwrap_err().code(), Code::PermissionDenied);
    assert!(world.router.files.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_caller_does_not_notice_that_the_connection_to_core_broke_once() {
    let world = World::start().await;
    world.crm.employee("secret", &[]);
    world.crm.breaks.store(true, Ordering::Relaxed);
    world.files().create_file(world.with_session("secret", create())).await.unwrap();
    assert_eq!(world.crm.resolved.load(Ordering::Relaxed), 2);
    assert!(!world.crm.breaks.load(Ordering::Relaxed));
}

#[tokio::test]
async fn what_is_between_services_stays_between_them() {
    let world = World::start().await;
    world.crm.employee("secret", &[]);
    let resolve = world.with_session("secret", ResolveCredentialRequest::default());
    assert_eq!(world.sessions().resolve_credential(resolve).await.unwrap_err().code(), Code::Unimplemented);
    let complete = world.with_session("secret", CompleteFileRequest::default());
    assert_eq!(world.files().complete_file(complete).await.unwrap_err().code(), Code::Unimplemented);
    let take = world.with_session("secret", TakePersonalExportRequest::default());
    assert_eq!(world.personal_data().take_personal_export(take).await.unwrap_err().code(), Code::Unimplemented);
    let leave = world.with_session("secret", LeaveMailingRequest::default());
    assert_eq!(world.mailings().leave_mailing(leave).await.unwrap_err().code(), Code::Unimplemented);
}

#[tokio::test]
async fn an_api_key_does_what_its_scopes_say() {
    let world = World::start().await;
    world.crm.api_key("okno_reader", &["inbox.read", "org.read"]);
    world.crm.api_key("okno_writer", &["inbox.write"]);
    let request = |key: &str| {
        let mut request = Request::new(create());
        request.metadata_mut().insert("authorization", format!("Bearer {key}").parse().unwrap());
        request
    };
    assert_eq!(world.files().create_file(request("okno_reader")).await.unwrap_err().code(), Code::PermissionDenied);
    world.files().create_file(request("okno_writer")).await.unwrap();
    let me = |key: &str| request(key).map(|_| GetMeRequest {});
    world.sessions().get_me(me("okno_reader")).await.unwrap();
    assert_eq!(world.sessions().get_me(me("okno_writer")).await.unwrap_err().code(), Code::PermissionDenied);
    let password = request("okno_writer").map(|_| ChangePasswordRequest::default());
    assert_eq!(world.sessions().change_password(password).await.unwrap_err().code(), Code::PermissionDenied);
    let recorded = |world: &World| {
        let refusals = world.crm.refusals.lock().unwrap();
        refusals.iter().map(|it| (it.method.clone(), it.permission.clone())).collect::<Vec<_>>()
    };
    let refused = |method: &str, permission: &str| (method.to_owned(), permission.to_owned());
    assert_eq!(
        recorded(&world),
        [
            refused("/okno.file.v1.FileService/CreateFile", "inbox.write"),
            refused("/okno.org.v1.SessionService/GetMe", "org.read"),
            refused("/okno.org.v1.SessionService/ChangePassword", "session"),
        ]
    );
    // What keeps no record refuses all the same.
    world.crm.away.store(true, Ordering::Relaxed);
    assert_eq!(world.files().create_file(request("okno_reader")).await.unwrap_err().code(), Code::PermissionDenied);
    assert_eq!(recorded(&world).len(), 3);
}

#[tokio::test]
async fn a_sign_in_becomes_a_cookie_that_no_script_sees() {
    let world = World::start().await;
    let mut request = Request::new(SignInRequest {
        login: "operator1".to_owned(),
        client_address: "invented".to_owned(),
        ..SignInRequest::default()
    });
    request.metadata_mut().insert("origin", format!("http://{}", world.address).parse().unwrap());
    let answer = world.sessions().sign_in(request).await.unwrap();
    let cookie = answer.metadata().get("set-cookie").unwrap().to_str().unwrap();
    assert!(cookie.starts_with("__Host-okno=fresh-secret; ") && cookie.contains("HttpOnly"), "{cookie}");
    assert_eq!(answer.get_ref().session_secret, "");
    assert_eq!(answer.get_ref().employee.as_ref().unwrap().name, "Operator 1");
    let sign_ins = world.crm.sign_ins.lock().unwrap();
    assert_eq!(sign_ins[0].client_address, "127.0.0.1");
    assert!(sign_ins[0].user_agent.starts_with("tonic/"));
}

#[tokio::test]
async fn whoever_guesses_is_slowed_down() {
    let world = World::start().await;
    let attempt = || Request::new(SignInRequest { login: "operator1".to_owned(), ..SignInRequest::default() });
    let mut sessions = world.sessions();
    let refusal = loop {
        if let Err(refusal) = sessions.sign_in(attempt()).await {
            break refusal;
        }
    };
    assert_eq!(rpc::reason_of(&refusal), Some(ErrorReason::RateLimited));
    let passed = world.crm.sign_ins.lock().unwrap().len();
    assert!((20..40).contains(&passed), "{passed}"); // one more every three seconds
}

#[tokio::test]
async fn a_sign_out_takes_session_and_cookie_away() {
    let world = World::start().await;
    world.crm.employee("secret", &[]);
    world.sessions().get_me(world.with_session("secret", GetMeRequest {})).await.unwrap();
    let answer = world.sessions().sign_out(world.with_session("secret", SignOutRequest {})).await.unwrap();
    assert!(answer.metadata().get("set-cookie").unwrap().to_str().unwrap().contains("Max-Age=0"));
    let me = world.sessions().get_me(world.with_session("secret", GetMeRequest {})).await;
    assert_eq!(me.unwrap_err().code(), Code::Unauthenticated);
    world.sessions().sign_out(Request::new(SignOutRequest {})).await.unwrap();
}

#[tokio::test]
async fn a_sign_out_takes_the_cookie_away_also_where_the_session_cannot_be_ended() {
    let world = World::start().await;
    world.crm.employee("secret", &[]);
    for known in [false, true] {
        if known {
            world.sessions().get_me(world.with_session("secret", GetMeRequest {})).await.unwrap();
        }
        world.crm.away.store(true, Ordering::Relaxed);
        let refusal = world.sessions().sign_out(world.with_session("secret", SignOutRequest {})).await.unwrap_err();
        assert_eq!(refusal.code(), Code::Unavailable, "{known}");
        assert!(refusal.metadata().get("set-cookie").unwrap().to_str().unwrap().contains("Max-Age=0"), "{known}");
        world.crm.away.store(false, Ordering::Relaxed);
    }
}

#[tokio::test]
async fn a_credential_is_asked_once_and_forgotten_at_its_revocation() {
    let world = World::start().await;
    let (_, session) = world.crm.employee("secret", &[]);
    for _ in 0..5 {
        world.sessions().get_me(world.with_session("secret", GetMeRequest {})).await.unwrap();
    }
    assert_eq!(world.crm.resolved.load(Ordering::Relaxed), 1);
    world.crm.known.lock().unwrap().clear();
    let revoked = SessionRevoked { session_id: session.to_string(), ..SessionRevoked::default() };
    world.crm.events.append(What::SessionRevoked(revoked), Audience::default());
    let limit = Duration::from_secs(5); // well below the time for which an answer is believed
    eventually("the revoked session to be refused", limit, async || {
        world.sessions().get_me(world.with_session("secret", GetMeRequest {})).await.err()
    })
    .await;
}

#[tokio::test]
async fn a_browser_calls_by_grpc_web_over_http_1() {
    let world = World::start().await;
    world.crm.employee("secret", &[]);
    let base: Url = format!("http://{}", world.address).parse().unwrap();
    let client = Client::new(Options::server(&base)).unwrap();
    let call = |origin: &'static str| {
        let url = base.join("/okno.org.v1.SessionService/GetMe").unwrap();
        let origin = if origin.is_empty() { base.origin().ascii_serialization() } else { origin.to_owned() };
        client.post(&url).unwrap().with(|request| {
            request
                .header("content-type", "application/grpc-web+proto")
                .header("x-grpc-web", "1")
                .header("origin", origin)
                .header("cookie", "__Host-okno=secret")
                .body(vec![0_u8; 5])
        })
    };
    let answer = call("").send().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["content-type"], "application/grpc-web+proto");
    let body = answer.bytes().await.unwrap();
    assert!(body.windows(13).any(|part| part == b"grpc-status:0"), "{body:?}");
    let refused = call("https://evil.example").send().await.unwrap();
    assert_eq!(refused.headers()["grpc-status"], "7");
}

#[tokio::test]
async fn a_live_stream_reaches_a_browser_message_by_message() {
    let world = World::start().await;
    world.crm.employee("secret", &[]);
    drop(world.watch("secret", "").await); // the feed has started
    let base: Url = format!("http://{}", world.address).parse().unwrap();
    let client = Client::new(Options::server(&base)).unwrap();
    let url = base.join("/okno.live.v1.LiveService/Watch").unwrap();
    let call = client.post(&url).unwrap().with(|request| {
        request
            .header("content-type", "application/grpc-web+proto")
            .header("origin", base.origin().ascii_serialization())
            .header("cookie", "__Host-okno=secret")
            .body(vec![0_u8; 5])
    });
    let mut body = call.send().await.unwrap().into_download(1 << 20).unwrap().body;
    let hello = timeout(Duration::from_secs(5), body.next()).await.unwrap().unwrap().unwrap();
    assert_eq!(hello[0], 0, "a message, while the stream stays open");
}

#[tokio::test]
async fn a_message_that_is_too_large_is_refused_as_such() {
    let world = World::start().await;
    world.crm.employee("secret", &[]);
    let message = CreateFileRequest { name: "x".repeat(5 << 20), ..create() };
    let refusal = world.files().create_file(world.with_session("secret", message)).await.unwrap_err();
    assert_eq!(refusal.code(), Code::OutOfRange, "{refusal:?}");
}

#[tokio::test]
async fn health_needs_no_sign_in() {
    let world = World::start().await;
    let base: Url = format!("http://{}", world.address).parse().unwrap();
    let url = base.join("/grpc.health.v1.Health/Check").unwrap();
    let call = Client::new(Options::server(&base)).unwrap().post(&url).unwrap();
    let answer = call.with(|r| r.header("content-type", "application/grpc").body(vec![0_u8; 5])).send().await.unwrap();
    assert_eq!(answer.headers()["content-type"], "application/grpc");
}

#[tokio::test]
async fn the_page_is_served_beside_it() {
    let world = World::start().await;
    let base: Url = format!("http://{}/inbox", world.address).parse().unwrap();
    let client = Client::new(Options::server(&base)).unwrap();
    let answer = client.get(&base).unwrap().send().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert!(answer.headers()["content-security-policy"].to_str().unwrap().contains("script-src 'self'"));
}

#[tokio::test]
async fn a_stop_ends_though_a_page_watches() {
    let mut world = World::start().await;
    world.crm.employee("secret", &[]);
    let _stream = world.watch("secret", "").await;
    world.stop.cancel();
    timeout(Duration::from_secs(4), &mut world.edge).await.unwrap().unwrap().unwrap();
}

use std::collections::BTreeMap;

use model::SessionId;
use rpc::{Caller, reason_of};
use tonic::Code;

use super::world::{PASSWORD, World, actor};
use crate::{
    change::Actor,
    employees::{self, EmployeeError},
    housekeeping,
    presence::online::Online,
    sessions::{SessionError, SessionGrpc, api_keys, ops, own, store},
};
use contracts::{
    errors::ErrorReason,
    org::{
        GetMeRequest, ListSessionsRequest, ResolveCredentialRequest, RevokeSessionRequest, SignInRequest,
        SignOutRequest, UpdateMeRequest, resolve_credential_request::Credential,
        session_service_server::SessionService as _,
    },
};

fn grpc(world: &World) -> SessionGrpc {
    SessionGrpc { db: world.db.clone(), auth: world.auth.clone(), online: Online::nobody() }
}

async fn resolves(world: &World, secret: &str) -> bool {
    ops::resolve_session(&world.db, secret).await.is_ok()
}

#[tokio::test]
async fn a_revoked_session_ends_at_once_and_the_edge_is_told() {
    let world = World::start().await;
    let operator = world.operator("operator1").await;
    let here = world.sign_in("operator1", PASSWORD, "").await.unwrap();
    let there = world.sign_in("operator1", PASSWORD, "").await.unwrap();
    let caller = Caller { session: Some(here.session.id), ..Caller::operator(operator.id) };
    let request = RevokeSessionRequest { session_id: there.session.id.to_string() };
    grpc(&world).revoke_session(caller.request(request.clone())).await.unwrap();
    assert!(resolves(&world, &here.secret).await && !resolves(&world, &there.secret).await);
    let again = grpc(&world).revoke_session(caller.request(request)).await.unwrap_err();
    assert_eq!(reason_of(&again), Some(ErrorReason::SessionNotFound));
    let told =
        format!("select count(*) from crm.outbox where payload::text like '%{}%'", hex(&there.session.id.to_string()));
    assert_eq!(world.count(&told).await, 1);
    assert_eq!(world.audited(operator.id.0).await.last().unwrap(), "session.end");
}

/// How PostgreSQL shows these bytes within a bytea.
fn hex(text: &str) -> String {
    text.bytes().map(|byte| format!("{byte:02x}")).collect()
}

#[tokio::test]
async fn nobody_ends_sessions_of_others() {
    let world = World::start().await;
    let (one, other) = (world.operator("operator1").await, world.operator("operator2").await);
    let foreign = world.sign_in("operator2", PASSWORD, "").await.unwrap();
    let ended = ops::end_session(&world.db, actor(&one), one.id, foreign.session.id).await;
    assert!(matches!(ended, Err(SessionError::NotFound(_))));
    ops::end_other_sessions(&world.db, actor(&one), one.id, None).await.unwrap();
    assert!(resolves(&world, &foreign.secret).await);
    assert_eq!(store::sessions(&world.db.pool, other.id, None, 10).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_new_password_ends_every_other_session() {
    let world = World::start().await;
    let operator = world.operator("operator1").await;
    let here = world.sign_in("operator1", PASSWORD, "").await.unwrap();
    let there = world.sign_in("operator1", PASSWORD, "").await.unwrap();
    let change = |new| own::change_password(&world.db, &world.auth, operator.id, Some(here.session.id), PASSWORD, new);
    assert!(matches!(change("short").await, Err(SessionError::WeakPassword(_))));
    change("another password").await.unwrap();
    assert!(resolves(&world, &here.secret).await && !resolves(&world, &there.secret).await);
    assert!(world.sign_in("operator1", "another password", "").await.is_ok());
    assert!(world.sign_in("operator1", PASSWORD, "").await.is_err());
}

#[tokio::test]
async fn a_reset_password_ends_all_sessions_and_unlocks() {
    let world = World::start().await;
    let operator = world.operator("operator1").await;
    let session = world.sign_in("operator1", PASSWORD, "").await.unwrap();
    for _ in 0..6 {
        assert!(world.sign_in("operator1", "not the password", "").await.is_err());
    }
    let reset = |by, new| employees::ops::reset_password(&world.db, &world.auth.passwords, by, operator.id, new);
    assert!(matches!(reset(actor(&operator), "another password").await, Err(EmployeeError::Fault(_))));
    assert!(matches!(reset(world.admin, "short").await, Err(EmployeeError::WeakPassword(_))));
    reset(world.admin, "another password").await.unwrap();
    assert!(!resolves(&world, &session.secret).await);
    assert!(world.sign_in("operator1", "another password", "").await.is_ok());
}

/// Whoever set the password could come in as the employee; a second factor keeps them out.
#[tokio::test]
async fn a_password_that_somebody_else_has_set_closes_personal_accounts_for_a_while() {
    let world = World::start().await;
    let operator = world.operator("operator1").await;
    let closed = async || store::standing(&world.db.pool, operator.id).await.unwrap().unwrap().personal_closed;
    let reset = |by, new| employees::ops::reset_password(&world.db, &world.auth.passwords, by, operator.id, new);
    assert!(!closed().await, "the first password");
    let own = Actor::Employee { id: operator.id, administrator: true };
    reset(own, "a password of one's own").await.unwrap();
    assert!(!closed().await);
    world.sql("update crm.credential set totp_sealed = '\\x01'").await;
    reset(world.admin, "another password").await.unwrap();
    assert!(!closed().await, "it does not suffice to sign in");
    world.sql("update crm.credential set totp_sealed = null").await;
    reset(world.admin, "yet another password").await.unwrap();
    assert!(closed().await);
    let session = world.sign_in("operator1", "yet another password", "").await.unwrap();
    assert!(ops::resolve_session(&world.db, &session.secret).await.unwrap().personal_closed);
    let caller = Caller { session: Some(session.session.id), ..Caller::operator(operator.id) };
    let me = async || grpc(&world).get_me(caller.request(GetMeRequest {})).await.unwrap().into_inner();
    assert!(me().await.personal_closed_until.is_some());
    own::change_password(&world.db, &world.auth, operator.id, None, "yet another password", "my own password again")
        .await
        .unwrap();
    assert!(closed().await, "whoever came in could do that, too");
    world.sql("update crm.credential set reset_at = now() - interval '73 hours'").await;
    assert!(!closed().await && me().await.personal_closed_until.is_none());
}

#[tokio::test]
async fn sessions_end_by_time_and_are_swept() {
    let world = World::start().await;
    world.operator("operator1").await;
    let idle = world.sign_in("operator1", PASSWORD, "").await.unwrap();
    let old = world.sign_in("operator1", PASSWORD, "").await.unwrap();
    let good = world.sign_in("operator1", PASSWORD, "").await.unwrap();
    let set = |id: SessionId, what: &str| format!("update crm.session set {what} where session_id = '{id}'");
    world.sql(&set(idle.session.id, "last_seen_at = now() - interval '31 days'")).await;
    world.sql(&set(old.session.id, "created_at = now() - interval '91 days'")).await;
    world.sql(&set(good.session.id, "created_at = now() - interval '89 days'")).await;
    assert!(!resolves(&world, &idle.secret).await && !resolves(&world, &old.secret).await);
    assert!(resolves(&world, &good.secret).await);
    housekeeping::once(&world.db.pool).await;
    assert_eq!(world.count("select count(*) from crm.session").await, 1);
}

#[tokio::test]
async fn a_session_is_marked_as_seen_every_five_minutes() {
    let world = World::start().await;
    world.operator("operator1").await;
    let session = world.sign_in("operator1", PASSWORD, "").await.unwrap();
    let fresh = "select count(*) from crm.session where last_seen_at > now() - interval '5 seconds'";
    world.sql("update crm.session set last_seen_at = now() - interval '4 minutes'").await;
    assert!(resolves(&world, &session.secret).await);
    assert_eq!(world.count(fresh).await, 0);
    world.sql("update crm.session set last_seen_at = now() - interval '6 minutes'").await;
    assert!(resolves(&world, &session.secret).await);
    assert_eq!(world.count(fresh).await, 1);
}

#[tokio::test]
async fn an_api_key_stands_for_its_employee_within_its_scopes() {
    let world = World::start().await;
    let operator = world.operator("operator1").await;
    let scopes = vec!["inbox.read".to_owned(), "crm.write".to_owned()];
    let create = |by: Actor, scopes| api_keys::create(&world.db, by, operator.id, "Склад", scopes, None);
    assert!(create(actor(&operator), &scopes).await.is_err(), "only an administrator");
    let unknown = ["everything".to_owned()];
    assert!(create(world.admin, &unknown).await.is_err());
    let (key, secret) = create(world.admin, &scopes).await.unwrap();
    let identity = api_keys::resolve(&world.db, &secret).await.unwrap();
    assert_eq!((identity.employee, identity.session, identity.scopes), (operator.id, None, scopes));
    assert!(!resolves(&world, &secret).await, "a key is no session");
    assert_eq!(world.audited(key.api_key_id).await, ["api_key.create"]);
    let leaked = format!("select count(*) from crm.audit where after::text like '%{secret}%'");
    assert_eq!(world.count(&leaked).await, 0);
    assert!(api_keys::revoke(&world.db, world.admin, key.api_key_id).await.unwrap());
    assert!(matches!(api_keys::resolve(&world.db, &secret).await, Err(SessionError::NotSignedIn)));
}

#[tokio::test]
async fn a_key_ends_with_its_time_and_its_employee() {
    let world = World::start().await;
    let operator = world.operator("operator1").await;
    let scopes = ["org.read".to_owned()];
    let create = || api_keys::create(&world.db, world.admin, operator.id, "Склад", &scopes, None);
    let ((_, expired), (_, good)) = (create().await.unwrap(), create().await.unwrap());
    world.sql("update crm.api_key set expires_at = now() where api_key_id = (select min(api_key_id::text)::uuid from crm.api_key)").await;
    assert!(api_keys::resolve(&world.db, &expired).await.is_err());
    assert!(api_keys::resolve(&world.db, &good).await.is_ok());
    world.sql("update crm.employee set dismissed = true where login = 'operator1'").await;
    assert!(api_keys::resolve(&world.db, &good).await.is_err());
}

#[tokio::test]
async fn preferences_are_kept_and_audited_by_what_changed() {
    let world = World::start().await;
    let operator = world.operator("operator1").await;
    let set = |pairs: &[(&str, &str)]| {
        let pairs: BTreeMap<_, _> = pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        let own = own::Own { language: Some("en".to_owned()), ..own::Own::default() };
        own::update_me(&world.db, operator.id, own, pairs)
    };
    set(&[("theme", "dark"), ("sound", "on")]).await.unwrap();
    set(&[("sound", "")]).await.unwrap();
    let kept = store::preferences(&world.db.pool, operator.id).await.unwrap();
    assert_eq!(kept, BTreeMap::from([("theme".to_owned(), "dark".to_owned())]));
    let changed =
        "select count(*) from crm.audit where action = 'preferences.change' and before = '{\"sound\": \"on\"}'";
    assert_eq!(world.count(changed).await, 1);
    assert_eq!(employees::ops::get(&world.db, operator.id).await.unwrap().language, "en");
}

#[tokio::test]
async fn people_change_their_own_name_and_time_zone_and_nothing_else() {
    let world = World::start().await;
    let operator = world.operator("operator1").await;
    let person = Caller { session: Some(SessionId::new()), ..Caller::operator(operator.id) };
    let update = |name: &str, time_zone: &str| UpdateMeRequest {
        name: name.into(),
        time_zone: time_zone.into(),
        ..UpdateMeRequest::default()
    };
    grpc(&world).update_me(person.request(update("Анна Новая", "Asia/Omsk"))).await.unwrap();
    let now = employees::ops::get(&world.db, operator.id).await.unwrap();
    assert_eq!((now.name.as_str(), now.time_zone.as_str()), ("Анна Новая", "Asia/Omsk"));
    assert_eq!((&now.roles, &now.login, &now.language), (&operator.roles, &operator.login, &operator.language));
    let audited =
        "select count(*) from crm.audit where action = 'employee.update' and after ->> 'time_zone' = 'Asia/Omsk'";
    assert_eq!(world.count(audited).await, 1);
    grpc(&world).update_me(person.request(update("", ""))).await.unwrap();
    assert_eq!(employees::ops::get(&world.db, operator.id).await.unwrap().revision, now.revision, "empty: unchanged");
    for (bad, field) in [(update(&"я".repeat(201), ""), "name"), (update("", "Asia/Atlantis"), "time_zone")] {
        let refused = grpc(&world).update_me(person.request(bad)).await.unwrap_err();
        assert_eq!((refused.code(), rpc::metadata_of(&refused)["field"].as_str()), (Code::InvalidArgument, field));
    }
}

#[tokio::test]
async fn the_edge_signs_people_in_and_they_see_and_end_their_sessions() {
    let world = World::start().await;
    let operator = world.operator("operator1").await;
    let request = SignInRequest { login: "operator1".into(), password: PASSWORD.into(), ..SignInRequest::default() };
    let person = Caller::operator(operator.id);
    let refused = grpc(&world).sign_in(person.request(request.clone())).await.unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied, "only the edge");
    let answer = grpc(&world).sign_in(Caller::edge().request(request)).await.unwrap().into_inner();
    assert_eq!(answer.employee.unwrap().employee_id, operator.id.to_string());

    let resolve = ResolveCredentialRequest { credential: Some(Credential::SessionSecret(answer.session_secret)) };
    assert!(grpc(&world).resolve_credential(person.request(resolve.clone())).await.is_err(), "only the edge");
    let identity = grpc(&world).resolve_credential(Caller::edge().request(resolve.clone())).await.unwrap().into_inner();
    let session: SessionId = identity.session_id.parse().unwrap();

    let person = Caller { session: Some(session), ..person };
    let me = grpc(&world).get_me(person.request(GetMeRequest {})).await.unwrap().into_inner();
    assert_eq!((me.session_id, me.totp_enabled), (identity.session_id, false));
    let list = grpc(&world).list_sessions(person.request(ListSessionsRequest::default())).await.unwrap().into_inner();
    assert!(list.sessions.len() == 1 && list.sessions[0].current);
    grpc(&world).sign_out(person.request(SignOutRequest {})).await.unwrap();
    let gone = grpc(&world).resolve_credential(Caller::edge().request(resolve)).await.unwrap_err();
    assert_eq!((gone.code(), reason_of(&gone)), (Code::Unauthenticated, Some(ErrorReason::NotSignedIn)));
}

#[tokio::test]
async fn a_refusal_says_how_long_to_wait() {
    let world = World::start().await;
    for _ in 0..5 {
        assert!(world.sign_in("operator1", "not the password", "").await.is_err());
    }
    let request = SignInRequest { login: "operator1".into(), ..SignInRequest::default() };
    let refused = grpc(&world).sign_in(Caller::edge().request(request)).await.unwrap_err();
    assert_eq!((refused.code(), reason_of(&refused)), (Code::ResourceExhausted, Some(ErrorReason::LockedOut)));
    let seconds: u32 = rpc::metadata_of(&refused)["retry_after_seconds"].parse().unwrap();
    assert!((28..=30).contains(&seconds));
}

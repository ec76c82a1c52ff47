//! The door: passwords, pauses, the second factor, and sessions that end.

use chrono::Utc;
use contracts::{
    errors::ErrorReason,
    org::{
        ConfirmTotpRequest, Employee, GetEmployeeRequest, GetMeRequest, ListSessionsRequest, ResetPasswordRequest,
        RevokeSessionRequest, SignOutRequest, StartTotpRequest, UpdateEmployeeRequest,
    },
};
use testkit::eventually;
use tonic::{Code, Status};

use crate::{
    deeds::reason,
    news::News,
    office::PASSWORD,
    operator::Operator,
    world::{SOON, World},
};

async fn knock(world: &World, login: &str, password: &str, code: &str) -> Result<Operator, Status> {
    Operator::try_sign_in(&world.environment["OKNO_EDGE_LISTEN"], login, password, code).await
}

async fn refused(world: &World, login: &str, password: &str, code: &str) -> Status {
    match knock(world, login, password, code).await {
        Ok(_) => panic!("{login} was let in"),
        Err(status) => status,
    }
}

/// Reads the feed to its end.
async fn end_of(mut news: News) -> Status {
    loop {
        if let Err(status) = news.next().await {
            return status;
        }
    }
}

#[tokio::test]
async fn whoever_guesses_is_locked_out_and_nobody_else() {
    let world = World::start().await;
    for login in ["operator1", "nobody"] {
        for _ in 0..5 {
            let status = refused(&world, login, "not-the-password", "").await;
            let told = (status.code(), rpc::reason_of(&status));
            assert_eq!(told, (Code::Unauthenticated, Some(ErrorReason::WrongCredentials)), "{login}");
        }
        let status = refused(&world, login, PASSWORD, "").await;
        let told = (status.code(), rpc::reason_of(&status));
        assert_eq!(
            told,
            (Code::ResourceExhausted, Some(ErrorReason::LockedOut)),
            "{login}: the same, whether it exists"
        );
        let seconds: u32 = rpc::metadata_of(&status)["retry_after_seconds"].parse().unwrap();
        assert!((1..=30).contains(&seconds), "{seconds}");
    }
    world.operator("operator2").await;
    // Above twenty tries a minute not even the count of failures is asked.
    let slowed = eventually("the door slows down", SOON, async || {
        let status = refused(&world, "operator1", PASSWORD, "").await;
        (rpc::reason_of(&status) == Some(ErrorReason::RateLimited)).then_some(status)
    })
    .await;
    assert_eq!(slowed.code(), Code::ResourceExhausted);
    world.operator("head").await;
    let counted = world.processes["all"].metrics().await;
    assert!(counted.contains("okno_edge_sign_ins_slowed_total{by=\"login\"}"), "it is counted");
}

#[tokio::test]
async fn the_second_factor_is_asked_for_and_each_code_is_good_once() {
    let world = World::start().await;
    let operator = world.operator("operator1").await;
    let started = operator.sessions().start_totp(StartTotpRequest {}).await.unwrap().into_inner();
    let secret = totp_rs::Secret::try_from_base32(&started.secret_base32).unwrap();
    let app = totp_rs::Builder::new().with_secret(secret).build().unwrap(); // SHA-1, six digits, 30 s: what apps assume
    let code = |steps_back: u64| app.generate(Utc::now().timestamp().unsigned_abs() - 30 * steps_back).to_string();
    let confirm = |code: String| ConfirmTotpRequest { code };
    assert_eq!(reason(operator.sessions().confirm_totp(confirm("000000".into())).await), ErrorReason::WrongCredentials);
    world.operator("operator1").await; // not before it is confirmed
    operator.sessions().confirm_totp(confirm(code(1))).await.unwrap();

    let status = refused(&world, "operator1", PASSWORD, "").await;
    assert_eq!(rpc::reason_of(&status), Some(ErrorReason::TotpRequired));
    let status = refused(&world, "operator1", PASSWORD, "000000").await;
    assert_eq!(rpc::reason_of(&status), Some(ErrorReason::WrongCredentials));
    let now = code(0);
    let again = knock(&world, "operator1", PASSWORD, &now).await.expect("the right code");
    let me = again.sessions().get_me(GetMeRequest {}).await.unwrap().into_inner();
    assert!(me.totp_enabled);
    let status = refused(&world, "operator1", PASSWORD, &now).await;
    assert_eq!(rpc::reason_of(&status), Some(ErrorReason::WrongCredentials), "whoever looked over a shoulder");
}

#[tokio::test]
async fn a_session_that_ends_ends_its_live_feed() {
    let world = World::start().await;
    let admin = world.operator("admin").await;
    let phone = world.operator("operator1").await;
    let page = world.operator("operator1").await;
    let is_out = async |who: &Operator| {
        let me = who.sessions().get_me(GetMeRequest {}).await;
        assert_eq!(me.expect_err("signed out").code(), Code::Unauthenticated);
    };

    // One window ends the other.
    let (feed, kept) = (page.news("").await, phone.news("").await);
    let sessions = phone.sessions().list_sessions(ListSessionsRequest::default()).await.unwrap().into_inner().sessions;
    assert_eq!(sessions.len(), 2);
    let other = sessions.iter().find(|session| !session.current).unwrap().session_id.clone();
    phone.sessions().revoke_session(RevokeSessionRequest { session_id: other }).await.unwrap();
    assert_eq!(end_of(feed).await.code(), Code::Unauthenticated);
    is_out(&page).await;
    phone.sessions().get_me(GetMeRequest {}).await.expect("the other one stays");

    // Signing out, a new password by the administrator, a dismissal.
    phone.sessions().sign_out(SignOutRequest {}).await.unwrap();
    assert_eq!(end_of(kept).await.code(), Code::Unauthenticated);
    is_out(&phone).await;
    let page = world.operator("operator1").await;
    let feed = page.news("").await;
    let reset = ResetPasswordRequest { employee_id: page.employee_id.clone(), password: "another-Passw0rd".into() };
    admin.employees().reset_password(reset).await.unwrap();
    assert_eq!(end_of(feed).await.code(), Code::Unauthenticated);
    let status = refused(&world, "operator1", PASSWORD, "").await;
    assert_eq!(rpc::reason_of(&status), Some(ErrorReason::WrongCredentials));

    let gone = world.operator("operator2").await;
    let feed = gone.news("").await;
    let found = GetEmployeeRequest { employee_id: gone.employee_id.clone() };
    let found = admin.employees().get_employee(found).await.unwrap().into_inner().employee.unwrap();
    let employee = Employee { dismissed: true, ..found };
    let mask = prost_types::FieldMask { paths: vec!["dismissed".into()] };
    let request = UpdateEmployeeRequest { employee: Some(employee), update_mask: Some(mask) };
    admin.employees().update_employee(request).await.unwrap();
    assert_eq!(end_of(feed).await.code(), Code::Unauthenticated);
    is_out(&gone).await;
    let status = refused(&world, "operator2", PASSWORD, "").await;
    assert_eq!(status.code(), Code::Unauthenticated);
}

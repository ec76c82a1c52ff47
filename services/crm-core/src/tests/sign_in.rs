use std::time::Duration;

use chrono::Utc;
use futures::future::join_all;

use super::world::{PASSWORD, World};
use crate::{
    employees::{self, domain::Patch},
    sessions::{SessionError, attempts, ops::resolve_session, own, second_factor, totp},
};

const WRONG: &str = "not the password";

#[tokio::test]
async fn the_right_password_opens_a_session() {
    let world = World::start().await;
    let operator = world.operator("operator1").await;
    let signed_in = world.sign_in(" Operator1 ", PASSWORD, "").await.unwrap();
    let identity = resolve_session(&world.db, &signed_in.secret).await.unwrap();
    assert_eq!((identity.employee, identity.session), (operator.id, Some(signed_in.session.id)));
    assert_eq!(world.audited(operator.id.0).await, ["employee.create", "session.begin"]);
    let stored = format!("select count(*) from crm.session where secret_sha256::text like '%{}%'", signed_in.secret);
    assert_eq!(world.count(&stored).await, 0, "the secret itself is kept nowhere");
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_login_get_the_same_answer() {
    let world = World::start().await;
    world.operator("operator1").await;
    for login in ["operator1", "nobody", "", "no such login", "х\0х"] {
        assert!(matches!(world.sign_in(login, WRONG, "").await, Err(SessionError::WrongCredentials)), "{login:?}");
    }
}

#[tokio::test]
async fn five_failures_lock_a_login_known_or_not() {
    let world = World::start().await;
    world.operator("operator1").await;
    for login in ["operator1", "nobody"] {
        for _ in 0..5 {
            assert!(matches!(world.sign_in(login, WRONG, "").await, Err(SessionError::WrongCredentials)));
        }
        let Err(SessionError::LockedOut(rest)) = world.sign_in(login, PASSWORD, "").await else {
            panic!("{login} is not locked out")
        };
        assert!((28..=30).contains(&rest.as_secs()), "{rest:?}");
    }
}

#[tokio::test]
async fn each_failure_after_a_pause_doubles_the_next() {
    let world = World::start().await;
    world.operator("operator1").await;
    let pauses = [30, 60, 120, 240, 480, 960, 1_920, 3_600, 3_600];
    for _ in 0..4 {
        assert!(world.sign_in("operator1", WRONG, "").await.is_err());
    }
    for pause in pauses {
        assert!(matches!(world.sign_in("operator1", WRONG, "").await, Err(SessionError::WrongCredentials)));
        let Err(SessionError::LockedOut(rest)) = world.sign_in("operator1", PASSWORD, "").await else { panic!() };
        assert!(Duration::from_secs(pause) - rest < Duration::from_secs(3), "{rest:?} of {pause} s");
        world.sql("update crm.sign_in_failure set locked_until = now()").await;
    }
    assert!(world.sign_in("operator1", PASSWORD, "").await.is_ok());
    assert_eq!(world.count("select count(*) from crm.sign_in_failure").await, 0, "a success forgets all failures");
}

#[tokio::test]
async fn a_day_without_failures_forgets_them() {
    let world = World::start().await;
    for _ in 0..4 {
        assert!(world.sign_in("operator1", WRONG, "").await.is_err());
    }
    world.sql("update crm.sign_in_failure set last_failed_at = now() - interval '25 hours'").await;
    assert!(matches!(world.sign_in("operator1", WRONG, "").await, Err(SessionError::WrongCredentials)));
    assert_eq!(world.count("select failures::bigint from crm.sign_in_failure").await, 1);
    world.sql("update crm.sign_in_failure set last_failed_at = now() - interval '25 hours'").await;
    assert_eq!(attempts::forget_old(&world.db.pool).await.unwrap(), 1);
}

#[tokio::test]
async fn any_number_of_guesses_at_once_gets_no_further_than_five() {
    let world = World::start().await;
    world.operator("operator1").await;
    let answers = join_all((0..60).map(|_| world.sign_in("operator1", WRONG, ""))).await;
    let wrong = answers.iter().filter(|a| matches!(a, Err(SessionError::WrongCredentials))).count();
    let locked = answers.iter().filter(|a| matches!(a, Err(SessionError::LockedOut(_)))).count();
    assert_eq!((wrong, locked), (5, 55));
    assert_eq!(world.count("select failures::bigint from crm.sign_in_failure").await, 5);
}

#[tokio::test]
async fn a_dismissed_employee_cannot_sign_in_and_is_signed_out() {
    let world = World::start().await;
    let operator = world.operator("operator1").await;
    let signed_in = world.sign_in("operator1", PASSWORD, "").await.unwrap();
    let patch = Patch { dismissed: Some(true), ..Patch::default() };
    employees::ops::update(&world.db, world.admin, operator.id, patch).await.unwrap();
    assert!(matches!(resolve_session(&world.db, &signed_in.secret).await, Err(SessionError::NotSignedIn)));
    assert!(matches!(world.sign_in("operator1", PASSWORD, "").await, Err(SessionError::WrongCredentials)));
    assert_eq!(world.count("select count(*) from crm.session").await, 0);
}

/// Switches the second factor of a new operator on. Returns its secret and the time of its first code.
async fn with_second_factor(world: &World) -> (Vec<u8>, i64) {
    let operator = world.operator("operator1").await;
    let enrolment = second_factor::start(&world.db, &world.auth, operator.id).await.unwrap();
    let secret = totp_rs::Secret::try_from_base32(&enrolment.secret_base32).unwrap().as_bytes().to_vec();
    assert!(enrolment.otpauth_url.contains(&enrolment.secret_base32));
    assert!(world.sign_in("operator1", PASSWORD, "").await.is_ok(), "in force only once it is confirmed");
    let wrong = second_factor::confirm(&world.db, &world.auth, operator.id, "000000").await;
    assert!(wrong.is_err() || totp::code_at(&secret, Utc::now().timestamp()) == "000000");
    // One step back, so that the present step stays unused.
    let then = Utc::now().timestamp() - 30;
    second_factor::confirm(&world.db, &world.auth, operator.id, &totp::code_at(&secret, then)).await.unwrap();
    (secret, then)
}

#[tokio::test]
async fn with_a_second_factor_each_code_is_good_once() {
    let world = World::start().await;
    let (secret, then) = with_second_factor(&world).await;
    assert!(matches!(world.sign_in("operator1", PASSWORD, "").await, Err(SessionError::TotpRequired)));
    assert!(matches!(world.sign_in("operator1", WRONG, "").await, Err(SessionError::WrongCredentials)));
    let used = totp::code_at(&secret, then);
    assert!(matches!(world.sign_in("operator1", PASSWORD, &used).await, Err(SessionError::WrongCredentials)));
    let code = totp::code_at(&secret, then + 30);
    assert!(world.sign_in("operator1", PASSWORD, &code).await.is_ok());
    let replayed = world.sign_in("operator1", PASSWORD, &code).await;
    assert!(matches!(replayed, Err(SessionError::WrongCredentials)), "somebody looked over the shoulder");
}

#[tokio::test]
async fn two_sign_ins_with_one_code_open_one_session() {
    let world = World::start().await;
    let (secret, then) = with_second_factor(&world).await;
    world.sql("delete from crm.session").await;
    let code = totp::code_at(&secret, then + 30);
    let answers = join_all((0..4).map(|_| world.sign_in("operator1", PASSWORD, &code))).await;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
    assert_eq!(world.count("select count(*) from crm.session").await, 1);
}

#[tokio::test]
async fn being_asked_for_the_code_neither_counts_nor_buys_more_guesses() {
    let world = World::start().await;
    with_second_factor(&world).await;
    for _ in 0..4 {
        assert!(matches!(world.sign_in("operator1", PASSWORD, "12").await, Err(SessionError::WrongCredentials)));
        assert!(matches!(world.sign_in("operator1", PASSWORD, "").await, Err(SessionError::TotpRequired)));
    }
    assert_eq!(world.count("select failures::bigint from crm.sign_in_failure").await, 4);
    assert!(matches!(world.sign_in("operator1", PASSWORD, "12").await, Err(SessionError::WrongCredentials)));
    assert!(matches!(world.sign_in("operator1", PASSWORD, "").await, Err(SessionError::LockedOut(_))));
}

#[tokio::test]
async fn the_second_factor_goes_only_with_the_password() {
    let world = World::start().await;
    with_second_factor(&world).await;
    let operator = employees::store::by_login(&world.db.pool, "operator1").await.unwrap().unwrap();
    let again = second_factor::start(&world.db, &world.auth, operator).await;
    assert!(matches!(again, Err(SessionError::TotpOn)), "a stolen session puts no other phone in its place");
    let refused = second_factor::disable(&world.db, &world.auth, operator, WRONG).await;
    assert!(matches!(refused, Err(SessionError::WrongCredentials)));
    second_factor::disable(&world.db, &world.auth, operator, PASSWORD).await.unwrap();
    assert!(world.sign_in("operator1", PASSWORD, "").await.is_ok());
    let audited = world.audited(operator.0).await;
    assert!(audited.contains(&"totp.enable".to_owned()) && audited.contains(&"totp.disable".to_owned()));
}

#[tokio::test]
async fn guessing_the_old_password_from_a_stolen_session_locks_out_too() {
    let world = World::start().await;
    let operator = world.operator("operator1").await;
    for _ in 0..5 {
        let refused = own::change_password(&world.db, &world.auth, operator.id, None, WRONG, "another password").await;
        assert!(matches!(refused, Err(SessionError::WrongCredentials)));
    }
    let refused = own::change_password(&world.db, &world.auth, operator.id, None, PASSWORD, "another password").await;
    assert!(matches!(refused, Err(SessionError::LockedOut(_))));
}

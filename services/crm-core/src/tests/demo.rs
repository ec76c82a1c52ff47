use super::world::World;
use crate::{
    admin::{ensure_administrator, seed_demo},
    sessions::ops::{SignIn, sign_in},
};

#[tokio::test]
async fn the_demo_company_is_seeded_once() {
    let world = World::start().await;
    let first = seed_demo(&world.db.pool).await.unwrap();
    let logins: Vec<_> = first.iter().map(|one| one.login.as_str()).collect();
    assert_eq!(logins, ["head", "operator1", "operator2"], "the login admin belongs to somebody else here");
    let rows = world.count("select count(*) from crm.audit").await;
    assert_eq!(seed_demo(&world.db.pool).await.unwrap(), first);
    assert_eq!(world.count("select count(*) from crm.audit").await, rows, "seeding again changes nothing");
    assert_eq!(world.count("select count(*) from crm_read.employee where is_head and working").await, 1);
    assert_eq!(world.count("select count(*) from crm_read.department where head_employee_id is not null").await, 1);
    let who =
        SignIn { login: "operator1", password: &first[1].password, totp_code: "", user_agent: "", client_address: "" };
    assert!(sign_in(&world.db, &world.auth, &who).await.is_ok());
}

#[tokio::test]
async fn an_administrator_is_made_promoted_or_left_alone() {
    let world = World::start().await;
    let ensure = |login: &'static str, password: &'static str| {
        ensure_administrator(&world.db.pool, login, password, "Администратор")
    };
    let made = ensure("root", "the first password").await.unwrap();
    let session = world.sign_in("root", "the first password", "").await.unwrap();
    assert_eq!(ensure("root", "the first password").await.unwrap(), made);
    assert_eq!(world.count("select count(*) from crm.session").await, 1, "what is right stays untouched");
    assert_eq!(ensure("root", "the second password").await.unwrap(), made);
    assert!(crate::sessions::ops::resolve_session(&world.db, &session.secret).await.is_err());
    assert!(world.sign_in("root", "the second password", "").await.is_ok());

    let operator = world.operator("operator1").await;
    assert_eq!(ensure("Operator1", super::world::PASSWORD).await.unwrap(), operator.id);
    let administrators = "select count(*) from crm_read.employee where is_administrator and active";
    assert_eq!(world.count(administrators).await, 3);
    assert!(ensure("weak", "short").await.is_err());
}

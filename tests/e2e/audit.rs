//! The sealed record of who changed what.

use testkit::eventually;

use crate::{
    office::chore,
    world::{SOON, World},
};

#[tokio::test]
async fn okno_audit_verify_names_the_first_row_that_is_not_what_was_sealed() {
    let mut world = World::servers().await;
    world.run(&["crm-core"]).await;
    eventually("the seeded company is sealed", SOON, async || {
        (world.count("select count(*) from crm.audit where place is not null").await > 0).then_some(())
    })
    .await;
    world.kill("crm-core");
    let verify =
        async |arguments: &[&str]| chore(&world.environment, &[&["audit", "verify"], arguments].concat()).await;
    let whole = verify(&[]).await.expect("it holds");
    let note = whole.lines().find_map(|line| line.strip_prefix("crm: note ")).expect("a note").to_owned();
    assert!(whole.starts_with("inbox: ok, ") && whole.contains("crm: ok, "), "{whole}");
    verify(&["--schema", "crm", "--noted", &note]).await.expect("what was noted is there");
    assert!(verify(&["--schema", "inbox", "--noted", &note]).await.is_err(), "another schema's note");
    assert!(verify(&["--noted", "crm:first"]).await.is_err(), "no note");
    let other = verify(&["--noted", "crm:1:00"]).await.expect_err("another chain");
    assert!(other.starts_with("(3) okno: the audit of crm is not the one that was noted"), "{other}");

    let tamper = "update crm.audit set action = 'nothing' where place = 1";
    sqlx::query(tamper).execute(&world.pool).await.expect("tampered with");
    verify(&["--schema", "inbox"]).await.expect("inbox was left alone");
    let broken = verify(&[]).await.expect_err("it is broken");
    assert!(broken.starts_with("(3) okno: the audit of crm is broken at place 1: row "), "{broken}");
}

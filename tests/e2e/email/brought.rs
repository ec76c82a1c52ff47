//! Letters that a mail server brings.

use contracts::inbox::Assignment;
use testkit::{
    eventually,
    mail::{FakeSmtp, PASSWORD, Postman, letter},
    servers::free_port,
};

use super::SUPPORT;
use crate::{
    operator::Operator,
    world::{SOON, World},
};

const LETTERS: &str = "select count(*) from inbox.message where direction = 1 and kind = 1";

struct Scene {
    world: World,
    operator: Operator,
    lmtp: u16,
    _smtp: FakeSmtp,
}

impl Scene {
    /// A mailbox whose letters are brought by LMTP.
    async fn set() -> Self {
        let mut world = World::servers().await;
        let lmtp = free_port();
        world.environment.insert("OKNO_GATEWAY_EMAIL_LMTP".to_owned(), format!("127.0.0.1:{lmtp}"));
        for target in ["crm-core", "router", "edge", "gateway-email"] {
            world.run(&[target]).await;
        }
        let smtp = FakeSmtp::start().await;
        let admin = world.operator("admin").await;
        let settings = [
            ("address", SUPPORT.to_owned()),
            ("provider", "other".to_owned()),
            ("receive", "push".to_owned()),
            ("password", PASSWORD.to_owned()),
            ("smtp_host", "localhost".to_owned()),
            ("smtp_port", smtp.port().to_string()),
            ("smtp_security", "none".to_owned()),
        ];
        world.connect(&admin, "email", settings, Assignment::default()).await;
        let operator = world.operator("operator1").await;
        Self { world, operator, lmtp, _smtp: smtp }
    }

    /// The server's words where it does not take the letter.
    async fn bring(&self, letter: &str, to: &str) -> Result<(), String> {
        Postman { lmtp: self.lmtp }.bring(to, letter).await
    }
}

/// A letter to the mailbox; it stays the same however often it is brought.
fn from(name: &str, number: u32) -> String {
    let address = format!("{name} <{}@example.com>", name.to_lowercase());
    letter(&address, SUPPORT, "Where is my order?", &format!("{number}@example.com"), "Good day")
}

/// The gateway says yes when router has committed the letter, and not before; what it did not say yes to comes again.
// acceptance: EM-3
#[tokio::test]
async fn a_letter_is_taken_when_router_has_it_and_comes_once() {
    let mut scene = Scene::set().await;
    let first = from("Anna", 1);
    eventually("the first letter", SOON, async || scene.bring(&first, SUPPORT).await.ok()).await;
    assert_eq!(scene.world.count(LETTERS).await, 1, "it is there as soon as it is taken");
    let row = scene.operator.conversation_with("Anna").await;
    assert!(row.request.is_some(), "it is somebody's work");

    scene.world.kill("router");
    let second = from("Boris", 2);
    let refused = scene.bring(&second, SUPPORT).await.unwrap_err();
    assert!(refused.starts_with('4'), "{refused}");
    scene.world.run(&["router"]).await;
    eventually("the second letter", SOON, async || scene.bring(&second, SUPPORT).await.ok()).await;
    scene.bring(&second, "support+tag@example.org").await.expect("the same letter once more");
    assert_eq!(scene.world.count(LETTERS).await, 2, "each once");
    let refused = scene.bring(&first, "nobody@example.org").await.unwrap_err();
    assert!(refused.starts_with("550"), "{refused}");
}

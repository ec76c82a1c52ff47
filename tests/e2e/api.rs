//! The examples of `docs/api`, run as programs of their own with a key of their own.

use std::{collections::HashMap, path::PathBuf, process::Output};

use tokio::process::Command;
use uuid::Uuid;

use crate::{
    office::{binary, chore},
    world::World,
};

const NAME: &str = "Ромашка";

/// One run of an example in the language it is written in.
async fn run(language: &str, environment: &HashMap<String, String>, words: [&str; 3]) -> Output {
    let mut command = match language {
        "Rust" => Command::new(binary().with_file_name("examples").join("clients")),
        _ => {
            let mut python = Command::new(python());
            python.arg(root().join("docs/api/clients.py"));
            python
        }
    };
    let ran = command.args(words).envs(environment).env("PYTHONIOENCODING", "utf-8").output().await;
    ran.unwrap_or_else(|error| panic!("the example in {language} does not run ({error}); `cargo xtask test` builds it"))
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The one with gRPC in it, which `cargo xtask test` installs.
fn python() -> PathBuf {
    std::env::var_os("OKNO_TEST_PYTHON").map_or_else(|| root().join(".okno/venv/bin/python"), PathBuf::from)
}

#[tokio::test]
async fn the_examples_of_the_api_do_what_they_say() {
    let world = World::start().await;
    let key = async |scope: &str| {
        let arguments = ["admin", "api-key", "admin", "--name", "example", "--scope", scope];
        let made = chore(&world.environment, &arguments).await.expect("a key");
        made.trim().rsplit(' ').next().expect("a key").to_owned()
    };
    let (writes, reads) = (key("crm.write").await, key("crm.read").await);
    let edge = &world.environment["OKNO_EDGE_LISTEN"];
    let examples =
        [("Rust", format!("http://{edge}"), "+7 999 000-00-21"), ("Python", edge.clone(), "+7 999 000-00-22")];
    for (language, url, phone) in examples {
        let name = format!("{NAME} {language}");
        let id = Uuid::now_v7().to_string();
        let with =
            |key: &str| HashMap::from([("OKNO_URL".to_owned(), url.clone()), ("OKNO_API_KEY".into(), key.into())]);
        let told = |output: &Output| {
            let said = String::from_utf8_lossy(&output.stdout).into_owned();
            assert!(output.status.success(), "{language}: {said}{}", String::from_utf8_lossy(&output.stderr));
            said
        };
        // Twice, as whoever lost the first answer does: still one card.
        for _ in 0..2 {
            let said = told(&run(language, &with(&writes), [&name, phone, &id]).await);
            assert!(said.contains(&format!("{name} has the comment \"Из учётной системы\"")), "{said}");
            assert_eq!(said.matches(&format!("found by phone: {name}")).count(), 1, "{said}");
        }
        let wrong = told(&run(language, &with(&writes), [&name, "12", &Uuid::now_v7().to_string()]).await);
        assert!(wrong.starts_with("cannot be taken: "), "{wrong}");
        assert!(wrong.contains("addresses"), "{wrong}");
        let refused = run(language, &with(&reads), [&name, phone, &Uuid::now_v7().to_string()]).await;
        assert!(!refused.status.success(), "{language}: a key that only reads makes nothing");
    }
}

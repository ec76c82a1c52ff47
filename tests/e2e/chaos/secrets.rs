//! What the processes' logs may not tell, whatever fails: what was written, by whom, and what opens a door.

use std::fs;

use super::{
    ledger::Pages,
    outside::MAILBOX,
    stand::Stand,
    verdict::{Kind, Violation, violation},
};

/// Of each log the first thing in it that is nobody's business.
pub fn told(stand: &Stand, pages: &Pages, tokens: &[&str]) -> Vec<Violation> {
    // Every text begins with its writer's name; letters come from addresses that do.
    let mut secrets: Vec<String> = pages.written.keys().map(|writer| format!("{writer} ")).collect();
    secrets.extend(pages.written.keys().map(|writer| format!("{writer}@")));
    secrets.extend(stand.outside.users.iter().map(|one| one.phone.clone()));
    secrets.extend(pages.replies.iter().map(|reply| reply.text.clone()));
    secrets.extend(tokens.iter().map(|token| (*token).to_owned()));
    secrets.push(MAILBOX.to_owned());
    let logs = fs::read_dir(stand.logs()).expect("a folder of logs").map(|entry| entry.expect("a log").path());
    let tells = |path: std::path::PathBuf| {
        let text = fs::read_to_string(&path).expect("a log");
        let secret = secrets.iter().find(|secret| text.contains(secret.as_str()))?;
        Some(violation(Kind::Wrong, format!("{} tells {secret:?}", path.display())))
    };
    logs.filter_map(tells).collect()
}

//! The demo company's web chat, for the demo shop that the edge serves.

use std::collections::HashMap;

use contracts::inbox::AssignmentMethod;
use model::{AccountId, DEMO_CHAT};
use sqlx::PgPool;

use super::{
    ops::part_of,
    store::{self, Saved},
};

/// The setting that names where the chat may be shown.
const ORIGINS: &str = "allowed_origins";

/// Makes the demo company's web chat, allowed on these origins; one that is there learns of new origins only, and one
/// that was deleted stays so.
///
/// # Errors
/// What the database answers.
pub async fn seed_demo_chat(pool: &PgPool, parts: u32, origins: &[String]) -> sqlx::Result<AccountId> {
    let known = store::accounts(pool, Some(DEMO_CHAT.0), None, None, 1).await?.into_iter().next();
    let Some(row) = known else {
        let department_id = store::largest_department(pool).await?;
        store::insert(pool, &account(part_of(DEMO_CHAT, parts), department_id, origins)).await?;
        return Ok(DEMO_CHAT);
    };
    let mut saved = Saved::from_row(&row);
    let allowed = saved.settings.entry(ORIGINS.to_owned()).or_default();
    let missing: Vec<&String> = origins.iter().filter(|o| !allowed.lines().any(|line| line.trim() == *o)).collect();
    if !missing.is_empty() {
        for origin in missing {
            allowed.push('\n');
            allowed.push_str(origin);
        }
        store::update(pool, &saved, row.revision).await?;
    }
    Ok(DEMO_CHAT)
}

fn account(part: i32, department_id: Option<uuid::Uuid>, origins: &[String]) -> Saved {
    let settings = [
        (ORIGINS, origins.join("\n")),
        ("title", "Демо-магазин".to_owned()),
        ("greeting", "Здравствуйте! Чем помочь?".to_owned()),
        ("offline_form", "false".to_owned()),
    ];
    Saved {
        account_id: DEMO_CHAT.0,
        channel: "webchat".to_owned(),
        name: "Демо-магазин".to_owned(),
        part,
        enabled: true,
        is_request_source: true,
        settings: settings.map(|(name, value)| (name.to_owned(), value)).into(),
        secrets_key_id: String::new(),
        secrets: Vec::new(),
        secret_hints: HashMap::new(),
        assignment_method: i16::try_from(AssignmentMethod::Queue as i32).unwrap_or(1),
        assignment_employees: Vec::new(),
        department_id,
        owner_employee_id: None,
        reopen_window_hours: 24,
        schedule_id: None,
        out_of_hours_text: String::new(),
        signature: String::new(),
    }
}

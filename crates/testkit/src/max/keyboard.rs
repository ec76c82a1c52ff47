use serde_json::Value;

use super::answer::{Refusal, invalid};

const ROWS: usize = 30;
const BUTTONS: usize = 210;
const PER_ROW: usize = 7;
const PER_ROW_WITH_LINK: usize = 3;
const TITLE: usize = 128;

/// Whether MAX shows this keyboard.
pub(super) fn check(keyboard: &Value) -> Result<(), Refusal> {
    let rows: Vec<&Vec<Value>> =
        keyboard["payload"]["buttons"].as_array().into_iter().flatten().filter_map(Value::as_array).collect();
    if rows.is_empty() || rows.len() > ROWS || rows.iter().map(|row| row.len()).sum::<usize>() > BUTTONS {
        return invalid("buttons: 1 to 30 rows, 210 buttons");
    }
    for row in rows {
        let wide = ["link", "open_app", "request_geo_location", "request_contact"];
        let has_link = row.iter().any(|button| wide.contains(&button["type"].as_str().unwrap_or_default()));
        if row.is_empty() || row.len() > if has_link { PER_ROW_WITH_LINK } else { PER_ROW } {
            return invalid("buttons: a row is too wide");
        }
        row.iter().try_for_each(check_button)?;
    }
    Ok(())
}

fn check_button(button: &Value) -> Result<(), Refusal> {
    let title = button["text"].as_str().unwrap_or_default();
    if title.is_empty() || title.chars().count() > TITLE {
        return invalid("buttons: text has 1 to 128 characters");
    }
    let within = |field: &str, most: usize| button[field].as_str().is_some_and(|value| value.len() <= most);
    match button["type"].as_str().unwrap_or_default() {
        "callback" if within("payload", 1024) => Ok(()),
        "link" if within("url", 2048) => Ok(()),
        "message" | "request_contact" | "request_geo_location" | "clipboard" | "open_app" => Ok(()),
        _ => invalid("buttons: a button of an unknown form"),
    }
}

//! The registry of templates: what is listed, and what may be sent.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::error::{Answer, GraphError};
use super::state::World;

/// A page of the list; `after` is the number of the first one of the next page.
pub(super) fn list(world: &World, business: &str, query: &HashMap<String, String>) -> Answer<Value> {
    let app = world.apps.get(business).ok_or_else(GraphError::nothing_there)?;
    let number = |name: &str, usual: usize| query.get(name).map_or(Ok(usual), |text| text.parse());
    let bad = |_| GraphError::bad("limit and after are numbers");
    let (from, limit) = (number("after", 0).map_err(bad)?, number("limit", 25).map_err(bad)?.clamp(1, 100));
    let data: Vec<_> = app.templates.iter().skip(from).take(limit).cloned().collect();
    let end = from + data.len();
    let mut paging = json!({ "cursors": { "before": from.to_string(), "after": end.to_string() } });
    if end < app.templates.len() {
        paging["next"] = json!("https://graph.facebook.com/next-page?access_token=not-to-be-used");
    }
    Ok(json!({ "data": data, "paging": paging }))
}

/// Whether a template may be sent as it is filled in.
pub(super) fn check(templates: &[Value], wanted: &Value) -> Answer<()> {
    let language = &wanted["language"]["code"];
    let found = templates.iter().find(|one| one["name"] == wanted["name"] && one["language"] == *language);
    let refused = |code, title| Err(GraphError::new(400, code, title, "as the template is now"));
    let Some(template) = found else { return refused(132_001, "Template does not exist in the translation") };
    match template["status"].as_str() {
        Some("APPROVED") => {}
        Some("PAUSED") => return refused(132_015, "Template is paused"),
        Some("DISABLED") => return refused(132_016, "Template is disabled"),
        _ => return refused(132_001, "Template is not approved"),
    }
    for component in template["components"].as_array().into_iter().flatten() {
        let kind = component["type"].as_str().unwrap_or_default().to_lowercase();
        let given = wanted["components"].as_array().into_iter().flatten().find(|one| one["type"] == kind.as_str());
        let given = given.and_then(|one| one["parameters"].as_array()).cloned().unwrap_or_default();
        let is_file = component["format"].as_str().is_some_and(|format| format != "TEXT");
        let places = component["text"].as_str().map_or(0, |text| text.matches("{{").count());
        let wanted = if is_file { 1 } else { places };
        if matches!(kind.as_str(), "header" | "body") && given.len() != wanted {
            return refused(132_000, "Number of parameters does not match the expected number of params");
        }
        if given.iter().any(|one| one["type"] == "text" && one["text"].as_str().is_none_or(str::is_empty)) {
            return refused(132_012, "Parameter format does not match format in the created template");
        }
    }
    Ok(())
}

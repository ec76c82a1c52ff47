//! What one account can do: what its channel can, less what the account's own switches take away.

use contracts::channel::{Capabilities, GatewayDescription, SettingsField};
use serde_json::Value;

/// `settings` are the account's, names to texts; `None`: the gateway has said nothing of what it can.
pub fn of_account(description: GatewayDescription, settings: &Value) -> Option<Capabilities> {
    let mut can = description.capabilities?;
    let fields = description.settings.unwrap_or_default().fields;
    for field in fields.iter().filter(|field| is_off(field, settings)) {
        take(&mut can, &field.ability);
    }
    Some(can)
}

fn is_off(field: &SettingsField, settings: &Value) -> bool {
    !field.ability.is_empty() && settings[&field.name].as_str().unwrap_or(&field.default_value) == "false"
}

/// A name that is none of these takes nothing: the gateway may be newer.
fn take(can: &mut Capabilities, ability: &str) {
    match ability {
        "replies" => can.replies = false,
        "edits" => can.edits = false,
        "deletes" => can.deletes = false,
        "reactions" => can.reactions = false,
        "typing" => can.typing = false,
        "marks_read" => can.marks_read = false,
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use contracts::channel::SettingsSchema;
    use serde_json::json;

    use super::*;

    #[test]
    fn a_switch_takes_from_its_own_account_what_it_names() {
        let switch = |name: &str, ability: &str, default: &str| SettingsField {
            name: name.into(),
            ability: ability.into(),
            default_value: default.into(),
            ..SettingsField::default()
        };
        let fields = vec![
            switch("may_edit", "edits", "true"),
            switch("may_delete", "deletes", "true"),
            switch("shows_typing", "typing", "false"),
            switch("other", "", "false"),
            switch("newer", "levitates", "false"),
        ];
        let description = GatewayDescription {
            capabilities: Some(Capabilities { edits: true, deletes: true, typing: true, ..Capabilities::default() }),
            settings: Some(SettingsSchema { fields, ..SettingsSchema::default() }),
            ..GatewayDescription::default()
        };
        let can = |settings| {
            let can = of_account(description.clone(), &settings).unwrap();
            (can.edits, can.deletes, can.typing)
        };
        assert_eq!(can(json!({})), (true, true, false));
        assert_eq!(can(json!({ "may_edit": "false", "shows_typing": "true" })), (false, true, true));
        assert_eq!(of_account(GatewayDescription::default(), &json!({})), None);
    }
}

//! What one account can do: what its channel can, less what the account's own switches take away, and with the larger
//! files that a server of its own takes.

use contracts::channel::{Capabilities, GatewayDescription, SettingsField};
use serde_json::Value;

/// `settings` are the account's, names to texts; `None`: the gateway has said nothing of what it can.
pub fn of_account(description: GatewayDescription, settings: &Value) -> Option<Capabilities> {
    let mut can = description.capabilities?;
    let fields = description.settings.unwrap_or_default().fields;
    for field in fields.iter().filter(|field| is_off(field, settings)) {
        take(&mut can, &field.ability);
    }
    for field in fields.iter().filter(|field| is_own(field, settings)) {
        can.media.iter_mut().for_each(|media| media.max_bytes = media.max_bytes.max(field.media_bytes));
    }
    Some(can)
}

fn is_off(field: &SettingsField, settings: &Value) -> bool {
    !field.ability.is_empty() && settings[&field.name].as_str().unwrap_or(&field.default_value) == "false"
}

/// Another value than the channel's own; addresses are the same with and without a slash at the end.
fn is_own(field: &SettingsField, settings: &Value) -> bool {
    let plain = |text: &str| text.trim().trim_end_matches('/').to_ascii_lowercase();
    let given = plain(settings[&field.name].as_str().unwrap_or_default());
    field.media_bytes > 0 && !given.is_empty() && given != plain(&field.default_value)
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
    use contracts::channel::{MediaCapability, SettingsSchema};
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

    #[test]
    fn a_server_of_ones_own_takes_larger_files() {
        let api_url = SettingsField {
            name: "api_url".into(),
            default_value: "https://api.example.com".into(),
            media_bytes: 2_000,
            ..SettingsField::default()
        };
        let media = |max_bytes| MediaCapability { max_bytes, ..MediaCapability::default() };
        let can = Capabilities { media: vec![media(50), media(3_000)], ..Capabilities::default() };
        let description = GatewayDescription {
            capabilities: Some(can),
            settings: Some(SettingsSchema { fields: vec![api_url], ..SettingsSchema::default() }),
            ..GatewayDescription::default()
        };
        let most = |settings| {
            let can = of_account(description.clone(), &settings).unwrap();
            can.media.iter().map(|media| media.max_bytes).collect::<Vec<_>>()
        };
        for usual in [json!({}), json!({ "api_url": "" }), json!({ "api_url": "https://API.example.com/" })] {
            assert_eq!(most(usual.clone()), [50, 3_000], "{usual}");
        }
        assert_eq!(most(json!({ "api_url": "http://10.0.0.7:8081" })), [2_000, 3_000]);
    }
}

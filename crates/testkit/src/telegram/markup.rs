use serde_json::Value;

use super::error::{Answer, ApiError};
use super::params::Params;

/// Reads `reply_markup` and refuses what Telegram refuses. Only an inline keyboard stays with the message.
pub(super) fn read(params: &Params) -> Answer<Option<Value>> {
    let Some(markup) = params.nested("reply_markup")? else { return Ok(None) };
    let Value::Object(fields) = &markup else {
        return Err(ApiError::bad("object expected as reply markup"));
    };
    if let Some(rows) = fields.get("inline_keyboard") {
        each_button(rows, "inline keyboard", inline_button)?;
    } else if let Some(rows) = fields.get("keyboard") {
        each_button(
            rows,
            "reply keyboard",
            |button| if button.is_string() { Ok(()) } else { label(button).map(drop) },
        )?;
    } else if !["remove_keyboard", "force_reply"].iter().any(|name| fields.contains_key(*name)) {
        // An empty object is no markup; anything else is a mistake.
        return if fields.is_empty() { Ok(None) } else { Err(ApiError::bad("object expected as reply markup")) };
    }
    Ok(Some(markup))
}

fn each_button(rows: &Value, what: &str, check: impl Fn(&Value) -> Answer<()>) -> Answer<()> {
    let array = |value: &Value| {
        let missing = || ApiError::bad(format!("can't parse {what} button: expected an Array of Array"));
        value.as_array().cloned().ok_or_else(missing)
    };
    for row in array(rows)? {
        for button in array(&row)? {
            check(&button)?;
        }
    }
    Ok(())
}

fn inline_button(button: &Value) -> Answer<()> {
    label(button)?;
    if let Some(data) = button.get("callback_data") {
        let length = data.as_str().map(str::len).ok_or_else(|| {
            ApiError::bad("can't parse inline keyboard button: Field \"callback_data\" must be of type String")
        })?;
        return if (1..=64).contains(&length) { Ok(()) } else { Err(ApiError::bad("BUTTON_DATA_INVALID")) };
    }
    if let Some(url) = button.get("url") {
        let known = |url: &str| ["http://", "https://", "tg://"].iter().any(|scheme| url.starts_with(scheme));
        return if url.as_str().is_some_and(known) { Ok(()) } else { Err(ApiError::bad("BUTTON_URL_INVALID")) };
    }
    let others =
        ["web_app", "login_url", "switch_inline_query", "switch_inline_query_current_chat", "copy_text", "pay"];
    if others.iter().any(|name| button.get(*name).is_some()) {
        return Ok(());
    }
    Err(ApiError::bad("can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard"))
}

fn label(button: &Value) -> Answer<&str> {
    button["text"]
        .as_str()
        .filter(|text| !text.is_empty())
        .ok_or_else(|| ApiError::bad("can't parse keyboard button: Field \"text\" must be of type String"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn description(markup: Value) -> Option<String> {
        let params = Params::from_json(&json!({ "reply_markup": markup }), &Params::default());
        read(&params).err().map(|error| error.description)
    }

    #[test]
    fn callback_data_has_at_most_64_bytes_and_a_button_does_something() {
        let button = |fields: Value| json!({ "inline_keyboard": [[fields]] });
        assert_eq!(description(button(json!({ "text": "Да", "callback_data": "x".repeat(64) }))), None);
        let long = description(button(json!({ "text": "Да", "callback_data": "x".repeat(65) })));
        assert_eq!(long.unwrap(), "Bad Request: BUTTON_DATA_INVALID");
        assert!(description(button(json!({ "text": "Да" }))).unwrap().contains("unallowed"));
        assert!(description(json!("[")).unwrap().contains("can't parse reply markup JSON object"));
    }
}

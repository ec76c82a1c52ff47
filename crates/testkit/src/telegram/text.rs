//! Texts as Telegram counts them: in UTF-16 units.

use serde_json::{Value, json};

use super::error::{Answer, ApiError};
use super::params::Params;
use super::{html, markdown};

pub(super) const TEXT_LIMIT: usize = 4096;
pub(super) const CAPTION_LIMIT: usize = 1024;

const ENTITY_TYPES: [&str; 20] = [
    "mention",
    "hashtag",
    "cashtag",
    "bot_command",
    "url",
    "email",
    "phone_number",
    "bold",
    "italic",
    "underline",
    "strikethrough",
    "spoiler",
    "blockquote",
    "expandable_blockquote",
    "code",
    "pre",
    "text_link",
    "text_mention",
    "custom_emoji",
    "date_time",
];

/// A text and its entities, as they stand in a message.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Formatted {
    pub(super) text: String,
    pub(super) entities: Vec<Value>,
}

impl Formatted {
    /// Reads a text with `parse_mode` or the entities of the field named `entities`. White space at the end is cut, as
    /// Telegram does.
    pub(super) fn read(text: &str, params: &Params, entities: &str) -> Answer<Self> {
        let parsed = match params.non_empty("parse_mode").map(|mode| mode.to_lowercase()).as_deref() {
            None | Some("none") => Self { text: text.to_owned(), entities: listed(params, entities)? },
            Some("html") => html::parse(text)?,
            Some("markdownv2") => markdown::parse(text)?,
            Some("markdown") => markdown::parse_legacy(text)?,
            Some(_) => return Err(ApiError::bad("unsupported parse_mode")),
        };
        check_entities(&parsed.entities, &parsed.text)?;
        Ok(parsed.trimmed())
    }

    fn trimmed(mut self) -> Self {
        self.text.truncate(self.text.trim_end().len());
        let end = utf16_len(&self.text) as i64;
        for entity in &mut self.entities {
            let offset = entity["offset"].as_i64().unwrap_or_default();
            let length = entity["length"].as_i64().unwrap_or_default().min(end - offset);
            entity["length"] = json!(length);
        }
        self.entities.retain(|entity| entity["length"].as_i64() > Some(0));
        self
    }

    pub(super) fn utf16_len(&self) -> usize {
        utf16_len(&self.text)
    }
}

pub(super) fn utf16_len(text: &str) -> usize {
    text.encode_utf16().count()
}

fn listed(params: &Params, field: &str) -> Answer<Vec<Value>> {
    match params.nested(field)? {
        None => Ok(Vec::new()),
        Some(Value::Array(entities)) => Ok(entities),
        Some(_) => Err(ApiError::entities("expected an Array of MessageEntity")),
    }
}

/// Checks what the caller says about its own text: types, bounds, and that no character is cut in two.
fn check_entities(entities: &[Value], text: &str) -> Answer<()> {
    let units: Vec<u16> = text.encode_utf16().collect();
    for entity in entities {
        let kind = entity["type"].as_str().ok_or_else(|| ApiError::entities("field \"type\" must be a String"))?;
        if !ENTITY_TYPES.contains(&kind) {
            return Err(ApiError::entities("unsupported MessageEntity type"));
        }
        let offset = index(entity, "offset")?;
        let end = offset + index(entity, "length")?;
        if end > units.len() {
            return Err(ApiError::entities("entity ends beyond the end of the text"));
        }
        let splits = |at: usize| units.get(at).is_some_and(|unit| (0xDC00..0xE000).contains(unit));
        if splits(offset) || splits(end) {
            return Err(ApiError::entities("entity begins or ends in a middle of a UTF-16 symbol"));
        }
        if kind == "text_link" && entity["url"].as_str().is_none_or(str::is_empty) {
            return Err(ApiError::entities("field \"url\" must be a String"));
        }
    }
    Ok(())
}

fn index(entity: &Value, field: &str) -> Answer<usize> {
    let index = entity[field].as_u64().and_then(|index| usize::try_from(index).ok());
    index.ok_or_else(|| ApiError::entities(format!("field \"{field}\" must be of type Number")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, fields: Value) -> Answer<Formatted> {
        Formatted::read(text, &Params::from_json(&fields, &Params::default()), "entities")
    }

    #[test]
    fn entities_are_counted_in_utf16_units_and_cut_no_character() {
        let wide = json!({ "entities": [{ "type": "bold", "offset": 0, "length": 2 }] });
        assert!(read("🪟", wide).is_ok());
        let half = json!({ "entities": [{ "type": "bold", "offset": 0, "length": 1 }] });
        assert!(read("🪟", half).unwrap_err().description.contains("UTF-16"));
        let long = json!({ "entities": [{ "type": "bold", "offset": 0, "length": 3 }] });
        assert!(read("🪟", long).unwrap_err().description.contains("beyond"));
        let untyped = json!({ "entities": [{ "type": "bold", "offset": "0", "length": 1 }] });
        assert!(read("ok", untyped).unwrap_err().description.contains("must be of type Number"));
    }

    #[test]
    fn white_space_at_the_end_is_cut_together_with_its_entities() {
        let fields = json!({ "entities": [{ "type": "bold", "offset": 0, "length": 4 }] });
        let read = read("ab  ", fields).unwrap();
        assert_eq!((read.text.as_str(), &read.entities[0]["length"]), ("ab", &json!(2)));
    }
}

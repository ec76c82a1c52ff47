//! Buttons under a message (<https://dev.vk.com/ru/api/bots/development/keyboard>, read 2026-11-26).

use contracts::channel::{Button, ButtonRow, FailureReason as R};
use gateway_kit::SendOutcome;
use serde_json::{Value, json};
use url::Url;

use crate::{
    describe::{BUTTON_ROWS, BUTTONS_IN_ROW, BUTTONS_MOST, DATA_BYTES, LABEL_CHARS},
    error::refused,
};

/// `None`: there are no buttons.
pub fn inline(rows: &[ButtonRow]) -> Result<Option<Value>, SendOutcome> {
    let buttons: Vec<&Button> = rows.iter().flat_map(|row| &row.buttons).collect();
    if buttons.is_empty() {
        return Ok(None);
    }
    if buttons.len() > BUTTONS_MOST as usize {
        return Err(refused(R::TooLong, &format!("VK takes {BUTTONS_MOST} buttons under a message")));
    }
    let fits = rows.len() <= BUTTON_ROWS && rows.iter().all(|row| row.buttons.len() <= BUTTONS_IN_ROW);
    let rows: Vec<Vec<&Button>> = match fits {
        true => rows.iter().map(|row| row.buttons.iter().collect()).filter(|row: &Vec<_>| !row.is_empty()).collect(),
        // Ten buttons always fit in rows of two.
        false => buttons.chunks(2).map(<[&Button]>::to_vec).collect(),
    };
    let rows = rows.into_iter().map(|row| row.into_iter().map(button).collect::<Result<Vec<_>, _>>());
    Ok(Some(json!({ "inline": true, "buttons": rows.collect::<Result<Vec<_>, _>>()? })))
}

fn button(button: &Button) -> Result<Value, SendOutcome> {
    let label: String = button.title.trim().chars().take(LABEL_CHARS).collect();
    if label.is_empty() {
        return Err(refused(R::Rejected, "a button has no title"));
    }
    if !button.url.is_empty() {
        let url = Url::parse(&button.url).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
        let url = url.ok_or_else(|| refused(R::Rejected, "a button's address is none that VK opens"))?;
        return Ok(json!({ "action": { "type": "open_link", "link": url.as_str(), "label": label } }));
    }
    let data = if button.data.is_empty() { &label } else { &button.data };
    if data.len() > DATA_BYTES as usize {
        return Err(refused(R::TooLong, &format!("a button's data has {} bytes, VK takes {DATA_BYTES}", data.len())));
    }
    let payload = json!({ "d": data }).to_string();
    if payload.chars().count() > 255 {
        return Err(refused(R::TooLong, "a button's data is too long for VK when written as JSON"));
    }
    Ok(json!({ "action": { "type": "callback", "label": label, "payload": payload } }))
}

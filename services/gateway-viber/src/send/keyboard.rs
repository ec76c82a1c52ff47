//! Buttons (<https://developers.viber.com/docs/tools/keyboards/>, read 2026-11-26). A pressed one comes back as a text.

use contracts::channel::{Button, ButtonRow, FailureReason as R};
use egress::Url;
use gateway_kit::SendOutcome;
use serde_json::{Value, json};

use crate::{
    describe::{BUTTON_TEXT, KEYBOARD_COLUMNS, KEYBOARD_ROWS},
    error::refused,
};

/// The keyboard of a message; `None` without buttons.
///
/// # Errors
/// What becomes of the order when Viber would not take it.
pub fn of(rows: &[ButtonRow]) -> Result<Option<Value>, SendOutcome> {
    // A row of more buttons than columns goes on in the next one.
    let rows: Vec<_> = rows.iter().flat_map(|row| row.buttons.chunks(KEYBOARD_COLUMNS)).collect();
    if rows.is_empty() {
        return Ok(None);
    }
    if rows.len() > KEYBOARD_ROWS {
        return Err(refused(R::TooLong, &format!("Viber takes {KEYBOARD_ROWS} rows of buttons")));
    }
    let mut buttons = Vec::new();
    for row in rows {
        for (button, columns) in row.iter().zip(columns(row.len())) {
            buttons.push(one(button, columns)?);
        }
    }
    Ok(Some(json!({ "Type": "keyboard", "DefaultHeight": false, "Buttons": buttons })))
}

/// How many of six columns each of `count` buttons gets: all six are used, the first ones are wider.
fn columns(count: usize) -> impl Iterator<Item = usize> {
    (0..count).map(move |at| KEYBOARD_COLUMNS / count + usize::from(at < KEYBOARD_COLUMNS % count))
}

fn one(button: &Button, columns: usize) -> Result<Value, SendOutcome> {
    let title = button.title.trim();
    if title.is_empty() {
        return Err(refused(R::Rejected, "a button has no title"));
    }
    let (action, body) = if button.url.is_empty() {
        ("reply", if button.data.is_empty() { title } else { &button.data })
    } else {
        let opens = Url::parse(&button.url).is_ok_and(|url| matches!(url.scheme(), "http" | "https" | "viber" | "tel"));
        if !opens {
            return Err(refused(R::Rejected, "a button's address is none that Viber opens"));
        }
        ("open-url", button.url.as_str())
    };
    if title.chars().count() > BUTTON_TEXT || action == "reply" && body.len() > BUTTON_TEXT {
        return Err(refused(R::TooLong, "a button has 250 characters at most"));
    }
    Ok(json!({ "Columns": columns, "Rows": 1, "ActionType": action, "ActionBody": body, "Text": escaped(title) }))
}

/// Viber takes some HTML in a button's text.
fn escaped(title: &str) -> String {
    title.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_fills_its_six_columns() {
        for (count, expected) in [(1, vec![6]), (2, vec![3, 3]), (4, vec![2, 2, 1, 1]), (5, vec![2, 1, 1, 1, 1])] {
            assert_eq!(columns(count).collect::<Vec<_>>(), expected);
        }
    }

    #[test]
    fn a_long_row_goes_on_in_the_next_one() {
        let button = Button { title: "1".into(), ..Button::default() };
        let row = |count| ButtonRow { buttons: vec![button.clone(); count] };
        let keyboard = of(&[row(7)]).unwrap().unwrap();
        let columns: Vec<_> =
            keyboard["Buttons"].as_array().unwrap().iter().map(|one| one["Columns"].clone()).collect();
        assert_eq!(columns, [1, 1, 1, 1, 1, 1, 6]);
        assert!(of(&vec![row(1); 13]).is_err());
        assert_eq!(of(&[row(0)]).unwrap(), None);
    }
}

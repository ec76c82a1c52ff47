use contracts::channel::{Button, ContactCard, Content, FailureReason as R, Location};
use gateway_kit::{Media, SendOutcome, words::clean};
use serde_json::{Value, json};
use url::Url;

use super::{
    file::{File, Form, WithFile},
    template,
};
use crate::{
    describe::{
        BUTTON_TITLE_CHARS, BUTTONS_MOST, CAPTION_LIMIT, DATA_BYTES, REPLY_BUTTONS_MOST, ROW_TITLE_CHARS, TEXT_LIMIT,
    },
    error::refused,
};

/// What one call sends: `type` and what belongs to it.
pub enum Plan {
    Plain(Value),
    WithFile(WithFile),
}

impl Plan {
    /// Checks WhatsApp's limits, so that nothing is tried that must fail, and reads the file.
    ///
    /// # Errors
    /// What becomes of the order then.
    pub async fn make(content: Content, media: &Media) -> Result<Self, SendOutcome> {
        if let Some(wanted) = &content.template {
            return template::plan(wanted, &content.attachments, media).await;
        }
        let text = content.text.trim_end().to_owned();
        let buttons: Vec<Button> = content.buttons.iter().flat_map(|row| row.buttons.clone()).collect();
        check_length(&text, !content.attachments.is_empty() || asks_by_buttons(&buttons))?;
        if let Some(beside) = beside(&content, &text)? {
            return Ok(Self::Plain(beside));
        }
        let interactive = question(&text, &buttons)?;
        match (content.attachments.as_slice(), interactive) {
            ([], None) if text.trim().is_empty() => Err(refused(R::Rejected, "there is nothing to send")),
            ([], None) => Ok(Self::Plain(plain(&text))),
            ([], Some(question)) => Ok(Self::Plain(json!({ "type": "interactive", "interactive": question }))),
            ([one], question) => {
                let file = File::read(one.clone(), !text.is_empty(), media).await?;
                with_file(file, text, question).map(Self::WithFile)
            }
            _ => Err(refused(R::NotSupported, "WhatsApp takes one file in a message")),
        }
    }
}

fn plain(text: &str) -> Value {
    let has_link = text.contains("http://") || text.contains("https://");
    json!({ "type": "text", "text": { "body": text, "preview_url": has_link } })
}

fn with_file(file: File, text: String, question: Option<Value>) -> Result<WithFile, SendOutcome> {
    if question.is_some() && !matches!(file.form, Form::Image | Form::Video | Form::Document) {
        return Err(refused(R::NotSupported, "only a picture, a video or a document goes together with buttons"));
    }
    if question.as_ref().is_some_and(|question| question["type"] == "list") {
        return Err(refused(R::NotSupported, "a file goes together with at most three buttons"));
    }
    Ok(WithFile::Message { file, text, question })
}

fn check_length(text: &str, is_short: bool) -> Result<(), SendOutcome> {
    let limit = if is_short { CAPTION_LIMIT } else { TEXT_LIMIT };
    let length = text.encode_utf16().count();
    if length <= limit as usize {
        return Ok(());
    }
    Err(refused(R::TooLong, &format!("the text has {length} characters, WhatsApp takes {limit}")))
}

/// A list may stand under a long text.
fn asks_by_buttons(buttons: &[Button]) -> bool {
    (1..=REPLY_BUTTONS_MOST).contains(&buttons.len())
}

/// A place or a contact, which goes alone.
fn beside(content: &Content, text: &str) -> Result<Option<Value>, SendOutcome> {
    let found = match (&content.location, &content.contact_card) {
        (None, None) => return Ok(None),
        (Some(location), None) => place(location),
        (None, Some(card)) => contact(card)?,
        (Some(_), Some(_)) => return Err(refused(R::NotSupported, "a place and a contact go as two messages")),
    };
    let alone = content.attachments.is_empty() && text.trim().is_empty() && content.buttons.is_empty();
    if alone {
        Ok(Some(found))
    } else {
        Err(refused(R::NotSupported, "a place or a contact goes as a message of its own"))
    }
}

fn place(at: &Location) -> Value {
    let mut location = json!({ "latitude": at.latitude, "longitude": at.longitude });
    for (name, value) in [("name", &at.title), ("address", &at.address)] {
        if !value.is_empty() {
            location[name] = json!(value);
        }
    }
    json!({ "type": "location", "location": location })
}

fn contact(card: &ContactCard) -> Result<Value, SendOutcome> {
    let phones: Vec<_> = card.phones.iter().filter(|phone| !phone.trim().is_empty()).collect();
    let first = phones.first().ok_or_else(|| refused(R::Rejected, "the contact has no phone"))?;
    let name = clean(&card.name, 200);
    let name = if name.is_empty() { first.trim() } else { &name };
    let phones: Vec<_> = phones.iter().map(|phone| json!({ "phone": phone, "type": "CELL" })).collect();
    let emails: Vec<_> = card.emails.iter().map(|email| json!({ "email": email, "type": "WORK" })).collect();
    let names = json!({ "formatted_name": name, "first_name": name });
    Ok(json!({ "type": "contacts", "contacts": [{ "name": names, "phones": phones, "emails": emails }] }))
}

/// A question with answers to press, or one with a link.
fn question(text: &str, buttons: &[Button]) -> Result<Option<Value>, SendOutcome> {
    if buttons.is_empty() {
        return Ok(None);
    }
    if text.trim().is_empty() {
        return Err(refused(R::Rejected, "buttons need a text above them"));
    }
    let action = match buttons {
        [only] if !only.url.is_empty() => link(only)?,
        _ if buttons.iter().any(|button| !button.url.is_empty()) => {
            return Err(refused(R::NotSupported, "WhatsApp takes one link, or buttons without links"));
        }
        few if few.len() <= REPLY_BUTTONS_MOST => replies(few)?,
        many if many.len() <= BUTTONS_MOST as usize => list(many)?,
        _ => return Err(refused(R::TooLong, &format!("WhatsApp takes {BUTTONS_MOST} buttons under a message"))),
    };
    let (kind, action) = action;
    Ok(Some(json!({ "type": kind, "body": { "text": text }, "action": action })))
}

type Action = (&'static str, Value);

fn link(button: &Button) -> Result<Action, SendOutcome> {
    let url = Url::parse(&button.url).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
    let url = url.ok_or_else(|| refused(R::Rejected, "a button's address is none that WhatsApp opens"))?;
    let title = title(button, BUTTON_TITLE_CHARS)?;
    let parameters = json!({ "display_text": title, "url": url.as_str() });
    Ok(("cta_url", json!({ "name": "cta_url", "parameters": parameters })))
}

fn replies(buttons: &[Button]) -> Result<Action, SendOutcome> {
    let button = |(number, button): (usize, &Button)| {
        let title = title(button, BUTTON_TITLE_CHARS)?;
        Ok(json!({ "type": "reply", "reply": { "id": id(button, number)?, "title": title } }))
    };
    let buttons: Vec<Value> = buttons.iter().enumerate().map(button).collect::<Result<_, SendOutcome>>()?;
    Ok(("button", json!({ "buttons": buttons })))
}

fn list(buttons: &[Button]) -> Result<Action, SendOutcome> {
    let row = |(number, button): (usize, &Button)| {
        Ok(json!({ "id": id(button, number)?, "title": title(button, ROW_TITLE_CHARS)? }))
    };
    let rows: Vec<Value> = buttons.iter().enumerate().map(row).collect::<Result<_, SendOutcome>>()?;
    Ok(("list", json!({ "button": "☰", "sections": [{ "rows": rows }] })))
}

fn title(button: &Button, most: usize) -> Result<&str, SendOutcome> {
    let title = button.title.trim();
    let length = title.encode_utf16().count();
    match length {
        0 => Err(refused(R::Rejected, "a button has no title")),
        _ if length > most => {
            Err(refused(R::TooLong, &format!("a button's title has {length} characters, WhatsApp takes {most}")))
        }
        _ => Ok(title),
    }
}

/// Ids are unique in a message; without data the title says enough.
fn id(button: &Button, number: usize) -> Result<String, SendOutcome> {
    let data = if button.data.is_empty() { format!("{number}:{}", button.title.trim()) } else { button.data.clone() };
    if data.len() > DATA_BYTES as usize {
        let length = data.len();
        return Err(refused(R::TooLong, &format!("a button's data has {length} bytes, WhatsApp takes {DATA_BYTES}")));
    }
    Ok(data)
}

use contracts::channel::{Attachment, ButtonRow, ContactCard, Content, FailureReason as R, Location};
use gateway_kit::{Media, SendOutcome};
use teloxide_core::types::{InlineKeyboardButton, InlineKeyboardMarkup, MessageEntity};
use url::Url;

use super::file::{File, Form};
use crate::{
    describe::{ALBUM_MOST, BUTTONS_MOST, CAPTION_LIMIT, DATA_BYTES, TEXT_LIMIT},
    error::refused,
    normalize::entities::{entities, utf16_len},
};

/// What one call sends.
pub struct Plan {
    pub text: String,
    pub entities: Vec<MessageEntity>,
    pub markup: Option<InlineKeyboardMarkup>,
    pub what: What,
}

pub enum What {
    Text,
    Place(Location),
    Contact(ContactCard),
    File(File),
    /// 2 to 10, all of one form, or photos and videos together.
    Album(Vec<File>),
}

impl Plan {
    /// Checks Telegram's limits, so that nothing is tried that must fail, and reads the files, of at most `most_bytes` each.
    ///
    /// # Errors
    /// What becomes of the order then.
    pub async fn make(content: Content, media: &Media, most_bytes: i64) -> Result<Self, SendOutcome> {
        let text = content.text.trim_end().to_owned();
        check_length(&text, !content.attachments.is_empty())?;
        let entities = entities(&text, &content.spans);
        let markup = markup(&content.buttons)?;
        let what = what(content, &text, media, most_bytes).await?;
        if matches!(what, What::Album(_)) && markup.is_some() {
            return Err(refused(R::NotSupported, "an album cannot carry buttons"));
        }
        Ok(Self { text, entities, markup, what })
    }

    /// Sends pictures as files from now on; `false` when there is none to change.
    pub fn send_as_documents(&mut self) -> bool {
        let files = match &mut self.what {
            What::File(file) => std::slice::from_mut(file),
            What::Album(files) => files.as_mut_slice(),
            What::Text | What::Place(_) | What::Contact(_) => return false,
        };
        let changed = files.iter().any(|file| file.form == Form::Photo);
        if changed {
            files.iter_mut().for_each(|file| file.form = Form::Document);
        }
        changed
    }
}

pub fn check_length(text: &str, is_caption: bool) -> Result<(), SendOutcome> {
    let limit = if is_caption { CAPTION_LIMIT } else { TEXT_LIMIT };
    let length = utf16_len(text);
    if length <= limit as usize {
        return Ok(());
    }
    Err(refused(R::TooLong, &format!("the text has {length} characters, Telegram takes {limit}")))
}

async fn what(content: Content, text: &str, media: &Media, most_bytes: i64) -> Result<What, SendOutcome> {
    let Content { attachments, location, contact_card, .. } = content;
    let beside = usize::from(location.is_some()) + usize::from(contact_card.is_some());
    if beside > 1 || beside == 1 && !(attachments.is_empty() && text.trim().is_empty()) {
        return Err(refused(R::NotSupported, "a place or a contact goes as a message of its own"));
    }
    if let Some(location) = location {
        return Ok(What::Place(location));
    }
    if let Some(card) = contact_card {
        let has_phone = card.phones.first().is_some_and(|phone| !phone.trim().is_empty());
        return if has_phone { Ok(What::Contact(card)) } else { Err(refused(R::Rejected, "the contact has no phone")) };
    }
    if attachments.is_empty() && text.trim().is_empty() {
        return Err(refused(R::Rejected, "there is nothing to send"));
    }
    files(attachments, !text.is_empty(), media, most_bytes).await
}

async fn files(
    attachments: Vec<Attachment>,
    has_text: bool,
    media: &Media,
    most_bytes: i64,
) -> Result<What, SendOutcome> {
    if attachments.len() > ALBUM_MOST as usize {
        return Err(refused(R::NotSupported, &format!("Telegram takes {ALBUM_MOST} files in a message")));
    }
    let mut files = Vec::with_capacity(attachments.len());
    for attachment in attachments {
        files.push(File::read(attachment, has_text, media, most_bytes).await?);
    }
    match files.pop() {
        None => Ok(What::Text),
        Some(only) if files.is_empty() => Ok(What::File(only)),
        Some(last) => {
            files.push(last);
            Ok(What::Album(alike(files)))
        }
    }
}

/// Photos and videos go together, documents and music only with their like; any other mixture goes as files.
fn alike(mut files: Vec<File>) -> Vec<File> {
    let all = |forms: &[Form]| files.iter().all(|file| forms.contains(&file.form));
    if !all(&[Form::Photo, Form::Video]) && !all(&[Form::Audio]) {
        files.iter_mut().for_each(|file| file.form = Form::Document);
    }
    files
}

pub fn markup(rows: &[ButtonRow]) -> Result<Option<InlineKeyboardMarkup>, SendOutcome> {
    let count: usize = rows.iter().map(|row| row.buttons.len()).sum();
    if count == 0 {
        return Ok(None);
    }
    if count > BUTTONS_MOST as usize {
        return Err(refused(R::TooLong, &format!("Telegram takes {BUTTONS_MOST} buttons under a message")));
    }
    let rows = rows.iter().filter(|row| !row.buttons.is_empty());
    let rows = rows.map(|row| row.buttons.iter().map(button).collect::<Result<Vec<_>, _>>());
    Ok(Some(InlineKeyboardMarkup { inline_keyboard: rows.collect::<Result<_, _>>()? }))
}

fn button(button: &contracts::channel::Button) -> Result<InlineKeyboardButton, SendOutcome> {
    let title = button.title.trim();
    if title.is_empty() {
        return Err(refused(R::Rejected, "a button has no title"));
    }
    if !button.url.is_empty() {
        let url = Url::parse(&button.url).ok().filter(|url| matches!(url.scheme(), "http" | "https" | "tg"));
        let url = url.ok_or_else(|| refused(R::Rejected, "a button's address is none that Telegram opens"))?;
        return Ok(InlineKeyboardButton::url(title, url));
    }
    let data = if button.data.is_empty() { title } else { &button.data };
    if data.len() > DATA_BYTES as usize {
        return Err(refused(
            R::TooLong,
            &format!("a button's data has {} bytes, Telegram takes {DATA_BYTES}", data.len()),
        ));
    }
    Ok(InlineKeyboardButton::callback(title, data))
}

use contracts::channel::{Content, FailureReason as R, Location, SendOrder};
use gateway_kit::{Media, SendOutcome};
use serde_json::Value;

use super::{file::File, keyboard, upload};
use crate::{
    address::MessageKey,
    client::Client,
    describe::{ATTACHMENTS_MOST, TEXT_LIMIT},
    error::refused,
};

/// What one call sends; its files lie at VK already.
pub struct Plan {
    pub text: String,
    /// As `photo-1_2_key`.
    pub attachments: Vec<String>,
    pub location: Option<Location>,
    pub keyboard: Option<Value>,
    /// The number of the message that is answered.
    pub reply_to: Option<i64>,
}

impl Plan {
    /// Checks VK's limits, so that nothing is tried that must fail, and brings the files to VK.
    ///
    /// # Errors
    /// What becomes of the order then; surely nothing was sent.
    pub async fn make(client: &Client, peer: i64, send: &SendOrder, media: &Media) -> Result<Self, SendOutcome> {
        let content = send.content.clone().unwrap_or_default();
        let text = text(&content)?;
        let keyboard = keyboard::inline(&content.buttons)?;
        if content.attachments.len() > ATTACHMENTS_MOST as usize {
            return Err(refused(R::NotSupported, &format!("VK takes {ATTACHMENTS_MOST} files in a message")));
        }
        if text.trim().is_empty() && content.attachments.is_empty() && content.location.is_none() {
            return Err(refused(R::Rejected, "there is nothing to send"));
        }
        let mut attachments = Vec::with_capacity(content.attachments.len());
        for attachment in content.attachments {
            let file = File::read(attachment, media).await?;
            attachments.push(upload::file(client, peer, &file, send.attempt).await?);
        }
        let reply_to = MessageKey::parse(&send.reply_to_key).filter(|key| key.peer == peer).map(|key| key.cmid);
        Ok(Self { text, attachments, location: content.location, keyboard, reply_to })
    }
}

/// A contact's card has no form of its own at VK.
pub fn text(content: &Content) -> Result<String, SendOutcome> {
    let mut text = content.text.trim_end().to_owned();
    if let Some(card) = &content.contact_card {
        let lines = std::iter::once(&card.name).chain(&card.phones).chain(&card.emails);
        for line in lines.filter(|line| !line.trim().is_empty()) {
            text = if text.is_empty() { line.clone() } else { format!("{text}\n{line}") };
        }
    }
    let length = text.encode_utf16().count();
    if length <= TEXT_LIMIT as usize {
        return Ok(text);
    }
    Err(refused(R::TooLong, &format!("the text has {length} characters, VK takes {TEXT_LIMIT}")))
}

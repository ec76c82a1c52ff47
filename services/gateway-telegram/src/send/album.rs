use teloxide_core::{
    payloads::SendMediaGroup,
    types::{InputMedia, InputMediaAudio, InputMediaDocument, InputMediaPhoto, InputMediaVideo, MessageEntity},
};

use super::{
    To,
    file::{File, Form},
    plan::Plan,
};
use crate::{client::Client, error::CallError, wire::SentMessage};

/// Sends 2 to 10 files as one; the text stands under the first, where Telegram's apps show it for all.
pub async fn send(client: &Client, to: &To, plan: &Plan, files: &[File]) -> Result<Vec<SentMessage>, CallError> {
    let mut caption = Some(plan).filter(|plan| !plan.text.is_empty());
    let media: Vec<_> = files.iter().map(|file| item(file, caption.take())).collect();
    let mut payload = SendMediaGroup::new(to.chat(), media);
    payload.business_connection_id = to.business();
    payload.message_thread_id = to.topic();
    payload.reply_parameters = to.reply();
    client.upload(payload, to.direct()).await
}

fn item(file: &File, caption: Option<&Plan>) -> InputMedia {
    let media = file.input();
    let text = caption.map(|plan| plan.text.clone());
    let entities: Option<Vec<MessageEntity>> = caption.map(|plan| plan.entities.clone());
    match file.form {
        Form::Photo => InputMedia::Photo(InputMediaPhoto {
            caption: text,
            caption_entities: entities,
            ..InputMediaPhoto::new(media)
        }),
        Form::Video => InputMedia::Video(InputMediaVideo {
            caption: text,
            caption_entities: entities,
            width: short(file.width),
            height: short(file.height),
            duration: short(file.duration),
            supports_streaming: Some(true),
            ..InputMediaVideo::new(media)
        }),
        Form::Audio => InputMedia::Audio(InputMediaAudio {
            caption: text,
            caption_entities: entities,
            duration: short(file.duration),
            ..InputMediaAudio::new(media)
        }),
        _ => InputMedia::Document(InputMediaDocument {
            caption: text,
            caption_entities: entities,
            disable_content_type_detection: Some(true),
            ..InputMediaDocument::new(media)
        }),
    }
}

fn short(value: Option<u32>) -> Option<u16> {
    value.and_then(|value| u16::try_from(value).ok())
}

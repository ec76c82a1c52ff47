use contracts::channel::{ContactCard, Location};
use gateway_kit::words::clean;
use teloxide_core::{
    payloads::{
        SendAnimation, SendAudio, SendContact, SendDocument, SendLocation, SendMessage, SendPhoto, SendSticker,
        SendVenue, SendVideo, SendVideoNote, SendVoice,
    },
    types::ReplyMarkup,
};

use super::{
    To,
    file::{File, Form},
    plan::{Plan, What},
};
use crate::{client::Client, error::CallError, wire::SentMessage};

/// Fills what all sending methods have in common; their payloads share no trait.
macro_rules! addressed {
    ($payload:expr, $to:expr, $plan:expr) => {{
        let mut payload = $payload;
        payload.business_connection_id = $to.business();
        payload.message_thread_id = $to.topic();
        payload.reply_parameters = $to.reply();
        payload.reply_markup = $plan.markup.clone().map(ReplyMarkup::InlineKeyboard);
        payload
    }};
}

/// Fills the text under a file.
macro_rules! captioned {
    ($payload:expr, $to:expr, $plan:expr) => {{
        let mut payload = addressed!($payload, $to, $plan);
        if !$plan.text.is_empty() {
            payload.caption = Some($plan.text.clone());
            payload.caption_entities = Some($plan.entities.clone());
        }
        payload
    }};
}

/// Sends all but albums.
pub async fn send(client: &Client, to: &To, plan: &Plan) -> Result<SentMessage, CallError> {
    match &plan.what {
        What::File(file) => of_file(client, to, plan, file).await,
        What::Place(location) => place(client, to, plan, location).await,
        What::Contact(card) => contact(client, to, plan, card).await,
        What::Text | What::Album(_) => text(client, to, plan).await,
    }
}

async fn text(client: &Client, to: &To, plan: &Plan) -> Result<SentMessage, CallError> {
    let mut payload = addressed!(SendMessage::new(to.chat(), plan.text.clone()), to, plan);
    payload.entities = Some(plan.entities.clone());
    client.send(payload, to.direct()).await
}

async fn place(client: &Client, to: &To, plan: &Plan, at: &Location) -> Result<SentMessage, CallError> {
    let (latitude, longitude) = (at.latitude, at.longitude);
    let words = if at.title.is_empty() { &at.address } else { &at.title };
    if words.is_empty() {
        return client.send(addressed!(SendLocation::new(to.chat(), latitude, longitude), to, plan), to.direct()).await;
    }
    let address = if at.address.is_empty() { words } else { &at.address };
    let payload = SendVenue::new(to.chat(), latitude, longitude, words.clone(), address.clone());
    client.send(addressed!(payload, to, plan), to.direct()).await
}

async fn contact(client: &Client, to: &To, plan: &Plan, card: &ContactCard) -> Result<SentMessage, CallError> {
    let phone = card.phones.first().cloned().unwrap_or_default();
    let name = clean(&card.name, 64);
    let name = if name.is_empty() { phone.clone() } else { name };
    client.send(addressed!(SendContact::new(to.chat(), phone, name), to, plan), to.direct()).await
}

async fn of_file(client: &Client, to: &To, plan: &Plan, file: &File) -> Result<SentMessage, CallError> {
    let (chat, input) = (to.chat(), file.input());
    match file.form {
        Form::Photo => client.upload(captioned!(SendPhoto::new(chat, input), to, plan), to.direct()).await,
        Form::Voice => {
            let payload = SendVoice { duration: file.duration, ..SendVoice::new(chat, input) };
            client.upload(captioned!(payload, to, plan), to.direct()).await
        }
        Form::Audio => {
            let payload = SendAudio { duration: file.duration, ..SendAudio::new(chat, input) };
            client.upload(captioned!(payload, to, plan), to.direct()).await
        }
        Form::Document => {
            // Telegram shall not take a picture that is meant as a file for something else.
            let payload = SendDocument { disable_content_type_detection: Some(true), ..SendDocument::new(chat, input) };
            client.upload(captioned!(payload, to, plan), to.direct()).await
        }
        Form::Sticker => client.upload(addressed!(SendSticker::new(chat, input), to, plan), to.direct()).await,
        Form::Video | Form::VideoNote | Form::Animation => moving(client, to, plan, file).await,
    }
}

async fn moving(client: &Client, to: &To, plan: &Plan, file: &File) -> Result<SentMessage, CallError> {
    let (chat, input) = (to.chat(), file.input());
    let File { width, height, duration, .. } = *file;
    match file.form {
        Form::Animation => {
            let payload = SendAnimation { duration, width, height, ..SendAnimation::new(chat, input) };
            client.upload(captioned!(payload, to, plan), to.direct()).await
        }
        Form::VideoNote => {
            let payload = SendVideoNote { duration, length: width, ..SendVideoNote::new(chat, input) };
            client.upload(addressed!(payload, to, plan), to.direct()).await
        }
        _ => {
            let streams = Some(true);
            let payload =
                SendVideo { duration, width, height, supports_streaming: streams, ..SendVideo::new(chat, input) };
            client.upload(captioned!(payload, to, plan), to.direct()).await
        }
    }
}

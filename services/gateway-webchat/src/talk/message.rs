//! What a visitor writes.

use std::sync::Arc;

use chrono::Utc;
use contracts::channel::{Attachment, Inbound, PeerMessage, inbound::Body};
use prost::Message as _;
use uuid::Uuid;

use super::{Talk, retry_ms};
use crate::{
    event::{Event, What},
    normalize::{self, Circumstances},
    token::UploadToken,
    trace,
    wire::{Code, Msg, ServerFrame},
};

/// Why a message is not taken: for good, or until later.
struct No {
    code: Code,
    retry_ms: Option<u64>,
}

impl From<Code> for No {
    fn from(code: Code) -> Self {
        Self { code, retry_ms: None }
    }
}

impl Talk {
    /// Publishes a message and answers only when router has it.
    pub async fn message(&mut self, msg: Msg) -> ServerFrame {
        let id = msg.id.chars().take(64).collect();
        match self.publish(msg).await {
            Ok(at) => ServerFrame::Ack { id, at },
            Err(No { code, retry_ms }) => ServerFrame::Nack { id, code, retry_ms },
        }
    }

    /// Gives the moment at which it was taken, in ms since 1970.
    async fn publish(&mut self, mut msg: Msg) -> Result<i64, No> {
        let now = Utc::now().timestamp_millis();
        normalize::check(&msg, now)?;
        let visitor = self.who.visitor.ok_or(Code::Token)?;
        if self.visit.gateway.settings.require_identity && self.who.person.is_none() {
            return Err(Code::IdentityRequired.into());
        }
        let files = self.files(visitor, msg.files.as_deref().unwrap_or_default())?;
        self.desk.limits.message(visitor).map_err(|wait| {
            self.desk.front.count_refused("rate");
            No { code: Code::Rate, retry_ms: u64::try_from(wait.as_millis() + 100).ok() }
        })?;
        self.look_around(&mut msg);
        let account = self.account();
        let fact = normalize::message(account, &self.who, visitor, &msg, files, &self.allowed(), now);
        let taken = self.desk.front.publish(&self.visit, vec![fact.clone()]).await;
        taken.map_err(|refusal| {
            self.desk.front.count_refused(refusal.why());
            No { code: Code::Unavailable, retry_ms: retry_ms(refusal) }
        })?;
        self.has_conversation = true;
        self.show_elsewhere(fact).await;
        Ok(now)
    }

    /// Where the visitor is now; on the stream path also where they came from.
    fn look_around(&mut self, msg: &mut Msg) {
        self.around.page = msg.page.take().or(self.around.page.take());
        self.around.touch = msg.touch.take().or(self.around.touch.take());
        self.around.storage_consent = msg.storage_consent.or(self.around.storage_consent);
        if let Some(language) = msg.lang.take() {
            self.around.language = language;
        }
    }

    /// Without consent, where the account or the site asks for one, not where the visitor came from.
    fn allowed(&self) -> Circumstances {
        let demanded = self.visit.gateway.settings.storage_consent;
        let around = self.around.clone();
        if around.storage_consent.unwrap_or(!demanded) { around } else { trace::without(around) }
    }

    /// The uploads of a message: this visitor's own, not older than a day.
    fn files(&self, visitor: Uuid, tokens: &[String]) -> Result<Vec<Attachment>, Code> {
        let (signer, now) = (self.desk.uploads_signer(self.account()), Utc::now().timestamp());
        let read = |token: &String| {
            let upload = signer.open::<UploadToken>(token)?;
            (upload.visitor == visitor && upload.expires > now).then(|| normalize::attachment(upload))
        };
        tokens.iter().map(|token| read(token).ok_or(Code::BadFrame)).collect()
    }

    /// The visitor's other tabs and devices see what was written here.
    async fn show_elsewhere(&self, fact: Inbound) {
        let content = match fact.body {
            Some(Body::Message(message)) => message.content.unwrap_or_default(),
            Some(Body::ButtonCallback(press)) => {
                contracts::channel::Content { text: press.title, ..Default::default() }
            }
            _ => return,
        };
        let message = PeerMessage {
            message_key: fact.message_key,
            content: Some(content),
            shown_at: fact.shown_at,
            position: fact.position,
            ..PeerMessage::default()
        };
        let event = Event {
            addresses: self.who.addresses(),
            except: self.seat.as_ref().map(|seat| seat.id().to_string()).unwrap_or_default(),
            again: false,
            what: Some(What::Message(Box::new(message))),
        };
        // When NATS is away they learn of it by asking.
        let told = Arc::new(event).encode_to_vec().into();
        self.desk.front.peers().tell(self.account(), &self.address(), told).await;
    }
}

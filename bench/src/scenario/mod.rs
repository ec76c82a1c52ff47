//! What is measured: each scenario sets its stage, measures one run, and takes everything down.

mod base;
mod clients;
mod import;
mod inbound;
mod limit;
mod mailboxes;
mod operators;
mod receipts;
mod replies;
mod sheet;
mod stage;
mod start;
mod throughput;
mod webchat;
mod whatsapp;

use std::path::{Path, PathBuf};

use anyhow::Result;

pub use replies::{conversations, send};
pub use stage::Stage;
pub use throughput::saturate;

use crate::{
    house::{Folder, House, Settings},
    options::{Options, Scenario},
    report::Run,
};

/// What every scenario works with.
pub struct Context<'a> {
    pub options: &'a Options,
    pub folder: &'a Folder,
    /// The `okno` that is measured.
    pub program: PathBuf,
    pub settings: Settings,
}

impl Context<'_> {
    /// A house on fresh data.
    pub async fn house(&self) -> Result<House> {
        House::open(&self.folder.fresh()?, &self.program, &self.settings).await
    }

    pub fn program(&self) -> &Path {
        &self.program
    }
}

impl Scenario {
    /// In one sentence.
    pub const fn what(self) -> &'static str {
        match self {
            Self::Limit => {
                "messages of 1 KiB published to JetStream, read continuously, one insert-select-unnest per batch and transaction"
            }
            Self::Start => "`okno all` from its start until it is ready, on a migrated database; its memory at rest",
            Self::Inbound => {
                "Telegram webhooks at a fixed rate: answer = from the intended moment until 200, which is after the commit; screen = until an operator's live stream tells of it"
            }
            Self::Webchat => {
                "visitors' messages over WebSocket at a fixed rate: answer = from the intended moment until `ack`"
            }
            Self::Throughput => {
                "as many Telegram webhooks as are answered, a fixed number waiting at any time (no open model)"
            }
            Self::Operators => {
                "messages at a fixed rate while operators watch: screen = from the intended moment until each operator who may see it is told; most are seen by the three of a department, one in 1,000 changes is for everyone"
            }
            Self::Replies => {
                "replies by SendMessage at a fixed rate: stored = from the intended moment until the call is answered, sent = until Telegram has the message"
            }
            Self::Receipts => {
                "browsers of the web chat say `got` at a fixed rate: screen = from the intended moment until the live stream tells of the changed message"
            }
            Self::Whatsapp => {
                "signed webhooks of WhatsApp at a fixed rate, each with one status of a reply that was sent: answer = from the intended moment until 200, which is after the commit"
            }
            Self::WhatsappTogether => "the same statuses a second, ten in a webhook",
            Self::Mailboxes => {
                "mailboxes of a real Dovecot in one gateway, over TLS: what an idle one takes; letters at a fixed rate: screen = from the intended moment until an operator's live stream tells of it"
            }
            Self::Import => {
                "the first import of a mailbox, until all is stored, beside a loop that fetches the same letters one after the other"
            }
            Self::Clients => {
                "names and phones typed letter by letter, names with a slip, lists by name, and whole cards, one call after the other, in a base of clients with three contacts each"
            }
            Self::Base => {
                "the search for doubles over all clients, and the recount of their quality after its requirements changed"
            }
            Self::Growth => "cost per message, list and search while the database grows",
        }
    }

    /// One run.
    pub async fn run(self, context: &Context<'_>) -> Result<Run> {
        match self {
            Self::Limit => limit::run(context).await,
            Self::Start => start::run(context).await,
            Self::Inbound => inbound::run(context).await,
            Self::Webchat => webchat::run(context).await,
            Self::Throughput => throughput::run(context).await,
            Self::Operators => operators::run(context).await,
            Self::Replies => replies::run(context).await,
            Self::Receipts => receipts::run(context).await,
            Self::Whatsapp => whatsapp::run(context, 1).await,
            Self::WhatsappTogether => whatsapp::run(context, whatsapp::TOGETHER).await,
            Self::Mailboxes => mailboxes::run(context).await,
            Self::Import => import::run(context).await,
            Self::Clients => Box::pin(clients::run(context)).await,
            Self::Base => base::run(context).await,
            Self::Growth => anyhow::bail!("growth is no scenario of runs"),
        }
    }
}

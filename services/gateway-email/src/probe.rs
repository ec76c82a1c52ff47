//! "Check settings": opens the mailbox, sends a letter to it, and says which side failed.

use std::time::Duration;

use contracts::channel::{LocalText, ProbeResponse, ProbeStep};
use gateway_kit::AccountSetup;
use tokio::time::timeout;

use crate::{
    config::{Receive, Settings},
    describe::text,
    error::{MailboxError, Phase, Told},
    imap::Line,
    net::NetError,
    poll::INBOX,
    pop3, send,
};

/// Both sides at once; router waits 15 s for all of it.
const SIDE_WAIT: Duration = Duration::from_secs(12);

/// Tries settings that need not be saved. Nothing is changed in the mailbox, but for a letter from it to itself.
pub async fn run(setup: &AccountSetup) -> ProbeResponse {
    let title = text("Настройки читаются", "The settings can be read");
    let settings = match Settings::read(setup) {
        Ok(settings) => settings,
        Err(error) => {
            let steps = vec![failed(title, error.problem, error.field)];
            return ProbeResponse { steps, identity: String::new(), ..ProbeResponse::default() };
        }
    };
    let (receiving, sending) =
        tokio::join!(timeout(SIDE_WAIT, receiving(&settings)), timeout(SIDE_WAIT, send::check(&settings)),);
    let receiving = receiving.unwrap_or(Err(MailboxError::Slow));
    let sending = sending.unwrap_or_else(|_| Err(Told::NotSent("the server does not answer in time".to_owned())));
    let brought = settings.receive == Receive::Push;
    let receiving = if brought { brought_step() } else { receiving_step(&receiving) };
    let steps = vec![passed(title), receiving, sending_step(&sending)];
    ProbeResponse { steps, identity: settings.address, ..ProbeResponse::default() }
}

async fn receiving(settings: &Settings) -> Result<(), MailboxError> {
    match settings.receive {
        Receive::Imap => {}
        Receive::Pop3 => return pop3::check(settings).await,
        Receive::Push => return Ok(()),
    }
    let mut line = Line::open(settings).await?;
    line.select(INBOX).await?;
    let missing = line.missing.first().cloned();
    line.close().await;
    missing.map_or(Ok(()), |name| Err(MailboxError::NoFolder(name)))
}

/// There is nothing to try from here: only the server that brings letters can say where it does.
fn brought_step() -> ProbeStep {
    passed(text("Приём: письма приносит почтовый сервер", "Receiving: a mail server brings letters here"))
}

fn receiving_step(done: &Result<(), MailboxError>) -> ProbeStep {
    let title = text("Приём: вход в ящик", "Receiving: signing in to the mailbox");
    let Err(error) = done else { return passed(title) };
    let (ru, field) = match error {
        MailboxError::SignIn(_) => ("Сервер приёма не пускает с этим именем и паролем", "password"),
        MailboxError::Consent(_) => ("Почтовая служба не даёт доступа по этому согласию", "oauth_refresh_token"),
        MailboxError::Net(NetError::Tls) | MailboxError::NoStartTls => {
            ("Сервер приёма не шифрует так, как настроено", "in_security")
        }
        MailboxError::NoFolder(_) => ("В ящике нет выбранной папки", "folders"),
        MailboxError::Refused(_) => ("Сервер приёма отказал", "in_host"),
        _ => ("Сервер приёма недоступен", "in_host"),
    };
    failed(title, text(&format!("{ru}: {error}."), &format!("Receiving failed: {error}.")), field)
}

fn sending_step(done: &Result<(), Told>) -> ProbeStep {
    let title = text("Отправка: письмо самому себе", "Sending: a letter to the mailbox itself");
    let Err(told) = done else { return passed(title) };
    let (ru, field) = match told {
        Told::Refused { phase: Phase::SignIn, .. } => {
            ("Сервер отправки не пускает с этим именем и паролем", "password")
        }
        Told::NoConsent(_) => ("Почтовая служба не даёт доступа по этому согласию", "oauth_refresh_token"),
        Told::Refused { .. } => ("Сервер отправки не берёт писем от этого адреса", "address"),
        _ => ("Сервер отправки недоступен", "smtp_host"),
    };
    failed(title, text(&format!("{ru}: {told}."), &format!("Sending failed: {told}.")), field)
}

fn passed(title: LocalText) -> ProbeStep {
    ProbeStep { title: Some(title), passed: true, ..ProbeStep::default() }
}

fn failed(title: LocalText, problem: LocalText, field: &str) -> ProbeStep {
    ProbeStep { title: Some(title), passed: false, problem: Some(problem), field: field.into() }
}

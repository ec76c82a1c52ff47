//! Where the large providers have their servers, so that nobody has to type it in.

use crate::{
    config::Copies,
    net::{Security, Server},
};

/// What is known of a provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preset {
    /// Its word in the settings.
    pub value: &'static str,
    pub title: (&'static str, &'static str),
    pub imap: Option<Server>,
    pub pop3: Option<Server>,
    pub smtp: Option<Server>,
    /// Who puts what was sent among the sent letters, unless the settings say so.
    pub copies: Copies,
    /// As its servers sign their word on senders; empty: we do not know.
    pub authserv_id: &'static str,
}

/// One by its word; an unknown one is a server of one's own.
pub fn of(value: &str) -> Preset {
    all().into_iter().find(|preset| preset.value == value).unwrap_or_else(other)
}

/// In the order of the list.
pub fn all() -> Vec<Preset> {
    vec![
        preset("yandex", ("Яндекс", "Yandex"), "yandex.ru", Copies::Ours),
        preset("mailru", ("Mail.ru", "Mail.ru"), "mail.ru", Copies::Ours),
        // Gmail keeps what its SMTP server takes.
        preset("gmail", ("Gmail", "Gmail"), "gmail.com", Copies::Providers),
        other(),
    ]
}

fn other() -> Preset {
    Preset {
        value: "other",
        title: ("Другой сервер", "Another server"),
        imap: None,
        pop3: None,
        smtp: None,
        copies: Copies::Ours,
        authserv_id: "",
    }
}

/// All three name their servers alike.
fn preset(value: &'static str, title: (&'static str, &'static str), domain: &str, copies: Copies) -> Preset {
    let tls = |name: &str, port| Some(Server { host: format!("{name}.{domain}"), port, security: Security::Tls });
    let authserv_id = if value == "gmail" { "mx.google.com" } else { "" };
    Preset { value, title, imap: tls("imap", 993), pop3: tls("pop", 995), smtp: tls("smtp", 465), copies, authserv_id }
}

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
    /// Where it gives tokens for a consent; empty: it does not, or we do not know.
    pub token_url: &'static str,
    /// Its page that asks for a consent, and what for; empty: as with `token_url`.
    pub authorize_url: &'static str,
    pub scope: &'static str,
    /// What else that page has to be told.
    pub authorize_more: &'static [(&'static str, &'static str)],
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
        outlook(),
        other(),
    ]
}

/// Of companies: it signs in by consent only, and keeps what its server takes.
fn outlook() -> Preset {
    let server = |host: &str, port, security| Some(Server { host: host.to_owned(), port, security });
    Preset {
        value: "outlook",
        title: ("Microsoft 365", "Microsoft 365"),
        imap: server("outlook.office365.com", 993, Security::Tls),
        pop3: server("outlook.office365.com", 995, Security::Tls),
        smtp: server("smtp.office365.com", 587, Security::StartTls),
        copies: Copies::Providers,
        authserv_id: "",
        token_url: "https://login.microsoftonline.com/common/oauth2/v2.0/token",
        authorize_url: "https://login.microsoftonline.com/common/oauth2/v2.0/authorize",
        scope: "offline_access https://outlook.office.com/IMAP.AccessAsUser.All \
                https://outlook.office.com/POP.AccessAsUser.All https://outlook.office.com/SMTP.Send",
        authorize_more: &[("prompt", "select_account")],
    }
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
        token_url: "",
        authorize_url: "",
        scope: "",
        authorize_more: &[],
    }
}

/// All three name their servers alike.
fn preset(value: &'static str, title: (&'static str, &'static str), domain: &str, copies: Copies) -> Preset {
    let tls = |name: &str, port| Some(Server { host: format!("{name}.{domain}"), port, security: Security::Tls });
    let (authserv_id, token_url) = match value {
        "gmail" => ("mx.google.com", "https://oauth2.googleapis.com/token"),
        "yandex" => ("", "https://oauth.yandex.ru/token"),
        _ => ("", "https://o2.mail.ru/token"),
    };
    let (authorize_url, scope): (_, &str) = match value {
        "gmail" => ("https://accounts.google.com/o/oauth2/v2/auth", "https://mail.google.com/"),
        "yandex" => ("https://oauth.yandex.ru/authorize", "mail:imap_full mail:smtp"),
        _ => ("https://o2.mail.ru/login", "userinfo mail.imap"),
    };
    // Google gives a refresh token only if it is told so, and only with the first consent unless it asks again.
    let authorize_more: &[_] =
        if value == "gmail" { &[("access_type", "offline"), ("prompt", "consent")] } else { &[] };
    let (imap, pop3, smtp) = (tls("imap", 993), tls("pop", 995), tls("smtp", 465));
    Preset { value, title, imap, pop3, smtp, copies, authserv_id, token_url, authorize_url, scope, authorize_more }
}

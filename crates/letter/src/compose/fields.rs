//! The fields of a letter beside its people.

use std::time::{Duration, UNIX_EPOCH};

use lettre::message::{
    MessageBuilder,
    header::{HeaderName, HeaderValue},
};

use super::{ComposeError, Draft, Unsubscribe};
use crate::clean;

/// Columns after which a field is folded (RFC 5322, section 2.1.1).
const COLUMNS: usize = 76;

pub(super) fn all(builder: MessageBuilder, draft: &Draft) -> Result<MessageBuilder, ComposeError> {
    let mut builder =
        builder.subject(clean::line(&draft.subject)).date(UNIX_EPOCH + Duration::from_secs(draft.sent_at));
    for (name, value) in thread(draft).into_iter().chain(own(draft)).chain(automatic(draft)).chain(mailing(draft)?) {
        builder = builder.raw_header(folded(name, &value));
    }
    Ok(builder)
}

type Field = (&'static str, String);

fn thread(draft: &Draft) -> Vec<Field> {
    let bracketed = |id: &String| format!("<{}>", id.trim_matches(['<', '>']));
    let mut fields = vec![("Message-ID", bracketed(&draft.message_id))];
    fields.extend(draft.in_reply_to.as_ref().map(|id| ("In-Reply-To", bracketed(id))));
    if !draft.references.is_empty() {
        fields.push(("References", draft.references.iter().map(bracketed).collect::<Vec<_>>().join(" ")));
    }
    fields
}

fn own(draft: &Draft) -> Vec<Field> {
    let fields = [("X-Okno-Message", draft.message.clone()), ("X-Okno-Loop", draft.instance.clone())];
    fields.into_iter().filter(|(_, value)| !value.is_empty()).collect()
}

/// RFC 3834, and what Exchange listens to.
fn automatic(draft: &Draft) -> Vec<Field> {
    if !draft.is_automatic {
        return Vec::new();
    }
    let answers = if draft.in_reply_to.is_some() { "auto-replied" } else { "auto-generated" };
    vec![("Auto-Submitted", answers.to_owned()), ("X-Auto-Response-Suppress", "All".to_owned())]
}

fn mailing(draft: &Draft) -> Result<Vec<Field>, ComposeError> {
    let Some(Unsubscribe { url, mailto }) = &draft.unsubscribe else { return Ok(Vec::new()) };
    let is_plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'<' | b'>'));
    if !url.starts_with("https://") || !is_plain(url) || !is_plain(mailto) {
        return Err(ComposeError::Unsubscribe);
    }
    let mail = if mailto.is_empty() { String::new() } else { format!(", <mailto:{mailto}>") };
    Ok(vec![
        ("List-Unsubscribe", format!("<{url}>{mail}")),
        ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click".to_owned()),
        ("Precedence", "bulk".to_owned()),
    ])
}

/// Folded at spaces and never encoded: these values are for programs. What is not ASCII has no place in them.
fn folded(name: &'static str, value: &str) -> HeaderValue {
    let value: String = clean::line(value).chars().filter(char::is_ascii).collect();
    let (mut folded, mut column) = (String::new(), name.len() + 2);
    for word in value.split(' ') {
        if !folded.is_empty() {
            let is_full = column + 1 + word.len() > COLUMNS;
            folded.push_str(if is_full { "\r\n " } else { " " });
            column = if is_full { 1 } else { column + 1 };
        }
        folded.push_str(word);
        column += word.len();
    }
    HeaderValue::dangerous_new_pre_encoded(HeaderName::new_from_ascii_str(name), value, folded)
}

//! The letter that goes out: in its thread, with its files.

use contracts::channel::{Attachment, FailureReason, Letter as Head, MailAddress, Order, SendOrder};
use gateway_kit::{SendOutcome, Tools, words::clean};
use letter::{
    ComposeError, Draft, Letter, Mailbox,
    compose::{File, Unsubscribe, compose, references, reply_subject},
    threads::{own_id, plus_addressed, subject_token},
};
use uuid::Uuid;

use super::refused;
use crate::{
    Email,
    config::{Carried as Where, ReplyTokens},
    normalize::ties,
};

const SUBJECT: usize = 998;

pub struct Composed {
    pub from: String,
    pub to: Vec<String>,
    pub letter: Vec<u8>,
    /// Without brackets, as the next one.
    pub message_id: String,
    /// The letter that it answers; may be empty.
    pub answers: String,
    /// What else an answer to it may be told by.
    pub ties: Vec<String>,
}

/// # Errors
/// What is to be reported instead of a send.
pub async fn letter(email: &Email, order: &Order, send: &SendOrder, tools: &Tools) -> Result<Composed, SendOutcome> {
    let settings = &email.settings;
    let target = order.target.clone().unwrap_or_default();
    let content = send.content.clone().unwrap_or_default();
    let answered = send.answers.as_ref().and_then(|answers| answers.letter.clone()).unwrap_or_default();
    let uuid = |text: &str| text.parse::<Uuid>().map_err(|_| own_fault());
    let domain = settings.address.rsplit('@').next().unwrap_or_default();
    let conversation = uuid(&target.conversation_id)?;
    let message_id = own_id(conversation, uuid(&send.message_id)?, domain);
    let written = content.letter.as_deref().cloned().unwrap_or_default();
    let target_address = target.address.clone();
    let person = if target.reply_address.is_empty() { target.address } else { target.reply_address };
    let Parts { files, html } = files(&content.attachments, &written, tools).await?;
    let (subject, now) = (subject(&answered, &written.subject, &content.text), chrono::Utc::now().timestamp());
    let carried = carried(&settings.reply, &settings.address, &settings.name, conversation, &subject);
    let ties = ties::by_subject(&subject, &target_address, now).into_iter().chain(carried.tie).collect();
    let draft = Draft {
        from: mailbox(&settings.address, &settings.name),
        reply_to: carried.reply_to,
        to: if written.to.is_empty() { vec![mailbox(&person, "")] } else { people(&written.to) },
        cc: people(&written.cc),
        bcc: people(&written.bcc),
        subject: carried.subject,
        text: content.text,
        html,
        files,
        sent_at: u64::try_from(now).unwrap_or(0),
        message_id: message_id.clone(),
        in_reply_to: Some(answered.message_id.clone()).filter(|id| !id.is_empty()),
        references: thread(&target.thread_key, &answered),
        message: send.message_id.clone(),
        instance: email.account.to_string(),
        is_automatic: send.automatic,
        unsubscribe: unsubscribe(written.unsubscribe.as_ref()),
    };
    let composed = compose(&draft).map_err(|error| match error {
        ComposeError::Address { .. } | ComposeError::LocalPart { .. } => {
            refused(FailureReason::Unreachable, "this is no address that mail servers take")
        }
        ComposeError::Unsubscribe => {
            refused(FailureReason::Rejected, "the address for leaving the mailing should be an ASCII https:// address")
        }
        _ => own_fault(),
    })?;
    Ok(Composed {
        from: composed.from,
        to: composed.to,
        letter: composed.bytes,
        message_id,
        answers: answered.message_id,
        ties,
    })
}

/// What leads an answer back beside the ids, where the settings say so.
struct Carried {
    subject: String,
    reply_to: Option<Mailbox>,
    tie: Option<String>,
}

fn carried(reply: &ReplyTokens, address: &str, name: &str, conversation: Uuid, subject: &str) -> Carried {
    let plain = Carried { subject: subject.to_owned(), reply_to: None, tie: None };
    let Some(token) = reply.tokens.as_ref().map(|tokens| tokens.token(conversation)) else { return plain };
    let tie = Some(ties::by_token(conversation));
    match reply.carried {
        Where::Nowhere => plain,
        Where::Address => {
            Carried { reply_to: plus_addressed(address, &token).map(|to| mailbox(&to, name)), tie, ..plain }
        }
        // One that another letter of the thread has brought along is enough.
        Where::Subject if subject_token(subject).is_some() => Carried { tie, ..plain },
        Where::Subject => Carried { subject: clean(&format!("{subject} [#{token}]"), SUBJECT), tie, ..plain },
    }
}

/// Only letters of mailings have it.
fn unsubscribe(wanted: Option<&contracts::channel::Unsubscribe>) -> Option<Unsubscribe> {
    wanted.map(|wanted| Unsubscribe { url: wanted.url.clone(), mailto: wanted.mailto.clone() })
}

struct Parts {
    files: Vec<File>,
    html: Option<String>,
}

/// The letter's files: its markup, the pictures that this shows, and the rest.
async fn files(files: &[Attachment], written: &Head, tools: &Tools) -> Result<Parts, SendOutcome> {
    let mut parts = Parts { files: Vec::new(), html: None };
    for file in files {
        let bytes = tools.media.read(&file.object_key).await.map_err(|error| match error {
            object_store::Error::NotFound { .. } => {
                refused(FailureReason::FileRejected, "a file of the letter is gone")
            }
            _ => SendOutcome::NotSent { text: "the object store does not give a file of the letter".to_owned() },
        })?;
        let is = |id: &str| !id.is_empty() && id == file.attachment_id;
        if is(&written.html_file_id) {
            parts.html = Some(String::from_utf8_lossy(&bytes).into_owned());
            continue;
        }
        let shown = written.inline.iter().find(|shown| is(&shown.file_id));
        let content_id = shown.map(|shown| shown.content_id.clone());
        let (name, content_type) = (clean(&file.name, 200), file.mime_type.clone());
        parts.files.push(File { name, content_type, bytes: bytes.to_vec(), content_id });
    }
    // Without markup nothing would show them.
    if parts.html.is_none() {
        parts.files.iter_mut().for_each(|file| file.content_id = None);
    }
    Ok(parts)
}

fn people(who: &[MailAddress]) -> Vec<Mailbox> {
    who.iter().map(|who| mailbox(&who.address, &who.name)).collect()
}

fn mailbox(address: &str, name: &str) -> Mailbox {
    Mailbox { name: clean(name, 200), address: address.to_owned() }
}

/// What the operator writes, else that of the letter which is answered, else the first words.
fn subject(answered: &Head, wanted: &str, text: &str) -> String {
    let (wanted, answered) = (clean(wanted, SUBJECT), clean(&answered.subject, SUBJECT));
    if !wanted.is_empty() {
        wanted
    } else if answered.is_empty() {
        clean(text, 60)
    } else {
        reply_subject(&answered)
    }
}

/// The thread from its first letter to the one that is answered; where no letter is known, the thread's own name.
fn thread(thread_key: &str, answered: &Head) -> Vec<String> {
    let known = Letter {
        message_id: Some(answered.message_id.clone()).filter(|id| !id.is_empty()),
        references: answered.references.clone(),
        ..Letter::default()
    };
    let mut ids = references(&known);
    let root = thread_key.strip_prefix("thread:").filter(|id| id.contains('@') && !id.contains(['#', ' ', '<', '>']));
    if let Some(root) = root
        && !ids.iter().any(|id| id == root)
    {
        ids.insert(0, root.to_owned());
    }
    ids
}

fn own_fault() -> SendOutcome {
    refused(FailureReason::Rejected, "the letter cannot be put together")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(subject: &str, message_id: &str, references: &[&str]) -> Head {
        let references = references.iter().map(|id| (*id).to_owned()).collect();
        Head { subject: subject.into(), message_id: message_id.into(), references, ..Head::default() }
    }

    #[test]
    fn an_answer_has_the_subject_of_what_it_answers() {
        assert_eq!(subject(&answered("Счёт", "", &[]), "", "текст"), "Re: Счёт");
        assert_eq!(subject(&Head::default(), "", "Добрый\nдень"), "Добрый день");
        assert_eq!(subject(&answered("Счёт", "", &[]), "Акт", ""), "Акт");
    }

    #[test]
    fn a_token_is_carried_where_the_settings_say() {
        let (id, tokens) = (Uuid::from_u128(7), letter::threads::Tokens::new(&[7; 32]));
        let token = tokens.token(id);
        let made = |place, subject: &str| {
            let reply = ReplyTokens { carried: place, tokens: Some(tokens.clone()) };
            let made = carried(&reply, "support@example.com", "", id, subject);
            (made.subject, made.reply_to.map(|to| to.address), made.tie.is_some())
        };
        assert_eq!(made(Where::Nowhere, "Счёт"), ("Счёт".into(), None, false));
        let address = format!("support+r-{token}@example.com");
        assert_eq!(made(Where::Address, "Счёт"), ("Счёт".into(), Some(address), true));
        let marked = format!("Счёт [#{token}]");
        assert_eq!(made(Where::Subject, "Счёт"), (marked.clone(), None, true));
        assert_eq!(made(Where::Subject, &marked).0, marked, "once");
    }

    #[test]
    fn a_thread_keeps_its_first_letter() {
        assert_eq!(thread("thread:a@b", &answered("", "c@d", &["a@b"])), ["a@b", "c@d"]);
        assert_eq!(thread("thread:a@b", &answered("", "c@d", &[])), ["a@b", "c@d"]);
        assert_eq!(thread("thread:c@d", &answered("", "c@d", &[])), ["c@d"]);
        assert_eq!(thread("thread:letter:0123", &Head::default()), Vec::<String>::new());
    }
}

//! What a mailing is, who may have one, and what can be refused about it. No I/O.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use contracts::{
    errors::ErrorReason,
    inbox::{self, MailingState},
};
use model::{AccountId, Email};
use tonic::{Code, Status};
use uuid::Uuid;

use crate::{access::Viewer, conversations::ConversationError, fault::broken};

/// Recipients of one mailing.
pub const MOST: usize = 10_000;
/// Letters a minute where nothing is said, and at most.
const PACE: u32 = 10;
/// A mailbox sends 30 a minute (gateway-email's pacing): a third of them is left to answers.
const FASTEST: u32 = 20;
/// Characters.
const NAME: usize = 100;
const SUBJECT: usize = 998;
const TEXT: usize = 50_000;
const PERSON: usize = 200;
const COLUMN: usize = 100;
const VALUE: usize = 2_000;
const COLUMNS: usize = 50;
/// What the setting is called without which no mailing starts.
pub const PUBLIC_URL: &str = "OKNO_PUBLIC_URL_EDGE";
/// Where a letter says how one leaves: stored like this, so that nobody but its recipient reads the address.
pub const EXIT: &str = "{{unsubscribe}}";
const EXIT_PLACE: &str = "unsubscribe";

/// Why something about a mailing cannot be done.
#[derive(Debug, thiserror::Error)]
pub enum MailingError {
    #[error("there is no mailing {0} for you")]
    NotFound(Uuid),
    #[error("no letter has this token")]
    NoToken,
    #[error("there is no account {0}")]
    AccountNotFound(AccountId),
    #[error("{0}")]
    NotAllowed(&'static str),
    #[error("the account's channel has no letters")]
    NoLetters,
    #[error("the account is switched off")]
    AccountOff,
    #[error("a mailing that is {0} cannot do this")]
    State(&'static str),
    #[error("the mailing was changed since you read it")]
    Stale,
    #[error("{0} recipients have no value for a place of the template, or there are no recipients")]
    Gap(usize),
    #[error(
        "letters could not say how one leaves the mailing: set {PUBLIC_URL} to the https:// address under which people reach this installation"
    )]
    NoPublicUrl,
    #[error("request_id was used for another mailing")]
    IdInUse,
    #[error("the database did not do it")]
    Store(#[from] sqlx::Error),
}

impl From<MailingError> for Status {
    fn from(error: MailingError) -> Self {
        use MailingError as E;
        let refused = Code::FailedPrecondition;
        let with = |reason, name, value: &str| rpc::status_with(refused, reason, &error, &[(name, value)]);
        let (code, reason) = match &error {
            E::NotFound(id) => return rpc::hidden(ErrorReason::MailingNotFound, "mailing", id, &error),
            E::NoToken => (Code::NotFound, ErrorReason::MailingNotFound),
            E::AccountNotFound(id) => return rpc::hidden(ErrorReason::AccountNotFound, "channel_account", id, &error),
            E::NotAllowed(_) => return rpc::denied("mailing.change", &error),
            E::AccountOff => (refused, ErrorReason::AccountOff),
            E::Stale => (Code::Aborted, ErrorReason::EtagMismatch),
            E::NoLetters => return with(ErrorReason::ChannelCannot, "ability", "letters"),
            E::State(state) => return with(ErrorReason::MailingState, "state", state),
            E::Gap(count) => return with(ErrorReason::MailingGap, "count", &count.to_string()),
            E::NoPublicUrl => return with(ErrorReason::NoPublicUrl, "variable", PUBLIC_URL),
            E::IdInUse => return rpc::invalid_field("request_id", "was used for another mailing"),
            E::Store(_) => return broken(error),
        };
        rpc::status(code, reason, &error)
    }
}

impl From<ConversationError> for MailingError {
    fn from(error: ConversationError) -> Self {
        match error {
            ConversationError::Store(cause) => Self::Store(cause),
            other => Self::Store(sqlx::Error::Protocol(other.to_string())),
        }
    }
}

/// A mailing as it is stored, with what its account decides.
#[derive(Debug, Clone)]
pub struct Mailing {
    pub id: Uuid,
    pub revision: i64,
    pub account: Uuid,
    pub series: Uuid,
    pub after: Option<Uuid>,
    pub name: String,
    pub subject: String,
    pub text: String,
    pub per_minute: i32,
    pub state: i16,
    pub author: Uuid,
    pub created_at: DateTime<Utc>,
    pub started_at: Option<DateTime<Utc>>,
    pub ended_at: Option<DateTime<Utc>>,
    pub department: Option<Uuid>,
    pub owner: Option<Uuid>,
    pub account_off: bool,
    pub account_deleted: bool,
}

/// Of one's own account the owner alone has mailings; of the others administrators and the heads of their department.
#[must_use]
pub fn may_mail(viewer: &Viewer, department: Option<Uuid>, owner: Option<Uuid>) -> bool {
    match owner {
        Some(owner) => viewer.personal && owner == viewer.employee.0,
        None => viewer.administrator || department.is_some_and(|department| viewer.headed.contains(&department)),
    }
}

impl Mailing {
    /// No faster than mailings may be now.
    #[must_use]
    pub fn pace(&self) -> u32 {
        self.per_minute.cast_unsigned().clamp(1, FASTEST)
    }

    /// Whether it is in somebody's own account: what others can read tells nothing of it.
    #[must_use]
    pub fn is_personal(&self) -> bool {
        self.owner.is_some()
    }

    #[must_use]
    pub fn is(&self, state: MailingState) -> bool {
        i32::from(self.state) == state as i32
    }

    /// Its state in the contract's word.
    #[must_use]
    pub fn state_word(&self) -> &'static str {
        match MailingState::try_from(i32::from(self.state)).unwrap_or_default() {
            MailingState::Draft => "draft",
            MailingState::Running => "running",
            MailingState::Stopped => "stopped",
            MailingState::Done | MailingState::Unspecified => "done",
        }
    }

    /// # Errors
    /// [`MailingError::State`] for anything but a draft.
    pub fn must_be_draft(&self) -> Result<(), MailingError> {
        if self.is(MailingState::Draft) { Ok(()) } else { Err(MailingError::State(self.state_word())) }
    }

    /// # Errors
    /// [`MailingError::Stale`] when it is not the version that was seen.
    pub fn at(self, seen: Option<i64>) -> Result<Self, MailingError> {
        if seen.is_some_and(|seen| seen != self.revision) { Err(MailingError::Stale) } else { Ok(self) }
    }
}

/// What the author of a mailing writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    pub name: String,
    pub subject: String,
    pub text: String,
    pub per_minute: i32,
}

impl Written {
    /// # Errors
    /// INVALID_ARGUMENT, naming the field.
    pub fn read(asked: &inbox::Mailing) -> Result<Self, Status> {
        let (name, subject) = (asked.name.trim(), asked.subject.trim());
        if name.is_empty() || name.chars().count() > NAME || name.contains(char::is_control) {
            return Err(rpc::invalid_field("mailing.name", "must have 1 to 100 characters"));
        }
        if subject.chars().count() > SUBJECT || subject.contains(char::is_control) {
            return Err(rpc::invalid_field("mailing.subject", "is longer than 998 characters, or more than one line"));
        }
        if asked.text.chars().count() > TEXT || asked.text.contains('\0') {
            return Err(rpc::invalid_field("mailing.text", "is longer than 50,000 characters"));
        }
        let per_minute = if asked.per_minute == 0 { PACE } else { asked.per_minute };
        if per_minute > FASTEST {
            return Err(rpc::invalid_field("mailing.per_minute", "is more than 20"));
        }
        Ok(Self {
            name: name.to_owned(),
            subject: subject.to_owned(),
            text: asked.text.clone(),
            per_minute: per_minute.cast_signed(),
        })
    }
}

/// Whom a letter is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipient {
    pub address: String,
    pub name: String,
    pub values: HashMap<String, String>,
}

/// The list, each address once; the first counts.
///
/// # Errors
/// INVALID_ARGUMENT, naming the place in the list.
pub fn recipients(asked: Vec<inbox::MailingRecipient>) -> Result<Vec<Recipient>, Status> {
    if asked.len() > MOST {
        return Err(rpc::invalid_field("recipients", "are more than 10,000"));
    }
    let mut known = std::collections::HashSet::new();
    let mut recipients = Vec::with_capacity(asked.len());
    for (i, one) in asked.into_iter().enumerate() {
        let bad = |what: &str, why: &str| rpc::invalid_field(&format!("recipients[{i}].{what}"), why);
        let address = address(&one.address).ok_or_else(|| bad("address", "is no e-mail address"))?;
        let name = one.name.trim().to_owned();
        if name.chars().count() > PERSON || name.contains(char::is_control) {
            return Err(bad("name", "is longer than 200 characters, or more than one line"));
        }
        let fits = |(column, value): (&String, &String)| {
            (1..=COLUMN).contains(&column.trim().chars().count())
                && value.chars().count() <= VALUE
                && !value.contains('\0')
                && !column.contains('\0')
        };
        if one.values.len() > COLUMNS || !one.values.iter().all(fits) {
            return Err(bad("values", "are more than 50, or longer than 2,000 characters"));
        }
        let columns: std::collections::HashSet<String> = one.values.keys().map(|name| column(name)).collect();
        if columns.len() < one.values.len() {
            return Err(bad("values", "have columns that differ in nothing but case"));
        }
        if known.insert(address.clone()) {
            recipients.push(Recipient { address, name, values: one.values });
        }
    }
    Ok(recipients)
}

/// A normalized address that can be written to.
#[must_use]
pub fn address(text: &str) -> Option<String> {
    let email = Email::parse(text)?;
    let bad = |c: char| c.is_control() || matches!(c, '<' | '>' | ',' | ';' | '"');
    (!email.as_str().contains(bad)).then(|| email.as_str().to_owned())
}

/// A letter as one recipient reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filled {
    pub subject: String,
    pub text: String,
    /// Places without a value.
    pub missing: Vec<String>,
}

impl Filled {
    /// Whether no letter can be made of it: a value may be long or have several lines.
    #[must_use]
    pub fn is_unfit(&self) -> bool {
        let (subject, text) = (self.subject.chars().count(), self.text.chars().count());
        self.subject.trim().is_empty() || self.text.trim().is_empty() || subject > SUBJECT || text > 2 * TEXT
    }
}

/// Puts a recipient's values into the template.
#[must_use]
pub fn fill(subject: &str, text: &str, recipient: &Recipient) -> Filled {
    let mut missing = Vec::new();
    let subject = filled(subject, recipient, false, &mut missing);
    let text = filled(text, recipient, true, &mut missing);
    let one_line = |c: char| if c.is_control() { ' ' } else { c };
    Filled { subject: subject.chars().map(one_line).collect(), text, missing }
}

/// The text of a letter with a place where it says how one leaves.
#[must_use]
pub fn with_exit(text: &str) -> String {
    if text.contains(EXIT) {
        return text.to_owned();
    }
    let is_russian = text.contains(|c: char| ('\u{400}'..='\u{4ff}').contains(&c));
    let words = if is_russian { "Отписаться от рассылки" } else { "Unsubscribe" };
    format!("{}\n\n{words}: {EXIT}", text.trim_end())
}

/// The text as staff read it: the address is its recipient's, and a bare place would look like a mistake.
#[must_use]
pub fn hidden_exit(text: &str) -> String {
    text.replace(EXIT, "…")
}

/// A text that is sent elsewhere, where nobody can leave by it.
#[must_use]
pub fn without_exit(text: &str) -> String {
    let kept: Vec<&str> = text.split('\n').filter(|line| !line.contains(EXIT)).collect();
    kept.join("\n").trim_end().to_owned()
}

/// In one pass: what a value holds is never taken for a place. `exits`: the place for leaving stays as it is.
fn filled(text: &str, recipient: &Recipient, exits: bool, missing: &mut Vec<String>) -> String {
    let mut result = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        result.push_str(before);
        let Some((place, behind)) = after.split_once("}}") else {
            result.push_str("{{");
            rest = after;
            continue;
        };
        match value(recipient, place.trim()) {
            _ if exits && column(place) == EXIT_PLACE => result.push_str(EXIT),
            // What stands there for leaving is the template's alone.
            Some(value) => result.push_str(&value.replace(EXIT, EXIT_PLACE)),
            None => {
                let place = place.trim().to_owned();
                result.push_str(&format!("{{{{{place}}}}}"));
                if !missing.contains(&place) {
                    missing.push(place);
                }
            }
        }
        rest = behind;
    }
    result + rest
}

/// Columns are named by people: their case does not matter.
fn column(name: &str) -> String {
    name.trim().to_lowercase()
}

fn value<'a>(recipient: &'a Recipient, place: &str) -> Option<&'a str> {
    let wanted = column(place);
    let given = recipient.values.iter().find(|(name, _)| column(name) == wanted);
    let found = given.map(|(_, value)| value.as_str()).or((wanted == "name").then_some(recipient.name.as_str()));
    found.map(str::trim).filter(|value| !value.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn anna() -> Recipient {
        let values = [("Город", "Тверь"), ("code", "{{name}}"), ("empty", " ")];
        let values = values.map(|(column, value)| (column.to_owned(), value.to_owned())).into();
        Recipient { address: "anna@example.com".to_owned(), name: "Анна".to_owned(), values }
    }

    #[test]
    fn values_stand_in_their_places_and_are_never_read_as_places() {
        let read = fill("{{ Name }}!", "{{name}} из города {{город}}: {{code}}, {{ open", &anna());
        assert_eq!((read.subject.as_str(), read.missing.len()), ("Анна!", 0));
        assert_eq!(read.text, "Анна из города Тверь: {{name}}, {{ open");
    }

    #[test]
    fn what_has_no_value_is_named_once() {
        let read = fill("{{x}}", "{{x}} {{empty}} {{name}}", &anna());
        assert_eq!(read.missing, ["x", "empty"]);
        assert_eq!(read.text, "{{x}} {{empty}} Анна");
    }

    #[test]
    fn an_address_is_one_recipient_in_whatever_case() {
        let given = |address: &str, name: &str| inbox::MailingRecipient {
            address: address.to_owned(),
            name: name.to_owned(),
            ..inbox::MailingRecipient::default()
        };
        let list = recipients(vec![given("A@example.com", "1"), given(" a@EXAMPLE.com", "2")]).unwrap();
        assert_eq!((list.len(), list[0].name.as_str(), list[0].address.as_str()), (1, "1", "a@example.com"));
        for bad in ["anna", "a@b", "<a@example.com>", "a@example.com,b@example.com"] {
            assert_eq!(recipients(vec![given(bad, "")]).unwrap_err().code(), Code::InvalidArgument, "{bad}");
        }
    }

    #[test]
    fn columns_that_differ_in_case_alone_are_refused() {
        let values = [("Код", "1"), (" код", "2")].map(|(column, value)| (column.to_owned(), value.to_owned())).into();
        let given = inbox::MailingRecipient { address: "a@example.com".to_owned(), values, ..<_>::default() };
        assert_eq!(recipients(vec![given]).unwrap_err().code(), Code::InvalidArgument);
    }

    #[test]
    fn each_text_says_how_one_leaves() {
        assert_eq!(with_exit("Привет\n"), "Привет\n\nОтписаться от рассылки: {{unsubscribe}}");
        assert_eq!(with_exit("Hello"), "Hello\n\nUnsubscribe: {{unsubscribe}}");
        let own = fill("x", "Stop: {{ Unsubscribe }}.", &anna());
        assert_eq!((with_exit(&own.text).as_str(), own.missing.len()), ("Stop: {{unsubscribe}}.", 0));
        assert_eq!(fill("{{unsubscribe}}", "x", &anna()).missing, ["unsubscribe"], "not in a subject");
        assert_eq!(without_exit(&with_exit("Hello")), "Hello");
        assert_eq!(hidden_exit(&with_exit("Hello")), "Hello\n\nUnsubscribe: …");
        let sly = Recipient { name: "{{unsubscribe}}".to_owned(), ..anna() };
        assert!(!fill("x", "{{name}}", &sly).text.contains(EXIT), "not from a value");
    }

    #[test]
    fn a_mailing_leaves_the_mailbox_room_for_answers() {
        let pace = |per_minute| Written::read(&inbox::Mailing { name: "x".to_owned(), per_minute, ..<_>::default() });
        assert_eq!((pace(0).unwrap().per_minute, pace(20).unwrap().per_minute), (10, 20));
        assert_eq!(pace(21).unwrap_err().code(), Code::InvalidArgument);
    }

    #[test]
    fn a_line_break_in_a_value_breaks_no_subject() {
        let mut anna = anna();
        anna.name = "Анна\r\nBcc: b@example.com".to_owned();
        assert_eq!(fill("{{name}}", "x", &anna).subject, "Анна  Bcc: b@example.com");
    }

    #[test]
    fn an_account_of_somebody_is_theirs_alone() {
        let (me, sales) = (model::EmployeeId::new(), Uuid::now_v7());
        let viewer = |administrator, headed: &[Uuid]| Viewer {
            employee: me,
            administrator,
            own: vec![sales],
            headed: headed.to_vec(),
            personal: true,
        };
        assert!(may_mail(&viewer(true, &[]), None, None) && may_mail(&viewer(false, &[sales]), Some(sales), None));
        assert!(!may_mail(&viewer(false, &[]), Some(sales), None), "a member of the department only");
        assert!(may_mail(&viewer(false, &[]), None, Some(me.0)) && !may_mail(&viewer(true, &[]), None, Some(sales)));
    }
}

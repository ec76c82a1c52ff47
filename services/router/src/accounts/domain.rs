//! What an account's settings must be, by the schema that its gateway publishes. No I/O.

use std::collections::HashMap;

use contracts::{
    channel::{GatewayDescription, ProbeResponse, SettingsField, SettingsFieldKind, SettingsSchema},
    errors::ErrorReason,
};
use regex::Regex;
use tonic::{Code, Status};
use uuid::Uuid;

use crate::fault::broken;

/// Why an account is not as it was asked for.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    #[error("no channel account {0}")]
    NotFound(Uuid),
    #[error("the account was changed since you read it")]
    Stale,
    #[error("{field}: {problem}")]
    Field { field: String, problem: String },
    #[error("no gateway for {0} answers; check that one is running, and try again")]
    NoGateway(String),
    #[error("the provider did not accept the settings: {problem}")]
    ProbeFailed { field: String, problem: String },
    #[error("this installation has no demo provider")]
    NoDemo,
    #[error("the stored secrets cannot be opened; enter them again")]
    Seal(#[from] bus::seal::SealError),
    #[error("the demo provider does not answer")]
    Demo(#[source] Box<dyn std::error::Error + Send + Sync>),
    #[error("the database failed")]
    Database(#[from] sqlx::Error),
}

impl From<AccountError> for Status {
    fn from(error: AccountError) -> Self {
        let (code, reason, metadata): (_, _, Vec<(&str, String)>) = match &error {
            AccountError::NotFound(id) => {
                return rpc::hidden(ErrorReason::AccountNotFound, "channel_account", id, &error);
            }
            AccountError::Stale => (Code::Aborted, ErrorReason::EtagMismatch, vec![]),
            AccountError::Field { field, .. } => {
                (Code::InvalidArgument, ErrorReason::InvalidField, vec![("field", field.clone())])
            }
            AccountError::NoGateway(_) => (Code::Unavailable, ErrorReason::GatewayNotRunning, vec![]),
            AccountError::ProbeFailed { field, problem } => (
                Code::FailedPrecondition,
                ErrorReason::ProbeFailed,
                vec![("field", field.clone()), ("step", problem.clone())],
            ),
            AccountError::NoDemo => (Code::FailedPrecondition, ErrorReason::DemoNotAvailable, vec![]),
            AccountError::Seal(_) => (Code::FailedPrecondition, ErrorReason::InvalidField, vec![]),
            AccountError::Demo(_) => (Code::Unavailable, ErrorReason::Unavailable, vec![]),
            AccountError::Database(_) => {
                let AccountError::Database(cause) = error else { unreachable!("matched above") };
                return broken(cause);
            }
        };
        let facts: Vec<(&str, &str)> = metadata.iter().map(|(name, value)| (*name, value.as_str())).collect();
        rpc::status_with(code, reason, &error, &facts)
    }
}

/// Settings taken apart by the schema.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settings {
    pub plain: HashMap<String, String>,
    /// Only those that were given; an empty one keeps what is stored.
    pub secret: HashMap<String, String>,
}

/// Checks settings against the schema and separates the secrets. `stored` names the secrets that are kept already.
///
/// # Errors
/// [`AccountError::Field`] for the first field that is unknown, missing or of another form.
pub fn read_settings(
    schema: &SettingsSchema,
    given: &HashMap<String, String>,
    stored: &[String],
) -> Result<Settings, AccountError> {
    if let Some(unknown) = given.keys().find(|name| !schema.fields.iter().any(|f| f.name == **name)) {
        return Err(field(unknown, "there is no such setting"));
    }
    let mut settings = Settings::default();
    for wanted in &schema.fields {
        let value = given.get(&wanted.name).map_or("", |v| v.trim());
        let kept = wanted.secret && (value.is_empty() || is_mask(value));
        if kept {
            if wanted.required && !stored.contains(&wanted.name) {
                return Err(field(&wanted.name, "is required"));
            }
            continue;
        }
        let value = if value.is_empty() { wanted.default_value.as_str() } else { value };
        check(wanted, value)?;
        let place = if wanted.secret { &mut settings.secret } else { &mut settings.plain };
        if !value.is_empty() {
            place.insert(wanted.name.clone(), value.to_owned());
        }
    }
    Ok(settings)
}

fn check(wanted: &SettingsField, value: &str) -> Result<(), AccountError> {
    if value.is_empty() {
        return if wanted.required { Err(field(&wanted.name, "is required")) } else { Ok(()) };
    }
    if value.len() > 4_096 {
        return Err(field(&wanted.name, "is longer than 4,096 bytes"));
    }
    let fits = match wanted.kind() {
        SettingsFieldKind::Choice => wanted.choices.iter().any(|choice| choice.value == value),
        SettingsFieldKind::Switch => matches!(value, "true" | "false"),
        SettingsFieldKind::Number => value.parse::<i64>().is_ok(),
        SettingsFieldKind::Url => value.starts_with("https://") || value.starts_with("http://"),
        SettingsFieldKind::Color => {
            value.len() == 7 && value.starts_with('#') && value[1..].bytes().all(|b| b.is_ascii_hexdigit())
        }
        SettingsFieldKind::Text | SettingsFieldKind::Lines | SettingsFieldKind::Unspecified => true,
    };
    // A gateway with a pattern that is none has a fault of its own; the value is not to blame.
    let pattern = Regex::new(&wanted.pattern).ok().filter(|_| !wanted.pattern.is_empty());
    let matches = |p: Regex| match wanted.kind() {
        SettingsFieldKind::Lines => value.lines().map(str::trim).filter(|l| !l.is_empty()).all(|l| p.is_match(l)),
        _ => p.is_match(value),
    };
    if fits && pattern.is_none_or(matches) {
        Ok(())
    } else {
        Err(field(&wanted.name, "does not have the form that the provider gives it"))
    }
}

/// How a stored secret is shown: dots and its last four characters.
#[must_use]
pub fn mask(hint: &str) -> String {
    format!("••••{hint}")
}

fn is_mask(value: &str) -> bool {
    value.starts_with("••••")
}

/// The last four characters of a secret that is long enough to spare them.
#[must_use]
pub fn hint(secret: &str) -> String {
    let count = secret.chars().count();
    if count < 12 { String::new() } else { secret.chars().skip(count - 4).collect() }
}

/// The first step of a probe that did not pass.
#[must_use]
pub fn probe_failure(probe: &ProbeResponse) -> Option<AccountError> {
    let step = probe.steps.iter().find(|step| !step.passed)?;
    let problem = step.problem.as_ref().map(|text| text.en.clone()).unwrap_or_default();
    Some(AccountError::ProbeFailed { field: step.field.clone(), problem })
}

/// The schema of a described gateway.
#[must_use]
pub fn schema(gateway: &GatewayDescription) -> SettingsSchema {
    gateway.settings.clone().unwrap_or_default()
}

pub fn field(name: &str, problem: &str) -> AccountError {
    AccountError::Field { field: name.to_owned(), problem: problem.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schema() -> SettingsSchema {
        let token = SettingsField {
            name: "token".to_owned(),
            required: true,
            secret: true,
            pattern: "^[a-z]{4,}$".to_owned(),
            ..SettingsField::default()
        };
        let url = SettingsField {
            name: "url".to_owned(),
            kind: SettingsFieldKind::Url.into(),
            default_value: "https://api.example.org".to_owned(),
            ..SettingsField::default()
        };
        SettingsSchema { fields: vec![token, url], ..SettingsSchema::default() }
    }

    fn given(pairs: &[(&str, &str)]) -> HashMap<String, String> {
        pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
    }

    #[test]
    fn secrets_are_kept_apart_and_defaults_filled_in() {
        let settings = read_settings(&schema(), &given(&[("token", "abcd")]), &[]).unwrap();
        assert_eq!(settings.secret["token"], "abcd");
        assert_eq!(settings.plain["url"], "https://api.example.org");
    }

    #[test]
    fn an_empty_or_masked_secret_keeps_what_is_stored() {
        for value in ["", "••••abcd"] {
            let settings = read_settings(&schema(), &given(&[("token", value)]), &["token".to_owned()]).unwrap();
            assert!(settings.secret.is_empty());
            assert!(read_settings(&schema(), &given(&[("token", value)]), &[]).is_err());
        }
    }

    #[test]
    fn what_does_not_fit_the_schema_names_its_field() {
        for (pairs, name) in [
            (vec![("token", "ABC")], "token"),
            (vec![("token", "abcd"), ("url", "ftp://x")], "url"),
            (vec![("token", "abcd"), ("other", "1")], "other"),
        ] {
            let Err(AccountError::Field { field, .. }) = read_settings(&schema(), &given(&pairs), &[]) else {
                panic!("{name} was accepted");
            };
            assert_eq!(field, name);
        }
    }

    #[test]
    fn a_short_secret_shows_nothing_of_itself() {
        assert_eq!(hint("short"), "");
        assert_eq!(hint("1234567890:abcdWXYZ"), "WXYZ");
    }
}

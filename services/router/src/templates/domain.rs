//! What a template says with its values, and what is missing. No I/O.

use contracts::{
    channel::{
        AttachmentKind, ChannelTemplate, TemplateApproval, TemplateHeaderKind, TemplateMessage, TemplateVariable,
    },
    errors::ErrorReason,
};
use tonic::{Code, Status};

/// Characters of a value whose variable has no limit of its own.
const VALUE: usize = 1_024;

/// Why a template cannot be sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    #[error("the account has no template {name} in this language")]
    NotFound { name: String },
    #[error("template {name} is not approved: {note}")]
    NotApproved { name: String, note: String },
    #[error("template {name}: {variable} is empty or too long")]
    Gap { name: String, variable: String },
    #[error("template {name} has no variable {variable}")]
    NoVariable { name: String, variable: String },
    #[error("template {name} needs exactly one file of its header's kind, or none")]
    File { name: String },
}

impl From<&TemplateError> for Status {
    fn from(error: &TemplateError) -> Self {
        let status = |code, reason, facts: &[(&str, &str)]| rpc::status_with(code, reason, error, facts);
        let refused = Code::FailedPrecondition;
        match error {
            TemplateError::NotFound { name } => {
                status(Code::NotFound, ErrorReason::TemplateNotFound, &[("name", name)])
            }
            TemplateError::NotApproved { name, note } => {
                status(refused, ErrorReason::TemplateNotApproved, &[("name", name), ("note", note)])
            }
            TemplateError::Gap { name, variable } => {
                status(refused, ErrorReason::TemplateGap, &[("name", name), ("variable", variable)])
            }
            TemplateError::NoVariable { .. } => {
                rpc::invalid_field("template.values", "name a variable that it has not")
            }
            TemplateError::File { name } => status(refused, ErrorReason::TemplateFile, &[("name", name)]),
        }
    }
}

/// What the header of a template is filled with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileKind {
    None,
    One(AttachmentKind),
}

/// How a template reads with these values, and which file its header needs.
///
/// # Errors
/// [`TemplateError`] for what the provider would refuse.
pub fn fill(template: &ChannelTemplate, message: &TemplateMessage) -> Result<(String, FileKind), TemplateError> {
    let name = || template.name.clone();
    if template.approval() != TemplateApproval::Approved {
        return Err(TemplateError::NotApproved { name: name(), note: template.approval_note.clone() });
    }
    let known = |variable: &str| template.variables.iter().any(|one| one.name == variable);
    if let Some(stray) = message.values.iter().find(|value| !known(&value.variable)) {
        return Err(TemplateError::NoVariable { name: name(), variable: stray.variable.clone() });
    }
    if let Some(gap) = template.variables.iter().find(|variable| !is_filled(variable, value(message, &variable.name))) {
        return Err(TemplateError::Gap { name: name(), variable: gap.name.clone() });
    }
    let file = match template.header_kind() {
        TemplateHeaderKind::Unspecified | TemplateHeaderKind::Text => FileKind::None,
        TemplateHeaderKind::Image => FileKind::One(AttachmentKind::Image),
        TemplateHeaderKind::Video => FileKind::One(AttachmentKind::Video),
        TemplateHeaderKind::Document => FileKind::One(AttachmentKind::Document),
        TemplateHeaderKind::Other => {
            let note = "its header is of a kind that cannot be filled here".to_owned();
            return Err(TemplateError::NotApproved { name: name(), note });
        }
    };
    Ok((text(template, message), file))
}

fn value<'a>(message: &'a TemplateMessage, variable: &str) -> &'a str {
    message.values.iter().find(|value| value.variable == variable).map_or("", |value| value.value.as_str())
}

fn is_filled(variable: &TemplateVariable, value: &str) -> bool {
    let limit = match variable.limit {
        0 => VALUE,
        limit => usize::try_from(limit).unwrap_or(VALUE),
    };
    !value.trim().is_empty() && !value.contains('\0') && value.chars().count() <= limit
}

/// Header, body and footer, as the person reads them.
fn text(template: &ChannelTemplate, message: &TemplateMessage) -> String {
    let parts = [&template.header_text, &template.body, &template.footer].map(|part| filled(part, message));
    let shown = parts.iter().map(|part| part.trim()).filter(|part| !part.is_empty());
    shown.collect::<Vec<_>>().join("\n\n")
}

/// Puts the values in, in one pass: what a value holds is never taken for a place.
fn filled(text: &str, message: &TemplateMessage) -> String {
    let mut result = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        result.push_str(before);
        let Some((name, behind)) = after.split_once("}}") else {
            result.push_str("{{");
            rest = after;
            continue;
        };
        let put_in = message.values.iter().find(|value| value.variable == name.trim());
        match put_in {
            Some(value) => result.push_str(&value.value),
            None => result.push_str(&format!("{{{{{name}}}}}")),
        }
        rest = behind;
    }
    result + rest
}

#[cfg(test)]
mod tests {
    use contracts::channel::TemplateValue;

    use super::*;

    fn template() -> ChannelTemplate {
        let variable =
            |name: &str, limit| TemplateVariable { name: name.to_owned(), limit, ..TemplateVariable::default() };
        ChannelTemplate {
            name: "order_ready".to_owned(),
            approval: TemplateApproval::Approved.into(),
            header_kind: TemplateHeaderKind::Text.into(),
            header_text: "Заказ {{header.1}}".to_owned(),
            body: "{{body.1}}, заказ {{ header.1 }} ждёт вас. {{ не место }}".to_owned(),
            footer: "Магазин".to_owned(),
            variables: vec![variable("header.1", 0), variable("body.1", 10)],
            ..ChannelTemplate::default()
        }
    }

    fn with(values: &[(&str, &str)]) -> TemplateMessage {
        let value = |(variable, value): &(&str, &str)| TemplateValue {
            variable: (*variable).to_owned(),
            value: (*value).to_owned(),
        };
        TemplateMessage { values: values.iter().map(value).collect(), ..TemplateMessage::default() }
    }

    #[test]
    fn values_stand_in_their_places_and_are_never_read_as_places() {
        let read = fill(&template(), &with(&[("header.1", "{{body.1}}"), ("body.1", "Анна")])).unwrap();
        let text = "Заказ {{body.1}}\n\nАнна, заказ {{body.1}} ждёт вас. {{ не место }}\n\nМагазин";
        assert_eq!(read, (text.to_owned(), FileKind::None));
    }

    #[test]
    fn what_is_empty_too_long_or_unknown_is_named() {
        let gap = |variable: &str| TemplateError::Gap { name: "order_ready".to_owned(), variable: variable.to_owned() };
        assert_eq!(fill(&template(), &with(&[("body.1", "Анна")])), Err(gap("header.1")));
        assert_eq!(fill(&template(), &with(&[("header.1", "7"), ("body.1", " ")])), Err(gap("body.1")));
        assert_eq!(fill(&template(), &with(&[("header.1", "7"), ("body.1", "Анна-Мария-Луиза")])), Err(gap("body.1")));
        let stray = fill(&template(), &with(&[("x", "1")]));
        assert!(matches!(stray, Err(TemplateError::NoVariable { variable, .. }) if variable == "x"));
    }

    #[test]
    fn only_what_is_approved_and_can_be_filled_is_sent() {
        let paused = ChannelTemplate { approval: TemplateApproval::Paused.into(), ..template() };
        assert!(matches!(fill(&paused, &with(&[])), Err(TemplateError::NotApproved { .. })));
        let odd = ChannelTemplate { header_kind: TemplateHeaderKind::Other.into(), ..template() };
        assert!(matches!(
            fill(&odd, &with(&[("header.1", "7"), ("body.1", "Анна")])),
            Err(TemplateError::NotApproved { .. })
        ));
    }
}

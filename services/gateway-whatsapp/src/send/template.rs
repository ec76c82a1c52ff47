//! A template with what stands in its places.

use contracts::channel::{Attachment, AttachmentKind, FailureReason as R, TemplateMessage};
use gateway_kit::{Media, SendOutcome};
use serde_json::{Value, json};

use super::{
    file::{File, Form, WithFile},
    plan::Plan,
};
use crate::{
    describe::{IMAGE_BYTES, VIDEO_BYTES},
    error::refused,
};

/// # Errors
/// What becomes of the order when a place has no name that we gave, or a file is one too many.
pub async fn plan(wanted: &TemplateMessage, files: &[Attachment], media: &Media) -> Result<Plan, SendOutcome> {
    let template = json!({
        "name": wanted.name, "language": { "code": wanted.language }, "components": components(wanted)?,
    });
    match files {
        [] => Ok(Plan::Plain(json!({ "type": "template", "template": template }))),
        [one] => {
            let one = as_header(one.clone());
            let kind = one.kind();
            let file = File::read(one, false, media).await?;
            fits(kind, &file)?;
            Ok(Plan::WithFile(WithFile::Template { file, template }))
        }
        _ => Err(refused(R::NotSupported, "a template takes one file")),
    }
}

/// A header is a picture, a video or a document.
fn as_header(mut file: Attachment) -> Attachment {
    if !matches!(file.kind(), AttachmentKind::Image | AttachmentKind::Video) {
        file.kind = AttachmentKind::Document.into();
    }
    file
}

/// A template's picture or video cannot become a document, as one in a message does: Meta approved it for its kind.
fn fits(kind: AttachmentKind, file: &File) -> Result<(), SendOutcome> {
    let (form, most, what) = match kind {
        AttachmentKind::Image => (Form::Image, IMAGE_BYTES, "a template's picture is JPEG or PNG of at most 5 MB"),
        AttachmentKind::Video => (Form::Video, VIDEO_BYTES, "a template's video is MP4 or 3GPP of at most 16 MB"),
        _ => return Ok(()),
    };
    match file.form {
        fitting if fitting == form => Ok(()),
        _ if file.size_bytes() > most => Err(refused(R::FileTooLarge, what)),
        _ => Err(refused(R::FileRejected, what)),
    }
}

/// Where a value stands, as its name says: `header.1`, `body.customer`, `button.0.1`.
#[derive(Debug, PartialEq, Eq)]
enum Spot<'a> {
    Header(&'a str),
    Body(&'a str),
    Button(u32, &'a str),
}

impl<'a> Spot<'a> {
    fn parse(name: &'a str) -> Option<Self> {
        let (part, own) = name.split_once('.')?;
        match part {
            "header" => Some(Self::Header(own)),
            "body" => Some(Self::Body(own)),
            "button" => {
                let (number, own) = own.split_once('.')?;
                Some(Self::Button(number.parse().ok()?, own))
            }
            _ => None,
        }
    }
}

fn components(wanted: &TemplateMessage) -> Result<Vec<Value>, SendOutcome> {
    let (mut header, mut body, mut buttons) = (Vec::new(), Vec::new(), Vec::new());
    for one in &wanted.values {
        match Spot::parse(&one.variable) {
            Some(Spot::Header(own)) => header.push((own, one.value.as_str())),
            Some(Spot::Body(own)) => body.push((own, one.value.as_str())),
            Some(Spot::Button(number, own)) => buttons.push(button(number, own, &one.value)),
            None => return Err(refused(R::TemplateRefused, "a place of the template has another name now")),
        }
    }
    let part = |kind: &str, mut values: Vec<(&str, &str)>| {
        values.sort_by_key(|(own, _)| own.parse::<u32>().unwrap_or_default());
        let parameters: Vec<_> = values.into_iter().map(|(own, value)| parameter(own, value)).collect();
        (!parameters.is_empty()).then(|| json!({ "type": kind, "parameters": parameters }))
    };
    Ok(part("header", header).into_iter().chain(part("body", body)).chain(buttons).collect())
}

/// Counted places stand in their order, others have their name beside them.
fn parameter(own: &str, value: &str) -> Value {
    let mut parameter = json!({ "type": "text", "text": value });
    if own.parse::<u32>().is_err() {
        parameter["parameter_name"] = json!(own);
    }
    parameter
}

fn button(number: u32, own: &str, value: &str) -> Value {
    let (sub_type, parameter) = match own {
        "code" => ("copy_code", json!({ "type": "coupon_code", "coupon_code": value })),
        _ => ("url", json!({ "type": "text", "text": value })),
    };
    json!({ "type": "button", "sub_type": sub_type, "index": number.to_string(), "parameters": [parameter] })
}

#[cfg(test)]
mod tests {
    use contracts::channel::TemplateValue;

    use super::*;

    fn wanted(values: &[(&str, &str)]) -> TemplateMessage {
        let value = |(variable, value): &(&str, &str)| TemplateValue {
            variable: (*variable).to_owned(),
            value: (*value).to_owned(),
        };
        TemplateMessage { values: values.iter().map(value).collect(), ..TemplateMessage::default() }
    }

    #[test]
    fn each_value_stands_in_its_place_and_counted_ones_in_their_order() {
        let values = [
            ("body.10", "j"),
            ("body.2", "b"),
            ("body.1", "a"),
            ("header.who", "Анна"),
            ("button.1.1", "x"),
            ("button.2.code", "S"),
        ];
        let text = |value: &str| json!({ "type": "text", "text": value });
        let expected = json!([
            { "type": "header", "parameters": [{ "type": "text", "text": "Анна", "parameter_name": "who" }] },
            { "type": "body", "parameters": [text("a"), text("b"), text("j")] },
            { "type": "button", "sub_type": "url", "index": "1", "parameters": [text("x")] },
            { "type": "button", "sub_type": "copy_code", "index": "2",
              "parameters": [{ "type": "coupon_code", "coupon_code": "S" }] },
        ]);
        assert_eq!(json!(components(&wanted(&values)).unwrap()), expected);
        assert_eq!(components(&wanted(&[])).unwrap(), Vec::<Value>::new());
    }

    #[test]
    fn a_place_that_we_never_named_is_refused() {
        for name in ["", "body", "footer.1", "button.x.1", "button.1"] {
            assert!(components(&wanted(&[(name, "v")])).is_err(), "{name}");
        }
    }
}

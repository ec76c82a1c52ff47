//! Templates, which Meta approves before they may be sent
//! (<https://developers.facebook.com/documentation/business-messaging/whatsapp/templates/overview>, read 2026-11-26).

use contracts::channel::{
    ChannelTemplate, TemplateApproval, TemplateButton, TemplateButtonKind, TemplateHeaderKind, TemplatePlace,
    TemplateVariable,
};
use gateway_kit::{
    ProviderError,
    words::{clean, storable},
};

use crate::{
    client::Client,
    error,
    wire::{self, Component, Example, TemplatePage},
};

const FIELDS: &str = "name,language,status,category,rejected_reason,components";
/// Templates of a page, the most there are.
const PAGE: &str = "100";
/// An account has at most 6,000 templates.
const PAGES: usize = 100;

/// The whole list.
pub async fn list(client: &Client, business: &str) -> Result<Vec<ChannelTemplate>, ProviderError> {
    let path = format!("{business}/message_templates");
    let (mut templates, mut after) = (Vec::new(), String::new());
    for _ in 0..PAGES {
        let mut query = vec![("fields", FIELDS), ("limit", PAGE)];
        if !after.is_empty() {
            query.push(("after", &after));
        }
        let page: TemplatePage = client.get(&path, &query).await.map_err(error::provider)?;
        templates.extend(page.data.into_iter().map(template));
        let next = page.paging.filter(|paging| paging.next.is_some()).and_then(|paging| paging.cursors?.after);
        match next.filter(|next| *next != after) {
            Some(next) => after = next,
            None => break,
        }
    }
    Ok(templates)
}

/// One template as our contract writes it.
pub fn template(template: wire::Template) -> ChannelTemplate {
    let mut made = ChannelTemplate {
        name: clean(&template.name, 512),
        language: clean(&template.language, 20),
        category: clean(&template.category, 40),
        approval: approval(&template.status).into(),
        approval_note: note(&template),
        ..ChannelTemplate::default()
    };
    for component in &template.components {
        add(&mut made, component);
    }
    if template.category == "AUTHENTICATION" {
        made.header_kind = TemplateHeaderKind::Other.into(); // One-time codes are no work of an operator's.
    }
    made
}

fn approval(status: &str) -> TemplateApproval {
    match status {
        "APPROVED" => TemplateApproval::Approved,
        "PENDING" | "IN_APPEAL" | "IN_REVIEW" => TemplateApproval::Pending,
        "REJECTED" => TemplateApproval::Rejected,
        "PAUSED" => TemplateApproval::Paused,
        "DISABLED" | "ARCHIVED" | "DELETED" | "PENDING_DELETION" | "LIMIT_EXCEEDED" => TemplateApproval::Disabled,
        _ => TemplateApproval::Unspecified,
    }
}

fn note(template: &wire::Template) -> String {
    let reason = template.rejected_reason.as_deref().filter(|reason| !matches!(*reason, "" | "NONE"));
    let other = || if template.status == "APPROVED" { "" } else { &template.status };
    clean(reason.unwrap_or_else(other), 500)
}

fn add(made: &mut ChannelTemplate, component: &Component) {
    let text = component.text.as_deref().map(storable).unwrap_or_default();
    match component.kind.as_str() {
        "HEADER" => header(made, component, &text),
        "BODY" => made.body = fill(made, TemplatePlace::Body, "body", &text, component.example.as_ref()),
        "FOOTER" => made.footer = text,
        "BUTTONS" => {
            for (number, one) in (0..).zip(&component.buttons) {
                button(made, number, one);
            }
        }
        // A carousel, an offer with a deadline and what else is newer.
        _ => made.header_kind = TemplateHeaderKind::Other.into(),
    }
}

fn header(made: &mut ChannelTemplate, component: &Component, text: &str) {
    let kind = match component.format.as_deref() {
        Some("TEXT") => TemplateHeaderKind::Text,
        Some("IMAGE") => TemplateHeaderKind::Image,
        Some("VIDEO") => TemplateHeaderKind::Video,
        Some("DOCUMENT") => TemplateHeaderKind::Document,
        _ => TemplateHeaderKind::Other,
    };
    made.header_kind = kind.into();
    if kind == TemplateHeaderKind::Text {
        made.header_text = fill(made, TemplatePlace::Header, "header", text, component.example.as_ref());
    }
}

fn button(made: &mut ChannelTemplate, number: u32, one: &wire::TemplateButton) {
    let kind = match one.kind.as_str() {
        "QUICK_REPLY" => TemplateButtonKind::Reply,
        "URL" => TemplateButtonKind::Url,
        "PHONE_NUMBER" => TemplateButtonKind::Phone,
        "COPY_CODE" => TemplateButtonKind::CopyCode,
        "MPM" | "SPM" | "OTP" => {
            made.header_kind = TemplateHeaderKind::Other.into(); // It needs products or a code.
            TemplateButtonKind::Unspecified
        }
        _ => TemplateButtonKind::Unspecified,
    };
    let example = one.example.as_array().and_then(|list| list.first()).or(Some(&one.example));
    let example = clean(example.and_then(serde_json::Value::as_str).unwrap_or_default(), 1024);
    let variable = |name: String, limit| TemplateVariable {
        name,
        place: TemplatePlace::Button.into(),
        button: number,
        example: example.clone(),
        limit,
    };
    let mut url = one.url.as_deref().map(storable).unwrap_or_default();
    if let Some((before, after)) = url.split_once("{{1}}") {
        let name = format!("button.{number}.1");
        url = format!("{before}{{{{{name}}}}}{after}");
        made.variables.push(variable(name, 1024));
    } else if kind == TemplateButtonKind::CopyCode {
        made.variables.push(variable(format!("button.{number}.code"), 20));
    }
    made.buttons.push(TemplateButton {
        kind: kind.into(),
        title: clean(one.text.as_deref().unwrap_or_default(), 100),
        url,
        phone: clean(one.phone_number.as_deref().unwrap_or_default(), 32),
    });
}

/// Names the places of a text; Meta counts or names them for each part anew.
fn fill(made: &mut ChannelTemplate, place: TemplatePlace, part: &str, text: &str, example: Option<&Example>) -> String {
    let (mut filled, mut rest) = (String::with_capacity(text.len()), text);
    while let Some((before, after)) = rest.split_once("{{") {
        let Some((inside, after)) = after.split_once("}}") else { break };
        let own = inside.trim();
        let is_name = (1..=50).contains(&own.len()) && own.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        filled.push_str(before);
        if is_name {
            let name = format!("{part}.{own}");
            filled += &format!("{{{{{name}}}}}");
            if !made.variables.iter().any(|known| known.name == name) {
                let example = example_of(example, place, own);
                made.variables.push(TemplateVariable { name, place: place.into(), example, ..<_>::default() });
            }
        } else {
            filled += &format!("{{{{{inside}}}}}");
        }
        rest = after;
    }
    filled + rest
}

fn example_of(example: Option<&Example>, place: TemplatePlace, own: &str) -> String {
    let Some(example) = example else { return String::new() };
    let (named, counted) = match place {
        TemplatePlace::Header => (&example.header_text_named_params, Some(&example.header_text)),
        _ => (&example.body_text_named_params, example.body_text.first()),
    };
    let number = own.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
    let by_number = number.and_then(|number| counted?.get(number));
    let by_name = named.iter().find(|one| one.param_name == own).and_then(|one| one.example.as_ref());
    clean(by_number.or(by_name).map(String::as_str).unwrap_or_default(), 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: serde_json::Value) -> ChannelTemplate {
        template(serde_json::from_value(json).unwrap())
    }

    #[test]
    fn counted_places_get_names_of_their_own() {
        let made = read(serde_json::json!({
            "name": "order_ready", "language": "ru", "status": "APPROVED", "category": "UTILITY", "rejected_reason": "NONE",
            "components": [
                { "type": "HEADER", "format": "TEXT", "text": "Заказ {{1}}", "example": { "header_text": ["№ 7"] } },
                { "type": "BODY", "text": "{{1}}, ждём вас {{2}}. {{1}}!", "example": { "body_text": [["Анна", "в 10:00"]] } },
                { "type": "FOOTER", "text": "Окна" },
                { "type": "BUTTONS", "buttons": [
                    { "type": "QUICK_REPLY", "text": "Приду" },
                    { "type": "URL", "text": "Где", "url": "https://example.com/{{1}}", "example": ["a"] },
                    { "type": "COPY_CODE", "example": "SALE" },
                ] },
            ],
        }));
        assert_eq!((made.approval(), made.approval_note.as_str()), (TemplateApproval::Approved, ""));
        assert_eq!(made.header_text, "Заказ {{header.1}}");
        assert_eq!(made.body, "{{body.1}}, ждём вас {{body.2}}. {{body.1}}!");
        assert_eq!(made.buttons[1].url, "https://example.com/{{button.1.1}}");
        let names: Vec<_> = made.variables.iter().map(|one| (one.name.as_str(), one.example.as_str())).collect();
        let expected = [
            ("header.1", "№ 7"),
            ("body.1", "Анна"),
            ("body.2", "в 10:00"),
            ("button.1.1", "a"),
            ("button.2.code", "SALE"),
        ];
        assert_eq!(names, expected);
    }

    #[test]
    fn named_places_keep_their_names() {
        let made = read(serde_json::json!({
            "name": "x", "language": "en_US", "status": "REJECTED", "category": "MARKETING", "rejected_reason": "PROMOTIONAL",
            "components": [{ "type": "BODY", "text": "Hi {{ first_name }} {{}} {{", "example": {
                "body_text_named_params": [{ "param_name": "first_name", "example": "Anna" }] } }],
        }));
        assert_eq!(made.body, "Hi {{body.first_name}} {{}} {{");
        assert_eq!((made.variables.len(), made.variables[0].example.as_str()), (1, "Anna"));
        assert_eq!((made.approval(), made.approval_note.as_str()), (TemplateApproval::Rejected, "PROMOTIONAL"));
    }

    #[test]
    fn what_we_cannot_fill_is_shown_and_never_sent() {
        for component in [
            serde_json::json!({ "type": "CAROUSEL", "cards": [] }),
            serde_json::json!({ "type": "HEADER", "format": "LOCATION" }),
            serde_json::json!({ "type": "BUTTONS", "buttons": [{ "type": "MPM", "text": "x" }] }),
        ] {
            let made = read(serde_json::json!({
                "name": "x", "language": "ru", "status": "APPROVED", "components": [component],
            }));
            assert_eq!(made.header_kind(), TemplateHeaderKind::Other);
        }
    }
}

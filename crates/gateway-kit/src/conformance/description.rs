use std::collections::HashSet;

use contracts::channel::{AttachmentKind, Capabilities, LocalText, SettingsField, SettingsFieldKind, SettingsSchema};
use model::Channel;
use regex::Regex;

use super::Findings;
use crate::Gateway;

pub(super) fn check<G: Gateway>(findings: &mut Findings) {
    findings.expect(G::CHANNEL.parse::<Channel>().is_ok(), "G1", || format!("{:?} is no channel name", G::CHANNEL));
    let description = G::describe();
    let named = description.channel.is_empty() || description.channel == G::CHANNEL;
    findings.expect(named, "G37", || format!("the description names the channel {:?}", description.channel));
    findings.expect(!description.version.is_empty(), "G37", || "the description has no version".to_owned());
    both(findings, "the channel's title", description.title.as_ref());
    match &description.capabilities {
        Some(capabilities) => check_capabilities(findings, capabilities),
        None => findings.expect(false, "G37", || "the description has no capabilities".to_owned()),
    }
    match &description.settings {
        Some(settings) => check_settings(findings, settings),
        None => findings.expect(false, "G37", || "the description has no settings".to_owned()),
    }
    let pacing = G::pacing();
    let paced = !pacing.per_account.every.is_zero() && !pacing.per_address.every.is_zero();
    findings.expect(paced, "G34", || "a pace of nothing is no pace".to_owned());
}

fn check_capabilities(findings: &mut Findings, can: &Capabilities) {
    let mut expect = |holds: bool, text: &str| findings.expect(holds, "G37", || text.to_owned());
    expect(can.text_limit == 0 || can.text_unit != 0, "text_limit without text_unit");
    expect(can.caption_limit == 0 || can.text_unit != 0, "caption_limit without text_unit");
    let kinds: Vec<_> = can.media.iter().map(|media| media.kind).collect();
    expect(distinct(&kinds), "two media capabilities of one kind");
    expect(!kinds.contains(&AttachmentKind::Unspecified.into()), "a media capability without kind");
    expect(can.media.iter().all(|media| media.max_bytes > 0), "a media capability without max_bytes");
    expect(can.album_max != 1, "an album of one is no album: 0 means none");
    expect((can.album_max == 0) == can.album_kinds.is_empty(), "album_max and album_kinds belong together");
    expect(can.album_kinds.iter().all(|kind| kinds.contains(kind)), "an album kind that cannot be sent");
    expect(can.buttons_max == 0 || can.button_data_limit > 0, "buttons without button_data_limit");
    expect(can.delete_within_seconds == 0 || can.deletes, "delete_within_seconds without deletes");
    expect(distinct(&can.styles) && !can.styles.contains(&0), "styles are named once each");
}

fn check_settings(findings: &mut Findings, schema: &SettingsSchema) {
    let names: Vec<_> = schema.fields.iter().map(|field| &field.name).collect();
    findings.expect(distinct(&names), "G37", || "two settings have one name".to_owned());
    for field in &schema.fields {
        check_field(findings, field);
    }
    findings.expect(!schema.steps.is_empty(), "G37", || "there are no steps beside the form".to_owned());
    for (number, step) in schema.steps.iter().enumerate() {
        both(findings, &format!("step {}", number + 1), Some(step));
    }
    for (key, remedy) in &schema.remedies {
        both(findings, &format!("the remedy {key}"), Some(remedy));
    }
}

fn check_field(findings: &mut Findings, field: &SettingsField) {
    let name = &field.name;
    let plain = !name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    findings.expect(plain, "G37", || format!("the setting {name:?} is not named in a-z, 0-9 and _"));
    both(findings, &format!("the title of {name}"), field.title.as_ref());
    if let Some(help) = field.help.as_ref().filter(|help| !help.ru.is_empty() || !help.en.is_empty()) {
        both(findings, &format!("the help of {name}"), Some(help));
    }
    let mut expect = |holds: bool, text: &str| findings.expect(holds, "G37", || format!("the setting {name}: {text}"));
    expect(field.kind() != SettingsFieldKind::Unspecified, "it has no kind");
    let is_choice = field.kind() == SettingsFieldKind::Choice;
    expect(is_choice != field.choices.is_empty(), "choices belong to KIND_CHOICE, and only there");
    let default = &field.default_value;
    expect(default.is_empty() || !field.secret, "a secret has no default");
    let raises = field.media_bytes == 0 || field.media_bytes > 0 && !default.is_empty();
    expect(raises, "media_bytes is of a value beside the default, so it has a default");
    let values: Vec<_> = field.choices.iter().map(|choice| &choice.value).collect();
    expect(distinct(&values), "two choices have one value");
    expect(!is_choice || default.is_empty() || values.contains(&default), "its default is none of its choices");
    check_pattern(&mut expect, field);
    for choice in &field.choices {
        both(findings, &format!("the choice {:?} of {name}", choice.value), choice.title.as_ref());
    }
}

fn check_pattern(expect: &mut impl FnMut(bool, &str), field: &SettingsField) {
    if field.pattern.is_empty() {
        return;
    }
    let anchored = field.pattern.starts_with('^') && field.pattern.ends_with('$');
    expect(anchored, "its pattern is not anchored");
    match Regex::new(&field.pattern) {
        Ok(pattern) => {
            let default = &field.default_value;
            expect(default.is_empty() || pattern.is_match(default), "its default does not fit its pattern");
        }
        Err(_) => expect(false, "its pattern cannot be read"),
    }
}

/// A text for people stands in both languages.
fn both(findings: &mut Findings, what: &str, text: Option<&LocalText>) {
    let complete = text.is_some_and(|text| !text.ru.trim().is_empty() && !text.en.trim().is_empty());
    findings.expect(complete, "G37", || format!("{what} is not told in both languages"));
    let cyrillic = |text: &LocalText| text.en.chars().any(|letter| ('\u{400}'..='\u{4ff}').contains(&letter));
    findings.expect(!text.is_some_and(cyrillic), "G37", || format!("{what} is Russian in its English text"));
}

fn distinct<T: std::hash::Hash + Eq>(values: &[T]) -> bool {
    values.iter().collect::<HashSet<_>>().len() == values.len()
}

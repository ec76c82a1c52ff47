//! What people do on the site's pages, reported with their consent. Nothing here waits for router, and no message waits for it.

use std::{collections::HashMap, sync::Arc};

use axum::{
    body::Body,
    extract::{Path, State},
};
use chrono::Utc;
use contracts::channel::{
    Visit, VisitDevice, VisitReport, VisitStep, VisitStepKind, VisitsWithdrawn, visit_report::Report as Told,
};
use gateway_kit::Refusal;
use http::{HeaderMap, StatusCode, request::Parts};
use model::{Email, Phone};
use serde::Deserialize;
use uuid::Uuid;

use crate::{
    cors::{self, Allowed},
    desk::Desk,
    normalize::{clean, timestamp},
    person::Who,
    stream::read,
};

const REPORT_BYTES: usize = 32 * 1024;
const STEPS_MOST: usize = 50;
const PATH_CHARS: usize = 500;
const TITLE_CHARS: usize = 200;
const NAME_CHARS: usize = 100;
const MARK_CHARS: usize = 200;
const HOST_CHARS: usize = 253;
/// So many digits are no part of a name.
const DIGITS_MOST: usize = 4;
/// Cards have at least so many (ISO/IEC 7812-1 allows fewer, no issuer uses them).
const CARD_DIGITS: usize = 13;
/// A page that lies open all day is not read all day.
const SECONDS_MOST: u32 = 1_800;
/// How late a report may come.
const LATE_MS: i64 = 24 * 3_600_000;
const MARKS: [&str; 5] = ["utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content"];
/// So many letters and digits in a row are a key to something, not a word.
const KEY_CHARS: usize = 20;

/// What a browser sends; times are its own, in ms since 1970.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Report {
    guest: Uuid,
    /// The chat's, of who has written there.
    token: Option<String>,
    /// The browser's clock when it sends.
    now: i64,
    /// When its person agreed: without it nothing is taken.
    agreed: Option<i64>,
    /// Whether they agreed to what they leave in forms, too.
    forms: bool,
    withdraw: bool,
    visit: Option<Stay>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Stay {
    id: Uuid,
    at: i64,
    /// The host that led here.
    from: String,
    device: String,
    marks: HashMap<String, String>,
    steps: Vec<Step>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Step {
    id: Uuid,
    at: i64,
    kind: String,
    path: String,
    title: String,
    seconds: u32,
    name: String,
    left: Left,
}

impl Report {
    /// Nobody was asked about it, or they said no.
    fn leave_out_left(&mut self) {
        for step in self.visit.iter_mut().flat_map(|stay| &mut stay.steps) {
            step.left = Left::default();
        }
    }
}

/// What a person typed into fields of a form that the site marked.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
struct Left {
    name: String,
    phone: String,
    email: String,
}

impl std::fmt::Debug for Left {
    /// Never what it says: it may end in a log.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Left")
    }
}

/// Takes a report. 204: it is on the bus, or its sender asks sites not to track.
///
/// # Errors
/// 400, 403 (a foreign page, or visits are off), 404, 408, 413, 429, 503.
pub async fn report(
    State(desk): State<Arc<Desk>>,
    Path(account): Path<String>,
    parts: Parts,
    body: Body,
) -> Result<Allowed<StatusCode>, Refusal> {
    let refused = |no: Refusal| {
        desk.front.count_refused(no.why());
        no
    };
    let rate = |_| refused(Refusal::new(StatusCode::TOO_MANY_REQUESTS, "rate"));
    let (visit, from) = desk.enter_from_page(&account, &parts).map_err(refused)?;
    desk.limits.reports_from(desk.caller(&parts)).map_err(rate)?;
    let body = read(body, REPORT_BYTES).await?;
    let bad = || Refusal::new(StatusCode::BAD_REQUEST, "bad_report");
    let mut raw: Report = serde_json::from_slice(&body).map_err(|_| bad())?;
    desk.limits.report(raw.guest).map_err(rate)?;
    let done = cors::allow(&from, StatusCode::NO_CONTENT);
    // Who takes a consent back is heard whatever else holds.
    if !raw.withdraw {
        if !visit.gateway.settings.visits.on() {
            return Err(refused(Refusal::new(StatusCode::FORBIDDEN, "visits_off")));
        }
        if objects(&parts.headers) {
            return Ok(done);
        }
        if !(raw.forms && visit.gateway.settings.visits.forms) {
            raw.leave_out_left();
        }
    }
    let now = Utc::now();
    let token = raw.token.as_ref().and_then(|token| desk.visitor(visit.account(), token));
    let token = token.filter(|token| !token.lapsed(now.timestamp()));
    let who = token.map(|token| Who { visitor: Some(token.visitor), person: token.person, consent: None });
    let address = who.and_then(|who| who.addresses().into_iter().next()).unwrap_or_default();
    let report = told(raw, (visit.account().to_string(), address), now.timestamp_millis()).ok_or_else(bad)?;
    desk.front.report_visits(&visit, &report).await?;
    Ok(done)
}

/// Whether the browser says that its person wants no tracking.
fn objects(headers: &HeaderMap) -> bool {
    ["sec-gpc", "dnt"].iter().any(|name| headers.get(*name).is_some_and(|value| value.as_bytes() == b"1"))
}

/// As the bus carries it; `None`: it says nothing.
fn told(raw: Report, (scope, address): (String, String), now_ms: i64) -> Option<VisitReport> {
    if raw.guest.is_nil() {
        return None;
    }
    let report = VisitReport {
        guest_id: raw.guest.to_string(),
        scope: if address.is_empty() { String::new() } else { scope },
        address,
        ..VisitReport::default()
    };
    if raw.withdraw {
        return Some(VisitReport { report: Some(Told::Withdrawn(VisitsWithdrawn {})), ..report });
    }
    let agreed = raw.agreed.filter(|agreed| *agreed <= raw.now)?;
    let stay = raw.visit.filter(|stay| !stay.id.is_nil() && stay.steps.len() <= STEPS_MOST)?;
    // Only distances of the browser's clock are believed.
    let when = |at: i64, most: i64| timestamp(now_ms - raw.now.saturating_sub(at).clamp(0, most));
    let steps = stay.steps.iter().filter_map(|one| step(one, when(one.at, LATE_MS)));
    let visit = Visit {
        visit_id: stay.id.to_string(),
        started_at: Some(when(stay.at, LATE_MS)),
        referrer_host: host(&stay.from),
        marks: MARKS.iter().filter_map(|name| Some(((*name).to_owned(), mark(stay.marks.get(*name)?)?))).collect(),
        device: device(&stay.device).into(),
        steps: steps.collect(),
    };
    let agreed_at = Some(when(agreed, 5 * 366 * LATE_MS));
    Some(VisitReport { agreed_at, report: Some(Told::Visit(visit)), ..report })
}

fn step(from: &Step, at: prost_types::Timestamp) -> Option<VisitStep> {
    let kind = match from.kind.as_str() {
        "page" => VisitStepKind::Page,
        "form" => VisitStepKind::Form,
        "chat" => VisitStepKind::Chat,
        // Of a newer widget.
        _ => return None,
    };
    let left = if kind == VisitStepKind::Form { from.left.clone() } else { Left::default() };
    (!from.id.is_nil()).then(|| VisitStep {
        step_id: from.id.to_string(),
        at: Some(at),
        kind: kind.into(),
        path: path(&from.path),
        title: line(&from.title, TITLE_CHARS),
        seconds: from.seconds.min(SECONDS_MOST),
        name: line(&from.name, NAME_CHARS),
        left_name: person(&left.name).unwrap_or_default(),
        left_phone: phone(&left.phone).unwrap_or_default(),
        left_email: Email::parse(&left.email).map(|email| email.as_str().to_owned()).unwrap_or_default(),
    })
}

fn device(name: &str) -> VisitDevice {
    match name {
        "computer" => VisitDevice::Computer,
        "phone" => VisitDevice::Phone,
        "tablet" => VisitDevice::Tablet,
        _ => VisitDevice::Unspecified,
    }
}

fn line(text: &str, most: usize) -> String {
    clean(text, usize::MAX).split_whitespace().collect::<Vec<_>>().join(" ").chars().take(most).collect()
}

/// A name, and no number of a card or an address that somebody typed in the wrong place.
fn person(text: &str) -> Option<String> {
    let name = line(text, NAME_CHARS);
    let digits = name.chars().filter(|c| c.is_numeric()).count();
    (name.chars().any(char::is_alphabetic) && digits < DIGITS_MOST && !name.contains('@')).then_some(name)
}

/// A phone number, and none of a card: those have 13 digits or more and no country code in front of them.
fn phone(text: &str) -> Option<String> {
    let digits: Vec<u32> = text.chars().filter_map(|c| c.to_digit(10)).collect();
    let abroad = text.trim_start().starts_with('+') || digits.starts_with(&[0, 0]);
    let card = !abroad && digits.len() >= CARD_DIGITS && luhn(&digits);
    Phone::parse(text).filter(|_| !card).map(|phone| phone.digits().to_owned())
}

/// Whether the last digit checks the others as on a card (ISO/IEC 7812-1, annex B).
fn luhn(digits: &[u32]) -> bool {
    let doubled = |digit: u32| if digit > 4 { 2 * digit - 9 } else { 2 * digit };
    let sum: u32 =
        digits.iter().rev().enumerate().map(|(n, digit)| if n % 2 == 1 { doubled(*digit) } else { *digit }).sum();
    sum.is_multiple_of(10)
}

fn mark(value: &str) -> Option<String> {
    Some(line(value, MARK_CHARS)).filter(|value| !value.is_empty())
}

fn host(name: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | ':');
    if name.chars().count() <= HOST_CHARS && name.chars().all(plain) { name.to_lowercase() } else { String::new() }
}

/// Without query and fragment (but for that of pages which live there, `#/...`), and without what opens something or names somebody.
fn path(address: &str) -> String {
    let (before, after) = address.split_once('#').unwrap_or((address, ""));
    let own = |text: &str| text.split('?').next().unwrap_or_default().to_owned();
    let whole = if after.starts_with('/') { format!("{}#{}", own(before), own(after)) } else { own(before) };
    if !whole.starts_with('/') {
        return String::new();
    }
    let parts: Vec<&str> = whole.split('/').map(|part| if secret(part) { "…" } else { part }).collect();
    line(&parts.join("/"), PATH_CHARS)
}

fn secret(part: &str) -> bool {
    let key = |run: &str| {
        let letters = run.chars().any(char::is_alphabetic);
        run.chars().count() >= KEY_CHARS && letters && run.chars().any(char::is_numeric)
    };
    let digits = part.chars().filter(char::is_ascii_digit).count();
    let dialled = digits >= 10 && part.chars().all(|c| c.is_ascii_digit() || matches!(c, '+' | '-' | '(' | ')' | ' '));
    part.contains('@') || dialled || Uuid::parse_str(part).is_ok() || part.split(['-', '_', '.']).any(key)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    const NOW: i64 = 1_764_115_200_000;

    fn read(raw: Value) -> Option<VisitReport> {
        told(serde_json::from_value(raw).unwrap(), ("account".to_owned(), String::new()), NOW)
    }

    fn stay(step: Value) -> Value {
        let id = Uuid::from_u128(7);
        json!({ "guest": id, "now": 10_000, "agreed": 0, "visit": { "id": id, "at": 4_000, "steps": [step] } })
    }

    fn steps(raw: Value) -> Vec<VisitStep> {
        let Some(Told::Visit(visit)) = read(raw).unwrap().report else { panic!("a visit") };
        visit.steps
    }

    #[test]
    fn only_distances_of_the_browsers_clock_count() {
        let step = json!({ "id": Uuid::from_u128(1), "kind": "page", "at": 9_000, "path": "/a", "seconds": 90_000 });
        let Some(Told::Visit(visit)) = read(stay(step)).unwrap().report else { panic!("a visit") };
        assert_eq!(visit.started_at, Some(timestamp(NOW - 6_000)));
        assert_eq!((visit.steps[0].at, visit.steps[0].seconds), (Some(timestamp(NOW - 1_000)), SECONDS_MOST));
        for at in [i64::MIN, -1, 11_000, i64::MAX] {
            let step = json!({ "id": Uuid::from_u128(1), "kind": "page", "at": at });
            let at = steps(stay(step))[0].at.unwrap();
            assert!((NOW - LATE_MS..=NOW).contains(&(at.seconds * 1_000 + i64::from(at.nanos) / 1_000_000)));
        }
    }

    #[test]
    fn addresses_lose_what_is_secret_in_them() {
        for (address, kept) in [
            ("/catalog/lamps?token=1&email=a@example.com", "/catalog/lamps"),
            ("/demo/#/lamp?promo=x", "/demo/#/lamp"),
            ("/page#access_token=abc", "/page"),
            ("/reset/5f2ab81c09de47f3a1b2c3d4/new", "/reset/…/new"),
            ("/orders/0190f3c2-7b00-7000-8000-000000000001", "/orders/…"),
            ("/u/anna@example.com", "/u/…"),
            ("/call/+79990000001", "/call/…"),
            ("/noutbuk-vivobook-15-x1500-2026-black", "/noutbuk-vivobook-15-x1500-2026-black"),
            ("/цены/оптом", "/цены/оптом"),
            ("https://shop.example/a", ""),
            ("", ""),
        ] {
            assert_eq!(path(address), kept, "{address}");
        }
    }

    #[test]
    fn what_says_nothing_is_refused_and_what_is_not_known_left_out() {
        assert_eq!(read(json!({ "now": 1 })), None);
        assert_eq!(read(json!({ "guest": Uuid::from_u128(1), "visit": {} })), None);
        let step = json!({ "id": Uuid::from_u128(1), "kind": "page", "path": "/" });
        for agreed in [json!(null), json!(20_000)] {
            let mut unagreed = stay(step.clone());
            unagreed["agreed"] = agreed;
            assert_eq!(read(unagreed), None, "nobody has agreed");
        }
        assert!(steps(stay(json!({ "id": Uuid::from_u128(1), "kind": "keystroke", "path": "/" }))).is_empty());
        let withdrawn = read(json!({ "guest": Uuid::from_u128(1), "withdraw": true })).unwrap();
        assert_eq!(withdrawn.report, Some(Told::Withdrawn(VisitsWithdrawn {})));
    }

    #[test]
    fn what_is_left_in_a_form_is_read_or_left_out() {
        let left = |kind: &str, left: Value| {
            let step = json!({ "id": Uuid::from_u128(1), "kind": kind, "path": "/", "left": left });
            let step = steps(stay(step)).remove(0);
            [step.left_name, step.left_phone, step.left_email]
        };
        let anna = json!({ "name": " Анна\u{0}  Иванова ", "phone": "8 (999) 000-00-01", "email": "Anna@Example.com" });
        assert_eq!(left("form", anna.clone()), ["Анна Иванова", "79990000001", "anna@example.com"]);
        assert_eq!(left("page", anna), ["", "", ""]);
        let card = "4000 0000 0000 0002";
        assert_eq!(left("form", json!({ "name": card, "phone": card, "email": "нет" })), ["", "", ""]);
        assert_eq!(left("form", json!({ "name": "anna@example.com", "phone": "+7 999 в офис" })), ["", "", ""]);
        let phone = |text: &str| left("form", json!({ "phone": text }))[1].clone();
        // Reserved for tests by their issuers: 15, 14 and 13 digits.
        for card in ["3782 822463 10005", "3056-930902-5904", "4222222222222"] {
            assert_eq!(phone(card), "", "{card}");
        }
        for number in ["+4222222222222", "00 422 2222222222", "4222222222223", "222222222226"] {
            assert_ne!(phone(number), "", "{number}");
        }
        let raw: Step = serde_json::from_value(json!({ "left": { "email": "anna@example.com" } })).unwrap();
        assert!(!format!("{raw:?}").contains("anna"), "nothing of it in a log");
    }

    #[test]
    fn marks_are_those_that_are_known() {
        let id = Uuid::from_u128(7);
        let marks = json!({ "utm_source": "ya\u{0}", "utm_term": " ", "token": "secret" });
        let visit = json!({ "id": id, "from": "Search.Example", "marks": marks, "device": "phone" });
        let Some(Told::Visit(visit)) = read(json!({ "guest": id, "agreed": 0, "visit": visit })).unwrap().report else {
            panic!("a visit")
        };
        assert_eq!(visit.marks, HashMap::from([("utm_source".to_owned(), "ya".to_owned())]));
        assert_eq!((visit.referrer_host.as_str(), visit.device()), ("search.example", VisitDevice::Phone));
    }

    proptest! {
        #[test]
        fn whatever_comes_is_cut_to_its_bounds(text in "\\PC{0,900}", seconds: u32, n in 0_usize..60) {
            let left = json!({ "name": text, "phone": text, "email": format!("{text}@example.com") });
            let step = json!({ "id": Uuid::from_u128(1), "kind": "form", "path": format!("/{text}"), "title": text, "name": text, "seconds": seconds, "left": left });
            let id = Uuid::from_u128(7);
            let told = read(json!({ "guest": id, "agreed": 0, "visit": { "id": id, "from": text, "steps": vec![step; n] } }));
            prop_assert_eq!(told.is_some(), n <= STEPS_MOST);
            if let Some(report) = told {
                let Some(Told::Visit(visit)) = report.report else { panic!("a visit") };
                let fits = |one: &VisitStep| one.path.chars().count() <= PATH_CHARS
                    && one.title.chars().count() <= TITLE_CHARS && one.name.chars().count() <= NAME_CHARS
                    && one.left_name.chars().count() <= NAME_CHARS && one.left_phone.len() <= 15 && one.left_email.len() <= 254;
                prop_assert!(visit.steps.iter().all(fits) && visit.referrer_host.len() <= 4 * HOST_CHARS);
            }
        }
    }
}

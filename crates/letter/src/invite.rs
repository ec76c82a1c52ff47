//! Invitations: the first event of a `text/calendar` part (RFC 5545, RFC 5546). Shown, never accepted by itself.

use chrono::{NaiveDate, NaiveDateTime, TimeZone, Utc};

use crate::{clean, mime::params};

/// Longer lines and more of them are no invitation.
const LINES: usize = 20_000;

/// What an invitation says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Invite {
    /// `REQUEST`, `REPLY`, `CANCEL`; empty when it does not say.
    pub method: String,
    /// The event's own id, the same in each later word about it.
    pub uid: String,
    pub summary: String,
    pub location: String,
    /// An e-mail address.
    pub organizer: String,
    pub start: Option<Moment>,
    pub end: Option<Moment>,
}

/// When an event begins or ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// Unix seconds, UTC.
    At(i64),
    /// By the clock of a place that we do not know: a zone of the sender's own making.
    Local(NaiveDateTime),
    /// The whole day.
    Day(NaiveDate),
}

/// Reads the first event; `None` without one.
#[must_use]
pub fn invite(calendar: &str) -> Option<Invite> {
    let (mut invite, mut is_within, mut depth) = (Invite::default(), false, 0_usize);
    for line in unfolded(calendar) {
        let Some((name, value)) = split(&line) else { continue };
        match (name.to_ascii_uppercase().split(';').next().unwrap_or_default(), value.to_ascii_uppercase().as_str()) {
            ("METHOD", method) if !is_within => invite.method = clean::line(method),
            ("BEGIN", "VEVENT") if !is_within => is_within = true,
            ("END", "VEVENT") if is_within => return Some(invite),
            // Alarms within the event have times of their own.
            ("BEGIN", _) if is_within => depth += 1,
            ("END", _) if is_within => depth = depth.saturating_sub(1),
            (property, _) if is_within && depth == 0 => take(&mut invite, property, name, value),
            _ => {}
        }
    }
    None
}

fn take(invite: &mut Invite, property: &str, name: &str, value: &str) {
    match property {
        "UID" => invite.uid = clean::line(value),
        "SUMMARY" => invite.summary = text(value),
        "LOCATION" => invite.location = text(value),
        "ORGANIZER" => {
            invite.organizer = clean::line(value.trim_start_matches("mailto:").trim_start_matches("MAILTO:"))
        }
        "DTSTART" => invite.start = moment(name, value),
        "DTEND" => invite.end = moment(name, value),
        _ => {}
    }
}

/// Long lines are folded with a space in front of the rest (RFC 5545, section 3.1).
fn unfolded(calendar: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for line in calendar.lines().take(LINES) {
        match (line.strip_prefix([' ', '\t']), lines.last_mut()) {
            (Some(rest), Some(last)) => last.push_str(rest),
            _ => lines.push(line.to_owned()),
        }
    }
    lines
}

/// Name with parameters, and value; a colon in quotes ends no name.
fn split(line: &str) -> Option<(&str, &str)> {
    let mut quoted = false;
    let colon = line.char_indices().find(|(_, letter)| {
        quoted ^= *letter == '"';
        *letter == ':' && !quoted
    });
    colon.map(|(at, _)| (&line[..at], line[at + 1..].trim()))
}

fn text(value: &str) -> String {
    clean::line(&value.replace("\\n", " ").replace("\\N", " ").replace('\\', ""))
}

fn moment(name: &str, value: &str) -> Option<Moment> {
    if value.len() == 8 {
        return NaiveDate::parse_from_str(value, "%Y%m%d").ok().map(Moment::Day);
    }
    let local = NaiveDateTime::parse_from_str(value.trim_end_matches('Z'), "%Y%m%dT%H%M%S").ok()?;
    if value.ends_with('Z') {
        return Some(Moment::At(local.and_utc().timestamp()));
    }
    let parameters = params(name.split_once(';').map_or("", |(_, rest)| rest));
    let zone = parameters.get("tzid").and_then(|zone| zone.parse::<chrono_tz::Tz>().ok());
    let at = zone.and_then(|zone| zone.from_local_datetime(&local).earliest());
    Some(at.map_or(Moment::Local(local), |at| Moment::At(at.with_timezone(&Utc).timestamp())))
}

#[cfg(test)]
mod tests {
    use super::*;

    const CALENDAR: &str = "BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nBEGIN:VTIMEZONE\r\nDTSTART:16010101T000000\r\nEND:VTIMEZONE\r\n\
        BEGIN:VEVENT\r\nUID:1@example.com\r\nSUMMARY;LANGUAGE=ru:Показ\\, замер\r\n  окон\r\nORGANIZER;CN=\"Anna: sales\":mailto:anna@example.com\r\n\
        DTSTART;TZID=Europe/Moscow:20261126T150000\r\nDTEND:20261126T130000Z\r\nBEGIN:VALARM\r\nSUMMARY:x\r\nEND:VALARM\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";

    #[test]
    fn an_invitation_says_what_when_and_who() {
        let read = invite(CALENDAR).unwrap();
        assert_eq!((read.method.as_str(), read.summary.as_str()), ("REQUEST", "Показ, замер окон"));
        assert_eq!((read.organizer.as_str(), read.uid.as_str()), ("anna@example.com", "1@example.com"));
        assert_eq!((read.start, read.end), (Some(Moment::At(1_795_694_400)), Some(Moment::At(1_795_698_000))));
    }

    #[test]
    fn a_whole_day_and_a_foreign_zone_are_said_as_they_are() {
        let day =
            invite("BEGIN:VEVENT\nDTSTART;VALUE=DATE:20261126\nDTEND;TZID=\"Own zone\":20261126T150000\nEND:VEVENT")
                .unwrap();
        assert!(matches!((day.start, day.end), (Some(Moment::Day(_)), Some(Moment::Local(_)))));
        assert_eq!(invite("BEGIN:VCALENDAR\nEND:VCALENDAR"), None);
    }
}

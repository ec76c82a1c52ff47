//! Texts that people type: checked on the way in, and the form that searches compare.

use chrono::{Datelike as _, NaiveDate};

use crate::error::Fault;

/// A line of text without control characters, trimmed; 1 to `max` characters.
pub fn line(field: &'static str, text: &str, max: usize) -> Result<String, Fault> {
    match optional_line(field, text, max)? {
        line if line.is_empty() => Err(Fault::invalid(field, "must not be empty")),
        line => Ok(line),
    }
}

/// Like [`line`], but may be empty.
pub fn optional_line(field: &'static str, text: &str, max: usize) -> Result<String, Fault> {
    let text = text.trim();
    if text.chars().count() > max {
        return Err(Fault::invalid(field, "is too long"));
    }
    if text.chars().any(char::is_control) {
        return Err(Fault::invalid(field, "must not hold control characters"));
    }
    Ok(text.to_owned())
}

/// Several lines; at most `max` characters, no control characters but line ends and tabs.
pub fn paragraph(field: &'static str, text: &str, max: usize) -> Result<String, Fault> {
    let text = text.trim();
    if text.chars().count() > max {
        return Err(Fault::invalid(field, "is too long"));
    }
    if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
        return Err(Fault::invalid(field, "must not hold control characters"));
    }
    Ok(text.to_owned())
}

/// An ISO date, or nothing.
pub fn date(field: &'static str, text: &str) -> Result<Option<NaiveDate>, Fault> {
    let read = |text: &str| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().filter(|d| (1..=9999).contains(&d.year()));
    match text.trim() {
        "" => Ok(None),
        text => read(text).map(Some).ok_or(Fault::invalid(field, "must be a date such as 2026-03-31, or empty")),
    }
}

/// What names are compared by: lower case, ё as е, single spaces. Made here, so that no locale of a database matters.
#[must_use]
pub fn search_form(text: &str) -> String {
    let lower = text.to_lowercase().replace('ё', "е");
    lower.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A pattern for `like` that matches exactly this text.
#[must_use]
pub fn like_escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '%' | '_' | '\\') {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}

/// An IANA time zone. Whether this PostgreSQL knows it too is asked where it matters.
pub fn time_zone(field: &'static str, text: &str) -> Result<String, Fault> {
    let zone: chrono_tz::Tz = text
        .trim()
        .parse()
        .map_err(|_| Fault::invalid(field, "must be an IANA time zone, for example Europe/Moscow"))?;
    Ok(zone.name().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_compared_without_case_yo_and_double_spaces() {
        assert_eq!(search_form("  Пётр   ЁЛКИН "), "петр елкин");
    }

    #[test]
    fn a_line_holds_no_control_characters() {
        assert!(line("name", "a\nb", 10).is_err());
        assert!(line("name", "  ", 10).is_err());
        assert!(line("name", "абвгд", 4).is_err());
        assert_eq!(line("name", " абвг ", 4).unwrap(), "абвг");
    }

    #[test]
    fn a_searched_text_is_no_pattern() {
        assert_eq!(like_escaped(r"50%_\"), r"50\%\_\\");
    }
}

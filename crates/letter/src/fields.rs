//! The one place that knows the library which reads fields: addresses and dates, where the quirks of forty years lie.

use mail_parser::{Addr, HeaderValue, parsers::MessageStream};

use crate::{charset, clean, letter::Mailbox};

/// The addresses of a field, groups opened. Whoever has no address is left out.
pub(crate) fn addresses(value: &str) -> Vec<Mailbox> {
    let line = format!("{}\n", charset::as_utf8_words(value));
    let HeaderValue::Address(address) = MessageStream::new(line.as_bytes()).parse_address() else { return Vec::new() };
    address.into_list().iter().filter_map(mailbox).collect()
}

fn mailbox(addr: &Addr<'_>) -> Option<Mailbox> {
    let address = addr.address.as_deref()?.trim().trim_matches(['<', '>', '\'', '"']);
    let name = clean::line(addr.name.as_deref().unwrap_or_default());
    let name = if name.eq_ignore_ascii_case(address) { String::new() } else { name };
    address.contains('@').then(|| Mailbox { name, address: clean::line(address) })
}

/// Unix seconds, UTC. `None` for what is no date.
pub(crate) fn date(value: &str) -> Option<i64> {
    let line = format!("{value}\n");
    match MessageStream::new(line.as_bytes()).parse_date() {
        HeaderValue::DateTime(date) if date.is_valid() => Some(date.to_timestamp()),
        _ => None,
    }
}

/// The ids of `Message-ID`, `In-Reply-To` or `References`, without brackets; words beside them are passed over. An id without
/// brackets counts where there is no other.
pub(crate) fn ids(value: &str) -> Vec<String> {
    let bracketed: Vec<_> = value
        .split('<')
        .skip(1)
        .filter_map(|rest| rest.split_once('>'))
        .map(|(id, _)| id.split_whitespace().collect::<String>())
        .filter(|id| !id.is_empty())
        .collect();
    if !bracketed.is_empty() {
        return bracketed;
    }
    value
        .split_whitespace()
        .filter(|word| word.contains('@'))
        .map(|word| word.trim_matches(['<', '>']).to_owned())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(value: &str) -> Vec<String> {
        addresses(value).iter().map(|one| format!("{} <{}>", one.name, one.address)).collect()
    }

    #[test]
    fn addresses_come_in_every_dress() {
        assert_eq!(
            shown("Anna <anna@example.com>, boris@example.org"),
            ["Anna <anna@example.com>", " <boris@example.org>"]
        );
        assert_eq!(
            shown("\"=?utf-8?B?0JDQvdC90LAsINC+0YLQtNC10Ls=?=\" <a@example.com>"),
            ["Анна, отдел <a@example.com>"]
        );
        assert_eq!(shown("=?windows-1251?Q?=CE=CE=CE=2C_=F3?= <a@example.org>"), ["ООО, у <a@example.org>"]);
        assert_eq!(shown("staff: a@example.com, b@example.com;"), [" <a@example.com>", " <b@example.com>"]);
        assert_eq!(shown("undisclosed-recipients:;"), Vec::<String>::new());
        assert_eq!(shown("a@example.com (Анна)"), ["Анна <a@example.com>"]);
        assert_eq!(shown("'a@example.com' <a@example.com>"), ["'a@example.com' <a@example.com>"]);
        assert_eq!(shown("Анна <a@example.com>"), ["Анна <a@example.com>"]);
    }

    #[test]
    fn dates_are_utc_whatever_their_zone() {
        assert_eq!(date("Thu, 26 Nov 2026 15:00:00 +0300"), Some(1_795_694_400));
        assert_eq!(date("26 Nov 2026 12:00:00 GMT"), Some(1_795_694_400));
        assert_eq!(date("yesterday"), None);
    }

    #[test]
    fn ids_are_found_among_words() {
        assert_eq!(ids("<a@b> <c@d>"), ["a@b", "c@d"]);
        assert_eq!(ids("Your message of Monday <a@b>"), ["a@b"]);
        assert_eq!(ids("a@b"), ["a@b"]);
        assert_eq!(ids("<a\t@b>, <>"), ["a@b"]);
    }
}

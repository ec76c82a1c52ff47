//! What the receiving provider says of a sender: `Authentication-Results` (RFC 8601).

use crate::Headers;

/// The answer of one check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Verdict {
    /// Nothing was said, or there was nothing to check.
    #[default]
    None,
    Pass,
    /// The sender's domain disowns the letter.
    Fail,
    /// Neither: soft failures, errors, policies.
    Unsure,
}

/// What the provider found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verdicts {
    pub spf: Verdict,
    pub dkim: Verdict,
    pub dmarc: Verdict,
    /// The domain that signed, of the first signature that passed; empty without one.
    pub dkim_domain: String,
}

/// Reads the topmost field of a server that is trusted: `authserv_id` is its name, or the domain of its servers
/// (`mail.example.com` for `mx7.mail.example.com`). Anyone can write such a field into a letter, but not above the receiving server.
#[must_use]
pub fn verdicts(headers: &Headers, authserv_id: &str) -> Option<Verdicts> {
    let trusted = authserv_id.trim().to_ascii_lowercase();
    let fields = headers.all("authentication-results").map(|value| without_comments(value).to_ascii_lowercase());
    let field = fields.into_iter().find(|value| !trusted.is_empty() && is_of(value, &trusted))?;
    let mut verdicts = Verdicts::default();
    field.split(';').skip(1).for_each(|result| take(&mut verdicts, result));
    Some(verdicts)
}

fn is_of(field: &str, trusted: &str) -> bool {
    let server =
        field.split(';').next().unwrap_or_default().split_whitespace().next().unwrap_or_default().trim_matches('"');
    server == trusted || server.strip_suffix(trusted).is_some_and(|host| host.ends_with('.'))
}

/// `dkim=pass header.d=example.com`.
fn take(verdicts: &mut Verdicts, result: &str) {
    let result = result.replace(" = ", "=");
    let mut words = result.split_whitespace();
    let Some((method, value)) = words.next().and_then(|word| word.split_once('=')) else { return };
    let verdict = verdict(value);
    match method.split('/').next().unwrap_or_default() {
        "spf" => verdicts.spf = better(verdicts.spf, verdict),
        "dmarc" => verdicts.dmarc = better(verdicts.dmarc, verdict),
        "dkim" => {
            if verdict == Verdict::Pass && verdicts.dkim != Verdict::Pass {
                verdicts.dkim_domain = words.find_map(domain).unwrap_or_default();
            }
            verdicts.dkim = better(verdicts.dkim, verdict);
        }
        _ => {}
    }
}

fn domain(word: &str) -> Option<String> {
    let (name, value) = word.split_once('=')?;
    let value = value.trim_matches('"').trim_start_matches('@');
    ["header.d", "header.i"].contains(&name).then(|| value.rsplit('@').next().unwrap_or(value).to_owned())
}

fn verdict(value: &str) -> Verdict {
    match value.trim_matches('"') {
        "pass" => Verdict::Pass,
        "fail" | "hardfail" => Verdict::Fail,
        "none" => Verdict::None,
        _ => Verdict::Unsure,
    }
}

/// A letter may be signed several times: one that passes is enough, one that fails outweighs doubt.
fn better(before: Verdict, now: Verdict) -> Verdict {
    let rank = |verdict| match verdict {
        Verdict::None => 0,
        Verdict::Unsure => 1,
        Verdict::Fail => 2,
        Verdict::Pass => 3,
    };
    if rank(now) > rank(before) { now } else { before }
}

/// Comments in brackets may hold anything, brackets and semicolons too.
fn without_comments(value: &str) -> String {
    let (mut depth, mut escaped, mut kept) = (0_usize, false, String::new());
    for letter in value.chars() {
        match letter {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ if depth == 0 => kept.push(letter),
            _ => {}
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(fields: &[&str], trusted: &str) -> Option<Verdicts> {
        verdicts(
            &Headers(fields.iter().map(|value| ("authentication-results".to_owned(), (*value).to_owned())).collect()),
            trusted,
        )
    }

    #[test]
    fn the_providers_own_words_are_read() {
        let field = "mx.example.com; dkim=fail header.d=a.example; dkim=pass (ok; really) header.i=@example.org header.s=s; \
            spf=softfail (domain of a) smtp.mailfrom=a@example.org; dmarc=pass (p=REJECT) header.from=example.org";
        let found = read(&[field], "mx.example.com").unwrap();
        assert_eq!((found.spf, found.dkim, found.dmarc), (Verdict::Unsure, Verdict::Pass, Verdict::Pass));
        assert_eq!(found.dkim_domain, "example.org");
    }

    #[test]
    fn only_the_topmost_of_the_trusted_server_counts() {
        let fields =
            ["evil.example; dmarc=pass", "mx7.mail.example.com 1; dmarc=fail", "mx7.mail.example.com; dmarc=pass"];
        assert_eq!(read(&fields, "mail.example.com").unwrap().dmarc, Verdict::Fail);
        assert_eq!(read(&["notmail.example.com; dmarc=pass"], "mail.example.com"), None);
        assert_eq!(read(&fields, ""), None);
        assert_eq!(read(&["mx.example.com; none"], "mx.example.com"), Some(Verdicts::default()));
    }

    #[test]
    fn a_comment_hides_nothing() {
        let found = read(&["mx.example.com (a \\) ; dmarc=pass); dmarc=fail (b"], "mx.example.com").unwrap();
        assert_eq!(found.dmarc, Verdict::Fail);
    }
}

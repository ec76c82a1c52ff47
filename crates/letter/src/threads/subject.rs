//! Subjects without what programs put before them.

use super::subject_token;

/// "Answer" in the languages of people's programs.
const ANSWERS: [&str; 17] =
    ["re", "ответ", "отв", "на", "ha", "aw", "sv", "antw", "vs", "odp", "res", "rif", "r", "bls", "ynt", "атв", "відп"];
/// "Forwarded".
const FORWARDS: [&str; 16] = [
    "fwd",
    "fw",
    "пересл",
    "пер",
    "пересылка",
    "перенаправлено",
    "wg",
    "vb",
    "tr",
    "rv",
    "enc",
    "vl",
    "doorst",
    "i",
    "pd",
    "переслане",
];

/// For comparing: no prefixes, no token of ours, small letters, single spaces.
#[must_use]
pub fn normal_subject(subject: &str) -> String {
    let rest = bare(subject, |_| true);
    match subject_token(rest) {
        Some(token) => lower(bare(&rest.replace(&format!("[#{token}]"), " "), |_| true)),
        None => lower(rest),
    }
}

/// The subject without "Re:" and its like; "Fwd:" stays.
#[must_use]
pub fn without_replies(subject: &str) -> &str {
    bare(subject, |prefix| ANSWERS.contains(&prefix))
}

/// Whether a letter passes another one on: the outermost prefix says so.
#[must_use]
pub fn is_forward(subject: &str) -> bool {
    prefix(subject.trim()).is_some_and(|(prefix, _)| FORWARDS.contains(&prefix.as_str()))
}

fn lower(subject: &str) -> String {
    subject.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ")
}

fn bare(subject: &str, counts: impl Fn(&str) -> bool) -> &str {
    let mut rest = subject.trim();
    while let Some((_, after)) = prefix(rest).filter(|(prefix, _)| counts(prefix)) {
        rest = after.trim_start();
    }
    rest
}

/// `RE[2]: a`, `Fwd : a`, `Ответ: a`: the word in small letters, and what follows.
fn prefix(subject: &str) -> Option<(String, &str)> {
    let (before, after) = subject.split_once([':', '：'])?;
    let word = before.trim().to_lowercase();
    let word = word.split(['[', '(', '^', '*']).next().unwrap_or_default().trim_end();
    let is_known = before.chars().count() <= 20 && (ANSWERS.contains(&word) || FORWARDS.contains(&word));
    is_known.then(|| (word.to_owned(), after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_of_any_language_are_taken_off() {
        for subject in [
            "Цены",
            "Re: Цены",
            "RE[2]: ЦЕНЫ",
            "Ответ: Fwd: цены",
            "Отв: Re : Цены",
            "Пересл: Цены",
            "AW: WG: Цены",
            "HA: Цены",
            "НА: Цены",
            "re(3):  Цены ",
            "FW:Цены",
        ] {
            assert_eq!(normal_subject(subject), "цены", "{subject}");
        }
        assert_eq!(normal_subject("Вопрос: цены"), "вопрос: цены");
        assert_eq!(normal_subject("Re:"), "");
        assert_eq!(normal_subject(&format!("Re: [#{}] Re: Цены", "a".repeat(34))), "цены");
    }

    #[test]
    fn only_the_outermost_prefix_tells_a_forward() {
        assert!(is_forward("Fwd: Re: Цены") && is_forward("Пересл: Цены"));
        assert!(!is_forward("Re: Fwd: Цены") && !is_forward("Цены"));
        assert_eq!(without_replies("Re: Ответ: Fwd: Цены"), "Fwd: Цены");
    }
}

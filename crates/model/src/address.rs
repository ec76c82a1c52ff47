use std::fmt;

/// A phone number as digits with the country code, for comparing: `79161234567`.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Phone(String);

impl Phone {
    /// Reads any common notation. A Russian number may begin with 8 or with its area code; others need `+` or `00`,
    /// or all of their digits. `None` when it holds letters, or fewer than 7 or more than 15 digits (ITU-T E.164).
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if text.chars().any(char::is_alphabetic) {
            return None;
        }
        let international = text.starts_with('+');
        let mut digits: String = text.chars().filter(char::is_ascii_digit).collect();
        if !international && digits.starts_with("00") {
            digits.drain(..2);
        } else if !international && digits.len() == 11 && digits.starts_with('8') {
            digits.replace_range(..1, "7");
        } else if !international && digits.len() == 10 && digits.starts_with('9') {
            digits.insert(0, '7');
        }
        (7..=15).contains(&digits.len()).then_some(Self(digits))
    }

    #[must_use]
    pub fn digits(&self) -> &str {
        &self.0
    }

    /// For people: `+7 916 123-45-67`; elsewhere `+` and the digits.
    #[must_use]
    pub fn display(&self) -> String {
        match self.0.as_bytes() {
            [b'7', ..] if self.0.len() == 11 => {
                let d = &self.0;
                format!("+7 {} {}-{}-{}", &d[1..4], &d[4..7], &d[7..9], &d[9..11])
            }
            _ => format!("+{}", self.0),
        }
    }
}

impl fmt::Debug for Phone {
    /// Never the number: it may end in a log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Phone({} digits)", self.0.len())
    }
}

/// An e-mail address in lower case, for comparing.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Email(String);

impl Email {
    /// `None` unless there is one `@` with something on both sides and no spaces; at most 254 bytes (RFC 5321).
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim().to_lowercase();
        let (local, domain) = text.split_once('@')?;
        let plain = !text.contains(char::is_whitespace) && !domain.contains('@');
        (plain && !local.is_empty() && domain.contains('.') && text.len() <= 254).then_some(Self(text))
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Email {
    /// Never the address: it may end in a log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Email(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_number_in_any_notation_is_one_number() {
        for text in ["+7 916 123-45-67", "8 (916) 123 45 67", "9161234567", "79161234567", "007 916 1234567"] {
            assert_eq!(Phone::parse(text).unwrap().digits(), "79161234567", "{text}");
        }
        assert_eq!(Phone::parse("89161234567").unwrap().display(), "+7 916 123-45-67");
        assert_eq!(Phone::parse("+49 30 1234567").unwrap().display(), "+49301234567");
    }

    #[test]
    fn what_is_no_number_is_none() {
        for text in ["", "12345", "call me", "+7916123456789012"] {
            assert!(Phone::parse(text).is_none(), "{text}");
        }
    }

    #[test]
    fn an_address_is_compared_in_lower_case() {
        assert_eq!(Email::parse(" Anna@Example.COM ").unwrap().as_str(), "anna@example.com");
        for text in ["anna", "@example.com", "anna@", "a b@example.com", "a@b@example.com"] {
            assert!(Email::parse(text).is_none(), "{text}");
        }
    }
}

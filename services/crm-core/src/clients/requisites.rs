//! The numbers under which a company or an entrepreneur is registered in Russia, with their check digits.

use crate::error::Fault;

/// Spaces are passed over; an empty one is fine.
fn digits(field: &'static str, text: &str, lengths: [usize; 2], problem: &'static str) -> Result<String, Fault> {
    let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let fits = text.is_empty() || lengths.contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    if fits { Ok(text) } else { Err(Fault::invalid(field, problem)) }
}

/// 10 digits of a company, 12 of a person.
pub fn inn(text: &str) -> Result<String, Fault> {
    let inn = digits("inn", text, [10, 12], "must have 10 digits of a company or 12 of a person")?;
    let check = |weights: &[u32]| {
        let sum: u32 = inn.bytes().zip(weights).map(|(b, weight)| u32::from(b - b'0') * weight).sum();
        inn.as_bytes().get(weights.len()).is_some_and(|b| u32::from(b - b'0') == sum % 11 % 10)
    };
    let fits = match inn.len() {
        10 => check(&[2, 4, 10, 3, 5, 9, 4, 6, 8]),
        12 => check(&[7, 2, 4, 10, 3, 5, 9, 4, 6, 8]) && check(&[3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8]),
        _ => true,
    };
    if fits { Ok(inn) } else { Err(Fault::invalid("inn", "has a check digit that does not fit; look for a slip")) }
}

/// 13 digits of a company, 15 of an entrepreneur.
pub fn ogrn(text: &str) -> Result<String, Fault> {
    let ogrn = digits("ogrn", text, [13, 15], "must have 13 digits of a company or 15 of an entrepreneur")?;
    let fits = match (ogrn.len(), ogrn.parse::<u64>()) {
        (0, _) => true,
        (length, Ok(number)) => number / 10 % (length as u64 - 2) % 10 == number % 10,
        (_, Err(_)) => false,
    };
    if fits { Ok(ogrn) } else { Err(Fault::invalid("ogrn", "has a check digit that does not fit; look for a slip")) }
}

/// 4 digits of the office, 2 digits or letters of the reason, 3 digits.
pub fn kpp(text: &str) -> Result<String, Fault> {
    let kpp = text.trim().to_uppercase();
    let fits = kpp.len() == 9
        && kpp
            .bytes()
            .enumerate()
            .all(|(place, b)| b.is_ascii_digit() || (4..6).contains(&place) && b.is_ascii_uppercase());
    if kpp.is_empty() || fits { Ok(kpp) } else { Err(Fault::invalid("kpp", "must have 9 digits")) }
}

/// 8 digits of a company, 10 of an entrepreneur.
pub fn okpo(text: &str) -> Result<String, Fault> {
    digits("okpo", text, [8, 10], "must have 8 digits of a company or 10 of an entrepreneur")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_digits_must_fit() {
        assert_eq!(inn("99 9900 0013").unwrap(), "9999000013");
        assert!(inn("999900000160").is_ok() && ogrn("1000000000010").is_ok() && ogrn("300000000000015").is_ok());
        for slip in ["9999000014", "999900000161", "99990000013"] {
            assert!(matches!(inn(slip), Err(Fault::Invalid { field: "inn", .. })), "{slip}");
        }
        assert!(ogrn("1000000000011").is_err() && ogrn("300000000000016").is_err());
    }

    #[test]
    fn nothing_is_fine_and_letters_are_not() {
        for read in [inn, ogrn, kpp, okpo] {
            assert_eq!(read(" ").unwrap(), "");
            assert!(read("call me").is_err());
        }
        assert_eq!(kpp("7701ab001").unwrap(), "7701AB001");
        assert!(okpo("12345678").is_ok() && okpo("123456789").is_err());
    }
}

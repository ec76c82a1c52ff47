//! Amounts and weights as people type them. They are kept as text, and reckoned with by the database alone, which does it exactly.

use crate::error::Fault;

/// An amount with two decimals.
///
/// # Errors
/// [`Fault::Invalid`] unless it is a number of at most 13 digits and 2 decimals.
pub fn amount(field: &'static str, text: &str) -> Result<String, Fault> {
    let wrong = Fault::invalid(field, "must be a number such as 1200000.00, of at most 13 digits and 2 decimals");
    let (whole, decimals) = read(text, 13, 2).ok_or(wrong)?;
    Ok(format!("{whole}.{decimals:0<2}"))
}

/// A weight without zeros at its end.
///
/// # Errors
/// [`Fault::Invalid`] unless it is 0 to 1000 with at most 4 decimals.
pub fn weight(field: &'static str, text: &str) -> Result<String, Fault> {
    let wrong = || Fault::invalid(field, "must have weights of 0 to 1000, such as 1.4, of at most 4 decimals");
    let (whole, decimals) = read(text, 4, 4).ok_or_else(wrong)?;
    let decimals = decimals.trim_end_matches('0');
    let too_large = whole.len() > 3 && (whole.as_str(), decimals) != ("1000", "");
    match decimals {
        _ if too_large => Err(wrong()),
        "" => Ok(whole),
        _ => Ok(format!("{whole}.{decimals}")),
    }
}

/// The digits before and after the point, the former without zeros at their beginning.
fn read(text: &str, most_whole: usize, most_decimals: usize) -> Option<(String, &str)> {
    let text = text.trim();
    let (whole, decimals) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let fits = digits(whole) && digits(decimals) && decimals.len() <= most_decimals;
    let whole = whole.trim_start_matches('0');
    let whole = if whole.is_empty() { "0" } else { whole };
    (fits && whole.len() <= most_whole).then(|| (whole.to_owned(), decimals))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_is_a_number_with_two_decimals() {
        let good = [
            ("0", "0.00"),
            ("1200000", "1200000.00"),
            (" 12.5 ", "12.50"),
            ("12.05", "12.05"),
            ("007", "7.00"),
            ("9999999999999.99", "9999999999999.99"),
        ];
        for (typed, kept) in good {
            assert_eq!(amount("amount", typed).unwrap(), kept, "{typed}");
        }
        let bad = ["", ".", "1.", ".5", "-1", "+1", "1,5", "1 000", "1e3", "1.005", "10000000000000", "NaN", "١"];
        for typed in bad {
            assert!(amount("amount", typed).is_err(), "{typed}");
        }
    }

    #[test]
    fn a_weight_is_up_to_a_thousand_with_four_decimals() {
        let good = [("1.40", "1.4"), ("0", "0"), ("0.0001", "0.0001"), ("1000.0000", "1000"), ("999.9999", "999.9999")];
        for (typed, kept) in good {
            assert_eq!(weight("weight", typed).unwrap(), kept, "{typed}");
        }
        for typed in ["", "1000.0001", "1001", "9999", "1.00001", "-1", "1,4", "many"] {
            assert!(weight("weight", typed).is_err(), "{typed}");
        }
    }
}

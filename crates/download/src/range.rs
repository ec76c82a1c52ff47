use std::ops::Range;

/// What part of a file is asked for.
#[derive(Debug, PartialEq, Eq)]
pub enum Part {
    Whole,
    Some(Range<u64>),
    NotSatisfiable,
}

/// Reads one `bytes=` range (RFC 9110, 14.2). Several ranges, and what is no range, mean the whole file.
#[must_use]
pub fn parse(header: Option<&str>, size: u64) -> Part {
    let Some((first, last)) = header.and_then(|text| text.strip_prefix("bytes=")?.split_once('-')) else {
        return Part::Whole;
    };
    let (first, last) = (first.trim(), last.trim());
    let range = match (first.parse::<u64>(), last.parse::<u64>()) {
        (Err(_), Ok(suffix)) if first.is_empty() => size.saturating_sub(suffix)..size,
        (Ok(first), Err(_)) if last.is_empty() => first..size,
        (Ok(first), Ok(last)) if first <= last => first..last.saturating_add(1).min(size),
        _ => return Part::Whole,
    };
    if range.start < range.end { Part::Some(range) } else { Part::NotSatisfiable }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_as_browsers_write_them() {
        assert_eq!(parse(None, 100), Part::Whole);
        assert_eq!(parse(Some("bytes=0-"), 100), Part::Some(0..100));
        assert_eq!(parse(Some("bytes=10-19"), 100), Part::Some(10..20));
        assert_eq!(parse(Some("bytes=90-1000"), 100), Part::Some(90..100));
        assert_eq!(parse(Some("bytes=-10"), 100), Part::Some(90..100));
        assert_eq!(parse(Some("bytes=100-"), 100), Part::NotSatisfiable);
        assert_eq!(parse(Some("bytes=-0"), 100), Part::NotSatisfiable);
        for text in ["bytes=5-1", "bytes=0-1,5-6", "items=0-1", "bytes=x-y", "bytes=-"] {
            assert_eq!(parse(Some(text), 100), Part::Whole, "{text}");
        }
    }
}

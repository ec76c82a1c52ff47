//! Text with separators, as Excel and others write it: its encoding and separator are found out.

use std::borrow::Cow;

use encoding_rs::{UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1251};

use super::{MOST_COLUMNS, Problem, Rows, Table};

const SEPARATORS: [(char, &str); 3] = [(';', ";"), (',', ","), ('\t', "\t")];
/// So much of a file says what its separator is.
const LOOK: usize = 50;

/// # Errors
/// [`Problem`].
pub fn read(bytes: &[u8]) -> Result<Table, Problem> {
    let (text, encoding) = decode(bytes)?;
    // What Excel understands as a hint, and nobody else.
    let hinted = SEPARATORS.into_iter().find_map(|(c, name)| {
        let rest = text.strip_prefix(&format!("sep={c}"))?;
        Some((c, name, rest.trim_start_matches('\r')))
    });
    let (separator, name, text) = match hinted {
        Some((c, name, rest)) => (c, name, rest),
        None => separator(&text).map(|(c, name)| (c, name, text.as_ref()))?,
    };
    let mut rows = Rows::default();
    records(text, separator, |number, cells| rows.push(number, cells).map(|()| true))?;
    Ok(Table { format: "csv", encoding, separator: name, rows: rows.finish()? })
}

fn decode(bytes: &[u8]) -> Result<(Cow<'_, str>, &'static str), Problem> {
    let (encoding, name) = match bytes {
        [0xef, 0xbb, 0xbf, ..] => (UTF_8, "utf-8"),
        [0xff, 0xfe, ..] => (UTF_16LE, "utf-16le"),
        [0xfe, 0xff, ..] => (UTF_16BE, "utf-16be"),
        _ => match wide(bytes) {
            Some(found) => found,
            None if bytes.contains(&0) => return Err(Problem::Unknown),
            None if std::str::from_utf8(bytes).is_ok() => (UTF_8, "utf-8"),
            None => (WINDOWS_1251, "windows-1251"),
        },
    };
    let (text, _, _) = encoding.decode(bytes); // without its mark
    // Text has few control characters; what is all of them is a picture.
    let odd = text.chars().take(4_096).filter(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')).count();
    if odd > 4 { Err(Problem::Unknown) } else { Ok((text, name)) }
}

/// UTF-16 without its mark: the high bytes of Latin and Russian letters are 0 and 4.
fn wide(bytes: &[u8]) -> Option<(&'static encoding_rs::Encoding, &'static str)> {
    let look = &bytes[..bytes.len().min(2_048) & !1];
    if look.is_empty() {
        return None;
    }
    let high = |place: usize| look.chunks_exact(2).filter(|pair| matches!(pair[place], 0 | 4)).count();
    let most = look.len() / 2;
    let fits = |count: usize| count * 10 > most * 9;
    match (fits(high(1)) && look.contains(&0), fits(high(0)) && look.contains(&0)) {
        (true, false) => Some((UTF_16LE, "utf-16le")),
        (false, true) => Some((UTF_16BE, "utf-16be")),
        _ => None,
    }
}

/// The one that cuts the first rows into the most columns, of those that cut them alike.
fn separator(text: &str) -> Result<(char, &'static str), Problem> {
    let mut best = (0, SEPARATORS[0]);
    for candidate in SEPARATORS {
        let mut widths: Vec<usize> = Vec::new();
        let looked = records(text, candidate.0, |_, cells| {
            if cells.iter().any(|cell| !cell.trim().is_empty()) {
                widths.push(cells.len());
            }
            Ok(widths.len() < LOOK)
        });
        if looked.is_err() {
            continue; // quotes that fit another one
        }
        let first = widths.first().copied().unwrap_or_default();
        let alike = widths.iter().filter(|width| **width == first).count();
        let columns = if first > 1 { first.min(MOST_COLUMNS) * alike / widths.len().max(1) } else { 0 };
        if columns > best.0 {
            best = (columns, candidate);
        }
    }
    Ok(best.1)
}

/// Hands over each record with the number of its first line, until `each` has enough. A quotation mark counts where a cell begins; inside
/// of quoted ones it is written twice.
fn records(
    text: &str,
    separator: char,
    mut each: impl FnMut(usize, Vec<String>) -> Result<bool, Problem>,
) -> Result<(), Problem> {
    let (mut cells, mut cell) = (Vec::new(), String::new());
    let (mut line, mut began) = (1, 1);
    let mut quoted = false;
    let mut letters = text.chars().peekable();
    while let Some(c) = letters.next() {
        if quoted {
            match c {
                '"' if letters.peek() == Some(&'"') => {
                    letters.next();
                    cell.push('"');
                }
                '"' => quoted = false,
                c => {
                    line += usize::from(c == '\n');
                    cell.push(c);
                }
            }
            continue;
        }
        match c {
            '"' if cell.trim().is_empty() => {
                cell.clear();
                quoted = true;
            }
            c if c == separator => {
                cells.push(std::mem::take(&mut cell));
                if cells.len() > MOST_COLUMNS && cells.iter().any(|cell: &String| !cell.is_empty()) {
                    return Err(Problem::TooManyColumns);
                }
            }
            '\n' | '\r' => {
                if c == '\r' && letters.peek() == Some(&'\n') {
                    letters.next();
                }
                cells.push(std::mem::take(&mut cell));
                if !each(began, std::mem::take(&mut cells))? {
                    return Ok(());
                }
                line += 1;
                began = line;
            }
            c => cell.push(c),
        }
    }
    if quoted {
        return Err(Problem::Quotes);
    }
    if !cell.is_empty() || !cells.is_empty() {
        cells.push(cell);
        each(began, cells)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(table: &Table) -> Vec<Vec<&str>> {
        table.rows.iter().map(|row| row.cells.iter().map(String::as_str).collect()).collect()
    }

    #[test]
    fn encodings_are_found_out() {
        let text = "Наименование;ИНН\r\nООО Ромашка;7707083893\r\n";
        let wide = |order: fn(u16) -> [u8; 2], mark: bool| -> Vec<u8> {
            let mark = if mark { "\u{feff}" } else { "" };
            mark.encode_utf16().chain(text.encode_utf16()).flat_map(order).collect()
        };
        let files = [
            (text.as_bytes().to_vec(), "utf-8"),
            (format!("\u{feff}{text}").into_bytes(), "utf-8"),
            (WINDOWS_1251.encode(text).0.into_owned(), "windows-1251"),
            (wide(u16::to_le_bytes, true), "utf-16le"),
            (wide(u16::to_be_bytes, true), "utf-16be"),
            (wide(u16::to_le_bytes, false), "utf-16le"),
            (wide(u16::to_be_bytes, false), "utf-16be"),
        ];
        for (bytes, encoding) in files {
            let table = read(&bytes).unwrap();
            assert_eq!((table.encoding, table.separator), (encoding, ";"));
            assert_eq!(cells(&table), [["Наименование", "ИНН"], ["ООО Ромашка", "7707083893"]], "{encoding}");
        }
    }

    #[test]
    fn separators_are_found_out() {
        for (text, separator) in [
            ("a,b,c\n1,2,3\n", ","),
            ("a\tb\n\"x\ty\"\t2\n", "\t"),
            ("name;note\n\"A, B, C\";\"d, e\"\n", ";"),
            ("sep=,\r\na;x,b\n", ","),
            ("alone\nrow", ";"),
        ] {
            assert_eq!(read(text.as_bytes()).unwrap().separator, separator, "{text}");
        }
    }

    #[test]
    fn quoted_cells_hold_anything() {
        let table = read("a;b\n\"two\nlines\";\"a \"\"word\"\"; more\"\n5\" disk;x\n".as_bytes()).unwrap();
        assert_eq!(cells(&table), [["a", "b"], ["two\nlines", "a \"word\"; more"], ["5\" disk", "x"]]);
        assert_eq!(table.rows.iter().map(|row| row.number).collect::<Vec<_>>(), [1, 2, 4]);
        assert_eq!(read(b"a;b\n\"never closed;1\n2;3\n"), Err(Problem::Quotes));
    }
}

//! What stands in a spreadsheet: rows of texts, whatever the file is. What reads foreign bytes has bounds for all of it.

mod csv;
mod xlsx;

/// Rows that hold something.
pub const MOST_ROWS: usize = 200_000;
pub const MOST_COLUMNS: usize = 200;
/// A small file may unpack to much, and may name one long text in every cell.
const MOST_TEXT: usize = 100 << 20;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    pub format: &'static str,
    /// Of CSV, as the next one.
    pub encoding: &'static str,
    pub separator: &'static str,
    pub rows: Vec<Row>,
}

/// A row that holds something; without empty cells at its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// In the file, from 1.
    pub number: i32,
    pub cells: Vec<String>,
}

/// Why a file could not be read: `okno.crm.v1.ImportFileProblem`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Problem {
    Empty = 1,
    Unknown = 2,
    OldFormat = 3,
    Broken = 4,
    Quotes = 5,
    TooManyRows = 6,
    TooManyColumns = 7,
    TooLarge = 8,
}

/// Reads a file of either kind, told by its first bytes; no name decides.
///
/// # Errors
/// [`Problem`].
pub fn read(bytes: &[u8]) -> Result<Table, Problem> {
    match bytes {
        [0xd0, 0xcf, 0x11, 0xe0, ..] => Err(Problem::OldFormat),
        [b'P', b'K', ..] => Ok(Table { format: "xlsx", encoding: "", separator: "", rows: xlsx::read(bytes)? }),
        _ => csv::read(bytes),
    }
}

/// Gathers rows within the bounds.
#[derive(Default)]
struct Rows {
    rows: Vec<Row>,
    text: usize,
}

impl Rows {
    /// Adds the next row of the file, if it holds anything.
    fn push(&mut self, number: usize, mut cells: Vec<String>) -> Result<(), Problem> {
        while cells.last().is_some_and(|cell| cell.trim().is_empty()) {
            cells.pop();
        }
        if cells.is_empty() {
            return Ok(());
        }
        if cells.len() > MOST_COLUMNS {
            return Err(Problem::TooManyColumns);
        }
        self.text += cells.iter().map(String::len).sum::<usize>();
        if self.text > MOST_TEXT {
            return Err(Problem::TooLarge);
        }
        if self.rows.len() > MOST_ROWS {
            return Err(Problem::TooManyRows); // the first one may be a heading
        }
        // PostgreSQL stores no NUL.
        cells.iter_mut().filter(|cell| cell.contains('\0')).for_each(|cell| cell.retain(|c| c != '\0'));
        let number = i32::try_from(number).map_err(|_| Problem::TooManyRows)?;
        self.rows.push(Row { number, cells });
        Ok(())
    }

    fn finish(self) -> Result<Vec<Row>, Problem> {
        if self.rows.is_empty() { Err(Problem::Empty) } else { Ok(self.rows) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_table_is_told_by_its_kind() {
        for (bytes, problem) in [
            (&b""[..], Problem::Empty),
            (b" ;;\r\n\r\n", Problem::Empty),
            (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", Problem::OldFormat),
            (b"PK\x03\x04 and nothing more", Problem::Broken),
            (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0", Problem::Unknown),
        ] {
            assert_eq!(read(bytes), Err(problem), "{bytes:?}");
        }
    }

    #[test]
    fn a_file_has_bounds() {
        let lines = "a;b\n".repeat(MOST_ROWS + 2);
        assert_eq!(read(lines.as_bytes()), Err(Problem::TooManyRows));
        assert_eq!(
            read("a;".repeat(MOST_COLUMNS + 1).as_bytes()).map(|table| table.rows.len()),
            Err(Problem::TooManyColumns)
        );
        let empty = "\n".repeat(1_000_000) + "a;b";
        let table = read(empty.as_bytes()).unwrap();
        assert_eq!((table.rows.len(), table.rows[0].number), (1, 1_000_001));
    }

    #[test]
    fn any_bytes_are_read_or_refused() {
        let alphabet = b"\"\"\n\r;;,\t\0 aP\xd0\xbf\xff\xfeK=";
        let mut luck: u64 = 7;
        for _ in 0..5_000 {
            let mut bytes = Vec::new();
            for _ in 0..40 {
                luck = luck.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                bytes.push(alphabet[usize::try_from(luck >> 33).unwrap() % alphabet.len()]);
            }
            if let Ok(table) = read(&bytes) {
                assert!(
                    table.rows.iter().all(|row| !row.cells.is_empty() && row.cells.iter().all(|c| !c.contains('\0')))
                );
            }
        }
    }
}

//! The first sheet of an XLSX that holds anything. It is unpacked once to nowhere first, to know how large it really is: what it says
//! about itself may be wrong.

use std::io::{self, Cursor, Read as _};

use calamine::{DataRef, Reader as _, Xlsx};
use zip::ZipArchive;

use super::{MOST_COLUMNS, MOST_TEXT, Problem, Row, Rows};

const MOST_UNPACKED: u64 = 400 << 20;
const MOST_PARTS: usize = 10_000;

/// # Errors
/// [`Problem`].
pub fn read(bytes: &[u8]) -> Result<Vec<Row>, Problem> {
    measure(bytes, MOST_UNPACKED)?;
    let mut book = Xlsx::new(Cursor::new(bytes)).map_err(|_| Problem::Broken)?;
    for name in book.sheet_names() {
        let rows = sheet(&mut book, &name)?;
        if !rows.rows.is_empty() {
            return rows.finish();
        }
    }
    Err(Problem::Empty)
}

fn measure(bytes: &[u8], most: u64) -> Result<(), Problem> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|_| Problem::Broken)?;
    if archive.len() > MOST_PARTS {
        return Err(Problem::TooLarge);
    }
    let mut left = most;
    for place in 0..archive.len() {
        let part = archive.by_index(place).map_err(|_| Problem::Broken)?;
        let size = io::copy(&mut part.take(left + 1), &mut io::sink()).map_err(|_| Problem::Broken)?;
        left = left.checked_sub(size).ok_or(Problem::TooLarge)?;
    }
    Ok(())
}

/// Cells come one by one, so that a sheet that says to be a million rows high takes no room for them.
fn sheet(book: &mut Xlsx<Cursor<&[u8]>>, name: &str) -> Result<Rows, Problem> {
    let mut rows = Rows::default();
    // A diagram is a sheet too.
    let Ok(mut reader) = book.worksheet_cells_reader(name) else { return Ok(rows) };
    let (mut number, mut cells): (usize, Vec<String>) = (0, Vec::new());
    let mut all = 0;
    while let Some(cell) = reader.next_cell().map_err(|_| Problem::Broken)? {
        let (row, column) = cell.get_position();
        let (row, column) = (row as usize, column as usize);
        let text = text(cell.get_value());
        if text.is_empty() {
            continue;
        }
        all += text.len(); // before a row is whole: one may name a long text two hundred times
        if all > MOST_TEXT {
            return Err(Problem::TooLarge);
        }
        if column >= MOST_COLUMNS {
            return Err(Problem::TooManyColumns);
        }
        if row != number {
            rows.push(number + 1, std::mem::take(&mut cells))?;
            number = row;
        }
        if cells.len() <= column {
            cells.resize(column + 1, String::new());
        }
        cells[column] = text;
    }
    rows.push(number + 1, cells)?;
    Ok(rows)
}

/// As somebody would type it: whole numbers without a point, dates as ISO writes them.
fn text(value: &DataRef<'_>) -> String {
    match value {
        DataRef::String(text) => text.trim().to_owned(),
        DataRef::SharedString(text) => text.trim().to_owned(),
        DataRef::Int(number) => number.to_string(),
        DataRef::Float(number) => rounded(*number).to_string(),
        DataRef::Bool(yes) => if *yes { "да" } else { "нет" }.to_owned(),
        DataRef::DateTime(at) => {
            let (year, month, day, ..) = at.to_ymd_hms_milli();
            format!("{year:04}-{month:02}-{day:02}")
        }
        DataRef::DateTimeIso(text) => text.split('T').next().unwrap_or_default().to_owned(),
        DataRef::DurationIso(_) | DataRef::Error(_) | DataRef::Empty => String::new(),
    }
}

/// Spreadsheets show fifteen digits and store more: 0.1 + 0.2 is 0.3 to whoever looks.
fn rounded(number: f64) -> f64 {
    format!("{number:.14e}").parse().unwrap_or(number)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use zip::{ZipWriter, write::SimpleFileOptions};

    use super::*;

    fn book(sheet: &str, strings: &str) -> Vec<u8> {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        let parts = [
            (
                "[Content_Types].xml",
                r#"<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>"#.to_owned(),
            ),
            (
                "_rels/.rels",
                r#"<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">
                   <Relationship Id="rId1" Target="xl/workbook.xml"
                    Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"/></Relationships>"#
                    .to_owned(),
            ),
            (
                "xl/workbook.xml",
                r#"<?xml version="1.0"?><workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"
                   xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">
                   <sheets><sheet name="Клиенты" sheetId="1" r:id="rId1"/></sheets></workbook>"#
                    .to_owned(),
            ),
            (
                "xl/_rels/workbook.xml.rels",
                r#"<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">
                   <Relationship Id="rId1" Target="worksheets/sheet1.xml"
                    Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet"/></Relationships>"#
                    .to_owned(),
            ),
            (
                "xl/styles.xml",
                r#"<?xml version="1.0"?><styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">
                   <cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>"#
                    .to_owned(),
            ),
            (
                "xl/sharedStrings.xml",
                format!(
                    r#"<?xml version="1.0"?><sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">{strings}</sst>"#
                ),
            ),
            (
                "xl/worksheets/sheet1.xml",
                format!(
                    r#"<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{sheet}</sheetData></worksheet>"#
                ),
            ),
        ];
        for (name, content) in parts {
            zip.start_file(name, SimpleFileOptions::default()).unwrap();
            zip.write_all(content.as_bytes()).unwrap();
        }
        zip.finish().unwrap().into_inner()
    }

    #[test]
    fn a_sheet_is_read_as_people_see_it() {
        let rows = read(&book(
            r#"<row r="1"><c r="A1" t="s"><v>0</v></c><c r="C1" t="inlineStr"><is><t>Телефон</t></is></c></row>
               <row r="4"><c r="A4" t="s"><v>1</v></c><c r="B4" s="1"><v>46000</v></c><c r="C4"><v>79990000001</v></c>
               <c r="D4" t="b"><v>1</v></c><c r="E4"><v>0.30000000000000004</v></c></row>"#,
            r#"<si><t>Имя</t></si><si><r><t xml:space="preserve">ООО </t></r><r><t>Ромашка</t></r></si>"#,
        ))
        .unwrap();
        assert_eq!(rows[0], Row { number: 1, cells: vec!["Имя".into(), String::new(), "Телефон".into()] });
        let cells = ["ООО Ромашка", "2025-12-09", "79990000001", "да", "0.3"].map(str::to_owned).to_vec();
        assert_eq!(rows[1], Row { number: 4, cells });
    }

    #[test]
    fn hostile_files_cost_little() {
        // A cell in the last corner makes no table of seventeen thousand million cells.
        assert_eq!(
            read(&book(r#"<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>"#, "")),
            Err(Problem::TooManyColumns)
        );
        let far = read(&book(r#"<row r="1048576"><c r="A1048576"><v>1</v></c></row>"#, "")).unwrap();
        assert_eq!((far.len(), far[0].number), (1, 1_048_576));
        let empty = r#"<row r="1"></row>"#.repeat(300_000);
        assert_eq!(read(&book(&empty, "")), Err(Problem::Empty));
        // One long text, named by many cells.
        let long = format!("<si><t>{}</t></si>", "я".repeat(1 << 20));
        let cells = r#"<row><c t="s"><v>0</v></c></row>"#.repeat(100);
        assert_eq!(read(&book(&cells, &long)), Err(Problem::TooLarge));
        let broken = book("<row r=\"1\"><c r=\"A1\"><v>1</v>", "");
        assert_eq!(read(&broken), Err(Problem::Broken));
        assert_eq!(read(&broken[..broken.len() / 2]), Err(Problem::Broken));
    }

    #[test]
    fn a_bomb_is_not_unpacked() {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        zip.start_file("xl/workbook.xml", SimpleFileOptions::default()).unwrap();
        zip.write_all(&vec![0; 3 << 20]).unwrap();
        let bytes = zip.finish().unwrap().into_inner();
        assert!(bytes.len() < 1 << 16, "{}", bytes.len());
        assert_eq!(measure(&bytes, 1 << 20), Err(Problem::TooLarge));
        assert_eq!(measure(&bytes, 4 << 20), Ok(()));
    }
}

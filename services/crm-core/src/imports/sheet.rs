//! Tables that go out: CSV as Excel opens it by a double click, and XLSX.

use std::{
    io::{self, Write},
    sync::{Arc, Mutex, PoisonError},
};

use zip::{
    ZipWriter,
    result::ZipResult,
    write::{SimpleFileOptions, StreamWriter},
};

/// A program that opens the file takes what begins so for a formula, which may send what stands beside it elsewhere.
const FORMULA: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

pub enum Sheet {
    Csv(Vec<u8>),
    Xlsx(Box<ZipWriter<StreamWriter<Out>>>, Out),
}

/// What a writer that owns its end has written so far.
#[derive(Clone, Default)]
pub struct Out(Arc<Mutex<Vec<u8>>>);

impl Out {
    fn take(&self) -> Vec<u8> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Write for Out {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
const DOCUMENT: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const PACKAGE: &str = "http://schemas.openxmlformats.org/package/2006";
const HEAD: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>"#;
const TYPE: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml";

impl Sheet {
    /// UTF-8 with its mark, without which Excel reads it as windows-1251.
    #[must_use]
    pub fn csv() -> Self {
        Self::Csv("\u{feff}".as_bytes().to_vec())
    }

    /// # Errors
    /// None that a buffer in memory makes.
    pub fn xlsx() -> ZipResult<Self> {
        let out = Out::default();
        let mut zip = ZipWriter::new_stream(out.clone());
        let parts = [
            (
                "[Content_Types].xml",
                format!(
                    r#"<Types xmlns="{PACKAGE}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/xl/workbook.xml" ContentType="{TYPE}.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="{TYPE}.worksheet+xml"/></Types>"#
                ),
            ),
            (
                "_rels/.rels",
                format!(
                    r#"<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="rId1" Type="{DOCUMENT}/officeDocument" Target="xl/workbook.xml"/></Relationships>"#
                ),
            ),
            (
                "xl/workbook.xml",
                format!(
                    r#"<workbook xmlns="{MAIN}" xmlns:r="{DOCUMENT}"><sheets><sheet name="Okno" sheetId="1" r:id="rId1"/></sheets></workbook>"#
                ),
            ),
            (
                "xl/_rels/workbook.xml.rels",
                format!(
                    r#"<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="rId1" Type="{DOCUMENT}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>"#
                ),
            ),
        ];
        for (name, content) in parts {
            zip.start_file(name, SimpleFileOptions::default())?;
            zip.write_all(HEAD.as_bytes())?;
            zip.write_all(content.as_bytes())?;
        }
        zip.start_file("xl/worksheets/sheet1.xml", SimpleFileOptions::default())?;
        zip.write_all(format!(r#"{HEAD}<worksheet xmlns="{MAIN}"><sheetData>"#).as_bytes())?;
        Ok(Self::Xlsx(Box::new(zip), out))
    }

    /// # Errors
    /// As [`Sheet::xlsx`].
    pub fn push(&mut self, cells: &[String]) -> ZipResult<()> {
        match self {
            Self::Csv(bytes) => {
                let cells: Vec<String> = cells.iter().map(|cell| csv_cell(cell)).collect();
                bytes.extend_from_slice(cells.join(";").as_bytes());
                bytes.extend_from_slice(b"\r\n");
            }
            Self::Xlsx(zip, _) => {
                let mut row = String::from("<row>");
                for cell in cells {
                    row.push_str(r#"<c t="inlineStr"><is><t xml:space="preserve">"#);
                    escape(cell, &mut row);
                    row.push_str("</t></is></c>");
                }
                row.push_str("</row>");
                zip.write_all(row.as_bytes())?;
            }
        }
        Ok(())
    }

    /// What can go out already.
    #[must_use]
    pub fn ready(&mut self) -> Vec<u8> {
        match self {
            Self::Csv(bytes) => std::mem::take(bytes),
            Self::Xlsx(_, out) => out.take(),
        }
    }

    /// The rest.
    ///
    /// # Errors
    /// As [`Sheet::xlsx`].
    pub fn finish(self) -> ZipResult<Vec<u8>> {
        match self {
            Self::Csv(bytes) => Ok(bytes),
            Self::Xlsx(mut zip, out) => {
                zip.write_all(b"</sheetData></worksheet>")?;
                zip.finish()?;
                Ok(out.take())
            }
        }
    }
}

/// Quoted where it must be. A text cell of XLSX is never a formula, so only this guards.
fn csv_cell(cell: &str) -> String {
    let guarded = if cell.starts_with(FORMULA) { format!("'{cell}") } else { cell.to_owned() };
    if guarded.contains([';', '"', '\n', '\r']) { format!("\"{}\"", guarded.replace('"', "\"\"")) } else { guarded }
}

/// As XML holds it; control characters it does not.
fn escape(cell: &str, to: &mut String) {
    for c in cell.chars() {
        match c {
            '&' => to.push_str("&amp;"),
            '<' => to.push_str("&lt;"),
            '>' => to.push_str("&gt;"),
            '\n' | '\t' => to.push(c),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => {}
            c => to.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::imports::table;

    fn written(mut sheet: Sheet, rows: &[&[&str]]) -> Vec<u8> {
        let mut bytes = Vec::new();
        for row in rows {
            sheet.push(&row.iter().map(|cell| (*cell).to_owned()).collect::<Vec<_>>()).unwrap();
            bytes.extend(sheet.ready());
        }
        bytes.extend(sheet.finish().unwrap());
        bytes
    }

    #[test]
    fn what_goes_out_comes_in_as_it_was() {
        let rows: [&[&str]; 3] =
            [&["Наименование", "ИНН"], &["ООО \"Ромашка\" & <Ко>; сад", "7707083893"], &["два\nряда", "x"]];
        for sheet in [Sheet::csv(), Sheet::xlsx().unwrap()] {
            let table = table::read(&written(sheet, &rows)).unwrap();
            let cells: Vec<Vec<&str>> =
                table.rows.iter().map(|row| row.cells.iter().map(String::as_str).collect()).collect();
            assert_eq!(cells, rows, "{}", table.format);
        }
    }

    #[test]
    fn a_long_table_goes_out_as_it_comes() {
        for mut sheet in [Sheet::csv(), Sheet::xlsx().unwrap()] {
            let (mut largest, mut whole) = (0, Vec::new());
            for row in 0..50_000_u32 {
                sheet.push(&[format!("{:x}", row.wrapping_mul(2_654_435_761)), "Клиент".to_owned()]).unwrap();
                let part = sheet.ready();
                largest = largest.max(part.len());
                whole.extend(part);
            }
            whole.extend(sheet.finish().unwrap());
            assert!(largest < 256 << 10 && whole.len() > 10 * largest, "{largest} of {}", whole.len());
            assert_eq!(table::read(&whole).unwrap().rows.len(), 50_000);
        }
    }

    #[test]
    fn a_cell_is_never_a_formula() {
        let csv =
            String::from_utf8(written(Sheet::csv(), &[&["=HYPERLINK(\"http://example.com\")", "+7 999", "-1", "a=b"]]));
        assert_eq!(csv.unwrap(), "\u{feff}\"'=HYPERLINK(\"\"http://example.com\"\")\";'+7 999;'-1;a=b\r\n");
    }
}

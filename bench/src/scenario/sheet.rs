//! A spreadsheet of clients, taken in as a person takes one in: of ten rows one is a client that is there already.

use std::{fmt::Write as _, time::Duration};

use anyhow::{Context as _, Result, ensure};
use contracts::crm::{
    AppendImportFileRequest, CreateImportRequest, GetImportRequest, Import, ImportState, ReadImportRequest,
    StartImportRequest,
};
use tokio::time::{Instant, sleep};
use uuid::Uuid;

use crate::{
    clients::{name, phone},
    people::Person,
};

/// Rows that a file may hold, and stays below the 50 MB that it may have.
pub const MOST: u64 = 200_000;
/// Of so many rows one is a client of the base.
const KNOWN: u64 = 10;
const PART: usize = 1 << 20;
const LOOK: Duration = Duration::from_millis(100);

/// Seconds that the reading took, and those that the rows took, into a base of so many clients.
pub async fn import(admin: &Person, base: u64, rows: u64) -> Result<(f64, f64)> {
    ensure!(base >= KNOWN && base.is_multiple_of(KNOWN), "the base must be a multiple of {KNOWN}");
    let id = upload(admin, file(base, rows).as_bytes()).await?;
    let began = Instant::now();
    admin.imports().read_import(ReadImportRequest { import_id: id.clone() }).await?;
    until(admin, &id, ImportState::Ready).await?;
    let read = began.elapsed().as_secs_f64();
    let began = Instant::now();
    admin.imports().start_import(StartImportRequest { import_id: id.clone(), dry_run: false }).await?;
    let done = until(admin, &id, ImportState::Done).await?;
    let doubles = rows.div_ceil(KNOWN);
    ensure!(
        (done.rows_made, done.rows_double, done.rows_refused) == (rows - doubles, doubles, 0),
        "of {rows} rows {} were made, {} left out, {} refused",
        done.rows_made,
        done.rows_double,
        done.rows_refused
    );
    Ok((read, began.elapsed().as_secs_f64()))
}

fn file(base: u64, rows: u64) -> String {
    let mut text = String::from("Название;Телефон;E-mail;Адрес\n");
    for row in 0..rows {
        // Those of round numbers are doubles themselves, under another name.
        let number = if row % KNOWN == 0 { row % base + 1 } else { base * 2 + row };
        let (name, phone) = (name(number), phone(number));
        let known = writeln!(text, "{name};+{phone};row{row}@example.com;ул. Новая, д. {row}");
        known.expect("a string takes everything");
    }
    text
}

async fn upload(admin: &Person, file: &[u8]) -> Result<String> {
    let id = Uuid::now_v7().to_string();
    let request = CreateImportRequest { request_id: id.clone(), file_name: "clients.csv".into() };
    admin.imports().create_import(request).await?;
    let mut offset = 0;
    for part in file.chunks(PART) {
        let request = AppendImportFileRequest { import_id: id.clone(), offset, content: part.to_vec() };
        offset = admin.imports().append_import_file(request).await?.into_inner().size_bytes;
    }
    Ok(id)
}

async fn until(admin: &Person, id: &str, wanted: ImportState) -> Result<Import> {
    loop {
        let request = GetImportRequest { import_id: id.to_owned() };
        let import = admin.imports().get_import(request).await?.into_inner().import.context("an import")?;
        let state = import.state();
        if state == wanted {
            return Ok(import);
        }
        let goes_on =
            matches!(state, ImportState::Uploading | ImportState::Reading | ImportState::Ready | ImportState::Running);
        ensure!(goes_on, "the import ended as {state:?}");
        sleep(LOOK).await;
    }
}

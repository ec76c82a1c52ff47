//! Reading an uploaded file into rows, in the background; its bytes are gone afterwards.

use sqlx::PgConnection;
use tokio::task::spawn_blocking;
use tracing::warn;

use super::{
    Column, Import, ImportError,
    headings::{by_values, guesses, is_heading},
    mapping::{Mapping, Place},
    store,
    table::{self, Problem, Row, Table},
};
use crate::cards::fields::{self, Field};

/// Rows stored at once.
const BATCH: usize = 5_000;
const SAMPLES: usize = 5;
const LONGEST_SAMPLE: usize = 100;

/// # Errors
/// What the database answers. A file that cannot be read fails the import.
pub async fn read(db: &mut PgConnection, mut import: Import) -> Result<(), ImportError> {
    store::think_long(&mut *db).await?;
    let bytes = store::parts(&mut *db, import.id).await?.concat();
    // What a foreign file makes a library do, a panic included, is its own.
    let table = spawn_blocking(move || table::read(&bytes)).await.unwrap_or_else(|error| {
        warn!(%error, import.id = %import.id, "a file of clients made its reader fail");
        Err(Problem::Broken)
    });
    store::delete_parts(&mut *db, import.id).await?;
    let table = match table {
        Ok(table) => table,
        Err(problem) => return Ok(store::fail(db, import.id, problem as i16).await?),
    };
    for rows in table.rows.chunks(BATCH) {
        store::insert_rows(&mut *db, import.id, rows).await?;
    }
    let fields = fields::list(&mut *db, None, false).await?;
    (import.columns, import.mapping) = described(&table, &fields);
    import.rows_total = i64::try_from(table.rows.len()).unwrap_or(i64::MAX);
    (import.format, import.encoding, import.separator) =
        (table.format.to_owned(), table.encoding.to_owned(), table.separator.to_owned());
    Ok(store::have_read(db, import.id, &import).await?)
}

/// The columns, and what they seem to mean.
fn described(table: &Table, fields: &[Field]) -> (Vec<Column>, Mapping) {
    let first: &[String] = table.rows.first().map_or(&[], |row| &row.cells);
    let heading = is_heading(first, fields);
    let width = table.rows.iter().map(|row| row.cells.len()).max().unwrap_or_default();
    let data = &table.rows[usize::from(heading).min(table.rows.len())..];
    let column = |place: usize| Column {
        heading: if heading { short(first.get(place)) } else { String::new() },
        samples: samples(data, place),
    };
    let columns: Vec<Column> = (0..width).map(column).collect();
    let mut places = if heading { guesses(first, fields) } else { Vec::new() };
    for (column, described) in columns.iter().enumerate() {
        if !heading
            && let Some(target) = by_values(&described.samples)
            && (target.many() || places.iter().all(|place| place.target != target))
        {
            places.push(Place { column, target });
        }
    }
    (columns, Mapping { columns: places, heading, ..Mapping::default() })
}

/// The first values of a column.
fn samples(rows: &[Row], place: usize) -> Vec<String> {
    let filled = rows.iter().take(1_000).filter_map(|row| row.cells.get(place)).filter(|cell| !cell.trim().is_empty());
    filled.take(SAMPLES).map(|cell| short(Some(cell))).collect()
}

fn short(cell: Option<&String>) -> String {
    cell.map(|cell| cell.trim().chars().take(LONGEST_SAMPLE).collect()).unwrap_or_default()
}

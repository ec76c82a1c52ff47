//! Router against a real PostgreSQL, with crm-core's published views beside its own schema.

mod access_log;
mod account_history;
mod again;
mod batch;
mod blocked;
mod chats;
mod expiry;
mod exports;
mod files;
mod filters;
mod folders;
mod forms;
mod kept;
mod letters;
mod lists;
mod log_table;
mod mailings;
mod merge_stretches;
mod merge_timers;
mod merges;
mod messages;
mod missed;
mod office;
mod out_of_hours;
mod parts;
mod reading;
mod receipts;
mod requests;
mod retention;
mod search;
mod sight;
mod silence;
mod statements;
mod stored_files;
mod sweep;
mod templates;
mod there;
mod unlinked;
mod viewing;
mod views;
mod voice;

use sqlx::{PgPool, migrate::Migrator};
use store::Schema;
use testkit::TestDatabase;

/// A migrated database of this test's own.
pub async fn database() -> (TestDatabase, PgPool) {
    let crm = Migrator::new(std::path::Path::new("../crm-core/migrations")).await.expect("crm-core's migrations");
    let versions = [&crm, &crate::MIGRATOR].map(|m| m.iter().map(|one| hex(&one.checksum)).collect::<String>());
    let database = TestDatabase::new(&format!("router-2-{}", versions.join("-")), async |url: String| {
        store::migrate(&url, Schema::Crm, &crm).await.map_err(|e| runtime::chain(&e))?;
        store::migrate(&url, Schema::Inbox, &crate::MIGRATOR).await.map_err(|e| runtime::chain(&e))
    })
    .await
    .expect("a migrated database");
    let config = store::PoolConfig { url: database.url().to_owned(), application: "okno-router", max_connections: 8 };
    let pool = store::connect(&config).await.expect("a pool");
    (database, pool)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().take(4).map(|b| format!("{b:02x}")).collect()
}

//! What a merge of contacts knows of the tables, and whether the database agrees.

use std::collections::BTreeSet;

use sqlx::Row as _;

use crate::{
    duplicates::merge::references::{CONTACT_FIELDS, OF_CONTACTS, OWN_OF_CONTACTS, STAYING_OF_CONTACTS},
    tests::world::World,
};

#[tokio::test]
async fn a_merge_knows_every_table_that_names_a_contact_and_every_field() {
    let world = World::start().await;
    let sql = "select c.conrelid::regclass::text, a.attname::text from pg_constraint c
               join pg_attribute a on a.attrelid = c.conrelid and a.attnum = any (c.conkey)
               where c.contype = 'f' and c.confrelid = 'crm.contact'::regclass
               union
               select table_schema || '.' || table_name, column_name from information_schema.columns
               join information_schema.tables using (table_catalog, table_schema, table_name)
               where table_schema = 'crm' and table_type = 'BASE TABLE' and column_name ~ '(^|_)contact_id$'";
    let rows = sqlx::query(sql).fetch_all(&world.db.pool).await.unwrap();
    let there: BTreeSet<(String, String)> = rows.iter().map(|row| (row.get(0), row.get(1))).collect();
    let moved = OF_CONTACTS.iter().map(|reference| (reference.table, reference.column));
    let known: BTreeSet<(String, String)> =
        moved.chain(STAYING_OF_CONTACTS).map(|(table, column)| (table.to_owned(), column.to_owned())).collect();
    let unknown: Vec<_> = there.difference(&known).collect();
    assert!(unknown.is_empty(), "merge/references.rs must say what becomes of {unknown:?}");

    let sql = "select column_name::text from information_schema.columns where table_schema = 'crm' and table_name = 'contact'";
    let there: BTreeSet<String> =
        sqlx::query_scalar(sql).fetch_all(&world.db.pool).await.unwrap().into_iter().collect();
    let fields = CONTACT_FIELDS.iter().flat_map(|field| field.columns.iter());
    let known: BTreeSet<String> = fields.chain(&OWN_OF_CONTACTS).map(|column| (*column).to_owned()).collect();
    assert_eq!(there, known, "merge/references.rs must say what becomes of every field of a contact");
}

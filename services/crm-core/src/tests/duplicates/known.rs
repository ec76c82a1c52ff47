//! What a merge knows of the tables, and whether the database agrees.

use std::collections::BTreeSet;

use sqlx::Row as _;

use crate::{
    duplicates::{
        invented::{Luck, client, latin},
        merge::references::{FIELDS, OWN, REFERENCES, STAYING},
        sound::sound,
    },
    tests::world::World,
};

#[tokio::test]
async fn a_merge_knows_every_table_that_names_a_client_and_every_field() {
    let world = World::start().await;
    let sql = "select c.conrelid::regclass::text, a.attname::text from pg_constraint c
               join pg_attribute a on a.attrelid = c.conrelid and a.attnum = any (c.conkey)
               where c.contype = 'f' and c.confrelid = 'crm.client'::regclass
               union
               select table_schema || '.' || table_name, column_name from information_schema.columns
               join information_schema.tables using (table_catalog, table_schema, table_name)
               where table_schema = 'crm' and table_type = 'BASE TABLE' and column_name ~ '(^|_)client_id$|^object_id$|^id_value$'";
    let rows = sqlx::query(sql).fetch_all(&world.db.pool).await.unwrap();
    let there: BTreeSet<(String, String)> = rows.iter().map(|row| (row.get(0), row.get(1))).collect();
    let moved = REFERENCES.iter().map(|reference| (reference.table, reference.column));
    let known: BTreeSet<(String, String)> =
        moved.chain(STAYING).map(|(table, column)| (table.to_owned(), column.to_owned())).collect();
    let unknown: Vec<_> = there.difference(&known).collect();
    assert!(unknown.is_empty(), "merge/references.rs must say what becomes of {unknown:?}");

    let sql =
        "select column_name::text from information_schema.columns where table_schema = 'crm' and table_name = 'client'";
    let there: BTreeSet<String> =
        sqlx::query_scalar(sql).fetch_all(&world.db.pool).await.unwrap().into_iter().collect();
    let fields = FIELDS.iter().flat_map(|field| field.columns.iter());
    let known: BTreeSet<String> = fields.chain(&OWN).map(|column| (*column).to_owned()).collect();
    assert_eq!(there, known, "merge/references.rs must say what becomes of every field of a client");
}

#[tokio::test]
async fn the_database_hears_names_as_we_do() {
    let world = World::start().await;
    let mut luck = Luck(7);
    let mut names: Vec<String> = (0..300).map(|number| client(number, &mut luck).names[0].to_lowercase()).collect();
    names.extend(names.clone().iter().map(|name| latin(name)));
    names.extend(
        [
            "",
            " ",
            "ооо «щука—плюс»",
            "o'нил & co., inc. №5",
            "quincy xavier jack-wolf 1000 11",
            "їжак єва ґудзь",
            "straße çelik 株式会社",
            "a\u{a0}b",
        ]
        .map(str::to_owned),
    );
    for name in names {
        let heard: String =
            sqlx::query_scalar("select crm.sound($1)").bind(&name).fetch_one(&world.db.pool).await.unwrap();
        assert_eq!(heard, sound(&name), "{name}");
    }
}

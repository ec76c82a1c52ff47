//! A company's clients, put straight into the tables: companies with three people each, and doubles among them.

use anyhow::{Context, Result};
use sqlx::{AssertSqlSafe, Connection, PgConnection, PgPool};

/// Clients of one statement.
const CHUNK: u64 = 20_000;
/// Of so many clients one is a double of the one before: its name in Latin letters, its phone the same.
const DOUBLE: u64 = 10;

/// What names are made of. Their product is what tells clients apart, as in a real base: many share a word.
const FIRST: &str = "Альфа Вектор Гранит Дельта Заря Импульс Кристалл Лидер Маяк Норд Орбита Пегас Ритм Север Титан Урал Факел Центр Эверест Юпитер";
const SECOND: &str =
    "строй торг сервис маш пром лес транс снаб мет хим агро тек софт мед аква глобал инвест монтаж ремонт дизайн";
const SURNAMES: &str = "Иванов Смирнов Кузнецов Попов Васильев Петров Соколов Михайлов Новиков Фёдоров Морозов Волков Алексеев Лебедев Семёнов Егоров Павлов Козлов Степанов Николаев";
const GIVEN: &str = "Александр Дмитрий Максим Сергей Андрей Алексей Артём Илья Кирилл Михаил Никита Матвей Роман Егор Арсений Иван Денис Евгений Даниил Тимофей";

/// A name as [`fill`] makes it of a number.
pub fn name(number: u64) -> String {
    let first: Vec<&str> = FIRST.split(' ').collect();
    let second: Vec<&str> = SECOND.split(' ').collect();
    let (n, words) = (usize::try_from(number).unwrap_or_default(), first.len());
    format!("{}{} {}", first[n % words], second[n / words % second.len()], number / 400)
}

/// The phone of a client by its number: reserved ones first, then others of the same length.
pub fn phone(number: u64) -> String {
    format!("7999{:07}", number % 10_000_000)
}

/// Adds so many clients with three contacts each, and lets PostgreSQL learn of it. What triggers would do row by row is
/// done by statements, for the filling is not what is measured.
pub async fn fill(pool: &PgPool, clients: u64) -> Result<()> {
    let mut db = pool.acquire().await?;
    let indexes = take_indexes(&mut db).await?;
    let mut from = 0;
    while from < clients {
        let to = clients.min(from + CHUNK);
        chunk(&mut db, from, to).await.with_context(|| format!("clients {from} to {to}"))?;
        from = to;
    }
    sqlx::query("set maintenance_work_mem = '512MB'").execute(&mut *db).await?;
    for index in indexes {
        sqlx::query(AssertSqlSafe(index.as_str())).execute(&mut *db).await.with_context(|| index)?;
    }
    sqlx::query("reset maintenance_work_mem").execute(&mut *db).await?;
    let words =
        "insert into crm.sound_word (word) select distinct word from crm.name_sound cross join unnest(words) word
        where length(word) between 3 and 60 on conflict do nothing";
    sqlx::query(words).execute(&mut *db).await?;
    sqlx::query("vacuum (analyze)").execute(&mut *db).await?;
    sqlx::query("checkpoint").execute(&mut *db).await?;
    Ok(())
}

/// Drops the indexes that only make searches fast, and gives what makes them again: built at once they take a tenth of the time.
async fn take_indexes(db: &mut PgConnection) -> Result<Vec<String>> {
    let sql = "select i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid) from pg_index i
        where i.indrelid in ('crm.client'::regclass, 'crm.contact'::regclass, 'crm.address'::regclass, 'crm.name_sound'::regclass)
            and not i.indisunique";
    let indexes: Vec<(String, String)> = sqlx::query_as(sql).fetch_all(&mut *db).await?;
    for (name, _) in &indexes {
        sqlx::query(AssertSqlSafe(format!("drop index {name}"))).execute(&mut *db).await?;
    }
    Ok(indexes.into_iter().map(|(_, made_by)| made_by).collect())
}

async fn chunk(db: &mut PgConnection, from: u64, to: u64) -> Result<()> {
    let mut tx = db.begin().await?;
    sqlx::query("set local session_replication_role = replica").execute(&mut *tx).await?;
    let rows = "create temporary table filled on commit drop as
        select g.n, o.n as of, gen_random_uuid() as client_id, g.n <> o.n as double,
            ($3::text[])[1 + o.n % 20] || ($4::text[])[1 + o.n / 20 % 20] || ' ' || o.n / 400 as name,
            '7999' || lpad((o.n % 10000000)::text, 7, '0') as phone
        from generate_series($1::bigint, $2::bigint - 1) g(n), lateral (select case when g.n % $5 = 0 and g.n > 0 then g.n - 1 else g.n end) o(n)";
    let words = |line: &str| line.split(' ').map(str::to_owned).collect::<Vec<_>>();
    sqlx::query(rows)
        .bind(from.cast_signed())
        .bind(to.cast_signed())
        .bind(words(FIRST))
        .bind(words(SECOND))
        .bind(DOUBLE.cast_signed())
        .execute(&mut *tx)
        .await?;
    // A double is written as somebody else wrote it: in capitals and with the legal form.
    let clients = "insert into crm.client (client_id, name, search_name, kind, request_sha256, created_at, updated_at)
        select client_id, case when double then 'ООО «' || upper(name) || '»' else name end,
            case when double then 'ооо «' || lower(name) || '»' else lower(name) end, 2, ''::bytea,
            now() - n % 1000000 * interval '1 minute', now() - n % 500000 * interval '1 minute' from filled";
    sqlx::query(clients).execute(&mut *tx).await?;
    let people = "create temporary table people on commit drop as
        select gen_random_uuid() as contact_id, client_id, n, k, ($1::text[])[1 + (n + k * 7) % 20] as surname,
            ($2::text[])[1 + (n / 20 + k * 3) % 20] as given from filled cross join generate_series(1, 3) k";
    sqlx::query(people).bind(words(SURNAMES)).bind(words(GIVEN)).execute(&mut *tx).await?;
    for statement in [
        "insert into crm.contact (contact_id, client_id, surname, given_name, name, search_name, request_sha256)
            select contact_id, client_id, surname, given, surname || ' ' || given,
                translate(lower(surname || ' ' || given), 'ё', 'е'), ''::bytea from people",
        "insert into crm.address (client_id, kind, normalized, value, is_main)
            select client_id, 1, phone, '+' || phone, true from filled
            union all select client_id, 2, 'office' || of || '@example.com', 'office' || of || '@example.com', true from filled",
        "insert into crm.address (client_id, contact_id, kind, normalized, value, is_main)
            select client_id, contact_id, 2, 'person' || n || '-' || k || '@example.com',
                'person' || n || '-' || k || '@example.com', true from people",
        "insert into crm.name_sound (owner_id, client_id, words)
            select client_id, client_id, string_to_array(crm.sound(c.search_name || ' '), ' ')
                from filled join crm.client c using (client_id)
            union all select contact_id, client_id, string_to_array(crm.sound(translate(lower(surname || ' ' || given), 'ё', 'е')), ' ')
                from people",
    ] {
        sqlx::query(statement).execute(&mut *tx).await?;
    }
    tx.commit().await?;
    Ok(())
}

//! How many statements a batch costs (rule I16), counted as sqlx tells of them.

use std::{cell::Cell, sync::Once};

use contracts::{
    channel::{Alias, AliasKind, ChannelTemplate, Inbound, Own, Receipt, ReceiptStatus, Templates, inbound::Body},
    inbox::{
        FolderCondition, FolderField, FolderOperator, FolderRule, FolderTest, ListFolderRulesResponse, folder_condition,
    },
};
use model::MessageId;
use prost::Message;
use tracing::{Instrument, Subscriber};
use tracing_subscriber::{Layer, layer::Context, prelude::*, registry::LookupSpan};

use super::batch::{Router, SOON, claim, echo, edit, peer, says};
use crate::batch;

/// Counts the statements of one batch with its transaction; the cursor's statement is the part's.
async fn counted(router: &Router, facts: Vec<Inbound>) -> usize {
    // Once and for the whole process: a listener of one test alone is not asked about what another test has met before.
    static LISTENS: Once = Once::new();
    LISTENS.call_once(|| {
        let all = tracing_subscriber::registry().with(Statements);
        tracing::subscriber::set_global_default(all).expect("nobody else listens in these tests");
    });
    COUNTED.set(0);
    router.take(facts).instrument(tracing::info_span!("counted")).await;
    // BEGIN and COMMIT apart, the cursor's statement with it.
    COUNTED.get().checked_sub(2).expect("BEGIN and COMMIT are told") + 1
}

async fn with_rules(router: &Router) {
    sqlx::query(
        "update inbox.account set assignment_method = 3, assignment_employees = array[gen_random_uuid()],
             schedule_id = gen_random_uuid(), out_of_hours_text = 'Мы ответим утром'",
    )
    .execute(&router.pool)
    .await
    .unwrap();
    // Into a folder of its own: that costs none.
    let sql =
        "with f as (insert into inbox.folder (folder_id, account_id, name) select gen_random_uuid(), account_id, 'Все'
                   from inbox.account returning folder_id)
               select folder_id from f";
    let folder: uuid::Uuid = sqlx::query_scalar(sql).fetch_one(&router.pool).await.unwrap();
    let test = FolderTest { field: FolderField::Text.into(), operator: FolderOperator::Filled.into(), values: vec![] };
    let condition = Some(FolderCondition { what: Some(folder_condition::What::Test(test)) });
    let rule = FolderRule { condition, folder_id: folder.to_string(), ..FolderRule::default() };
    let rules = ListFolderRulesResponse { rules: vec![rule], ..ListFolderRulesResponse::default() };
    sqlx::query("insert into inbox.folder_rules (account_id, rules) select account_id, $1 from inbox.account")
        .bind(rules.encode_to_vec())
        .execute(&router.pool)
        .await
        .unwrap();
    router.directory.reload(&router.pool).await.unwrap();
}

/// The worst that one batch can hold: of everything that costs a statement, something.
fn worst(size: i64, reply: MessageId) -> Vec<Inbound> {
    let mut facts: Vec<Inbound> =
        (0..size).map(|n| says(&format!("{size}-{n}"), &format!("{size}|{n}"), "привет", n)).collect();
    facts.push(edit("1|1", &format!("исправлено {size}"), size));
    facts.push(edit("none|1", "рано", size));
    facts.push(claim(reply, 0, "a"));
    facts.push(echo(&format!("e|{size}"), Own::Maybe, "эхо"));
    let mut known = says("1", &format!("id|{size}"), "это я", size);
    known.peer.as_mut().unwrap().aliases.push(Alias {
        kind: AliasKind::ProviderId.into(),
        value: format!("id-{size}"),
        claimed: false,
    });
    facts.push(known);
    let read = Receipt { status: ReceiptStatus::Read.into(), read_up_to_position: 1, ..Receipt::default() };
    let body = Some(Body::Receipt(read));
    facts.push(Inbound { key: format!("read:{size}"), peer: peer("1"), body, ..Inbound::default() });
    let templates = Templates { templates: vec![ChannelTemplate::default()], pages: 1, ..Templates::default() };
    let body = Some(Body::Templates(templates));
    facts.push(Inbound { key: format!("templates:{size}"), body, ..Inbound::default() });
    facts
}

#[tokio::test]
async fn a_batch_takes_at_most_fourteen_statements_whatever_its_size() {
    let router = Router::start().await;
    with_rules(&router).await;
    router.take(vec![says("1", "1|1", "вопрос", 1)]).await;
    let reply = router.queue_reply("ответ").await;
    for size in [10, 500] {
        let counted = counted(&router, worst(size, reply)).await;
        assert!((9..=14).contains(&counted), "{counted} statements for {size} facts");
    }
    assert!(router.count("select count(*) from inbox.conversation where folder_id is not null").await > 500);
}

/// The people of the batch are made known by another part between its look and its insert: one statement more.
#[tokio::test]
async fn a_batch_whose_people_others_have_just_made_known_takes_at_most_fourteen_statements_too() {
    let router = Router::start().await;
    with_rules(&router).await;
    router.take(vec![says("1", "1|1", "вопрос", 1)]).await;
    let reply = router.queue_reply("ответ").await;
    let mut first = router.pool.begin().await.unwrap();
    let other = router.fact(says("10-0", "other|1", "раз", 1));
    batch::process(&mut first, &router.directory, &[other]).await.unwrap();
    let decided = async {
        testkit::eventually("the second to wait", SOON, async || {
            let waiting =
                "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
            (router.count(waiting).await == 1).then_some(())
        })
        .await;
        first.commit().await.unwrap();
    };
    let (counted, ()) = tokio::join!(counted(&router, worst(10, reply)), decided);
    assert!((9..=14).contains(&counted), "{counted} statements");
}

thread_local! {
    /// Each test has a thread of its own.
    static COUNTED: Cell<usize> = const { Cell::new(0) };
}

/// Counts the statements that sqlx tells of in span "counted".
struct Statements;

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Statements {
    fn enabled(&self, metadata: &tracing::Metadata<'_>, _: Context<'_, S>) -> bool {
        metadata.target() == "sqlx::query" || metadata.name() == "counted"
    }

    fn on_event(&self, event: &tracing::Event<'_>, context: Context<'_, S>) {
        let counted = context.lookup_current().is_some_and(|span| span.name() == "counted");
        if counted && event.metadata().target() == "sqlx::query" {
            COUNTED.set(COUNTED.get() + 1);
        }
    }
}

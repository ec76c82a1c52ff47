//! Conversations that turn out to be one (rule I15), people known by several addresses (rule A4).

use contracts::{
    channel::{Alias, AliasKind, Inbound, Peer, ReceiptStatus},
    inbox::{
        BatchGetConversationsRequest, GetDraftRequest, ListMessagesRequest, MarkConversationReadRequest,
        SaveDraftRequest, conversation_service_server::ConversationService,
    },
};
use model::{AccountId, ContactPointId, ConversationId, MessageId};
use rpc::Caller;
use uuid::Uuid;

use super::office::{Dialog, Office, claim, id_of, receipt, says};
use crate::{
    batch::{self, Fact, Verdict},
    merges::{self, Done, Pair},
};

const SOON: std::time::Duration = std::time::Duration::from_secs(20);

/// A message with a provider's key of its own.
pub(super) fn keyed(address: &str, key: &str, text: &str) -> Inbound {
    Inbound { key: format!("msg:{key}"), message_key: key.to_owned(), ..says(address, text) }
}

pub(super) fn threaded(thread: &str, inbound: Inbound) -> Inbound {
    Inbound { thread_key: thread.to_owned(), ..inbound }
}

fn answers(keys: &[&str], inbound: Inbound) -> Inbound {
    Inbound { refers_to: keys.iter().map(|key| (*key).to_owned()).collect(), ..inbound }
}

/// The same person is also known by this provider id; `claimed`: so they say.
fn also(id: &str, claimed: bool, mut inbound: Inbound) -> Inbound {
    let alias = Alias { kind: AliasKind::ProviderId.into(), value: id.to_owned(), claimed };
    inbound.peer.as_mut().unwrap().aliases.push(alias);
    inbound
}

impl Office {
    /// Does what the timers of these kinds are to do, until none is left. Returns how often one fired.
    async fn merge_all(&self) -> usize {
        for fired in 0.. {
            if !self.fire_one().await {
                return fired;
            }
        }
        unreachable!("the loop has no end of its own")
    }

    async fn fire_one(&self) -> bool {
        let mut tx = self.pool.begin().await.unwrap();
        let taken: Option<(String, String, serde_json::Value)> = sqlx::query_as(
            "select kind, key, payload from inbox.timer where kind in ('merge', 'join') and due_at <= now()
             order by due_at limit 1",
        )
        .fetch_optional(&mut *tx)
        .await
        .unwrap();
        let Some((kind, key, payload)) = taken else { return false };
        let Pair { one, other } = serde_json::from_value(payload).unwrap();
        let more = match kind.as_str() {
            merges::MERGE => merges::merge(&mut tx, one.into(), other.into()).await.unwrap(),
            _ => merges::join(&mut tx, one.into(), other.into()).await.unwrap(),
        };
        if more != Done::Stretch {
            let sql = "delete from inbox.timer where kind = $1 and key = $2";
            sqlx::query(sql).bind(kind).bind(key).execute(&mut *tx).await.unwrap();
        }
        tx.commit().await.unwrap();
        true
    }

    pub(super) async fn texts_of(&self, conversation: &str) -> Vec<String> {
        let sql = "select text from inbox.message where conversation_id = $1::uuid and kind = 1 order by seq";
        sqlx::query_scalar(sql).bind(conversation).fetch_all(&self.pool).await.unwrap()
    }

    async fn thread_id(&self, key: &str) -> String {
        let sql = "select conversation_id::text from inbox.conversation where thread_key = $1";
        sqlx::query_scalar(sql).bind(key).fetch_one(&self.pool).await.unwrap()
    }

    async fn unread(&self, caller: &Caller, conversation: &str) -> u32 {
        let request =
            BatchGetConversationsRequest { conversation_ids: vec![conversation.to_owned()], in_passing: false };
        let rows = self.conversations.batch_get_conversations(caller.request(request)).await.unwrap().into_inner();
        rows.conversations[0].unread
    }

    /// Where the order of a reply would send it.
    async fn goes_to(&self, reply: MessageId) -> String {
        let sql = "select m.conversation_id from inbox.message m where m.message_id = $1";
        let id: Uuid = sqlx::query_scalar(sql).bind(reply.0).fetch_one(&self.pool).await.unwrap();
        let sends = crate::dispatch::sends(&self.pool, &[reply.0]).await.unwrap();
        assert_eq!(sends[&reply.0].conversation_id, id);
        sends[&reply.0].address.clone()
    }

    async fn point(&self, address: &str) -> Uuid {
        let sql = "select contact_point_id from inbox.contact_address where address = $1";
        sqlx::query_scalar(sql).bind(address).fetch_one(&self.pool).await.unwrap()
    }

    /// Two letters of one person that open two threads.
    pub(super) async fn two_threads(&self) -> (String, String) {
        self.facts(vec![threaded("one", keyed("1", "m1", "первое"))]).await;
        self.facts(vec![threaded("two", keyed("1", "m2", "второе"))]).await;
        (self.thread_id("one").await, self.thread_id("two").await)
    }
}

#[tokio::test]
async fn a_message_that_refers_to_another_thread_shows_the_two_to_be_one() {
    let office = Office::open().await;
    let (older, newer) = office.two_threads().await;
    office.facts(vec![answers(&["m1"], threaded("two", keyed("1", "m3", "третье")))]).await;
    assert_eq!(office.texts_of(&newer).await, ["второе", "третье"], "the batch merges nothing");
    assert_eq!(office.merge_all().await, 1);
    assert_eq!(office.texts_of(&older).await, ["первое", "второе", "третье"]);
    assert_eq!(office.count("select count(distinct seq) from inbox.message where kind = 1").await, 3);
    office.facts(vec![threaded("two", keyed("1", "m4", "четвёртое"))]).await;
    assert_eq!(office.texts_of(&older).await.last().unwrap(), "четвёртое", "the newer id is an alias");
    let admin = office.administrator("Вера").await;
    let request = BatchGetConversationsRequest { conversation_ids: vec![newer.clone()], in_passing: false };
    let rows = office.conversations.batch_get_conversations(admin.request(request)).await.unwrap().into_inner();
    assert_eq!(
        (rows.conversations[0].conversation_id.clone(), rows.conversations[0].merged_ids.clone()),
        (older, vec![newer])
    );
}

#[tokio::test]
async fn a_reply_that_came_before_what_it_answers_is_found_when_that_comes() {
    let office = Office::open().await;
    office.facts(vec![answers(&["m1"], keyed("1", "m2", "ответ"))]).await;
    assert_eq!(office.count("select count(*) from inbox.awaited").await, 1);
    office.facts(vec![threaded("one", keyed("1", "m1", "начало"))]).await;
    office.merge_all().await;
    assert_eq!(office.count("select count(*) from inbox.conversation where merged_into is null").await, 1);
    assert_eq!(office.count("select count(distinct conversation_id) from inbox.message").await, 1);
}

#[tokio::test]
async fn a_reply_with_a_thread_of_its_own_in_the_same_batch_is_merged_too() {
    let office = Office::open().await;
    let reply = answers(&["m1"], threaded("two", keyed("1", "m2", "ответ")));
    office.facts(vec![reply, threaded("one", keyed("1", "m1", "начало"))]).await;
    office.merge_all().await;
    assert_eq!(office.count("select count(*) from inbox.conversation where merged_into is null").await, 1);
}

#[tokio::test]
async fn everything_of_the_newer_conversation_follows() {
    let office = Office::open().await;
    let anna = office.head("Анна", office.sales).await;
    let boris = office.operator("Борис", office.sales).await;
    let (older, newer) = office.two_threads().await;
    let dialog = |id: &str| Dialog { id: id.to_owned(), request: String::new() };
    // Replies: one that is out, one that waits; a draft in each; a mark in each.
    let sent = office.sent(&anna, &dialog(&newer), "ответили", "out1").await;
    let queued = office.send(&anna, &dialog(&newer), "ответим").await;
    for (conversation, text) in [(&older, "в первом"), (&newer, "во втором")] {
        let draft = contracts::inbox::Draft {
            conversation_id: conversation.clone(),
            text: text.to_owned(),
            ..contracts::inbox::Draft::default()
        };
        office.conversations.save_draft(anna.request(SaveDraftRequest { draft: Some(draft) })).await.unwrap();
        let mark = MarkConversationReadRequest {
            conversation_id: conversation.clone(),
            seq: 1,
            ..MarkConversationReadRequest::default()
        };
        office.conversations.mark_conversation_read(anna.request(mark)).await.unwrap();
    }
    let mark = MarkConversationReadRequest {
        conversation_id: newer.clone(),
        seq: 1,
        ..MarkConversationReadRequest::default()
    };
    office.conversations.mark_conversation_read(boris.request(mark)).await.unwrap();
    let requests = "select request_id::text from inbox.request order by received_at";
    let requests: Vec<String> = sqlx::query_scalar(requests).fetch_all(&office.pool).await.unwrap();
    office.events().await;

    office.facts(vec![answers(&["m1"], threaded("two", keyed("1", "m3", "третье")))]).await;
    office.events().await;
    office.merge_all().await;

    let changes = office.events().await;
    let told: Vec<String> = changes.iter().map(|(what, audience)| format!("{what:?} {audience:?}")).collect();
    assert!(told.iter().any(|t| t.contains(&format!("conversation_id: \"{older}\""))), "{told:?}");
    assert!(told.iter().any(|t| t.contains(&format!("conversation_id: \"{newer}\""))), "{told:?}");
    assert_eq!(office.texts_of(&older).await, ["первое", "второе", "ответили", "ответим", "третье"]);
    // The order keeps its lane and is about the conversation that stays; its receipt finds it.
    let lane: (String, Uuid) = sqlx::query_as("select lane, conversation_id from inbox.outgoing where message_id = $1")
        .bind(queued.0)
        .fetch_one(&office.pool)
        .await
        .unwrap();
    assert_eq!(lane, (newer.clone(), older.parse().unwrap()));
    assert_eq!(
        office.facts(vec![claim(queued, 0), receipt(queued, ReceiptStatus::Sent, &["out2"])]).await[0],
        Verdict::Granted
    );
    assert_eq!(office.count("select count(*) from inbox.message where status = 4").await, 2);
    let places = "select count(*) from inbox.reference where conversation_id = $1::uuid";
    let places: i64 = sqlx::query_scalar(places).bind(&older).fetch_one(&office.pool).await.unwrap();
    assert_eq!(places, 5, "{sent}");
    // Both drafts are one; the older request is current, the other open beside it.
    let draft = GetDraftRequest { conversation_id: older.clone() };
    let draft = office.conversations.get_draft(anna.request(draft)).await.unwrap().into_inner().draft.unwrap();
    assert_eq!(draft.text, "в первом\nво втором");
    let current = "select request_id::text from inbox.request where is_current";
    let current: Vec<String> = sqlx::query_scalar(current).fetch_all(&office.pool).await.unwrap();
    assert_eq!(current, requests[..1]);
    assert_eq!(office.count("select count(*) from inbox.request where state between 1 and 4").await, 2);
    // Anna had read both but the last line; Boris only the newer one, so that he has everything to read again.
    assert_eq!((office.unread(&anna, &older).await, office.unread(&boris, &older).await), (1, 3));
    let thread = ListMessagesRequest { conversation_id: newer, ..ListMessagesRequest::default() };
    let thread = office.conversations.list_messages(anna.request(thread)).await.unwrap().into_inner();
    assert!(thread.messages.iter().all(|message| message.conversation_id == older));
}

#[tokio::test]
async fn a_merge_that_is_repeated_or_cut_short_ends_the_same() {
    let office = Office::open().await;
    let (older, newer) = office.two_threads().await;
    let (one, other): (ConversationId, ConversationId) = (older.parse().unwrap(), newer.parse().unwrap());
    // More than one stretch.
    let many: Vec<Inbound> =
        (0..2_100).map(|n| threaded("two", keyed("1", &format!("n{n}"), &n.to_string()))).collect();
    for part in many.chunks(500) {
        office.facts(part.to_vec()).await;
    }
    let mut cut = office.pool.begin().await.unwrap();
    assert_eq!(merges::merge(&mut cut, one, other).await.unwrap(), Done::Stretch);
    cut.rollback().await.unwrap(); // killed
    let mut tx = office.pool.begin().await.unwrap();
    assert_eq!(merges::merge(&mut tx, other, one).await.unwrap(), Done::Stretch);
    tx.commit().await.unwrap();
    // Between two stretches the newer one is still a conversation.
    office.facts(vec![threaded("two", keyed("1", "late", "посреди"))]).await;
    for _ in 0..2 {
        let mut tx = office.pool.begin().await.unwrap();
        assert_eq!(merges::merge(&mut tx, one, other).await.unwrap(), Done::All);
        tx.commit().await.unwrap();
    }
    let texts = office.texts_of(&older).await;
    assert_eq!(texts.len(), 2 + 2_100 + 1);
    assert_eq!((texts[0].as_str(), texts[1].as_str(), texts.last().unwrap().as_str()), ("первое", "второе", "посреди"));
    assert_eq!(office.count("select count(*) from inbox.message where seq <> inbound_no").await, 0);
    assert_eq!(
        office.count("select max(inbound_count) from inbox.conversation where merged_into is null").await,
        2_103
    );
}

/// A batch meets the merge where it asks for the lock, and begins anew; whether it came there by the thread or by what the
/// fact answers.
#[tokio::test]
async fn a_fact_that_arrives_while_its_conversation_is_merged_is_not_lost() {
    let by_thread = threaded("two", keyed("1", "m3", "посреди"));
    let by_answer = answers(&["m2"], keyed("1", "m3", "посреди"));
    for fact in [by_thread, by_answer] {
        let office = Office::open().await;
        let (older, newer) = office.two_threads().await;
        let mut merging = office.pool.begin().await.unwrap();
        merges::merge(&mut merging, older.parse().unwrap(), newer.parse().unwrap()).await.unwrap();
        let arriving = async {
            let mut tx = office.pool.begin().await.unwrap();
            let done = batch::process(&mut tx, &office.directory, &[office.fact(fact.clone())]).await;
            if done.is_ok() {
                tx.commit().await.unwrap();
            }
            done
        };
        let merged = async {
            testkit::eventually("the batch to wait", SOON, async || {
                let waiting = "select count(*) from pg_stat_activity
                               where datname = current_database() and wait_event_type = 'Lock'";
                (office.count(waiting).await == 1).then_some(())
            })
            .await;
            merging.commit().await.unwrap();
        };
        let (done, ()) = tokio::join!(arriving, merged);
        assert!(done.as_ref().is_err_and(|refused| store::is_conflict(refused)), "{done:?}");
        office.facts(vec![fact]).await; // the next attempt, or a repeat
        assert_eq!(office.texts_of(&older).await, ["первое", "второе", "посреди"]);
    }
}

#[tokio::test]
async fn merges_of_merges_lead_to_the_oldest_in_one_step() {
    let office = Office::open().await;
    let (one, two) = office.two_threads().await;
    office.facts(vec![threaded("three", keyed("1", "m3", "третье"))]).await;
    let three = office.thread_id("three").await;
    for (a, b) in [(&two, &three), (&one, &three)] {
        let mut tx = office.pool.begin().await.unwrap();
        merges::merge(&mut tx, a.parse().unwrap(), b.parse().unwrap()).await.unwrap();
        tx.commit().await.unwrap();
    }
    let sql = "select count(*) from inbox.conversation where merged_into = $1::uuid";
    let aliases: i64 = sqlx::query_scalar(sql).bind(&one).fetch_one(&office.pool).await.unwrap();
    assert_eq!(aliases, 2);
    assert_eq!(office.texts_of(&one).await, ["первое", "второе", "третье"]);
}

#[tokio::test]
async fn a_conversation_that_someone_has_in_hand_stays_in_their_hands() {
    let office = Office::open().await;
    let anna = office.operator("Анна", office.sales).await;
    let (older, newer) = office.two_threads().await;
    let sql = "select request_id::text from inbox.request where conversation_id = $1::uuid";
    let request: String = sqlx::query_scalar(sql).bind(&newer).fetch_one(&office.pool).await.unwrap();
    office.take(&anna, &Dialog { id: newer.clone(), request }).await.unwrap();
    let mut tx = office.pool.begin().await.unwrap();
    merges::merge(&mut tx, older.parse().unwrap(), newer.parse().unwrap()).await.unwrap();
    tx.commit().await.unwrap();
    let row = office.row(&anna, &Dialog { id: older, request: String::new() }).await.unwrap();
    assert_eq!(row.request.unwrap().assignee_employee_id, id_of(&anna));
    assert!(row.can_reply);
}

#[tokio::test]
async fn a_new_address_of_somebody_known_is_a_further_one_and_replies_go_there() {
    let office = Office::open().await;
    let anna = office.head("Анна", office.sales).await;
    office.facts(vec![keyed("visitor", "m1", "здравствуйте")]).await;
    office.facts(vec![also("visitor", false, keyed("sub-7", "m2", "это я"))]).await;
    assert_eq!(office.count("select count(*) from inbox.contact_point").await, 1);
    assert_eq!(office.count("select count(*) from inbox.contact_address").await, 2);
    let dialog = office.dialog("visitor").await;
    assert_eq!(office.texts_of(&dialog.id).await, ["здравствуйте", "это я"]);
    office.facts(vec![keyed("sub-7", "m3", "с другого устройства")]).await;
    assert_eq!(office.texts_of(&dialog.id).await.len(), 3, "known by the new address alone");
    let reply = office.send(&anna, &dialog, "ответ").await;
    assert_eq!(office.goes_to(reply).await, "sub-7");
    office.facts(vec![keyed("visitor", "m4", "снова отсюда")]).await;
    assert_eq!(office.goes_to(reply).await, "visitor");
}

#[tokio::test]
async fn an_id_that_is_told_beside_an_address_names_the_person_later() {
    let office = Office::open().await;
    office.facts(vec![also("bsuid", false, keyed("+79990000001", "m1", "раз"))]).await;
    office.facts(vec![keyed("bsuid", "m2", "два")]).await;
    assert_eq!(office.count("select count(*) from inbox.contact_point").await, 1);
    // Both for the first time in one batch.
    let both = vec![keyed("v9", "m3", "раз"), also("v9", false, keyed("s9", "m4", "два"))];
    office.facts(both).await;
    assert_eq!(office.count("select count(*) from inbox.contact_point").await, 2);
    assert_eq!(office.count("select count(*) from inbox.conversation").await, 2);
}

/// A change of ids is told once, and the next message under the new ones may come in the same batch.
#[tokio::test]
async fn a_change_of_every_id_is_followed_though_the_next_message_tells_the_new_ones_alone() {
    let office = Office::open().await;
    office.facts(vec![also("user-1", false, keyed("+79990000001", "m1", "раз"))]).await;
    let change = also("user-2", false, also("user-1", false, keyed("+79990000002", "m2", "сменил номер")));
    office.facts(vec![change, also("user-2", false, keyed("+79990000002", "m3", "два"))]).await;
    assert_eq!(office.count("select count(*) from inbox.contact_point").await, 1);
    assert_eq!(office.count("select count(*) from inbox.conversation").await, 1);
}

#[tokio::test]
async fn two_known_addresses_of_one_person_are_joined_with_their_conversations() {
    let office = Office::open().await;
    office.facts(vec![keyed("visitor", "m1", "раз"), keyed("sub-7", "m2", "два")]).await;
    let other = AccountId::new();
    let sql =
        "insert into inbox.account (account_id, channel, name, live_since) values ($1, 'test', 'Второй', '2020-01-01')";
    sqlx::query(sql).bind(other.0).execute(&office.pool).await.unwrap();
    office.directory.reload(&office.pool).await.unwrap();
    let mut tx = office.pool.begin().await.unwrap();
    let elsewhere = Fact { account: other, ..office.fact(keyed("sub-7", "m3", "во втором")) };
    batch::process(&mut tx, &office.directory, &[elsewhere]).await.unwrap();
    tx.commit().await.unwrap();

    office.facts(vec![also("visitor", false, keyed("sub-7", "m4", "это всё я"))]).await;
    office.merge_all().await;
    assert_eq!(office.count("select count(*) from inbox.contact_point where joined_into is null").await, 1);
    assert_eq!(office.count("select count(distinct contact_point_id) from inbox.contact_address").await, 1);
    assert_eq!(
        office.count("select count(*) from inbox.conversation where merged_into is null").await,
        2,
        "one an account"
    );
    assert_eq!(office.count("select count(distinct contact_point_id) from inbox.conversation").await, 1);
    for (address, key) in [("visitor", "m5"), ("sub-7", "m6")] {
        office.facts(vec![keyed(address, key, "ещё")]).await;
    }
    let elsewhere = Fact { account: other, ..office.fact(keyed("visitor", "m7", "и во втором")) };
    let mut tx = office.pool.begin().await.unwrap();
    batch::process(&mut tx, &office.directory, &[elsewhere]).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(office.count("select count(*) from inbox.conversation where merged_into is null").await, 2);
    assert_eq!(office.count("select count(*) from inbox.message where kind = 1").await, 7);
    assert_eq!(office.count("select count(distinct conversation_id) from inbox.message where kind = 1").await, 2);
    assert_eq!(office.merge_all().await, 0);
}

#[tokio::test]
async fn what_is_claimed_joins_nobody() {
    let office = Office::open().await;
    office.facts(vec![keyed("visitor", "m1", "раз")]).await;
    office.facts(vec![also("visitor", true, keyed("stranger", "m2", "я — это он"))]).await;
    assert_eq!(office.merge_all().await, 0);
    assert_eq!(office.count("select count(*) from inbox.contact_point").await, 2);
    assert_eq!(office.count("select count(*) from inbox.contact_address").await, 2);
}

#[tokio::test]
async fn whoever_belongs_to_a_client_stays_theirs() {
    let office = Office::open().await;
    let anna = office.operator("Анна", office.service).await;
    office.facts(vec![keyed("visitor", "m1", "раз")]).await;
    office.facts(vec![keyed("sub-7", "m2", "два")]).await;
    office.responsible(&anna, "sub-7").await;
    let linked = office.point("sub-7").await;
    office.facts(vec![also("visitor", false, keyed("sub-7", "m3", "это я"))]).await;
    office.merge_all().await;
    assert_eq!(office.point("visitor").await, linked, "the newer one is linked, so the older points to it");
    let sql = "select conversation_id::text from inbox.conversation where merged_into is null";
    let id: String = sqlx::query_scalar(sql).fetch_one(&office.pool).await.unwrap();
    assert_eq!(office.texts_of(&id).await.len(), 3);
    let row = office.row(&anna, &Dialog { id, request: String::new() }).await;
    assert!(row.is_some(), "the client's responsible sees all of it");
}

#[tokio::test]
async fn a_client_that_was_linked_in_the_middle_of_a_join_is_found_again() {
    let office = Office::open().await;
    let anna = office.operator("Анна", office.service).await;
    office.facts(vec![keyed("visitor", "m1", "раз"), keyed("sub-7", "m2", "два")]).await;
    let joined = office.point("sub-7").await;
    office.facts(vec![also("visitor", false, keyed("sub-7", "m3", "это я"))]).await;
    office.merge_all().await;
    // crm-core decided on what it had read before.
    let sql = "with c as (insert into crm.client (client_id, name, search_name, kind, responsible_employee_id, request_sha256)
                   values ($1, 'Клиент', 'клиент', 1, $2, '') returning client_id)
               insert into crm.contact_point_link (contact_point_id, client_id)
               select p.contact_point_id, c.client_id from c, inbox.contact_point p where p.joined_into is not null";
    sqlx::query(sql).bind(Uuid::now_v7()).bind(anna.employee().unwrap().0).execute(&office.pool).await.unwrap();
    merges::look_for(&office.pool).await.unwrap();
    office.merge_all().await;
    let client =
        "select count(*) from inbox.conversation c join crm_read.contact_point_client l using (contact_point_id)
                  where c.merged_into is null";
    assert_eq!(office.count(client).await, 1, "{joined}");
    assert_eq!(office.count("select count(*) from inbox.contact_point where joined_into is null").await, 1);
    merges::look_for(&office.pool).await.unwrap();
    assert_eq!(office.merge_all().await, 0);
}

#[tokio::test]
async fn two_clients_are_never_joined_and_the_audit_says_so_once() {
    let office = Office::open().await;
    let anna = office.operator("Анна", office.service).await;
    office.facts(vec![keyed("visitor", "m1", "раз"), keyed("sub-7", "m2", "два")]).await;
    office.responsible(&anna, "sub-7").await;
    office.responsible(&anna, "visitor").await;
    for key in ["m3", "m4"] {
        office.facts(vec![also("visitor", false, keyed("sub-7", key, "это я"))]).await;
        office.merge_all().await;
    }
    assert_eq!(office.count("select count(*) from inbox.contact_point where joined_into is null").await, 2);
    assert_eq!(office.count("select count(*) from inbox.conversation where merged_into is null").await, 2);
    assert_eq!(office.count("select count(*) from inbox.audit where action = 'not_joined'").await, 1);
    assert_ne!(office.point("visitor").await, office.point("sub-7").await);
}

#[tokio::test]
async fn letters_of_a_joined_person_stay_threads_of_their_own() {
    let office = Office::open().await;
    office.facts(vec![threaded("one", keyed("a", "m1", "письмо")), threaded("two", keyed("b", "m2", "другое"))]).await;
    let (older, newer): (ContactPointId, ContactPointId) =
        (office.point("a").await.into(), office.point("b").await.into());
    let mut tx = office.pool.begin().await.unwrap();
    merges::join(&mut tx, older, newer).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(office.merge_all().await, 0);
    assert_eq!(office.count("select count(*) from inbox.conversation where merged_into is null").await, 2);
    assert_eq!(office.count("select count(distinct contact_point_id) from inbox.conversation").await, 1);
}

#[tokio::test]
async fn a_claimed_phone_never_takes_the_place_of_a_shared_one() {
    let office = Office::open().await;
    let with = |value: &str, claimed: bool, key: &str| {
        let mut inbound = keyed("visitor", key, "телефон");
        let alias = Alias { kind: AliasKind::Phone.into(), value: value.to_owned(), claimed };
        inbound.peer = Some(Peer { aliases: vec![alias], ..inbound.peer.unwrap() });
        inbound
    };
    office.facts(vec![with("+79990000001", false, "m1")]).await;
    office.facts(vec![with("+79990000002", true, "m2")]).await;
    let proven = "select count(*) from inbox.contact_point, jsonb_array_elements(aliases) a
                  where a @> '{\"value\": \"+79990000001\", \"claimed\": false}'";
    assert_eq!(office.count(proven).await, 1);
    office.facts(vec![with("+79990000002", false, "m3")]).await;
    assert_eq!(office.count("select jsonb_array_length(aliases)::bigint from inbox.contact_point").await, 1);
}

fn reply_to(address: &str, inbound: Inbound) -> Inbound {
    Inbound { peer: Some(Peer { reply_address: address.to_owned(), ..inbound.peer.unwrap() }), ..inbound }
}

impl Office {
    async fn reply_address(&self, dialog: &Dialog) -> String {
        let sql = "select reply_address from inbox.conversation where conversation_id = $1::uuid";
        sqlx::query_scalar(sql).bind(&dialog.id).fetch_one(&self.pool).await.unwrap()
    }
}

#[tokio::test]
async fn what_a_stranger_refers_to_leads_into_nobodys_conversation_but_their_own() {
    for apart in [true, false] {
        let office = Office::open().await;
        let victim = reply_to("a-1", keyed("victim", "m1", "мой заказ"));
        let forged = reply_to("b-1", answers(&["m1"], keyed("stranger", "m2", "пришлите сюда")));
        if apart {
            office.facts(vec![victim]).await;
            office.facts(vec![forged]).await;
        } else {
            office.facts(vec![victim, forged]).await;
        }
        office.merge_all().await;
        let (victim, stranger) = (office.dialog("victim").await, office.dialog("stranger").await);
        assert_eq!(office.texts_of(&victim.id).await, ["мой заказ"], "apart: {apart}");
        assert_eq!(office.texts_of(&stranger.id).await, ["пришлите сюда"]);
        assert_eq!(office.reply_address(&victim).await, "a-1");
        assert_eq!(office.reply_address(&stranger).await, "b-1");
        assert_eq!(office.count("select count(*) from inbox.message where reply_to_message_id is not null").await, 0);
        // The person's own answer goes on as ever, also where it names the stranger's message first.
        office.facts(vec![answers(&["m2", "m1"], keyed("victim", "m3", "и ещё"))]).await;
        assert_eq!(office.texts_of(&victim.id).await, ["мой заказ", "и ещё"]);
        assert_eq!(office.count("select count(*) from inbox.message where reply_to_message_id is not null").await, 1);
    }
}

#[tokio::test]
async fn in_a_thread_that_the_channel_names_many_people_write_and_the_last_is_answered() {
    let office = Office::open().await;
    office.facts(vec![reply_to("a", threaded("letter", keyed("a", "m1", "всем привет")))]).await;
    office.facts(vec![reply_to("b", answers(&["m1"], threaded("letter", keyed("b", "m2", "и вам"))))]).await;
    let thread = office.thread_id("letter").await;
    assert_eq!(office.texts_of(&thread).await, ["всем привет", "и вам"]);
    let dialog = Dialog { id: thread, request: String::new() };
    assert_eq!(office.reply_address(&dialog).await, "b");
    assert_eq!(office.count("select count(*) from inbox.message where reply_to_message_id is not null").await, 1);
}

#[tokio::test]
async fn threads_of_two_people_stay_two_whatever_they_refer_to_and_the_audit_names_two_clients_once() {
    let office = Office::open().await;
    let anna = office.operator("Анна", office.service).await;
    office.facts(vec![threaded("one", keyed("a", "m1", "раз")), threaded("two", keyed("b", "m2", "два"))]).await;
    let audited = "select count(*) from inbox.audit where action = 'not_merged'";
    office.facts(vec![answers(&["m1"], threaded("two", keyed("b", "m3", "три")))]).await;
    assert_eq!(office.merge_all().await, 1);
    assert_eq!(office.count(audited).await, 0, "nobody's yet");
    office.responsible(&anna, "a").await;
    office.responsible(&anna, "b").await;
    for key in ["m4", "m5"] {
        office.facts(vec![answers(&["m1"], threaded("two", keyed("b", key, "ещё")))]).await;
        office.merge_all().await;
    }
    assert_eq!(office.count("select count(*) from inbox.conversation where merged_into is null").await, 2);
    assert_eq!(office.count(audited).await, 1);
}

#[tokio::test]
async fn a_pair_that_stays_two_is_not_looked_at_with_every_message() {
    let office = Office::open().await;
    let anna = office.operator("Анна", office.service).await;
    office.facts(vec![keyed("visitor", "m1", "раз"), keyed("sub-7", "m2", "два")]).await;
    office.responsible(&anna, "sub-7").await;
    office.responsible(&anna, "visitor").await;
    let mut tx = office.pool.begin().await.unwrap();
    let (one, other) = (office.point("visitor").await, office.point("sub-7").await);
    assert_eq!(merges::join(&mut tx, one.into(), other.into()).await.unwrap(), Done::Apart);
    tx.commit().await.unwrap();
    office.directory.apart.note(one, other); // as the timer does
    office.facts(vec![also("visitor", false, keyed("sub-7", "m3", "это я"))]).await;
    assert_eq!(office.merge_all().await, 0);
}

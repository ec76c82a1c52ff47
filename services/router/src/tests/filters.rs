//! Each filter of a list, alone and together, within what its reader sees.

use contracts::{
    errors::ErrorReason,
    inbox::{
        ConversationFilter, ConversationView, ListConversationsRequest, MarkConversationReadRequest,
        PostponeRequestRequest, RequestState, conversation_service_server::ConversationService,
        request_service_server::RequestService,
    },
};
use model::AccountId;
use rpc::Caller;
use tonic::Code;

use super::office::{Dialog, Office, id_of, reason};
use crate::conversations::flags;

impl Office {
    async fn filtered(&self, by: &Caller, filter: ConversationFilter) -> Vec<String> {
        self.listed(by, ListConversationsRequest { filter: Some(filter), ..Default::default() }).await
    }

    async fn listed(&self, by: &Caller, request: ListConversationsRequest) -> Vec<String> {
        let page = self.conversations.list_conversations(by.request(request)).await.unwrap().into_inner();
        let mut names: Vec<String> = page.conversations.into_iter().map(|row| row.person.unwrap().address).collect();
        names.sort();
        names
    }

    async fn second_account(&self, dialog: &Dialog) -> AccountId {
        let account = AccountId::new();
        let sql = "with a as (insert into inbox.account (account_id, channel, name, department_id) values ($1, 'fax', 'Факс', $2))
                   update inbox.conversation set account_id = $1 where conversation_id = $3::uuid";
        sqlx::query(sql).bind(account.0).bind(self.service.0).bind(&dialog.id).execute(&self.pool).await.unwrap();
        account
    }

    async fn status(&self, text: &str, status: i16) {
        let sql = "update inbox.message set status = $2 where text = $1";
        sqlx::query(sql).bind(text).bind(status).execute(&self.pool).await.unwrap();
    }
}

fn filter() -> ConversationFilter {
    ConversationFilter::default()
}

#[tokio::test]
async fn by_channel_and_account() {
    let office = Office::open().await;
    let admin = office.administrator("Админ").await;
    office.writes("test", "Здравствуйте").await;
    let fax = office.second_account(&office.writes("fax", "Здравствуйте").await).await;
    let of = |channels: &[&str]| ConversationFilter {
        channels: channels.iter().map(ToString::to_string).collect(),
        ..filter()
    };
    assert_eq!(office.filtered(&admin, of(&["fax"])).await, ["fax"]);
    assert_eq!(office.filtered(&admin, of(&["fax", "test"])).await, ["fax", "test"]);
    assert!(office.filtered(&admin, of(&["email"])).await.is_empty(), "a channel without accounts");
    let both = |channel: &str| ListConversationsRequest {
        channel: channel.into(),
        filter: Some(of(&["fax"])),
        ..ListConversationsRequest::default()
    };
    assert_eq!(office.listed(&admin, both("fax")).await, ["fax"]);
    assert!(office.listed(&admin, both("test")).await.is_empty(), "both hold");
    let account_ids = vec![fax.to_string()];
    assert_eq!(office.filtered(&admin, ConversationFilter { account_ids, ..filter() }).await, ["fax"]);
}

#[tokio::test]
async fn by_assignee_department_and_state() {
    let office = Office::open().await;
    let (anna, boris) = (office.operator("Анна", office.sales).await, office.operator("Борис", office.sales).await);
    let admin = office.administrator("Админ").await;
    office.taken(&anna, "anna").await;
    office.taken(&boris, "boris").await;
    office.writes("free", "Здравствуйте").await;
    let started = office.writes("started", "Здравствуйте").await;
    sqlx::query(
        "update inbox.conversation set department_id = null, request_id = null where conversation_id = $1::uuid",
    )
    .bind(&started.id)
    .execute(&office.pool)
    .await
    .unwrap();
    let of = |who: &[&Caller]| ConversationFilter {
        assignee_employee_ids: who.iter().map(|caller| id_of(caller)).collect(),
        ..filter()
    };
    assert_eq!(office.filtered(&admin, of(&[&anna])).await, ["anna"]);
    assert_eq!(office.filtered(&admin, of(&[&anna, &boris])).await, ["anna", "boris"]);
    assert!(office.filtered(&anna, of(&[&boris])).await.is_empty(), "never more than what one sees");
    let department = |id: model::DepartmentId| ConversationFilter { department_ids: vec![id.to_string()], ..filter() };
    let sales = ["anna", "boris", "free", "started"];
    assert_eq!(office.filtered(&admin, department(office.sales)).await, sales, "without a request: the account's");
    assert!(office.filtered(&admin, department(office.service)).await.is_empty());
    let states = |states: &[RequestState]| ConversationFilter {
        states: states.iter().map(|state| (*state).into()).collect(),
        ..filter()
    };
    assert_eq!(office.filtered(&admin, states(&[RequestState::Unassigned])).await, ["free"]);
    let two = states(&[RequestState::Unassigned, RequestState::Assigned]);
    assert_eq!(office.filtered(&admin, two).await, ["anna", "boris", "free"]);
    let together = ConversationFilter { states: states(&[RequestState::Assigned]).states, ..of(&[&boris]) };
    assert_eq!(office.filtered(&admin, together).await, ["boris"], "each narrows");
}

#[tokio::test]
async fn by_what_is_unread() {
    let office = Office::open().await;
    let (anna, admin) = (office.operator("Анна", office.sales).await, office.administrator("Админ").await);
    let read = office.writes("read", "Здравствуйте").await;
    office.writes("new", "Здравствуйте").await;
    let mark = MarkConversationReadRequest { conversation_id: read.id.clone(), seq: 9, unread: false };
    office.conversations.mark_conversation_read(anna.request(mark)).await.unwrap();
    let unread = || ConversationFilter { unread: true, ..filter() };
    assert_eq!(office.filtered(&anna, unread()).await, ["new"]);
    assert_eq!(office.filtered(&admin, unread()).await, ["new", "read"], "new for whom it is");
    office.writes("read", "Ещё").await;
    assert_eq!(office.filtered(&anna, unread()).await, ["new", "read"]);
}

#[tokio::test]
async fn by_whose_they_are() {
    let office = Office::open().await;
    let (anna, admin) = (office.operator("Анна", office.sales).await, office.administrator("Админ").await);
    office.second_account(&office.writes("known", "Здравствуйте").await).await;
    office.writes("also", "Здравствуйте").await;
    office.writes("nobody", "Здравствуйте").await;
    office.responsible(&anna, "known").await;
    let link = "insert into crm.contact_point_link (contact_point_id, client_id)
                select p.contact_point_id, c.client_id from crm.client c, inbox.contact_point p where p.address = 'also'";
    sqlx::query(link).execute(&office.pool).await.unwrap();
    let client: uuid::Uuid =
        sqlx::query_scalar("select client_id from crm.client").fetch_one(&office.pool).await.unwrap();
    let of_client = ConversationFilter { client_id: client.to_string(), ..filter() };
    assert_eq!(office.filtered(&admin, of_client.clone()).await, ["also", "known"], "in whatever channel");
    let boris = office.operator("Борис", office.service).await;
    assert!(office.filtered(&boris, of_client).await.is_empty());
    let unidentified = ConversationFilter { unidentified: true, ..filter() };
    assert_eq!(office.filtered(&admin, unidentified).await, ["nobody"]);
    let unknown = ConversationFilter { client_id: uuid::Uuid::now_v7().to_string(), ..filter() };
    assert!(office.filtered(&admin, unknown).await.is_empty());
}

#[tokio::test]
async fn by_a_deadline_that_has_passed() {
    let office = Office::open().await;
    let admin = office.administrator("Админ").await;
    for name in ["late reply", "late end", "replied", "in time", "done", "none"] {
        office.writes(name, "Здравствуйте").await;
    }
    let set = async |name: &str, set: &str| {
        let sql = format!(
            "update inbox.request q set {set} from inbox.conversation c, inbox.contact_point p
             where c.request_id = q.request_id and p.contact_point_id = c.contact_point_id and p.address = '{name}'"
        );
        sqlx::query(sqlx::AssertSqlSafe(sql)).execute(&office.pool).await.unwrap();
    };
    set("late reply", "first_reply_due_at = now() - interval '1 min'").await;
    set("late end", "first_reply_due_at = now() - interval '1 h', first_reply_at = now(), resolution_due_at = now() - interval '1 min'").await;
    set("replied", "first_reply_due_at = now() - interval '1 min', first_reply_at = now()").await;
    set("in time", "first_reply_due_at = now() + interval '1 h'").await;
    set("done", "first_reply_due_at = now() - interval '1 min', state = 5").await;
    let overdue = ConversationFilter { overdue: true, ..filter() };
    assert_eq!(office.filtered(&admin, overdue).await, ["late end", "late reply"]);
}

#[tokio::test]
async fn by_what_was_not_sent() {
    let office = Office::open().await;
    let anna = office.operator("Анна", office.sales).await;
    for (name, statuses) in [
        ("failed", &[4, 7][..]),
        ("unknown", &[3]),
        ("failed, then sent", &[7, 4]),
        ("failed, then queued", &[7, 1]),
        ("failed, then taken back", &[7, 8]),
        ("sent", &[5]),
    ] {
        let dialog = office.taken(&anna, name).await;
        for (place, status) in statuses.iter().enumerate() {
            let text = format!("{name} {place}");
            office.send(&anna, &dialog, &text).await;
            office.status(&text, *status).await;
        }
        office.writes(name, "Алло?").await;
    }
    let not_sent = ConversationFilter { not_sent: true, ..filter() };
    assert_eq!(office.filtered(&anna, not_sent).await, ["failed", "failed, then taken back", "unknown"]);
}

#[tokio::test]
async fn what_was_not_sent_follows_what_is_taken_back_and_sent_again() {
    let office = Office::open().await;
    let anna = office.operator("Анна", office.sales).await;
    let dialog = office.taken(&anna, "customer").await;
    office.send(&anna, &dialog, "первое").await;
    office.status("первое", 7).await;
    let not_sent = async || {
        let filter = ConversationFilter { not_sent: true, ..filter() };
        office.filtered(&anna, filter).await.len()
    };
    assert_eq!(not_sent().await, 1);
    office.send(&anna, &dialog, "второе").await;
    assert_eq!(not_sent().await, 0, "another one is on its way");
    office.status("второе", 8).await;
    assert_eq!(not_sent().await, 1, "and was taken back");
    let again = "update inbox.message set sent_again_as = gen_random_uuid() where text = 'первое'";
    sqlx::query(again).execute(&office.pool).await.unwrap();
    assert_eq!(not_sent().await, 0, "sent again");
    let not_again = "update inbox.message set sent_again_as = null, deleted_at = now() where text = 'первое'";
    sqlx::query(not_again).execute(&office.pool).await.unwrap();
    assert_eq!(not_sent().await, 0, "deleted");
}

/// The flag by which the list is quick is never in its way.
#[tokio::test]
async fn who_is_let_go_is_unknown_at_once() {
    let office = Office::open().await;
    let (anna, admin) = (office.operator("Анна", office.sales).await, office.administrator("Админ").await);
    office.writes("customer", "Здравствуйте").await;
    let unknown = async || {
        let filter = ConversationFilter { unidentified: true, ..filter() };
        office.filtered(&admin, filter).await.len()
    };
    let flagged = "select count(*) from inbox.conversation where may_be_unidentified";
    let flags = async || sqlx::query_scalar::<_, i64>(flagged).fetch_one(&office.pool).await.unwrap();
    assert_eq!((unknown().await, flags().await), (1, 1));
    office.responsible(&anna, "customer").await;
    assert_eq!((unknown().await, flags().await), (0, 1), "somebody's, flag or no flag");
    flags::settle(&office.pool).await.unwrap();
    assert_eq!((unknown().await, flags().await), (0, 0));
    let let_go = "with gone as (delete from crm.contact_point_link returning contact_point_id)
                  insert into crm.released_contact_point (contact_point_id) select contact_point_id from gone";
    sqlx::query(let_go).execute(&office.pool).await.unwrap();
    assert_eq!((unknown().await, flags().await), (1, 0));
    flags::follow(&office.pool).await.unwrap();
    assert_eq!((unknown().await, flags().await), (1, 1));
}

/// What is unread by somebody who has read much is kept, through everything that changes it.
#[tokio::test]
async fn the_unread_of_who_reads_much_are_kept() {
    let office = Office::open().await;
    let admin = office.administrator("Админ").await;
    let id = admin.employee().unwrap().0;
    let role = "update crm.employee set roles = '{administrator}' where employee_id = $1";
    sqlx::query(role).bind(id).execute(&office.pool).await.unwrap();
    let read = async |dialog: &Dialog, unread: bool| {
        let mark = MarkConversationReadRequest { conversation_id: dialog.id.clone(), seq: 1, unread };
        office.conversations.mark_conversation_read(admin.request(mark)).await.unwrap();
    };
    let (first, second) = (office.writes("first", "Раз").await, office.writes("second", "Раз").await);
    office.writes("third", "Раз").await;
    read(&first, false).await;
    flags::choose_readers(&office.pool, 1).await.unwrap();
    office.writes("after the choice", "Раз").await;
    let a_minute_ago = "update inbox.unread_kept set since = now() - interval '1 minute'";
    sqlx::query(a_minute_ago).execute(&office.pool).await.unwrap();
    flags::follow(&office.pool).await.unwrap();
    assert!(flags::unread_is_kept(&office.pool, admin.employee().unwrap()).await.unwrap());
    let unread = async || office.filtered(&admin, ConversationFilter { unread: true, ..filter() }).await;
    let kept = async || {
        let sql = "select count(*) from inbox.unread where employee_id = $1";
        sqlx::query_scalar::<_, i64>(sql).bind(id).fetch_one(&office.pool).await.unwrap()
    };
    assert_eq!((unread().await, kept().await), (vec!["after the choice".into(), "second".into(), "third".into()], 3));
    read(&second, false).await;
    assert_eq!((unread().await, kept().await), (vec!["after the choice".to_owned(), "third".into()], 2));
    office.writes("first", "Два").await;
    assert_eq!((unread().await, kept().await), (vec!["after the choice".into(), "first".into(), "third".into()], 3));
    read(&second, true).await;
    assert_eq!((unread().await.len(), kept().await), (4, 4), "marked unread again");
    flags::choose_readers(&office.pool, 100).await.unwrap();
    assert_eq!((unread().await.len(), kept().await), (4, 0), "not kept any more, and found all the same");
}

#[tokio::test]
async fn snoozed_are_the_readers_own_postponed_requests() {
    let office = Office::open().await;
    let (anna, boris) = (office.operator("Анна", office.sales).await, office.operator("Борис", office.sales).await);
    let until = Some(rpc::timestamp(chrono::Utc::now() + chrono::TimeDelta::hours(1)));
    for (who, name) in [(&anna, "anna"), (&boris, "boris")] {
        let dialog = office.taken(who, name).await;
        let request = PostponeRequestRequest { request_id: dialog.request.clone(), until };
        office.requests.postpone_request(who.request(request)).await.unwrap();
    }
    office.taken(&anna, "awake").await;
    let view = ListConversationsRequest { view: ConversationView::Snoozed.into(), ..Default::default() };
    assert_eq!(office.listed(&anna, view.clone()).await, ["anna"]);
    let head = office.head("Глава", office.sales).await;
    assert!(office.listed(&head, view.clone()).await.is_empty());
    office.writes("anna", "Я тут").await;
    assert!(office.listed(&anna, view).await.is_empty(), "what the person woke is not put off any more");
}

#[tokio::test]
async fn a_bad_filter_is_told_by_its_field() {
    let office = Office::open().await;
    let anna = office.operator("Анна", office.sales).await;
    let bad = ConversationFilter { account_ids: vec!["7".into()], ..filter() };
    let request = ListConversationsRequest { filter: Some(bad), ..Default::default() };
    let refused = office.conversations.list_conversations(anna.request(request)).await.unwrap_err();
    assert_eq!((refused.code(), reason(&refused)), (Code::InvalidArgument, ErrorReason::InvalidField));
    assert_eq!(rpc::metadata_of(&refused)["field"], "filter.account_ids");
}

#[tokio::test]
async fn a_page_token_belongs_to_its_filter() {
    let office = Office::open().await;
    let anna = office.operator("Анна", office.sales).await;
    office.writes("1", "Здравствуйте").await;
    office.writes("2", "Здравствуйте").await;
    let unread = || Some(ConversationFilter { unread: true, ..filter() });
    let first = ListConversationsRequest { page_size: 1, filter: unread(), ..Default::default() };
    let page = office.conversations.list_conversations(anna.request(first)).await.unwrap().into_inner();
    let second = ListConversationsRequest { page_token: page.next_page_token, ..Default::default() };
    assert!(office.conversations.list_conversations(anna.request(second.clone())).await.is_err());
    assert_eq!(office.listed(&anna, ListConversationsRequest { filter: unread(), ..second }).await, ["1"]);
}

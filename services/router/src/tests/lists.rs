//! Lists of people who see little and of people who see much: found in other ways, and the same.

use contracts::inbox::{ConversationView, ListConversationsRequest, conversation_service_server::ConversationService};
use rpc::Caller;

use super::office::{Office, says};

/// More than are looked at before all that is visible is gathered.
const MANY: usize = 2_300;

impl Office {
    /// Ids of all pages, in their order.
    async fn all_pages(&self, by: &Caller, view: ConversationView, query: &str) -> Vec<String> {
        let (mut ids, mut token) = (Vec::new(), String::new());
        loop {
            let request = ListConversationsRequest {
                view: view.into(),
                query: query.to_owned(),
                page_size: 100,
                page_token: token,
                ..ListConversationsRequest::default()
            };
            let page = self.conversations.list_conversations(by.request(request)).await.unwrap().into_inner();
            ids.extend(page.conversations.into_iter().map(|row| row.conversation_id));
            token = page.next_page_token;
            if token.is_empty() {
                return ids;
            }
        }
    }

    /// Copies the one conversation there is, each copy a second older than the one before.
    async fn many_more(&self) {
        let sql =
            "insert into inbox.conversation (conversation_id, account_id, contact_point_id, thread_key, last_text,
                       last_activity_at, department_id, request_open)
                   select gen_random_uuid(), c.account_id, c.contact_point_id, 'copy:' || n, 'строка ' || n,
                       c.last_activity_at - n * interval '1 second', c.department_id, n % 2 = 0
                   from inbox.conversation c, generate_series(1, $1) n";
        sqlx::query(sql).bind(i32::try_from(MANY).unwrap()).execute(&self.pool).await.unwrap();
    }

    async fn ids(&self, condition: &str) -> Vec<String> {
        let sql = format!(
            "select conversation_id::text from inbox.conversation where {condition} order by last_activity_at desc"
        );
        sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).fetch_all(&self.pool).await.unwrap()
    }
}

#[tokio::test]
async fn who_sees_much_and_who_sees_little_get_the_same_pages() {
    let office = Office::open().await;
    let [anna, boris] = [office.operator("Анна", office.sales).await, office.operator("Борис", office.sales).await];
    office.facts(vec![says("100", "Здравствуйте")]).await;
    office.many_more().await;
    assert_eq!(office.all_pages(&anna, ConversationView::All, "").await, office.ids("true").await);
    assert_eq!(office.all_pages(&anna, ConversationView::Unassigned, "").await, office.ids("request_open").await);

    // Nearly all is Boris' now: of what Anna sees the most is far down.
    let sql = "update inbox.conversation set assignee_employee_id = $1
               where thread_key like 'copy:%' and right(thread_key, 2) <> '07'";
    sqlx::query(sql)
        .bind(uuid::Uuid::parse_str(&super::office::id_of(&boris)).unwrap())
        .execute(&office.pool)
        .await
        .unwrap();
    let hers = office.ids("assignee_employee_id is null").await;
    assert_eq!(hers.len(), MANY / 100, "107 to 2207, and the first");
    assert_eq!(office.all_pages(&anna, ConversationView::All, "").await, hers);
    assert_eq!(office.all_pages(&boris, ConversationView::Mine, "").await.len(), MANY + 1 - hers.len());
    let found = office.all_pages(&anna, ConversationView::All, "строка 2207").await;
    assert_eq!(found, office.ids("last_text = 'строка 2207'").await);
}

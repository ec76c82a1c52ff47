//! What nobody names is removed from a real folder, and what is deleted at once.

use std::{path::PathBuf, time::Duration};

use chrono::{TimeDelta, Utc};
use contracts::{
    channel::{Attachment, AttachmentState, Content, Inbound, Message, inbound::Body},
    inbox::{Draft, SaveDraftRequest, SendMessageRequest, conversation_service_server::ConversationService},
};
use model::{FileId, MessageId};
use rpc::Caller;
use store::{Schema, timer};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tonic::Code;

use super::office::{Dialog, Office, says};
use crate::{
    Wakes,
    files::{Objects, sweep},
    timers::Timers,
};

/// A folder of this test's own.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        Self(std::env::temp_dir().join(format!("okno-sweep-{}", FileId::new())))
    }

    fn objects(&self) -> Objects {
        Objects::open(self.0.to_str().unwrap()).unwrap()
    }

    fn put(&self, key: &str) {
        let path = self.0.join(key);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, "bytes").unwrap();
    }

    fn age(&self, key: &str, by: TimeDelta) {
        let file = std::fs::File::options().append(true).open(self.0.join(key)).unwrap();
        file.set_modified((Utc::now() - by).into()).unwrap();
    }

    fn has(&self, key: &str) -> bool {
        self.0.join(key).exists()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

impl Office {
    /// An upload of `by` whose bytes lie in the folder.
    async fn stored_upload(&self, folder: &Folder, by: &Caller) -> String {
        let id = self.uploaded(by, "счёт.pdf", "application/pdf", 5).await.to_string();
        folder.put(&format!("up/{id}"));
        id
    }

    async fn send_file(&self, by: &Caller, dialog: &Dialog, file: &str) -> Result<MessageId, tonic::Status> {
        let id = MessageId::new();
        let request = SendMessageRequest {
            message_id: id.to_string(),
            conversation_id: dialog.id.clone(),
            file_ids: vec![file.to_owned()],
            // Some other day: it waits, and names its file meanwhile.
            not_before: Some(rpc::timestamp(Utc::now() + TimeDelta::days(30))),
            ..SendMessageRequest::default()
        };
        self.conversations.send_message(by.request(request)).await.map(|_| id)
    }

    async fn make_uploads_older(&self, by: TimeDelta) {
        let sql = "update inbox.file set created_at = created_at - $1::float8 * interval '1 second'";
        sqlx::query(sql).bind(by.as_seconds_f64()).execute(&self.pool).await.unwrap();
    }
}

#[tokio::test]
async fn uploads_that_neither_a_message_nor_a_draft_names_are_removed_after_a_week() {
    let (office, folder) = (Office::open().await, Folder::new());
    let anna = office.operator("Анна", office.sales).await;
    let dialog = office.taken(&anna, "customer").await;
    let [sent, drafted, unnamed] = [
        office.stored_upload(&folder, &anna).await,
        office.stored_upload(&folder, &anna).await,
        office.stored_upload(&folder, &anna).await,
    ];
    office.send_file(&anna, &dialog, &sent).await.unwrap();
    let draft = Draft {
        conversation_id: dialog.id.clone(),
        file_ids: vec![drafted.clone()],
        text: "начал".into(),
        ..Draft::default()
    };
    office.conversations.save_draft(anna.request(SaveDraftRequest { draft: Some(draft) })).await.unwrap();
    let objects = folder.objects();
    office.make_uploads_older(sweep::UPLOADS - TimeDelta::minutes(5)).await;
    assert_eq!(sweep::uploads(&office.pool, &objects).await.unwrap(), 0, "not a week yet");
    office.make_uploads_older(TimeDelta::minutes(10)).await;
    assert_eq!(sweep::uploads(&office.pool, &objects).await.unwrap(), 1);
    let there = [&sent, &drafted, &unnamed].map(|id| folder.has(&format!("up/{id}")));
    assert_eq!(there, [true, true, false]);
    assert_eq!(office.file(&anna, &unnamed).await.unwrap_err().code(), Code::NotFound);
    assert_eq!(office.send_file(&anna, &dialog, &unnamed).await.unwrap_err().code(), Code::NotFound);
    assert_eq!(sweep::uploads(&office.pool, &objects).await.unwrap(), 0);
    assert!(office.file(&anna, &drafted).await.is_ok() && office.file(&anna, &sent).await.is_ok());
    // A sweep that was killed after it had marked, or after the bytes were gone, is gone on with.
    sqlx::query("update inbox.file set dropped_at = now(), named = false where file_id = $1::uuid")
        .bind(&drafted)
        .execute(&office.pool)
        .await
        .unwrap();
    std::fs::remove_file(folder.0.join(format!("up/{drafted}"))).unwrap();
    assert_eq!(sweep::uploads(&office.pool, &objects).await.unwrap(), 1);
}

/// A visitor's message with a file, as the web chat stores it.
fn with_file(address: &str, object_key: &str) -> Inbound {
    let file = Attachment {
        object_key: object_key.to_owned(),
        state: AttachmentState::Stored.into(),
        name: "фото.png".into(),
        ..Attachment::default()
    };
    let content = Content { text: "вот".into(), attachments: vec![file], ..Content::default() };
    Inbound { body: Some(Body::Message(Message { content: Some(content) })), ..says(address, "вот") }
}

#[tokio::test]
async fn what_a_visitor_uploaded_and_never_sent_is_removed_from_the_folder() {
    let (office, folder) = (Office::open().await, Folder::new());
    let key = |name: &str| format!("in/{}/{name}", office.account);
    let (named, unnamed, young) = (key("named"), key("unnamed"), key("young"));
    let (lost_up, letter) = (format!("up/{}", FileId::new()), key("raw-letter.bin"));
    let original = key("letters/1.eml");
    for key in [&named, &unnamed, &young, &lost_up, &letter, &original] {
        folder.put(key);
        folder.age(key, sweep::STRAYS + TimeDelta::minutes(1));
    }
    folder.age(&young, TimeDelta::days(1));
    office.facts(vec![with_file("customer", &named)]).await;
    let dead = "insert into inbox.dead_letter
                    (dead_letter_id, account_id, channel, key, reason, kind, raw, object_key, original_object_key)
                values (gen_random_uuid(), $1, 'test', 'k', 'large', 'raw', '', $2, $3)";
    sqlx::query(dead).bind(office.account.0).bind(&letter).bind(&original).execute(&office.pool).await.unwrap();
    let removed = sweep::strays(&office.pool, &folder.objects(), Utc::now() - sweep::STRAYS).await.unwrap();
    assert_eq!(removed, 2);
    let there = [&named, &unnamed, &young, &lost_up, &letter, &original].map(|key| folder.has(key));
    assert_eq!(there, [true, false, true, false, true, true]);
}

#[tokio::test]
async fn the_file_of_a_deleted_message_is_gone_at_once_unless_another_message_shows_it() {
    let (office, folder) = (Office::open().await, Folder::new());
    let key = |name: &str| format!("in/{}/{name}", office.account);
    let (only, shared) = (key("only"), key("shared"));
    folder.put(&only);
    folder.put(&shared);
    for (address, key) in [("first", &only), ("second", &shared), ("third", &shared)] {
        office.facts(vec![with_file(address, key)]).await;
    }
    let (directory, objects) = (office.directory.clone(), folder.objects());
    let handler = Timers { directory, wakes: Wakes::default(), objects, leaving: None };
    let stop = CancellationToken::new();
    let tasks = TaskTracker::new();
    tasks.spawn(timer::run(office.pool.clone(), Schema::Inbox, handler, stop.clone()));
    let delete = async |address: &str| {
        let dialog = office.dialog(address).await;
        let sql = "update inbox.message set deleted_at = now() where conversation_id = $1::uuid and direction = 1";
        sqlx::query(sql).bind(dialog.id).execute(&office.pool).await.unwrap();
        testkit::eventually("the timer to be done", Duration::from_secs(20), async || {
            let left = "select count(*) from inbox.timer where kind = 'files_of_deleted'";
            (sqlx::query_scalar::<_, i64>(left).fetch_one(&office.pool).await.unwrap() == 0).then_some(())
        })
        .await;
    };
    delete("first").await;
    assert!(!folder.has(&only));
    delete("second").await;
    assert!(folder.has(&shared), "the third message shows it");
    delete("third").await;
    assert!(!folder.has(&shared));
    stop.cancel();
    tasks.close();
    tasks.wait().await;
}

//! What is kept of a person is packed piece by piece, goes on after a crash, and holds nothing of others.

use std::io::{Cursor, Read as _};

use contracts::channel::{
    Attachment, AttachmentKind, AttachmentState, Content, Inbound, Letter, MailAddress, Message, inbound::Body,
};
use object_store::{ObjectStoreExt as _, path::Path as Key};
use uuid::Uuid;
use zip::ZipArchive;

use super::office::{Office, says};
use crate::{
    exports::{self, Exporter},
    files::Objects,
};

/// More than one piece holds.
const LARGE: usize = 9 << 20;

struct Order {
    office: Office,
    exporter: Exporter,
    id: Uuid,
    folder: tempfile::TempDir,
}

fn with_file(account: impl std::fmt::Display, address: &str) -> Inbound {
    let attachment = Attachment {
        kind: AttachmentKind::Document.into(),
        name: "скан: паспорт?.pdf".to_owned(),
        mime_type: "application/pdf".to_owned(),
        size_bytes: i64::try_from(LARGE).unwrap(),
        object_key: format!("in/{account}/scan"),
        state: AttachmentState::Stored.into(),
        ..Attachment::default()
    };
    let content = Content { text: "Вот скан".to_owned(), attachments: vec![attachment], ..Content::default() };
    Inbound { body: Some(Body::Message(Message { content: Some(content) })), ..says(address, "") }
}

fn letter(address: &str, from: &str, text: &str) -> Inbound {
    let mail = |address: &str| MailAddress { address: address.to_owned(), ..MailAddress::default() };
    let letter = Letter {
        subject: format!("Тема {text}"),
        from: Some(mail(from)),
        to: vec![mail("shop@mail.example"), mail("stranger@mail.example")],
        ..Letter::default()
    };
    let content = Content { text: text.to_owned(), letter: Some(Box::new(letter)), ..Content::default() };
    Inbound { body: Some(Body::Message(Message { content: Some(content) })), ..says(address, "") }
}

impl Order {
    /// Somebody who wrote words, a large file and a letter, in whose thread another one wrote, too; and a neighbour.
    async fn stand() -> Self {
        let office = Office::open().await;
        let anna = office.operator("Анна", office.sales).await;
        let dialog = office.taken(&anna, "buyer").await;
        office.sent(&anna, &dialog, "Чем помочь?", "k1").await;
        office.facts(vec![with_file(office.account, "buyer")]).await;
        office.facts(vec![letter("buyer", "Buyer@mail.example", "Моё письмо")]).await;
        office.facts(vec![letter("buyer", "stranger@mail.example", "Чужое письмо")]).await;
        office.writes("neighbour", "Слова соседа").await;
        let folder = tempfile::tempdir().unwrap();
        let objects = Objects::open(folder.path().to_str().unwrap()).unwrap();
        let bytes = vec![7_u8; LARGE];
        objects.0.put(&Key::from(format!("in/{}/scan", office.account)), bytes.into()).await.unwrap();
        let (id, client) = (Uuid::now_v7(), Uuid::now_v7());
        for sql in [
            format!(
                "insert into crm.client (client_id, name, search_name, kind, request_sha256) values ('{client}', 'К', 'к', 1, '')"
            ),
            format!(
                "insert into crm.address (client_id, kind, normalized, value) values ('{client}', 2, 'buyer@mail.example', 'b')"
            ),
            format!(
                "insert into crm.personal_export (export_id, state, client_id, gathered, seen, contact_point_ids)
                 select '{id}', 1, '{client}', true, '{{}}', array[contact_point_id] from inbox.contact_point
                 where address = 'buyer'"
            ),
            format!(
                "insert into crm.personal_export_part (export_id, ordinal, name, kind, records, body)
                 values ('{id}', 1, 'card/client.json', 'client', 1, convert_to('[\"Иван\"]', 'UTF8'))"
            ),
        ] {
            sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&office.pool).await.unwrap();
        }
        let exporter = Exporter { pool: office.pool.clone(), objects };
        Self { office, exporter, id, folder }
    }

    /// As after whoever packed was ended and its claim is over.
    async fn let_go(&self) {
        let sql = "update inbox.personal_export set claimed_until = now() - interval '1 s'";
        sqlx::query(sql).execute(&self.office.pool).await.unwrap();
    }

    async fn zip(&self) -> ZipArchive<Cursor<Vec<u8>>> {
        let sql = "select piece_id from inbox.personal_export_piece where export_id = $1 order by ordinal";
        let pieces: Vec<Uuid> = sqlx::query_scalar(sql).bind(self.id).fetch_all(&self.office.pool).await.unwrap();
        assert!(pieces.len() > 3, "several pieces");
        let mut whole = Vec::new();
        for piece in pieces {
            let key = Key::from(objects::export_piece(self.id, piece));
            whole.extend(self.exporter.objects.0.get(&key).await.unwrap().bytes().await.unwrap());
        }
        ZipArchive::new(Cursor::new(whole)).unwrap()
    }

    fn stored(&self) -> usize {
        let folder = self.folder.path().join("exports").join(self.id.to_string());
        std::fs::read_dir(folder).map_or(0, Iterator::count)
    }
}

fn read(zip: &mut ZipArchive<Cursor<Vec<u8>>>, name: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    zip.by_name(name).unwrap_or_else(|_| panic!("{name}")).read_to_end(&mut bytes).unwrap();
    bytes
}

#[tokio::test]
async fn an_export_goes_on_after_a_crash_and_holds_one_person_alone() {
    let order = Order::stand().await;
    let mut first = exports::claim(&order.exporter.pool, &[]).await.unwrap().unwrap();
    assert!(exports::claim(&order.exporter.pool, &[]).await.unwrap().is_none(), "one packs it");
    assert!(exports::piece(&order.exporter, &mut first).await.unwrap());
    order.let_go().await;
    let mut second = exports::claim(&order.exporter.pool, &[]).await.unwrap().unwrap();
    assert!(!exports::piece(&order.exporter, &mut first).await.unwrap(), "whoever comes back late leaves no piece");
    assert_eq!(order.stored(), 1);
    while exports::piece(&order.exporter, &mut second).await.unwrap() {}

    let mut zip = order.zip().await;
    assert_eq!(read(&mut zip, "card/client.json"), "[\"Иван\"]".as_bytes());
    let names: Vec<String> =
        (0..zip.len()).map(|index| zip.by_index(index).unwrap().name().unwrap().into_owned()).collect();
    let scan = names.into_iter().find(|name| name.ends_with("-1 скан_ паспорт_.pdf")).unwrap();
    assert!(scan.starts_with("dialogs/0001 test/files/"), "{scan}");
    assert_eq!(read(&mut zip, &scan), vec![7_u8; LARGE]);
    let messages = String::from_utf8(read(&mut zip, "dialogs/0001 test/messages-1.json")).unwrap();
    for words in ["Здравствуйте", "Чем помочь?", "Вот скан", "Моё письмо", "Тема Моё", "another person in the thread"]
    {
        assert!(messages.contains(words), "{words} in {messages}");
    }
    for words in ["Чужое", "stranger", "Слова соседа"] {
        assert!(!messages.contains(words), "{words} in {messages}");
    }
    let people = String::from_utf8(read(&mut zip, "accounts in channels.json")).unwrap();
    assert!(people.contains("Покупатель buyer") && !people.contains("neighbour"), "{people}");
    let packed: serde_json::Value = sqlx::query_scalar("select packed from inbox_read.personal_export where done")
        .fetch_one(&order.office.pool)
        .await
        .unwrap();
    let wanted = serde_json::json!({
        "client": 1, "contact_point": 1, "conversation": 1, "request": 1, "message": 4, "left_out": 1, "file": 1,
    });
    assert_eq!(packed, wanted);
}

#[tokio::test]
async fn a_file_that_is_gone_is_told_of_and_what_nobody_orders_is_removed() {
    let order = Order::stand().await;
    let scan = order.folder.path().join("in").join(order.office.account.to_string()).join("scan");
    std::fs::remove_file(scan).unwrap();
    let mut claimed = exports::claim(&order.exporter.pool, &[]).await.unwrap().unwrap();
    while exports::piece(&order.exporter, &mut claimed).await.unwrap() {}
    let missing = "select (packed ->> 'file_missing')::bigint from inbox.personal_export";
    assert_eq!(order.office.count(missing).await, 1);
    exports::remove(&order.exporter, true).await.unwrap();
    assert!(order.stored() > 0, "it is ordered");
    sqlx::query("update crm.personal_export set state = 3").execute(&order.office.pool).await.unwrap();
    exports::remove(&order.exporter, false).await.unwrap();
    assert_eq!((order.stored(), order.office.count("select count(*) from inbox.personal_export").await), (0, 0));

    // What a restored database knows nothing of.
    let stray = order.folder.path().join("exports").join(order.id.to_string());
    std::fs::create_dir_all(&stray).unwrap();
    std::fs::write(stray.join(Uuid::now_v7().to_string()), "bytes").unwrap();
    exports::remove(&order.exporter, true).await.unwrap();
    assert_eq!(order.stored(), 0);
}

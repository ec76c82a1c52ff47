//! The blast radius of an erasure: nothing of the person is left in any table, in the object store or on the bus, and nothing of
//! anybody else is touched.

use std::{fs, path::Path};

use contracts::{
    crm::{
        AddressKind, Client, ClientAddress, ClientKind, CreateClientRequest, CreateLeadRequest, Erasure, ErasureState,
        GetErasureRequest, Lead, PreviewErasureRequest, RequestErasureRequest,
    },
    inbox::{AddNoteRequest, Draft, MessageStatus, SaveDraftRequest},
};
use serde_json::json;
use sqlx::AssertSqlSafe;
use testkit::{
    eventually,
    telegram::{Customer, CustomerMessage, png},
};
use uuid::Uuid;

use crate::{
    stage::Stage,
    world::{SOON, World},
};

/// Chats are numbers so long that no hash holds one by chance.
const CHATS: i64 = 500_000_000_000;

/// A person whose every trace has the mark in it, or the number of the chat.
pub struct Person {
    mark: &'static str,
    chat: i64,
    writes: Customer,
    conversation: String,
    pub client: String,
    point: String,
    pub picture: Vec<u8>,
}

impl Stage {
    /// Somebody who writes words and a picture, is answered, noted down, and has a card and a lead.
    pub async fn person(&self, mark: &'static str, number: i64) -> Person {
        let chat = CHATS + number;
        let writes = self.connected.bot.customer(chat, &format!("Покупатель {number}"));
        writes.text(&format!("Я {mark}, где мой заказ?"));
        let found = self.operator.conversation_with(&format!("Покупатель {number}")).await;
        let conversation = found.conversation_id;
        self.operator.take(&found.request.expect("a request").request_id).await.expect("taken");
        let picture = png(40 + u32::try_from(number).expect("a small number"), 30);
        writes.send(CustomerMessage::photo(picture.clone()).caption(&format!("снимок {mark}")));
        self.operator.message_with(&conversation, &format!("снимок {mark}")).await;
        self.operator.stored_files(&conversation, 1).await;
        let reply = self.operator.send(&conversation, &format!("Здравствуйте, {mark}!")).await;
        self.operator.wait_for_status(&reply, MessageStatus::Sent).await;
        let note = AddNoteRequest {
            message_id: Uuid::now_v7().to_string(),
            conversation_id: conversation.clone(),
            text: format!("{mark} спорит"),
            ..AddNoteRequest::default()
        };
        self.operator.conversations().add_note(note).await.expect("a note");
        let draft = Draft { conversation_id: conversation.clone(), text: format!("{mark}, "), ..Draft::default() };
        let draft = SaveDraftRequest { draft: Some(draft) };
        self.operator.conversations().save_draft(draft).await.expect("a draft");
        let point = self
            .operator
            .conversation(&conversation)
            .await
            .expect("a dialog")
            .person
            .expect("a person")
            .contact_point_id;
        let lead = CreateLeadRequest {
            request_id: Uuid::now_v7().to_string(),
            lead: Some(Lead { name: format!("{mark} из чата"), ..Lead::default() }),
            contact_point_id: point.clone(),
        };
        self.operator.leads().create_lead(lead).await.expect("a lead");
        let address = ClientAddress {
            kind: AddressKind::Email.into(),
            value: format!("buyer{number}@mail.example"),
            ..ClientAddress::default()
        };
        let client = CreateClientRequest {
            request_id: Uuid::now_v7().to_string(),
            client: Some(Client {
                name: format!("Пётр {mark}"),
                kind: ClientKind::Person.into(),
                comment: format!("{mark} любит чай"),
                addresses: vec![address],
                ..Client::default()
            }),
            contact_point_id: point.clone(),
            ..CreateClientRequest::default()
        };
        let client = self.operator.clients().create_client(client).await.expect("a client").into_inner();
        let client = client.client.expect("a client").client_id;
        Person { mark, chat, writes, conversation, client, point, picture }
    }

    pub async fn erase(&self, person: &Person) -> Erasure {
        let mut service = self.admin.personal_data();
        let preview = PreviewErasureRequest { client_id: person.client.clone() };
        let preview = service.preview_erasure(preview).await.expect("a preview").into_inner();
        let count = |kind: &str| preview.counts.iter().find(|count| count.kind == kind).map_or(0, |count| count.count);
        assert!(count("message") >= 4 && count("file") == 1 && count("conversation") == 1, "{:?}", preview.counts);
        let request = RequestErasureRequest {
            request_id: Uuid::now_v7().to_string(),
            client_id: person.client.clone(),
            records_seen: preview.records,
        };
        let asked = service.request_erasure(request).await.expect("asked").into_inner().erasure.expect("an erasure");
        eventually("the person is erased", SOON, async || self.erasure(&asked.erasure_id).await).await
    }

    /// One that is done; what cannot be read now is not.
    async fn erasure(&self, id: &str) -> Option<Erasure> {
        let request = GetErasureRequest { erasure_id: id.to_owned() };
        let found = self.admin.personal_data().get_erasure(request).await.ok()?.into_inner().erasure?;
        (found.state() == ErasureState::Done).then_some(found)
    }
}

/// Rows of all tables that hold one of the words, as text or as bytes; without what changes by itself.
async fn rows(world: &World, words: &[String]) -> Vec<String> {
    let sql = "select table_schema || '.' || table_name from information_schema.tables
               where table_schema in ('crm', 'inbox') and table_type = 'BASE TABLE' and table_name !~ '^(event|outbox|audit)'
                   and table_name !~ '^received_' order by 1";
    let mut tables: Vec<String> = sqlx::query_scalar(sql).fetch_all(&world.pool).await.expect("tables");
    tables.extend(["crm.audit".to_owned(), "inbox.audit".to_owned()]);
    let bytes = words.iter().map(|word| format!("%{}%", hex::encode(word)));
    let patterns: Vec<String> = words.iter().map(|word| format!("%{word}%")).chain(bytes).collect();
    let mut found = Vec::new();
    for table in tables {
        let sql = format!(
            "select '{table} ' || row from (
                 select (to_jsonb(t) - array['place', 'seal', 'may_be_unidentified'])::text as row from {table} t) r
             where row like any ($1)"
        );
        let rows = sqlx::query_scalar::<_, String>(AssertSqlSafe(sql)).bind(&patterns).fetch_all(&world.pool).await;
        found.extend(rows.expect("rows"));
    }
    found.sort();
    found
}

/// Without timers, which fire meanwhile, and words of messages, which are found out meanwhile.
fn still(rows: Vec<String>) -> Vec<String> {
    rows.into_iter()
        .filter(|row| !["inbox.timer", "crm.timer", "inbox.message_search"].iter().any(|table| row.starts_with(table)))
        .collect()
}

/// Facts and orders on the bus that hold one of the words, as subject and sequence.
async fn on_the_bus(world: &World, words: &[String]) -> Vec<String> {
    let client = async_nats::connect(world.nats.url()).await.expect("nats-server");
    let jetstream = async_nats::jetstream::new(client);
    let mut found = Vec::new();
    for name in ["IN_0", "OUT_telegram", "EVENTS"] {
        let mut stream = jetstream.get_stream(name).await.expect(name);
        let last = stream.info().await.expect("a stream").state.last_sequence;
        for sequence in 1..=last {
            let Ok(message) = stream.get_raw_message(sequence).await else { continue };
            let text = String::from_utf8_lossy(&message.payload);
            if words.iter().any(|word| text.contains(word.as_str())) {
                found.push(format!("{} {sequence}", message.subject));
            }
        }
    }
    found
}

/// Whether a file of the object store holds these bytes.
fn stored(folder: &Path, bytes: &[u8]) -> bool {
    let Ok(entries) = fs::read_dir(folder) else { return false };
    entries.flatten().any(|entry| {
        let path = entry.path();
        if path.is_dir() { stored(&path, bytes) } else { fs::read(path).is_ok_and(|there| there == bytes) }
    })
}

/// What tells of a person, wherever it stands.
fn words(person: &Person) -> Vec<String> {
    vec![person.mark.to_owned(), person.mark.to_lowercase(), format!("Покупатель {}", person.chat - CHATS)]
        .into_iter()
        .chain([person.chat.to_string(), format!("buyer{}@mail.example", person.chat - CHATS)])
        .collect()
}

// acceptance: XC-8
#[tokio::test]
async fn an_erasure_takes_one_person_and_nothing_else() {
    let stage = Stage::set().await;
    let gone = stage.person("Щукаревич", 71).await;
    let stays = stage.person("Карасевич", 72).await;
    // What nobody could parse, of both.
    for (person, update) in [(&gone, 900_001), (&stays, 900_002)] {
        let odd = json!({ "from": { "id": person.chat }, "what": { "name": person.mark } });
        stage.update(update, "some_new_kind", odd).await;
    }
    eventually("both are dead letters", SOON, async || {
        (stage.world.count("select count(*) from inbox.dead_letter").await == 2).then_some(())
    })
    .await;
    stage.all_confirmed().await;
    let of_neighbour: Vec<String> = words(&stays)
        .into_iter()
        .chain([stays.conversation.clone(), stays.client.clone(), stays.point.clone()])
        .collect();
    let before = (still(rows(&stage.world, &of_neighbour).await), on_the_bus(&stage.world, &words(&stays)).await);
    assert!(before.0.len() > 15 && before.1.len() > 3, "{before:#?}");
    assert!(!on_the_bus(&stage.world, &words(&gone)).await.is_empty());
    assert!(stored(stage.world.objects.path(), &gone.picture));

    let done = stage.erase(&gone).await;
    let erased = |kind: &str| done.erased.iter().find(|count| count.kind == kind).map_or(0, |count| count.count);
    assert_eq!((erased("conversation"), erased("file"), erased("lead"), erased("dead_letter")), (1, 1, 1, 1));
    assert!(erased("message") >= 4 && erased("fact") > 2 && erased("audit") > 2, "{:?}", done.erased);

    assert_eq!(rows(&stage.world, &words(&gone)).await, [""; 0], "in the tables");
    assert_eq!(on_the_bus(&stage.world, &words(&gone)).await, [""; 0], "on the bus");
    assert!(!stored(stage.world.objects.path(), &gone.picture), "in the object store");
    let after = (still(rows(&stage.world, &of_neighbour).await), on_the_bus(&stage.world, &words(&stays)).await);
    assert_eq!(after, before, "the neighbour");
    assert!(stored(stage.world.objects.path(), &stays.picture));
    for schema in [store::Schema::Crm, store::Schema::Inbox] {
        store::audit::verify(&stage.world.pool, schema).await.expect("the audit holds");
    }

    // Whoever writes again is a stranger, and a neighbour goes on as before.
    gone.writes.text("Это снова я");
    let again = stage.operator.conversation_with("Покупатель 71").await;
    assert_ne!(again.conversation_id, gone.conversation);
    assert!(again.person.unwrap().client_id.is_empty());
    stays.writes.text("А я здесь");
    stage.operator.message_with(&stays.conversation, "А я здесь").await;
}

// acceptance: XC-8
#[tokio::test]
async fn a_backup_from_before_an_erasure_does_not_bring_the_person_back() {
    let mut stage = Stage::set_in(World::start_apart_on_own_postgres().await).await;
    let gone = stage.person("Щукаревич", 73).await;
    let stays = stage.person("Карасевич", 74).await;
    stage.all_confirmed().await;
    let snapshot = tempfile::tempdir().expect("a folder");
    let snapshot = snapshot.path().join("data");
    stage.world.postgres().snapshot_data(&snapshot).await.expect("a copy");
    stage.operator.inbox_answers().await;
    let done = stage.erase(&gone).await;
    stage.world.postgres().restore_data(&snapshot).await.expect("restored");
    stage.operator.inbox_answers().await;
    let again =
        eventually("the person is erased once more", SOON * 4, async || stage.erasure(&done.erasure_id).await).await;
    assert!(again.replayed);
    assert_eq!((again.records, &again.asked_by_employee_id), (done.records, &done.asked_by_employee_id));
    assert_eq!(rows(&stage.world, &words(&gone)).await, [""; 0], "in the tables");
    assert_eq!(on_the_bus(&stage.world, &words(&gone)).await, [""; 0], "on the bus");
    assert!(!rows(&stage.world, &words(&stays)).await.is_empty());
    assert!(stored(stage.world.objects.path(), &stays.picture));
}

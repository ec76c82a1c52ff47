//! Who it is: phone, user id and user name of one person, and what changes of them.

use std::collections::HashSet;

use contracts::{
    channel::AliasKind,
    inbox::{Conversation, ConversationView, MessageStatus},
};
use testkit::{eventually, whatsapp::Shape};

use super::Scene;
use crate::{deeds::reply, world::SOON};

impl Scene {
    /// The only conversation there is, when all of this has been said in it.
    async fn only_conversation(&self, texts: &[&str]) -> Conversation {
        let wanted: HashSet<_> = texts.iter().map(|text| (*text).to_owned()).collect();
        let id = eventually(&format!("one conversation with {texts:?}"), SOON, async || {
            let mut all = self.operator.list(ConversationView::All).await;
            let only = all.pop().filter(|_| all.is_empty())?.conversation_id;
            // In which order is not asked: what was said in one second has one time.
            let said = self.operator.texts(&only).await;
            (said.len() == texts.len() && said.into_iter().collect::<HashSet<_>>() == wanted).then_some(only)
        })
        .await;
        // The list was read before the texts.
        self.operator.conversation(&id).await.expect("in sight")
    }

    async fn answer(&self, conversation: &Conversation, text: &str) {
        let sent = self.send(reply(&conversation.conversation_id, text)).await;
        self.operator.wait_for_status(&sent, MessageStatus::Delivered).await;
    }
}

fn aliases(conversation: &Conversation, kind: AliasKind) -> Vec<String> {
    let person = conversation.person.as_ref().expect("a person");
    person.aliases.iter().filter(|alias| alias.kind() == kind).map(|alias| alias.value.clone()).collect()
}

#[tokio::test]
async fn whoever_hides_their_phone_or_changes_it_stays_the_same_person() {
    let scene = Scene::set().await;
    let anna = scene.number.user(Shape::full("79990000001", "RU.1", "anna", "Анна"));
    anna.text("с телефоном");
    let first = scene.operator.take_only().await;

    anna.become_known_as(Shape::hidden("RU.1", "anna_b", "Анна"));
    anna.text("без телефона");
    let hidden = scene.only_conversation(&["с телефоном", "без телефона"]).await;
    assert_eq!(hidden.conversation_id, first.conversation_id);
    assert_eq!(aliases(&hidden, AliasKind::Username), ["anna_b"]);
    assert_eq!(aliases(&hidden, AliasKind::Phone), ["+79990000001"], "a phone once shown stays");
    scene.answer(&hidden, "слышим").await;
    assert_eq!(anna.received()[0].json["recipient"], "RU.1");

    anna.change_phone("79990000002", Some("RU.2"));
    anna.text("новый номер");
    let texts = ["с телефоном", "без телефона", "слышим", "новый номер"];
    let moved = scene.only_conversation(&texts).await;
    assert_eq!(moved.conversation_id, first.conversation_id);
    assert_eq!(aliases(&moved, AliasKind::Phone), ["+79990000002"]);
    let events = scene.operator.messages(&moved.conversation_id).await;
    let told = events.iter().filter_map(|one| one.content.as_ref()).any(|said| said.event_key == "user_changed_number");
    assert!(told, "the thread shows the change");
    scene.answer(&moved, "запомнили").await;
    assert_eq!(anna.received()[1].json["to"], "79990000002");
}

/// Nothing joins a phone and a user id until a message bears both.
#[tokio::test]
async fn a_phone_and_a_user_id_that_turn_out_to_be_one_person_become_one_conversation() {
    let scene = Scene::set().await;
    let anna = scene.number.user(Shape::phone("79990000001", "Анна"));
    anna.text("по телефону");
    let by_phone = scene.operator.take_only().await;
    anna.become_known_as(Shape::hidden("RU.1", "anna", "Анна"));
    anna.text("по имени");
    eventually("two conversations", SOON, async || {
        (scene.operator.list(ConversationView::All).await.len() == 2).then_some(())
    })
    .await;
    anna.become_known_as(Shape::full("79990000001", "RU.1", "anna", "Анна"));
    anna.text("это всё я");
    let one = scene.only_conversation(&["по телефону", "по имени", "это всё я"]).await;
    assert_eq!(one.conversation_id, by_phone.conversation_id, "the older stays");
    scene.answer(&one, "теперь ясно").await;
    assert_eq!(anna.received()[0].json["to"], "79990000001");
}

/// A user id means something in one WhatsApp Business account only.
#[tokio::test]
async fn equal_user_ids_of_two_businesses_are_two_people() {
    let scene = Scene::set().await;
    let other = scene.whatsapp.number();
    super::connect(&scene.world, &scene.admin, &scene.whatsapp, &other, &[]).await;
    eventually("Meta knows the address", SOON, async || other.callback()).await;
    scene.number.user(Shape::hidden("RU.1", "anna", "Анна")).text("Первой");
    other.user(Shape::hidden("RU.1", "boris", "Борис")).text("Второй");
    let anna = scene.operator.conversation_with("Анна").await.person.unwrap();
    let boris = scene.operator.conversation_with("Борис").await.person.unwrap();
    assert_ne!(anna.contact_point_id, boris.contact_point_id);
}

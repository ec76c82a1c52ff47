//! What somebody filled in before a chat or on a site: kept, shown, found.

use contracts::{
    channel::{Content, FormField, Inbound, Message, inbound::Body},
    inbox::{ListConversationsRequest, ListMessagesRequest, conversation_service_server::ConversationService},
    live::event::What,
};

use super::office::{Office, says};

fn field(name: &str, title: &str, value: &str) -> FormField {
    FormField { name: name.into(), title: title.into(), value: value.into() }
}

fn filled_in(address: &str, text: &str, form: &[FormField]) -> Inbound {
    let content = Some(Content { text: text.into(), form: form.to_vec(), ..Content::default() });
    Inbound { body: Some(Body::Message(Message { content })), ..says(address, "") }
}

#[tokio::test]
async fn a_form_survives_on_all_its_ways() {
    let office = Office::open().await;
    let anna = office.operator("Анна", office.sales).await;
    let form = [field("name", "Имя", "Вера"), field("phone", "", "+7 999 000-00-02"), field("topic", "Тема", "")];
    office.facts(vec![filled_in("1", "", &form)]).await;
    let dialog = office.dialog("1").await;
    let list = ListMessagesRequest { conversation_id: dialog.id.clone(), ..ListMessagesRequest::default() };
    let page = office.conversations.list_messages(anna.request(list)).await.unwrap().into_inner();
    assert_eq!(page.messages[0].content.as_ref().unwrap().form, form);
    let told = office.events().await.into_iter().find_map(|(what, _)| match what {
        What::ConversationChanged(changed) => Some(changed.message_ids),
        _ => None,
    });
    assert_eq!(told.unwrap(), [page.messages[0].message_id.clone()]);
    let row = office.row(&anna, &dialog).await.unwrap();
    assert_eq!(row.last_message.unwrap().text, "Имя: Вера, phone: +7 999 000-00-02", "titles, else names");
    let search = ListConversationsRequest { query: "вера".into(), ..ListConversationsRequest::default() };
    let found = office.conversations.list_conversations(anna.request(search)).await.unwrap().into_inner();
    assert_eq!(found.conversations.len(), 1);
}

#[tokio::test]
async fn a_text_beside_a_form_is_what_the_row_shows() {
    let office = Office::open().await;
    let anna = office.operator("Анна", office.sales).await;
    office.facts(vec![filled_in("1", "Где заказ?", &[field("name", "Имя", "Вера")])]).await;
    let dialog = office.dialog("1").await;
    assert_eq!(office.row(&anna, &dialog).await.unwrap().last_message.unwrap().text, "Где заказ?");
}

#[tokio::test]
async fn a_form_is_shown_again_when_what_came_after_it_is_taken_back() {
    let office = Office::open().await;
    let anna = office.operator("Анна", office.sales).await;
    office.facts(vec![filled_in("1", "", &[field("topic", "Тема", "Доставка")])]).await;
    let dialog = office.dialog("1").await;
    office.take(&anna, &dialog).await.unwrap();
    let id = office.send(&anna, &dialog, "Ой").await;
    let cancel = contracts::inbox::CancelMessageRequest { message_id: id.to_string() };
    office.conversations.cancel_message(anna.request(cancel)).await.unwrap();
    assert_eq!(office.row(&anna, &dialog).await.unwrap().last_message.unwrap().text, "Тема: Доставка");
}

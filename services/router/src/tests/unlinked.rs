//! Letters of known clients without a deal: whose they are, how they leave the list and come back.

use contracts::{
    channel::{Capabilities, Inbound},
    errors::ErrorReason,
    inbox::{
        ConversationView, CountConversationsRequest, ListConversationsRequest, SetAsideConversationRequest,
        conversation_service_server::ConversationService,
    },
};
use rpc::Caller;

use super::office::{Dialog, Office, channel, reason, says};

impl Office {
    async fn unlinked(&self, by: &Caller) -> Vec<String> {
        let list = ListConversationsRequest { view: ConversationView::Unlinked.into(), ..Default::default() };
        let rows = self.conversations.list_conversations(by.request(list)).await.unwrap().into_inner().conversations;
        let count = self.conversations.count_conversations(by.request(CountConversationsRequest {})).await.unwrap();
        assert_eq!(count.into_inner().unlinked as usize, rows.len(), "the counter is the list");
        assert!(rows.iter().all(|row| row.unlinked), "and rows say it too");
        rows.into_iter().map(|row| row.conversation_id).collect()
    }

    async fn set_aside(&self, by: &Caller, dialog: &Dialog, back: bool) -> Result<bool, tonic::Status> {
        let request = SetAsideConversationRequest { conversation_id: dialog.id.clone(), back, seq: 0 };
        let answer = self.conversations.set_aside_conversation(by.request(request)).await?.into_inner();
        Ok(answer.conversation.unwrap().unlinked)
    }
}

// acceptance: EM-17
#[tokio::test]
async fn a_letter_of_a_known_client_waits_for_the_responsible_until_set_aside() {
    let office = Office::open().await;
    office.channel_can(Capabilities { letters: true, ..channel() }).await;
    let (anna, boris) = (office.operator("Анна", office.sales).await, office.operator("Борис", office.service).await);
    let known = office.writes("known@example.com", "Где счёт?").await;
    office.writes("unknown@example.com", "Здравствуйте").await;
    assert!(office.unlinked(&boris).await.is_empty(), "nobody is known");
    office.responsible(&boris, "known@example.com").await;
    assert_eq!(office.unlinked(&boris).await, std::slice::from_ref(&known.id), "whoever has the request");
    assert!(office.unlinked(&anna).await.is_empty(), "the colleague is not responsible");

    let refused = office.set_aside(&anna, &known, false).await.unwrap_err();
    assert_eq!(reason(&refused), ErrorReason::Permission);
    let stranger = office.operator("Вера", office.service).await;
    let unseen = office.set_aside(&stranger, &known, false).await.unwrap_err();
    assert_eq!(reason(&unseen), ErrorReason::ConversationNotFound);
    office.events().await;
    assert!(!office.set_aside(&boris, &known, false).await.unwrap());
    assert!(office.unlinked(&boris).await.is_empty());
    assert_eq!(office.events().await.len(), 1, "open pages hear of it");
    assert!(office.set_aside(&boris, &known, true).await.unwrap(), "it was a slip");
    office.set_aside(&boris, &known, false).await.unwrap();
    office.writes("known@example.com", "И ещё вопрос").await;
    assert_eq!(office.unlinked(&boris).await, std::slice::from_ref(&known.id), "a new letter is a new question");
}

#[tokio::test]
async fn what_came_while_one_looked_away_is_not_set_aside() {
    let office = Office::open().await;
    office.channel_can(Capabilities { letters: true, ..channel() }).await;
    let boris = office.operator("Борис", office.service).await;
    let known = office.writes("known@example.com", "Где счёт?").await;
    office.responsible(&boris, "known@example.com").await;
    let seen = office.row(&boris, &known).await.unwrap().last_seq;
    office.writes("known@example.com", "И ещё вопрос").await;
    let request = SetAsideConversationRequest { conversation_id: known.id.clone(), back: false, seq: seen };
    office.conversations.set_aside_conversation(boris.request(request)).await.unwrap();
    assert_eq!(office.unlinked(&boris).await, [known.id]);
}

#[tokio::test]
async fn what_a_program_wrote_waits_for_nobody() {
    let office = Office::open().await;
    office.channel_can(Capabilities { letters: true, ..channel() }).await;
    let boris = office.operator("Борис", office.service).await;
    office.facts(vec![Inbound { automatic: true, ..says("known@example.com", "Меня нет в офисе") }]).await;
    office.responsible(&boris, "known@example.com").await;
    assert!(office.unlinked(&boris).await.is_empty());
}

#[tokio::test]
async fn letters_of_somebody_elses_mailbox_are_in_nobodys_list() {
    let mut office = Office::open().await;
    office.channel_can(Capabilities { letters: true, ..channel() }).await;
    let (anna, boris) = (office.operator("Анна", office.sales).await, office.operator("Борис", office.service).await);
    office.becomes_personal(&anna).await;
    let own = office.writes("known@example.com", "Только Анне").await;
    office.responsible(&boris, "known@example.com").await;
    assert!(office.unlinked(&boris).await.is_empty());
    let refused = office.set_aside(&boris, &own, false).await.unwrap_err();
    assert_eq!(reason(&refused), ErrorReason::ConversationNotFound);
}

#[tokio::test]
async fn dialogs_that_are_no_letters_are_never_unlinked() {
    let office = Office::open().await;
    let boris = office.operator("Борис", office.service).await;
    office.writes("known", "Здравствуйте").await;
    office.responsible(&boris, "known").await;
    assert!(office.unlinked(&boris).await.is_empty());
    office.channel_can(Capabilities { letters: true, ..channel() }).await;
    assert_eq!(office.unlinked(&boris).await.len(), 1);
}

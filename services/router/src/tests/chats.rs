//! `okno.ask.chats`: where the people of an account are answered.

use bus::Asker;
use contracts::channel::{AskChatsRequest, AskChatsResponse, Inbound, Peer};

use super::office::{Office, says};
use crate::questions::{QuestionError, chats};

impl Office {
    async fn chats(&self, channel: &str, limit: u32) -> Result<AskChatsResponse, QuestionError> {
        let question = AskChatsRequest { account_id: self.account.to_string(), limit };
        chats::answer(&self.pool, &Asker::Channel(channel.parse().unwrap()), question).await
    }
}

#[tokio::test]
async fn those_who_spoke_last_stand_first_each_where_they_are_answered() {
    let office = Office::open().await;
    let nobody = office.chats("test", 0).await.unwrap();
    assert_eq!((nobody.reply_addresses.len(), nobody.newest_at), (0, None));
    for address in ["a", "b", "c"] {
        let said = says(address, "Здравствуйте");
        let peer = Peer { reply_address: format!("chat-{address}"), ..said.peer.clone().unwrap() };
        office.facts(vec![Inbound { peer: Some(peer), ..said }]).await;
    }
    office.facts(vec![says("d", "Ау")]).await;
    office.facts(vec![says("a", "Ещё раз")]).await;
    let all = office.chats("test", 0).await.unwrap();
    assert_eq!(all.reply_addresses, ["chat-a", "d", "chat-c", "chat-b"]);
    assert!(all.newest_at.is_some());
    assert_eq!(office.chats("test", 2).await.unwrap().reply_addresses, ["chat-a", "d"]);
    assert!(matches!(office.chats("telegram", 0).await, Err(QuestionError::Refused(_))), "another channel's account");
}

//! Lists and searches as the page asks for them, through the edge.

use anyhow::{Context, Result};
use contracts::inbox::{ConversationView, ListConversationsRequest, ListMessagesRequest};
use tokio::time::Instant;

use crate::{
    load::{Latency, Quantiles},
    people::Person,
    scenario::Stage,
};

/// Whoever looks.
pub struct Looks {
    admin: Person,
    head: Person,
    operator: Person,
}

impl Looks {
    pub async fn new(stage: &Stage) -> Result<Self> {
        let edge = stage.house.edge();
        let (head, operator) = (Person::sign_in(&edge, "head").await?, Person::sign_in(&edge, "operator1").await?);
        Ok(Self { admin: stage.admin.clone(), head, operator })
    }

    /// Asks each question so many times, one after the other.
    pub async fn look(&self, times: usize) -> Result<Vec<(&'static str, Quantiles)>> {
        use ConversationView::{All, Unassigned};
        let cases = [
            ("administrator's list", &self.admin, All, ""),
            ("head's list", &self.head, All, ""),
            ("operator's list", &self.operator, All, ""),
            ("queue", &self.operator, Unassigned, ""),
            ("search by name", &self.admin, All, "Клиент 77"),
            ("search by name, operator", &self.operator, All, "Клиент 77"),
            ("search by word", &self.admin, All, "гарантия стекло"),
        ];
        let mut looked = Vec::new();
        for (name, who, view, query) in cases {
            let mut latency = Latency::default();
            for _ in 0..times {
                let began = Instant::now();
                list(who, view, query).await.with_context(|| name.to_owned())?;
                latency.record(began.elapsed());
            }
            looked.push((name, latency.quantiles()));
        }
        looked.push(("thread", self.threads(times).await?));
        Ok(looked)
    }

    async fn threads(&self, times: usize) -> Result<Quantiles> {
        let conversations = list(&self.admin, ConversationView::All, "").await?;
        let mut latency = Latency::default();
        for conversation_id in conversations.iter().cycle().take(times).cloned() {
            let request = ListMessagesRequest { conversation_id, ..ListMessagesRequest::default() };
            let began = Instant::now();
            self.admin.conversations().list_messages(request).await?;
            latency.record(began.elapsed());
        }
        Ok(latency.quantiles())
    }
}

/// The first page; gives the conversations' ids.
async fn list(who: &Person, view: ConversationView, query: &str) -> Result<Vec<String>> {
    let request =
        ListConversationsRequest { view: view.into(), query: query.to_owned(), ..ListConversationsRequest::default() };
    let listed = who.conversations().list_conversations(request).await?.into_inner();
    Ok(listed.conversations.into_iter().map(|conversation| conversation.conversation_id).collect())
}

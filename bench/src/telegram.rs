//! Telegram bots, and what Telegram posts when customers write to them.

use anyhow::Result;
use futures::{StreamExt, stream};
use serde_json::json;
use testkit::telegram::{FakeBot, FakeTelegram, TelegramOptions};

use crate::{
    accounts,
    house::House,
    load::{Hooks, Post},
    people::Person,
    words,
};

/// Customers have these ids and those above.
const FIRST_CUSTOMER: u64 = 100_000;
/// Deliveries on the way at once while customers are made known.
const AT_ONCE: usize = 256;

/// Connected bots with the webhooks that they have set.
pub struct Bots {
    pub fake: FakeTelegram,
    pub all: Vec<Bot>,
    hooks: Hooks,
}

/// One connected bot.
pub struct Bot {
    pub fake: FakeBot,
    path: String,
    head: String,
}

impl Bots {
    /// Connects so many bots of a fake Telegram, and waits until each has set its webhook.
    pub async fn connect(house: &House, admin: &Person, count: usize, connections: usize) -> Result<Self> {
        let fake = FakeTelegram::start_with(TelegramOptions::default()).await;
        let mut all = Vec::new();
        for number in 1..=count {
            let bot = fake.bot();
            let settings = [("token", bot.token()), ("api_url", &fake.base_url()), ("receive", "webhook")];
            let name = format!("Бот {number}");
            let account = accounts::connect(admin, &house.pool, "telegram", &name, &settings).await?;
            let secret = accounts::until("a bot's webhook", async || {
                let set = bot.calls("setWebhook").pop()?;
                set.params["secret_token"].as_str().map(str::to_owned)
            })
            .await?;
            let head = format!("x-telegram-bot-api-secret-token: {secret}\r\n");
            all.push(Bot { fake: bot, path: format!("/hook/telegram/{account}"), head });
        }
        Ok(Self { fake, all, hooks: Hooks::new(house.ports.telegram, connections) })
    }

    /// Posts the next message of a customer, each of whom writes to one bot; gives the status of the answer.
    pub async fn deliver(&self, customer: u64, number: u64) -> Result<u16> {
        let bot = &self.all[usize::try_from(customer).unwrap_or_default() % self.all.len()];
        let body = update(customer, number);
        self.hooks.post(&Post { path: &bot.path, head: &bot.head, body: &body }).await
    }

    /// Lets each of so many customers write once, so that their conversations are there.
    pub async fn make_known(&self, customers: u64) -> Result<()> {
        let first = stream::iter(0..customers).map(|customer| self.first(customer)).buffer_unordered(AT_ONCE);
        first.fold(Ok(()), |all: Result<()>, one| async { all.and(one) }).await
    }

    async fn first(&self, customer: u64) -> Result<()> {
        for _ in 0..50 {
            // 503: it is on its way, or too many are; a provider delivers again.
            if self.deliver(customer, 0).await? == 200 {
                return Ok(());
            }
        }
        anyhow::bail!("the gateway does not take the first message of customer {customer}")
    }
}

/// Telegram's id of a customer.
pub const fn telegram_id(customer: u64) -> u64 {
    FIRST_CUSTOMER + customer
}

/// The update that tells of message `number` of a customer: repeated it is the same message, as providers repeat.
fn update(customer: u64, number: u64) -> String {
    let id = telegram_id(customer);
    let name = format!("Покупатель {customer}");
    let update = json!({
        "update_id": number,
        "message": {
            "message_id": number + 1,
            "date": chrono::Utc::now().timestamp(),
            "text": words::text(customer.wrapping_mul(31).wrapping_add(number)),
            "from": { "id": id, "is_bot": false, "first_name": name, "username": format!("buyer_{customer}"), "language_code": "ru" },
            "chat": { "id": id, "type": "private", "first_name": name, "username": format!("buyer_{customer}") },
        },
    });
    update.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_update_is_json_with_ids_of_its_own() {
        let update: serde_json::Value = serde_json::from_str(&update(7, 3)).unwrap();
        assert_eq!((&update["message"]["chat"]["id"], &update["message"]["message_id"]), (&json!(100_007), &json!(4)));
        assert!(!update["message"]["text"].as_str().unwrap().is_empty());
    }
}

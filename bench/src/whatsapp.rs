//! WhatsApp numbers, what they have sent, and what Meta posts of it.

use std::{collections::HashMap, time::Duration};

use anyhow::{Result, bail};
use futures::{StreamExt, TryStreamExt, stream};
use serde_json::{Value, json};
use sqlx::PgPool;
use testkit::whatsapp::{FakeWhatsApp, Number, Rate, Shape, User, WhatsAppOptions};
use tokio::time::{Instant, sleep};

use crate::{
    accounts,
    house::House,
    load::{Hooks, Post},
    people::Person,
    scenario,
};

/// Replies on their way to the API at once.
const AT_ONCE: usize = 32;
/// How long the gateway's pacing may take for all replies; a number sends 71 a second.
const ALL_SENT: Duration = Duration::from_secs(300);

/// Connected numbers of one fake Meta.
pub struct Numbers {
    fake: FakeWhatsApp,
    all: Vec<Connected>,
    hooks: Hooks,
}

struct Connected {
    number: Number,
    path: String,
}

/// A message that a number has sent, as its statuses name it.
pub struct Sent {
    number: usize,
    wamid: String,
    mark: String,
    phone: String,
}

/// What becomes of a message, in the order in which it becomes so.
pub const STATUSES: [&str; 3] = ["sent", "delivered", "read"];

impl Numbers {
    /// Connects so many numbers, each with an address of its own, and waits until Meta knows it.
    pub async fn connect(house: &House, admin: &Person, count: usize, connections: usize) -> Result<Self> {
        let options = WhatsAppOptions {
            number_rate: Rate::UNLIMITED,
            pair_rate: Rate::UNLIMITED,
            tells_delivered: false,
            ..WhatsAppOptions::default()
        };
        let fake = FakeWhatsApp::start_with(options).await;
        let url = fake.base_url();
        let mut all = Vec::new();
        for n in 1..=count {
            let number = fake.number();
            let settings = [
                ("phone_number_id", number.id()),
                ("waba_id", number.business()),
                ("token", number.token()),
                ("app_secret", number.app_secret()),
                ("api_url", url.as_str()),
            ];
            let name = format!("Номер {n}");
            let account = accounts::connect(admin, &house.pool, "whatsapp", &name, &settings).await?;
            accounts::until("a number's webhook", async || number.callback()).await?;
            all.push(Connected { number, path: format!("/hook/whatsapp/{account}") });
        }
        Ok(Self { fake, all, hooks: Hooks::new(house.ports.whatsapp, connections) })
    }

    /// Lets each of so many people write, and answers each of them so many times. What Meta tells of these replies by itself is
    /// held back for ever.
    pub async fn talk(&self, pool: &PgPool, admin: &Person, people: usize, each: usize) -> Result<Vec<Sent>> {
        let users: Vec<(usize, String, User)> = (0..people).map(|n| self.person(n)).collect();
        accounts::until("the people's first messages", async || (self.fake.pending() == 0).then_some(())).await?;
        self.fake.hold();
        let conversations = scenario::conversations(pool).await?;
        let all = (0..each).flat_map(|n| conversations.iter().map(move |conversation| (n, *conversation)));
        let send = |(n, conversation)| scenario::send(admin, conversation, format!("Ответ {n}"));
        stream::iter(all).map(send).buffer_unordered(AT_ONCE).try_for_each(|_| std::future::ready(Ok(()))).await?;
        let end = Instant::now() + ALL_SENT;
        while self.fake.count("messages") < people * each || self.unsettled(pool).await? > 0 {
            if Instant::now() > end {
                bail!("not every reply reached Meta within {} s", ALL_SENT.as_secs());
            }
            sleep(Duration::from_millis(100)).await;
        }
        Ok(users.iter().flat_map(|(number, phone, user)| sent(*number, phone, user)).collect())
    }

    fn person(&self, n: usize) -> (usize, String, User) {
        let (number, phone) = (n % self.all.len(), format!("7000{n:07}"));
        let user =
            self.all[number].number.user(Shape::full(&phone, &format!("RU.{n}"), &format!("buyer_{n}"), "Покупатель"));
        user.text("Здравствуйте");
        (number, phone, user)
    }

    /// Replies of which router does not know yet that they were sent.
    async fn unsettled(&self, pool: &PgPool) -> Result<i64> {
        let open = "select count(*) from inbox.message where direction = 2 and kind = 1 and status < $1";
        let sent = contracts::inbox::MessageStatus::Sent as i16;
        Ok(sqlx::query_scalar(open).bind(sent).fetch_one(pool).await?)
    }

    /// Posts one delivery; gives the status of the answer. All of it is of one number.
    pub async fn deliver(&self, number: usize, entries: &[Vec<Value>]) -> Result<u16> {
        let Connected { number, path } = &self.all[number];
        let (body, signature) = self.fake.signed(number, entries);
        let head = format!("x-hub-signature-256: {signature}\r\n");
        self.hooks.post(&Post { path, head: &head, body: std::str::from_utf8(&body)? }).await
    }

    /// The change that tells what became of a message.
    pub fn status(&self, sent: &Sent, status: &str) -> Value {
        let now = chrono::Utc::now().timestamp().to_string();
        json!({ "field": "messages", "value": {
            "messaging_product": "whatsapp",
            "metadata": { "display_phone_number": "15550100000", "phone_number_id": self.all[sent.number].number.id() },
            "contacts": [{ "profile": { "name": "Покупатель" }, "wa_id": sent.phone }],
            "statuses": [{
                "id": sent.wamid, "status": status, "timestamp": now, "recipient_id": sent.phone,
                "biz_opaque_callback_data": sent.mark,
                "pricing": { "billable": true, "pricing_model": "PMP", "type": "regular", "category": "service" },
            }],
        } })
    }
}

impl Sent {
    pub const fn number(&self) -> usize {
        self.number
    }
}

fn sent(number: usize, phone: &str, user: &User) -> Vec<Sent> {
    let mark = |json: &Value| json["biz_opaque_callback_data"].as_str().unwrap_or_default().to_owned();
    let one = |got: testkit::whatsapp::Received| Sent {
        number,
        mark: mark(&got.json),
        wamid: got.id,
        phone: phone.to_owned(),
    };
    user.received().into_iter().map(one).collect()
}

/// By number, so that what is delivered together is of one.
pub fn by_number(sent: Vec<Sent>) -> Vec<Vec<Sent>> {
    let mut numbers: HashMap<usize, Vec<Sent>> = HashMap::new();
    for one in sent {
        numbers.entry(one.number).or_default().push(one);
    }
    numbers.into_values().collect()
}

//! WhatsApp, over the whole: Meta's webhooks, the gateway, router, the edge and an operator.

mod numbers;
mod people;
mod talk;
mod window;

use std::{collections::HashMap, time::Duration};

use contracts::{
    channel::AccountHealth,
    inbox::{
        Assignment, ChannelAccount, CreateChannelAccountRequest, GetChannelAccountRequest, Message, SendMessageRequest,
    },
};
use testkit::{
    eventually,
    whatsapp::{FakeWhatsApp, Number, WhatsAppOptions},
};
use uuid::Uuid;

use crate::{
    operator::Operator,
    world::{SOON, World},
};

/// Okno in one process, Meta, a number of its own, and an operator of its department.
struct Scene {
    world: World,
    whatsapp: FakeWhatsApp,
    number: Number,
    admin: Operator,
    operator: Operator,
    account: String,
}

impl Scene {
    async fn set() -> Self {
        let world = World::start().await;
        let options = WhatsAppOptions { clock_scale: 20.0, ..WhatsAppOptions::default() };
        let whatsapp = FakeWhatsApp::start_with(options).await;
        let number = whatsapp.number();
        let admin = world.operator("admin").await;
        let account = connect(&world, &admin, &whatsapp, &number, &[]).await;
        eventually("Meta knows the address", SOON, async || number.callback()).await;
        let operator = world.operator("operator1").await;
        Self { world, whatsapp, number, admin, operator, account }
    }

    async fn health(&self) -> Option<AccountHealth> {
        let request = GetChannelAccountRequest { account_id: self.account.clone() };
        let answer = self.admin.accounts().get_channel_account(request).await.expect("an account").into_inner();
        answer.account.and_then(|account| account.status).map(|status| status.health())
    }

    async fn becomes(&self, wanted: AccountHealth, limit: Duration) {
        let what = format!("the account is {wanted:?}");
        eventually(&what, limit, async || (self.health().await == Some(wanted)).then_some(())).await;
    }

    /// The one reply that a request makes.
    async fn send(&self, request: SendMessageRequest) -> Message {
        self.operator.try_send(request).await.expect("sent").remove(0)
    }
}

/// What an administrator enters for a number.
fn settings(whatsapp: &FakeWhatsApp, number: &Number, more: &[(&str, &str)]) -> HashMap<String, String> {
    let url = whatsapp.base_url();
    let own = [
        ("phone_number_id", number.id()),
        ("waba_id", number.business()),
        ("token", number.token()),
        ("app_secret", number.app_secret()),
        ("api_url", url.as_str()),
    ];
    own.iter().chain(more).map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
}

/// Connects a number; requests wait in the queue of the operators' department.
async fn connect(
    world: &World,
    admin: &Operator,
    whatsapp: &FakeWhatsApp,
    number: &Number,
    more: &[(&str, &str)],
) -> String {
    let department: Uuid = sqlx::query_scalar(
        "select department_id from crm_read.employee_department group by 1 order by count(*) desc, 1 limit 1",
    )
    .fetch_one(&world.pool)
    .await
    .expect("a department");
    let account = ChannelAccount {
        channel: "whatsapp".to_owned(),
        name: format!("WhatsApp {}", number.id()),
        enabled: true,
        is_request_source: true,
        settings: settings(whatsapp, number, more),
        assignment: Some(Assignment::default()),
        department_id: department.to_string(),
        reopen_window_hours: 24,
        ..ChannelAccount::default()
    };
    let account_id = Uuid::now_v7().to_string();
    eventually("the gateway has announced itself and the account is connected", SOON, async || {
        let request = CreateChannelAccountRequest { request_id: account_id.clone(), account: Some(account.clone()) };
        match admin.accounts().create_channel_account(request).await {
            Ok(_) => Some(()),
            Err(status) if status.code() == tonic::Code::Unavailable => None,
            Err(status) => panic!("the account was refused: {status:?}"),
        }
    })
    .await;
    account_id
}

//! "Check settings": asks Telegram what it can be asked without changing anything.

use contracts::channel::{LocalText, ProbeResponse, ProbeStep};
use gateway_kit::{AccountSetup, PUBLIC_URL, Way};
use teloxide_core::payloads::{GetMe, GetWebhookInfo};

use crate::{
    client::{Client, Deadlines},
    config::{Settings, is_token},
    describe::text,
    error::{CallError, Verdict, verdict},
    wire::{User, WebhookInfo},
};

/// Tries settings that need not be saved.
pub async fn run(setup: &AccountSetup) -> ProbeResponse {
    let mut steps = vec![token_step(setup)];
    if !steps[0].passed {
        return ProbeResponse { steps, identity: String::new(), ..ProbeResponse::default() };
    }
    let client = match client(setup) {
        Ok(client) => client,
        Err(step) => {
            steps.push(*step);
            return ProbeResponse { steps, identity: String::new(), ..ProbeResponse::default() };
        }
    };
    let me = client.call(GetMe::new()).await;
    steps.push(reach_step(&me));
    let Ok(me) = me else {
        steps.extend(refused_step(me.err()));
        return ProbeResponse { steps, identity: String::new(), ..ProbeResponse::default() };
    };
    steps.push(passed(text("Токен принят", "The token is accepted")));
    steps.extend(groups_step(&me));
    steps.push(receive_step(setup, &client).await);
    ProbeResponse { steps, identity: identity(&me), ..ProbeResponse::default() }
}

/// What Telegram calls the bot.
pub fn identity(me: &User) -> String {
    let name = || gateway_kit::words::clean(me.first_name.as_deref().unwrap_or_default(), 64);
    me.username.as_ref().map_or_else(name, |username| format!("@{username}"))
}

fn token_step(setup: &AccountSetup) -> ProbeStep {
    let title = text("Токен похож на настоящий", "The token looks right");
    if is_token(setup.get("token").trim()) {
        return passed(title);
    }
    let problem = text(
        "Токен выглядит так: 6–12 цифр, двоеточие, 35 знаков. Скопируйте его из сообщения @BotFather целиком.",
        "A token is 6 to 12 digits, a colon, and 35 more characters. Copy all of it from @BotFather's message.",
    );
    failed(title, problem, "token")
}

fn client(setup: &AccountSetup) -> Result<Client, Box<ProbeStep>> {
    let deadlines = Deadlines { call: std::time::Duration::from_secs(12), ..Deadlines::default() };
    let client = Settings::read(setup).and_then(|settings| Client::new(&settings, deadlines));
    client.map_err(|error| {
        let problem = text(
            &format!("Это значение не подходит: {}", error.problem.ru),
            &format!("This value cannot be used: {}", error.problem.en),
        );
        Box::new(failed(text("Настройки читаются", "The settings can be read"), problem, error.field))
    })
}

fn reach_step(me: &Result<User, CallError>) -> ProbeStep {
    let title = text("Telegram отвечает", "Telegram answers");
    let Err(CallError::NotSent(why) | CallError::Unknown(why)) = me else { return passed(title) };
    let problem = text(
        &format!("До Telegram не достать: {why}. Проверьте адрес API, прокси и корневые сертификаты."),
        &format!("Telegram cannot be reached: {why}. Check the API address, the proxy and the root certificates."),
    );
    failed(title, problem, "api_url")
}

/// `None` when the step before has told it already.
fn refused_step(error: Option<CallError>) -> Option<ProbeStep> {
    let title = text("Токен принят", "The token is accepted");
    let problem = match error? {
        CallError::NotSent(_) | CallError::Unknown(_) => return None,
        CallError::Refused(words) if matches!(verdict(&words), Verdict::Account(_)) => text(
            "Telegram не знает такого токена: он отозван или введён с ошибкой. Возьмите новый у @BotFather.",
            "Telegram does not know this token: it was taken back or is mistyped. Get a new one from @BotFather.",
        ),
        other => text(&format!("Telegram отказал: {other}"), &format!("Telegram refused: {other}")),
    };
    Some(failed(title, problem, "token"))
}

/// A note on what BotFather switches; most bots serve no groups.
fn groups_step(me: &User) -> Option<ProbeStep> {
    me.can_read_all_group_messages.filter(|all| !all)?;
    let note = text(
        "В группах бот увидит только команды и ответы себе. Видеть всё: /setprivacy у @BotFather, Disable.",
        "In groups the bot will see only commands and answers to itself. To see all: /setprivacy at @BotFather, Disable.",
    );
    Some(ProbeStep {
        problem: Some(note), ..passed(text("Личные чаты доступны", "Private chats are served"))
    })
}

async fn receive_step(setup: &AccountSetup, client: &Client) -> ProbeStep {
    let title = text("Сообщения будут приходить", "Messages will arrive");
    let unreached =
        |settings: Settings| settings.way == Way::Webhook && !settings.deliveries().reach(setup.get(PUBLIC_URL));
    if Settings::read(setup).is_ok_and(unreached) {
        let problem = text(
            "Для вебхука нужен внешний адрес https на порту 443, 80, 88 или 8443. Его задаёт OKNO_PUBLIC_URL. \
             Без него выберите опрос.",
            "A webhook needs a public https address on port 443, 80, 88 or 8443. OKNO_PUBLIC_URL sets it. \
             Without one, choose polling.",
        );
        return failed(title, problem, "receive");
    }
    let info: WebhookInfo = client.call(GetWebhookInfo::new()).await.unwrap_or_default();
    let public = setup.get(PUBLIC_URL);
    if info.url.is_empty() || !public.is_empty() && info.url.starts_with(public) {
        return passed(title);
    }
    // A note, no failure: to move a bot over from another system is what people come for.
    let note = text(
        "Сейчас сообщения этого бота получает другая система. После подключения их будет получать Okno.",
        "Another system receives this bot's messages now. Once connected, Okno will.",
    );
    ProbeStep { problem: Some(note), ..passed(title) }
}

fn passed(title: LocalText) -> ProbeStep {
    ProbeStep { title: Some(title), passed: true, ..ProbeStep::default() }
}

fn failed(title: LocalText, problem: LocalText, field: &str) -> ProbeStep {
    ProbeStep { title: Some(title), passed: false, problem: Some(problem), field: field.into() }
}

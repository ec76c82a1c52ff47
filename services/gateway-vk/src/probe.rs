//! "Check settings": asks VK what it can be asked without changing anything.

use std::time::Duration;

use contracts::channel::{LocalText, ProbeResponse, ProbeStep};
use gateway_kit::{AccountSetup, PUBLIC_URL, Way, words::clean};

use crate::{
    client::{Client, Deadlines},
    config::{Settings, group_id, is_token},
    describe::text,
    error::{CallError, Verdict},
    wire::{Group, Groups, Permissions},
};

/// The rights that a key must have; without the others, files of ours cannot be sent.
const NEEDED: [(&str, &str, &str); 4] = [
    ("messages", "сообщения", "messages"),
    ("manage", "управление сообществом", "community management"),
    ("photos", "фотографии", "photos"),
    ("docs", "файлы", "documents"),
];

/// Who we are: the community of the key.
pub async fn group(client: &Client) -> Result<Group, CallError> {
    let found: Groups = client.call("groups.getById", &[client.group_param()]).await?;
    let first = found.groups.into_iter().next();
    first.ok_or_else(|| CallError::Unknown("VK names no community".into()))
}

/// What VK calls the community.
pub fn identity(group: &Group) -> String {
    let name = || clean(group.name.as_deref().unwrap_or_default(), 64);
    group.screen_name.as_ref().map_or_else(name, |name| format!("vk.com/{}", clean(name, 64)))
}

/// Tries settings that need not be saved.
pub async fn run(setup: &AccountSetup) -> ProbeResponse {
    let mut steps = vec![token_step(setup), group_step(setup)];
    let answer = |steps| ProbeResponse { steps, identity: String::new(), ..ProbeResponse::default() };
    if steps.iter().any(|step| !step.passed) {
        return answer(steps);
    }
    let client = match client(setup) {
        Ok(client) => client,
        Err(step) => {
            steps.push(*step);
            return answer(steps);
        }
    };
    let group = group(&client).await;
    steps.push(reach_step(&group));
    let group = match group {
        Ok(group) => group,
        Err(error) => {
            steps.extend(refused_step(&error));
            return answer(steps);
        }
    };
    steps.push(rights_step(&client).await);
    steps.push(receive_step(setup));
    ProbeResponse { steps, identity: identity(&group), ..ProbeResponse::default() }
}

fn token_step(setup: &AccountSetup) -> ProbeStep {
    let title = text("Ключ похож на настоящий", "The key looks right");
    if is_token(setup.get("token").trim()) {
        return passed(title);
    }
    let problem = text(
        "Ключ доступа – длинная строка из латинских букв и цифр. Скопируйте её целиком из «Работа с API».",
        "An access key is a long string of letters and digits. Copy all of it from \"API usage\".",
    );
    failed(title, problem, "token")
}

fn group_step(setup: &AccountSetup) -> ProbeStep {
    let title = text("Номер сообщества верен", "The community's number is one");
    if group_id(setup.get("group_id")).is_some() {
        return passed(title);
    }
    let problem =
        text("Нужен номер, например 2200300 или club2200300.", "A number is needed, like 2200300 or club2200300.");
    failed(title, problem, "group_id")
}

fn client(setup: &AccountSetup) -> Result<Client, Box<ProbeStep>> {
    let deadlines = Deadlines { call: Duration::from_secs(6), ..Deadlines::default() };
    let client = Settings::read(setup).and_then(|settings| Client::new(settings, deadlines));
    client.map_err(|error| {
        let problem = text(
            &format!("Это значение не подходит: {}", error.problem.ru),
            &format!("This value cannot be used: {}", error.problem.en),
        );
        Box::new(failed(text("Настройки читаются", "The settings can be read"), problem, error.field))
    })
}

fn reach_step(group: &Result<Group, CallError>) -> ProbeStep {
    let title = text("ВКонтакте отвечает", "VK answers");
    let Err(CallError::NotSent(why) | CallError::Unknown(why)) = group else { return passed(title) };
    let problem = text(
        &format!("До ВКонтакте не достать: {why}. Проверьте адрес API и прокси."),
        &format!("VK cannot be reached: {why}. Check the API address and the proxy."),
    );
    failed(title, problem, "api_url")
}

/// `None` when the step before has told it already.
fn refused_step(error: &CallError) -> Option<ProbeStep> {
    let title = text("Ключ принят", "The key is accepted");
    let code = error.code()?;
    if code == 100 || code == 125 {
        let problem = text("ВКонтакте не знает такого сообщества.", "VK does not know this community.");
        return Some(failed(title, problem, "group_id"));
    }
    let problem = match error.verdict()? {
        Verdict::Account("token") => text(
            "ВКонтакте не знает такого ключа: он отозван или введён с ошибкой.",
            "VK does not know this key: it was taken back or is mistyped.",
        ),
        _ => text(&format!("ВКонтакте отказывает: {error}"), &format!("VK refuses: {error}")),
    };
    Some(failed(title, problem, "token"))
}

async fn rights_step(client: &Client) -> ProbeStep {
    let title = text("У ключа есть права", "The key has its rights");
    let granted: Result<Permissions, _> = client.call("groups.getTokenPermissions", &[]).await;
    let granted = match granted {
        Ok(granted) => granted,
        Err(error) => {
            let problem = text(
                &format!("Ключ должен быть ключом сообщества: {error}"),
                &format!("The key must be a community's: {error}"),
            );
            return failed(title, problem, "token");
        }
    };
    let missing = NEEDED.iter().filter(|(name, ..)| granted.permissions.iter().all(|right| right.name != *name));
    let missing: Vec<_> = missing.collect();
    if missing.is_empty() {
        return passed(title);
    }
    let list = |of: fn(&(&str, &'static str, &'static str)) -> &'static str| {
        missing.iter().map(|right| of(right)).collect::<Vec<_>>().join(", ")
    };
    let problem = text(
        &format!("Не хватает прав: {}. Создайте новый ключ.", list(|right| right.1)),
        &format!("It lacks rights: {}. Make a new key.", list(|right| right.2)),
    );
    failed(title, problem, "token")
}

fn receive_step(setup: &AccountSetup) -> ProbeStep {
    let title = text("Сообщения будут приходить", "Messages will arrive");
    let unreached =
        |settings: Settings| settings.way == Way::Webhook && !settings.deliveries.reach(setup.get(PUBLIC_URL));
    if !Settings::read(setup).is_ok_and(unreached) {
        return passed(title);
    }
    let problem = text(
        "Для Callback API нужен внешний адрес https. Его задаёт OKNO_PUBLIC_URL. Без него выберите Long Poll.",
        "The Callback API needs a public https address. OKNO_PUBLIC_URL sets it. Without one, choose Long Poll.",
    );
    failed(title, problem, "receive")
}

fn passed(title: LocalText) -> ProbeStep {
    ProbeStep { title: Some(title), passed: true, ..ProbeStep::default() }
}

fn failed(title: LocalText, problem: LocalText, field: &str) -> ProbeStep {
    ProbeStep { title: Some(title), passed: false, problem: Some(problem), field: field.into() }
}

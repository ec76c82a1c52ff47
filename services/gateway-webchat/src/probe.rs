//! "Check settings": there is no provider to ask, so the settings themselves are looked at.

use contracts::channel::{LocalText, ProbeResponse, ProbeStep};
use gateway_kit::{AccountSetup, PUBLIC_URL};

use crate::{config::Settings, describe::text, page};

/// Tries settings that need not be saved.
pub fn run(setup: &AccountSetup) -> ProbeResponse {
    let settings = Settings::read(setup);
    let identity = settings.as_ref().map(|settings| settings.origins.sources()).unwrap_or_default();
    let steps = vec![settings_step(settings.err()), address_step(setup), widget_step()];
    ProbeResponse { steps, identity: identity.chars().take(200).collect(), ..ProbeResponse::default() }
}

fn settings_step(error: Option<gateway_kit::SettingsError>) -> ProbeStep {
    let title = text("Настройки читаются", "The settings can be read");
    let Some(error) = error else { return passed(title) };
    let problem = text(
        &format!("Это значение не подходит: {}", error.problem.ru),
        &format!("This value cannot be used: {}", error.problem.en),
    );
    failed(title, problem, error.field)
}

fn address_step(setup: &AccountSetup) -> ProbeStep {
    let title = text("Адрес чата известен", "The chat's address is known");
    let url = setup.get(PUBLIC_URL);
    if url.starts_with("https://") || url.starts_with("http://127.0.0.1") || url.starts_with("http://localhost") {
        return passed(title);
    }
    let problem = text(
        "У Okno нет внешнего адреса https (переменная OKNO_PUBLIC_URL): сайты посетителей не смогут открыть чат.",
        "Okno has no public https address (variable OKNO_PUBLIC_URL): sites cannot open the chat.",
    );
    failed(title, problem, "")
}

fn widget_step() -> ProbeStep {
    let title = text("Чат встроен в программу", "The chat is built into the program");
    if page::manifest().is_some() {
        return passed(title);
    }
    let problem =
        text("Эта сборка Okno без чата: соберите web/widget.", "This build of Okno lacks the chat: build web/widget.");
    failed(title, problem, "")
}

fn passed(title: LocalText) -> ProbeStep {
    ProbeStep { title: Some(title), passed: true, ..ProbeStep::default() }
}

fn failed(title: LocalText, problem: LocalText, field: &str) -> ProbeStep {
    ProbeStep { title: Some(title), passed: false, problem: Some(problem), field: field.to_owned() }
}

//! A consent of the mailbox's owner, asked of the mail service's page: authorization code (RFC 6749, section 4.1) with PKCE
//! (RFC 7636). Presets by the services' pages, read 2026-11-26:
//! <https://developers.google.com/identity/protocols/oauth2/web-server>,
//! <https://learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow>, <https://yandex.ru/dev/id/doc/ru/codes/code-url>,
//! <https://id.vk.com/about/business/go/docs/ru/vkid/latest/oauth/oauth-mail/index>.

use std::{collections::HashMap, time::Duration};

use contracts::channel::{ConsentBegin, ConsentFinish, LocalText, ProbeStep, probe_request::Consent};
use egress::{Client, Url};
use gateway_kit::{AccountSetup, Consented, SettingsError};
use serde::Deserialize;

use crate::{config, describe::text, preset};

const WAIT: Duration = Duration::from_secs(10);
pub const FIELD: &str = "oauth_refresh_token";

/// The application at the mail service, and where the service is.
struct Application {
    client: Client,
    authorize: Url,
    token: Url,
    scope: &'static str,
    more: &'static [(&'static str, &'static str)],
    id: String,
    secret: String,
}

/// # Errors
/// The step that did not pass, with the setting to look at.
pub async fn ask(setup: &AccountSetup, asked: &Consent) -> Result<Consented, Box<ProbeStep>> {
    let application = Application::read(setup).map_err(|error| step(error.problem, error.field))?;
    match asked {
        Consent::ConsentBegin(begin) => Ok(Consented::Page(application.page(begin, setup.get("address").trim()))),
        Consent::ConsentFinish(finish) => application.exchange(finish).await,
    }
}

impl Application {
    fn read(setup: &AccountSetup) -> Result<Self, SettingsError> {
        let preset = preset::of(setup.get("provider"));
        let id = setup.get("oauth_client_id").trim().to_owned();
        if id.is_empty() {
            let ru = "нужен номер приложения, которое заведено у почтовой службы";
            return Err(SettingsError::new(
                "oauth_client_id",
                ru,
                "the application that was made at the mail service is needed",
            ));
        }
        let token = config::token_url(setup, &preset)?;
        Ok(Self {
            authorize: config::authorize_url(setup, &preset)?,
            client: config::token_client(setup, &token)?,
            token,
            scope: preset.scope,
            more: preset.authorize_more,
            id,
            secret: setup.get("oauth_client_secret").trim().to_owned(),
        })
    }

    fn page(&self, begin: &ConsentBegin, address: &str) -> String {
        let mut url = self.authorize.clone();
        let mut query = url.query_pairs_mut();
        query
            .append_pair("response_type", "code")
            .append_pair("client_id", &self.id)
            .append_pair("redirect_uri", &begin.redirect_uri)
            .append_pair("state", &begin.state)
            .append_pair("code_challenge", &begin.code_challenge)
            .append_pair("code_challenge_method", "S256");
        if !self.scope.is_empty() {
            query.append_pair("scope", self.scope);
        }
        // So that the page offers the very mailbox, where several are signed in.
        query.append_pair("login_hint", address).extend_pairs(self.more);
        drop(query);
        url.into()
    }

    async fn exchange(&self, finish: &ConsentFinish) -> Result<Consented, Box<ProbeStep>> {
        let mut form = vec![
            ("grant_type", "authorization_code"),
            ("client_id", self.id.as_str()),
            ("code", finish.code.as_str()),
            ("redirect_uri", finish.redirect_uri.as_str()),
            ("code_verifier", finish.code_verifier.as_str()),
        ];
        form.extend(Some(("client_secret", self.secret.as_str())).filter(|(_, secret)| !secret.is_empty()));
        let asking = async {
            let call = self.client.post(&self.token)?.with(|request| request.form(&form).timeout(WAIT));
            call.send().await?.json::<Answer>().await
        };
        let answer = asking.await.map_err(|error| unreachable(&error))?;
        if answer.refresh_token.is_empty() {
            return Err(refused(&answer));
        }
        Ok(Consented::Given(HashMap::from([(FIELD.to_owned(), answer.refresh_token)])))
    }
}

#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    access_token: String,
    #[serde(default)]
    refresh_token: String,
    #[serde(default)]
    error: String,
}

fn refused(answer: &Answer) -> Box<ProbeStep> {
    if !answer.access_token.is_empty() {
        let words = text(
            "Служба дала доступ только на время: приложению нужно право на постоянный доступ (offline).",
            "The service gave access for a moment only: the application needs the right to offline access.",
        );
        return step(words, FIELD);
    }
    let word = gateway_kit::words::clean(&answer.error, 100);
    let field = if answer.error == "invalid_client" { "oauth_client_secret" } else { FIELD };
    let words = text(
        &format!("Почтовая служба не приняла согласие: {word}."),
        &format!("The mail service did not take the consent: {word}."),
    );
    step(words, field)
}

fn unreachable(error: &egress::Error) -> Box<ProbeStep> {
    let words = text(
        &format!("Почтовая служба не отвечает, как должна: {error}."),
        &format!("The mail service does not answer as it should: {error}."),
    );
    step(words, "oauth_token_url")
}

fn step(problem: LocalText, field: &str) -> Box<ProbeStep> {
    let title = text("Согласие владельца ящика", "The consent of the mailbox's owner");
    Box::new(ProbeStep { title: Some(title), passed: false, problem: Some(problem), field: field.to_owned() })
}

//! Consents: a secret that nobody types in, but that a provider's page gives for its owner's word (RFC 6749, section 4.1, with
//! the proof of RFC 7636). The gateway knows the provider; here stands who asked, and what has to stay secret meanwhile.

use std::collections::HashMap;

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
use bus::seal::SealError;
use contracts::channel::{ConsentBegin, ConsentFinish, ProbeRequest, Sealed, SettingsSchema, probe_request::Consent};
use model::{AccountId, Channel, EmployeeId};
use ring::{
    digest,
    rand::{SecureRandom as _, SystemRandom},
};
use uuid::Uuid;

use super::{
    domain::{AccountError, field, probe_failure, read_settings, schema},
    ops::Accounts,
    secrets,
    store::{self, Asked},
};

/// How a value of the schema's consent field names one that was given.
const GIVEN: &str = "consent:";
/// What belongs to no saved account yet is sealed for the nil UUID, as the gateways know.
const NOBODY: AccountId = AccountId(Uuid::nil());
/// Beside the typed secrets while the provider's page is open.
const VERIFIER: &str = "_verifier";
const ADDRESS: usize = 500;

/// Where to send the browser, and what it will come back with.
pub struct Begun {
    pub authorize_url: String,
    pub state: String,
}

impl Accounts {
    /// Makes a provider's page ready to be asked.
    ///
    /// # Errors
    /// [`AccountError`]; a setting that is missing for it is named.
    pub async fn begin_consent(
        &self,
        by: EmployeeId,
        channel: &Channel,
        saved: Option<AccountId>,
        given: &HashMap<String, String>,
        redirect_uri: &str,
    ) -> Result<Begun, AccountError> {
        must_be_address(redirect_uri)?;
        let schema = schema(&self.gateway(channel).await?);
        if consent_field(&schema).is_none() {
            return Err(field("channel", "asks for no consent"));
        }
        let kept = self.kept(by, saved).await?;
        let hints: Vec<String> = kept.as_ref().map(|k| k.secret_hints.keys().cloned().collect()).unwrap_or_default();
        let settings = read_settings(&schema, given, &hints)?;
        let (state, verifier) = (random()?, random()?);
        let mut secret = self.opened(channel, kept.as_ref())?;
        secret.extend(settings.secret);
        secret.insert(VERIFIER.to_owned(), verifier.clone());
        let sealed = self.seal(channel, &secret)?;
        let begin = ConsentBegin {
            redirect_uri: redirect_uri.to_owned(),
            state: state.clone(),
            code_challenge: BASE64.encode(digest::digest(&digest::SHA256, verifier.as_bytes())),
        };
        let probe = self.ask(channel, &settings.plain, &sealed, Consent::ConsentBegin(begin)).await?;
        if let Some(failure) = probe_failure(&probe) {
            return Err(failure);
        }
        let asked = Asked {
            state_sha256: sha256(&state),
            employee_id: by.0,
            channel: channel.to_string(),
            settings: settings.plain,
            redirect_uri: redirect_uri.to_owned(),
            secrets: sealed,
        };
        store::insert_consent(&self.shared.pool, &asked).await?;
        Ok(Begun { authorize_url: probe.authorize_url, state })
    }

    /// The provider's page has sent the browser back with a code: it becomes the secret that the value names, which is
    /// returned. Whoever did not ask ends nothing.
    ///
    /// # Errors
    /// [`AccountError`]; the provider's refusal is named as a probe's.
    pub async fn finish_consent(&self, by: EmployeeId, state: &str, code: &str) -> Result<String, AccountError> {
        let key = sha256(state);
        // Taken at once: a code is good for one try.
        let asked = store::take_consent(&self.shared.pool, &key, by.0).await?;
        let asked = asked.ok_or_else(|| field("state", "is of no consent that you have begun within ten minutes"))?;
        let channel: Channel = asked.channel.parse().map_err(|_| field("channel", "is not a channel's name"))?;
        let mut secret = self.open(&channel, &asked.secrets)?;
        let finish = ConsentFinish {
            redirect_uri: asked.redirect_uri.clone(),
            code: code.to_owned(),
            code_verifier: secret.remove(VERIFIER).unwrap_or_default(),
        };
        let sealed = self.seal(&channel, &secret)?;
        let probe = self.ask(&channel, &asked.settings, &sealed, Consent::ConsentFinish(finish)).await?;
        if let Some(failure) = probe_failure(&probe) {
            return Err(failure);
        }
        let given = probe.secrets.filter(|sealed| !sealed.r#box.is_empty());
        let given = given.ok_or_else(|| field("code", "gave nothing that can be kept"))?;
        store::keep_consent(&self.shared.pool, &asked, &given).await?;
        Ok(format!("{GIVEN}{state}"))
    }

    /// Settings with the secret itself in place of the name of a consent.
    ///
    /// # Errors
    /// [`AccountError::Field`] for a consent that is not there any more, or somebody else's.
    pub async fn with_consent(
        &self,
        by: EmployeeId,
        channel: &Channel,
        schema: &SettingsSchema,
        given: &HashMap<String, String>,
    ) -> Result<HashMap<String, String>, AccountError> {
        let mut settings = given.clone();
        let Some(name) = consent_field(schema) else { return Ok(settings) };
        let Some(state) = given.get(name).and_then(|value| value.strip_prefix(GIVEN)) else { return Ok(settings) };
        let row = store::given_consent(&self.shared.pool, &sha256(state), by.0, channel.as_str()).await?;
        let sealed = row.ok_or_else(|| field(name, "is of a consent that has to be given again"))?;
        settings.remove(name);
        settings.extend(self.open(channel, &sealed)?);
        Ok(settings)
    }

    async fn ask(
        &self,
        channel: &Channel,
        settings: &HashMap<String, String>,
        sealed: &Sealed,
        consent: Consent,
    ) -> Result<contracts::channel::ProbeResponse, AccountError> {
        let question = ProbeRequest {
            account_id: NOBODY.to_string(),
            settings: settings.clone(),
            secrets: Some(sealed.clone()),
            consent: Some(consent),
        };
        self.ask_gateway(channel, &question).await
    }

    fn seal(&self, channel: &Channel, secret: &HashMap<String, String>) -> Result<Sealed, AccountError> {
        secrets::merge(&self.key, channel, NOBODY, &Sealed::default(), secret)
    }

    fn open(&self, channel: &Channel, sealed: &Sealed) -> Result<HashMap<String, String>, AccountError> {
        let plain = self.key.for_channel(channel).open(NOBODY, sealed)?;
        Ok(serde_json::from_slice(&plain).unwrap_or_default())
    }
}

fn consent_field(schema: &SettingsSchema) -> Option<&str> {
    schema.consent.as_ref().map(|consent| consent.field.as_str()).filter(|name| !name.is_empty())
}

/// The page's own address; providers compare it with what was registered there.
fn must_be_address(uri: &str) -> Result<(), AccountError> {
    let local = ["http://localhost:", "http://127.0.0.1:", "http://localhost/", "http://127.0.0.1/"];
    let safe = uri.starts_with("https://") || local.iter().any(|start| uri.starts_with(start));
    let plain = uri.bytes().all(|byte| byte.is_ascii_graphic()) && !uri.contains(['#', '?']);
    if safe && plain && uri.len() <= ADDRESS {
        return Ok(());
    }
    Err(field("redirect_uri", "should be an https:// address of the page without ? and #"))
}

/// 43 characters that nobody guesses (RFC 7636, section 4.1).
fn random() -> Result<String, AccountError> {
    let mut bytes = [0_u8; 32];
    SystemRandom::new().fill(&mut bytes).map_err(|_| SealError::NoRandom)?;
    Ok(BASE64.encode(bytes))
}

fn sha256(text: &str) -> Vec<u8> {
    digest::digest(&digest::SHA256, text.as_bytes()).as_ref().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_consent_comes_back_to_a_page_that_nobody_listens_in_on() {
        for good in ["https://crm.example.com/settings/consent", "http://localhost:8080/settings/consent"] {
            assert!(must_be_address(good).is_ok(), "{good}");
        }
        for bad in [
            "http://crm.example.com/",
            "javascript:alert(1)",
            "https://a/#x",
            "https://a/?b",
            "http://localhost.example.com/",
            "",
        ] {
            assert!(must_be_address(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_verifier_is_as_long_as_it_has_to_be_and_never_the_same() {
        let (one, other) = (random().unwrap(), random().unwrap());
        assert!(one.len() == 43 && one != other);
    }
}

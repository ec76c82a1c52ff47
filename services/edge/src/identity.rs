use std::{
    collections::HashMap,
    sync::{Arc, OnceLock},
    time::Duration,
};

use chrono::{DateTime, Utc};
use contracts::{
    live::{Event, event::What},
    org::{self, ResolveCredentialRequest, ResolveCredentialResponse, resolve_credential_request},
};
use model::EmployeeId;
use parking_lot::Mutex;
use rpc::{Audience, Caller, Role, Subject, internal};
use tokio::time::Instant;
use tonic::{Code, Status};

use crate::{credential::Credential, upstream::Upstreams};

/// How long an answer of crm-core is believed. A revocation ends it at once.
const BELIEVED: Duration = Duration::from_secs(10);
/// Entries above which those that are no longer believed are cleared away.
const MANY: usize = 10_000;

/// A caller as crm-core knows them.
#[derive(Debug)]
pub struct Identity {
    pub credential: Credential,
    pub caller: Caller,
    /// `None`: an API key that does not expire.
    pub expires_at: Option<DateTime<Utc>>,
    tokens: [OnceLock<String>; 2],
}

impl Identity {
    /// The token for one service, made once; it outlives this identity's place in the cache.
    ///
    /// # Errors
    /// INTERNAL when the key is not usable.
    pub fn token(&self, upstreams: &Upstreams, audience: Audience) -> Result<&str, Status> {
        let slot = &self.tokens[usize::from(audience == Audience::CrmCore)];
        if let Some(token) = slot.get() {
            return Ok(token);
        }
        let token = upstreams.token(audience, &self.caller)?;
        Ok(slot.get_or_init(|| token))
    }

    /// # Errors
    /// PERMISSION_DENIED for the edge itself.
    pub fn employee(&self) -> Result<EmployeeId, Status> {
        self.caller.employee()
    }

    #[must_use]
    pub fn is_api_key(&self) -> bool {
        matches!(self.credential, Credential::ApiKey(_))
    }
}

/// Exchanges credentials for identities, and remembers the answers for a moment.
pub struct Identities {
    upstreams: Upstreams,
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    entries: HashMap<[u8; 32], (Arc<Identity>, Instant)>,
    /// Grows with each revocation: an answer that was asked for before one is not remembered after it.
    revocations: u64,
}

impl Identities {
    #[must_use]
    pub fn new(upstreams: Upstreams) -> Self {
        Self { upstreams, known: Mutex::default() }
    }

    /// # Errors
    /// UNAUTHENTICATED when crm-core does not know the credential; UNAVAILABLE when it does not answer.
    pub async fn resolve(&self, credential: &Credential) -> Result<Arc<Identity>, Status> {
        let key = credential.digest();
        let revocations = {
            let known = self.known.lock();
            if let Some((identity, since)) = known.entries.get(&key)
                && since.elapsed() < BELIEVED
            {
                return Ok(identity.clone());
            }
            known.revocations
        };
        let identity = Arc::new(self.ask(credential).await?);
        self.remember(key, &identity, revocations);
        Ok(identity)
    }

    fn remember(&self, key: [u8; 32], identity: &Arc<Identity>, asked_at: u64) {
        let mut known = self.known.lock();
        if known.revocations != asked_at {
            return;
        }
        if known.entries.len() >= MANY {
            known.entries.retain(|_, (_, since)| since.elapsed() < BELIEVED);
        }
        if known.entries.len() < MANY {
            known.entries.insert(key, (identity.clone(), Instant::now()));
        }
    }

    async fn ask(&self, credential: &Credential) -> Result<Identity, Status> {
        use resolve_credential_request::Credential as Shown;
        let shown = match credential {
            Credential::Session(secret) => Shown::SessionSecret(secret.expose().to_owned()),
            Credential::ApiKey(secret) => Shown::ApiKey(secret.expose().to_owned()),
        };
        let message = ResolveCredentialRequest { credential: Some(shown) };
        let answer = match self.ask_once(message.clone()).await {
            // It only reads, and the connection may just have broken.
            Err(status) if status.code() == Code::Unavailable => self.ask_once(message).await?,
            answer => answer?,
        };
        identity(credential.clone(), answer)
    }

    async fn ask_once(&self, message: ResolveCredentialRequest) -> Result<ResolveCredentialResponse, Status> {
        let request = self.upstreams.own_request(Audience::CrmCore, message)?;
        let mut sessions = self.upstreams.sessions();
        rpc::call_with_deadline(sessions.resolve_credential(request)).await
    }

    /// Forgets one credential: its session has just ended.
    pub fn forget(&self, credential: &Credential) {
        let key = credential.digest();
        let mut known = self.known.lock();
        known.revocations += 1;
        known.entries.remove(&key);
    }

    /// Forgets whoever an event may have changed.
    pub fn learn(&self, event: &Event) {
        let changed = |identity: &Identity| may_change(identity, event);
        if !matters(event) {
            return;
        }
        let mut known = self.known.lock();
        known.revocations += 1;
        known.entries.retain(|_, (identity, _)| !changed(identity));
    }
}

/// Whether an event can change what anyone may do.
#[must_use]
pub fn matters(event: &Event) -> bool {
    matches!(event.what, Some(What::SessionRevoked(_) | What::EmployeeChanged(_) | What::DepartmentChanged(_)))
}

/// Whether an event can change what this caller may do: then crm-core is asked again.
#[must_use]
pub fn may_change(identity: &Identity, event: &Event) -> bool {
    let is_me = |id: &str| matches!(identity.caller.subject, Subject::Employee(me) if me.to_string() == id);
    match &event.what {
        Some(What::SessionRevoked(revoked)) if revoked.session_id.is_empty() => is_me(&revoked.employee_id),
        Some(What::SessionRevoked(revoked)) => {
            identity.caller.session.is_some_and(|id| id.to_string() == revoked.session_id)
        }
        Some(What::EmployeeChanged(changed)) => is_me(&changed.employee_id),
        Some(What::DepartmentChanged(_)) => true, // the subtree that a head sees may have grown or shrunk
        _ => false,
    }
}

fn identity(credential: Credential, answer: ResolveCredentialResponse) -> Result<Identity, Status> {
    let expires_at = rpc::datetime("expires_at", answer.expires_at).map_err(internal)?;
    let roles = answer.roles().filter_map(role).collect();
    let caller = Caller {
        subject: Subject::Employee(answer.employee_id.parse().map_err(internal)?),
        session: rpc::parse_optional_id("session_id", &answer.session_id).map_err(internal)?,
        roles,
        departments: ids(&answer.department_ids)?,
        seen_departments: ids(&answer.seen_department_ids)?,
        scopes: answer.scopes,
        personal_closed: answer.personal_closed,
    };
    Ok(Identity { credential, caller, expires_at, tokens: Default::default() })
}

fn role(role: org::Role) -> Option<Role> {
    Role::from_contract(role)
}

fn ids<T: std::str::FromStr>(texts: &[String]) -> Result<Vec<T>, Status>
where
    T::Err: std::error::Error + 'static,
{
    texts.iter().map(|text| text.parse().map_err(internal)).collect()
}

use std::{fmt, sync::Arc};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use chrono::Utc;
use jwt::{OpenError, SigningKey, VerifyingKey};
use model::{DepartmentId, SessionId};
use ring::rand::{SecureRandom as _, SystemRandom};
use runtime::Env;
use serde::{Deserialize, Serialize};

use crate::{Caller, Role, Subject};

const ISSUER: &str = "okno-edge";
const EDGE: &str = "edge";
/// Seconds that a token lives.
const LIFE: i64 = 60;
/// Seconds that two machines' clocks may differ.
const LEEWAY: i64 = 10;

/// The service that a token is good for; no other takes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Audience {
    Router,
    CrmCore,
}

impl Audience {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Router => "router",
            Self::CrmCore => "crm-core",
        }
    }
}

#[derive(Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    sub: String,
    sid: String,
    roles: Vec<Role>,
    deps: Vec<DepartmentId>,
    seen: Vec<DepartmentId>,
    scopes: Vec<String>,
    /// No personal accounts.
    #[serde(default)]
    closed: bool,
    iat: i64,
    exp: i64,
}

#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    #[error("the token cannot be made")]
    Sign(#[source] serde_json::Error),
    #[error("the token is refused")]
    Refused(#[source] OpenError),
    #[error("the token is of another issuer, or for another service")]
    Foreign,
    #[error("the token is too old")]
    Expired,
    #[error("the token names nobody")]
    Subject,
}

/// Makes tokens; only the edge has one.
#[derive(Clone)]
pub struct TokenSigner {
    key: Arc<SigningKey>,
    public: [u8; 32],
}

impl TokenSigner {
    /// `None` when the seed is refused.
    #[must_use]
    pub fn from_seed(seed: &[u8; 32]) -> Option<Self> {
        let key = SigningKey::ed25519(seed)?;
        Some(Self { public: key.public_key()?, key: Arc::new(key) })
    }

    /// A fresh seed: for tests, and for those who set an installation up. `None` when the machine gives no randomness.
    #[must_use]
    pub fn random_seed() -> Option<[u8; 32]> {
        let mut seed = [0; 32];
        SystemRandom::new().fill(&mut seed).ok()?;
        Some(seed)
    }

    /// The edge's key: `OKNO_TOKEN_KEY`, base64 of 32 random bytes (an Ed25519 seed). Whoever has it is every employee.
    #[must_use]
    pub fn from_env(env: &Env) -> Option<Self> {
        let parse = |text: &str| Self::from_seed(&decode_key(text)?);
        env.require_with("OKNO_TOKEN_KEY", "base64 of a 32-byte Ed25519 seed", true, parse)
    }

    /// What the services hold in `OKNO_TOKEN_PUBLIC_KEYS`.
    #[must_use]
    pub fn public_key(&self) -> [u8; 32] {
        self.public
    }

    /// A token for one service, good for 60 s from now.
    ///
    /// # Errors
    /// [`TokenError::Sign`] when the key is not usable.
    pub fn sign(&self, audience: Audience, caller: &Caller) -> Result<String, TokenError> {
        self.sign_at(audience, caller, Utc::now().timestamp())
    }

    fn sign_at(&self, audience: Audience, caller: &Caller, iat: i64) -> Result<String, TokenError> {
        let claims = Claims {
            iss: ISSUER.to_owned(),
            aud: audience.as_str().to_owned(),
            sub: match caller.subject {
                Subject::Edge => EDGE.to_owned(),
                Subject::Employee(id) => id.to_string(),
            },
            sid: caller.session.map(|id| id.to_string()).unwrap_or_default(),
            roles: caller.roles.clone(),
            deps: caller.departments.clone(),
            seen: caller.seen_departments.clone(),
            scopes: caller.scopes.clone(),
            closed: caller.personal_closed,
            iat,
            exp: iat + LIFE,
        };
        self.key.sign(&claims).map_err(TokenError::Sign)
    }
}

impl fmt::Debug for TokenSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TokenSigner(public {})", STANDARD.encode(self.public))
    }
}

/// Checks tokens; every service has one for its own audience.
#[derive(Clone)]
pub struct TokenVerifier {
    keys: Arc<[VerifyingKey]>,
    audience: Audience,
}

impl TokenVerifier {
    /// Takes at most two keys: while one is replaced by another, tokens of both are good.
    #[must_use]
    pub fn new(audience: Audience, public_keys: &[[u8; 32]]) -> Self {
        Self { keys: public_keys.iter().take(2).map(|key| VerifyingKey::ed25519(*key)).collect(), audience }
    }

    /// `OKNO_TOKEN_PUBLIC_KEYS`: base64 of 32 bytes each, separated by a comma; at most two are used.
    #[must_use]
    pub fn from_env(env: &Env, audience: Audience) -> Option<Self> {
        let parse = |text: &str| text.split(',').map(decode_key).collect::<Option<Vec<_>>>();
        let expected = "one or two base64 texts of 32 bytes, separated by a comma";
        let keys = env.require_with("OKNO_TOKEN_PUBLIC_KEYS", expected, false, parse)?;
        Some(Self::new(audience, &keys))
    }

    /// # Errors
    /// [`TokenError`] when no key fits, or the token is for another service, too old, or names nobody.
    pub fn verify(&self, token: &str) -> Result<Caller, TokenError> {
        let mut refusal = TokenError::Subject;
        for key in self.keys.iter() {
            match key.open(token) {
                Ok(claims) => return self.accept(claims, Utc::now().timestamp()),
                Err(error) => refusal = TokenError::Refused(error),
            }
        }
        Err(refusal)
    }

    fn accept(&self, claims: Claims, now: i64) -> Result<Caller, TokenError> {
        if claims.iss != ISSUER || claims.aud != self.audience.as_str() {
            return Err(TokenError::Foreign);
        }
        if claims.exp.saturating_add(LEEWAY) < now {
            return Err(TokenError::Expired);
        }
        caller(claims)
    }
}

impl fmt::Debug for TokenVerifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TokenVerifier({} keys)", self.keys.len())
    }
}

fn caller(claims: Claims) -> Result<Caller, TokenError> {
    let subject = match claims.sub.as_str() {
        EDGE => Subject::Edge,
        id => Subject::Employee(id.parse().map_err(|_| TokenError::Subject)?),
    };
    let session = match claims.sid.as_str() {
        "" => None,
        id => Some(id.parse::<SessionId>().map_err(|_| TokenError::Subject)?),
    };
    let Claims { roles, deps: departments, seen: seen_departments, scopes, closed: personal_closed, .. } = claims;
    Ok(Caller { subject, session, roles, departments, seen_departments, scopes, personal_closed })
}

fn decode_key(text: &str) -> Option<[u8; 32]> {
    STANDARD.decode(text.trim()).ok()?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use model::EmployeeId;

    use super::*;

    fn signer() -> TokenSigner {
        TokenSigner::from_seed(&TokenSigner::random_seed().unwrap()).unwrap()
    }

    fn head() -> Caller {
        Caller {
            session: Some(SessionId::new()),
            roles: vec![Role::Operator, Role::Head],
            departments: vec![DepartmentId::new()],
            seen_departments: vec![DepartmentId::new(), DepartmentId::new()],
            scopes: vec!["inbox.read".to_owned()],
            personal_closed: true,
            ..Caller::operator(EmployeeId::new())
        }
    }

    #[test]
    fn a_token_brings_the_caller_whole() {
        let (signer, caller) = (signer(), head());
        let verifier = TokenVerifier::new(Audience::Router, &[signer.public_key()]);
        let token = signer.sign(Audience::Router, &caller).unwrap();
        assert_eq!(verifier.verify(&token).unwrap(), caller);
        let token = signer.sign(Audience::Router, &Caller::edge()).unwrap();
        assert!(verifier.verify(&token).unwrap().is_edge());
    }

    #[test]
    fn a_token_for_another_service_too_old_or_of_another_key_is_refused() {
        let signer = signer();
        let verifier = TokenVerifier::new(Audience::Router, &[signer.public_key()]);
        let now = Utc::now().timestamp();
        let refused = [
            signer.sign(Audience::CrmCore, &head()).unwrap(),
            signer.sign_at(Audience::Router, &head(), now - LIFE - 20).unwrap(),
            self::signer().sign(Audience::Router, &head()).unwrap(),
            "nonsense".to_owned(),
            String::new(),
        ];
        for token in refused {
            assert!(verifier.verify(&token).is_err(), "{token}");
        }
    }

    #[test]
    fn a_token_of_another_algorithm_is_refused() {
        let signer = signer();
        let verifier = TokenVerifier::new(Audience::Router, &[signer.public_key()]);
        let token = signer.sign(Audience::Router, &head()).unwrap();
        let claims = token.split('.').nth(1).unwrap().to_owned();
        for header in [r#"{"alg":"none"}"#, r#"{"alg":"HS256"}"#] {
            let header = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(header);
            assert!(verifier.verify(&format!("{header}.{claims}.")).is_err());
        }
    }

    #[test]
    fn while_keys_rotate_tokens_of_both_are_good() {
        let (old, new) = (signer(), signer());
        let verifier = TokenVerifier::new(Audience::CrmCore, &[new.public_key(), old.public_key()]);
        for signer in [old, new] {
            assert!(verifier.verify(&signer.sign(Audience::CrmCore, &head()).unwrap()).is_ok());
        }
    }

    #[test]
    fn a_bad_key_ends_the_start_and_is_not_repeated() {
        let env = Env::from_pairs([("OKNO_TOKEN_KEY", "c2hvcnQ="), ("OKNO_TOKEN_PUBLIC_KEYS", "x,y")]);
        let signer = TokenSigner::from_env(&env);
        let verifier = TokenVerifier::from_env(&env, Audience::Router);
        let errors = env.build(|| signer.zip(verifier)).unwrap_err();
        assert_eq!(errors.0.len(), 2);
        assert!(!errors.to_string().contains("c2hvcnQ="));
    }
}

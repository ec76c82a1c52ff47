//! Signing in and out, and telling the edge who a credential is.

use std::time::Duration;

use chrono::Utc;
use contracts::live::{SessionRevoked, event::What};
use model::{EmployeeId, SessionId};
use serde_json::json;

use super::{
    Auth, SessionError,
    attempts::{self, Attempt},
    domain::{Identity, NewSecret, Session, sha256},
    seal::SealError,
    store::{self, Credential},
    totp,
};
use crate::{
    change::{Actor, Change, Db},
    clock::now,
    employees::domain::login,
};

/// Who says they are whom.
pub struct SignIn<'a> {
    pub login: &'a str,
    pub password: &'a str,
    /// Empty: not asked for yet.
    pub totp_code: &'a str,
    pub user_agent: &'a str,
    pub client_address: &'a str,
}

pub struct SignedIn {
    pub session: Session,
    /// Goes to the edge, once; only its hash is kept.
    pub secret: String,
}

/// Checks a login, password and code, and begins a session.
///
/// # Errors
/// [`SessionError::WrongCredentials`] for anything that does not fit, known login or not; after five of them
/// [`SessionError::LockedOut`]. [`SessionError::TotpRequired`] when everything but the code was right.
pub async fn sign_in(db: &Db, auth: &Auth, who: &SignIn<'_>) -> Result<SignedIn, SessionError> {
    // Counted under its stored form; what cannot be a login is counted as typed, and is nobody's.
    let name = login(who.login).ok();
    let attempt = count(db, name.as_deref().unwrap_or(who.login)).await?;
    let outcome = check_and_begin(db, auth, who, name.as_deref()).await;
    settle(db, &attempt, outcome.as_ref().err()).await?;
    metrics::counter!("okno_sign_in_total", "result" => if outcome.is_ok() { "ok" } else { "refused" }).increment(1);
    outcome
}

/// Counts an attempt at somebody's credentials.
pub(super) async fn count(db: &Db, login: &str) -> Result<Attempt, SessionError> {
    attempts::count(&db.pool, login).await?.map_err(|rest: Duration| {
        metrics::counter!("okno_sign_in_total", "result" => "locked_out").increment(1);
        SessionError::LockedOut(rest)
    })
}

/// Forgets the failures after a success; keeps the attempt as one more failure, or takes it back.
pub(super) async fn settle(db: &Db, attempt: &Attempt, error: Option<&SessionError>) -> Result<(), SessionError> {
    match error {
        None => attempts::forget(&db.pool, attempt).await?,
        Some(SessionError::WrongCredentials) => {}
        Some(_) => attempts::take_back(&db.pool, attempt).await?,
    }
    Ok(())
}

async fn check_and_begin(
    db: &Db,
    auth: &Auth,
    who: &SignIn<'_>,
    login: Option<&str>,
) -> Result<SignedIn, SessionError> {
    let credential = match login {
        Some(login) => store::credential_by_login(&db.pool, login).await?,
        None => None,
    };
    let hash = credential.as_ref().map(|c| c.password_hash.clone());
    let fits = auth.passwords.verify(who.password, hash).await?;
    let credential = credential.filter(|_| fits).ok_or(SessionError::WrongCredentials)?;
    let employee = EmployeeId(credential.employee_id);
    let step = check_code(auth, employee, &credential, who.totp_code)?;
    let mut change = db.begin(Actor::Employee { id: employee, administrator: false }).await?;
    if let Some(step) = step
        && !store::use_totp_step(change.db(), employee, step).await?
    {
        return Err(SessionError::WrongCredentials); // somebody was in with this code already
    }
    let signed_in = begin_session(&mut change, employee, who).await?;
    change.commit().await?;
    Ok(signed_in)
}

/// The step of a good code; `None` when this person has no second factor.
pub(super) fn check_code(
    auth: &Auth,
    employee: EmployeeId,
    credential: &Credential,
    code: &str,
) -> Result<Option<i64>, SessionError> {
    let Some(sealed) = &credential.totp_sealed else { return Ok(None) };
    if code.trim().is_empty() {
        return Err(SessionError::TotpRequired);
    }
    let secret = auth.totp_key.open(employee, sealed)?;
    let step = totp::matching_step(&secret, code, Utc::now().timestamp());
    step.map(Some).ok_or(SessionError::WrongCredentials)
}

async fn begin_session(
    change: &mut Change<'_>,
    employee: EmployeeId,
    who: &SignIn<'_>,
) -> Result<SignedIn, SessionError> {
    let secret = NewSecret::session().ok_or(SealError::NoRandom)?;
    let session = Session {
        id: SessionId::new(),
        employee,
        user_agent: shortened(who.user_agent),
        client_address: shortened(who.client_address),
        created_at: now(),
        last_seen_at: now(),
    };
    store::insert_session(change.db(), &session, &secret.sha256).await?;
    change.audit("session.begin", "employee", employee.0, None, Some(json!({ "session_id": session.id })));
    Ok(SignedIn { session, secret: secret.text })
}

/// What a browser says of itself is shown to its owner only; it is cut, not refused.
fn shortened(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(300).collect()
}

/// Ends a session of this employee.
///
/// # Errors
/// [`SessionError::NotFound`].
pub async fn end_session(db: &Db, by: Actor, employee: EmployeeId, id: SessionId) -> Result<(), SessionError> {
    let mut change = db.begin(by).await?;
    if !store::delete_session(change.db(), employee, id).await? {
        return Err(SessionError::NotFound(id));
    }
    note_ended(&mut change, employee, &[id]);
    Ok(change.commit().await?)
}

/// Ends all sessions of this employee but `keep`.
///
/// # Errors
/// What the database answers.
pub async fn end_other_sessions(
    db: &Db,
    by: Actor,
    employee: EmployeeId,
    keep: Option<SessionId>,
) -> Result<(), SessionError> {
    let mut change = db.begin(by).await?;
    end_sessions(&mut change, employee, keep).await?;
    Ok(change.commit().await?)
}

/// Ends sessions as a part of a larger change.
pub async fn end_sessions(change: &mut Change<'_>, employee: EmployeeId, keep: Option<SessionId>) -> sqlx::Result<()> {
    let ended = store::delete_sessions(change.db(), employee, keep).await?;
    note_ended(change, employee, &ended);
    Ok(())
}

fn note_ended(change: &mut Change<'_>, employee: EmployeeId, ended: &[SessionId]) {
    for id in ended {
        change.audit("session.end", "employee", employee.0, Some(json!({ "session_id": id })), None);
        let (session_id, employee_id) = (id.to_string(), employee.to_string());
        change.tell(employee, What::SessionRevoked(SessionRevoked { session_id, employee_id }));
    }
}

/// Who a session's secret stands for.
///
/// # Errors
/// [`SessionError::NotSignedIn`] when it has ended or never was, or its owner was dismissed.
pub async fn resolve_session(db: &Db, secret: &str) -> Result<Identity, SessionError> {
    let found = store::session_by_secret(&db.pool, &sha256(secret)).await?;
    let session = found.ok_or(SessionError::NotSignedIn)?;
    let standing = store::standing(&db.pool, session.employee).await?.ok_or(SessionError::NotSignedIn)?;
    if now() - session.last_seen_at > chrono::Duration::minutes(5) {
        store::touch_session(&db.pool, session.id).await?;
    }
    Ok(Identity {
        employee: session.employee,
        session: Some(session.id),
        roles: standing.roles,
        departments: standing.departments,
        seen_departments: standing.seen_departments,
        scopes: Vec::new(),
        expires_at: Some(session.expires_at()),
        personal_closed: standing.personal_closed,
    })
}

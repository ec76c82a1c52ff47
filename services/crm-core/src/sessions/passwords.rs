//! Hashing passwords: argon2id on threads of its own, a bounded number at once.

use std::{num::NonZero, sync::Arc, time::Duration};

use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use tokio::{sync::Semaphore, task::spawn_blocking, time::timeout};

/// How long a sign-in may wait for its turn at the processor.
const TURN: Duration = Duration::from_secs(10);

#[derive(Debug, thiserror::Error)]
pub enum HashError {
    #[error("too many sign-ins at once")]
    Busy,
    #[error("argon2 failed")]
    Argon(#[from] argon2::password_hash::Error),
    #[error("the hashing thread died")]
    Died(#[from] tokio::task::JoinError),
}

/// Makes and checks password hashes. Clones share the places.
#[derive(Clone)]
pub struct Passwords {
    argon2: Argon2<'static>,
    places: Arc<Semaphore>,
    /// What is checked when there is no hash, so that an unknown login takes as long as a known one.
    nobody: Arc<str>,
}

impl Passwords {
    /// As OWASP advises: argon2id, 19 MiB, 2 passes, 1 lane
    /// (<https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html>, read 2026-11-24).
    ///
    /// # Errors
    /// When the machine gives no randomness.
    pub fn new() -> Result<Self, HashError> {
        Self::with(Params::DEFAULT)
    }

    /// Weak and quick, for tests.
    ///
    /// # Errors
    /// When the machine gives no randomness.
    #[cfg(test)]
    pub fn quick() -> Result<Self, HashError> {
        Self::with(Params::new(Params::MIN_M_COST, 1, 1, None).expect("the least is allowed"))
    }

    fn with(params: Params) -> Result<Self, HashError> {
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let nobody = argon2.hash_password(b"nobody has this password")?.to_string().into();
        let places = std::thread::available_parallelism().map_or(1, NonZero::get);
        Ok(Self { argon2, places: Arc::new(Semaphore::new(places)), nobody })
    }

    /// The PHC text of a new hash.
    ///
    /// # Errors
    /// [`HashError`].
    pub async fn hash(&self, password: &str) -> Result<String, HashError> {
        let (argon2, password) = (self.argon2.clone(), password.to_owned());
        self.in_turn(move || Ok(argon2.hash_password(password.as_bytes())?.to_string())).await
    }

    /// Whether the password fits. `None` and what cannot be read never do, and take as long to find out.
    ///
    /// # Errors
    /// [`HashError::Busy`], [`HashError::Died`].
    pub async fn verify(&self, password: &str, stored: Option<String>) -> Result<bool, HashError> {
        let (argon2, password) = (self.argon2.clone(), password.to_owned());
        let known = stored.is_some();
        let hash = stored.unwrap_or_else(|| self.nobody.to_string());
        let fits = move || {
            let hash = PasswordHash::new(&hash).map_err(argon2::password_hash::Error::from)?;
            Ok(argon2.verify_password(password.as_bytes(), &hash).is_ok())
        };
        Ok(self.in_turn(fits).await? && known)
    }

    async fn in_turn<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, HashError> + Send + 'static,
    ) -> Result<T, HashError> {
        let place = timeout(TURN, Arc::clone(&self.places).acquire_owned()).await.map_err(|_| HashError::Busy)?;
        let place = place.map_err(|_| HashError::Busy)?;
        spawn_blocking(move || {
            let _place = place; // held to the end, also when nobody waits for the result any more
            work()
        })
        .await?
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_right_password_fits() {
        let passwords = Passwords::quick().unwrap();
        let hash = passwords.hash("correct horse").await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$"));
        assert!(passwords.verify("correct horse", Some(hash.clone())).await.unwrap());
        assert!(!passwords.verify("wrong horse", Some(hash)).await.unwrap());
        assert!(!passwords.verify("nobody has this password", None).await.unwrap());
    }
}

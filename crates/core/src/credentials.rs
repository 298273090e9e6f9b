//! Passwords: one that everybody types, three forms in which it arrives.
//!
//! A credential is a set of verifiers, each Argon2id over one form; a bare hash is never kept. Argon2 runs on a bounded pool: it is
//! meant to be slow, and must not slow down anybody else.

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use koine_metrics::Limit;
use koine_metrics::catalogue::{PASSWORD_QUEUE, PASSWORD_WAIT_SECONDS};
use koine_model::Refusal;
use koine_model::secret::{Form, Secret};
use koine_store::{Error, Failure, Verifier};
use md5::Md5;
use sha2::{Digest, Sha256};
use std::sync::Arc;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::Instant;

/// Makes and checks verifiers.
pub struct Credentials {
    argon2: Arc<Argon2<'static>>,
    /// What an unknown account is checked against, so that it costs as much as a wrong password.
    decoy: Verifier,
    running: Arc<Semaphore>,
    /// Places for those that run and those that wait.
    waiting: Semaphore,
}

/// The most places that can be asked for.
const MOST: usize = 1 << 24;

/// What a check found out.
#[derive(Debug, PartialEq, Eq)]
pub enum Checked {
    /// It is the password; these verifiers were missing and can be added.
    Right(Vec<Verifier>),
    /// It is not.
    Wrong,
    /// There is no verifier that could tell.
    Uncheckable,
}

/// How much an Argon2 check costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cost {
    /// Memory, in KiB.
    pub memory_kib: u32,
    /// Passes over the memory.
    pub iterations: u32,
}

impl Default for Cost {
    fn default() -> Self {
        Self { memory_kib: 19 << 10, iterations: 2 }
    }
}

impl Credentials {
    /// Runs at most `parallel` checks at once, each at `cost`. At most `waiting` wait for one that runs; more are refused as busy.
    pub fn new(cost: Cost, parallel: usize, waiting: usize) -> Result<Self, Failure> {
        let fail = |cause| Failure::new("set up password hashing", cause);
        let params = Params::new(cost.memory_kib, cost.iterations, 1, None)
            .map_err(|error| fail(error.to_string()))?;
        let argon2 = Arc::new(Argon2::new(Algorithm::Argon2id, Version::V0x13, params));
        let decoy = derive(&argon2, Form::Plain, "decoy")?;
        let parallel = parallel.clamp(1, MOST);
        let running = Arc::new(Semaphore::new(parallel));
        let waiting = Semaphore::new(parallel.saturating_add(waiting).min(MOST));
        Ok(Self { argon2, decoy, running, waiting })
    }

    /// The verifiers that can be made of `secret`: all of a plain password, only its own of a hashed one.
    pub async fn verifiers(&self, secret: Secret) -> Result<Vec<Verifier>, Error> {
        self.on_the_pool(move |argon2| {
            let forms = forms_of(&secret);
            forms.iter().map(|(form, text)| derive(argon2, *form, text)).collect()
        })
        .await
    }

    /// Checks `secret` against what an account has.
    pub async fn check(&self, secret: Secret, mut known: Vec<Verifier>) -> Result<Checked, Error> {
        if known.is_empty() {
            known.push(self.decoy.clone());
        }
        self.on_the_pool(move |argon2| check(argon2, &secret, &known)).await
    }

    /// Spends as much time as a check does, for a name that nobody has.
    pub async fn pretend(&self, secret: Secret) -> Result<(), Error> {
        let decoy = vec![self.decoy.clone()];
        self.on_the_pool(move |argon2| check(argon2, &Secret::plain(secret.expose()), &decoy)).await.map(drop)
    }

    async fn on_the_pool<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Argon2<'static>) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, Error> {
        let _place =
            Place::new(self.waiting.try_acquire().map_err(|_| Limit::PasswordsWaiting.met(Refusal::Busy))?);
        let asked = Instant::now();
        let fail =
            |cause: Box<dyn std::error::Error + Send + Sync>| Failure::new("run the password check", cause);
        let permit = self.running.clone().acquire_owned().await.map_err(|error| fail(error.into()))?;
        PASSWORD_WAIT_SECONDS.took(asked.elapsed());
        let argon2 = self.argon2.clone();
        let done = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            work(&argon2)
        });
        Ok(done.await.map_err(|error| fail(error.into()))??)
    }
}

/// A place among those whose passwords are checked or wait for it, which is counted.
struct Place<'a> {
    _permit: SemaphorePermit<'a>,
}

impl<'a> Place<'a> {
    fn new(permit: SemaphorePermit<'a>) -> Self {
        PASSWORD_QUEUE.add(1);
        Self { _permit: permit }
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        PASSWORD_QUEUE.subtract(1);
    }
}

fn check(argon2: &Argon2<'static>, secret: &Secret, known: &[Verifier]) -> Result<Checked, Failure> {
    let forms = forms_of(secret);
    let Some((verifier, text)) = forms.iter().find_map(|(form, text)| {
        known.iter().find(|verifier| verifier.form == *form).map(|verifier| (verifier, text))
    }) else {
        // As slow as a check that can be done, so that the clock does not tell which forms an account has.
        derive(argon2, secret.form(), secret.expose())?;
        return Ok(Checked::Uncheckable);
    };
    let hash = PasswordHash::new(&verifier.hash)
        .map_err(|error| Failure::new("read a stored password hash", error.to_string()))?;
    if argon2.verify_password(text.as_bytes(), &hash).is_err() {
        return Ok(Checked::Wrong);
    }
    let missing = forms.iter().filter(|(form, _)| !known.iter().any(|verifier| verifier.form == *form));
    let added: Result<Vec<_>, _> = missing.map(|(form, text)| derive(argon2, *form, text)).collect();
    added.map(Checked::Right)
}

/// The forms that follow from a secret, with the plain one first.
fn forms_of(secret: &Secret) -> Vec<(Form, String)> {
    let own = (secret.form(), secret.expose().to_owned());
    match secret.form() {
        Form::Plain => {
            let bytes = secret.expose().as_bytes();
            vec![own, (Form::Md5, hex(&Md5::digest(bytes))), (Form::Sha256, hex(&Sha256::digest(bytes)))]
        }
        Form::Md5 | Form::Sha256 => vec![own],
    }
}

fn derive(argon2: &Argon2<'static>, form: Form, text: &str) -> Result<Verifier, Failure> {
    let fail = |cause: String| Failure::new("hash a password", cause);
    let mut salt = [0; 16];
    getrandom::fill(&mut salt).map_err(|error| fail(error.to_string()))?;
    let hash =
        argon2.hash_password_with_salt(text.as_bytes(), &salt).map_err(|error| fail(error.to_string()))?;
    Ok(Verifier { form, hash: hash.to_string() })
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn credentials() -> Credentials {
        Credentials::new(Cost { memory_kib: 8, iterations: 1 }, 2, 8).unwrap()
    }

    fn forms(verifiers: &[Verifier]) -> Vec<Form> {
        verifiers.iter().map(|verifier| verifier.form).collect()
    }

    const MD5: &str = "5f4dcc3b5aa765d61d8327deb882cf99";
    const SHA256: &str = "5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8";

    #[tokio::test]
    async fn a_plain_password_opens_the_account_in_all_forms() {
        let credentials = credentials();
        let known = credentials.verifiers(Secret::plain("password")).await.unwrap();
        assert_eq!(forms(&known), [Form::Plain, Form::Md5, Form::Sha256]);
        for text in ["password", MD5, SHA256] {
            let checked = credentials.check(Secret::classify(text), known.clone()).await.unwrap();
            assert_eq!(checked, Checked::Right(vec![]), "{text}");
        }
        assert_eq!(credentials.check(Secret::plain("passwort"), known).await.unwrap(), Checked::Wrong);
    }

    #[tokio::test]
    async fn a_hashed_password_gains_the_other_forms_at_the_first_plain_login() {
        let credentials = credentials();
        let known = credentials.verifiers(Secret::classify(MD5)).await.unwrap();
        assert_eq!(forms(&known), [Form::Md5]);
        let sha = credentials.check(Secret::classify(SHA256), known.clone()).await.unwrap();
        assert_eq!(sha, Checked::Uncheckable);
        let Checked::Right(added) = credentials.check(Secret::plain("password"), known).await.unwrap() else {
            panic!("the plain password was not recognised");
        };
        assert_eq!(forms(&added), [Form::Plain, Form::Sha256]);
    }

    #[tokio::test]
    async fn who_finds_no_place_to_wait_is_told_at_once() {
        // Slow enough to be still running when the third one comes.
        let credentials = Credentials::new(Cost { memory_kib: 8, iterations: 2_000 }, 1, 1).unwrap();
        let check = || credentials.check(Secret::plain("secret"), vec![]);
        let (one, two, three) = tokio::join!(check(), check(), check());
        assert_eq!((one.unwrap(), two.unwrap()), (Checked::Wrong, Checked::Wrong));
        assert!(matches!(three, Err(Error::Refused(Refusal::Busy))), "{three:?}");
        assert_eq!(check().await.unwrap(), Checked::Wrong);
    }

    #[tokio::test]
    async fn without_verifiers_every_password_is_wrong() {
        let credentials = credentials();
        assert_eq!(credentials.check(Secret::plain("decoy!"), vec![]).await.unwrap(), Checked::Wrong);
        credentials.pretend(Secret::classify(MD5)).await.unwrap();
    }
}

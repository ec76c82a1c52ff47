//! The accounts of the channel as they are wanted now: each entry becomes a connection, or says why it cannot.

use std::{collections::HashMap, sync::Arc};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use bus::accounts::Accounts;
use contracts::channel::{AccountEntry, LocalText};
use model::AccountId;
use parking_lot::RwLock;
use tokio::sync::watch;
use tracing::{info, warn};

use crate::{AccountSetup, Config, Gateway, KEPT, SettingsError, account::Account, worker};

/// What is to become of an account.
pub(crate) enum Wish<G> {
    On(Arc<G>),
    Off,
    /// The settings cannot be used: why, and which remedy helps.
    Broken(LocalText, &'static str),
    Gone,
}

impl<G> Clone for Wish<G> {
    fn clone(&self) -> Self {
        match self {
            Self::On(gateway) => Self::On(gateway.clone()),
            Self::Off => Self::Off,
            Self::Broken(why, remedy) => Self::Broken(why.clone(), remedy),
            Self::Gone => Self::Gone,
        }
    }
}

pub(crate) struct Line<G> {
    pub account: Arc<Account>,
    entry: Arc<AccountEntry>,
    wish: watch::Sender<Wish<G>>,
}

impl<G> Clone for Line<G> {
    fn clone(&self) -> Self {
        Self { account: self.account.clone(), entry: self.entry.clone(), wish: self.wish.clone() }
    }
}

impl<G> Line<G> {
    pub fn wish(&self) -> Wish<G> {
        self.wish.borrow().clone()
    }
}

/// What a webhook for an account meets.
pub(crate) enum Found<G> {
    /// The accounts are not read in full yet.
    NotReady,
    Unknown,
    Line(Line<G>),
}

/// The accounts that this process knows.
pub(crate) struct Registry<G> {
    known: RwLock<Known<G>>,
}

struct Known<G> {
    complete: bool,
    lines: HashMap<AccountId, Line<G>>,
}

impl<G: Gateway> Registry<G> {
    pub fn new() -> Self {
        Self { known: RwLock::new(Known { complete: false, lines: HashMap::new() }) }
    }

    pub fn find(&self, account: Option<AccountId>) -> Found<G> {
        let known = self.known.read();
        match account.and_then(|id| known.lines.get(&id)) {
            Some(line) => Found::Line(line.clone()),
            None if known.complete => Found::Unknown,
            None => Found::NotReady,
        }
    }

    /// The account whose connection is so, where a delivery names it in the provider's words.
    pub fn find_where(&self, is_it: impl Fn(&G) -> bool) -> Found<G> {
        let known = self.known.read();
        let fits = |line: &&Line<G>| matches!(&*line.wish.borrow(), Wish::On(gateway) if is_it(gateway));
        match known.lines.values().find(fits) {
            Some(line) => Found::Line(line.clone()),
            // Who is off or broken cannot be asked, and it may be theirs.
            None if known.complete && known.lines.values().all(|line| matches!(line.wish(), Wish::On(_))) => {
                Found::Unknown
            }
            None => Found::NotReady,
        }
    }

    /// The account whose open settings are so, connected or not; one that is switched on before others.
    pub fn find_by(&self, fits: impl Fn(&HashMap<String, String>) -> bool) -> Found<G> {
        let known = self.known.read();
        let fitting = known.lines.values().filter(|line| fits(&line.entry.settings));
        match fitting.max_by_key(|line| line.entry.enabled) {
            Some(line) => Found::Line(line.clone()),
            None if known.complete => Found::Unknown,
            None => Found::NotReady,
        }
    }

    /// The account of that name, proven or not.
    pub fn find_named(&self, name: &str) -> Option<Arc<Account>> {
        let known = self.known.read();
        let is_it = |line: &&Line<G>| matches!(&*line.wish.borrow(), Wish::On(one) if one.share_name() == name);
        known.lines.values().find(is_it).map(|line| line.account.clone())
    }

    pub fn entry(&self, account: AccountId) -> Option<Arc<AccountEntry>> {
        self.known.read().lines.get(&account).map(|line| line.entry.clone())
    }

    pub(crate) fn complete(&self) -> bool {
        self.known.read().complete
    }

    /// Makes the lines follow the entries; a new one gets a worker of its own.
    fn follow(&self, shop: &worker::Shop<G>, accounts: &Accounts) {
        if !accounts.complete {
            return;
        }
        for (id, entry) in &accounts.entries {
            self.follow_one(shop, *id, entry);
        }
        let mut known = self.known.write();
        known.complete = true;
        known.lines.retain(|id, line| {
            let kept = accounts.entries.contains_key(id);
            if !kept {
                line.wish.send_replace(Wish::Gone);
            }
            kept
        });
    }

    fn follow_one(&self, shop: &worker::Shop<G>, id: AccountId, entry: &Arc<AccountEntry>) {
        let known = self.known.read().lines.get(&id).cloned();
        let Some(line) = known else {
            let account = Arc::new(Account::new(&shop.kit.channel, id, entry.part, G::pacing()));
            let wish = watch::Sender::new(wish_for(&shop.kit.config, id, entry));
            worker::start(shop, account.clone(), wish.subscribe());
            let line = Line { account, entry: entry.clone(), wish };
            self.known.write().lines.insert(id, line);
            return;
        };
        line.account.set_part(entry.part);
        if !same_connection(&line.entry, entry) {
            info!(account.id = %id, revision = entry.revision, "account {id} has new settings");
            line.account.trust();
            line.wish.send_replace(wish_for(&shop.kit.config, id, entry));
        }
        if let Some(line) = self.known.write().lines.get_mut(&id) {
            line.entry = entry.clone();
        }
    }
}

/// Whether a connection made for one entry serves the other.
fn same_connection(known: &AccountEntry, now: &AccountEntry) -> bool {
    known.enabled == now.enabled && known.settings == now.settings && known.secrets == now.secrets
}

fn wish_for<G: Gateway>(config: &Config, id: AccountId, entry: &AccountEntry) -> Wish<G> {
    if !entry.enabled {
        return Wish::Off;
    }
    match connect::<G>(config, id, entry) {
        Ok(gateway) => Wish::On(Arc::new(gateway)),
        Err((error, remedy)) => {
            warn!(account.id = %id, error = error.en, "account {id} cannot be connected");
            Wish::Broken(error, remedy)
        }
    }
}

fn connect<G: Gateway>(config: &Config, id: AccountId, entry: &AccountEntry) -> Result<G, (LocalText, &'static str)> {
    let setup = setup(config, id, entry).map_err(|error| (error, "secrets"))?;
    G::connect(&setup).map_err(|error| (named(&error), "settings"))
}

/// The problem with the field that has it.
fn named(error: &SettingsError) -> LocalText {
    let SettingsError { field, problem } = error;
    LocalText {
        ru: format!("настройка {field}: {}", problem.ru), en: format!("setting {field}: {}", problem.en)
    }
}

/// The settings of an account with its secrets opened among them.
pub(crate) fn setup(config: &Config, id: AccountId, entry: &AccountEntry) -> Result<AccountSetup, LocalText> {
    let mut settings = entry.settings.clone();
    if let Some(sealed) = &entry.secrets {
        settings.extend(open(config, id, sealed)?);
    }
    if !entry.kept.is_empty() {
        settings.insert(KEPT.to_owned(), BASE64_STANDARD.encode(&entry.kept));
    }
    let setup = AccountSetup { account: id, settings, allow_private_addresses: config.allow_private_addresses };
    Ok(config.told(setup))
}

/// Opens a JSON object of strings.
pub(crate) fn open(
    config: &Config,
    id: AccountId,
    sealed: &contracts::channel::Sealed,
) -> Result<HashMap<String, String>, LocalText> {
    if sealed.r#box.is_empty() {
        return Ok(HashMap::new());
    }
    let opened = config.key.open(id, sealed).map_err(|error| sealed_otherwise(&error))?;
    // The parser's own text could repeat a secret.
    serde_json::from_slice(&opened).map_err(|_| LocalText {
        ru: "секреты записаны не так, как ожидалось".to_owned(),
        en: "the secrets are no JSON object of texts".to_owned(),
    })
}

fn sealed_otherwise(error: &impl std::fmt::Display) -> LocalText {
    LocalText {
        ru: "секреты не открываются ключом этого шлюза".to_owned(), en: error.to_string()
    }
}

/// Keeps the lines as the bucket says, until `stop`.
pub(crate) async fn keep<G: Gateway>(
    shop: worker::Shop<G>,
    registry: Arc<Registry<G>>,
    mut accounts: watch::Receiver<Arc<Accounts>>,
) {
    let health = &shop.kit.ready.accounts;
    health.not_ready("the accounts are not read in full yet");
    loop {
        let now = accounts.borrow_and_update().clone();
        registry.follow(&shop, &now);
        if registry.complete() {
            health.ready();
        }
        tokio::select! {
            biased;
            () = shop.kit.stop.cancelled() => break,
            changed = accounts.changed() => if changed.is_err() { break },
        }
    }
}

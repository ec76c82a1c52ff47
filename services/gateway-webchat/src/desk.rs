//! What the calls of all accounts share.

use std::{
    net::{IpAddr, Ipv4Addr},
    sync::Arc,
    time::Duration,
};

use chrono::Utc;
use gateway_kit::{Front, Refusal, Visit};
use http::{HeaderMap, StatusCode, header::ORIGIN, request::Parts};
use model::AccountId;
use tokio::{sync::Semaphore, time::interval};

use crate::{
    Webchat,
    hub::Hub,
    limits::Limits,
    office::Offices,
    origin::is_own,
    show::Shower,
    token::{Signer, VisitorToken},
};

/// Uploads that one instance takes at the same time.
const UPLOADS: usize = 32;
/// Pictures that one instance holds in memory at the same time, in KiB.
const PICTURES_KIB: usize = 128 << 10;

pub struct Desk {
    pub front: Arc<Front<Webchat>>,
    pub hub: Arc<Hub>,
    pub offices: Offices,
    pub limits: Limits,
    pub uploads: Semaphore,
    /// Room for pictures in memory, in KiB.
    pub pictures: Semaphore,
}

/// Where a call may come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CalledFrom {
    /// The chat's own frame.
    Ours,
    /// A site that the account allows.
    Site(String),
    /// No page at all.
    NoPage,
}

impl Desk {
    /// Starts what hears the other replicas.
    #[must_use]
    pub fn open(front: Arc<Front<Webchat>>) -> Arc<Self> {
        let hub = Hub::new();
        let desk = Arc::new(Self {
            hub: hub.clone(),
            offices: Offices::default(),
            limits: Limits::default(),
            uploads: Semaphore::new(UPLOADS),
            pictures: Semaphore::new(PICTURES_KIB),
            front,
        });
        let tasks = desk.front.tasks().clone();
        tasks.spawn(hub.run(desk.front.peers(), desk.front.stop().clone()));
        tasks.spawn(tidy(desk.clone()));
        desk
    }

    /// The account, and where the call comes from.
    ///
    /// # Errors
    /// 403 for a foreign site, 404, 503.
    pub fn enter(&self, account: &str, headers: &HeaderMap) -> Result<(Visit<Webchat>, CalledFrom), Refusal> {
        let visit = self.front.visit(account)?;
        let from = match headers.get(ORIGIN) {
            None => CalledFrom::NoPage,
            Some(origin) => self.place(&visit, origin.to_str().unwrap_or("null"), headers)?,
        };
        Ok((visit, from))
    }

    /// [`Self::enter`] for calls that browsers make from pages only; `?site=` names the page that our frame stands on.
    ///
    /// # Errors
    /// The same, and 403 without a page or on a page that the account does not allow.
    pub fn enter_from_page(&self, account: &str, parts: &Parts) -> Result<(Visit<Webchat>, CalledFrom), Refusal> {
        let (visit, from) = self.enter(account, &parts.headers)?;
        if from == CalledFrom::NoPage {
            return Err(foreign());
        }
        let from = Self::stood_on(&visit, from, site(parts))?;
        Ok((visit, from))
    }

    /// The frame calls from our own origin wherever it stands: what it says of its site holds from then on.
    ///
    /// # Errors
    /// 403 for a site that the account does not allow.
    pub fn stood_on(visit: &Visit<Webchat>, from: CalledFrom, site: Option<String>) -> Result<CalledFrom, Refusal> {
        match (from, site) {
            (CalledFrom::Ours, Some(site)) if visit.gateway.settings.origins.allow(&site) => Ok(CalledFrom::Site(site)),
            (CalledFrom::Ours, Some(_)) => Err(foreign()),
            (from, _) => Ok(from),
        }
    }

    fn place(&self, visit: &Visit<Webchat>, origin: &str, headers: &HeaderMap) -> Result<CalledFrom, Refusal> {
        if is_own(origin, self.front.public_url(), headers) {
            return Ok(CalledFrom::Ours);
        }
        if visit.gateway.settings.origins.allow(origin) {
            Ok(CalledFrom::Site(origin.to_owned()))
        } else {
            Err(foreign())
        }
    }

    /// Whether a chat that was let in may stay: its account is on, its site allowed.
    ///
    /// # Errors
    /// As [`Self::enter`].
    pub fn still(&self, account: AccountId, from: &CalledFrom) -> Result<Visit<Webchat>, Refusal> {
        let visit = self.front.visit(&account.to_string())?;
        match from {
            CalledFrom::Site(origin) if !visit.gateway.settings.origins.allow(origin) => Err(foreign()),
            _ => Ok(visit),
        }
    }

    /// The client's address; one for all whose address is not known.
    #[must_use]
    pub fn caller(&self, parts: &Parts) -> IpAddr {
        self.front.client_address(parts).unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED))
    }

    /// Signs who visitors are.
    #[must_use]
    pub fn visitors(&self, account: AccountId) -> Signer {
        Signer::new(&self.front.key(account, "visitor"))
    }

    /// Signs uploads.
    #[must_use]
    pub fn uploads_signer(&self, account: AccountId) -> Signer {
        Signer::new(&self.front.key(account, "upload"))
    }

    /// Signs links to files.
    #[must_use]
    pub fn links(&self, account: AccountId) -> Signer {
        Signer::new(&self.front.key(account, "file"))
    }

    #[must_use]
    pub fn shower(&self, account: AccountId) -> Shower {
        Shower { signer: self.links(account), account }
    }

    /// The visitor of a token; `None`: it is none of this account's, or too old.
    #[must_use]
    pub fn visitor(&self, account: AccountId, token: &str) -> Option<VisitorToken> {
        self.visitors(account).open::<VisitorToken>(token).filter(|token| token.is_good(Utc::now().timestamp()))
    }
}

/// 403: the call comes from a page that the account does not name.
fn foreign() -> Refusal {
    Refusal::new(StatusCode::FORBIDDEN, "origin")
}

/// The `site` of a call's query.
fn site(parts: &Parts) -> Option<String> {
    let query = parts.uri.query().unwrap_or_default();
    url::form_urlencoded::parse(query.as_bytes()).find_map(|(name, value)| (name == "site").then(|| value.into_owned()))
}

async fn tidy(desk: Arc<Desk>) {
    let mut tick = interval(Duration::from_secs(60));
    while desk.front.stop().run_until_cancelled(tick.tick()).await.is_some() {
        desk.limits.tidy();
        metrics::gauge!("okno_webchat_open_chats")
            .set(f64::from(u32::try_from(desk.limits.opened()).unwrap_or(u32::MAX)));
    }
}

use contracts::{
    crm::personal_data_service_client::PersonalDataServiceClient,
    file::file_service_client::FileServiceClient,
    inbox::{
        channel_account_service_client::ChannelAccountServiceClient, mailing_service_client::MailingServiceClient,
    },
    live::event_service_client::EventServiceClient,
    org::session_service_client::SessionServiceClient,
};
use rpc::{Audience, Caller, ClientError, TokenSigner, internal};
use tonic::{Request, Status, transport::Channel};

/// The services behind the edge, and the key that opens them.
#[derive(Clone)]
pub struct Upstreams {
    router: Channel,
    crm: Channel,
    signer: TokenSigner,
}

impl Upstreams {
    /// # Errors
    /// When an address cannot be read. Nothing is connected yet.
    pub fn new(router_url: &str, crm_url: &str, signer: TokenSigner) -> Result<Self, ClientError> {
        Ok(Self { router: rpc::client(router_url)?, crm: rpc::client(crm_url)?, signer })
    }

    /// Who serves a method: packages have one owner each.
    #[must_use]
    pub fn owner_of(path: &str) -> Option<Audience> {
        let package = path.strip_prefix("/okno.")?;
        match package.split_once('.')?.0 {
            "inbox" | "file" => Some(Audience::Router),
            "org" | "crm" => Some(Audience::CrmCore),
            _ => None,
        }
    }

    #[must_use]
    pub fn channel(&self, audience: Audience) -> Channel {
        match audience {
            Audience::Router => self.router.clone(),
            Audience::CrmCore => self.crm.clone(),
        }
    }

    /// A token that says "the bearer is this caller" to one service.
    ///
    /// # Errors
    /// INTERNAL when the key is not usable.
    pub fn token(&self, audience: Audience, caller: &Caller) -> Result<String, Status> {
        self.signer.sign(audience, caller).map_err(internal)
    }

    /// A request of the edge's own.
    ///
    /// # Errors
    /// INTERNAL when the key is not usable.
    pub fn own_request<T>(&self, audience: Audience, message: T) -> Result<Request<T>, Status> {
        rpc::authorized(message, &self.token(audience, &Caller::edge())?)
    }

    #[must_use]
    pub fn sessions(&self) -> SessionServiceClient<Channel> {
        SessionServiceClient::new(self.crm.clone())
    }

    #[must_use]
    pub fn accounts(&self) -> ChannelAccountServiceClient<Channel> {
        ChannelAccountServiceClient::new(self.router.clone())
    }

    #[must_use]
    pub fn personal_data(&self) -> PersonalDataServiceClient<Channel> {
        PersonalDataServiceClient::new(self.crm.clone())
    }

    #[must_use]
    pub fn mailings(&self) -> MailingServiceClient<Channel> {
        MailingServiceClient::new(self.router.clone())
    }

    #[must_use]
    pub fn files(&self) -> FileServiceClient<Channel> {
        FileServiceClient::new(self.router.clone())
    }

    #[must_use]
    pub fn events(&self, area: Area) -> EventServiceClient<Channel> {
        EventServiceClient::new(self.channel(area.owner()))
    }
}

/// The two histories of events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Area {
    Inbox,
    Crm,
}

impl Area {
    pub const ALL: [Self; 2] = [Self::Inbox, Self::Crm];

    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Inbox => "inbox",
            Self::Crm => "crm",
        }
    }

    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|area| area.name() == name)
    }

    #[must_use]
    pub fn owner(self) -> Audience {
        match self {
            Self::Inbox => Audience::Router,
            Self::Crm => Audience::CrmCore,
        }
    }
}

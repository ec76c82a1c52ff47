//! A person at the edge: signed in by password, speaking the public API.

use contracts::{
    crm::{
        client_service_client::ClientServiceClient, duplicate_service_client::DuplicateServiceClient,
        feed_service_client::FeedServiceClient, lead_service_client::LeadServiceClient,
        personal_data_service_client::PersonalDataServiceClient,
    },
    file::file_service_client::FileServiceClient,
    inbox::{
        access_log_service_client::AccessLogServiceClient, channel_account_service_client::ChannelAccountServiceClient,
        channel_template_service_client::ChannelTemplateServiceClient,
        conversation_service_client::ConversationServiceClient, folder_service_client::FolderServiceClient,
        mailing_service_client::MailingServiceClient, request_service_client::RequestServiceClient,
        view_service_client::ViewServiceClient,
    },
    live::{
        WatchRequest, WatchResponse, event_service_client::EventServiceClient, live_service_client::LiveServiceClient,
    },
    org::{
        SignInRequest, SignInResponse, department_service_client::DepartmentServiceClient,
        employee_service_client::EmployeeServiceClient, presence_service_client::PresenceServiceClient,
        session_service_client::SessionServiceClient,
    },
};
use tonic::{
    Request, Status, Streaming,
    metadata::MetadataValue,
    service::{Interceptor, interceptor::InterceptedService},
    transport::{Channel, Endpoint},
};

use crate::office::PASSWORD;

/// Puts the session's cookie and the page's origin on each call, as a browser does.
#[derive(Clone)]
pub struct Cookie {
    value: String,
    origin: String,
}

impl Interceptor for Cookie {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        let text = |value: &str| MetadataValue::try_from(value).map_err(|e| Status::internal(e.to_string()));
        request.metadata_mut().insert("cookie", text(&self.value)?);
        request.metadata_mut().insert("origin", text(&self.origin)?);
        Ok(request)
    }
}

type Wire = InterceptedService<Channel, Cookie>;

#[derive(Clone)]
pub struct Operator {
    pub employee_id: String,
    wire: Wire,
    pub base: String,
    pub cookie: String,
}

impl Operator {
    /// Signs in and keeps the cookie.
    pub async fn sign_in(edge: &str, login: &str) -> Self {
        Self::try_sign_in(edge, login, PASSWORD, "").await.expect("signed in")
    }

    /// Signs in as somebody may who mistypes, or shows a code of the second factor.
    pub async fn try_sign_in(edge: &str, login: &str, password: &str, totp_code: &str) -> Result<Self, Status> {
        let base = format!("http://{edge}");
        let channel = Endpoint::from_shared(base.clone()).expect("a URL").connect().await.expect("the edge");
        let mut sessions = SessionServiceClient::new(channel.clone());
        let mut request = Request::new(SignInRequest {
            login: login.to_owned(),
            password: password.to_owned(),
            totp_code: totp_code.to_owned(),
            ..SignInRequest::default()
        });
        request.metadata_mut().insert("origin", base.parse().expect("metadata"));
        let answer = sessions.sign_in(request).await?;
        let cookie = answer.metadata().get("set-cookie").expect("a cookie").to_str().expect("text");
        let value = cookie.split(';').next().expect("a cookie").to_owned();
        let SignInResponse { employee, session_secret, .. } = answer.into_inner();
        assert!(session_secret.is_empty(), "the secret never reaches the page");
        let employee_id = employee.expect("an employee").employee_id;
        let cookie = Cookie { value: value.clone(), origin: base.clone() };
        Ok(Self { employee_id, wire: InterceptedService::new(channel, cookie), base, cookie: value })
    }

    pub fn conversations(&self) -> ConversationServiceClient<Wire> {
        ConversationServiceClient::new(self.wire.clone())
    }

    pub fn requests(&self) -> RequestServiceClient<Wire> {
        RequestServiceClient::new(self.wire.clone())
    }

    pub fn folders(&self) -> FolderServiceClient<Wire> {
        FolderServiceClient::new(self.wire.clone())
    }

    pub fn views(&self) -> ViewServiceClient<Wire> {
        ViewServiceClient::new(self.wire.clone())
    }

    pub fn accounts(&self) -> ChannelAccountServiceClient<Wire> {
        ChannelAccountServiceClient::new(self.wire.clone())
    }

    pub fn templates(&self) -> ChannelTemplateServiceClient<Wire> {
        ChannelTemplateServiceClient::new(self.wire.clone())
    }

    pub fn mailings(&self) -> MailingServiceClient<Wire> {
        MailingServiceClient::new(self.wire.clone())
    }

    pub fn employees(&self) -> EmployeeServiceClient<Wire> {
        EmployeeServiceClient::new(self.wire.clone())
    }

    pub fn departments(&self) -> DepartmentServiceClient<Wire> {
        DepartmentServiceClient::new(self.wire.clone())
    }

    pub fn sessions(&self) -> SessionServiceClient<Wire> {
        SessionServiceClient::new(self.wire.clone())
    }

    pub fn presence(&self) -> PresenceServiceClient<Wire> {
        PresenceServiceClient::new(self.wire.clone())
    }

    pub fn clients(&self) -> ClientServiceClient<Wire> {
        ClientServiceClient::new(self.wire.clone())
    }

    pub fn client_feed(&self) -> FeedServiceClient<Wire> {
        FeedServiceClient::new(self.wire.clone())
    }

    pub fn duplicates(&self) -> DuplicateServiceClient<Wire> {
        DuplicateServiceClient::new(self.wire.clone())
    }

    pub fn leads(&self) -> LeadServiceClient<Wire> {
        LeadServiceClient::new(self.wire.clone())
    }

    pub fn personal_data(&self) -> PersonalDataServiceClient<Wire> {
        PersonalDataServiceClient::new(self.wire.clone())
    }

    /// Of dialogs.
    pub fn accesses(&self) -> AccessLogServiceClient<Wire> {
        AccessLogServiceClient::new(self.wire.clone())
    }

    pub fn files(&self) -> FileServiceClient<Wire> {
        FileServiceClient::new(self.wire.clone())
    }

    pub fn events(&self) -> EventServiceClient<Wire> {
        EventServiceClient::new(self.wire.clone())
    }

    pub fn live(&self) -> LiveServiceClient<Wire> {
        LiveServiceClient::new(self.wire.clone())
    }

    /// Opens the live feed.
    pub async fn watch(&self, resume_token: &str) -> Streaming<WatchResponse> {
        let request = WatchRequest { resume_token: resume_token.to_owned() };
        self.live().watch(request).await.expect("a live feed").into_inner()
    }
}

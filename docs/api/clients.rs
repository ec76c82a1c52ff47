//! Brings a client of another system into Okno and keeps its card up to date.
//!
//! ```text
//! OKNO_URL=http://127.0.0.1:8080 OKNO_API_KEY=<key> clients "Ромашка" "+7 999 000-00-21" <request id>
//! ```
//!
//! The request id is a UUIDv7 that the other system made for this client and wrote down before it asked for the first
//! time. However often it asks again, there is one card, and its id is the request's.

use std::{env, time::Duration};

use contracts::crm::{
    AddressKind, Client, ClientAddress, ClientKind, CreateClientRequest, FindClientsRequest, GetClientRequest,
    UpdateClientRequest, client_service_client::ClientServiceClient,
};
use prost_types::FieldMask;
use rpc::{metadata_of, reason_of};
use tonic::{
    Code, Request, Status,
    metadata::MetadataValue,
    service::{Interceptor, interceptor::InterceptedService},
    transport::{Channel, ClientTlsConfig, Endpoint},
};

type Clients = ClientServiceClient<InterceptedService<Channel, Key>>;

/// Puts the key and a deadline on each call.
#[derive(Clone)]
struct Key(MetadataValue<tonic::metadata::Ascii>);

impl Interceptor for Key {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        request.metadata_mut().insert("authorization", self.0.clone());
        request.set_timeout(Duration::from_secs(10));
        Ok(request)
    }
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let (url, key) = (env::var("OKNO_URL")?, env::var("OKNO_API_KEY")?);
    let mut words = env::args().skip(1);
    let mut word = || words.next().unwrap_or_default();
    let (name, phone, request_id) = (word(), word(), word());
    let endpoint = Endpoint::from_shared(url.clone())?.connect_timeout(Duration::from_secs(5));
    let secure = url.starts_with("https:");
    let endpoint = if secure { endpoint.tls_config(ClientTlsConfig::new().with_enabled_roots())? } else { endpoint };
    let channel = endpoint.connect().await?;
    let mut clients = ClientServiceClient::with_interceptor(channel, Key(format!("Bearer {key}").parse()?));

    let Some(client) = make(&mut clients, &name, &phone, request_id).await? else { return Ok(()) };
    let client = comment(&mut clients, client, "Из учётной системы").await?;
    println!("{} has the comment \"{}\"", client.name, client.comment);

    let asked = FindClientsRequest { query: phone, ..FindClientsRequest::default() };
    for found in clients.find_clients(asked).await?.into_inner().clients {
        println!("found by phone: {}", found.name);
    }
    Ok(())
}

/// Makes the card; `None`: it may be there already, or it cannot be taken, and why was printed.
async fn make(clients: &mut Clients, name: &str, phone: &str, request_id: String) -> anyhow::Result<Option<Client>> {
    let address = ClientAddress {
        kind: AddressKind::Phone.into(),
        value: phone.to_owned(),
        is_main: true,
        ..ClientAddress::default()
    };
    let client = Client {
        name: name.to_owned(),
        kind: ClientKind::Company.into(),
        addresses: vec![address],
        ..Client::default()
    };
    let request = CreateClientRequest { request_id, client: Some(client), ..CreateClientRequest::default() };
    let answer = match patiently(clients, request).await {
        Ok(answer) => answer,
        Err(refused) if refused.code() == Code::InvalidArgument => {
            let facts = metadata_of(&refused);
            println!("cannot be taken: {:?} {}: {}", reason_of(&refused), facts["field"], refused.message());
            return Ok(None);
        }
        Err(refused) => return Err(refused.into()),
    };
    for one in &answer.candidates {
        println!("there may be one already: {} ({} of 100)", one.name, one.score);
    }
    Ok(answer.client)
}

/// UNAVAILABLE is for now: the same request again is safe.
async fn patiently(
    clients: &mut Clients,
    request: CreateClientRequest,
) -> Result<contracts::crm::CreateClientResponse, Status> {
    for pause in [1, 2, 4] {
        match clients.create_client(request.clone()).await {
            Err(status) if status.code() == Code::Unavailable => tokio::time::sleep(Duration::from_secs(pause)).await,
            done => return done.map(tonic::Response::into_inner),
        }
    }
    clients.create_client(request).await.map(tonic::Response::into_inner)
}

/// Changes one field of the version in hand; a colleague's change meanwhile is read, and ours is put on top of it.
async fn comment(clients: &mut Clients, mut client: Client, text: &str) -> Result<Client, Status> {
    loop {
        client.comment = text.to_owned();
        let client_id = client.client_id.clone();
        let update_mask = Some(FieldMask { paths: vec!["comment".to_owned()] });
        let request = UpdateClientRequest { client: Some(client), update_mask };
        match clients.update_client(request).await {
            Ok(answer) => return Ok(answer.into_inner().client.unwrap_or_default()),
            Err(status) if status.code() == Code::Aborted => {
                let read = clients.get_client(GetClientRequest { client_id }).await?;
                client = read.into_inner().client.unwrap_or_default();
            }
            Err(status) => return Err(status),
        }
    }
}

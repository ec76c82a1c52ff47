//! A server of ours and its clients over a real connection.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{net::SocketAddr, time::Duration};

use contracts::{
    errors::ErrorReason,
    file::{
        CompleteFileRequest, CompleteFileResponse, CreateFileRequest, CreateFileResponse, File, GetFileRequest,
        GetFileResponse,
        file_service_client::FileServiceClient,
        file_service_server::{FileService, FileServiceServer},
    },
};
use model::EmployeeId;
use rpc::{Audience, Caller, Server, ServerError, TokenSigner, TokenVerifier};
use runtime::{Stop, TaskTracker};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
    task::JoinHandle,
    time::timeout,
};
use tonic::{Code, Request, Response, Status, transport::Channel};
use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};

/// Answers with who calls; hangs, panics or floods on demand.
struct Files;

#[tonic::async_trait]
impl FileService for Files {
    async fn get_file(&self, request: Request<GetFileRequest>) -> Result<Response<GetFileResponse>, Status> {
        let caller = Caller::of(&request)?.employee()?;
        match request.get_ref().file_id.as_str() {
            "hang" => std::future::pending().await,
            "panic" => panic!("a bug"),
            _ => {
                Ok(Response::new(GetFileResponse { file: Some(File { name: caller.to_string(), ..File::default() }) }))
            }
        }
    }

    async fn create_file(&self, _: Request<CreateFileRequest>) -> Result<Response<CreateFileResponse>, Status> {
        Ok(Response::new(CreateFileResponse::default()))
    }

    async fn complete_file(&self, r: Request<CompleteFileRequest>) -> Result<Response<CompleteFileResponse>, Status> {
        Caller::of(&r)?.require_edge()?;
        Ok(Response::new(CompleteFileResponse::default()))
    }
}

struct World {
    address: SocketAddr,
    signer: TokenSigner,
    stop: Stop,
    server: JoinHandle<Result<(), ServerError>>,
}

async fn world() -> World {
    let signer = TokenSigner::from_seed(&TokenSigner::random_seed().unwrap()).unwrap();
    let verifier = TokenVerifier::new(Audience::Router, &[signer.public_key()]);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let stop = Stop::new();
    let server =
        Server::new("test", verifier).add_service(FileServiceServer::new(Files)).drain(Duration::from_millis(200));
    let server = TaskTracker::new().spawn(server.serve_on(listener, stop.clone()));
    World { address, signer, stop, server }
}

impl World {
    fn channel(&self) -> Channel {
        rpc::client(&format!("http://{}", self.address)).unwrap()
    }

    fn files(&self) -> FileServiceClient<Channel> {
        FileServiceClient::new(self.channel())
    }

    fn get(&self, caller: &Caller, file_id: &str) -> Request<GetFileRequest> {
        let token = self.signer.sign(Audience::Router, caller).unwrap();
        rpc::authorized(GetFileRequest { file_id: file_id.to_owned(), saved: false }, &token).unwrap()
    }
}

#[tokio::test]
async fn a_handler_knows_who_calls() {
    let world = world().await;
    let employee = EmployeeId::new();
    let answer = world.files().get_file(world.get(&Caller::operator(employee), "x")).await.unwrap();
    assert_eq!(answer.into_inner().file.unwrap().name, employee.to_string());
}

#[tokio::test]
async fn nobody_gets_in_without_a_token_of_the_edge_for_this_service() {
    let world = world().await;
    let foreign = world.signer.sign(Audience::CrmCore, &Caller::edge()).unwrap();
    let requests =
        [Request::new(GetFileRequest::default()), rpc::authorized(GetFileRequest::default(), &foreign).unwrap()];
    for request in requests {
        let refusal = world.files().get_file(request).await.unwrap_err();
        assert_eq!(refusal.code(), Code::Unauthenticated);
        assert_eq!(rpc::reason_of(&refusal), Some(ErrorReason::NotSignedIn));
    }
    let token = world.signer.sign(Audience::Router, &Caller::operator(EmployeeId::new())).unwrap();
    let complete = rpc::authorized(CompleteFileRequest::default(), &token).unwrap();
    assert_eq!(world.files().complete_file(complete).await.unwrap_err().code(), Code::PermissionDenied);
}

#[tokio::test]
async fn health_needs_no_token() {
    let world = world().await;
    let health = HealthClient::new(world.channel()).check(HealthCheckRequest::default()).await.unwrap();
    assert_eq!(health.into_inner().status, 1);
}

#[tokio::test]
async fn a_panic_answers_internal_and_spares_the_others() {
    let world = world().await;
    let caller = Caller::operator(EmployeeId::new());
    let refusal = world.files().get_file(world.get(&caller, "panic")).await.unwrap_err();
    assert_eq!(rpc::reason_of(&refusal), Some(ErrorReason::Internal));
    assert!(world.files().get_file(world.get(&caller, "x")).await.is_ok());
}

#[tokio::test]
async fn a_callers_deadline_ends_the_call() {
    let world = world().await;
    let mut request = world.get(&Caller::operator(EmployeeId::new()), "hang");
    request.set_timeout(Duration::from_millis(50));
    assert!(timeout(Duration::from_secs(5), world.files().get_file(request)).await.unwrap().is_err());
}

#[tokio::test]
async fn a_message_above_four_mebibytes_is_refused() {
    let world = world().await;
    let token = world.signer.sign(Audience::Router, &Caller::operator(EmployeeId::new())).unwrap();
    let name = "x".repeat(5 << 20);
    let request = rpc::authorized(CreateFileRequest { name, ..CreateFileRequest::default() }, &token).unwrap();
    let refusal = world.files().create_file(request).await.unwrap_err();
    assert_eq!(refusal.code(), Code::OutOfRange);
}

#[tokio::test]
async fn a_stop_ends_though_a_call_hangs() {
    let world = world().await;
    let mut files = world.files();
    let request = world.get(&Caller::operator(EmployeeId::new()), "hang");
    let hanging = TaskTracker::new().spawn(async move { files.get_file(request).await });
    // The connection stands once another call over it is answered.
    world.files().get_file(world.get(&Caller::operator(EmployeeId::new()), "x")).await.unwrap();
    world.stop.cancel();
    timeout(Duration::from_secs(5), world.server).await.unwrap().unwrap().unwrap();
    hanging.abort();
}

#[tokio::test]
async fn a_connection_that_breaks_under_a_call_shows_as_unavailable() {
    let world = world().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let channel = rpc::client(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
    let breaks = TaskTracker::new().spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.write_all(&[0, 0, 0, 4, 0, 0, 0, 0, 0]).await.unwrap(); // SETTINGS, empty: HTTP/2 is spoken here
        let (mut seen, mut part) = (0, [0; 4096]);
        while seen < 200 {
            seen += stream.read(&mut part).await.unwrap(); // the preface, and the call
        }
    });
    let call = async || {
        let request = world.get(&Caller::operator(EmployeeId::new()), "x");
        rpc::call_with_deadline(FileServiceClient::new(channel.clone()).get_file(request)).await
    };
    let refused = call().await.unwrap_err();
    assert_eq!((refused.code(), rpc::reason_of(&refused)), (Code::Unavailable, Some(ErrorReason::Unavailable)));
    breaks.await.unwrap();
}

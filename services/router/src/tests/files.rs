//! Whose files are seen by whom, and how they come to be.

use contracts::{
    errors::ErrorReason,
    file::{CompleteFileRequest, CreateFileRequest, File, FileState, GetFileRequest, file_service_server::FileService},
};
use model::FileId;
use rpc::Caller;
use tonic::{Code, Status};
use uuid::Uuid;

use super::office::{Office, reason, shows};

impl Office {
    async fn create(&self, by: &Caller, request: CreateFileRequest) -> Result<File, Status> {
        Ok(self.files.create_file(by.request(request)).await?.into_inner().file.unwrap())
    }

    pub async fn file(&self, by: &Caller, id: &str) -> Result<File, Status> {
        let request = GetFileRequest { file_id: id.to_owned(), saved: false };
        Ok(self.files.get_file(by.request(request)).await?.into_inner().file.unwrap())
    }
}

fn create(name: &str, size_bytes: i64) -> CreateFileRequest {
    let (file_id, mime_type) = (FileId::new().to_string(), "image/png".to_owned());
    CreateFileRequest { file_id, name: name.to_owned(), mime_type, size_bytes, ..CreateFileRequest::default() }
}

#[tokio::test]
async fn an_upload_is_its_owners_until_it_is_sent() {
    let office = Office::open().await;
    let (anna, boris) = (office.operator("Анна", office.sales).await, office.operator("Борис", office.sales).await);
    let request = create("../\u{202E}gnp.счёт.png", 10);
    let id = request.file_id.clone();
    let answer = office.files.create_file(anna.request(request.clone())).await.unwrap().into_inner();
    let file = answer.file.unwrap();
    assert_eq!((answer.upload_path, file.name.as_str()), (format!("/files/{id}"), "gnp.счёт.png"));
    assert_eq!((file.state(), file.object_key.clone()), (FileState::Uploading, format!("up/{id}")));
    assert_eq!(office.create(&anna, request.clone()).await.unwrap(), file, "a repeat gives what is there");
    assert_eq!(reason(&office.create(&boris, request).await.unwrap_err()), ErrorReason::InvalidField);
    assert_eq!(office.file(&boris, &id).await.unwrap_err().code(), Code::NotFound);
    assert_eq!(office.file(&anna, &id).await.unwrap(), file);

    let complete = CompleteFileRequest {
        file_id: id.clone(),
        size_bytes: 12,
        mime_type: "image/jpeg".into(),
        width: 3,
        height: 4,
        sha256: vec![1; 32],
    };
    let refused = office.files.complete_file(anna.request(complete.clone())).await.unwrap_err();
    assert_eq!((refused.code(), reason(&refused)), (Code::PermissionDenied, ErrorReason::Permission));
    let done = office.files.complete_file(Caller::edge().request(complete.clone())).await.unwrap().into_inner().file;
    let done = done.unwrap();
    assert_eq!(
        (done.state(), done.mime_type.as_str(), done.size_bytes, done.width),
        (FileState::Stored, "image/jpeg", 12, 3)
    );
    let repeat = CompleteFileRequest { size_bytes: 99, ..complete };
    let again = office.files.complete_file(Caller::edge().request(repeat)).await.unwrap().into_inner().file;
    assert_eq!(again.unwrap(), done, "once stored it stays");
}

#[tokio::test]
async fn sizes_have_limits() {
    let office = Office::open().await;
    let anna = office.operator("Анна", office.sales).await;
    for size in [0, -1] {
        assert_eq!(reason(&office.create(&anna, create("a", size)).await.unwrap_err()), ErrorReason::InvalidField);
    }
    let large = office.create(&anna, create("a", 104_857_601)).await.unwrap_err();
    assert_eq!((large.code(), reason(&large)), (Code::InvalidArgument, ErrorReason::FileTooLarge));
    assert!(office.create(&anna, create("a", 104_857_600)).await.is_ok());
}

#[tokio::test]
async fn an_attachment_is_seen_with_its_conversation() {
    let office = Office::open().await;
    let (anna, vera) = (office.operator("Анна", office.sales).await, office.operator("Вера", office.service).await);
    office.facts(vec![shows("1")]).await;
    let id: Uuid =
        sqlx::query_scalar("select attachment_id from inbox.attachment").fetch_one(&office.pool).await.unwrap();
    let file = office.file(&anna, &id.to_string()).await.unwrap();
    assert_eq!((file.name.as_str(), file.state(), file.width), ("чек.jpg", FileState::Uploading, 320));
    assert_eq!(office.file(&vera, &id.to_string()).await.unwrap_err().code(), Code::NotFound);
    sqlx::query("update inbox.attachment set state = 2, object_key = 'in/a/b'").execute(&office.pool).await.unwrap();
    let file = office.file(&anna, &id.to_string()).await.unwrap();
    assert_eq!((file.state(), file.object_key.as_str()), (FileState::Stored, "in/a/b"));
    sqlx::query("update inbox.message set deleted_at = now()").execute(&office.pool).await.unwrap();
    assert_eq!(office.file(&anna, &id.to_string()).await.unwrap_err().code(), Code::NotFound, "gone with its message");
}

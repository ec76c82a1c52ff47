//! Bytes in and out over HTTP.

use crate::support::World;
use contracts::file::CreateFileRequest;
use egress::{Call, Client, Method, Options, Response, Url};
use model::FileId;

pub const GIF: &[u8] = b"GIF89a\x03\x00\x02\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff\x2c and so on";

pub struct Browser<'a> {
    world: &'a World,
    secret: &'static str,
    client: Client,
}

impl<'a> Browser<'a> {
    pub fn of(world: &'a World, secret: &'static str) -> Self {
        let client = Client::new(Options::server(&base(world))).unwrap();
        Self { world, secret, client }
    }

    pub async fn create(&self, name: &str, mime_type: &str, size: usize) -> String {
        let message = CreateFileRequest {
            file_id: FileId::new().to_string(),
            name: name.to_owned(),
            mime_type: mime_type.to_owned(),
            size_bytes: i64::try_from(size).unwrap(),
            ..CreateFileRequest::default()
        };
        let created = self.world.files().create_file(self.world.with_session(self.secret, message)).await.unwrap();
        created.into_inner().upload_path
    }

    fn call(&self, method: Method, path: &str) -> Call {
        self.call_from(&base(self.world).origin().ascii_serialization(), method, path)
    }

    fn call_from(&self, origin: &str, method: Method, path: &str) -> Call {
        let url = base(self.world).join(path).unwrap();
        let cookie = format!("__Host-okno={}", self.secret);
        let call = self.client.call(method, &url).unwrap();
        call.with(|request| request.header("cookie", cookie).header("origin", origin))
    }

    pub async fn put(&self, path: &str, bytes: &'static [u8]) -> u16 {
        self.call(Method::PUT, path).with(|request| request.body(bytes)).send().await.unwrap().status().as_u16()
    }

    pub async fn get(&self, path: &str) -> Response {
        self.call(Method::GET, path).send().await.unwrap()
    }
}

fn base(world: &World) -> Url {
    format!("http://{}", world.address).parse().unwrap()
}

#[tokio::test]
async fn a_file_is_what_its_bytes_say_and_comes_back_whole_or_in_part() {
    let world = World::start().await;
    world.crm.employee("anna", &[]);
    let anna = Browser::of(&world, "anna");
    let path = anna.create("кот.gif", "text/html", GIF.len()).await;
    assert_eq!(anna.get(&path).await.status(), 404, "not stored yet");
    assert_eq!(anna.put(&path, GIF).await, 204);
    assert_eq!(anna.put(&path, GIF).await, 204, "repeating changes nothing");
    let completed = world.router.completed.lock().unwrap().clone();
    assert_eq!(completed.len(), 1);
    assert_eq!((completed[0].mime_type.as_str(), completed[0].width, completed[0].height), ("image/gif", 3, 2));
    assert_eq!(completed[0].sha256.len(), 32);

    let whole = anna.get(&path).await;
    assert_eq!(whole.headers()["content-type"], "image/gif");
    assert_eq!(whole.headers()["x-content-type-options"], "nosniff");
    assert!(whole.headers()["content-security-policy"].to_str().unwrap().ends_with("sandbox"));
    assert!(whole.headers()["content-disposition"].to_str().unwrap().starts_with("inline"));
    assert_eq!(whole.bytes().await.unwrap(), GIF);
    let part = anna.call(Method::GET, &path).with(|request| request.header("range", "bytes=0-5")).send().await.unwrap();
    assert_eq!(part.status(), 206);
    assert_eq!(part.headers()["content-range"], format!("bytes 0-5/{}", GIF.len()));
    assert_eq!(part.bytes().await.unwrap(), "GIF89a");
    assert!(world.router.saved.lock().unwrap().iter().all(|saved| !saved));
    let saved = anna.get(&format!("{path}?download")).await;
    assert_eq!(world.router.saved.lock().unwrap().last(), Some(&true), "the access log knows");
    assert!(saved.headers()["content-disposition"].to_str().unwrap().starts_with("attachment"));
}

#[tokio::test]
async fn what_could_run_is_saved_and_never_shown() {
    let world = World::start().await;
    world.crm.employee("anna", &[]);
    let anna = Browser::of(&world, "anna");
    let page = b"<html><script>alert(1)</script></html>";
    let path = anna.create("a.png", "image/png", page.len()).await;
    assert_eq!(anna.put(&path, page).await, 204);
    let answer = anna.get(&path).await;
    assert!(answer.headers()["content-disposition"].to_str().unwrap().starts_with("attachment"));
    assert_eq!(answer.headers()["content-type"], "text/html");
}

#[tokio::test]
async fn a_file_has_as_many_bytes_as_were_registered() {
    let world = World::start().await;
    world.crm.employee("anna", &[]);
    let anna = Browser::of(&world, "anna");
    let path = anna.create("a.gif", "image/gif", GIF.len() - 1).await;
    assert_eq!(anna.put(&path, GIF).await, 413);
    let path = anna.create("a.gif", "image/gif", GIF.len() + 1).await;
    assert_eq!(anna.put(&path, GIF).await, 400);
    assert!(world.router.completed.lock().unwrap().is_empty());
}

#[tokio::test]
async fn another_persons_file_does_not_exist() {
    let world = World::start().await;
    world.crm.employee("anna", &[]);
    world.crm.employee("boris", &[]);
    let (anna, boris) = (Browser::of(&world, "anna"), Browser::of(&world, "boris"));
    let path = anna.create("a.gif", "image/gif", GIF.len()).await;
    assert_eq!(boris.put(&path, GIF).await, 404);
    assert_eq!(anna.put(&path, GIF).await, 204);
    assert_eq!(boris.get(&path).await.status(), 404);
    assert_eq!(Browser::of(&world, "nobody").get(&path).await.status(), 401);
    let foreign = anna.call_from("https://evil.example", Method::PUT, &path).with(|request| request.body(GIF));
    assert_eq!(foreign.send().await.unwrap().status(), 403);
    assert_eq!(anna.get("/files/..%2f..%2fetc%2fpasswd").await.status(), 400);
}

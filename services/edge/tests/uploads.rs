//! Uploads that meet each other, break off, or come again.

use std::time::Duration;

use contracts::file::FileState;
use testkit::eventually;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::{
    files::{Browser, GIF},
    support::World,
};

/// As long as [`GIF`], and something else.
const OTHER: &[u8] = &[b'x'; GIF.len()];
const SOON: Duration = Duration::from_secs(20);

/// An upload whose bytes come when the test says.
struct Slow(TcpStream);

impl Slow {
    async fn begin(world: &World, path: &str, bytes: &[u8], length: usize) -> Self {
        let mut stream = TcpStream::connect(world.address).await.unwrap();
        let head = format!(
            "PUT {path} HTTP/1.1\r\nhost: {0}\r\norigin: http://{0}\r\ncookie: __Host-okno=anna\r\n\
             content-length: {length}\r\nconnection: close\r\n\r\n",
            world.address
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        stream.write_all(bytes).await.unwrap();
        eventually("the upload grows", SOON, async || (staged(world) > 0).then_some(())).await;
        Self(stream)
    }

    /// Sends the rest and gives the answer's first line.
    async fn end(mut self, bytes: &[u8]) -> String {
        self.0.write_all(bytes).await.unwrap();
        let mut answer = String::new();
        self.0.read_to_string(&mut answer).await.unwrap();
        answer.lines().next().unwrap_or_default().to_owned()
    }
}

/// Uploads that have a place of their own now.
fn staged(world: &World) -> usize {
    std::fs::read_dir(world.objects.path().join("staged")).map_or(0, Iterator::count)
}

async fn nothing_is_left(world: &World) {
    eventually("nothing is left behind", SOON, async || (staged(world) == 0).then_some(())).await;
}

async fn world() -> World {
    let world = World::start().await;
    world.crm.employee("anna", &[]);
    world
}

#[tokio::test]
async fn of_two_uploads_at_once_the_first_that_is_complete_counts() {
    let world = world().await;
    let anna = Browser::of(&world, "anna");
    let path = anna.create("a.gif", "image/gif", GIF.len()).await;
    let slow = Slow::begin(&world, &path, &OTHER[..10], OTHER.len()).await;
    assert_eq!(anna.put(&path, GIF).await, 204);
    assert_eq!(slow.end(&OTHER[10..]).await, "HTTP/1.1 409 Conflict");
    assert_eq!(anna.get(&path).await.bytes().await.unwrap(), GIF);
    let twin = Slow::begin(&world, &anna.create("b.gif", "image/gif", GIF.len()).await, &GIF[..10], GIF.len()).await;
    assert_eq!(twin.end(&GIF[10..]).await, "HTTP/1.1 204 No Content");
    nothing_is_left(&world).await;
}

#[tokio::test]
async fn a_later_upload_of_the_same_bytes_is_fine_and_of_others_is_a_conflict() {
    let world = world().await;
    let anna = Browser::of(&world, "anna");
    let path = anna.create("a.gif", "image/gif", GIF.len()).await;
    assert_eq!(anna.put(&path, GIF).await, 204);
    assert_eq!(anna.put(&path, GIF).await, 204);
    assert_eq!(anna.put(&path, OTHER).await, 409);
    assert_eq!(anna.put(&path, &GIF[1..]).await, 400);
    assert_eq!(anna.get(&path).await.bytes().await.unwrap(), GIF);
    assert_eq!(world.router.completed.lock().unwrap().len(), 1);
    nothing_is_left(&world).await;
}

#[tokio::test]
async fn an_upload_that_breaks_off_leaves_nothing_and_can_be_begun_again() {
    let world = world().await;
    let anna = Browser::of(&world, "anna");
    let path = anna.create("a.gif", "image/gif", GIF.len()).await;
    drop(Slow::begin(&world, &path, &GIF[..10], GIF.len()).await);
    nothing_is_left(&world).await;
    assert_eq!(anna.get(&path).await.status(), 404);
    assert_eq!(anna.put(&path, GIF).await, 204);
    assert_eq!(anna.get(&path).await.bytes().await.unwrap(), GIF);
}

#[tokio::test]
async fn an_edge_killed_before_it_could_tell_router_is_made_good_by_the_next_upload() {
    let world = world().await;
    let anna = Browser::of(&world, "anna");
    for (second, answer) in [(GIF, 204), (OTHER, 409)] {
        let path = anna.create("a.gif", "image/gif", GIF.len()).await;
        let id = path.rsplit('/').next().unwrap().to_owned();
        std::fs::create_dir_all(world.objects.path().join("up")).unwrap();
        std::fs::write(world.objects.path().join("up").join(&id), GIF).unwrap();
        assert_eq!(anna.get(&path).await.status(), 404, "router does not know of it");
        assert_eq!(anna.put(&path, second).await, answer);
        assert_eq!(anna.get(&path).await.bytes().await.unwrap(), GIF);
        let done = world.router.completed.lock().unwrap().pop().unwrap();
        assert_eq!((done.file_id.as_str(), done.mime_type.as_str(), done.width), (id.as_str(), "image/gif", 3));
    }
}

#[tokio::test]
async fn nobody_uploads_an_attachment() {
    let world = world().await;
    let anna = Browser::of(&world, "anna");
    let path = anna.create("a.gif", "image/gif", GIF.len()).await;
    let id = path.rsplit('/').next().unwrap().to_owned();
    if let Some((_, file)) = world.router.files.lock().unwrap().get_mut(&id) {
        file.object_key = format!("in/account/{id}");
        file.set_state(FileState::Uploading);
    }
    assert_eq!(anna.put(&path, GIF).await, 404);
    assert!(!world.objects.path().join("up").join(&id).exists());
}

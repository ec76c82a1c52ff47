use object_store::{Error, GetRange, ObjectStoreExt, path::Path as Key};

use object_store::GetOptions;

use super::*;

fn store() -> (tempfile::TempDir, Arc<dyn ObjectStore>) {
    let place = tempfile::tempdir().unwrap();
    let store = open(&place.path().join("objects")).unwrap();
    (place, store)
}

/// A pack of three, put; its key, and their names.
async fn packed(store: &Arc<dyn ObjectStore>) -> (Key, [Key; 3]) {
    let mut pack = Pack::default();
    let names = [pack.add(b"\0first", "eml"), pack.add(b"", "html"), pack.add(b"the third one", "eml")];
    let (key, bytes) = pack.seal("in/a/letters");
    store.put(&key.as_str().into(), bytes.into()).await.unwrap();
    let names = names.map(|name| Key::from(format!("{key}/{name}")));
    (key.into(), names)
}

async fn read(store: &Arc<dyn ObjectStore>, key: &Key) -> Result<Vec<u8>> {
    Ok(store.get(key).await?.bytes().await?.to_vec())
}

#[tokio::test]
async fn members_are_read_as_if_each_were_a_file() {
    let (_place, store) = store();
    let (_, [first, empty, third]) = packed(&store).await;
    assert_eq!(read(&store, &first).await.unwrap(), b"\0first", "whatever it begins with");
    assert_eq!(read(&store, &empty).await.unwrap(), b"");
    assert_eq!(store.head(&third).await.unwrap().size, 13);
    assert_eq!(store.get_range(&third, 4..9).await.unwrap(), "third");
    assert_eq!(store.get_range(&third, 10..99).await.unwrap(), "one", "never beyond its end");
    let last = GetOptions { range: Some(GetRange::Suffix(3)), ..GetOptions::default() };
    let last = store.get_opts(&third, last).await.unwrap();
    assert_eq!(last.range, 10..13);
    assert_eq!(last.bytes().await.unwrap(), "one");
}

#[tokio::test]
async fn a_deleted_member_is_gone_for_good_and_the_pack_with_its_last() {
    let (place, store) = store();
    let (pack, [first, empty, third]) = packed(&store).await;
    store.delete(&first).await.unwrap();
    assert!(matches!(read(&store, &first).await, Err(Error::NotFound { .. })));
    assert!(matches!(store.head(&first).await, Err(Error::NotFound { .. })));
    assert!(matches!(store.delete(&first).await, Err(Error::NotFound { .. })));
    assert_eq!(read(&store, &third).await.unwrap(), b"the third one");
    let bytes = std::fs::read(place.path().join("objects").join(pack.as_ref())).unwrap();
    assert!(!bytes.windows(5).any(|part| part == b"first"), "its bytes are overwritten");
    store.delete(&empty).await.unwrap();
    store.delete(&third).await.unwrap();
    assert!(matches!(store.head(&pack).await, Err(Error::NotFound { .. })), "nothing is left of the pack");
    assert!(matches!(store.delete(&third).await, Err(Error::NotFound { .. })));
}

#[tokio::test]
async fn what_only_looks_like_a_member_is_none() {
    let (_place, store) = store();
    for key in ["in/a/letters/1-2.eml", "a.pack/0-3.eml", "a.pack/x-3.eml", "a.pack/1-2"] {
        store.put(&key.into(), "whole".into()).await.unwrap();
        assert_eq!(read(&store, &key.into()).await.unwrap(), b"whole", "{key}");
    }
    let beyond = Key::from(format!("{}/900-5.eml", packed(&store).await.0));
    assert!(read(&store, &beyond).await.is_err());
    assert!(matches!(store.delete(&beyond).await, Err(Error::NotFound { .. })));
    assert!(matches!(read(&store, &"in/none.pack/1-2.eml".into()).await, Err(Error::NotFound { .. })));
}

#[test]
fn only_folders_are_opened() {
    assert_eq!(folder("file:///var/lib/okno"), Some("/var/lib/okno".into()));
    assert_eq!(folder("objects"), Some("objects".into()));
    assert_eq!(folder("file://objects"), None, "that names a machine");
    assert_eq!(folder("s3://bucket"), None);
}

use axum::{body::Body, response::Response};
use futures::TryStreamExt as _;
use http::{
    HeaderMap, HeaderValue, StatusCode,
    header::{CONTENT_LENGTH, CONTENT_RANGE, RANGE},
};
use object_store::{GetOptions, GetRange, ObjectStore, ObjectStoreExt as _, path::Path};

use crate::range::{Part, parse};

/// Why there are no bytes.
#[derive(Debug, thiserror::Error)]
pub enum NotGiven {
    #[error("the asked part lies outside of the file's {size} bytes")]
    NotSatisfiable { size: u64 },
    #[error("the object store did not give the file")]
    Store(#[from] object_store::Error),
}

/// A file, or the part of it that the `Range` header asks for: 200 or 206, with its length and place.
///
/// # Errors
/// [`NotGiven`].
pub async fn bytes(store: &dyn ObjectStore, key: &Path, headers: &HeaderMap) -> Result<Response, NotGiven> {
    let header = headers.get(RANGE).and_then(|value| value.to_str().ok());
    let Some(header) = header else { return answer(store, key, GetOptions::default()).await };
    let size = store.head(key).await?.size;
    match parse(Some(header), size) {
        Part::Whole => answer(store, key, GetOptions::default()).await,
        Part::NotSatisfiable => Err(NotGiven::NotSatisfiable { size }),
        Part::Some(range) => {
            let place = format!("bytes {}-{}/{size}", range.start, range.end - 1);
            let options = GetOptions { range: Some(GetRange::Bounded(range)), ..GetOptions::default() };
            let mut response = answer(store, key, options).await?;
            *response.status_mut() = StatusCode::PARTIAL_CONTENT;
            // Digits and ASCII always make a header.
            response.headers_mut().extend(HeaderValue::try_from(place).ok().map(|place| (CONTENT_RANGE, place)));
            Ok(response)
        }
    }
}

async fn answer(store: &dyn ObjectStore, key: &Path, options: GetOptions) -> Result<Response, NotGiven> {
    let found = store.get_opts(key, options).await?;
    let length = found.range.end - found.range.start;
    let mut response = Response::new(Body::from_stream(found.into_stream().map_err(std::io::Error::other)));
    response.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(length));
    Ok(response)
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt as _;
    use object_store::memory::InMemory;

    use super::*;

    async fn ask(range: Option<&str>) -> Result<(u16, String, String), NotGiven> {
        let (store, key) = (InMemory::new(), Path::from("file"));
        store.put(&key, "0123456789".into()).await.unwrap();
        let headers = range.map(|range| (RANGE, HeaderValue::from_str(range).unwrap()));
        let response = bytes(&store, &key, &headers.into_iter().collect()).await?;
        let of =
            |name| response.headers().get(name).map_or("", |value: &HeaderValue| value.to_str().unwrap()).to_owned();
        let (place, length) = (of(CONTENT_RANGE), of(CONTENT_LENGTH));
        let status = response.status().as_u16();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        assert_eq!(length, body.len().to_string());
        Ok((status, place, String::from_utf8(body.to_vec()).unwrap()))
    }

    #[tokio::test]
    async fn a_file_is_given_whole_or_in_part() {
        assert_eq!(ask(None).await.unwrap(), (200, String::new(), "0123456789".to_owned()));
        assert_eq!(ask(Some("bytes=2-4")).await.unwrap(), (206, "bytes 2-4/10".to_owned(), "234".to_owned()));
        assert_eq!(ask(Some("bytes=-3")).await.unwrap(), (206, "bytes 7-9/10".to_owned(), "789".to_owned()));
        assert_eq!(ask(Some("pages=1-2")).await.unwrap().0, 200);
        assert!(matches!(ask(Some("bytes=10-")).await, Err(NotGiven::NotSatisfiable { size: 10 })));
    }

    #[tokio::test]
    async fn what_is_not_there_is_said_by_the_store() {
        for range in [None, Some((RANGE, HeaderValue::from_static("bytes=0-1")))] {
            let gone = bytes(&InMemory::new(), &Path::from("gone"), &range.into_iter().collect()).await;
            assert!(matches!(gone, Err(NotGiven::Store(object_store::Error::NotFound { .. }))));
        }
    }
}

use std::time::Duration;

use tokio::time::{sleep, timeout};

/// The pause between two looks at a condition.
const PAUSE: Duration = Duration::from_millis(20);

/// Asks `probe` every 20 ms until it answers, and returns the answer.
///
/// `what` reads after "waited in vain for", for example `"the reply to reach the customer"`.
///
/// # Panics
/// When `limit` has passed, also when a single look takes longer than that.
///
/// ```no_run
/// # async fn example(inbox: Vec<String>) {
/// use std::time::Duration;
/// let first = testkit::eventually("a message", Duration::from_secs(5), async || inbox.first().cloned()).await;
/// # }
/// ```
pub async fn eventually<T>(what: &str, limit: Duration, mut probe: impl AsyncFnMut() -> Option<T>) -> T {
    let looking = async {
        loop {
            if let Some(found) = probe().await {
                return found;
            }
            sleep(PAUSE).await;
        }
    };
    match timeout(limit, looking).await {
        Ok(found) => found,
        Err(_) => panic!("waited {} ms in vain for {what}", limit.as_millis()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_answer_is_returned_as_soon_as_it_is_there() {
        let mut looks = 0;
        let found = eventually("three looks", Duration::from_secs(1), async || {
            looks += 1;
            (looks == 3).then_some("found")
        })
        .await;
        assert_eq!((found, looks), ("found", 3));
    }

    #[tokio::test]
    #[should_panic(expected = "waited 30 ms in vain for a thing that never comes")]
    async fn what_never_comes_is_named() {
        eventually("a thing that never comes", Duration::from_millis(30), async || None::<()>).await;
    }
}

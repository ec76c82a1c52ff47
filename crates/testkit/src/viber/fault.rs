use std::time::Duration;

/// Something that goes wrong with a call.
#[derive(Debug, Clone, PartialEq)]
pub enum Fault {
    /// The call is refused with this status and message in HTTP 200, and nothing is done.
    Status(i64, String),
    /// This HTTP status, and a page instead of JSON; nothing is done.
    Http(u16),
    /// 429 with `Retry-After` seconds of what stands before Viber; nothing is done.
    TooMany(u64),
    /// The call is carried out, then the connection breaks: the caller cannot know.
    DropAfterAccept,
    /// The connection breaks and nothing is done.
    DropBefore,
    /// The call is carried out at once and answered this much later.
    Slow(Duration),
    /// The call is carried out; the head of the answer comes at once, and half of its body, the rest this much later.
    SlowBody(Duration),
}

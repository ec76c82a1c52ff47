//! What the replicas tell each other about one person.

use contracts::channel::PeerMessage;
use prost::Message;

#[derive(Clone, PartialEq, Message)]
pub struct Event {
    /// All that the person is known by.
    #[prost(string, repeated, tag = "1")]
    pub addresses: Vec<String>,
    /// The chat that has it already.
    #[prost(string, tag = "2")]
    pub except: String,
    /// Told before; for chats that were opened between.
    #[prost(bool, tag = "7")]
    pub again: bool,
    #[prost(oneof = "What", tags = "3, 4, 5, 6")]
    pub what: Option<What>,
}

#[derive(Clone, PartialEq, prost::Oneof)]
pub enum What {
    /// New or changed.
    #[prost(message, tag = "3")]
    Message(Box<PeerMessage>),
    /// Deleted: the message's id.
    #[prost(string, tag = "4")]
    Gone(String),
    /// Staff has read up to this message of the visitor's: its key.
    #[prost(string, tag = "5")]
    Seen(String),
    /// Staff is typing.
    #[prost(bool, tag = "6")]
    Typing(bool),
}

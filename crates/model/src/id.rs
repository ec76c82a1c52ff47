use std::{fmt, str::FromStr};

use uuid::Uuid;

/// A text that is no UUID where an id was expected.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{kind} is not a UUID")]
pub struct InvalidId {
    /// Which id, for example `MessageId`.
    pub kind: &'static str,
}

macro_rules! typed_id {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            /// A fresh UUIDv7: ids made later sort later.
            #[must_use]
            pub fn new() -> Self {
                Self(Uuid::now_v7())
            }
        }

        impl Default for $name {
            fn default() -> Self {
                Self::new()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;
            fn from_str(text: &str) -> Result<Self, InvalidId> {
                Uuid::parse_str(text).map(Self).map_err(|_| InvalidId { kind: stringify!($name) })
            }
        }

        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                Self(id)
            }
        }

        impl From<$name> for Uuid {
            fn from(id: $name) -> Self {
                id.0
            }
        }
    )*};
}

typed_id! {
    /// A label on clients: whoever holds it sees those that have it.
    AccessLevelId,
    /// One connected bot, number, mailbox, widget, trunk or site source.
    AccountId,
    AttachmentId,
    ClientId,
    /// What two clients are to each other.
    ClientLinkId,
    /// A person of a client.
    ContactId,
    /// One address of a person in one channel.
    ContactPointId,
    ContractId,
    ConversationId,
    /// A field that a company adds to its cards.
    CustomFieldId,
    DeadLetterId,
    DepartmentId,
    /// An entry of one of the short lists that cards choose from.
    DirectoryEntryId,
    EmployeeId,
    FileId,
    /// Somebody who is no client yet.
    LeadId,
    MessageId,
    /// An order to an adapter, not a customer's.
    OrderId,
    RequestId,
    ScheduleId,
    SessionId,
}

/// The web chat of the demo company: `okno seed-demo` makes it, the demo shop shows it.
pub const DEMO_CHAT: AccountId = AccountId(Uuid::from_u128(0x0198_0000_0000_7000_8000_0000_de30_c4a7));

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_reads_back_from_its_text() {
        let id = MessageId::new();
        assert_eq!(id.to_string().parse::<MessageId>().unwrap(), id);
    }

    #[test]
    fn ids_made_later_sort_later() {
        let ids: Vec<_> = (0..100).map(|_| OrderId::new()).collect();
        assert!(ids.is_sorted());
    }

    #[test]
    fn a_text_that_is_no_uuid_says_which_id_was_meant() {
        assert_eq!("x".parse::<ClientId>().unwrap_err().to_string(), "ClientId is not a UUID");
    }
}

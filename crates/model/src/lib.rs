//! What every part of Okno means by an id, a channel, a phone number or an e-mail address: no I/O, no async.

mod address;
mod channel;
mod id;

pub use address::{Email, Phone};
pub use channel::{Channel, InvalidChannel};
pub use id::{
    AccessLevelId, AccountId, AttachmentId, ClientId, ClientLinkId, ContactId, ContactPointId, ContractId,
    ConversationId, CustomFieldId, DEMO_CHAT, DeadLetterId, DepartmentId, DirectoryEntryId, EmployeeId, FileId,
    InvalidId, LeadId, MessageId, OrderId, RequestId, ScheduleId, SessionId,
};

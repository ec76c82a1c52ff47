//! The one place where errors become a gRPC status with a reason.

use std::time::Duration;

use contracts::errors::ErrorReason;
use tonic::{Code, Status};

use crate::{
    cards::CardError,
    clients::ClientError,
    departments::DepartmentError,
    duplicates::DuplicateError,
    employees::EmployeeError,
    error::{Fault, Missing},
    feed::FeedError,
    imports::ImportError,
    leads::LeadError,
    personal::PersonalError,
    potential::PotentialError,
    quality::QualityError,
    recounts::RecountError,
    schedules::ScheduleError,
    sessions::{SessionError, passwords::HashError},
};

impl From<Fault> for Status {
    fn from(error: Fault) -> Self {
        match &error {
            Fault::Invalid { field, problem } => rpc::invalid_field(field, problem),
            Fault::Missing { field, what } => {
                let reason = match what {
                    Missing::DirectoryEntry => ErrorReason::DirectoryEntryNotFound,
                    Missing::Employee => ErrorReason::EmployeeNotFound,
                    Missing::Client => ErrorReason::ClientNotFound,
                    Missing::Contact => ErrorReason::ContactNotFound,
                    Missing::AccessLevel => ErrorReason::AccessLevelNotFound,
                    Missing::Department => ErrorReason::DepartmentNotFound,
                    Missing::CustomField => ErrorReason::CustomFieldNotFound,
                };
                rpc::status_with(Code::NotFound, reason, &error, &[("field", field)])
            }
            Fault::NameTaken => {
                rpc::status_with(Code::AlreadyExists, ErrorReason::NameTaken, &error, &[("field", "name")])
            }
            Fault::Limit(most) => {
                let facts = [("limit", most.to_string())];
                let facts = facts.each_ref().map(|(name, value)| (*name, value.as_str()));
                rpc::status_with(Code::ResourceExhausted, ErrorReason::Limit, &error, &facts)
            }
            Fault::RequestReused => {
                let facts = [("field", "request_id")];
                rpc::status_with(Code::AlreadyExists, ErrorReason::InvalidField, &error, &facts)
            }
            Fault::Stale => rpc::status(Code::Aborted, ErrorReason::EtagMismatch, &error),
            Fault::Permission => rpc::denied("administrator", &error),
            Fault::Store(cause) if store::is_outage(cause) || is_conflict(cause) => rpc::unavailable(error),
            Fault::Store(_) => rpc::internal(error),
        }
    }
}

/// Serialization failure, deadlock, lock time-out: the same call goes through a moment later.
fn is_conflict(cause: &sqlx::Error) -> bool {
    let code = cause.as_database_error().and_then(|e| e.code());
    code.is_some_and(|code| ["40001", "40P01", "55P03"].contains(&code.as_ref()))
}

impl From<HashError> for Status {
    fn from(error: HashError) -> Self {
        match error {
            HashError::Busy => rpc::unavailable(error),
            HashError::Argon(_) | HashError::Died(_) => rpc::internal(error),
        }
    }
}

impl From<EmployeeError> for Status {
    fn from(error: EmployeeError) -> Self {
        let (code, reason) = match error {
            EmployeeError::Fault(fault) => return fault.into(),
            EmployeeError::Hash(cause) => return cause.into(),
            EmployeeError::NotFound(_) => (Code::NotFound, ErrorReason::EmployeeNotFound),
            EmployeeError::DepartmentNotFound => (Code::NotFound, ErrorReason::DepartmentNotFound),
            EmployeeError::ScheduleNotFound => (Code::NotFound, ErrorReason::ScheduleNotFound),
            EmployeeError::LoginTaken => (Code::AlreadyExists, ErrorReason::LoginTaken),
            EmployeeError::LastAdministrator => (Code::FailedPrecondition, ErrorReason::LastAdministrator),
            EmployeeError::WeakPassword(_) => (Code::InvalidArgument, ErrorReason::WeakPassword),
        };
        rpc::status(code, reason, &error)
    }
}

impl From<DepartmentError> for Status {
    fn from(error: DepartmentError) -> Self {
        let (code, reason) = match error {
            DepartmentError::Fault(fault) => return fault.into(),
            DepartmentError::NotFound(_) | DepartmentError::ParentNotFound => {
                (Code::NotFound, ErrorReason::DepartmentNotFound)
            }
            DepartmentError::HeadNotFound => (Code::NotFound, ErrorReason::EmployeeNotFound),
            DepartmentError::Cycle => (Code::InvalidArgument, ErrorReason::DepartmentCycle),
            DepartmentError::InUse => (Code::FailedPrecondition, ErrorReason::DepartmentInUse),
        };
        rpc::status(code, reason, &error)
    }
}

impl From<ScheduleError> for Status {
    fn from(error: ScheduleError) -> Self {
        match error {
            ScheduleError::Fault(fault) => fault.into(),
            ScheduleError::NotFound(_) => rpc::status(Code::NotFound, ErrorReason::ScheduleNotFound, &error),
            ScheduleError::InUse => rpc::status(Code::FailedPrecondition, ErrorReason::ScheduleInUse, &error),
        }
    }
}

impl From<SessionError> for Status {
    fn from(error: SessionError) -> Self {
        let (code, reason) = match error {
            SessionError::Fault(fault) => return fault.into(),
            SessionError::Employee(cause) => return cause.into(),
            SessionError::Hash(cause) => return cause.into(),
            SessionError::Seal(_) => return rpc::internal(error),
            SessionError::LockedOut(rest) => return locked_out(&error, rest),
            SessionError::WrongCredentials => (Code::Unauthenticated, ErrorReason::WrongCredentials),
            SessionError::TotpRequired => (Code::Unauthenticated, ErrorReason::TotpRequired),
            SessionError::NotSignedIn => (Code::Unauthenticated, ErrorReason::NotSignedIn),
            SessionError::WeakPassword(_) => (Code::InvalidArgument, ErrorReason::WeakPassword),
            SessionError::NotFound(id) => return rpc::hidden(ErrorReason::SessionNotFound, "session", id, &error),
            SessionError::TotpOn => (Code::FailedPrecondition, ErrorReason::TotpOn),
            SessionError::WrongCode => (Code::InvalidArgument, ErrorReason::WrongCredentials),
        };
        rpc::status(code, reason, &error)
    }
}

/// Whole seconds, rounded up: whoever waits that long is let in.
fn locked_out(error: &SessionError, rest: Duration) -> Status {
    let seconds = rest.as_millis().div_ceil(1_000).to_string();
    let facts = [("retry_after_seconds", seconds.as_str())];
    rpc::status_with(Code::ResourceExhausted, ErrorReason::LockedOut, error, &facts)
}

impl From<ClientError> for Status {
    fn from(error: ClientError) -> Self {
        let (code, reason) = match error {
            ClientError::Fault(fault) => return fault.into(),
            ClientError::Linked { ref client_id, ref client_name } => {
                let facts = [("client_id", client_id.to_string()), ("client_name", client_name.clone())];
                let facts = facts.each_ref().map(|(name, value)| (*name, value.as_str()));
                return rpc::status_with(Code::FailedPrecondition, ErrorReason::ContactPointLinked, &error, &facts);
            }
            ClientError::Merged(into) => {
                let into = into.to_string();
                let facts = [("client_id", into.as_str())];
                return rpc::status_with(Code::FailedPrecondition, ErrorReason::ClientMerged, &error, &facts);
            }
            ClientError::ContactMerged(into) => {
                let into = into.to_string();
                let facts = [("contact_id", into.as_str())];
                return rpc::status_with(Code::FailedPrecondition, ErrorReason::ContactMerged, &error, &facts);
            }
            ClientError::NotFound(_) => (Code::NotFound, ErrorReason::ClientNotFound),
            ClientError::LinkNotFound(_) => (Code::NotFound, ErrorReason::ClientLinkNotFound),
            ClientError::LinkExists => (Code::AlreadyExists, ErrorReason::ClientLinkExists),
            ClientError::ContactPointNotFound(_) => (Code::NotFound, ErrorReason::ContactPointNotFound),
            ClientError::ResponsibleNotFound => (Code::NotFound, ErrorReason::EmployeeNotFound),
            ClientError::MayNotShare => (Code::PermissionDenied, ErrorReason::Permission),
            ClientError::Archived => (Code::FailedPrecondition, ErrorReason::ClientArchived),
            ClientError::PhotoNotFound => (Code::NotFound, ErrorReason::FileNotFound),
            ClientError::ContactNotFound(_) => (Code::NotFound, ErrorReason::ContactNotFound),
            ClientError::ContractNotFound(_) => (Code::NotFound, ErrorReason::ContractNotFound),
            ClientError::ConsentNotFound(_) => (Code::NotFound, ErrorReason::ConsentNotFound),
        };
        rpc::status(code, reason, &error)
    }
}

impl From<CardError> for Status {
    fn from(error: CardError) -> Self {
        let reason = match error {
            CardError::Fault(fault) => return fault.into(),
            CardError::EntryNotFound => ErrorReason::DirectoryEntryNotFound,
            CardError::FieldNotFound => ErrorReason::CustomFieldNotFound,
            CardError::LevelNotFound => ErrorReason::AccessLevelNotFound,
        };
        rpc::status(Code::NotFound, reason, &error)
    }
}

impl From<DuplicateError> for Status {
    fn from(error: DuplicateError) -> Self {
        let (code, reason) = match error {
            DuplicateError::Fault(fault) => return fault.into(),
            DuplicateError::Conflict(ref fields) => {
                let fields = fields.join(",");
                let facts = [("fields", fields.as_str())];
                return rpc::status_with(Code::FailedPrecondition, ErrorReason::MergeConflict, &error, &facts);
            }
            DuplicateError::Merged(ref client) => {
                let client = client.to_string();
                let facts = [("client_id", client.as_str())];
                return rpc::status_with(Code::Aborted, ErrorReason::ClientMerged, &error, &facts);
            }
            DuplicateError::ContactMerged(ref contact) => {
                let contact = contact.to_string();
                let facts = [("contact_id", contact.as_str())];
                return rpc::status_with(Code::Aborted, ErrorReason::ContactMerged, &error, &facts);
            }
            DuplicateError::BeingErased(_) => {
                let facts = [("state", "running")];
                return rpc::status_with(Code::FailedPrecondition, ErrorReason::ErasureState, &error, &facts);
            }
            DuplicateError::ClientNotFound(id) => {
                return rpc::hidden(ErrorReason::ClientNotFound, "client", id, &error);
            }
            DuplicateError::ContactNotFound(id) => {
                return rpc::hidden(ErrorReason::ContactNotFound, "contact", id, &error);
            }
            DuplicateError::Archived => (Code::FailedPrecondition, ErrorReason::ClientArchived),
            DuplicateError::MergeNotFound(id) => return rpc::hidden(ErrorReason::MergeNotFound, "merge", id, &error),
            DuplicateError::TooOld => (Code::FailedPrecondition, ErrorReason::MergeTooOld),
            DuplicateError::SearchNotFound => (Code::NotFound, ErrorReason::DuplicateSearchNotFound),
            DuplicateError::SearchRunning => (Code::FailedPrecondition, ErrorReason::DuplicateSearchRunning),
            DuplicateError::Permission => return rpc::denied("duplicates.change", &error),
        };
        rpc::status(code, reason, &error)
    }
}

impl From<LeadError> for Status {
    fn from(error: LeadError) -> Self {
        let (code, reason) = match error {
            LeadError::Fault(fault) => return fault.into(),
            LeadError::Client(cause) => return cause.into(),
            LeadError::State(state) => {
                let facts = [("state", state.name())];
                return rpc::status_with(Code::FailedPrecondition, ErrorReason::LeadState, &error, &facts);
            }
            LeadError::NotFound(_) => (Code::NotFound, ErrorReason::LeadNotFound),
            LeadError::CleaningRunning => (Code::FailedPrecondition, ErrorReason::LeadCleaningRunning),
            LeadError::CleaningNotFound => (Code::NotFound, ErrorReason::LeadCleaningNotFound),
            LeadError::ResponsibleNotFound => (Code::NotFound, ErrorReason::EmployeeNotFound),
            LeadError::MayNotShare => (Code::PermissionDenied, ErrorReason::Permission),
        };
        rpc::status(code, reason, &error)
    }
}

impl From<PersonalError> for Status {
    fn from(error: PersonalError) -> Self {
        match &error {
            PersonalError::CountChanged(records) => {
                let records = records.to_string();
                let facts = [("records", records.as_str())];
                rpc::status_with(Code::FailedPrecondition, ErrorReason::ErasureCountChanged, &error, &facts)
            }
            PersonalError::State(state) => {
                let facts = [("state", state.name())];
                rpc::status_with(Code::FailedPrecondition, ErrorReason::ErasureState, &error, &facts)
            }
            PersonalError::NotFound => rpc::status(Code::NotFound, ErrorReason::ErasureNotFound, &error),
            PersonalError::ExportState(state) => {
                let facts = [("state", state.name())];
                rpc::status_with(Code::FailedPrecondition, ErrorReason::ExportState, &error, &facts)
            }
            PersonalError::ExportNotFound => rpc::status(Code::NotFound, ErrorReason::ExportNotFound, &error),
            PersonalError::NoRandom => rpc::internal(error),
            PersonalError::NeedsAnother => {
                rpc::status(Code::PermissionDenied, ErrorReason::ErasureNeedsAnother, &error)
            }
            PersonalError::Client(_) | PersonalError::Fault(_) => match error {
                PersonalError::Client(cause) => cause.into(),
                PersonalError::Fault(fault) => fault.into(),
                other => rpc::internal(other),
            },
        }
    }
}

impl From<RecountError> for Status {
    fn from(error: RecountError) -> Self {
        let (code, reason) = match error {
            RecountError::Fault(fault) => return fault.into(),
            RecountError::NotFound => (Code::NotFound, ErrorReason::QualityRecountNotFound),
            RecountError::Running => (Code::FailedPrecondition, ErrorReason::QualityRecountRunning),
            RecountError::Over => (Code::FailedPrecondition, ErrorReason::QualityRecountOver),
        };
        rpc::status(code, reason, &error)
    }
}

impl From<QualityError> for Status {
    fn from(error: QualityError) -> Self {
        let (code, reason) = match error {
            QualityError::Fault(fault) => return fault.into(),
            QualityError::Recount(cause) => return cause.into(),
            QualityError::EmployeeNotFound(_) => (Code::NotFound, ErrorReason::EmployeeNotFound),
            QualityError::DepartmentNotFound(_) => (Code::NotFound, ErrorReason::DepartmentNotFound),
        };
        rpc::status(code, reason, &error)
    }
}

impl From<FeedError> for Status {
    fn from(error: FeedError) -> Self {
        match error {
            FeedError::Fault(fault) => fault.into(),
            FeedError::Client(cause) => cause.into(),
            FeedError::EntryNotFound(_) => rpc::status(Code::NotFound, ErrorReason::FeedEntryNotFound, &error),
        }
    }
}

impl From<PotentialError> for Status {
    fn from(error: PotentialError) -> Self {
        let (code, reason) = match error {
            PotentialError::Fault(fault) => return fault.into(),
            PotentialError::Client(cause) => return cause.into(),
            PotentialError::Recount(cause) => return cause.into(),
            PotentialError::MayNotSetUp | PotentialError::MayNotSet => {
                (Code::PermissionDenied, ErrorReason::Permission)
            }
        };
        rpc::status(code, reason, &error)
    }
}

impl From<ImportError> for Status {
    fn from(error: ImportError) -> Self {
        match error {
            ImportError::Fault(fault) => fault.into(),
            ImportError::State(state) => {
                let facts = [("state", state.name())];
                rpc::status_with(Code::FailedPrecondition, ErrorReason::ImportState, &error, &facts)
            }
            ImportError::NotFound(id) => rpc::hidden(ErrorReason::ImportNotFound, "import", id, &error),
            ImportError::Running => rpc::status(Code::FailedPrecondition, ErrorReason::ImportRunning, &error),
            ImportError::Sheet(cause) => rpc::internal(cause),
        }
    }
}

//! What cards choose from and how they are kept: directories, custom fields, access levels, settings.

pub(crate) mod access;
mod access_grpc;
pub(crate) mod directories;
mod directories_grpc;
pub(crate) mod fields;
mod fields_grpc;
pub(crate) mod settings;
pub(crate) mod values;

pub(crate) use access_grpc::AccessGrpc;
use contracts::live::{ClientSettingsChanged, event::What};
pub(crate) use directories_grpc::DirectoryGrpc;
pub(crate) use fields_grpc::FieldGrpc;

use crate::error::{Fault, Missing, violated};

#[derive(Debug, thiserror::Error)]
pub enum CardError {
    #[error("there is no such entry")]
    EntryNotFound,
    #[error("there is no such custom field")]
    FieldNotFound,
    #[error("there is no such access level")]
    LevelNotFound,
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl From<sqlx::Error> for CardError {
    fn from(cause: sqlx::Error) -> Self {
        let missing = |field, what| Self::Fault(Fault::Missing { field, what });
        match violated(&cause) {
            Some("directory_entry_name" | "custom_field_name" | "access_level_name") => Self::Fault(Fault::NameTaken),
            Some("access_level_employee_employee_id_fkey") => missing("employee_ids", Missing::Employee),
            Some("access_level_department_department_id_fkey") => missing("department_ids", Missing::Department),
            _ => Self::Fault(cause.into()),
        }
    }
}

/// Cards are kept otherwise, or other people see them.
fn settings_changed() -> What {
    What::ClientSettingsChanged(ClientSettingsChanged {})
}

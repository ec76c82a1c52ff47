//! What a saved view is, and what can be refused about one. No I/O.

use contracts::{
    errors::ErrorReason,
    inbox::{self, ConversationFilter, ConversationOrder, ConversationView, ListConversationsRequest},
};
use model::EmployeeId;
use tonic::{Code, Status};
use uuid::Uuid;

use crate::{conversations::Wanted, fault::broken};

/// Views of one's own.
pub const MOST: i64 = 50;
/// Characters of a name.
const NAME: usize = 100;

/// Why something about a view cannot be done.
#[derive(Debug, thiserror::Error)]
pub enum ViewError {
    #[error("there is no view {0} for you")]
    NotFound(Uuid),
    #[error("{MOST} views are the most that one may have")]
    TooMany,
    #[error("the view was changed since you read it")]
    Stale,
    #[error("{why}")]
    NotAllowed { id: Option<Uuid>, why: &'static str },
    #[error("request_id was used for another view")]
    IdInUse,
    #[error("the database did not do it")]
    Store(#[from] sqlx::Error),
}

impl From<ViewError> for Status {
    fn from(error: ViewError) -> Self {
        let (code, reason) = match &error {
            ViewError::NotFound(id) => return rpc::hidden(ErrorReason::ViewNotFound, "view", id, &error),
            ViewError::TooMany => {
                let facts = [("limit", &*MOST.to_string())];
                return rpc::status_with(Code::ResourceExhausted, ErrorReason::ViewLimit, &error, &facts);
            }
            ViewError::Stale => (Code::Aborted, ErrorReason::EtagMismatch),
            ViewError::NotAllowed { id: Some(id), .. } => {
                return rpc::denied_of("view.change", "view", id, &error, "");
            }
            ViewError::NotAllowed { .. } => return rpc::denied("view.share", &error),
            ViewError::IdInUse => return rpc::invalid_field("request_id", "was used for another view"),
            ViewError::Store(_) => return broken(error),
        };
        rpc::status(code, reason, &error)
    }
}

/// Who asks, as far as views care.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct By {
    pub employee: EmployeeId,
    pub administrator: bool,
    pub head: bool,
}

/// A view as it is stored.
#[derive(Debug, Clone, PartialEq)]
pub struct View {
    pub id: Uuid,
    pub revision: i64,
    pub owner: EmployeeId,
    pub name: String,
    pub shared: bool,
    pub base: i32,
    pub order: i32,
    pub filter: ConversationFilter,
    pub query: String,
    pub rank: i32,
}

impl View {
    /// What a caller asks to store, checked as a list would be; without etag and owner.
    ///
    /// # Errors
    /// INVALID_ARGUMENT, naming the field.
    pub fn read(id: Uuid, owner: EmployeeId, asked: inbox::View) -> Result<Self, Status> {
        let name = asked.name.trim();
        if name.is_empty() || name.chars().count() > NAME || name.contains(char::is_control) {
            return Err(rpc::invalid_field("view.name", "must have 1 to 100 characters"));
        }
        if ConversationView::try_from(asked.base).is_err() {
            return Err(rpc::invalid_field("view.base", "is no view of the list"));
        }
        if ConversationOrder::try_from(asked.order).is_err() {
            return Err(rpc::invalid_field("view.order", "is no order of the list"));
        }
        let view = Self {
            id,
            revision: 1,
            owner,
            name: name.to_owned(),
            shared: asked.shared,
            base: asked.base,
            order: asked.order,
            filter: asked.filter.unwrap_or_default(),
            query: asked.query.trim().replace('\0', ""),
            rank: asked.rank,
        };
        view.list()?;
        Ok(view)
    }

    /// The list that it shows.
    ///
    /// # Errors
    /// INVALID_ARGUMENT, naming the field.
    pub fn list(&self) -> Result<Wanted, Status> {
        Wanted::read(&ListConversationsRequest {
            view: self.base,
            order: self.order,
            filter: Some(self.filter.clone()),
            query: self.query.clone(),
            ..ListConversationsRequest::default()
        })
    }

    /// This view with the masked fields of another one put over it.
    ///
    /// # Errors
    /// INVALID_ARGUMENT for a field that is none, or a bad value.
    pub fn masked(&self, asked: &inbox::View, fields: &[String]) -> Result<Self, Status> {
        let mut merged = self.contract();
        for name in fields {
            match name.as_str() {
                "name" => merged.name.clone_from(&asked.name),
                "shared" => merged.shared = asked.shared,
                "base" => merged.base = asked.base,
                "order" => merged.order = asked.order,
                "filter" => merged.filter.clone_from(&asked.filter),
                "query" => merged.query.clone_from(&asked.query),
                "rank" => merged.rank = asked.rank,
                other => return Err(rpc::invalid_field("update_mask", &format!("{other} cannot be changed"))),
            }
        }
        Ok(Self { revision: self.revision + 1, ..Self::read(self.id, self.owner, merged)? })
    }

    /// # Errors
    /// [`ViewError::NotAllowed`] when `by` may neither change nor delete it.
    pub fn must_be_changeable(&self, by: By) -> Result<(), ViewError> {
        if self.owner == by.employee || (self.shared && by.administrator) {
            return Ok(());
        }
        let why = "a shared view is changed by whoever made it, or by an administrator";
        Err(ViewError::NotAllowed { id: Some(self.id), why })
    }

    #[must_use]
    pub fn contract(&self) -> inbox::View {
        inbox::View {
            view_id: self.id.to_string(),
            etag: rpc::etag(self.revision),
            name: self.name.clone(),
            shared: self.shared,
            owner_employee_id: self.owner.to_string(),
            base: self.base,
            order: self.order,
            filter: Some(self.filter.clone()),
            query: self.query.clone(),
            rank: self.rank,
        }
    }
}

impl By {
    /// # Errors
    /// [`ViewError::NotAllowed`] for who is neither head nor administrator.
    pub fn must_share(self) -> Result<(), ViewError> {
        if self.head || self.administrator {
            return Ok(());
        }
        Err(ViewError::NotAllowed { id: None, why: "shared views are made by heads and administrators" })
    }
}

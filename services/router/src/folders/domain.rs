//! The tree of one account's folders, and what can be refused about it. No I/O.

use contracts::{
    errors::ErrorReason,
    inbox::{self, FolderKind},
};
use tonic::{Code, Status};
use uuid::Uuid;

use crate::fault::broken;

/// Folders of an account's own.
pub const MOST: usize = 200;
const DEEP: usize = 8;
const NAME: usize = 100;

/// Why something about folders cannot be done.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    #[error("there is no account {0}")]
    NoAccount(Uuid),
    #[error("there is no folder {0} here")]
    NotFound(Uuid),
    #[error("{MOST} folders, {DEEP} deep, are the most that an account may have")]
    TooMany,
    #[error("rules sort into it: {0}")]
    InUse(String),
    #[error("a folder cannot lie in itself")]
    Cycle,
    #[error("a run over this account's folders goes on")]
    Busy,
    #[error("it was changed since you read it")]
    Stale,
    #[error("{why}")]
    NotAllowed { account: Uuid, why: &'static str },
    #[error("{0} {1}")]
    Field(&'static str, &'static str),
    #[error("the database did not do it")]
    Store(#[from] sqlx::Error),
}

impl From<FolderError> for Status {
    fn from(error: FolderError) -> Self {
        let (code, reason) = match &error {
            FolderError::NoAccount(id) => {
                return rpc::hidden(ErrorReason::AccountNotFound, "channel_account", id, &error);
            }
            FolderError::NotFound(id) => return rpc::hidden(ErrorReason::FolderNotFound, "folder", id, &error),
            FolderError::TooMany => {
                let facts = [("limit", &*MOST.to_string())];
                return rpc::status_with(Code::ResourceExhausted, ErrorReason::FolderLimit, &error, &facts);
            }
            FolderError::InUse(rules) => {
                let facts = [("rules", rules.as_str())];
                return rpc::status_with(Code::FailedPrecondition, ErrorReason::FolderInUse, &error, &facts);
            }
            FolderError::Cycle => (Code::FailedPrecondition, ErrorReason::FolderCycle),
            FolderError::Busy => (Code::FailedPrecondition, ErrorReason::FolderBusy),
            FolderError::Stale => (Code::Aborted, ErrorReason::EtagMismatch),
            FolderError::NotAllowed { account, .. } => {
                return rpc::denied_of("folder.change", "channel_account", account, &error, "");
            }
            FolderError::Field(field, why) => return rpc::invalid_field(field, why),
            FolderError::Store(_) => return broken(error),
        };
        rpc::status(code, reason, &error)
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folder {
    pub id: Uuid,
    pub account: Uuid,
    pub kind: FolderKind,
    pub name: String,
    pub parent: Option<Uuid>,
    pub revision: i64,
}

impl Folder {
    #[must_use]
    pub fn contract(&self) -> inbox::Folder {
        inbox::Folder {
            folder_id: self.id.to_string(),
            etag: rpc::etag(self.revision),
            account_id: self.account.to_string(),
            kind: self.kind.into(),
            name: self.name.clone(),
            parent_folder_id: self.parent.map(|id| id.to_string()).unwrap_or_default(),
            conversations: 0,
            unread: 0,
        }
    }

    /// What a conversation says that lies in it: nothing, where it is the inbox.
    #[must_use]
    pub fn place(&self) -> Option<Uuid> {
        (self.kind != FolderKind::Inbox).then_some(self.id)
    }
}

/// The folders of one account, without those that were removed.
#[derive(Debug, Clone, Default)]
pub struct Tree(pub Vec<Folder>);

impl Tree {
    /// # Errors
    /// [`FolderError::NotFound`].
    pub fn get(&self, id: Uuid) -> Result<&Folder, FolderError> {
        self.0.iter().find(|folder| folder.id == id).ok_or(FolderError::NotFound(id))
    }

    /// One of the account's own.
    ///
    /// # Errors
    /// [`FolderError::NotFound`], and for the three that every account has.
    pub fn own(&self, id: Uuid) -> Result<&Folder, FolderError> {
        let folder = self.get(id)?;
        let own = folder.kind == FolderKind::Unspecified;
        own.then_some(folder).ok_or(FolderError::Field("folder_id", "is one of those that every account has"))
    }

    /// # Errors
    /// [`FolderError::NotFound`] for an account that has none yet: it is just being made.
    pub fn inbox(&self) -> Result<&Folder, FolderError> {
        self.0.iter().find(|folder| folder.kind == FolderKind::Inbox).ok_or(FolderError::NotFound(Uuid::nil()))
    }

    /// A folder and those below it.
    #[must_use]
    pub fn below(&self, id: Uuid) -> Vec<Uuid> {
        let mut found = vec![id];
        let mut at = 0;
        while let Some(parent) = found.get(at).copied() {
            let inner = self.0.iter().filter(|folder| folder.parent == Some(parent) && !found.contains(&folder.id));
            let inner: Vec<Uuid> = inner.map(|folder| folder.id).collect();
            found.extend(inner);
            at += 1;
        }
        found
    }

    /// Whether a new or changed folder may stand there.
    ///
    /// # Errors
    /// [`FolderError`] for what is wrong with its name or place.
    pub fn may_stand(&self, folder: &Folder) -> Result<(), FolderError> {
        let name = folder.name.as_str();
        if name.is_empty() || name.chars().count() > NAME || name.contains(char::is_control) {
            return Err(FolderError::Field("folder.name", "must have 1 to 100 characters"));
        }
        if let Some(parent) = folder.parent {
            self.get(parent)?;
            if self.below(folder.id).contains(&parent) {
                return Err(FolderError::Cycle);
            }
        }
        let beside = |other: &&Folder| other.id != folder.id && other.parent == folder.parent;
        if self.0.iter().filter(beside).any(|other| other.name.to_lowercase() == name.to_lowercase()) {
            return Err(FolderError::Field("folder.name", "is that of a neighbour"));
        }
        let own = self.0.iter().filter(|other| other.id != folder.id && other.kind == FolderKind::Unspecified).count();
        if own >= MOST || self.above(folder.parent) + self.deep(folder.id) > DEEP {
            return Err(FolderError::TooMany);
        }
        Ok(())
    }

    /// How many folders stand above, the parent with them.
    fn above(&self, parent: Option<Uuid>) -> usize {
        let step = |id: &Uuid| self.get(*id).ok().and_then(|folder| folder.parent);
        std::iter::successors(parent, step).take(DEEP + 1).count()
    }

    /// How deep the tree below a folder is, itself with it.
    fn deep(&self, id: Uuid) -> usize {
        self.below(id).iter().map(|inner| 1 + self.steps(*inner, id)).max().unwrap_or(1)
    }

    fn steps(&self, from: Uuid, to: Uuid) -> usize {
        let step = |id: &Uuid| self.get(*id).ok().and_then(|folder| folder.parent);
        std::iter::successors(Some(from), step).take(DEEP + 1).take_while(|id| *id != to).count()
    }

    /// Each behind the one that it is in: those that every account has first, then by name.
    #[must_use]
    pub fn in_order(&self) -> Vec<&Folder> {
        let mut found = Vec::with_capacity(self.0.len());
        self.push(None, &mut found);
        found
    }

    fn push<'a>(&'a self, parent: Option<Uuid>, found: &mut Vec<&'a Folder>) {
        let mut inner: Vec<&Folder> = self.0.iter().filter(|folder| folder.parent == parent).collect();
        inner.sort_by_key(|folder| {
            let own = folder.kind == FolderKind::Unspecified;
            (own, folder.kind as i32, folder.name.to_lowercase(), folder.id)
        });
        for folder in inner {
            found.push(folder);
            self.push(Some(folder.id), found);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(number: u128, name: &str, parent: Option<u128>) -> Folder {
        Folder {
            id: Uuid::from_u128(number),
            account: Uuid::nil(),
            kind: FolderKind::Unspecified,
            name: name.into(),
            parent: parent.map(Uuid::from_u128),
            revision: 1,
        }
    }

    fn tree() -> Tree {
        let inbox = Folder { kind: FolderKind::Inbox, ..folder(1, "", None) };
        let junk = Folder { kind: FolderKind::Junk, ..folder(2, "", None) };
        let own =
            [folder(5, "Яблоки", None), folder(4, "Б", Some(3)), folder(3, "Акты", Some(1)), folder(6, "В", Some(4))];
        Tree([junk, inbox].into_iter().chain(own).collect())
    }

    #[test]
    fn each_stands_behind_the_one_that_it_is_in() {
        let tree = tree();
        let numbers: Vec<u128> = tree.in_order().iter().map(|folder| folder.id.as_u128()).collect();
        assert_eq!(numbers, [1, 3, 4, 6, 2, 5]);
        let below: Vec<u128> = tree.below(Uuid::from_u128(3)).iter().map(Uuid::as_u128).collect();
        assert_eq!(below, [3, 4, 6]);
    }

    #[test]
    fn names_places_depth_and_number_are_looked_at() {
        let tree = tree();
        let refused = |folder: Folder| tree.may_stand(&folder).unwrap_err();
        assert!(matches!(refused(folder(3, "Акты", Some(6))), FolderError::Cycle));
        assert!(matches!(refused(folder(3, "Акты", Some(3))), FolderError::Cycle));
        assert!(matches!(refused(folder(9, "акты", Some(1))), FolderError::Field("folder.name", _)));
        assert!(matches!(refused(folder(9, "", None)), FolderError::Field("folder.name", _)));
        assert!(matches!(refused(folder(9, "Новая", Some(77))), FolderError::NotFound(_)));
        tree.may_stand(&folder(9, "акты", None)).unwrap();
        tree.may_stand(&folder(3, "Договоры", Some(5))).unwrap();
        let deep = Tree((1..=8).map(|n| folder(n, "A", (n > 1).then(|| n - 1))).collect());
        assert!(matches!(deep.may_stand(&folder(9, "A", Some(8))), Err(FolderError::TooMany)));
        deep.may_stand(&folder(9, "B", Some(7))).unwrap();
        let many = Tree((1..=200).map(|n| folder(n, &n.to_string(), None)).collect());
        assert!(matches!(many.may_stand(&folder(999, "A", None)), Err(FolderError::TooMany)));
        many.may_stand(&folder(7, "A", None)).unwrap();
    }
}

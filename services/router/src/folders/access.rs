//! Who may see and change the folders of an account.

use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use super::{domain::FolderError, store};
use crate::access::Viewer;

/// An account whose folders are meant.
#[derive(Debug, Clone, Copy)]
pub struct Account {
    pub id: Uuid,
    /// Whose personal account it is.
    pub owner: Option<Uuid>,
}

impl Account {
    /// One that the viewer sees.
    ///
    /// # Errors
    /// [`FolderError::NoAccount`]: deleted, unknown, or a personal one of somebody else.
    pub async fn seen(pool: &PgPool, viewer: &Viewer, id: Uuid) -> Result<Self, FolderError> {
        let mut db = pool.acquire().await?;
        Self::find(&mut db, viewer, id).await
    }

    async fn find(db: &mut PgConnection, viewer: &Viewer, id: Uuid) -> Result<Self, FolderError> {
        let owner = store::account_owner(db, id).await?.ok_or(FolderError::NoAccount(id))?;
        match owner {
            Some(owner) if !viewer.personal || viewer.employee.0 != owner => {
                // Administrators know that it is there.
                let hidden = "the folders of a personal account are its owner's";
                Err(if viewer.administrator {
                    FolderError::NotAllowed { account: id, why: hidden }
                } else {
                    FolderError::NoAccount(id)
                })
            }
            owner => Ok(Self { id, owner }),
        }
    }

    /// One whose folders and rules the viewer may change.
    ///
    /// # Errors
    /// As above, and [`FolderError::NotAllowed`] for who is no administrator.
    pub async fn changeable(db: &mut PgConnection, viewer: &Viewer, id: Uuid) -> Result<Self, FolderError> {
        let account = Self::find(db, viewer, id).await?;
        if account.owner.is_none() && !viewer.administrator {
            let why = "folders and rules of the company's accounts are changed by administrators";
            return Err(FolderError::NotAllowed { account: id, why });
        }
        Ok(account)
    }
}

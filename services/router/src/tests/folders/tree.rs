//! Making, changing and removing folders.

use contracts::inbox::{DeleteFolderRequest, UpdateFolderRequest};

use super::*;
use crate::folders;

impl Office {
    async fn changes(&self, by: &Caller, folder: Folder, fields: &[&str]) -> Result<Folder, Status> {
        let paths = fields.iter().map(ToString::to_string).collect();
        let request = UpdateFolderRequest { folder: Some(folder), update_mask: Some(prost_types::FieldMask { paths }) };
        Ok(self.folder_api().update_folder(by.request(request)).await?.into_inner().folder.unwrap())
    }

    async fn removes(&self, by: &Caller, folder: &str, to: &str) -> Result<(), Status> {
        let request = DeleteFolderRequest { folder_id: folder.into(), etag: String::new(), to_folder_id: to.into() };
        self.folder_api().delete_folder(by.request(request)).await.map(drop)
    }

    /// Does what the timers of this kind would.
    async fn empties(&self) {
        let sql = "delete from inbox.timer where kind = 'folder_empty' returning key";
        let keys: Vec<String> = sqlx::query_scalar(sql).fetch_all(&self.pool).await.unwrap();
        for key in keys {
            let mut tx = self.pool.begin().await.unwrap();
            while folders::empty(&mut tx, key.parse().unwrap()).await.unwrap() {}
            tx.commit().await.unwrap();
        }
    }
}

#[tokio::test]
async fn every_account_has_three_folders_and_ones_own_are_nested_below_them() {
    let office = Office::open().await;
    let admin = office.administrator("Админ").await;
    let anna = office.operator("Анна", office.sales).await;
    let junk = office.of_kind(&anna, FolderKind::Junk).await;
    let mailings = office.makes_folder(&admin, "Рассылки", &junk).await.unwrap();
    let inner = office.makes_folder(&admin, "Скидки", &mailings.folder_id).await.unwrap();
    let shown = office.folders(&anna).await.unwrap();
    let names: Vec<&str> = shown.iter().map(|folder| folder.name.as_str()).collect();
    assert_eq!(names, ["", "", "Рассылки", "Скидки", ""]);
    assert_eq!(shown[4].kind(), FolderKind::Deleted);
    assert_eq!(office.makes_folder(&anna, "Моя", "").await.unwrap_err().code(), Code::PermissionDenied);

    let renamed = Folder { name: "Акции".into(), ..inner.clone() };
    let renamed = office.changes(&admin, renamed, &["name"]).await.unwrap();
    assert_eq!(renamed.name, "Акции");
    let stale = office.changes(&admin, Folder { name: "Другое".into(), ..inner }, &["name"]).await.unwrap_err();
    assert_eq!(reason(&stale), ErrorReason::EtagMismatch);
    let cycle = Folder { parent_folder_id: renamed.folder_id.clone(), ..mailings.clone() };
    let refused = office.changes(&admin, cycle, &["parent_folder_id"]).await.unwrap_err();
    assert_eq!(reason(&refused), ErrorReason::FolderCycle);
    let to_top = Folder { parent_folder_id: String::new(), ..renamed };
    assert_eq!(office.changes(&admin, to_top, &["parent_folder_id"]).await.unwrap().parent_folder_id, "");
    let fixed = Folder { folder_id: junk, name: "Спам".into(), ..Folder::default() };
    assert_eq!(office.changes(&admin, fixed, &["name"]).await.unwrap_err().code(), Code::InvalidArgument);
    let twice = office.makes_folder(&admin, "акции", "").await.unwrap_err();
    assert_eq!(rpc::metadata_of(&twice)["field"], "folder.name");
    assert_eq!(office.count("select count(*) from inbox.audit where object_kind = 'folder'").await, 4);
}

#[tokio::test]
async fn what_lay_in_a_removed_folder_lies_elsewhere_at_once() {
    let office = Office::open().await;
    let admin = office.administrator("Админ").await;
    let (old, new) = (office.folder(&admin, "Старая").await, office.folder(&admin, "Новая").await);
    let inner = office.makes_folder(&admin, "Внутри", &old).await.unwrap().folder_id;
    let (one, two) = (office.writes("1", "Раз").await, office.writes("2", "Два").await);
    office.moves(&admin, &[&one], &old).await.unwrap();
    office.moves(&admin, &[&two], &inner).await.unwrap();
    office.sorts_by(&admin, &[FolderRule { name: "Скидки".into(), ..rule("скидки", &inner) }]).await.unwrap();
    let refused = office.removes(&admin, &old, &new).await.unwrap_err();
    assert_eq!(reason(&refused), ErrorReason::FolderInUse);
    assert_eq!(rpc::metadata_of(&refused)["rules"], "Скидки");
    office.sorts_by(&admin, &[]).await.unwrap();
    assert_eq!(office.removes(&admin, &old, &inner).await.unwrap_err().code(), Code::InvalidArgument);

    office.removes(&admin, &old, &new).await.unwrap();
    let mut both = [one.id.clone(), two.id.clone()];
    both.sort();
    assert_eq!(office.lies_in(&admin, &two).await, new);
    assert_eq!(office.in_folder(&admin, &new).await, both);
    assert_eq!(reason(&office.moves(&admin, &[&one], &old).await.unwrap_err()), ErrorReason::FolderNotFound);
    // The next one is removed while the first is still being emptied into it.
    office.removes(&admin, &new, "").await.unwrap();
    let inbox = office.of_kind(&admin, FolderKind::Inbox).await;
    assert_eq!(
        (office.in_folder(&admin, &inbox).await, office.lies_in(&admin, &one).await),
        (both.to_vec(), String::new())
    );
    office.events().await;
    office.empties().await;
    assert_eq!(office.events().await.len(), 2);
    assert_eq!(office.in_folder(&admin, &inbox).await, both);
    assert_eq!(office.count("select count(*) from inbox.conversation where folder_id is not null").await, 0);
    assert_eq!(office.count("select count(*) from inbox.folder where kind = 0").await, 0);
}

/// A batch knows the rules of a second ago.
#[tokio::test]
async fn a_letter_for_a_folder_that_was_just_removed_lies_in_the_inbox() {
    let office = Office::open().await;
    let admin = office.administrator("Админ").await;
    let folder = office.folder(&admin, "Счета").await;
    office.sorts_by(&admin, &[rule("счёт", &folder)]).await.unwrap();
    sqlx::query("delete from inbox.folder_rules").execute(&office.pool).await.unwrap();
    office.removes(&admin, &folder, "").await.unwrap();
    let dialog = office.letter("1", "Счёт").await;
    assert_eq!(office.lies_in(&admin, &dialog).await, "");
    office.empties().await;
    let dialog = office.letter("2", "Счёт").await;
    assert_eq!(office.lies_in(&admin, &dialog).await, "");
    assert_eq!(office.count("select count(*) from inbox.conversation where folder_id is not null").await, 0);
}

#[tokio::test]
async fn a_deleted_account_takes_its_folders_along() {
    let office = Office::open().await;
    let admin = office.administrator("Админ").await;
    let folder = office.folder(&admin, "Счета").await;
    office.sorts_by(&admin, &[rule("счёт", &folder)]).await.unwrap();
    let dialog = office.letter("1", "Счёт").await;
    sqlx::query("update inbox.account set deleted_at = now()").execute(&office.pool).await.unwrap();
    folders::drop_all(&office.pool, office.account.0).await.unwrap();
    assert_eq!(reason(&office.folders(&admin).await.unwrap_err()), ErrorReason::AccountNotFound);
    let left = "select (select count(*) from inbox.folder) + (select count(*) from inbox.folder_rules)";
    assert_eq!(office.count(left).await, 0);
    assert_eq!(office.lies_in(&admin, &dialog).await, "", "the dialog stays, in no folder");
}

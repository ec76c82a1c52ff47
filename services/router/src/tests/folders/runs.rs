//! Rules over what lies in a folder.

use contracts::inbox::{FolderRun, FolderRunState, GetFolderRunRequest, RunFolderRulesRequest};

use super::*;
use crate::folders;

impl Office {
    async fn runs(&self, by: &Caller, folder: &str, deep: bool, rules: &[&FolderRule]) -> Result<FolderRun, Status> {
        let request = RunFolderRulesRequest {
            run_id: Uuid::now_v7().to_string(),
            folder_id: folder.into(),
            with_subfolders: deep,
            rule_ids: rules.iter().map(|rule| rule.rule_id.clone()).collect(),
        };
        Ok(self.folder_api().run_folder_rules(by.request(request)).await?.into_inner().run.unwrap())
    }

    async fn run_is(&self, by: &Caller, run: &FolderRun) -> Result<FolderRun, Status> {
        let request = GetFolderRunRequest { run_id: run.run_id.clone() };
        Ok(self.folder_api().get_folder_run(by.request(request)).await?.into_inner().run.unwrap())
    }

    /// Does one stretch as the timer would; `true`: there is more.
    async fn stretch(&self, run: &FolderRun) -> bool {
        let mut tx = self.pool.begin().await.unwrap();
        let more = folders::stretch(&mut tx, run.run_id.parse().unwrap()).await.unwrap();
        tx.commit().await.unwrap();
        more
    }

    async fn done(&self, by: &Caller, run: &FolderRun) -> (u32, u32) {
        while self.stretch(run).await {}
        let run = self.run_is(by, run).await.unwrap();
        assert_eq!(run.state(), FolderRunState::Done);
        (run.looked_at, run.moved)
    }
}

// acceptance: EM-8
#[tokio::test]
async fn rules_run_again_over_an_old_folder() {
    let office = Office::open().await;
    let admin = office.administrator("Админ").await;
    let dialog = office.letter("1", "Счёт и акт").await;
    let plain = office.letter("2", "Вопрос").await;
    office.facts(vec![letter("1", "Re: Вопрос", "Ещё раз")]).await;
    let (bills, acts) = (office.folder(&admin, "Счета").await, office.folder(&admin, "Акты").await);
    let (bill, act) = (rule("счёт", &bills), rule("акт", &acts));
    office.sorts_by(&admin, &[bill.clone(), FolderRule { off: true, ..act.clone() }]).await.unwrap();
    assert_eq!(office.lies_in(&admin, &dialog).await, "", "it came before there were rules");
    let inbox = office.of_kind(&admin, FolderKind::Inbox).await;
    office.events().await;
    let run = office.runs(&admin, &inbox, false, &[]).await.unwrap();
    assert_eq!((run.state(), run.conversations), (FolderRunState::Running, 2));
    assert_eq!(office.done(&admin, &run).await, (2, 1));
    assert_eq!(office.lies_in(&admin, &dialog).await, bills);
    assert_eq!(office.lies_in(&admin, &plain).await, "", "what no rule fits stays");
    assert_eq!(office.events().await.len(), 2, "the one that was moved, and the folders");
    // Only the chosen rules, in the order that is told, also those that are off.
    let run = office.runs(&admin, &bills, false, &[&act, &bill]).await.unwrap();
    assert_eq!(office.done(&admin, &run).await, (1, 1));
    assert_eq!(office.lies_in(&admin, &dialog).await, acts);
    let run = office.runs(&admin, &acts, false, &[&act]).await.unwrap();
    assert_eq!(office.done(&admin, &run).await, (1, 0), "it lies there already");
    assert_eq!(office.count("select count(*) from inbox.audit where action = 'sorted'").await, 3, "once per run");
}

#[tokio::test]
async fn a_run_looks_below_a_folder_where_it_is_told_to() {
    let office = Office::open().await;
    let admin = office.administrator("Админ").await;
    let old = office.folder(&admin, "Старая").await;
    let inner = office.makes_folder(&admin, "Внутри", &old).await.unwrap().folder_id;
    let bills = office.folder(&admin, "Счета").await;
    let (above, below) = (office.letter("1", "Счёт").await, office.letter("2", "Счёт").await);
    let elsewhere = office.letter("3", "Счёт").await;
    office.moves(&admin, &[&above], &old).await.unwrap();
    office.moves(&admin, &[&below], &inner).await.unwrap();
    office.sorts_by(&admin, &[rule("счёт", &bills)]).await.unwrap();
    let run = office.runs(&admin, &old, false, &[]).await.unwrap();
    assert_eq!(office.done(&admin, &run).await, (1, 1));
    assert_eq!(office.in_folder(&admin, &inner).await, std::slice::from_ref(&below.id));
    let run = office.runs(&admin, &old, true, &[]).await.unwrap();
    assert_eq!(office.done(&admin, &run).await, (1, 1));
    let mut both = [above.id, below.id];
    both.sort();
    assert_eq!(office.in_folder(&admin, &bills).await, both);
    assert_eq!(office.lies_in(&admin, &elsewhere).await, "");
}

#[tokio::test]
async fn a_run_that_is_interrupted_goes_on_and_is_begun_once() {
    let office = Office::open().await;
    let admin = office.administrator("Админ").await;
    let bills = office.folder(&admin, "Счета").await;
    let letters = (0..450).map(|n| letter(&format!("t{n}"), "Счёт", "Здравствуйте")).collect();
    office.facts(letters).await;
    office.sorts_by(&admin, &[rule("счёт", &bills)]).await.unwrap();
    let inbox = office.of_kind(&admin, FolderKind::Inbox).await;
    let request =
        RunFolderRulesRequest { run_id: Uuid::now_v7().to_string(), folder_id: inbox.clone(), ..<_>::default() };
    let begin = async || office.folder_api().run_folder_rules(admin.request(request.clone())).await;
    let run = begin().await.unwrap().into_inner().run.unwrap();
    assert!(office.stretch(&run).await);
    // The process dies in the midst of the second stretch.
    let mut tx = office.pool.begin().await.unwrap();
    folders::stretch(&mut tx, run.run_id.parse().unwrap()).await.unwrap();
    tx.rollback().await.unwrap();
    let now = office.run_is(&admin, &run).await.unwrap();
    assert_eq!((now.looked_at, now.moved, now.conversations), (200, 200, 450));
    assert_eq!(begin().await.unwrap().into_inner().run.unwrap(), now, "repeated, it is the same");
    let refused = office.runs(&admin, &inbox, false, &[]).await.unwrap_err();
    assert_eq!(reason(&refused), ErrorReason::FolderBusy);
    assert_eq!(office.done(&admin, &run).await, (450, 450));
    let moved = "select count(*) from inbox.conversation where folder_id is not null and revision = 2";
    assert_eq!(office.count(moved).await, 450, "each once");
    assert!(!office.stretch(&run).await, "a timer that comes again does nothing");
}

#[tokio::test]
async fn who_may_not_change_rules_may_not_run_them() {
    let mut office = Office::open().await;
    let (admin, anna) = (office.administrator("Админ").await, office.operator("Анна", office.sales).await);
    let inbox = office.of_kind(&anna, FolderKind::Inbox).await;
    assert_eq!(office.runs(&anna, &inbox, true, &[]).await.unwrap_err().code(), Code::PermissionDenied);
    let run = office.runs(&admin, &inbox, true, &[]).await.unwrap();
    assert_eq!(office.run_is(&anna, &run).await.unwrap_err().code(), Code::PermissionDenied);
    office.has_personal_account(&anna).await;
    let inbox = office.of_kind(&anna, FolderKind::Inbox).await;
    assert_eq!(office.runs(&admin, &inbox, true, &[]).await.unwrap_err().code(), Code::PermissionDenied);
    let run = office.runs(&anna, &inbox, true, &[]).await.unwrap();
    assert_eq!(office.done(&anna, &run).await, (0, 0));
}

//! Folders of a mailbox, and the rules that sort into them.

use contracts::inbox::{
    BatchGetConversationsRequest, CreateFolderRequest, Folder, FolderCondition, FolderField, FolderKind,
    FolderOperator, FolderRule, FolderRunState, FolderTest, GetFolderRunRequest, ListFoldersRequest,
    ReplaceFolderRulesRequest, RunFolderRulesRequest, folder_condition::What,
};
use testkit::eventually;
use uuid::Uuid;

use super::Scene;
use crate::world::{SOON, World};

impl Scene {
    async fn folder(&self, name: &str) -> String {
        let folder = Folder { account_id: self.account_id.clone(), name: name.into(), ..Folder::default() };
        let request = CreateFolderRequest { request_id: Uuid::now_v7().to_string(), folder: Some(folder) };
        let made = self.admin.folders().create_folder(request).await.expect("an answer").into_inner().folder;
        made.expect("a folder").folder_id
    }

    async fn sorts_by(&self, rules: &[&FolderRule]) {
        let rules = rules.iter().map(|rule| (*rule).clone()).collect();
        let request = ReplaceFolderRulesRequest { account_id: self.account_id.clone(), rules, etag: String::new() };
        self.admin.folders().replace_folder_rules(request).await.expect("rules");
    }

    /// Where the conversation lies; empty: in the inbox.
    async fn lies_in(&self, conversation: &str) -> String {
        let request =
            BatchGetConversationsRequest { conversation_ids: vec![conversation.to_owned()], in_passing: false };
        let rows =
            self.operator.conversations().batch_get_conversations(request).await.expect("it is seen").into_inner();
        rows.conversations[0].folder_id.clone()
    }

    /// A letter of somebody who has not written before; its conversation.
    async fn sorted(&self, name: &str, subject: &str) -> (String, String) {
        let address = format!("{name} <{}@example.com>", name.to_lowercase());
        self.receive(&address, subject, &format!("{name}@example.com"), "Good day").await;
        let row = self.operator.conversation_with(name).await;
        (row.conversation_id, row.folder_id)
    }
}

fn rule(field: FolderField, operator: FolderOperator, value: &str, folder: &str) -> FolderRule {
    let test = FolderTest { field: field.into(), operator: operator.into(), values: vec![value.to_owned()] };
    FolderRule {
        rule_id: Uuid::now_v7().to_string(),
        condition: Some(FolderCondition { what: Some(What::Test(test)) }),
        folder_id: folder.to_owned(),
        ..FolderRule::default()
    }
}

// acceptance: EM-8
#[tokio::test]
async fn letters_are_sorted_by_the_first_rule_that_fits_and_old_ones_when_it_is_asked_for() {
    let world = World::start().await;
    let scene = Scene::set(&world).await;
    let (old, inbox) = scene.sorted("Anna", "Счёт и акт").await;
    assert_eq!(inbox, "", "it came before there were rules");
    let (bills, acts) = (scene.folder("Счета").await, scene.folder("Акты").await);
    let bill = rule(FolderField::Subject, FolderOperator::Contains, "счет", &bills);
    let act = rule(FolderField::Subject, FolderOperator::Contains, "акт", &acts);
    let boris = rule(FolderField::From, FolderOperator::Equals, "boris@example.com", &acts);
    scene.sorts_by(&[&bill, &act, &boris]).await;
    // Every process knows them within a second; the first letter that is sorted shows that.
    let knows = eventually("the rules to be known", SOON, async || {
        let name = format!("First{}", Uuid::now_v7().simple());
        let (_, folder) = scene.sorted(&name, "Счёт").await;
        (!folder.is_empty()).then_some(folder)
    });
    assert_eq!(knows.await, bills);
    let (both, folder) = scene.sorted("Vera", "Счёт и акт").await;
    assert_eq!(folder, bills, "the first that fits");
    assert_eq!(scene.sorted("Boris", "Вопрос").await.1, acts);
    assert_eq!(scene.sorted("Gleb", "Вопрос").await.1, "", "none fits");

    let folders = scene.admin.folders();
    let list = ListFoldersRequest { account_id: scene.account_id.clone(), with_counts: true };
    let listed = folders.clone().list_folders(list).await.expect("folders").into_inner().folders;
    let inbox = listed.iter().find(|folder| folder.kind() == FolderKind::Inbox).unwrap();
    assert_eq!(inbox.conversations, 2);
    let run = |folder_id: &str, rules: &[&FolderRule]| RunFolderRulesRequest {
        run_id: Uuid::now_v7().to_string(),
        folder_id: folder_id.to_owned(),
        with_subfolders: false,
        rule_ids: rules.iter().map(|rule| rule.rule_id.clone()).collect(),
    };
    let done = async |request: RunFolderRulesRequest| {
        let run_id = request.run_id.clone();
        folders.clone().run_folder_rules(request).await.expect("a run");
        eventually("the end of the run", SOON, async || {
            let request = GetFolderRunRequest { run_id: run_id.clone() };
            let run = folders.clone().get_folder_run(request).await.expect("it is known").into_inner().run.unwrap();
            (run.state() == FolderRunState::Done).then_some((run.looked_at, run.moved))
        })
        .await
    };
    assert_eq!(done(run(&inbox.folder_id, &[])).await, (2, 1));
    assert_eq!(scene.lies_in(&old).await, bills);
    let (looked_at, moved) = done(run(&bills, &[&act])).await;
    assert!(looked_at >= 3 && moved == 2, "{moved} of {looked_at}");
    assert_eq!(
        (scene.lies_in(&old).await, scene.lies_in(&both).await),
        (acts.clone(), acts),
        "by the chosen rule alone"
    );
}

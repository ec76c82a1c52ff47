//! Everything that is kept of one person, packed by both services and fetched from the edge.

use std::io::{Cursor, Read as _};

use contracts::crm::{
    CreatePersonalExportLinkRequest, GetPersonalExportRequest, PersonalExport, PersonalExportState,
    RequestPersonalExportRequest,
};
use reqwest::StatusCode;
use testkit::eventually;
use uuid::Uuid;
use zip::ZipArchive;

use crate::{deeds::http, operator::Operator, stage::Stage, world::SOON};

impl Stage {
    async fn packed(&self, client: &str) -> PersonalExport {
        let id = Uuid::now_v7().to_string();
        let request = RequestPersonalExportRequest { request_id: id.clone(), client_id: client.to_owned() };
        self.admin.personal_data().request_personal_export(request).await.expect("asked");
        eventually("the export is packed", SOON * 2, async || {
            let request = GetPersonalExportRequest { export_id: id.clone() };
            let found = self.admin.personal_data().get_personal_export(request).await.ok()?.into_inner().export?;
            (found.state() == PersonalExportState::Ready).then_some(found)
        })
        .await
    }

    async fn link(&self, export: &PersonalExport) -> String {
        let request = CreatePersonalExportLinkRequest { export_id: export.export_id.clone() };
        let made = self.admin.personal_data().create_personal_export_link(request).await.expect("a link");
        format!("{}{}", self.admin.base, made.into_inner().path)
    }
}

async fn status(by: &Operator, url: &str) -> StatusCode {
    by.as_page(http().get(url)).send().await.expect("an answer").status()
}

// acceptance: XC-8
#[tokio::test]
async fn an_export_holds_one_person_of_all_services_and_is_given_to_one_administrator() {
    let stage = Stage::set().await;
    let person = stage.person("Щукаревич", 81).await;
    stage.person("Карасевич", 82).await;
    stage.all_confirmed().await;
    let export = stage.packed(&person.client).await;
    let count = |kind: &str| export.packed.iter().find(|count| count.kind == kind).map_or(0, |count| count.count);
    assert_eq!((count("client"), count("lead"), count("conversation"), count("file")), (1, 1, 1, 1));
    assert!(count("message") >= 4, "{:?}", export.packed);

    let url = stage.link(&export).await;
    assert_eq!(status(&stage.operator, &url).await, StatusCode::NOT_FOUND, "no administrator");
    let stranger = http().get(&url).send().await.expect("an answer").status();
    assert_eq!(stranger, StatusCode::UNAUTHORIZED);
    assert_eq!(status(&stage.admin, &format!("{url}x")).await, StatusCode::NOT_FOUND);
    let answer = stage.admin.as_page(http().get(&url)).send().await.expect("an answer");
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(answer.content_length(), Some(export.size_bytes));
    let mut zip = ZipArchive::new(Cursor::new(answer.bytes().await.expect("bytes").to_vec())).expect("a ZIP");
    let (mut texts, mut pictures) = (String::new(), 0);
    for index in 0..zip.len() {
        let mut file = zip.by_index(index).expect("a file");
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).expect("the right check sum");
        pictures += usize::from(bytes == person.picture);
        texts.push_str(&String::from_utf8_lossy(&bytes));
    }
    assert_eq!(pictures, 1, "the picture as it was sent");
    let words = ["Я Щукаревич, где мой заказ?", "Здравствуйте, Щукаревич!", "Щукаревич спорит", "Щукаревич из чата"];
    for word in words.into_iter().chain(["Щукаревич любит чай", "buyer81@mail.example", "Покупатель 81"])
    {
        assert!(texts.contains(word), "{word} in {texts}");
    }
    assert!(!texts.contains("Карасевич") && !texts.contains("buyer82@mail.example"), "nothing of the neighbour");

    let folder = stage.world.objects.path().join("exports").join(&export.export_id);
    assert!(folder.read_dir().is_ok_and(|mut files| files.next().is_some()));
    stage.erase(&person).await;
    eventually("the export goes with the person", SOON * 2, async || {
        folder.read_dir().map_or(Some(()), |mut files| files.next().is_none().then_some(()))
    })
    .await;
    assert_eq!(status(&stage.admin, &url).await, StatusCode::NOT_FOUND);
}

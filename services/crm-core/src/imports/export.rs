//! Clients as a file: those of a list, with the columns that are chosen, in the words that an import understands.

use contracts::crm::ExportClientsResponse;
use futures::stream::{self, BoxStream};
use serde_json::json;
use tonic::Status;
use uuid::Uuid;

use super::{
    ImportError,
    lookup::{Lookup, word},
    sheet::Sheet,
    target::{Target, What},
};
use crate::{
    cards::values::Value,
    change::{Actor, Db},
    clients::{
        domain::{AddressKind, Client, Kind},
        list::{Filter, Order, Place},
        ops,
    },
    error::Fault,
};

/// Clients read at once.
const PAGE: i64 = 500;
/// A message stays well below the 4 MiB that gRPC takes.
const PART: usize = 512 << 10;
const USUAL: [&str; 8] = ["name", "kind", "inn", "kpp", "addresses:phone", "addresses:email", "responsible", "tags"];

/// Target, Russian, English: the words of the page.
const HEADINGS: [(&str, &str, &str); 35] = [
    ("name", "Название", "Name"),
    ("kind", "Вид клиента", "Kind of client"),
    ("working_name", "Рабочее название", "Working name"),
    ("surname", "Фамилия", "Surname"),
    ("given_name", "Имя", "Given name"),
    ("patronymic", "Отчество", "Patronymic"),
    ("sex", "Пол", "Sex"),
    ("birthday", "День рождения", "Birthday"),
    ("inn", "ИНН", "Tax number (INN)"),
    ("kpp", "КПП", "KPP"),
    ("ogrn", "ОГРН", "OGRN"),
    ("okpo", "ОКПО", "OKPO"),
    ("registered_on", "Дата регистрации", "Registered on"),
    ("comment", "Комментарий", "Comment"),
    ("importance", "Важность", "Importance"),
    ("work_status", "Состояние работы", "Status of work"),
    ("solvency", "Платёжеспособность", "Solvency"),
    ("relations", "Кем приходится", "Relation to us"),
    ("unsubscribed", "Отписан от рассылок", "Unsubscribed from mailings"),
    ("takes_surveys", "Участвует в опросах", "Takes part in surveys"),
    ("founder", "Учредитель", "Founder"),
    ("industry", "Отрасль", "Industry"),
    ("segment", "Сегмент рынка", "Market segment"),
    ("headcount", "Сотрудников", "Headcount"),
    ("workplaces", "Рабочих мест", "Workplaces"),
    ("region", "Регион", "Region"),
    ("holding", "Холдинг", "Holding"),
    ("tags", "Метки", "Tags"),
    ("responsible", "Ответственный", "Responsible"),
    ("access_levels", "Уровни доступа", "Access levels"),
    ("addresses:phone", "Телефон", "Phone"),
    ("addresses:email", "Почта", "E-mail"),
    ("addresses:site", "Сайт", "Site"),
    ("addresses:postal", "Адрес", "Address"),
    ("addresses:messenger", "Мессенджер", "Messenger"),
];

/// What goes out, and how.
pub struct Wanted {
    pub filter: Filter,
    pub order: Order,
    pub columns: Vec<Target>,
    pub russian: bool,
    pub xlsx: bool,
}

/// Reads the names of columns; none: the usual ones.
///
/// # Errors
/// [`Fault::Invalid`].
pub fn columns(names: &[String]) -> Result<Vec<Target>, Fault> {
    const FIELD: &str = "columns";
    if names.len() > 100 {
        return Err(Fault::invalid(FIELD, "must be at most 100"));
    }
    let usual = USUAL.map(str::to_owned);
    let names = if names.is_empty() { &usual[..] } else { names };
    let read = |name: &String| Target::read(name).filter(|target| !target.contact);
    let all: Option<Vec<Target>> = names.iter().map(read).collect();
    all.ok_or(Fault::invalid(FIELD, "hold what is no column of clients"))
}

enum Stage {
    /// From where on.
    Pages(Option<Place>),
    /// What is ready of the file.
    Rest(std::vec::IntoIter<u8>),
    Done,
}

struct Going {
    db: Db,
    by: Actor,
    id: Uuid,
    wanted: Wanted,
    lookup: Lookup,
    sheet: Option<Sheet>,
    clients: u64,
    stage: Stage,
    /// After which client the next page begins, once this one has gone out.
    then: Option<Place>,
}

/// The file in parts. That it began is on record before anything goes out, and how many clients went when it ends.
///
/// # Errors
/// What the database answers.
pub async fn export(
    db: &Db,
    by: Actor,
    id: Uuid,
    wanted: Wanted,
) -> Result<BoxStream<'static, Result<ExportClientsResponse, Status>>, ImportError> {
    let mut change = db.begin(by).await?;
    let lookup = Lookup::load(change.db()).await?;
    let columns: Vec<String> = wanted.columns.iter().map(ToString::to_string).collect();
    let format = if wanted.xlsx { "xlsx" } else { "csv" };
    change.audit("client_export.start", "client_export", id, None, Some(json!({"columns": columns, "format": format})));
    change.commit().await?;
    let mut sheet = if wanted.xlsx { Sheet::xlsx()? } else { Sheet::csv() };
    let headings: Vec<String> = wanted.columns.iter().map(|column| heading(*column, &lookup, wanted.russian)).collect();
    sheet.push(&headings)?;
    let (db, stage) = (db.clone(), Stage::Pages(None));
    let going = Going { db, by, id, wanted, lookup, sheet: Some(sheet), clients: 0, stage, then: None };
    Ok(Box::pin(stream::try_unfold(going, next)))
}

/// The next part that holds anything.
async fn next(mut going: Going) -> Result<Option<(ExportClientsResponse, Going)>, Status> {
    loop {
        let content: Vec<u8> = match &mut going.stage {
            Stage::Done => return Ok(None),
            Stage::Rest(bytes) => {
                let part: Vec<u8> = bytes.by_ref().take(PART).collect();
                if part.is_empty() {
                    going.stage = going.then.take().map_or(Stage::Done, |place| Stage::Pages(Some(place)));
                }
                part
            }
            Stage::Pages(after) => {
                let after = after.take();
                going.page(after).await?
            }
        };
        if !content.is_empty() {
            return Ok(Some((ExportClientsResponse { content }, going)));
        }
    }
}

impl Going {
    async fn page(&mut self, after: Option<Place>) -> Result<Vec<u8>, Status> {
        let Wanted { filter, order, .. } = &self.wanted;
        let page = ops::list_clients(&self.db, self.by, filter, *order, after, PAGE).await?;
        let full = i64::try_from(page.len()).is_ok_and(|length| length >= PAGE);
        let last = page.last().map(|(place, _)| place.clone());
        let Some(sheet) = &mut self.sheet else { return Ok(Vec::new()) };
        for (_, client) in &page {
            let cells = |column: &Target| cell(client, *column, &self.lookup, self.wanted.russian);
            sheet.push(&self.wanted.columns.iter().map(cells).collect::<Vec<_>>()).map_err(rpc::internal)?;
        }
        self.clients += page.len() as u64;
        if full {
            // A page of long comments is more than one message takes.
            (self.stage, self.then) = (Stage::Rest(sheet.ready().into_iter()), last);
            return Ok(Vec::new());
        }
        let rest = self.sheet.take().map(Sheet::finish).transpose().map_err(rpc::internal)?.unwrap_or_default();
        self.stage = Stage::Rest(rest.into_iter());
        note(&self.db, self.by, self.id, self.clients).await?;
        Ok(Vec::new())
    }
}

async fn note(db: &Db, by: Actor, id: Uuid, clients: u64) -> Result<(), Status> {
    let noted = async {
        let mut change = db.begin(by).await?;
        change.audit("client_export.end", "client_export", id, None, Some(json!({"clients": clients})));
        change.commit().await
    };
    noted.await.map_err(|cause| Fault::from(cause).into())
}

fn heading(column: Target, lookup: &Lookup, russian: bool) -> String {
    if let What::Custom(id) = column.what {
        let field = lookup.fields.iter().find(|field| field.id.0 == id);
        return field.map(|field| field.name.clone()).unwrap_or_default();
    }
    let name = column.to_string();
    let known = HEADINGS.iter().find(|(target, ..)| *target == name);
    known.map_or(name.as_str(), |(_, ru, en)| if russian { *ru } else { *en }).to_owned()
}

fn cell(client: &Client, column: Target, lookup: &Lookup, russian: bool) -> String {
    let card = &client.card;
    let name = |id: Option<Uuid>| id.map(|id| lookup.name(id).to_owned()).unwrap_or_default();
    let names = |ids: Vec<Uuid>| ids.into_iter().map(|id| lookup.name(id)).collect::<Vec<_>>().join(", ");
    let day = |day: Option<chrono::NaiveDate>| {
        day.map(|day| if russian { day.format("%d.%m.%Y").to_string() } else { day.to_string() }).unwrap_or_default()
    };
    let yes = |yes: bool| match (yes, russian) {
        (true, true) => "да",
        (false, true) => "нет",
        (true, false) => "yes",
        (false, false) => "no",
    };
    let chosen = |field: &str, number: i16| word(field, number, russian).to_owned();
    let field = match column.what {
        What::Address(kind) => {
            let own = client.addresses.iter().filter(|address| address.kind == kind).map(|address| address.display());
            return own.collect::<Vec<_>>().join(if kind == AddressKind::Postal { "\n" } else { ", " });
        }
        What::Custom(id) => {
            let value = client.custom.iter().find(|value| value.field.0 == id).map(|value| &value.value);
            return value.map_or_else(String::new, |value| match value {
                Value::Text(text) => text.clone(),
                Value::Number(number) if russian => number.to_string().replace('.', ","),
                Value::Number(number) => number.to_string(),
                Value::Date(date) => day(Some(*date)),
                Value::Yes(one) => yes(*one).to_owned(),
                Value::Option(id) | Value::Reference(id) => name(Some(*id)),
            });
        }
        What::Responsible => return name(client.responsible.map(Uuid::from)),
        What::Levels => return names(card.access_level_ids.iter().map(|id| id.0).collect()),
        What::Field(field) => field,
    };
    match field {
        "name" => client.name.clone(),
        "kind" => chosen("kind", if client.kind == Kind::Company { 2 } else { 1 }),
        "working_name" => card.working_name.clone(),
        "surname" => card.surname.clone(),
        "given_name" => card.given_name.clone(),
        "patronymic" => card.patronymic.clone(),
        "sex" => chosen("sex", card.sex),
        "birthday" => day(card.birthday),
        "inn" => card.inn.clone(),
        "kpp" => card.kpp.clone(),
        "ogrn" => card.ogrn.clone(),
        "okpo" => card.okpo.clone(),
        "registered_on" => day(card.registered_on),
        "comment" => client.comment.clone(),
        "importance" => chosen("importance", card.importance),
        "work_status" => chosen("work_status", card.work_status),
        "solvency" => chosen("solvency", card.solvency),
        "relations" => card.relations.iter().map(|one| word("relations", *one, russian)).collect::<Vec<_>>().join(", "),
        "unsubscribed" => yes(card.unsubscribed).to_owned(),
        "takes_surveys" => yes(card.takes_surveys).to_owned(),
        "founder" => yes(card.founder).to_owned(),
        "industry" => name(card.industry_id.map(Uuid::from)),
        "segment" => name(card.segment_id.map(Uuid::from)),
        "headcount" => name(card.headcount_id.map(Uuid::from)),
        "workplaces" => name(card.workplaces_id.map(Uuid::from)),
        "region" => name(card.region_id.map(Uuid::from)),
        "holding" => name(card.holding_id.map(Uuid::from)),
        "tags" => names(card.tag_ids.iter().map(|id| id.0).collect()),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::imports::{headings::guesses, target::ENTRIES};

    #[test]
    fn an_import_understands_the_headings_of_an_export() {
        let own = Target::all().filter(|target| !target.contact);
        for column in own {
            for russian in [true, false] {
                let heading = heading(column, &Lookup::default(), russian);
                let understood = guesses(std::slice::from_ref(&heading), &[]);
                assert_eq!(understood.first().map(|place| place.target), Some(column), "{heading}");
            }
        }
        assert_eq!(HEADINGS.len(), Target::all().filter(|target| !target.contact).count());
        assert!(ENTRIES.iter().all(|(name, _)| HEADINGS.iter().any(|(target, ..)| target == name)));
    }

    #[test]
    fn only_columns_of_clients_go_out() {
        assert_eq!(columns(&[]).unwrap().len(), USUAL.len());
        assert!(columns(&["contact.name".to_owned()]).is_err());
        assert!(columns(&["secret".to_owned()]).is_err());
    }
}

//! Values of custom fields: read, checked against their fields, stored, compared, filtered by.

use std::collections::HashMap;

use chrono::NaiveDate;
use contracts::crm::{self, DirectoryKind, custom_filter, custom_value};
use model::{ClientId, CustomFieldId};
use rpc::{parse_id, parse_ids};
use sqlx::{PgConnection, Postgres, QueryBuilder};
use tonic::Status;
use uuid::Uuid;

use super::fields::{self, Field, Reference, Type};
use crate::{
    clients::{
        history::{FieldChange, Values},
        refs::Refs,
        sight::Sight,
    },
    error::{Fault, Missing},
    text::{self, like_escaped, search_form},
};

/// Whose fields: `okno.crm.v1.FieldObject`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Object {
    Client = 1,
    Contact = 2,
}

#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct CustomValue {
    pub field: CustomFieldId,
    pub value: Value,
}

#[derive(Debug, Clone, PartialEq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Value {
    Text(String),
    Number(f64),
    Date(NaiveDate),
    Yes(bool),
    /// Of an option.
    Option(Uuid),
    /// Of what a reference names.
    Reference(Uuid),
}

/// A value as it is read; the field's type decides whose id it is, which matters to nobody before [`check`].
#[derive(Debug, serde::Deserialize)]
pub struct ValueRow {
    field_id: Uuid,
    text: Option<String>,
    number: Option<f64>,
    date: Option<NaiveDate>,
    yes: Option<bool>,
    id: Option<Uuid>,
    #[serde(default)]
    option: bool,
}

impl ValueRow {
    #[must_use]
    pub fn value(self) -> Option<CustomValue> {
        let id = |id| if self.option { Value::Option(id) } else { Value::Reference(id) };
        let value = self.text.map(Value::Text).or(self.number.map(Value::Number)).or(self.date.map(Value::Date));
        let value = value.or(self.yes.map(Value::Yes)).or(self.id.map(id))?;
        Some(CustomValue { field: self.field_id.into(), value })
    }
}

const FIELD: &str = "custom_values";

/// # Errors
/// INVALID_ARGUMENT.
pub fn from_contract(values: &[crm::CustomValue]) -> Result<Vec<CustomValue>, Status> {
    use custom_value::Value as Given;
    let mut all: Vec<CustomValue> = Vec::with_capacity(values.len());
    for given in values {
        let field = parse_id(FIELD, &given.field_id)?;
        let value = match &given.value {
            None => continue,
            Some(Given::Text(text)) => Value::Text(text.clone()),
            Some(Given::Number(number)) => Value::Number(*number),
            Some(Given::Date(date)) => match text::date(FIELD, date)? {
                Some(date) => Value::Date(date),
                None => continue,
            },
            Some(Given::Yes(yes)) => Value::Yes(*yes),
            Some(Given::OptionId(id)) => Value::Option(parse_id(FIELD, id)?),
            Some(Given::ReferenceId(id)) => Value::Reference(parse_id(FIELD, id)?),
        };
        if all.iter().any(|one| one.field == field) {
            return Err(rpc::invalid_field(FIELD, "hold a field twice"));
        }
        if !matches!(&value, Value::Text(text) if text.trim().is_empty()) {
            all.push(CustomValue { field, value });
        }
    }
    Ok(all)
}

#[must_use]
pub fn to_contract(values: Vec<CustomValue>) -> Vec<crm::CustomValue> {
    use custom_value::Value as Given;
    let one = |one: CustomValue| crm::CustomValue {
        field_id: one.field.to_string(),
        value: Some(match one.value {
            Value::Text(text) => Given::Text(text),
            Value::Number(number) => Given::Number(number),
            Value::Date(date) => Given::Date(date.to_string()),
            Value::Yes(yes) => Given::Yes(yes),
            Value::Option(id) => Given::OptionId(id.to_string()),
            Value::Reference(id) => Given::ReferenceId(id.to_string()),
        }),
    };
    values.into_iter().map(one).collect()
}

/// New values must fit their fields, and what they name must be there. Those that are as before are not asked again.
///
/// # Errors
/// [`Fault::Invalid`], [`Fault::Missing`].
pub async fn check(
    db: &mut PgConnection,
    object: Object,
    before: &[CustomValue],
    after: &[CustomValue],
    client: ClientId,
    sight: &Sight,
) -> Result<(), Fault> {
    let new: Vec<&CustomValue> = after.iter().filter(|value| !before.contains(value)).collect();
    if new.is_empty() {
        return Ok(());
    }
    let fields = fields::list(&mut *db, Some(object), false).await?;
    let fields: HashMap<CustomFieldId, Field> = fields.into_iter().map(|field| (field.id, field)).collect();
    let mut refs = Refs::default();
    for one in new {
        let field = fields.get(&one.field).ok_or(Fault::Missing { field: FIELD, what: Missing::CustomField })?;
        fits(field, &one.value, &mut refs)?;
    }
    refs.check(db, client, sight).await
}

/// The part of [`check`] that needs no database, for many objects at once; what they name goes to `refs`.
///
/// # Errors
/// [`Fault::Invalid`], [`Fault::Missing`].
pub fn fit(fields: &[Field], values: &[CustomValue], refs: &mut Refs) -> Result<(), Fault> {
    for one in values {
        let field = fields.iter().find(|field| field.id == one.field);
        fits(field.ok_or(Fault::Missing { field: FIELD, what: Missing::CustomField })?, &one.value, refs)?;
    }
    Ok(())
}

fn fits(field: &Field, value: &Value, refs: &mut Refs) -> Result<(), Fault> {
    match (field.kind, value) {
        (Type::Text, Value::Text(text)) => text::paragraph(FIELD, text, 2_000).map(drop),
        (Type::Number, Value::Number(number)) if number.is_finite() => Ok(()),
        (Type::Number, Value::Number(_)) => Err(Fault::invalid(FIELD, "hold what is no number")),
        (Type::Date, Value::Date(_)) | (Type::YesNo, Value::Yes(_)) => Ok(()),
        (Type::List, Value::Option(id)) => match field.options.iter().any(|o| o.option_id == *id && !o.archived) {
            true => Ok(()),
            false => Err(Fault::invalid(FIELD, "hold an option that its field does not offer; choose another")),
        },
        (Type::Reference, Value::Reference(id)) => {
            match field.reference {
                Some(Reference::Directory(kind)) => {
                    let kind = DirectoryKind::try_from(i32::from(kind)).unwrap_or_default();
                    refs.entry(FIELD, kind, [(*id).into()]);
                }
                Some(Reference::Employee) => refs.employee(FIELD, [(*id).into()]),
                Some(Reference::Client) => refs.client(FIELD, (*id).into()),
                None => return Err(Fault::invalid(FIELD, "belong to a field without a reference")),
            }
            Ok(())
        }
        _ => Err(Fault::invalid(FIELD, "hold a value of another type than its field has")),
    }
}

/// Replaces what an object has; values of archived fields stay.
pub async fn replace(db: &mut PgConnection, object: Uuid, values: &[CustomValue]) -> sqlx::Result<()> {
    let fields: Vec<Uuid> = values.iter().map(|one| one.field.0).collect();
    sqlx::query!(
        "delete from crm.custom_value v using crm.custom_field f
         where v.object_id = $1 and f.field_id = v.field_id and (not f.archived or v.field_id = any ($2))",
        object,
        &fields
    )
    .execute(&mut *db)
    .await?;
    let owned: Vec<(Uuid, &CustomValue)> = values.iter().map(|value| (object, value)).collect();
    insert(db, &owned).await
}

/// Adds values of objects that have none of their fields yet.
pub async fn insert(db: &mut PgConnection, values: &[(Uuid, &CustomValue)]) -> sqlx::Result<()> {
    if values.is_empty() {
        return Ok(());
    }
    let objects: Vec<Uuid> = values.iter().map(|(object, _)| *object).collect();
    let fields: Vec<Uuid> = values.iter().map(|(_, one)| one.field.0).collect();
    let texts: Vec<Option<String>> = values.iter().map(|(_, one)| one.value.text().map(str::to_owned)).collect();
    let searched: Vec<Option<String>> = values.iter().map(|(_, one)| one.value.text().map(search_form)).collect();
    let numbers: Vec<Option<f64>> = values
        .iter()
        .map(|(_, one)| match one.value {
            Value::Number(number) => Some(number),
            _ => None,
        })
        .collect();
    let dates: Vec<Option<NaiveDate>> = values
        .iter()
        .map(|(_, one)| match one.value {
            Value::Date(date) => Some(date),
            _ => None,
        })
        .collect();
    let flags: Vec<Option<bool>> = values
        .iter()
        .map(|(_, one)| match one.value {
            Value::Yes(yes) => Some(yes),
            _ => None,
        })
        .collect();
    let ids: Vec<Option<Uuid>> = values
        .iter()
        .map(|(_, one)| match one.value {
            Value::Option(id) | Value::Reference(id) => Some(id),
            _ => None,
        })
        .collect();
    sqlx::query!(
        "insert into crm.custom_value (object_id, field_id, text_value, search_text, number_value, date_value, yes_value,
                                       id_value)
         select * from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::float8[], $6::date[], $7::bool[],
                              $8::uuid[])",
        &objects,
        &fields,
        &texts as &[Option<String>],
        &searched as &[Option<String>],
        &numbers as &[Option<f64>],
        &dates as &[Option<NaiveDate>],
        &flags as &[Option<bool>],
        &ids as &[Option<Uuid>]
    )
    .execute(db)
    .await?;
    Ok(())
}

impl Value {
    fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    fn values(&self) -> Values {
        vec![match self {
            Self::Text(text) => text.clone(),
            Self::Number(number) => number.to_string(),
            Self::Date(date) => date.to_string(),
            Self::Yes(yes) => yes.to_string(),
            Self::Option(id) | Self::Reference(id) => id.to_string(),
        }]
    }
}

/// What differs between two versions, of these fields.
#[must_use]
pub fn changes(before: &[CustomValue], after: &[CustomValue], versioned: &[Uuid]) -> Vec<FieldChange> {
    let of = |values: &[CustomValue], field: Uuid| {
        values.iter().find(|one| one.field.0 == field).map(|one| one.value.values()).unwrap_or_default()
    };
    let change = |field: &Uuid| {
        let (old, new) = (of(before, *field), of(after, *field));
        (old != new).then(|| FieldChange { field: FIELD.to_owned(), custom_field: Some(*field), old, new })
    };
    versioned.iter().filter_map(change).collect()
}

/// Which values fit.
#[derive(Debug, Clone)]
pub enum Test {
    Part(String),
    Number(Option<f64>, Option<f64>),
    Date(Option<NaiveDate>, Option<NaiveDate>),
    Yes(bool),
    OneOf(Vec<Uuid>),
    Filled(bool),
}

impl Test {
    /// Narrows a query about `crm.client c`.
    pub fn push(&self, sql: &mut QueryBuilder<Postgres>, field: Uuid) {
        sql.push(if matches!(self, Self::Filled(false)) { " and not" } else { " and" });
        sql.push(" exists (select from crm.custom_value v where v.object_id = c.client_id and v.field_id = ");
        sql.push_bind(field);
        match self {
            Self::Part(text) => {
                sql.push(" and v.search_text like ").push_bind(format!("%{}%", like_escaped(&search_form(text))));
            }
            Self::Number(from, to) => {
                sql.push(" and v.number_value between coalesce(").push_bind(*from).push(", '-infinity') and coalesce(");
                sql.push_bind(*to).push(", 'infinity')");
            }
            Self::Date(from, to) => {
                sql.push(" and v.date_value between coalesce(").push_bind(*from).push(", '-infinity') and coalesce(");
                sql.push_bind(*to).push(", 'infinity')");
            }
            Self::Yes(yes) => {
                sql.push(" and v.yes_value = ").push_bind(*yes);
            }
            Self::OneOf(ids) => {
                sql.push(" and v.id_value = any (").push_bind(ids.clone()).push(")");
            }
            Self::Filled(_) => {}
        }
        sql.push(")");
    }
}

/// # Errors
/// INVALID_ARGUMENT.
pub fn test(filter: crm::CustomFilter) -> Result<(Uuid, Test), Status> {
    const FIELD: &str = "filter.custom";
    use custom_filter::Test as Given;
    let date = |text: &str| Ok::<_, Status>(text::date(FIELD, text)?);
    let test = match filter.test {
        Some(Given::TextPart(part)) => Test::Part(text::line(FIELD, &part, 200)?),
        Some(Given::Number(range)) => Test::Number(range.from, range.to),
        Some(Given::Date(range)) => Test::Date(date(&range.from)?, date(&range.to)?),
        Some(Given::Yes(yes)) => Test::Yes(yes),
        Some(Given::Options(list) | Given::References(list)) => Test::OneOf(parse_ids(FIELD, &list.ids, 100)?),
        Some(Given::Filled(filled)) => Test::Filled(filled),
        None => return Err(rpc::invalid_field(FIELD, "hold a field without a test")),
    };
    Ok((parse_id(FIELD, &filter.field_id)?, test))
}

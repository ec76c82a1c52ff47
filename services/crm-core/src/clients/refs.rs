//! What the fields of a card name must be there: asked in one statement, however many there are.

use contracts::crm::DirectoryKind;
use model::{AccessLevelId, ClientId, ContactId, DirectoryEntryId, EmployeeId};
use sqlx::PgExecutor;
use uuid::Uuid;

use super::{domain::Client, sight::Sight};
use crate::error::{Fault, Missing};

const EMPLOYEE: i16 = 101;
const CLIENT: i16 = 102;
const CONTACT: i16 = 103;
const LEVEL: i16 = 104;

/// References that a new version brings.
#[derive(Debug, Default)]
pub struct Refs(Vec<(&'static str, i16, Uuid)>);

impl Refs {
    pub fn entry(&mut self, field: &'static str, kind: DirectoryKind, id: impl IntoIterator<Item = DirectoryEntryId>) {
        let kind = i16::try_from(i32::from(kind)).unwrap_or_default();
        self.0.extend(id.into_iter().map(|id| (field, kind, id.0)));
    }

    pub fn employee(&mut self, field: &'static str, id: impl IntoIterator<Item = EmployeeId>) {
        self.0.extend(id.into_iter().map(|id| (field, EMPLOYEE, id.0)));
    }

    pub fn client(&mut self, field: &'static str, id: ClientId) {
        self.0.push((field, CLIENT, id.0));
    }

    pub fn contact(&mut self, field: &'static str, id: impl IntoIterator<Item = ContactId>) {
        self.0.extend(id.into_iter().map(|id| (field, CONTACT, id.0)));
    }

    pub fn levels(&mut self, field: &'static str, ids: impl IntoIterator<Item = AccessLevelId>) {
        self.0.extend(ids.into_iter().map(|id| (field, LEVEL, id.0)));
    }

    /// Leaves out what was there before: it may have been archived since.
    #[must_use]
    pub fn without(mut self, before: &Self) -> Self {
        self.0.retain(|one| !before.0.contains(one));
        self
    }

    /// Contacts must be of `client`, clients in sight, entries of their kind.
    ///
    /// # Errors
    /// [`Fault::Missing`] names the first field that names nothing.
    pub async fn check(self, db: impl PgExecutor<'_>, client: ClientId, sight: &Sight) -> Result<(), Fault> {
        if self.0.is_empty() {
            return Ok(());
        }
        let kinds: Vec<i16> = self.0.iter().map(|one| one.1).collect();
        let ids: Vec<Uuid> = self.0.iter().map(|one| one.2).collect();
        let missing = sqlx::query_scalar!(
            r#"select w.place as "place!" from unnest($1::smallint[], $2::uuid[]) with ordinality as w(kind, id, place)
               where not case
                   when w.kind < 100 then exists (
                       select from crm.directory_entry e
                       where e.entry_id = w.id and e.kind = w.kind and e.archived_at is null)
                   when w.kind = 101 then exists (select from crm.employee e where e.employee_id = w.id)
                   when w.kind = 102 then exists (
                       select from crm.client c
                       where c.client_id = w.id and c.merged_into is null
                         and ($4 or c.responsible_employee_id = any ($5::uuid[]) or c.access_level_ids && $6::uuid[]))
                   when w.kind = 103 then exists (
                       select from crm.contact c
                       where c.contact_id = w.id and c.client_id = $3 and c.archived_at is null
                         and c.merged_into is null)
                   else exists (select from crm.access_level l where l.access_level_id = w.id and not l.archived) end
               order by 1 limit 1"#,
            &kinds,
            &ids,
            client.0,
            sight.all,
            &sight.employees,
            &sight.levels
        )
        .fetch_optional(db)
        .await?;
        let place = missing.and_then(|place| usize::try_from(place - 1).ok());
        let Some((field, kind, _)) = place.and_then(|place| self.0.get(place)) else { return Ok(()) };
        let what = match *kind {
            EMPLOYEE => Missing::Employee,
            CLIENT => Missing::Client,
            CONTACT => Missing::Contact,
            LEVEL => Missing::AccessLevel,
            _ => Missing::DirectoryEntry,
        };
        Err(Fault::Missing { field, what })
    }
}

/// What a version of a client names. Its responsible person is the database's own reference.
#[must_use]
pub fn of_client(client: &Client) -> Refs {
    let (mut refs, card) = (Refs::default(), &client.card);
    refs.contact("main_contact_id", card.main_contact_id);
    refs.entry("industry_id", DirectoryKind::Industry, card.industry_id);
    refs.entry("segment_id", DirectoryKind::Segment, card.segment_id);
    refs.entry("headcount_id", DirectoryKind::Headcount, card.headcount_id);
    refs.entry("workplaces_id", DirectoryKind::Workplaces, card.workplaces_id);
    refs.entry("region_id", DirectoryKind::Region, card.region_id);
    refs.entry("holding_id", DirectoryKind::Holding, card.holding_id);
    refs.entry("tag_ids", DirectoryKind::Tag, card.tag_ids.iter().copied());
    refs.levels("access_level_ids", card.access_level_ids.iter().copied());
    for industry in &card.more_industries {
        refs.entry("more_industries", DirectoryKind::Industry, [industry.industry_id]);
        refs.employee("more_industries", industry.responsible_employee_id);
        refs.contact("more_industries", industry.contact_id);
    }
    refs
}

use chrono::{DateTime, NaiveDate, Utc};
use model::{ClientId, ContractId, DirectoryEntryId};

use crate::{caller::Mask, change::Revision, clients::domain::take, error::Fault, text};

#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Contract {
    pub id: ContractId,
    pub client: ClientId,
    pub revision: Revision,
    #[serde(flatten)]
    pub terms: Terms,
    pub created_at: DateTime<Utc>,
}

/// What people write of a contract.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct Terms {
    pub number: String,
    pub signed_on: Option<NaiveDate>,
    /// ISO 4217.
    pub currency: String,
    pub organisation: Option<DirectoryEntryId>,
    pub price_kind: Option<DirectoryEntryId>,
    pub discount_kind: Option<DirectoryEntryId>,
    pub comment: String,
    /// Fills new documents.
    pub is_main: bool,
    pub archived: bool,
}

pub const CURRENCY: &str = "RUB";

impl Terms {
    /// With those fields of `from` that are named.
    ///
    /// # Errors
    /// [`Fault::Invalid`].
    pub fn changed(&self, from: Self, fields: &Mask) -> Result<Self, Fault> {
        let mut to = self.clone();
        take!(to, from, fields,
            "number" => number, "signed_on" => signed_on, "currency" => currency, "organisation_id" => organisation,
            "price_kind_id" => price_kind, "discount_kind_id" => discount_kind, "comment" => comment,
            "is_main" => is_main, "archived" => archived,
        );
        to.checked()
    }

    /// In its stored form.
    ///
    /// # Errors
    /// [`Fault::Invalid`].
    pub fn checked(mut self) -> Result<Self, Fault> {
        self.number = text::optional_line("number", &self.number, 100)?;
        self.comment = text::paragraph("comment", &self.comment, 10_000)?;
        self.currency = self.currency.trim().to_uppercase();
        if self.currency.is_empty() {
            CURRENCY.clone_into(&mut self.currency);
        }
        if self.currency.len() != 3 || !self.currency.bytes().all(|b| b.is_ascii_uppercase()) {
            return Err(Fault::invalid("currency", "must be a code of three letters, such as RUB"));
        }
        if self.is_main && self.archived {
            return Err(Fault::invalid("is_main", "is no mark of an archived contract; mark another one first"));
        }
        Ok(self)
    }
}

//! Translates FieldService; decides nothing.

use contracts::crm::{
    self, ClientSettings, CreateCustomFieldRequest, CreateCustomFieldResponse, CustomField, FieldObject,
    FieldReference, GetClientSettingsRequest, GetClientSettingsResponse, ListCustomFieldsRequest,
    ListCustomFieldsResponse, UpdateClientSettingsRequest, UpdateClientSettingsResponse, UpdateCustomFieldRequest,
    UpdateCustomFieldResponse, field_service_server::FieldService,
};
use rpc::parse_id;
use tonic::{Request, Response, Status, async_trait};

use super::{
    CardError,
    fields::{self, Field, FieldOption, Patch, Reference, Type},
    settings::{self, Settings},
    values::Object,
};
use crate::{
    caller::{Mask, enter, request_hash, request_id, required, seen},
    change::{Db, Revision},
    clients::history::CLIENT_FIELDS,
    contacts::history::CONTACT_FIELDS,
};

const CHANGEABLE: [&str; 6] = ["name", "options", "searchable", "versioned", "place", "archived"];
const SETTINGS: [&str; 5] =
    ["restricted", "without_default_contract", "creator_levels", "versioned_client_fields", "versioned_contact_fields"];

pub struct FieldGrpc {
    pub db: Db,
}

#[async_trait]
impl FieldService for FieldGrpc {
    async fn list_custom_fields(
        &self,
        request: Request<ListCustomFieldsRequest>,
    ) -> Result<Response<ListCustomFieldsResponse>, Status> {
        let (_, _, request) = enter(request, "crm.read")?;
        let object = object(request.object)?;
        let found = fields::list(&self.db.pool, object, request.with_archived).await.map_err(CardError::from)?;
        Ok(Response::new(ListCustomFieldsResponse { fields: found.into_iter().map(message).collect() }))
    }

    async fn create_custom_field(
        &self,
        request: Request<CreateCustomFieldRequest>,
    ) -> Result<Response<CreateCustomFieldResponse>, Status> {
        let (_, actor, request) = enter(request, "crm.write")?;
        let hash = request_hash(&request);
        let field = required("field", request.field)?;
        let new = Field {
            id: request_id(&request.request_id)?,
            revision: Revision(1),
            object: object(field.object)?.ok_or_else(|| rpc::invalid_field("field.object", "is required"))?,
            kind: Type::from_number(field.r#type)
                .ok_or_else(|| rpc::invalid_field("field.type", "must be a known one"))?,
            options: options(&field.options)?,
            reference: fields::reference(field.reference, field.directory_kind)?,
            name: field.name,
            searchable: field.searchable,
            versioned: field.versioned,
            place: field.place,
            archived: field.archived,
        };
        let field = fields::create(&self.db, actor, new, hash).await?;
        Ok(Response::new(CreateCustomFieldResponse { field: Some(message(field)) }))
    }

    async fn update_custom_field(
        &self,
        request: Request<UpdateCustomFieldRequest>,
    ) -> Result<Response<UpdateCustomFieldResponse>, Status> {
        let (_, actor, request) = enter(request, "crm.write")?;
        let field = required("field", request.field)?;
        let mask = Mask::read(request.update_mask, &CHANGEABLE)?;
        let id = parse_id("field.field_id", &field.field_id)?;
        let patch = Patch {
            seen: seen(&field.etag)?,
            options: mask.try_take("options", || options(&field.options))?,
            name: mask.take("name", field.name),
            searchable: mask.take("searchable", field.searchable),
            versioned: mask.take("versioned", field.versioned),
            place: mask.take("place", field.place),
            archived: mask.take("archived", field.archived),
        };
        let field = fields::change(&self.db, actor, id, patch).await?;
        Ok(Response::new(UpdateCustomFieldResponse { field: Some(message(field)) }))
    }

    async fn get_client_settings(
        &self,
        request: Request<GetClientSettingsRequest>,
    ) -> Result<Response<GetClientSettingsResponse>, Status> {
        enter(request, "crm.read")?;
        let settings = settings::read(&self.db.pool).await.map_err(CardError::from)?;
        Ok(Response::new(GetClientSettingsResponse { settings: Some(settings_message(settings)) }))
    }

    async fn update_client_settings(
        &self,
        request: Request<UpdateClientSettingsRequest>,
    ) -> Result<Response<UpdateClientSettingsResponse>, Status> {
        let (_, actor, request) = enter(request, "crm.write")?;
        let wanted = required("settings", request.settings)?;
        let mask = Mask::read(request.update_mask, &SETTINGS)?;
        let patch = settings::Patch {
            seen: seen(&wanted.etag)?,
            restricted: mask.take("restricted", wanted.restricted),
            without_default_contract: mask.take("without_default_contract", wanted.without_default_contract),
            creator_levels: mask.take("creator_levels", wanted.creator_levels),
            versioned_client_fields: mask.take("versioned_client_fields", wanted.versioned_client_fields),
            versioned_contact_fields: mask.take("versioned_contact_fields", wanted.versioned_contact_fields),
        };
        let settings = settings::change(&self.db, actor, patch).await?;
        Ok(Response::new(UpdateClientSettingsResponse { settings: Some(settings_message(settings)) }))
    }
}

fn object(object: i32) -> Result<Option<Object>, Status> {
    match FieldObject::try_from(object) {
        Ok(FieldObject::Unspecified) => Ok(None),
        Ok(FieldObject::Client) => Ok(Some(Object::Client)),
        Ok(FieldObject::Contact) => Ok(Some(Object::Contact)),
        Err(_) => Err(rpc::invalid_field("object", "is unknown")),
    }
}

fn options(options: &[crm::FieldOption]) -> Result<Vec<FieldOption>, Status> {
    let read = |option: &crm::FieldOption| {
        let option_id = uuid::Uuid::parse_str(&option.option_id);
        Ok(FieldOption {
            option_id: option_id.map_err(|_| rpc::invalid_field("options", "hold an option_id that is no UUID"))?,
            name: option.name.clone(),
            archived: option.archived,
        })
    };
    options.iter().map(read).collect()
}

fn message(field: Field) -> CustomField {
    let option = |option: FieldOption| crm::FieldOption {
        option_id: option.option_id.to_string(),
        name: option.name,
        archived: option.archived,
    };
    let (reference, directory_kind) = match field.reference {
        None => (FieldReference::Unspecified, 0),
        Some(Reference::Directory(kind)) => (FieldReference::Directory, kind.into()),
        Some(Reference::Employee) => (FieldReference::Employee, 0),
        Some(Reference::Client) => (FieldReference::Client, 0),
    };
    CustomField {
        field_id: field.id.to_string(),
        etag: rpc::etag(field.revision.0),
        object: field.object as i32,
        name: field.name,
        r#type: field.kind as i32,
        options: field.options.into_iter().map(option).collect(),
        reference: reference.into(),
        directory_kind,
        searchable: field.searchable,
        versioned: field.versioned,
        place: field.place,
        archived: field.archived,
    }
}

fn settings_message(settings: Settings) -> ClientSettings {
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    ClientSettings {
        etag: rpc::etag(settings.revision.0),
        restricted: settings.restricted,
        without_default_contract: settings.without_default_contract,
        creator_levels: settings.creator_levels,
        versioned_client_fields: settings.versioned_client_fields,
        versioned_contact_fields: settings.versioned_contact_fields,
        versionable_client_fields: names(&CLIENT_FIELDS),
        versionable_contact_fields: names(&CONTACT_FIELDS),
    }
}

//! What each call puts on the access log. A method without an entry here fails.

use std::time::Duration;

use ::store::{Schema, access::Log};
use contracts::org::AccessKind;
use rpc::Caller;
use tonic::Code;

use super::{
    card_rights::{call, methods, subject},
    cards::Desk,
    world::World,
};
use crate::employees::domain::Role;

/// What is on the log once a call was answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Noted {
    /// Whose data it was, whoever asked.
    Of(AccessKind),
    /// That a program read a list.
    List,
    Nothing(&'static str),
}

const CHANGE: Noted = Noted::Nothing("it changes something: the audit tells who did");
const MADE: Noted = Noted::Nothing("it makes something; likenesses, and what was made before, are read");
const SETTINGS: Noted = Noted::Nothing("settings and words of the firm, of no client");
const COUNTS: Noted = Noted::Nothing("figures, ids and states; nobody's name or address");
const STAFF: Noted = Noted::Nothing("employees, of whom this log is not");

fn noted(method: &str) -> Noted {
    match method {
        "ClientService/GetClient"
        | "ClientService/BatchGetClients"
        | "ClientService/ListClientChanges"
        | "ClientService/GetClientPhoto"
        | "ClientService/LinkContactPoint"
        | "ContactService/ListContacts"
        | "ContractService/ListContracts"
        | "ClientLinkService/ListClientLinks"
        | "ConsentService/ListConsents"
        | "FeedService/ListClientFeed"
        | "PotentialService/GetClientPotential"
        | "PersonalDataService/PreviewErasure" => Noted::Of(AccessKind::Client),
        "ContactService/GetContact" => Noted::Of(AccessKind::Contact),
        "LeadService/GetLead" | "LeadService/ListLeadChanges" | "LeadService/ListLeadVisits" => {
            Noted::Of(AccessKind::Lead)
        }
        "ImportService/ExportClients" => Noted::Of(AccessKind::ClientExport),
        "PersonalDataService/TakePersonalExport" => Noted::Of(AccessKind::PersonalExport),
        "ClientService/FindClients"
        | "ClientService/ListClients"
        | "ClientService/SuggestClients"
        | "DuplicateService/CheckDuplicates"
        | "DuplicateService/ListDuplicateGroups"
        | "DuplicateService/ListMerges"
        | "ImportService/ReadImport"
        | "ImportService/SetImportMapping"
        | "ImportService/GetImport"
        | "ImportService/ListImports"
        | "ImportService/ListImportRows"
        | "LeadService/ListLeads"
        | "QualityService/GetQuality"
        | "QualityService/ListQualityFailures" => Noted::List,
        "ClientService/CreateClient" | "ContactService/CreateContact" | "LeadService/CreateLead" => MADE,
        "ClientService/UpdateClient"
        | "ClientService/ArchiveClient"
        | "ClientService/RestoreClient"
        | "ClientService/SetClientPhoto"
        | "ClientService/UnlinkContactPoint"
        | "ContactService/UpdateContact"
        | "ContactService/ArchiveContact"
        | "ContactService/RestoreContact"
        | "ContractService/CreateContract"
        | "ContractService/UpdateContract"
        | "ClientLinkService/CreateClientLink"
        | "ClientLinkService/UpdateClientLink"
        | "ClientLinkService/DeleteClientLink"
        | "ConsentService/RecordConsent"
        | "ConsentService/AnnulConsent"
        | "DuplicateService/MarkNotDuplicates"
        | "DuplicateService/MergeClients"
        | "DuplicateService/MergeContacts"
        | "DuplicateService/UndoMerge"
        | "FeedService/PinFeedEntry"
        | "FeedService/UnpinFeedEntry"
        | "PotentialService/SetPotential"
        | "PotentialService/ClearPotential"
        | "LeadService/UpdateLead"
        | "LeadService/AssignLead"
        | "LeadService/DeclineLead"
        | "LeadService/ReopenLead"
        | "LeadService/SettleLead"
        | "LeadService/MergeLead"
        | "LeadService/ConvertLead"
        | "LeadService/EraseLead"
        | "LeadService/StartLeadCleaning"
        | "ImportService/CreateImport"
        | "ImportService/AppendImportFile"
        | "ImportService/StartImport"
        | "ImportService/StopImport"
        | "ImportService/ResumeImport"
        | "PersonalDataService/RequestErasure"
        | "PersonalDataService/ApproveErasure"
        | "PersonalDataService/CallOffErasure"
        | "PersonalDataService/RequestPersonalExport"
        | "PersonalDataService/RemovePersonalExport"
        | "PersonalDataService/CreatePersonalExportLink" => CHANGE,
        "PersonalDataService/GetErasure"
        | "PersonalDataService/ListErasures"
        | "PersonalDataService/GetPersonalExport"
        | "PersonalDataService/ListPersonalExports"
        | "LeadService/PreviewLeadCleaning"
        | "LeadService/GetLeadCleaning"
        | "DuplicateService/StartDuplicateSearch"
        | "DuplicateService/GetDuplicateSearch"
        | "QualityService/StartQualityRecount"
        | "QualityService/StopQualityRecount"
        | "QualityService/ResumeQualityRecount"
        | "QualityService/GetQualityRecount"
        | "PotentialService/StartPotentialRecount"
        | "PotentialService/StopPotentialRecount"
        | "PotentialService/ResumePotentialRecount"
        | "PotentialService/GetPotentialRecount"
        | "PotentialService/ListPotentialGaps"
        | "EventService/ListEvents" => COUNTS,
        "DirectoryService/ListDirectoryEntries"
        | "DirectoryService/CreateDirectoryEntry"
        | "DirectoryService/UpdateDirectoryEntry"
        | "FieldService/ListCustomFields"
        | "FieldService/CreateCustomField"
        | "FieldService/UpdateCustomField"
        | "FieldService/GetClientSettings"
        | "FieldService/UpdateClientSettings"
        | "AccessService/ListAccessLevels"
        | "AccessService/CreateAccessLevel"
        | "AccessService/UpdateAccessLevel"
        | "DuplicateService/GetMatchSettings"
        | "DuplicateService/UpdateMatchSettings"
        | "LeadService/GetLeadSettings"
        | "LeadService/UpdateLeadSettings"
        | "QualityService/GetQualitySettings"
        | "QualityService/UpdateQualitySettings"
        | "PotentialService/GetPotentialSettings"
        | "PotentialService/UpdatePotentialSettings"
        | "PersonalDataService/GetPersonalDataSettings"
        | "PersonalDataService/UpdatePersonalDataSettings" => SETTINGS,
        "AccessLogService/ListAccesses" => Noted::Nothing("the log itself: it names whose card, and shows none"),
        "EmployeeService/GetEmployee"
        | "EmployeeService/ListEmployees"
        | "EmployeeService/CreateEmployee"
        | "EmployeeService/UpdateEmployee"
        | "EmployeeService/ResetPassword"
        | "DepartmentService/ListDepartments"
        | "DepartmentService/CreateDepartment"
        | "DepartmentService/UpdateDepartment"
        | "DepartmentService/DeleteDepartment"
        | "DepartmentService/ListSchedules"
        | "DepartmentService/CreateSchedule"
        | "DepartmentService/UpdateSchedule"
        | "DepartmentService/DeleteSchedule"
        | "PresenceService/SetPresence"
        | "PresenceService/ListPresence"
        | "SessionService/SignIn"
        | "SessionService/SignOut"
        | "SessionService/GetMe"
        | "SessionService/ListSessions"
        | "SessionService/RevokeSession"
        | "SessionService/ChangePassword"
        | "SessionService/StartTotp"
        | "SessionService/ConfirmTotp"
        | "SessionService/DisableTotp"
        | "SessionService/UpdateMe"
        | "SessionService/ResolveCredential"
        | "SessionService/RecordRefusal" => STAFF,
        _ => panic!("{method} has no entry: say what it puts on the access log"),
    }
}

/// A desk whose log takes no reading for a repeat.
async fn desk() -> Desk {
    let mut world = World::start().await;
    world.db.accesses = Log::with_span(Schema::Crm, Duration::ZERO);
    Desk::of(world)
}

// acceptance: XC-8
#[tokio::test]
async fn every_call_puts_on_the_log_what_its_entry_says() {
    let desk = desk().await;
    let world = &desk.world;
    let sales = world.department("Продажи", None).await;
    let seller = world.employee("seller", &[Role::Operator], &[sales]).await;
    let scopes = ["crm.read", "crm.write", "org.read", "org.write"].map(str::to_owned).to_vec();
    let key = Caller { scopes, ..desk.admin.clone() };
    for (by_key, by) in [(false, &desk.admin), (true, &key)] {
        let subject = subject(&desk, seller.id, sales).await;
        for method in methods("okno.crm.v1") {
            world.sql("delete from crm.access").await;
            let (_, answer) = call(&desk, by, &method, &subject).await;
            let kinds: Vec<i16> = sqlx::query_scalar("select distinct kind from crm.access where by_key = $1")
                .bind(by_key)
                .fetch_all(&world.db.pool)
                .await
                .unwrap();
            let entry = noted(&method);
            let list = AccessKind::List as i16;
            let code = answer.as_ref().err().map_or(Code::Ok, tonic::Status::code);
            if by_key && code == Code::PermissionDenied {
                assert!(kinds.is_empty(), "{method}, refused to a key: {kinds:?}");
                continue;
            }
            match entry {
                Noted::Of(kind) => {
                    assert_eq!(code, Code::Ok, "{method}, by a key: {by_key}: {answer:?}");
                    assert!(kinds.contains(&(kind as i16)), "{method}, by a key: {by_key}: {kinds:?}");
                }
                Noted::List if by_key => {
                    assert_eq!(code, Code::Ok, "{method}: {answer:?}");
                    assert_eq!(kinds, [list], "{method}");
                }
                Noted::List | Noted::Nothing(_) => {
                    assert!(kinds.is_empty(), "{method}, by a key: {by_key}, {entry:?}: {kinds:?}");
                }
            }
        }
    }
}

#[test]
fn every_call_that_crm_core_serves_has_an_entry() {
    for package in ["okno.crm.v1", "okno.org.v1"] {
        for method in methods(package) {
            noted(&method);
        }
    }
    let events = methods("okno.live.v1").into_iter().filter(|method| method.starts_with("EventService/"));
    events.for_each(|method| {
        noted(&method);
    });
}

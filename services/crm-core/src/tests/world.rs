use std::path::Path;

use model::{ContactPointId, DepartmentId, EmployeeId};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection, Row as _};
use store::{PoolConfig, Schema};
use testkit::TestDatabase;
use uuid::Uuid;

use crate::{
    MIGRATOR,
    change::{Actor, Db, RequestHash},
    departments::{self, domain::NewDepartment},
    employees::{
        self,
        domain::{Employee, NewEmployee, Role},
    },
    sessions::{
        Auth,
        ops::{SignIn, SignedIn, sign_in},
        passwords::Passwords,
        seal::TotpKey,
    },
};

pub const PASSWORD: &str = "a long password";

/// A migrated database of its own, and an administrator in it.
pub struct World {
    pub db: Db,
    pub auth: Auth,
    pub admin: Actor,
    pub database: TestDatabase,
}

impl World {
    pub async fn start() -> Self {
        let database = TestDatabase::new(&migrations(), migrate).await.expect("a test database");
        let pool = PoolConfig { url: database.url().to_owned(), application: "test", max_connections: 20 };
        let db = Db::new(store::connect(&pool).await.expect("a pool"));
        let passwords = Passwords::quick().expect("randomness");
        let auth = Auth { passwords, totp_key: TotpKey::derive(&[7; 32]).expect("a key") };
        let mut world = Self { db, auth, admin: Actor::System, database };
        let admin = world.employee("admin", &[Role::Administrator], &[]).await;
        world.admin = Actor::Employee { id: admin.id, administrator: true };
        world
    }

    pub async fn employee(&self, login: &str, roles: &[Role], departments: &[DepartmentId]) -> Employee {
        let new = new_employee(login, roles, departments);
        employees::ops::create(&self.db, &self.auth.passwords, self.admin, new, PASSWORD).await.expect("an employee")
    }

    pub async fn operator(&self, login: &str) -> Employee {
        self.employee(login, &[Role::Operator], &[]).await
    }

    pub async fn department(&self, name: &str, parent: Option<DepartmentId>) -> DepartmentId {
        let (id, request) = (DepartmentId::new(), RequestHash::of(name.as_bytes()));
        let new = NewDepartment { id, request, name: name.to_owned(), parent, head: None };
        departments::ops::create(&self.db, self.admin, new).await.expect("a department").id
    }

    pub async fn sign_in(
        &self,
        login: &str,
        password: &str,
        code: &str,
    ) -> Result<SignedIn, crate::sessions::SessionError> {
        let (user_agent, client_address) = ("Browser 1", "192.0.2.1");
        let who = SignIn { login, password, totp_code: code, user_agent, client_address };
        sign_in(&self.db, &self.auth, &who).await
    }

    /// What router would publish about somebody who wrote.
    pub async fn contact_point(&self, display_name: &str, aliases: &[(i32, &str)]) -> ContactPointId {
        let id = ContactPointId::new();
        let aliases: Vec<Value> = aliases.iter().map(|(kind, value)| json!({"kind": kind, "value": value})).collect();
        let sql = "insert into inbox_read.contact_point values ($1, 'telegram', '', $2, $3, $4)";
        let query = sqlx::query(sql).bind(id.0).bind(id.to_string()).bind(display_name).bind(Value::Array(aliases));
        query.execute(&self.db.pool).await.expect("a contact point");
        id
    }

    /// From now on everybody sees only the clients that are theirs.
    pub async fn restrict(&self) {
        self.sql("update crm.client_settings set restricted = true").await;
    }

    /// A dialog of a contact point, as router publishes who sees it.
    pub async fn dialog(
        &self,
        point: ContactPointId,
        owner: Option<EmployeeId>,
        assignee: Option<EmployeeId>,
        department: Option<DepartmentId>,
    ) -> Uuid {
        let id = Uuid::now_v7();
        let sql = "insert into inbox_read.conversation_sight values ($1, $2, $3, $4, $5)";
        let query = sqlx::query(sql).bind(id).bind(point.0).bind(owner.map(Uuid::from)).bind(assignee.map(Uuid::from));
        query.bind(department.map(Uuid::from)).execute(&self.db.pool).await.expect("a dialog");
        id
    }

    /// The audited actions about an object, in order.
    pub async fn audited(&self, object: Uuid) -> Vec<String> {
        let sql = "select action from crm.audit where object_id = $1 order by audit_id";
        sqlx::query_scalar(sql).bind(object).fetch_all(&self.db.pool).await.expect("audit")
    }

    /// Runs SQL as it stands, to bring about what would take days.
    pub async fn sql(&self, sql: &str) {
        sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(&self.db.pool).await.expect(sql);
    }

    pub async fn count(&self, sql: &str) -> i64 {
        sqlx::query(AssertSqlSafe(sql.to_owned())).fetch_one(&self.db.pool).await.expect(sql).get(0)
    }
}

pub fn new_employee(login: &str, roles: &[Role], departments: &[DepartmentId]) -> NewEmployee {
    NewEmployee {
        id: EmployeeId::new(),
        request: RequestHash::of(login.as_bytes()),
        name: format!("Сотрудник {login}"),
        login: login.to_owned(),
        email: String::new(),
        departments: departments.to_vec(),
        roles: roles.to_vec(),
        schedule: None,
        language: String::new(),
        time_zone: String::new(),
    }
}

pub const fn actor(employee: &Employee) -> Actor {
    Actor::Employee { id: employee.id, administrator: false }
}

/// Our schema, and what router publishes, as a table that tests fill.
async fn migrate(url: String) -> Result<(), String> {
    store::migrate(&url, Schema::Crm, &MIGRATOR).await.map_err(|error| runtime::chain(&error))?;
    let published = "create schema inbox_read;
         create table inbox_read.contact_point (contact_point_id uuid, channel text, scope text, address text,
                                                display_name text, aliases jsonb, joined_into uuid);
         create table inbox_read.account (account_id uuid, channel text, name text, department_id uuid, schedule_id uuid);
         create table inbox_read.request (request_id uuid, department_id uuid, state smallint);
         create table inbox_read.conversation_sight (conversation_id uuid, contact_point_id uuid, owner_employee_id uuid,
                                                     assignee_employee_id uuid, department_id uuid);
         create table inbox_read.mention (conversation_id uuid, employee_id uuid);
         create table inbox_read.conversation_activity (conversation_id uuid, contact_point_id uuid, active_at timestamptz,
             waiting_since timestamptz);
         create table inbox_read.feed_message (anchor_id uuid, entry_id uuid, at timestamptz, kind smallint, state smallint,
             employee_id uuid, text text, has_files bool, detail jsonb);
         create table inbox_read.feed_unsent (like inbox_read.feed_message);
         create table inbox_read.feed_request (like inbox_read.feed_message);
         create table inbox_read.contact_point_record (contact_point_id uuid, kind text, records bigint);
         create table inbox_read.erasure (erasure_id uuid, contact_point_ids uuid[], erased jsonb, at timestamptz);
         create table inbox_read.erasure_again (erasure_id uuid, client_id uuid, contact_point_ids uuid[], listed jsonb);
         create table inbox_read.personal_export (export_id uuid, packed jsonb, size_bytes bigint, done bool);
         create table inbox_read.personal_export_piece (export_id uuid, ordinal int, piece_id uuid, size_bytes bigint)";
    let done = async {
        let mut connection = PgConnection::connect(&url).await?;
        sqlx::raw_sql(published).execute(&mut connection).await?;
        connection.close().await
    };
    done.await.map_err(|error: sqlx::Error| runtime::chain(&error))
}

/// The text of all migrations: the template database is made anew when one changes.
fn migrations() -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folders = [root.join("../../crates/store/migrations"), root.join("migrations")];
    let files = folders.iter().flat_map(|folder| std::fs::read_dir(folder).expect("migrations"));
    let mut files: Vec<_> = files.map(|file| file.expect("a file").path()).collect();
    files.sort();
    files.iter().map(|file| std::fs::read_to_string(file).expect("a migration")).collect::<String>() + "inbox_read 7"
}

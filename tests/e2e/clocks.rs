//! Times: instants in UTC wherever the process and the database run, working hours in the schedule's own zone.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use chrono::{DateTime, Datelike, FixedOffset, Timelike, Utc};
use contracts::{
    inbox::ConversationView,
    org::{CreateScheduleRequest, Employee, GetEmployeeRequest, Role, Schedule, UpdateEmployeeRequest, WorkInterval},
};
use testkit::eventually;
use uuid::Uuid;

use crate::{
    actions::{customer, round_robin},
    operator::Operator,
    stage::Stage,
    world::{SOON, World},
};

/// Works now and the hour around it by the clock of `zone`, as far as it stays within the day.
async fn schedule(admin: &Operator, name: &str, zone: &str, now: DateTime<FixedOffset>) -> String {
    let minute = now.hour() * 60 + now.minute();
    let interval = WorkInterval {
        weekday: now.weekday().number_from_monday(),
        from_minute: minute.saturating_sub(30),
        to_minute: (minute + 30).min(1_440),
    };
    let schedule = Schedule {
        name: name.to_owned(),
        time_zone: zone.to_owned(),
        intervals: vec![interval],
        ..Schedule::default()
    };
    let request = CreateScheduleRequest { request_id: Uuid::now_v7().to_string(), schedule: Some(schedule) };
    let made = admin.departments().create_schedule(request).await.unwrap().into_inner();
    made.schedule.unwrap().schedule_id
}

async fn works_by(admin: &Operator, who: &Operator, schedule_id: &str) {
    let request = GetEmployeeRequest { employee_id: who.employee_id.clone() };
    let found = admin.employees().get_employee(request).await.unwrap().into_inner().employee.unwrap();
    let employee = Employee { schedule_id: schedule_id.to_owned(), ..found };
    let mask = prost_types::FieldMask { paths: vec!["schedule_id".into()] };
    let request = UpdateEmployeeRequest { employee: Some(employee), update_mask: Some(mask) };
    admin.employees().update_employee(request).await.unwrap();
}

// acceptance: XC-6
#[tokio::test]
async fn times_are_utc_and_working_hours_those_of_the_schedules_zone() {
    let mut world = World::servers().await;
    world.environment.insert("TZ".into(), "Pacific/Auckland".into());
    sqlx::query("do $$ begin execute format('alter database %I set timezone to %L', current_database(), 'America/Caracas'); end $$")
        .execute(&world.pool)
        .await
        .unwrap();
    world.run(&["all"]).await;
    let stage = Stage::set_in(world).await;
    let buyer = customer(&stage.connected.bot, 1);
    let before = Utc::now().timestamp();
    buyer.text("Здравствуйте");
    let row = stage.operator.conversation_with("Покупатель 1").await;
    let message = stage.operator.messages(&row.conversation_id).await.remove(0);
    let span = before..=Utc::now().timestamp();
    assert!(span.contains(&message.shown_at.unwrap().seconds), "as Telegram dated it");
    assert!(span.contains(&row.request.unwrap().received_at.unwrap().seconds));
    let stored: DateTime<Utc> =
        sqlx::query_scalar("select shown_at from inbox.message").fetch_one(&stage.world.pool).await.unwrap();
    assert_eq!(stored.timestamp(), message.shown_at.unwrap().seconds);
    let naive = "select count(*) from information_schema.columns where table_schema in ('inbox', 'crm')
                 and data_type in ('timestamp without time zone', 'time without time zone', 'time with time zone')";
    assert_eq!(stage.world.count(naive).await, 0, "no time is stored without its zone");

    // The same hours on the wall of two places far apart: here it is now, there it is not.
    let department = stage.department().await;
    let here = stage.new_employee("here", &department, &[Role::Operator]).await;
    let there = stage.new_employee("there", &department, &[Role::Operator]).await;
    let now = Utc::now().with_timezone(&FixedOffset::east_opt(9 * 3_600).unwrap()); // Tokyo, all year
    works_by(&stage.admin, &here, &schedule(&stage.admin, "Токио", "Asia/Tokyo", now).await).await;
    works_by(&stage.admin, &there, &schedule(&stage.admin, "Дубай", "Asia/Dubai", now).await).await;
    let shared = stage.world.connect_telegram_with(&stage.admin, "webhook", round_robin(&[&there, &here])).await;
    customer(&shared.bot, 2).text("раз");
    customer(&shared.bot, 3).text("два");
    let mine = eventually("both go to who works now", SOON, async || {
        let mine = here.list(ConversationView::Mine).await;
        (mine.len() == 2).then_some(mine)
    })
    .await;
    let request = here.request(&mine[0].request.as_ref().unwrap().request_id).await;
    assert_eq!(request.decision.unwrap().skipped, [format!("{}: out of working hours", there.employee_id)]);
}

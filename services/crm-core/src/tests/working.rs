//! Whether somebody's schedule says "at work": `crm.employee_at(instant)`, which the published view calls with now().

use chrono::{DateTime, Utc};
use model::ScheduleId;

use super::world::World;
use crate::{
    change::RequestHash,
    employees::{self, domain::Patch},
    schedules::{
        self,
        domain::{Interval, NewSchedule},
    },
};

/// Weekday, first minute, end.
type Hours = &'static [(u32, u32, u32)];
/// What it is, zone, hours, day off, instant, whether at work.
type Case = (&'static str, &'static str, Hours, &'static str, &'static str, bool);

const NINE_TO_SIX: Hours = &[(1, 540, 1080), (2, 540, 1080), (3, 540, 1080), (4, 540, 1080), (5, 540, 1080)];
const WITH_LUNCH: Hours = &[(1, 540, 780), (1, 840, 1080)];
/// Monday 22:00 to Tuesday 06:00.
const NIGHT: Hours = &[(1, 1320, 1440), (2, 0, 360)];
const SUNDAY: Hours = &[(7, 0, 1440)];
const EARLY_SUNDAY: Hours = &[(7, 60, 240)];
const NEVER: Hours = &[];

/// 2026-01-05 is a Monday. Berlin: summer time from 2026-03-29 02:00 to 2026-10-25 03:00.
#[rustfmt::skip]
const CASES: &[Case] = &[
    ("the minute before work", "Europe/Moscow", NINE_TO_SIX, "", "2026-01-05T05:59:59Z", false),
    ("the first minute", "Europe/Moscow", NINE_TO_SIX, "", "2026-01-05T06:00:00Z", true),
    ("the last second", "Europe/Moscow", NINE_TO_SIX, "", "2026-01-05T14:59:59Z", true),
    ("the end is excluded", "Europe/Moscow", NINE_TO_SIX, "", "2026-01-05T15:00:00Z", false),
    ("a Saturday", "Europe/Moscow", NINE_TO_SIX, "", "2026-01-10T09:00:00Z", false),
    ("a Monday that is still Sunday in UTC", "Asia/Vladivostok", NINE_TO_SIX, "", "2026-01-04T23:30:00Z", true),
    ("a Friday that is already Saturday there", "Asia/Vladivostok", NINE_TO_SIX, "", "2026-01-09T15:00:00Z", false),
    ("before lunch", "Europe/Moscow", WITH_LUNCH, "", "2026-01-05T09:59:00Z", true),
    ("at lunch", "Europe/Moscow", WITH_LUNCH, "", "2026-01-05T10:30:00Z", false),
    ("after lunch", "Europe/Moscow", WITH_LUNCH, "", "2026-01-05T11:00:00Z", true),
    ("the night before midnight", "Europe/Moscow", NIGHT, "", "2026-01-05T20:59:59Z", true),
    ("the night at midnight", "Europe/Moscow", NIGHT, "", "2026-01-05T21:00:00Z", true),
    ("the night's end", "Europe/Moscow", NIGHT, "", "2026-01-06T03:00:00Z", false),
    ("the next night is not the same", "Europe/Moscow", NIGHT, "", "2026-01-06T21:30:00Z", false),
    ("a day off", "Europe/Moscow", NINE_TO_SIX, "2026-01-05", "2026-01-05T09:00:00Z", false),
    ("the day after a day off", "Europe/Moscow", NINE_TO_SIX, "2026-01-05", "2026-01-06T09:00:00Z", true),
    ("a day off is a local date", "Europe/Moscow", NIGHT, "2026-01-06", "2026-01-05T20:59:59Z", true),
    ("and begins at local midnight", "Europe/Moscow", NIGHT, "2026-01-06", "2026-01-05T21:00:00Z", false),
    ("the last minute of the week", "Europe/Moscow", SUNDAY, "", "2026-01-04T20:59:59Z", true),
    ("the first minute of the next", "Europe/Moscow", SUNDAY, "", "2026-01-04T21:00:00Z", false),
    ("nine o'clock in winter", "Europe/Berlin", NINE_TO_SIX, "", "2026-03-27T08:00:00Z", true),
    ("nine o'clock in summer", "Europe/Berlin", NINE_TO_SIX, "", "2026-03-30T07:00:00Z", true),
    ("eight o'clock in winter", "Europe/Berlin", NINE_TO_SIX, "", "2026-03-27T07:00:00Z", false),
    ("before the hour that is left out", "Europe/Berlin", EARLY_SUNDAY, "", "2026-03-29T00:59:59Z", true),
    ("after the hour that is left out", "Europe/Berlin", EARLY_SUNDAY, "", "2026-03-29T01:00:00Z", true),
    ("four in summer comes an hour earlier", "Europe/Berlin", EARLY_SUNDAY, "", "2026-03-29T02:00:00Z", false),
    ("the hour that comes twice, first", "Europe/Berlin", EARLY_SUNDAY, "", "2026-10-25T00:30:00Z", true),
    ("the hour that comes twice, again", "Europe/Berlin", EARLY_SUNDAY, "", "2026-10-25T01:30:00Z", true),
    ("four in winter", "Europe/Berlin", EARLY_SUNDAY, "", "2026-10-25T03:00:00Z", false),
    ("a zone with half an hour", "Asia/Kolkata", NINE_TO_SIX, "", "2026-01-05T03:30:00Z", true),
    ("a schedule without hours", "Europe/Moscow", NEVER, "", "2026-01-05T09:00:00Z", false),
];

fn new_schedule(time_zone: &str, intervals: &[(u32, u32, u32)], day_off: &str) -> NewSchedule {
    let interval = |&(weekday, from_minute, to_minute): &(u32, u32, u32)| Interval { weekday, from_minute, to_minute };
    NewSchedule {
        id: ScheduleId::new(),
        request: RequestHash::of(b""),
        name: "График".into(),
        time_zone: time_zone.into(),
        intervals: intervals.iter().map(interval).collect(),
        days_off: day_off.parse().into_iter().collect(),
    }
}

#[tokio::test]
async fn the_schedule_decides_in_its_own_zone() {
    let world = World::start().await;
    let operator = world.operator("operator1").await;
    for &(what, time_zone, intervals, day_off, at, expected) in CASES {
        let new = new_schedule(time_zone, intervals, day_off);
        let schedule = schedules::ops::create(&world.db, world.admin, new).await.unwrap();
        let patch = Patch { schedule: Some(Some(schedule.id)), ..Patch::default() };
        employees::ops::update(&world.db, world.admin, operator.id, patch).await.unwrap();
        let at: DateTime<Utc> = at.parse().unwrap();
        let sql = "select working from crm.employee_at($1) where employee_id = $2";
        let working: bool =
            sqlx::query_scalar(sql).bind(at).bind(operator.id.0).fetch_one(&world.db.pool).await.unwrap();
        assert_eq!(working, expected, "{what}: {time_zone} {at}");
    }
}

#[tokio::test]
async fn without_a_schedule_one_is_always_working() {
    let world = World::start().await;
    world.operator("operator1").await;
    assert_eq!(world.count("select count(*) from crm_read.employee where working and active and available").await, 2);
    world.sql("update crm.employee set away = true, dismissed = true where login = 'operator1'").await;
    assert_eq!(
        world.count("select count(*) from crm_read.employee where working and not active and not available").await,
        1
    );
}

#[tokio::test]
async fn the_published_view_is_asked_by_index() {
    let world = World::start().await;
    let sql = "explain select * from crm_read.employee where employee_id = '01900000-0000-7000-8000-000000000001'";
    let mut connection = world.db.pool.acquire().await.unwrap();
    sqlx::raw_sql("set enable_seqscan = off").execute(&mut *connection).await.unwrap();
    let plan: Vec<String> = sqlx::query_scalar(sql).fetch_all(&mut *connection).await.unwrap();
    let plan = plan.join("\n");
    assert!(plan.contains("employee_pkey") && !plan.contains("Function Scan"), "{plan}");
}

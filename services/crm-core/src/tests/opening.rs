//! When a schedule opens: `crm_read.schedule_at`, a published function.

use chrono::{DateTime, Utc};
use model::{EmployeeId, ScheduleId};
use uuid::Uuid;

use super::world::World;
use crate::{
    change::{RequestHash, Revision},
    employees::{self, domain::Patch},
    schedules::{
        self, ScheduleError,
        domain::{Interval, NewSchedule},
    },
};

/// Weekday, first minute, end.
type Hours = &'static [(u32, u32, u32)];
/// What it is, zone, hours, days off, instant, when it opens: empty when it does not, "open" when it is.
type Case = (&'static str, &'static str, Hours, &'static str, &'static str, &'static str);

const NINE_TO_SIX: Hours = &[(1, 540, 1080), (2, 540, 1080), (3, 540, 1080), (4, 540, 1080), (5, 540, 1080)];
const WITH_LUNCH: Hours = &[(1, 540, 780), (1, 840, 1080)];
const SUNDAY_AT_TWO: Hours = &[(7, 120, 600)];
const SUNDAY_AT_A_QUARTER_PAST_TWO: Hours = &[(7, 135, 600)];
const SUNDAY_ONE_TO_HALF_PAST_TWO: Hours = &[(7, 60, 150)];
const LAST_MINUTE: Hours = &[(7, 1439, 1440)];
const NEVER: Hours = &[];

/// 2026-01-05 is a Monday. Berlin: summer time from 2026-03-29 02:00 to 2026-10-25 03:00. Lord Howe: by half an hour, from
/// 2026-04-05 02:00.
#[rustfmt::skip]
const CASES: &[Case] = &[
    ("in working hours", "Europe/Moscow", NINE_TO_SIX, "", "2026-01-05T09:00:00Z", "open"),
    ("in the morning", "Europe/Moscow", NINE_TO_SIX, "", "2026-01-05T05:00:00Z", "2026-01-05T06:00:00Z"),
    ("the second before", "Europe/Moscow", NINE_TO_SIX, "", "2026-01-05T05:59:59Z", "2026-01-05T06:00:00Z"),
    ("at lunch", "Europe/Moscow", WITH_LUNCH, "", "2026-01-05T10:30:00Z", "2026-01-05T11:00:00Z"),
    ("in the evening", "Europe/Moscow", NINE_TO_SIX, "", "2026-01-05T15:00:00Z", "2026-01-06T06:00:00Z"),
    ("on Friday evening", "Europe/Moscow", NINE_TO_SIX, "", "2026-01-09T20:00:00Z", "2026-01-12T06:00:00Z"),
    ("before two days off", "Europe/Moscow", NINE_TO_SIX, "2026-01-12 2026-01-13", "2026-01-09T20:00:00Z", "2026-01-14T06:00:00Z"),
    ("on a day off", "Europe/Moscow", NINE_TO_SIX, "2026-01-05", "2026-01-05T09:00:00Z", "2026-01-06T06:00:00Z"),
    ("it opens once a week", "Europe/Moscow", LAST_MINUTE, "", "2026-01-04T21:00:00Z", "2026-01-11T20:59:00Z"),
    ("its only day is off twice", "Europe/Moscow", WITH_LUNCH, "2026-01-12 2026-01-19", "2026-01-05T15:00:00Z", ""),
    ("its only day is off once", "Europe/Moscow", WITH_LUNCH, "2026-01-12", "2026-01-05T15:00:00Z", "2026-01-19T06:00:00Z"),
    ("without hours", "Europe/Moscow", NEVER, "", "2026-01-05T09:00:00Z", ""),
    ("where it is tomorrow already", "Asia/Vladivostok", NINE_TO_SIX, "", "2026-01-04T14:30:00Z", "2026-01-04T23:00:00Z"),
    ("over a week-end into summer", "Europe/Berlin", NINE_TO_SIX, "", "2026-03-27T18:00:00Z", "2026-03-30T07:00:00Z"),
    ("over a week-end into winter", "Europe/Berlin", NINE_TO_SIX, "", "2026-10-23T18:00:00Z", "2026-10-26T08:00:00Z"),
    ("its beginning is left out", "Europe/Berlin", SUNDAY_AT_TWO, "", "2026-03-28T12:00:00Z", "2026-03-29T01:00:00Z"),
    ("its beginning is left out, by minutes", "Europe/Berlin", SUNDAY_AT_A_QUARTER_PAST_TWO, "", "2026-03-28T12:00:00Z", "2026-03-29T01:00:00Z"),
    ("its beginning comes twice", "Europe/Berlin", SUNDAY_AT_TWO, "", "2026-10-24T12:00:00Z", "2026-10-25T00:00:00Z"),
    ("it opens again when the hour comes again", "Europe/Berlin", SUNDAY_ONE_TO_HALF_PAST_TWO, "", "2026-10-25T00:40:00Z", "2026-10-25T01:00:00Z"),
    ("half an hour left out", "Australia/Lord_Howe", SUNDAY_AT_TWO, "", "2026-10-03T12:00:00Z", "2026-10-03T15:30:00Z"),
];

impl World {
    async fn schedule(&self, time_zone: &str, hours: &[(u32, u32, u32)], days_off: &str) -> ScheduleId {
        let interval =
            |&(weekday, from_minute, to_minute): &(u32, u32, u32)| Interval { weekday, from_minute, to_minute };
        let new = NewSchedule {
            id: ScheduleId::new(),
            request: RequestHash::of(b""),
            name: "График".into(),
            time_zone: time_zone.into(),
            intervals: hours.iter().map(interval).collect(),
            days_off: days_off.split_whitespace().map(|day| day.parse().unwrap()).collect(),
        };
        schedules::ops::create(&self.db, self.admin, new).await.unwrap().id
    }

    async fn at(&self, schedule: ScheduleId, at: DateTime<Utc>) -> (bool, Option<DateTime<Utc>>) {
        let sql = "select open, opens_at from crm_read.schedule_at($1, $2)";
        sqlx::query_as(sql).bind(schedule.0).bind(at).fetch_one(&self.db.pool).await.unwrap()
    }
}

#[tokio::test]
async fn a_closed_schedule_says_when_it_opens() {
    let world = World::start().await;
    for &(what, time_zone, hours, days_off, at, expected) in CASES {
        let schedule = world.schedule(time_zone, hours, days_off).await;
        let (open, opens_at) = world.at(schedule, at.parse().unwrap()).await;
        assert_eq!(open, expected == "open", "{what}");
        assert_eq!(opens_at, expected.parse().ok(), "{what}");
    }
}

/// The definition itself, minute by minute: the first that is open within two weeks.
#[tokio::test]
async fn it_opens_at_the_first_minute_that_is_open() {
    let world = World::start().await;
    let schedules = [
        world.schedule("Europe/Berlin", &[(7, 30, 45), (7, 95, 140), (7, 150, 170), (1, 0, 5)], "").await,
        world.schedule("Australia/Lord_Howe", &[(7, 100, 115), (7, 125, 131), (6, 1430, 1440)], "2026-04-04").await,
    ];
    let starts = ["2026-03-28T20:07:00Z", "2026-10-24T20:07:00Z", "2026-04-03T14:00:00Z", "2026-10-03T13:00:00Z"];
    let sql = "with at as (select $2::timestamptz + make_interval(mins => n * 11) as at from generate_series(0, 40) n)
               select count(*) from at, crm_read.schedule_at($1, at.at) told
               where told.opens_at is distinct from (
                   select m from crm.schedule s, generate_series(date_trunc('minute', at.at), at.at + interval '8 days', '1 minute') m
                   where s.schedule_id = $1 and not told.open and m > at.at
                       and crm.is_open(s.time_zone, s.intervals, s.days_off, m) limit 1)";
    for schedule in schedules {
        for start in starts {
            let start: DateTime<Utc> = start.parse().unwrap();
            let wrong: i64 =
                sqlx::query_scalar(sql).bind(schedule.0).bind(start).fetch_one(&world.db.pool).await.unwrap();
            assert_eq!(wrong, 0, "{schedule} from {start}");
        }
    }
}

#[tokio::test]
async fn who_goes_by_it_works_while_it_is_open() {
    let world = World::start().await;
    let operator = world.operator("operator1").await;
    let schedule = world.schedule("Europe/Berlin", &[(7, 60, 150), (1, 540, 1080)], "2026-10-26").await;
    let patch = Patch { schedule: Some(Some(schedule)), ..Patch::default() };
    employees::ops::update(&world.db, world.admin, operator.id, patch).await.unwrap();
    let sql = "select count(*) from generate_series('2026-10-24 20:00Z'::timestamptz, '2026-10-27 20:00Z', '7 min') at
               cross join crm.employee_at(at) e cross join crm_read.schedule_at($2, at) s
               where e.employee_id = $1 and e.working <> s.open";
    let differ: i64 =
        sqlx::query_scalar(sql).bind(operator.id.0).bind(schedule.0).fetch_one(&world.db.pool).await.unwrap();
    assert_eq!(differ, 0);
}

#[tokio::test]
async fn a_schedule_is_deleted_when_nobody_goes_by_it() {
    let world = World::start().await;
    let operator = world.operator("operator1").await;
    let schedule = world.schedule("Europe/Moscow", NINE_TO_SIX, "").await;
    let delete = async |seen| schedules::ops::delete(&world.db, world.admin, schedule, Some(Revision(seen))).await;
    let by = Patch { schedule: Some(Some(schedule)), ..Patch::default() };
    employees::ops::update(&world.db, world.admin, operator.id, by).await.unwrap();
    assert!(matches!(delete(1).await, Err(ScheduleError::InUse)), "somebody works by it");
    world.sql("update crm.employee set dismissed = true where login = 'operator1'").await;
    let sql = "insert into inbox_read.account values ($1, 'telegram', 'Магазин', null, $2)";
    sqlx::query(sql).bind(Uuid::now_v7()).bind(schedule.0).execute(&world.db.pool).await.unwrap();
    assert!(matches!(delete(1).await, Err(ScheduleError::InUse)), "an account is open by it");
    world.sql("delete from inbox_read.account").await;
    assert!(matches!(delete(7).await, Err(ScheduleError::Fault(_))), "another revision");
    delete(1).await.unwrap();
    assert!(matches!(delete(1).await, Err(ScheduleError::NotFound(_))));
    assert_eq!(world.audited(schedule.0).await, ["schedule.create", "schedule.delete"]);
    assert_eq!(world.count("select count(*) from crm.employee where schedule_id is not null").await, 0);
}

#[tokio::test]
async fn whose_page_was_open_lately_is_present() {
    let world = World::start().await;
    world.operator("operator1").await;
    world.operator("operator2").await;
    let present = async || -> Vec<EmployeeId> {
        let ids: Vec<Uuid> = sqlx::query_scalar("select employee_id from crm_read.employee_present")
            .fetch_all(&world.db.pool)
            .await
            .unwrap();
        ids.into_iter().map(EmployeeId::from).collect()
    };
    assert!(present().await.is_empty(), "nobody has signed in");
    let employee = world.sign_in("operator1", super::world::PASSWORD, "").await.unwrap();
    world.sign_in("operator1", super::world::PASSWORD, "").await.unwrap();
    assert_eq!(present().await, [employee.session.employee], "once, with two windows");
    world.sql("update crm.session set last_seen_at = now() - interval '4 minutes'").await;
    assert!(present().await.is_empty());
}

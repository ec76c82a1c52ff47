//! Translates the schedule calls of DepartmentService; decides nothing.

use chrono::NaiveDate;
use contracts::org::{
    self, CreateScheduleRequest, CreateScheduleResponse, DeleteScheduleRequest, DeleteScheduleResponse,
    ListSchedulesRequest, ListSchedulesResponse, UpdateScheduleRequest, UpdateScheduleResponse, WorkInterval,
};
use rpc::{PageToken, finish_page, page_size, parse_id};
use tonic::Status;

use super::{
    ScheduleError,
    domain::{Interval, NewSchedule, Patch, Schedule},
    ops, store,
};
use crate::{
    caller::{Mask, request_hash, request_id, required, seen},
    change::{Actor, Db},
    text::search_form,
};

const CHANGEABLE: [&str; 4] = ["name", "time_zone", "intervals", "days_off"];

pub async fn list(db: &Db, request: &ListSchedulesRequest) -> Result<ListSchedulesResponse, Status> {
    let size = page_size(request.page_size, 50, 200)?;
    let query = rpc::Fingerprint::of("ListSchedules", &());
    let after = PageToken::decode(&query, &request.page_token)?;
    let found = store::schedules(&db.pool, after, i64::from(size) + 1).await.map_err(ScheduleError::from)?;
    let (page, next_page_token) = finish_page(found, size, &query, |s| (search_form(&s.name), s.id.0));
    Ok(ListSchedulesResponse { schedules: page.into_iter().map(message).collect(), next_page_token })
}

pub async fn create(db: &Db, actor: Actor, request: CreateScheduleRequest) -> Result<CreateScheduleResponse, Status> {
    let hash = request_hash(&request);
    let schedule = required("schedule", request.schedule)?;
    let new = NewSchedule {
        id: request_id(&request.request_id)?,
        request: hash,
        intervals: intervals(&schedule.intervals),
        days_off: days_off(&schedule.days_off)?,
        name: schedule.name,
        time_zone: schedule.time_zone,
    };
    let schedule = ops::create(db, actor, new).await?;
    Ok(CreateScheduleResponse { schedule: Some(message(schedule)) })
}

pub async fn update(db: &Db, actor: Actor, request: UpdateScheduleRequest) -> Result<UpdateScheduleResponse, Status> {
    let schedule = required("schedule", request.schedule)?;
    let mask = Mask::read(request.update_mask, &CHANGEABLE)?;
    let id = parse_id("schedule.schedule_id", &schedule.schedule_id)?;
    let patch = Patch {
        seen: seen(&schedule.etag)?,
        intervals: mask.take("intervals", intervals(&schedule.intervals)),
        days_off: mask.try_take("days_off", || days_off(&schedule.days_off))?,
        name: mask.take("name", schedule.name),
        time_zone: mask.take("time_zone", schedule.time_zone),
    };
    let schedule = ops::update(db, actor, id, patch).await?;
    Ok(UpdateScheduleResponse { schedule: Some(message(schedule)) })
}

pub async fn delete(db: &Db, actor: Actor, request: DeleteScheduleRequest) -> Result<DeleteScheduleResponse, Status> {
    let id = parse_id("schedule_id", &request.schedule_id)?;
    ops::delete(db, actor, id, seen(&request.etag)?).await?;
    Ok(DeleteScheduleResponse {})
}

fn intervals(intervals: &[WorkInterval]) -> Vec<Interval> {
    let interval =
        |i: &WorkInterval| Interval { weekday: i.weekday, from_minute: i.from_minute, to_minute: i.to_minute };
    intervals.iter().map(interval).collect()
}

fn days_off(days: &[String]) -> Result<Vec<NaiveDate>, Status> {
    let day = |text: &String| NaiveDate::parse_from_str(text, "%Y-%m-%d");
    days.iter()
        .map(day)
        .collect::<Result<_, _>>()
        .map_err(|_| rpc::invalid_field("schedule.days_off", "holds no ISO date"))
}

fn message(schedule: Schedule) -> org::Schedule {
    let interval =
        |i: Interval| WorkInterval { weekday: i.weekday, from_minute: i.from_minute, to_minute: i.to_minute };
    org::Schedule {
        schedule_id: schedule.id.to_string(),
        etag: rpc::etag(schedule.revision.0),
        name: schedule.name,
        time_zone: schedule.time_zone,
        intervals: schedule.intervals.into_iter().map(interval).collect(),
        days_off: schedule.days_off.iter().map(ToString::to_string).collect(),
    }
}

use std::sync::{Arc, Mutex};

use contracts::live::{
    Audience, Event, ListEventsRequest, ListEventsResponse, event::What, event_service_server::EventService,
};
use rpc::Caller;
use tonic::{Request, Response, Status};

/// One owner's history.
pub struct History {
    area: &'static str,
    state: Mutex<State>,
}

struct State {
    epoch: String,
    /// Positions up to here are no longer kept.
    dropped: u64,
    events: Vec<Event>,
}

impl History {
    pub fn of(area: &'static str) -> Arc<Self> {
        let state = State { epoch: "first".to_owned(), dropped: 0, events: Vec::new() };
        Arc::new(Self { area, state: Mutex::new(state) })
    }

    pub fn append(&self, what: What, audience: Audience) -> u64 {
        let mut state = self.state.lock().unwrap();
        let position = state.events.len() as u64 + 1;
        let (area, epoch) = (self.area.to_owned(), state.epoch.clone());
        let event = Event { area, epoch, position, what: Some(what), audience: Some(audience), ..Event::default() };
        state.events.push(event);
        position
    }

    pub fn restore(&self, epoch: &str) {
        let mut state = self.state.lock().unwrap();
        epoch.clone_into(&mut state.epoch);
        state.events.clear();
        state.dropped = 0;
    }

    pub fn forget_all(&self) {
        let mut state = self.state.lock().unwrap();
        state.dropped = state.events.len() as u64;
    }
}

#[tonic::async_trait]
impl EventService for History {
    async fn list_events(&self, request: Request<ListEventsRequest>) -> Result<Response<ListEventsResponse>, Status> {
        Caller::of(&request)?;
        let asked = request.into_inner();
        assert_eq!(asked.area, self.area);
        let state = self.state.lock().unwrap();
        let (head_position, epoch) = (state.events.len() as u64, state.epoch.clone());
        if asked.head_only {
            return Ok(Response::new(ListEventsResponse { events: Vec::new(), head_position, epoch }));
        }
        if asked.after_position > head_position || (!asked.epoch.is_empty() && asked.epoch != epoch) {
            return Err(Status::out_of_range("another history"));
        }
        if asked.after_position < state.dropped {
            return Err(Status::failed_precondition("no longer kept"));
        }
        let after = state.events.iter().skip(asked.after_position as usize);
        let events = after.take(asked.page_size as usize).cloned().collect();
        Ok(Response::new(ListEventsResponse { events, head_position, epoch }))
    }
}

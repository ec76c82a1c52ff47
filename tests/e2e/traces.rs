//! One trace leads from the webhook to the operator's screen, and another back from the reply to the customer.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
};

use contracts::{
    inbox::MessageStatus,
    live::{WatchResponse, event::What, watch_response},
};
use opentelemetry_proto::tonic::{
    collector::trace::v1::{
        ExportTraceServiceRequest, ExportTraceServiceResponse,
        trace_service_server::{TraceService, TraceServiceServer},
    },
    trace::v1::Span,
};
use testkit::eventually;
use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tokio_util::task::TaskTracker;
use tonic::{Request, Response, Status, Streaming, async_trait, transport::Server};

use crate::{
    actions::customer,
    world::{SOON, World},
};

/// Takes what Okno exports, as a collector does.
#[derive(Clone, Default)]
struct Collector {
    spans: Arc<Mutex<Vec<Span>>>,
    tasks: TaskTracker,
}

#[async_trait]
impl TraceService for Collector {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        let resources = request.into_inner().resource_spans.into_iter();
        let spans = resources.flat_map(|resource| resource.scope_spans).flat_map(|scope| scope.spans);
        self.spans.lock().expect("spans").extend(spans);
        Ok(Response::new(ExportTraceServiceResponse::default()))
    }
}

impl Collector {
    /// Serves until the test ends; where.
    async fn listen(&self) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let server = Server::builder().add_service(TraceServiceServer::new(self.clone()));
        self.tasks.spawn(server.serve_with_incoming(TcpListenerStream::new(listener)));
        format!("http://{address}")
    }

    /// A trace that has a span of this name.
    async fn trace_with(&self, name: &str) -> Vec<u8> {
        eventually("a trace", SOON, async || {
            let spans = self.spans.lock().expect("spans");
            spans.iter().find(|span| span.name == name).map(|span| span.trace_id.clone())
        })
        .await
    }

    /// Waits until a trace has spans of all these names, none of which hangs loose.
    async fn wait_for(&self, trace: &[u8], names: &[&str]) {
        let expected = BTreeSet::from_iter(names.iter().map(ToString::to_string));
        eventually(&format!("{names:?} in one trace"), SOON, async || {
            let spans = self.spans.lock().expect("spans");
            let ours = || spans.iter().filter(|span| span.trace_id == trace);
            let ids: BTreeSet<_> = ours().map(|span| &span.span_id).collect();
            let loose = |span: &&Span| !span.parent_span_id.is_empty() && !ids.contains(&span.parent_span_id);
            let found: BTreeSet<_> = ours().map(|span| span.name.clone()).collect();
            (expected.is_subset(&found) && ours().find(loose).is_none()).then_some(())
        })
        .await;
    }
}

/// The trace of the next change of a conversation that has one, or that has this one.
async fn trace_of_event(live: &mut Streaming<WatchResponse>, wanted: Option<&[u8]>) -> Vec<u8> {
    let found = tokio::time::timeout(SOON, async {
        loop {
            let next = live.message().await.expect("a live feed").expect("not ended");
            let Some(watch_response::What::Event(event)) = next.what else { continue };
            // `00-<trace>-<span>-<flags>`
            let trace = event.traceparent.split('-').nth(1).map(|id| hex::decode(id).expect("hexadecimal digits"));
            match (event.what, trace) {
                (Some(What::ConversationChanged(_)), Some(trace)) if wanted.is_none_or(|id| id == trace) => {
                    return trace;
                }
                _ => {}
            }
        }
    });
    found.await.expect("an event that is part of a trace")
}

/// Servers of a world whose processes will export to this collector.
async fn watched_by(collector: &Collector) -> World {
    let mut world = World::servers().await;
    let address = collector.listen().await;
    let set = [("OKNO_OTLP_ENDPOINT", address), ("OTEL_BSP_SCHEDULE_DELAY", "100".to_owned())];
    world.environment.extend(set.map(|(name, value)| (name.to_owned(), value)));
    world
}

#[tokio::test]
async fn one_trace_leads_from_the_webhook_to_the_screen_and_one_back() {
    let collector = Collector::default();
    let mut world = watched_by(&collector).await;
    world.run_apart().await;
    let admin = world.operator("admin").await;
    let connected = world.connect_telegram(&admin, "webhook").await;
    let operator = world.operator("operator1").await;
    let mut live = operator.watch("").await;

    let buyer = customer(&connected.bot, 1);
    buyer.text("Здравствуйте!");
    let inbound = trace_of_event(&mut live, None).await;
    collector.wait_for(&inbound, &["webhook", "fact", "tell a page"]).await;

    let conversation = operator.take_only().await;
    let sent = operator.send(&conversation.conversation_id, "Добрый день").await;
    operator.wait_for_status(&sent, MessageStatus::Sent).await;
    let reply = collector.trace_with("publish order").await;
    collector.wait_for(&reply, &["edge", "rpc", "publish order", "order", "fact", "tell a page"]).await;
    assert_eq!(trace_of_event(&mut live, Some(&reply)).await, reply);
}

#[tokio::test]
async fn what_is_polled_and_what_visitors_write_begins_a_trace_as_well() {
    let collector = Collector::default();
    let mut world = watched_by(&collector).await;
    world.run(&["all"]).await;
    let admin = world.operator("admin").await;
    let connected = world.connect_telegram(&admin, "poll").await;
    let site = world.connect_webchat(&admin, "Чат магазина", &[]).await;

    customer(&connected.bot, 1).text("Здравствуйте!");
    let polled = collector.trace_with("poll").await;
    collector.wait_for(&polled, &["poll", "fact"]).await;

    let mut live = world.operator("operator1").await.watch("").await;
    let (mut chat, _) = site.begin().await;
    chat.write(1, "Где мой заказ?").await;
    let written = trace_of_event(&mut live, None).await;
    collector.wait_for(&written, &["front", "fact", "tell a page"]).await;
}

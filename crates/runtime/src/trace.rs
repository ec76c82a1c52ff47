//! Traces over process borders: W3C `traceparent` in gRPC metadata and bus headers.

use opentelemetry::{
    Context, KeyValue,
    propagation::{Extractor, Injector, TextMapPropagator as _},
    trace::TraceContextExt as _,
};
use opentelemetry_otlp::{ExporterBuildError, SpanExporter, WithExportConfig as _};
use opentelemetry_sdk::{Resource, propagation::TraceContextPropagator, trace::SdkTracerProvider};
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

pub(crate) fn provider(service: &str, endpoint: &str) -> Result<SdkTracerProvider, ExporterBuildError> {
    let exporter = SpanExporter::builder().with_tonic().with_endpoint(endpoint).build()?;
    let resource = Resource::builder().with_attribute(KeyValue::new("service.name", service.to_owned())).build();
    Ok(SdkTracerProvider::builder().with_batch_exporter(exporter).with_resource(resource).build())
}

/// The headers that carry the current span to another process; none when traces are off.
#[must_use]
pub fn inject() -> Vec<(String, String)> {
    let mut headers = Headers(Vec::new());
    TraceContextPropagator::new().inject_context(&Span::current().context(), &mut headers);
    headers.0
}

/// Makes `span` a child of the span whose headers came in. `header` looks one up by its lower-case name.
pub fn adopt<'a>(span: &Span, header: impl Fn(&str) -> Option<&'a str>) {
    if let Some(parent) = extract(header) {
        // An error means that no trace layer is installed: then there is nothing to join.
        let _ = span.set_parent(parent);
    }
}

/// The W3C trace context of the current span, for what is stored and goes on later; empty when traces are off.
#[must_use]
pub fn parent() -> String {
    inject().into_iter().find(|(name, _)| name == "traceparent").map(|(_, value)| value).unwrap_or_default()
}

/// Makes `span` a child of the span that [`parent`] told of; nothing when it is empty.
pub fn continue_from(span: &Span, parent: &str) {
    adopt(span, |name| (name == "traceparent" && !parent.is_empty()).then_some(parent));
}

/// Names another span as one that `span` has to do with, for instance each of many whose work it does together.
pub fn link<'a>(span: &Span, header: impl Fn(&str) -> Option<&'a str>) {
    if let Some(other) = extract(header) {
        span.add_link(other.span().span_context().clone());
    }
}

fn extract<'a>(header: impl Fn(&str) -> Option<&'a str>) -> Option<Context> {
    let found = ["traceparent", "tracestate"].map(|name| (name, header(name)));
    found[0].1?;
    let headers = found.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned())));
    Some(TraceContextPropagator::new().extract(&Headers(headers.collect())))
}

struct Headers(Vec<(String, String)>);

impl Injector for Headers {
    fn set(&mut self, key: &str, value: String) {
        self.0.push((key.to_owned(), value));
    }
}

impl Extractor for Headers {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.iter().find(|(name, _)| name.eq_ignore_ascii_case(key)).map(|(_, value)| value.as_str())
    }

    fn keys(&self) -> Vec<&str> {
        self.0.iter().map(|(name, _)| name.as_str()).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::{
        sync::{Arc, Mutex},
        time::Duration,
    };

    use opentelemetry::trace::TracerProvider as _;
    use opentelemetry_sdk::{
        error::OTelSdkResult,
        trace::{SpanData, SpanProcessor},
    };
    use tracing_subscriber::layer::SubscriberExt as _;

    use super::*;

    #[test]
    fn a_span_is_continued_from_its_headers() {
        let provider = SdkTracerProvider::builder().build();
        let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("test"));
        tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
            let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
            let parent = format!("00-{trace}-00f067aa0ba902b7-01");
            let span = tracing::info_span!("call");
            adopt(&span, |name| (name == "traceparent").then_some(parent.as_str()));
            assert_eq!(span.context().span().span_context().trace_id().to_string(), trace);
            let headers = span.in_scope(inject);
            assert!(headers.iter().any(|(name, value)| name == "traceparent" && value.contains(trace)));
            let later = tracing::info_span!("later");
            continue_from(&later, &span.in_scope(super::parent));
            assert_eq!(later.context().span().span_context().trace_id().to_string(), trace);
        });
    }

    /// Keeps what has ended.
    #[derive(Debug, Clone, Default)]
    struct Ended(Arc<Mutex<Vec<SpanData>>>);

    impl SpanProcessor for Ended {
        fn on_start(&self, _: &mut opentelemetry_sdk::trace::Span, _: &Context) {}

        fn on_end(&self, span: SpanData) {
            self.0.lock().unwrap().push(span);
        }

        fn force_flush(&self) -> OTelSdkResult {
            Ok(())
        }

        fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
            Ok(())
        }
    }

    #[test]
    fn a_span_names_those_that_it_works_for() {
        let ended = Ended::default();
        let provider = SdkTracerProvider::builder().with_span_processor(ended.clone()).build();
        let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("test"));
        let traces = ["4bf92f3577b34da6a3ce929d0e0e4736", "4bf92f3577b34da6a3ce929d0e0e4737"];
        tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
            let span = tracing::info_span!("batch");
            for trace in traces {
                let parent = format!("00-{trace}-00f067aa0ba902b7-01");
                link(&span, |name| (name == "traceparent").then_some(parent.as_str()));
            }
        });
        let spans = ended.0.lock().unwrap();
        let named: Vec<String> = spans[0].links.iter().map(|link| link.span_context.trace_id().to_string()).collect();
        assert_eq!(named, traces);
    }

    #[test]
    fn without_traces_nothing_is_carried() {
        assert!(inject().is_empty() && parent().is_empty());
    }
}

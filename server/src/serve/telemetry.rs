//! Spans: one for each event whose trace is sampled, sent to an OTLP receiver. The span's id is the one that the
//! decision's own trace names, so that whoever goes on with that trace has a parent that exists.
//!
//! A span carries what happened to an event, never what is in it: no field, no output, no message. Deciding never waits
//! for the receiver: spans go into a queue of fixed length, and one that finds it full is dropped and counted.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use fishplate::session::SessionId;
use fishplate::{Decision, Error, Event, Place, Status, TraceContext, codes};
use fishplate_store::keeper::{Delivery, Session};
use fishplate_transport::{Decider, Keeps, Operates};
use opentelemetry::trace::{
    Link, SpanContext, SpanId, SpanKind, Status as SpanStatus, TraceFlags, TraceId, TraceState,
};
use opentelemetry::{InstrumentationScope, Key, KeyValue};
use opentelemetry_otlp::WithExportConfig as _;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{
    BatchConfigBuilder, BatchSpanProcessor, IdGenerator as _, RandomIdGenerator, SpanData, SpanEvents, SpanExporter,
    SpanLinks, SpanProcessor as _,
};

use crate::json::write_hex;

/// The flag of a trace that wants to be recorded.
const SAMPLED: u8 = 1;
/// Spans that may wait for the receiver, unless the environment says otherwise: at most some 16 MiB of memory, and a
/// tenth of a second of one core's decisions, which is what a receiver on the same machine needs to catch up.
const QUEUE: usize = 16_384;
/// Names [`QUEUE`] in the environment, as OpenTelemetry's specification has it.
const QUEUE_VARIABLE: &str = "OTEL_BSP_MAX_QUEUE_SIZE";

/// Where spans go. Must be made and stopped inside the runtime that sends them.
#[derive(Debug)]
pub(super) struct Spans {
    processor: BatchSpanProcessor,
    scope: InstrumentationScope,
    handed: AtomicU64,
    counts: Arc<Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    exported: AtomicU64,
    failed: AtomicU64,
}

/// What became of the spans.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tally {
    /// The receiver has them.
    pub(super) exported: u64,
    /// The receiver refused them, or could not be reached.
    pub(super) failed: u64,
    /// They found the queue full, or waited when the server ended.
    pub(super) dropped: u64,
}

impl Spans {
    /// Begins to send spans to `endpoint`, which was given at `place`. A receiver that is not there yet is no error: it is tried again.
    ///
    /// # Errors
    /// F0866: the endpoint is not one.
    pub(super) fn start(endpoint: &str, place: Place) -> Result<Arc<Self>, Error> {
        let exporter = opentelemetry_otlp::SpanExporter::builder().with_tonic().with_endpoint(endpoint).build();
        let exporter = exporter.map_err(|error| {
            let message = format!("spans cannot be sent to `{endpoint}`: {error}");
            Error::new(Status::InvalidArgument, codes::BAD_CONFIGURATION, message, place)
        })?;
        let counts = Arc::new(Counts::default());
        let mut config = BatchConfigBuilder::default();
        if std::env::var_os(QUEUE_VARIABLE).is_none() {
            config = config.with_max_queue_size(QUEUE);
        }
        let counted = Counted { exporter, counts: Arc::clone(&counts) };
        let mut processor = BatchSpanProcessor::builder(counted).with_batch_config(config.build()).build();
        processor.set_resource(&resource());
        let scope = InstrumentationScope::builder("fishplate").with_version(env!("CARGO_PKG_VERSION")).build();
        Ok(Arc::new(Self { processor, scope, handed: AtomicU64::new(0), counts }))
    }

    /// Sends what waits, for at most `wait`, and says what became of all. Blocks.
    pub(super) fn stop(&self, wait: Duration) -> Tally {
        let ended = self.processor.shutdown_with_timeout(wait);
        let handed = self.handed.load(Ordering::SeqCst);
        let (exported, failed) =
            (self.counts.exported.load(Ordering::SeqCst), self.counts.failed.load(Ordering::SeqCst));
        let tally = Tally { exported, failed, dropped: handed.saturating_sub(exported + failed) };
        let Tally { exported, failed, dropped } = tally;
        if failed + dropped > 0 {
            tracing::warn!(exported, failed, dropped, in_time = ended.is_ok(), "spans were lost");
        } else {
            tracing::info!(exported, "all spans are with the receiver");
        }
        tally
    }

    fn hand(&self, span: SpanData) {
        self.handed.fetch_add(1, Ordering::Relaxed);
        self.processor.on_end(span);
    }
}

/// Who sends: the service's name is `fishplate` unless the environment has one.
fn resource() -> Resource {
    let ours = || Resource::builder().with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")));
    let found = ours().build();
    let named = found.get(&Key::from_static_str("service.name")).map(|name| name.to_string()).unwrap_or_default();
    if named.starts_with("unknown_service") { ours().with_service_name("fishplate").build() } else { found }
}

/// An exporter whose successes and failures are counted.
#[derive(Debug)]
struct Counted<E> {
    exporter: E,
    counts: Arc<Counts>,
}

impl<E: SpanExporter> SpanExporter for Counted<E> {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let size = batch.len() as u64;
        let result = self.exporter.export(batch).await;
        let count = if result.is_ok() { &self.counts.exported } else { &self.counts.failed };
        count.fetch_add(size, Ordering::SeqCst);
        result
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.exporter.shutdown_with_timeout(timeout)
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.exporter.force_flush()
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.exporter.set_resource(resource);
    }
}

/// An engine whose decisions are told as spans.
pub(super) struct Traced {
    inner: Arc<dyn Decider>,
    spans: Arc<Spans>,
}

impl Traced {
    pub(super) fn new(inner: Arc<dyn Decider>, spans: Arc<Spans>) -> Self {
        Self { inner, spans }
    }
}

impl Traced {
    /// Has an event decided by `ask`, and tells the span of what became of it, if its trace is sampled.
    fn told<R>(
        &self,
        event: Event<'_>,
        preview: bool,
        ask: impl FnOnce(Event<'_>) -> R,
        outcome: impl FnOnce(&R) -> Option<&Result<Decision, Error>>,
    ) -> R {
        let (origin, trace) = (event.origin, event.trace);
        let Some(parent) = trace.filter(|trace| trace.flags & SAMPLED != 0) else { return ask(event) };
        let started = SystemTime::now();
        let asked = ask(event);
        let Some(outcome) = outcome(&asked) else { return asked };
        let mut span = span_of(parent, outcome, started, SystemTime::now(), &self.spans.scope);
        let (name, current) = self.inner.rule_set();
        // A swap may have come since: what decided is in the decision.
        let version = outcome.as_ref().map_or(&current, Decision::version);
        let mut written = Vec::with_capacity(2 * version.len());
        write_hex(version, &mut written);
        span.attributes.push(KeyValue::new("fishplate.rule_set", name));
        let written = String::from_utf8_lossy(&written).into_owned();
        span.attributes.push(KeyValue::new("fishplate.rule_set.version", written));
        if preview {
            span.name = "fishplate.preview".into();
        }
        if let Some((session, sequence)) = origin {
            let session: String = session.iter().map(|byte| format!("{byte:02x}")).collect();
            span.attributes.push(KeyValue::new("fishplate.session.id", session));
            span.attributes.push(KeyValue::new("fishplate.sequence", i64::try_from(sequence).unwrap_or(i64::MAX)));
        }
        self.spans.hand(span);
        asked
    }
}

impl Decider for Traced {
    fn decide(&self, event: Event<'_>, preview: bool) -> Result<Decision, Error> {
        self.told(event, preview, |event| self.inner.decide(event, preview), |asked| Some(asked))
    }

    fn rule_set(&self) -> (String, [u8; 32]) {
        self.inner.rule_set()
    }

    fn rules(&self) -> Vec<String> {
        self.inner.rules()
    }

    fn keeps(&self) -> Option<&dyn Keeps> {
        let keeps: &dyn Keeps = self;
        self.inner.keeps().map(|_| keeps)
    }

    fn operates(&self) -> Option<&dyn Operates> {
        self.inner.operates()
    }
}

/// Only where the engine within is kept is this asked: see [`Decider::keeps`].
impl Keeps for Traced {
    fn decide(&self, event: Event<'_>, preview: bool, delivery: Delivery) -> Result<Result<Decision, Error>, Error> {
        let keeps = self.inner.keeps().ok_or_else(keeps_nothing)?;
        self.told(event, preview, |event| keeps.decide(event, preview, delivery), |asked| asked.as_ref().ok())
    }

    fn note(&self, delivery: Delivery, outcome: Vec<u8>) -> Result<(), Error> {
        self.inner.keeps().ok_or_else(keeps_nothing)?.note(delivery, outcome)
    }

    fn note_session(&self, session: SessionId, note: &[u8]) -> Result<(), Error> {
        self.inner.keeps().ok_or_else(keeps_nothing)?.note_session(session, note)
    }

    fn forget_session(&self, session: &SessionId) -> Result<(), Error> {
        self.inner.keeps().ok_or_else(keeps_nothing)?.forget_session(session)
    }

    fn acknowledge(&self, session: &SessionId, through: u64) {
        if let Some(keeps) = self.inner.keeps() {
            keeps.acknowledge(session, through);
        }
    }

    fn sessions(&self) -> Vec<(SessionId, Session)> {
        self.inner.keeps().map_or_else(Vec::new, |keeps| keeps.sessions())
    }

    fn commit(&self) -> Result<(), Error> {
        self.inner.keeps().ok_or_else(keeps_nothing)?.commit()
    }
}

fn keeps_nothing() -> Error {
    let message = "an engine that is not kept was asked to keep";
    Error::new(Status::Internal, codes::INTERNAL, message, Place::None)
}

/// The span of an event that came with `parent` and went with `outcome`.
fn span_of(
    parent: TraceContext,
    outcome: &Result<Decision, Error>,
    start_time: SystemTime,
    end_time: SystemTime,
    scope: &InstrumentationScope,
) -> SpanData {
    let (mut attributes, mut links, mut status) = (Vec::new(), SpanLinks::default(), SpanStatus::Unset);
    let mut own = None;
    match outcome {
        Ok(decision) => {
            attributes.push(KeyValue::new("fishplate.matched", count(decision.matched().count())));
            attributes.push(KeyValue::new("fishplate.errors", count(decision.errors().len())));
            attributes.push(KeyValue::new("fishplate.late", decision.late()));
            attributes.push(KeyValue::new("fishplate.repeated", decision.repeated()));
            let named = decision.trace();
            if decision.repeated() {
                // The first decision's span has the id that this decision names; this span is another one.
                let first = named.map(|first| Link::new(context(first), Vec::new(), 0));
                links.links.extend(first);
            } else {
                own = named.map(|named| named.span_id);
            }
        }
        Err(error) => {
            attributes.push(KeyValue::new("error.type", error.status.name()));
            attributes.push(KeyValue::new("fishplate.error.code", error.code().to_string()));
            // The message may quote the event; status and code do not.
            status = SpanStatus::error(format!("{} {}", error.status.name(), error.code()));
        }
    }
    let own = own.map_or_else(|| RandomIdGenerator::default().new_span_id(), SpanId::from_bytes);
    let span_context = SpanContext::new(
        TraceId::from_bytes(parent.trace_id),
        own,
        TraceFlags::new(parent.flags),
        false,
        TraceState::NONE,
    );
    SpanData {
        span_context,
        parent_span_id: SpanId::from_bytes(parent.span_id),
        parent_span_is_remote: true,
        span_kind: SpanKind::Server,
        name: "fishplate.decide".into(),
        start_time,
        end_time,
        attributes,
        dropped_attributes_count: 0,
        events: SpanEvents::default(),
        links,
        status,
        instrumentation_scope: scope.clone(),
    }
}

fn context(trace: TraceContext) -> SpanContext {
    SpanContext::new(
        TraceId::from_bytes(trace.trace_id),
        SpanId::from_bytes(trace.span_id),
        TraceFlags::new(trace.flags),
        true,
        TraceState::NONE,
    )
}

fn count(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

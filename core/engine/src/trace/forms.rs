//! The header forms in which others write a trace context. Each reader takes text and gives a context, or nothing
//! if the text is malformed. Sources: <https://www.w3.org/TR/trace-context/#traceparent-header>;
//! <https://github.com/census-instrumentation/opencensus-specs/blob/master/encodings/BinaryEncoding.md>;
//! <https://www.jaegertracing.io/docs/latest/client-libraries/#propagation-format>;
//! <https://github.com/openzipkin/b3-propagation>.

use super::{Parsed, TraceContext};

/// The headers of known forms, the first of each name.
#[derive(Default)]
struct Found<'h> {
    traceparent: Option<&'h [u8]>,
    grpc_trace_bin: Option<&'h [u8]>,
    uber_trace_id: Option<&'h [u8]>,
    b3: Option<&'h [u8]>,
    b3_trace: Option<&'h [u8]>,
    b3_span: Option<&'h [u8]>,
    b3_sampled: Option<&'h [u8]>,
    b3_flags: Option<&'h [u8]>,
    x_trace_id: Option<&'h [u8]>,
}

/// What one header said: nothing of use (`Ok(None)`), a context, or a mistake.
type Read = Result<Option<TraceContext>, ()>;

pub(super) fn read<'h>(headers: impl IntoIterator<Item = (&'h str, &'h [u8])>) -> Parsed {
    let found = Found::collect(headers);
    let reads = [
        found.traceparent.map(|value| traceparent(text(value)?)),
        found.grpc_trace_bin.map(grpc_trace_bin),
        found.uber_trace_id.map(|value| uber_trace_id(text(value)?)),
        found.b3.map(|value| b3(text(value)?)),
        found.b3_trace.map(|value| x_b3(text(value)?, &found)),
        found.x_trace_id.map(|value| x_trace_id(text(value)?)),
    ];
    let mut parsed = Parsed::default();
    for read in reads.into_iter().flatten() {
        match read {
            Ok(context) => parsed.context = parsed.context.or(context),
            Err(()) => parsed.ignored += 1,
        }
    }
    parsed
}

impl<'h> Found<'h> {
    fn collect(headers: impl IntoIterator<Item = (&'h str, &'h [u8])>) -> Self {
        let mut found = Self::default();
        for (name, value) in headers {
            let place = match name.to_ascii_lowercase().as_str() {
                "traceparent" => &mut found.traceparent,
                "grpc-trace-bin" => &mut found.grpc_trace_bin,
                "uber-trace-id" => &mut found.uber_trace_id,
                "b3" => &mut found.b3,
                "x-b3-traceid" => &mut found.b3_trace,
                "x-b3-spanid" => &mut found.b3_span,
                "x-b3-sampled" => &mut found.b3_sampled,
                "x-b3-flags" => &mut found.b3_flags,
                "x-trace-id" => &mut found.x_trace_id,
                _ => continue,
            };
            place.get_or_insert(value);
        }
        found
    }
}

fn text(value: &[u8]) -> Result<&str, ()> {
    std::str::from_utf8(value).map(str::trim).map_err(|_| ())
}

/// `version-traceid-parentid-flags`, lower-case hexadecimal; version 00 is exactly that, a later one may carry more.
fn traceparent(value: &str) -> Read {
    if value.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return Err(());
    }
    let mut parts = value.split('-');
    let mut part = |digits: usize| parts.next().filter(|part| part.len() == digits).ok_or(());
    let (version, trace, span, flags) = (part(2)?, part(32)?, part(16)?, part(2)?);
    let version = hex_number(version, 2)?;
    if version == 0xff || (version == 0 && parts.next().is_some()) {
        return Err(());
    }
    context(trace, span, hex_number(flags, 2)? as u8)
}

/// Version 0, then field 0 (trace id), field 1 (span id), field 2 (flags): 29 bytes.
fn grpc_trace_bin(value: &[u8]) -> Read {
    let [0, 0, rest @ ..] = value else { return Err(()) };
    let (trace, rest) = rest.split_first_chunk::<16>().ok_or(())?;
    let [1, rest @ ..] = rest else { return Err(()) };
    let (span, rest) = rest.split_first_chunk::<8>().ok_or(())?;
    let [2, flags] = rest else { return Err(()) };
    checked(TraceContext { trace_id: *trace, span_id: *span, flags: *flags })
}

/// `trace:span:parent:flags`; leading zeros may be missing; the colons may be percent-encoded.
fn uber_trace_id(value: &str) -> Read {
    let value = value.replace("%3A", ":").replace("%3a", ":");
    let parts: Vec<&str> = value.split(':').collect();
    let [trace, span, parent, flags] = parts[..] else { return Err(()) };
    hex_number(parent, 16)?;
    context(trace, span, hex_number(flags, 2)? as u8 & 1)
}

/// `trace-span[-sampled[-parent]]`, or a lone sampling state, which carries no context.
fn b3(value: &str) -> Read {
    if sampled(value).is_ok() {
        return Ok(None);
    }
    let parts: Vec<&str> = value.split('-').collect();
    let (trace, span, state) = match parts[..] {
        [trace, span] => (trace, span, None),
        [trace, span, state] => (trace, span, Some(state)),
        [trace, span, state, parent] => {
            hex_number(parent, 16)?;
            (trace, span, Some(state))
        }
        _ => return Err(()),
    };
    context(b3_trace_id(trace)?, span, state.map_or(Ok(0), sampled)?)
}

fn x_b3(trace: &str, found: &Found<'_>) -> Read {
    let span = text(found.b3_span.ok_or(())?)?;
    let debug = found.b3_flags.map(text).transpose()? == Some("1");
    let flags = found.b3_sampled.map(text).transpose()?.map_or(Ok(0), sampled)?;
    context(b3_trace_id(trace)?, span, if debug { 1 } else { flags })
}

/// 32 or 16 hexadecimal digits, or a UUID.
fn x_trace_id(value: &str) -> Read {
    let uuid: Vec<&str> = value.split('-').collect();
    let digits = match uuid[..] {
        [whole] if whole.len() == 32 || whole.len() == 16 => whole.to_owned(),
        [a, b, c, d, e] if [a, b, c, d, e].map(str::len) == [8, 4, 4, 4, 12] => uuid.concat(),
        _ => return Err(()),
    };
    let trace_id = hex_number(&digits, 32)?.to_be_bytes();
    checked(TraceContext { trace_id, span_id: [1; 8], flags: 0 })
        .map(|found| found.map(|context| TraceContext { span_id: [0; 8], ..context }))
}

fn b3_trace_id(value: &str) -> Result<&str, ()> {
    if matches!(value.len(), 16 | 32) { Ok(value) } else { Err(()) }
}

fn sampled(state: &str) -> Result<u8, ()> {
    match state {
        "1" | "d" | "true" => Ok(1),
        "0" | "false" => Ok(0),
        _ => Err(()),
    }
}

fn context(trace: &str, span: &str, flags: u8) -> Read {
    let trace_id = hex_number(trace, 32)?.to_be_bytes();
    let span_id = (hex_number(span, 16)? as u64).to_be_bytes();
    checked(TraceContext { trace_id, span_id, flags })
}

/// Ids that are all zero are no ids.
fn checked(context: TraceContext) -> Read {
    if context.trace_id == [0; 16] || context.span_id == [0; 8] { Err(()) } else { Ok(Some(context)) }
}

/// One to `most` hexadecimal digits and nothing else.
fn hex_number(text: &str, most: usize) -> Result<u128, ()> {
    let fits = (1..=most).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    if fits { u128::from_str_radix(text, 16).map_err(|_| ()) } else { Err(()) }
}

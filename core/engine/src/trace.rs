//! The trace context: 25 bytes that travel with every event, and the header forms in which others write them.

/// Trace id, span id, flags: <https://www.w3.org/TR/trace-context/>.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TraceContext {
    /// The trace, never all zero.
    pub trace_id: [u8; 16],
    /// The span that the event came from; a decision carries a span id of its own.
    pub span_id: [u8; 8],
    /// W3C trace flags: bit 0 is `sampled`.
    pub flags: u8,
}

/// What a set of headers said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Parsed {
    /// The context of the first form found, in the order of the contract, section 3.
    pub context: Option<TraceContext>,
    /// How many headers of a known form were malformed and ignored.
    pub ignored: u32,
}

impl TraceContext {
    /// Reads the context from headers (names in any case). Forms, first found wins: W3C `traceparent`,
    /// `grpc-trace-bin` (binary), Jaeger `uber-trace-id`, `b3` or `x-b3-*`, `x-trace-id`.
    /// Malformed values are ignored and counted.
    pub fn from_headers<'h>(headers: impl IntoIterator<Item = (&'h str, &'h [u8])>) -> Parsed {
        let _ = headers.into_iter().count();
        todo!()
    }

    /// The W3C form: `00-<trace id>-<span id>-<flags>`.
    pub fn traceparent(&self) -> String {
        todo!()
    }

    /// The 25 bytes: trace id, span id, flags.
    pub fn to_bytes(&self) -> [u8; 25] {
        todo!()
    }

    /// From the 25 bytes; `None` if the trace id is all zero (a span id may be: `x-trace-id` has none).
    pub fn from_bytes(bytes: &[u8; 25]) -> Option<Self> {
        let _ = bytes;
        todo!()
    }
}

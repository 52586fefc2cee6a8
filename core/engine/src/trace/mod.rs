//! The trace context: 25 bytes that travel with every event. Its header forms are in `forms`.

mod forms;

/// Trace id, span id, flags: <https://www.w3.org/TR/trace-context/>.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TraceContext {
    /// The trace, never all zero.
    pub trace_id: [u8; 16],
    /// The span that the event came from, zero if the form had none (`x-trace-id`); a decision carries one of its own.
    pub span_id: [u8; 8],
    /// W3C trace flags: bit 0 is `sampled`.
    pub flags: u8,
}

/// What a set of headers said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Parsed {
    /// The context of the first well-formed header, in the order of the contract, section 3.
    pub context: Option<TraceContext>,
    /// How many headers of a known form were malformed and ignored.
    pub ignored: u32,
}

impl TraceContext {
    /// Reads the context from headers, names in any case. Forms, the first found in this order wins: W3C
    /// `traceparent`, `grpc-trace-bin` (29 binary bytes), Jaeger `uber-trace-id`, `b3`, `x-b3-*`, `x-trace-id`.
    /// Malformed values are ignored and counted, whether or not another form is found.
    pub fn from_headers<'h>(headers: impl IntoIterator<Item = (&'h str, &'h [u8])>) -> Parsed {
        forms::read(headers)
    }

    /// The W3C form: `00-<trace id>-<span id>-<flags>`.
    pub fn traceparent(&self) -> String {
        format!("00-{}-{}-{:02x}", hex(&self.trace_id), hex(&self.span_id), self.flags)
    }

    /// The 25 bytes: trace id, span id, flags.
    pub fn to_bytes(&self) -> [u8; 25] {
        let mut bytes = [0; 25];
        bytes[..16].copy_from_slice(&self.trace_id);
        bytes[16..24].copy_from_slice(&self.span_id);
        bytes[24] = self.flags;
        bytes
    }

    /// From the 25 bytes; `None` if the trace id is all zero.
    pub fn from_bytes(bytes: &[u8; 25]) -> Option<Self> {
        let trace_id: [u8; 16] = std::array::from_fn(|at| bytes[at]);
        let span_id = std::array::from_fn(|at| bytes[16 + at]);
        (trace_id != [0; 16]).then_some(Self { trace_id, span_id, flags: bytes[24] })
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
    const SPAN: &str = "00f067aa0ba902b7";

    fn context(flags: u8) -> TraceContext {
        let number = |text: &str| u128::from_str_radix(text, 16).expect("hex of this test");
        let span = u64::from_str_radix(SPAN, 16).expect("hex of this test");
        TraceContext { trace_id: number(TRACE).to_be_bytes(), span_id: span.to_be_bytes(), flags }
    }

    fn read(headers: &[(&str, &str)]) -> Parsed {
        TraceContext::from_headers(headers.iter().map(|(name, value)| (*name, value.as_bytes())))
    }

    #[test]
    fn every_form_gives_the_same_context() {
        let forms: &[&[(&str, &str)]] = &[
            &[("TraceParent", &format!("00-{TRACE}-{SPAN}-01"))],
            &[("uber-trace-id", &format!("{TRACE}:{SPAN}:0:1"))],
            &[("uber-trace-id", &format!("{TRACE}%3A{}%3A0%3A1", SPAN.trim_start_matches('0')))],
            &[("b3", &format!("{TRACE}-{SPAN}-1"))],
            &[("b3", &format!("{TRACE}-{SPAN}-d-{SPAN}"))],
            &[("x-b3-traceid", TRACE), ("x-b3-spanid", SPAN), ("x-b3-sampled", "1")],
            &[("X-B3-TraceId", TRACE), ("X-B3-SpanId", SPAN), ("X-B3-Flags", "1")],
        ];
        for headers in forms {
            assert_eq!(read(headers), Parsed { context: Some(context(1)), ignored: 0 }, "{headers:?}");
        }
    }

    #[test]
    fn the_binary_form_is_29_bytes() {
        let mut bytes = vec![0, 0];
        bytes.extend(context(1).trace_id);
        bytes.push(1);
        bytes.extend(context(1).span_id);
        bytes.extend([2, 1]);
        let parsed = TraceContext::from_headers([("grpc-trace-bin", &bytes[..])]);
        assert_eq!(parsed.context, Some(context(1)));
        let cut = TraceContext::from_headers([("grpc-trace-bin", &bytes[..28])]);
        assert_eq!(cut, Parsed { context: None, ignored: 1 });
    }

    #[test]
    fn a_plain_trace_id_has_no_span() {
        let expected = TraceContext { span_id: [0; 8], ..context(0) };
        assert_eq!(read(&[("x-trace-id", TRACE)]).context, Some(expected));
        assert_eq!(read(&[("x-trace-id", "4bf92f35-77b3-4da6-a3ce-929d0e0e4736")]).context, Some(expected));
    }

    #[test]
    fn the_first_form_found_wins_and_malformed_ones_are_counted() {
        let parsed = read(&[
            ("x-trace-id", "ffffffffffffffffffffffffffffffff"),
            ("b3", &format!("{TRACE}-{SPAN}-0")),
            ("traceparent", "00-zz-zz-zz"),
            ("uber-trace-id", "1:2"),
        ]);
        assert_eq!(parsed, Parsed { context: Some(context(0)), ignored: 2 });
    }

    #[test]
    fn w3c_is_read_as_its_specification_says() {
        let malformed = [
            format!("ff-{TRACE}-{SPAN}-01"),
            format!("00-{}-{SPAN}-01", "0".repeat(32)),
            format!("00-{TRACE}-{}-01", "0".repeat(16)),
            format!("00-{}-{SPAN}-01", TRACE.to_uppercase()),
            format!("00-{TRACE}-{SPAN}-01-extra"),
            format!("00-{TRACE}-{SPAN}"),
            String::new(),
        ];
        for value in malformed {
            assert_eq!(read(&[("traceparent", &value)]), Parsed { context: None, ignored: 1 }, "{value}");
        }
        let later = format!("01-{TRACE}-{SPAN}-01-more");
        assert_eq!(read(&[("traceparent", &later)]).context, Some(context(1)), "a later version may carry more");
    }

    #[test]
    fn a_b3_refusal_to_sample_is_no_context_and_no_mistake() {
        assert_eq!(read(&[("b3", "0")]), Parsed::default());
    }

    #[test]
    fn the_25_bytes_come_back() {
        assert_eq!(TraceContext::from_bytes(&context(1).to_bytes()), Some(context(1)));
        assert_eq!(TraceContext::from_bytes(&[0; 25]), None);
        assert_eq!(context(1).traceparent(), format!("00-{TRACE}-{SPAN}-01"));
    }
}

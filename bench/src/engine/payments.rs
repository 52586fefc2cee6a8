//! Payments through the twenty rules of examples/payments, in one thread, without reading files or writing decisions.

use std::hint::black_box;
use std::time::Instant;

use fishplate::{Event, RuleSet};
use fishplate_payments::Deliveries;
use fishplate_payments::forms::write_message;

use crate::events::{engine, load};
use crate::measure::{Case, Family, Reading, Scale};

const RULES: &str = include_str!("../../../examples/payments/rules.yaml");
const PROTO: &str = include_str!("../../../examples/payments/payment.proto");

pub(crate) struct Payments {
    scale: Scale,
    rules: RuleSet,
    without_rules: RuleSet,
    /// The messages one after the other, and where each ends.
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl Payments {
    pub(crate) fn new(scale: Scale) -> Self {
        let mut bytes = Vec::new();
        let ends = Deliveries::new(1, scale.pick(300_000, 10_000)).map(|delivery| {
            write_message(&delivery.payment, &mut bytes);
            bytes.len()
        });
        let ends = ends.collect();
        let files = [("rules.yaml", RULES), ("payment.proto", PROTO)];
        let without_rules = "fishplate: 1\nname: none\nschema: payment.proto#risk.v1.Payment\nevent: {time: at}\n\
                             rules: [{id: R, when: event.amount < 0.0}]\n";
        Self {
            scale,
            rules: load("rules.yaml", &files),
            without_rules: load("none.yaml", &[("none.yaml", without_rules), ("payment.proto", PROTO)]),
            bytes,
            ends,
        }
    }

    /// All payments through an engine that knows none yet: payments a second.
    fn rate(&self, rules: &RuleSet) -> f64 {
        let mut engine = engine(rules);
        let mut from = 0;
        let start = Instant::now();
        for end in &self.ends {
            let decision = engine.decide(Event::protobuf(&self.bytes[from..*end]));
            debug_assert!(decision.is_ok());
            black_box(&decision);
            from = *end;
        }
        self.ends.len() as f64 / start.elapsed().as_secs_f64()
    }
}

impl Family for Payments {
    fn cases(&self) -> Vec<Case> {
        vec![Case {
            name: "payments through twenty rules, one thread".into(),
            unit: "events/s".into(),
            reference: "the same payments through one rule without windows".into(),
            target: None,
            about: format!(
                "{} payments of thirty days (seed 1), from protobuf to decisions by examples/payments/rules.yaml: 22 \
                 windows, partitioned by card, with the check for repeats; each round begins with empty windows.",
                self.ends.len()
            ),
            curve: None,
        }]
    }

    fn rounds(&self) -> usize {
        self.scale.pick(7, 2)
    }

    fn read(&mut self, _case: usize) -> Reading {
        let before = self.rate(&self.without_rules);
        let value = self.rate(&self.rules);
        Reading { value, limits: [before, self.rate(&self.without_rules)] }
    }
}

//! The same rules in engines that others made, each with the event bound in the form that it evaluates fastest.

use cel::{Context, Program};
use datalogic_rs::bumpalo::Bump;
use datalogic_rs::datavalue::OwnedDataValue;
use zen_expression::expression::Standard;
use zen_expression::variable::Variable;
use zen_expression::vm::VM;

use super::sets::{Closure, Constants, Native, Shape, cel as cel_text, constants, native};

/// Something that says how many rules of a set hold of one event.
pub(super) trait Peer {
    fn matches(&mut self) -> usize;
}

/// The peers, by the names that the page gives them.
pub(super) const NAMES: [&str; 5] =
    ["native closures", "cel 0.15.0", "zen-expression 2.1.6", "datalogic-rs 5.4.0", "regorus 0.14.1"];

pub(super) fn peer(name: &str, shape: Shape, rules: usize, amount: f64) -> Box<dyn Peer> {
    let event = Native::new(amount);
    match name {
        "cel 0.15.0" => Box::new(Cel::new(shape, rules, &event)),
        "zen-expression 2.1.6" => Box::new(Zen::new(shape, rules, &event)),
        "datalogic-rs 5.4.0" => Box::new(Datalogic::new(shape, rules, &event)),
        "regorus 0.14.1" => Box::new(Rego::new(shape, rules, &event)),
        _ => Box::new(Closures { rules: (0..rules).map(|at| native(shape, at)).collect(), event }),
    }
}

struct Closures {
    rules: Vec<Closure>,
    event: Native,
}

impl Peer for Closures {
    fn matches(&mut self) -> usize {
        let event = std::hint::black_box(&self.event);
        self.rules.iter().filter(|rule| rule(event)).count()
    }
}

struct Cel {
    rules: Vec<Program>,
    context: Context<'static, 'static>,
}

impl Cel {
    fn new(shape: Shape, rules: usize, event: &Native) -> Self {
        let program = |at| Program::compile(&cel_text(shape, at, "")).expect("a good rule");
        let mut context = Context::default();
        context.add_variable_from_value("amount", event.amount);
        context.add_variable_from_value("card_age_days", i64::from(event.card_age_days));
        context.add_variable_from_value("counts", event.counts.clone());
        for (name, text) in [("country", &event.country), ("channel", &event.channel), ("email", &event.email)] {
            context.add_variable_from_value(name, text.clone());
        }
        Self { rules: (0..rules).map(program).collect(), context }
    }
}

impl Peer for Cel {
    fn matches(&mut self) -> usize {
        let holds = |rule: &&Program| matches!(rule.execute(&self.context), Ok(cel::Value::Bool(true)));
        self.rules.iter().filter(holds).count()
    }
}

/// The event as JSON.
fn json(event: &Native) -> serde_json::Value {
    serde_json::json!({
        "amount": event.amount, "country": event.country, "channel": event.channel, "email": event.email,
        "card_age_days": event.card_age_days,
    })
}

struct Zen {
    rules: Vec<zen_expression::Expression<Standard>>,
    event: Variable,
    machine: VM,
}

impl Zen {
    fn new(shape: Shape, rules: usize, event: &Native) -> Self {
        let rule = |at| {
            let Constants { amount, countries: [a, b, c], days, channel } = constants(shape, at);
            let text = match shape {
                Shape::A => format!("amount > {amount:?} and country != \"{a}\""),
                _ => format!(
                    "amount > {amount:?} and (country in [\"{a}\", \"{b}\", \"{c}\"] or card_age_days < {days}) and \
                     channel == \"{channel}\" and not endsWith(email, \"@corp.example\")"
                ),
            };
            zen_expression::compile_expression(&text).expect("a good rule")
        };
        Self { rules: (0..rules).map(rule).collect(), event: json(event).into(), machine: VM::new() }
    }
}

impl Peer for Zen {
    fn matches(&mut self) -> usize {
        let Self { rules, event, machine } = self;
        let holds = |rule: &zen_expression::Expression<Standard>, machine: &mut VM| {
            matches!(rule.evaluate_with(event.clone(), machine), Ok(Variable::Bool(true)))
        };
        rules.iter().filter(|rule| holds(rule, machine)).count()
    }
}

struct Datalogic {
    engine: datalogic_rs::Engine,
    rules: Vec<datalogic_rs::Logic>,
    event: OwnedDataValue,
    arena: Bump,
}

impl Datalogic {
    fn new(shape: Shape, rules: usize, event: &Native) -> Self {
        let engine = datalogic_rs::Engine::new();
        let var = |name: &str| serde_json::json!({ "var": name });
        let rule = |at| {
            let Constants { amount, countries, days, channel } = constants(shape, at);
            let logic = match shape {
                Shape::A => serde_json::json!({"and": [
                    {">": [var("amount"), amount]}, {"!=": [var("country"), countries[0]]},
                ]}),
                _ => serde_json::json!({"and": [
                    {">": [var("amount"), amount]},
                    {"or": [{"in": [var("country"), countries]}, {"<": [var("card_age_days"), days]}]},
                    {"==": [var("channel"), channel]},
                    {"!": [{"ends_with": [var("email"), "@corp.example"]}]},
                ]}),
            };
            engine.compile(logic.to_string().as_str()).expect("a good rule")
        };
        let rules = (0..rules).map(rule).collect();
        let event = OwnedDataValue::from_json(&json(event).to_string()).expect("JSON");
        Self { engine, rules, event, arena: Bump::new() }
    }
}

impl Peer for Datalogic {
    fn matches(&mut self) -> usize {
        self.arena.reset();
        let Self { engine, rules, event, arena } = self;
        let holds = |rule: &&datalogic_rs::Logic| {
            engine.evaluate(rule, &*event, arena).is_ok_and(|value| value.as_bool() == Some(true))
        };
        rules.iter().filter(holds).count()
    }
}

struct Rego {
    policy: regorus::CompiledPolicy,
    event: regorus::Value,
}

impl Rego {
    fn new(shape: Shape, rules: usize, event: &Native) -> Self {
        let mut text = "package bench\nimport rego.v1\n".to_owned();
        for at in 0..rules {
            let Constants { amount, countries: [a, b, c], days, channel } = constants(shape, at);
            text += &match shape {
                Shape::A => format!("hit contains {at} if {{ input.amount > {amount:?}; input.country != \"{a}\" }}\n"),
                _ => format!(
                    "near_{at} if input.country in {{\"{a}\", \"{b}\", \"{c}\"}}\nnear_{at} if input.card_age_days < \
                     {days}\nhit contains {at} if {{ input.amount > {amount:?}; near_{at}; input.channel == \
                     \"{channel}\"; not endswith(input.email, \"@corp.example\") }}\n"
                ),
            };
        }
        let mut engine = regorus::Engine::new();
        engine.add_policy("bench.rego".into(), text).expect("a good policy");
        let policy = engine.compile_with_entrypoint(&"data.bench.hit".into()).expect("a good policy");
        Self { policy, event: regorus::Value::from_json_str(&json(event).to_string()).expect("JSON") }
    }
}

impl Peer for Rego {
    fn matches(&mut self) -> usize {
        let found = self.policy.eval_with_input(self.event.clone());
        found.ok().and_then(|value| value.as_set().ok().map(|set| set.len())).unwrap_or(usize::MAX)
    }
}

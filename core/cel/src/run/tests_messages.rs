//! Messages as values. Expectations are derived by hand from the specification and protobuf's rules.

use std::sync::Arc;

use crate::{
    Absent, Bounds, Code, Env, EvalError, Field, Leaf, Message, MessageType, Shape, Slot, Slots, Type, Value, check,
    message::Scalar, parse, plan,
};

fn field(name: &str, number: u32, ty: Type, leaf: Leaf, absent: Absent) -> Field {
    let explicit = !matches!(leaf, Leaf::Int32 | Leaf::String);
    let shape = Shape::One(leaf);
    Field { name: name.into(), number, ty, shape, absent, explicit, oneof: None, extension: false }
}

fn node() -> MessageType {
    let message = || Type::Message("t.Node".into());
    let empty = || Absent::Default(Value::list(Vec::new()));
    let children = field("children", 4, Type::list(message()), Leaf::Message, empty());
    MessageType::new(
        "t.Node",
        vec![
            field("id", 1, Type::Int, Leaf::Int32, Absent::Default(Value::Int(0))),
            field("name", 2, Type::String, Leaf::String, Absent::Default("".into())),
            field("next", 3, message(), Leaf::Message, Absent::Empty),
            Field { shape: Shape::List(Leaf::Message), ..children },
            field(
                "limit",
                5,
                Type::Wrapper(Type::Int.into()),
                Leaf::Wrapper(Scalar::Int64),
                Absent::Default(Value::Null),
            ),
            field("any", 6, Type::Dyn, Leaf::Any, Absent::Default(Value::Null)),
            field("json", 7, Type::Dyn, Leaf::Json, Absent::Default(Value::Null)),
        ],
    )
}

fn env() -> Env {
    let mut env = Env::default();
    env.container("t");
    env.message_type(node());
    env.whole_messages();
    env.variable("node", Type::Message("t.Node".into()));
    env
}

fn run_with(source: &str, node: Option<Value>) -> Result<Value, EvalError> {
    let ast =
        parse(source, Bounds { depth: 250, nodes: 10_000 }).unwrap_or_else(|errors| panic!("{source}: {errors:?}"));
    let checked = check(source, &ast, &env(), None).unwrap_or_else(|errors| panic!("{source}: {errors:?}"));
    let mut slots = Slots::default();
    let program = plan(&checked, &mut slots);
    let table: Vec<Slot> = slots.paths().iter().map(|_| node.clone().map_or(Slot::Absent, Slot::Value)).collect();
    program.run(&table, 1_000_000)
}

fn all_true(sources: &[&str]) {
    for source in sources {
        assert_eq!(run_with(source, None), Ok(Value::Bool(true)), "{source}");
    }
}

#[test]
fn a_literal_has_the_fields_that_it_names() {
    all_true(&[
        "Node{id: 1}.id == 1 && Node{}.id == 0 && Node{}.name == ''",
        "has(Node{id: 1}.id) && !has(Node{id: 0}.id) && !has(Node{}.next) && has(Node{next: Node{}}.next)",
        "Node{}.next.next.id == 0 && Node{next: Node{id: 2}}.next.id == 2",
        "Node{id: 1, name: 'a'} == Node{name: 'a', id: 1} && Node{id: 1} != Node{id: 2} && Node{id: 0} == Node{}",
        "type(Node{}) == t.Node && type(Node{}) == Node && dyn(Node{}).id == 0",
        "Node{children: [Node{id: 1}, Node{id: 2}]}.children.map(c, c.id) == [1, 2]",
        "Node{?id: optional.none()} == Node{} && Node{?id: optional.of(1)}.?id.orValue(5) == 1",
    ]);
}

#[test]
fn the_well_known_messages_are_other_values() {
    all_true(&[
        "Node{}.limit == null && Node{limit: 5}.limit == 5 && Node{limit: null} == Node{} && Node{limit: 0}.limit == 0",
        "google.protobuf.Int64Value{value: 3} == 3 && google.protobuf.Duration{seconds: 1} == duration('1s')",
        "Node{any: Node{id: 1}}.any == Node{id: 1} && Node{any: 1}.any == 1",
        "Node{json: [1, 'a', {'b': true}]}.json == [1.0, 'a', {'b': true}] && Node{json: b'hi'}.json == 'aGk='",
        "google.protobuf.Any{type_url: 'type.googleapis.com/t.Node', value: b'\\x08\\x05\\x12\\x01a'} == Node{id: 5, name: 'a'}",
    ]);
    let error = run_with("google.protobuf.Any{type_url: 'x/t.Node', value: b'\\x08'}", None).expect_err("cut off");
    assert_eq!(error.code, Code::BAD_CONVERSION);
}

#[test]
fn what_no_field_holds_is_an_error() {
    let code = |source: &str| run_with(source, None).expect_err(source).code;
    assert_eq!(code("Node{id: 2147483648}"), Code::BAD_CONVERSION);
    assert_eq!(code("Node{id: dyn('a')}"), Code::NO_SUCH_OVERLOAD);
    assert_eq!(code("dyn(Node{}).nobody"), Code::UNKNOWN_FIELD);
    let mistake = |source: &str| {
        let ast = parse(source, Bounds { depth: 250, nodes: 10_000 }).expect(source);
        let errors = check(source, &ast, &env(), None).expect_err(source);
        (errors[0].code, errors[0].suggestion.clone().unwrap_or_default())
    };
    assert_eq!(mistake("Node{nmae: 'a'}"), (Code::UNKNOWN_FIELD, "did you mean \"name\"?".to_owned()));
    assert_eq!(mistake("Noda{id: 1}"), (Code::UNKNOWN_NAME, "did you mean \"Node\"?".to_owned()));
    assert_eq!(mistake("Node{id: 'a'}").0, Code::WRONG_TYPE);
    assert_eq!(mistake("Node{id: 1.0}"), (Code::WRONG_TYPE, "write 1".to_owned()));
    assert_eq!(mistake("Node{}.nmae").1, "did you mean \"name\"?");
}

#[test]
fn a_message_in_a_slot_is_a_value_where_it_is_used_as_one() {
    let mut message = Message::empty(Arc::new(node()));
    message.set(0, Value::Int(3));
    let given = Some(Value::Message(message.into()));
    for source in ["node == Node{id: 3}", "[node].exists(n, n.id == 3)", "cel.bind(n, node, n.id + n.next.id) == 3"] {
        assert_eq!(run_with(source, given.clone()), Ok(Value::Bool(true)), "{source}");
    }
    assert_eq!(run_with("node == Node{}", None).expect_err("absent").code, Code::ABSENT_FIELD);
    assert_eq!(run_with("node.next == Node{}", None), Ok(Value::Bool(true)), "an absent field is empty");
}

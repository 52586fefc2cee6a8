//! Objects as hosts hold them: turns, re-entry, closing, parents.

use std::sync::mpsc;

use fishplate::{HostFields, HostValue};

use super::*;

const RULES: &str = "fishplate: 1
name: objects
schema: {fields: {amount: double}}
outputs:
  score: {type: int, merge: sum, default: 0}
rules:
  - {id: R1, when: event.amount > 1.0, output: {score: 1}}
";

pub(crate) fn opened() -> Arc<EngineObject> {
    let nothing = &mut |_: &str| Err(std::io::ErrorKind::NotFound.into());
    let rules = RuleSetObject::from_text("rules.yaml", RULES, nothing, &Limits::default()).expect("a rule set");
    EngineObject::open(&rules, Options::default()).expect("an engine")
}

/// An event whose reading runs code of the host's, as a Python mapping's can.
struct Calling<'a>(&'a (dyn Fn() + Sync));

impl HostFields for Calling<'_> {
    fn get(&self, _name: &str) -> Option<HostValue<'_>> {
        self.0();
        Some(HostValue::Double(2.0))
    }

    fn len(&self) -> usize {
        1
    }

    fn entry(&self, _at: usize) -> Option<(HostValue<'_>, HostValue<'_>)> {
        None
    }
}

#[test]
fn using_an_engine_while_it_reads_an_event_on_the_same_thread_is_refused_and_never_hangs() {
    let engine = opened();
    let inner = || {
        let error = engine.lock().expect_err("refused");
        assert_eq!((error.status, error.code()), (Status::FailedPrecondition, codes::RE_ENTERED));
        assert_eq!(engine.try_lock().expect_err("refused").code(), codes::RE_ENTERED);
        assert_eq!(engine.wait().expect_err("refused").code(), codes::RE_ENTERED);
    };
    let fields = Calling(&inner);
    let decision = engine.lock().expect("free").decide(Event::fields(&fields)).expect("the outer call goes on");
    assert_eq!(decision.matched().collect::<Vec<_>>(), ["R1"]);
    assert!(engine.try_lock().expect("usable").is_some(), "and the engine is free afterwards");
}

#[test]
fn a_thread_that_may_not_wait_is_told_that_another_one_decides() {
    let engine = opened();
    let (inside, is_inside) = mpsc::channel();
    let (leave, may_leave) = mpsc::channel::<()>();
    let (inside, may_leave) = (Mutex::new(inside), Mutex::new(may_leave));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let hold = || {
                inside.lock().expect("this thread's").send(()).expect("the test listens");
                may_leave.lock().expect("this thread's").recv().expect("the test lets go");
            };
            engine.lock().expect("free").decide(Event::fields(&Calling(&hold))).expect("decided");
        });
        is_inside.recv().expect("the other thread decides");
        assert!(engine.try_lock().expect("usable").is_none());
        leave.send(()).expect("the other thread waits");
        engine.wait().expect("the other thread ends");
    });
    assert!(engine.try_lock().expect("usable").is_some());
}

#[test]
fn a_closed_engine_refuses_and_a_decision_in_the_middle_ends_normally() {
    let engine = opened();
    let close = || engine.close();
    let fields = Calling(&close);
    assert!(engine.lock().expect("open").decide(Event::fields(&fields)).is_ok());
    engine.close();
    assert!(engine.is_closed());
    assert_eq!(engine.lock().expect_err("closed").code(), codes::CLOSED);
    assert_eq!(engine.try_lock().expect_err("closed").code(), codes::CLOSED);
}

#[test]
fn an_engine_keeps_its_rule_set_alive() {
    let engine = opened();
    assert_eq!(Arc::strong_count(&engine.rule_set()), 2, "the engine and whoever asks");
    assert_eq!(engine.rule_set().rule_set().expect("not forked").name(), "objects");
    assert!(engine.lock().expect("open").decide(Event::json(b"{}")).is_ok());
}

#[test]
fn a_panic_while_deciding_breaks_the_engine_for_good() {
    let engine = opened();
    let fail = || panic!("the host failed");
    let error = engine.lock().expect("open").decide(Event::fields(&Calling(&fail))).expect_err("broken");
    assert_eq!((error.status, error.code()), (Status::Internal, codes::INTERNAL));
    assert!(error.to_string().contains("the host failed"));
    assert_eq!(engine.lock().expect_err("broken").code(), codes::ENGINE_BROKEN);
    let again = opened();
    assert!(again.lock().is_ok(), "another engine goes on");
}

#[test]
fn a_shared_engine_is_reachable_until_it_is_closed() {
    let (first, second) = (opened(), opened());
    first.share("objects-shared").expect("the name is free");
    first.share("objects-again").expect("an engine may have several names");
    assert_eq!(second.share("objects-shared").expect_err("taken").code(), codes::NAME_TAKEN);
    first.close();
    assert_eq!(first.share("objects-shared").expect_err("closed").code(), codes::CLOSED);
    second.share("objects-shared").expect("the name is free again, though somebody still holds the engine");
    second.share("objects-again").expect("and the other one");
}

#[test]
fn a_closed_engine_ends_the_sessions_that_reach_it() {
    let engine = opened();
    engine.share("objects-ends").expect("the name is free");
    let session = fishplate_transport::connect("inproc:objects-ends", &Default::default()).expect("it is there");
    engine.close();
    let end = session.receive(None).expect("the last word");
    let fishplate_transport::Received::End(last_word) = end else { panic!("the last word: {end:?}") };
    assert_eq!((last_word.status, last_word.watermark), (Status::Unavailable, 0));
}

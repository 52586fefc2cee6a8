//! Sessions as hosts hold them, over an engine that is shared in process.

use fishplate::session::State;
use fishplate::{Status, codes};
use fishplate_transport::Body;

use super::*;
use crate::objects::tests::opened;

fn sent(session: &SessionObject) -> u64 {
    session.send(&Outgoing::new(Body::Json(b"{}")), None).expect("there is room")
}

fn sequence_of(received: Result<Received, Error>) -> u64 {
    match received.expect("something came") {
        Received::Outcome { sequence, .. } => sequence,
        Received::End(_) => panic!("an outcome, not the end"),
    }
}

#[test]
fn what_could_not_be_handed_over_comes_again_in_its_order() {
    let engine = opened();
    engine.share("sessions-order").expect("the name is free");
    let session = SessionObject::open("inproc:sessions-order", &SessionOptions::default()).expect("it is there");
    (1..=4).for_each(|sequence| assert_eq!(sent(&session), sequence));
    session.half_close().expect("streaming");
    let mut taken: Vec<_> = (0..4).map(|_| session.receive(None).expect("decided")).collect();
    taken.push(session.receive(None).expect("the last word"));
    for received in taken.drain(1..).rev() {
        session.put_back(received);
    }
    (2..=4).for_each(|sequence| assert_eq!(sequence_of(session.receive(None)), sequence));
    assert!(matches!(session.receive(None), Ok(Received::End(last_word)) if last_word.watermark == 4));
    assert!(matches!(session.report().expect("not forked").state, State::Done(Status::Ok)));
}

#[test]
fn a_session_that_is_closed_refuses_and_may_be_closed_again() {
    let engine = opened();
    engine.share("sessions-closed").expect("the name is free");
    let session = SessionObject::open("inproc:sessions-closed", &SessionOptions::default()).expect("it is there");
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| session.receive(None).expect_err("woken").code());
        std::thread::sleep(Duration::from_millis(20));
        session.close().expect("not forked");
        // On a busy machine the thread may come after the close.
        assert!([codes::CLOSED_MEANWHILE, codes::CLOSED].contains(&waiting.join().expect("woken")));
    });
    session.close().expect("any number of times");
    assert_eq!(session.receive(None).expect_err("closed").code(), codes::CLOSED);
    assert_eq!(session.cancel().expect_err("closed").code(), codes::CLOSED);
}

#[test]
fn a_session_that_its_host_does_not_carry_says_so() {
    let engine = opened();
    engine.share("sessions-carried").expect("the name is free");
    let session = SessionObject::open("inproc:sessions-carried", &SessionOptions::default()).expect("it is there");
    assert_eq!(session.carried().err().map(|error| error.code()), Some(codes::BAD_ARGUMENT));
    assert!(SessionObject::carried_by_host(&SessionOptions::default()).is_ok_and(|own| own.carried().is_ok()));
}

//! Clients that get it wrong, and what they are told: the call's status before there is a session, the session's last word where
//! it broke a promise, an outcome where only one event is wrong.

use fishplate::{Status, codes};
use fishplate_transport::hub::HubOptions;
use fishplate_transport::wire::proto::{DecideRequest, Event, Map, event};
use prost::Message as _;

use crate::raw::{
    Call, Refusal, client, event, events, last_word, naming, opening, opening_with, refusal, result, runtime,
};
use crate::rules::{Judge, reading};
use crate::server::Server;

/// How the server answers a session that begins with `first`.
fn refused(server: &Server, first: DecideRequest) -> Refusal {
    runtime().block_on(async {
        let opened = Call::open(&mut client(server).await, first).await;
        refusal(&opened.err().expect("the server takes no such session"))
    })
}

const MISTAKE: Refusal = (Status::InvalidArgument, Some(codes::PEER_MISTAKE));

#[test]
fn a_session_that_is_opened_wrongly_is_refused_with_the_calls_status() {
    let server = Server::start(Judge::new());
    assert_eq!(refused(&server, naming()), MISTAKE, "nothing is opened");
    assert_eq!(refused(&server, events(1, vec![event(&reading("a", 1))])), MISTAKE, "an event comes first");
    for id in [&b""[..], &[7; 15], &[7; 17], &[0; 16]] {
        let first = DecideRequest { session_id: id.to_vec().into(), ..opening() };
        assert_eq!(refused(&server, first), MISTAKE, "{id:?}");
    }
    assert_eq!(refused(&server, DecideRequest { epoch: 0, ..opening() }), MISTAKE);
    let no_terms = opening_with(|open| open.deadline = None);
    assert_eq!(refused(&server, no_terms), (Status::InvalidArgument, Some(codes::NO_DEADLINE)));
    let half_the_terms = opening_with(|open| open.idle_timeout = open.deadline.take());
    assert_eq!(refused(&server, half_the_terms), (Status::InvalidArgument, Some(codes::NO_DEADLINE)));
    let negative = opening_with(|open| open.deadline = Some(prost_types::Duration { seconds: -1, nanos: 0 }));
    assert_eq!(refused(&server, negative), (Status::InvalidArgument, Some(codes::BAD_ARGUMENT)));
    let unknown = opening_with(|open| open.rule_set = "flights".into());
    assert_eq!(refused(&server, unknown), (Status::NotFound, Some(codes::UNKNOWN_RULE_SET)));
    let resumed = opening_with(|open| open.resume = true);
    assert_eq!(refused(&server, resumed), (Status::DataLoss, Some(codes::UNKNOWN_SESSION)));
    assert_eq!(server.hub.counts().sessions, 0, "none of them left anything behind");
}

#[test]
fn a_call_that_ends_before_it_opens_anything_is_refused() {
    let server = Server::start(Judge::new());
    runtime().block_on(async {
        let nothing = tokio_stream::iter(Vec::<DecideRequest>::new());
        let status = client(&server).await.decide(nothing).await.expect_err("there is no session");
        assert_eq!(refusal(&status), MISTAKE);
    });
}

#[test]
fn a_timeout_of_the_call_is_a_deadline_of_the_session() {
    let server = Server::start(Judge::new());
    runtime().block_on(async {
        let first = opening_with(|open| open.deadline = None);
        let with_timeout = |stream| {
            let mut request = tonic::Request::new(stream);
            request.metadata_mut().insert("grpc-timeout", "30S".parse().expect("ASCII"));
            request
        };
        let mut call = Call::open_as(&mut client(&server).await, first, with_timeout).await.expect("it has a deadline");
        assert!(call.next().await.expect("a response").expect("a response").welcome.is_some());
    });
}

/// Sends `requests` into a session of four events; gives its last word and how the call ended.
fn ending(server: &Server, requests: Vec<DecideRequest>) -> (Option<(Refusal, u64)>, Result<(), Refusal>) {
    runtime().block_on(async {
        let first = opening_with(|open| open.window_events = 4);
        let mut call = Call::open(&mut client(server).await, first).await.expect("the session opens");
        for request in requests {
            call.send(request).await;
        }
        let (_, done, ended) = call.rest().await;
        (done.map(|done| last_word(Some(done))), ended.map_err(|status| refusal(&status)))
    })
}

#[test]
fn a_broken_promise_ends_the_session_with_its_last_word() {
    let some = |count: u64| (1..=count).map(|at| event(&reading("a", at))).collect::<Vec<_>>();
    let internal = (Status::Internal, Some(codes::PEER_MISTAKE));
    let too_much = (Status::ResourceExhausted, Some(codes::PEER_MISTAKE));
    let cases = [
        ("a gap before the first event", vec![events(2, some(1))], internal),
        ("a gap between two requests", vec![events(1, some(2)), events(4, some(1))], internal),
        ("more than the credit", vec![events(1, some(5))], too_much),
        ("an outcome acknowledged that never was", vec![DecideRequest { ack: 9, ..naming() }], internal),
    ];
    for (what, requests, expected) in cases {
        let judge = Judge::new();
        let server = Server::start(judge.clone());
        let (last, ended) = ending(&server, requests);
        let (refusal, watermark) = last.expect("a last word");
        assert_eq!(refusal, expected, "{what}");
        assert_eq!(watermark, judge.counters().accepted, "{what}: decided up to there, and nothing after it");
        assert_eq!(ended, Ok(()), "{what}: the last word says it all");
    }
}

#[test]
fn a_request_that_makes_no_sense_ends_its_call_and_not_the_session() {
    let giant = Event { body: Some(event::Body::Json(vec![b' '; 17 << 20].into())), ..Event::default() };
    let cases: [(&str, DecideRequest, Refusal); 7] = [
        ("another session", DecideRequest { session_id: vec![1; 16].into(), ..naming() }, MISTAKE),
        ("no session", DecideRequest { session_id: Vec::new().into(), ..naming() }, MISTAKE),
        ("another epoch", DecideRequest { epoch: 2, ..naming() }, MISTAKE),
        ("an unknown signal", DecideRequest { signal: 9, ..naming() }, MISTAKE),
        ("a second opening", opening(), MISTAKE),
        ("an event without a sequence", events(0, vec![event(&reading("a", 1))]), MISTAKE),
        ("a giant", events(1, vec![giant]), (Status::InvalidArgument, Some(codes::LIMIT_EVENT_BYTES))),
    ];
    for (what, request, expected) in cases {
        let server = Server::start(Judge::new());
        let (last, ended) = ending(&server, vec![request]);
        assert_eq!((last, ended), (None, Err(expected)), "{what}");
        runtime().block_on(async {
            let again = DecideRequest { epoch: 2, ..opening_with(|open| open.resume = true) };
            let mut call = Call::open(&mut client(&server).await, again).await.expect("it is still there");
            assert!(call.next().await.expect("a response").expect("a response").welcome.is_some(), "{what}");
        });
    }
}

#[test]
fn what_comes_after_a_half_close_is_not_decided() {
    let judge = Judge::new();
    let server = Server::start(judge.clone());
    let half_closed = DecideRequest { signal: 1, ..events(1, vec![event(&reading("a", 1))]) };
    let (last, ended) = ending(&server, vec![half_closed, events(2, vec![event(&reading("a", 2))])]);
    // The session may be over before the second request is there: then nobody hears of it.
    let (refusal, watermark) = last.expect("a last word");
    assert!(matches!((refusal.0, watermark), (Status::Ok, 1) | (Status::Internal, 0 | 1)), "{refusal:?} {watermark}");
    assert_eq!((ended, judge.counters().accepted), (Ok(()), watermark));
}

#[test]
fn an_event_that_is_wrong_is_refused_in_its_own_place() {
    let server = Server::start(Judge::new());
    let body = |body| Event { body: Some(body), ..Event::default() };
    let nothing = event::Body::Fields(Map::default().encode_to_vec().into());
    let sent = vec![
        event(&reading("a", 1)),
        Event::default(),
        body(event::Body::Protobuf(vec![0xff].into())),
        body(event::Body::Fields(vec![0xff].into())),
        body(event::Body::Json(vec![b'{'].into())),
        body(nothing),
        Event { trace: vec![1, 2, 3].into(), ..event(&reading("a", 2)) },
        Event { deadline: Some(prost_types::Timestamp { seconds: 1, nanos: 0 }), ..event(&reading("a", 3)) },
        event(&reading("a", 4)),
    ];
    let expected = [
        Ok(1),
        Err(codes::MALFORMED_PROTOBUF),
        Err(codes::MALFORMED_PROTOBUF),
        Err(codes::MALFORMED_PROTOBUF),
        Err(codes::MALFORMED_JSON),
        Err(codes::MISSING_TIME),
        Ok(1),
        Err(codes::EVENT_EXPIRED),
        Ok(1),
    ];
    runtime().block_on(async {
        let mut call = Call::open(&mut client(&server).await, opening()).await.expect("the session opens");
        call.send(DecideRequest { signal: 1, ..events(1, sent) }).await;
        let (outcomes, done, ended) = call.rest().await;
        assert_eq!(outcomes.iter().map(|outcome| outcome.sequence).collect::<Vec<_>>(), (1..=9).collect::<Vec<_>>());
        let results: Vec<_> = outcomes
            .into_iter()
            .map(|outcome| result(outcome).map(|decision| decision.matched().count()).map_err(|error| error.code()))
            .collect();
        assert_eq!(results, expected);
        assert_eq!((last_word(done), ended.is_ok()), (((Status::Ok, None), 9), true));
    });
}

#[test]
fn an_event_over_the_engines_limit_is_refused_in_its_own_place() {
    let server = Server::start(Judge::new());
    let large = Event { body: Some(event::Body::Json(vec![b' '; (1 << 20) + 1].into())), ..Event::default() };
    runtime().block_on(async {
        let mut call = Call::open(&mut client(&server).await, opening()).await.expect("the session opens");
        call.send(events(1, vec![large])).await;
        let outcome = call.outcomes(1).await.remove(0);
        assert_eq!(result(outcome).map_err(|error| error.code()).err(), Some(codes::LIMIT_EVENT_BYTES));
        call.send(DecideRequest { ack: 1, ..events(2, vec![event(&reading("a", 1))]) }).await;
        assert!(result(call.outcomes(1).await.remove(0)).is_ok());
    });
}

#[test]
fn a_later_epoch_ends_the_earlier_call_and_hears_what_it_missed() {
    let judge = Judge::new();
    let server = Server::start(judge.clone());
    runtime().block_on(async {
        let mut client = client(&server).await;
        let mut first = Call::open(&mut client, opening()).await.expect("the session opens");
        first.send(events(1, (1..=3).map(|at| event(&reading("a", at))).collect())).await;
        first.outcomes(3).await;
        let takes_over = opening_with(|open| (open.resume, open.received) = (true, 1));
        let mut second =
            Call::open(&mut client, DecideRequest { epoch: 2, ..takes_over.clone() }).await.expect("it is later");
        let (_, done, ended) = first.rest().await;
        assert_eq!(done, None);
        assert_eq!(ended.map_err(|status| refusal(&status)), Err((Status::Aborted, Some(codes::FENCED))));
        let sequences: Vec<u64> = second.outcomes(2).await.iter().map(|outcome| outcome.sequence).collect();
        assert_eq!(sequences, [2, 3]);
        assert_eq!(judge.counters().accepted, 3, "nothing was decided again");
        for epoch in [1, 2] {
            let late = Call::open(&mut client, DecideRequest { epoch, ..takes_over.clone() }).await;
            let refused = refusal(&late.err().expect("it is not later"));
            assert_eq!(refused, (Status::Aborted, Some(codes::FENCED)), "{epoch}");
        }
    });
}

#[test]
fn what_a_client_shed_is_skipped_before_the_events_of_the_same_request() {
    let judge = Judge::new();
    let server = Server::start(judge.clone());
    let shed = DecideRequest { shed_through: 5, signal: 1, ..events(6, vec![event(&reading("a", 6))]) };
    let (last, ended) = ending(&server, vec![shed]);
    assert_eq!((last, ended), (Some(((Status::Ok, None), 6)), Ok(())));
    assert_eq!(judge.counters().accepted, 1);
}

#[test]
fn a_server_that_has_all_the_sessions_it_allows_takes_no_more() {
    let server = Server::with(Judge::new(), HubOptions { max_sessions: 1, ..HubOptions::default() });
    runtime().block_on(async {
        let mut client = client(&server).await;
        let mut call = Call::open(&mut client, opening()).await.expect("there is room for one");
        let other = DecideRequest { session_id: vec![9; 16].into(), ..opening() };
        let second = Call::open(&mut client, other.clone()).await;
        let refused = refusal(&second.err().expect("there is no room for two"));
        assert_eq!(refused, (Status::ResourceExhausted, Some(codes::TOO_MANY_SESSIONS)));
        call.send(DecideRequest { signal: 1, ..naming() }).await;
        let (_, done, _) = call.rest().await;
        assert_eq!(last_word(done), ((Status::Ok, None), 0));
        // A session that has ended makes room at once, as soon as its connection is gone.
        while server.hub.counts().connected > 0 {
            tokio::task::yield_now().await;
        }
        assert!(Call::open(&mut client, other).await.is_ok());
    });
}

#[test]
fn a_server_that_drains_delivers_what_it_accepted_and_takes_nothing_new() {
    let server = Server::start(Judge::new());
    runtime().block_on(async {
        let mut client = client(&server).await;
        let mut call = Call::open(&mut client, opening()).await.expect("the session opens");
        call.send(events(1, vec![event(&reading("a", 1))])).await;
        call.outcomes(1).await;
        server.hub.drain(Status::Unavailable, "the server is stopping");
        let (_, done, ended) = call.rest().await;
        assert_eq!(last_word(done), ((Status::Unavailable, Some(codes::SESSION_ENDED)), 1));
        assert!(ended.is_ok());
        let other = DecideRequest { session_id: vec![9; 16].into(), ..opening() };
        let refused = Call::open(&mut client, other).await;
        let refused = refusal(&refused.err().expect("it drains"));
        assert_eq!(refused, (Status::Unavailable, Some(codes::SESSION_ENDED)));
    });
}

//! Single cases of a keeper: what it refuses, what it says when it has stopped, and how a server's sessions come back.

use fishplate::{Error, Event, HostFields, HostValue, RuleSet, Status, codes};
use fishplate_store::keeper::{Delivery, Keeper, Options, Outcome, Replayed};
use fishplate_store::sim::{Fault, SimDisk};
use fishplate_store::{Lsn, StateId};

use crate::rules::{at, compile, from_proto, rule_sets};

const ID: StateId = StateId(*b"a kept engine...");

fn open(disk: &SimDisk, rule_set: &RuleSet) -> Result<Keeper<SimDisk>, Error> {
    Keeper::open(disk.clone(), ID, rule_set, Options::default(), &mut |_| {}).map(|(keeper, _)| keeper)
}

fn json(second: i64, id: &str) -> String {
    format!(r#"{{"id": "{id}", "at": "{}", "card": "c", "amount": "1", "hot": false}}"#, at(second))
}

fn delivery(session: u8, sequence: u64, acknowledged: u64) -> Option<Delivery> {
    Some(Delivery { session: [session; 16], sequence, acknowledged })
}

#[test]
fn a_state_is_of_its_rule_set_s_name_and_of_its_partition() {
    let disk = SimDisk::new(1);
    let [first, _, elsewhere] = rule_sets();
    drop(open(&disk, &first).expect("a new state"));
    let error = open(&disk, &from_proto()).expect_err("another name");
    assert_eq!((error.status, error.code()), (Status::FailedPrecondition, codes::STATE_OF_OTHER_RULES), "{error}");
    assert!(error.to_string().contains("`cards`") && error.to_string().contains("`of-a-file`"), "{error}");
    let error = open(&disk, &elsewhere).expect_err("another partition");
    assert_eq!((error.status, error.code()), (Status::FailedPrecondition, codes::PARTITION_CHANGED), "{error}");
    let (keeper, opened) =
        Keeper::open(disk, ID, &first, Options::default(), &mut |_| {}).expect("what was refused changed nothing");
    assert!(opened.swapped.is_none() && !opened.is_new);
    assert_eq!(keeper.engine().rule_set().version(), first.version());
}

#[test]
fn a_state_decides_by_the_rule_set_that_it_is_opened_with_and_replays_by_those_that_held() {
    let disk = SimDisk::new(1);
    let [first, second, _] = rule_sets();
    let mut keeper = open(&disk, &first).expect("a new state");
    let versions = |keeper: &mut Keeper<SimDisk>, id: &str| {
        let decided = keeper.decide(Event::json(json(5, id).as_bytes()), None).expect("a good event");
        *decided.version()
    };
    assert_eq!(versions(&mut keeper, "1"), *first.version());
    keeper.swap(&second).expect("of the same name and partition");
    assert_eq!(versions(&mut keeper, "2"), *second.version());
    keeper.sync().expect("all is well");
    drop(keeper);
    let mut told = Vec::new();
    let mut each = |one: Replayed<'_>| told.extend(one.decisions.iter().map(|decision| *decision.version()));
    let (keeper, opened) = Keeper::open(disk, ID, &first, Options::default(), &mut each).expect("it opens");
    assert_eq!(told, [*first.version(), *second.version()], "no decision mixes versions");
    let swapped = opened.swapped.expect("it decided by another one");
    assert_eq!((swapped.kept.contains(&"count".to_owned()), swapped.warming), (true, vec!["spent".to_owned()]));
    assert_eq!(keeper.engine().rule_set().version(), first.version());
}

#[test]
fn a_schema_in_a_file_is_kept_with_its_document() {
    let disk = SimDisk::new(1);
    let rules = from_proto();
    let mut keeper = open(&disk, &rules).expect("a new state");
    let other =
        compile("fishplate: 1\nname: of-a-file\nschema: {fields: {a: int}}\nrules: [{id: R, when: event.a > 1}]\n");
    let decided = keeper.decide(Event::json(br#"{"id": "1", "amount": "11"}"#), None).expect("a good event");
    assert_eq!(decided.output("big"), Some(&fishplate::Value::Bool(true)));
    keeper.close().expect("all is well");
    let mut told = 0;
    // The file is not asked for again: the one of then counts.
    let (mut keeper, _) =
        Keeper::open(disk.clone(), ID, &other, Options::default(), &mut |_| told += 1).expect("it opens");
    keeper.snapshot().expect("all is well");
    drop(keeper);
    let (_, opened) = Keeper::open(disk, ID, &rules, Options::default(), &mut |_| {}).expect("it opens");
    assert_eq!((told, opened.recovery.snapshot.is_some(), opened.swapped.is_some()), (1, true, true));
}

#[test]
fn a_session_comes_back_with_what_its_client_may_have_missed() {
    let disk = SimDisk::new(1);
    let [rules, ..] = rule_sets();
    let mut keeper = open(&disk, &rules).expect("a new state");
    let decide = |keeper: &mut Keeper<SimDisk>, sequence, acknowledged| {
        let json = json(sequence as i64, &format!("e{sequence}"));
        let event = Event { origin: Some(([1; 16], sequence)), ..Event::json(json.as_bytes()) };
        keeper.decide(event, delivery(1, sequence, acknowledged)).map(|decision| decision.id())
    };
    keeper.note_session([1; 16], b"epoch 1").expect("all is well");
    let ids: Vec<_> = (1..=3).map(|sequence| decide(&mut keeper, sequence, 0).expect("a good event")).collect();
    keeper.note(delivery(1, 4, 1).expect("one"), b"refused".to_vec()).expect("all is well");
    keeper.note_session([1; 16], b"epoch 2").expect("all is well");
    keeper.note_session([2; 16], b"nothing yet").expect("all is well");
    keeper.sync().expect("all is well");
    let position = keeper.position();
    let error = decide(&mut keeper, 3, 0).expect_err("it came again");
    assert_eq!((error.status, error.code()), (Status::AlreadyExists, codes::ACCEPTED_BEFORE), "{error}");
    assert!(keeper.note(delivery(1, 4, 0).expect("one"), Vec::new()).is_err());
    assert_eq!(keeper.position(), position, "and changed nothing");
    for life in 0..3 {
        drop(keeper);
        keeper = open(&disk, &rules).expect("it opens");
        let session = keeper.session(&[1; 16]).expect("it is kept");
        assert_eq!((session.accepted, session.acknowledged, &session.note[..]), (4, 1, &b"epoch 2"[..]));
        let [(2, Outcome::Decided(two)), (3, Outcome::Decided(three)), (4, Outcome::Noted(four))] =
            &session.outcomes.iter().cloned().collect::<Vec<_>>()[..]
        else {
            panic!("the outcomes after the acknowledgement: {:?}", session.outcomes)
        };
        assert_eq!((two.id(), three.id(), &four[..]), (ids[1], ids[2], &b"refused"[..]));
        assert_eq!(keeper.session(&[2; 16]).map(|session| session.note.clone()), Some(b"nothing yet".to_vec()));
        if life == 1 {
            keeper.snapshot().expect("all is well");
        }
    }
    keeper.acknowledge(&[1; 16], 3);
    assert_eq!(keeper.session(&[1; 16]).map(|session| session.outcomes.len()), Some(1));
    keeper.acknowledge(&[1; 16], u64::MAX);
    decide(&mut keeper, 5, u64::MAX).expect("a good event");
    let known = keeper.session(&[1; 16]).map(|session| (session.acknowledged, session.outcomes.len()));
    assert_eq!(known, Some((5, 0)), "nobody acknowledges what was not said");
    keeper.note(delivery(1, 6, 0).expect("one"), Vec::new()).expect("all is well");
    let known = keeper.session(&[1; 16]).map(|session| (session.accepted, session.outcomes.len()));
    assert_eq!(known, Some((6, 0)), "nothing is kept of an input of which nothing is to be said, but that it came");
    keeper.forget_session(&[1; 16]).and_then(|()| keeper.forget_session(&[9; 16])).expect("all is well");
    keeper.sync().expect("all is well");
    drop(keeper);
    let keeper = open(&disk, &rules).expect("it opens");
    assert_eq!(keeper.sessions().map(|(id, _)| *id).collect::<Vec<_>>(), [[2; 16]]);
}

#[test]
fn a_tick_that_changes_nothing_is_not_kept() {
    let disk = SimDisk::new(1);
    let mut keeper = open(&disk, &rule_sets()[0]).expect("a new state");
    keeper.decide(Event::json(json(0, "1").as_bytes()), None).expect("a good event");
    assert_eq!(keeper.advance_to(at(1_000), delivery(1, 1, 0)).expect("all is well").len(), 1, "silence is told");
    let position = keeper.position();
    assert!(keeper.advance_to(at(900), None).expect("all is well").is_empty());
    assert_eq!(keeper.position(), position);
    assert!(keeper.advance_to(at(900), delivery(1, 2, 0)).expect("all is well").is_empty());
    assert_ne!(keeper.position(), position, "a delivery has an outcome, even if that is nothing");
    let before = keeper.since_snapshot();
    keeper.snapshot().expect("all is well");
    assert!(before > 0 && keeper.since_snapshot() == 0);
    drop(keeper);
    let mut keeper = open(&disk, &rule_sets()[0]).expect("it opens");
    let position = keeper.position();
    assert!(keeper.advance_to(at(950), None).expect("all is well").is_empty());
    assert_eq!(keeper.position(), position, "the time is in the snapshot, too");
    let Some((1, Outcome::Fired(fired))) = keeper.session(&[1; 16]).and_then(|known| known.outcomes.front()) else {
        panic!("what the tick gave is kept")
    };
    assert_eq!(fired[0].timer().map(|timer| &*timer.rule), Some("QUIET"));
}

#[test]
fn a_keeper_whose_disk_failed_says_nothing_more() {
    let disk = SimDisk::new(1);
    let [rules, second, _] = rule_sets();
    let mut keeper = open(&disk, &rules).expect("a new state");
    let event = json(0, "1");
    keeper.decide(Event::json(event.as_bytes()), None).expect("a good event");
    disk.fail_next(Fault::SyncFails);
    assert_eq!(keeper.sync().map_err(|error| error.status), Err(Status::Unavailable));
    let refused = [
        keeper.decide(Event::json(event.as_bytes()), None).map(drop),
        keeper.preview(Event::json(event.as_bytes())).map(drop),
        keeper.advance_to(at(99), None).map(drop),
        keeper.swap(&second).map(drop),
        keeper.set_mode("MANY", None),
        keeper.note(delivery(1, 1, 0).expect("one"), Vec::new()),
        keeper.note_session([1; 16], b""),
        keeper.snapshot().map(drop),
        keeper.sync().map(drop),
    ];
    for (at, refused) in refused.into_iter().enumerate() {
        assert_eq!(refused.map_err(|error| error.code()), Err(codes::DISK_FAILED), "call {at}");
    }
    assert_eq!(keeper.engine().rule_set().version(), rules.version());
    assert!(keeper.stopped().is_some());
}

/// A host's map with a mistake in it.
struct Exploding;

impl HostFields for Exploding {
    fn get(&self, _: &str) -> Option<HostValue<'_>> {
        panic!("as the test wants it")
    }

    fn len(&self) -> usize {
        0
    }

    fn entry(&self, _: usize) -> Option<(HostValue<'_>, HostValue<'_>)> {
        None
    }
}

#[test]
fn an_internal_error_stops_a_keeper_and_is_not_met_again() {
    let disk = SimDisk::new(1);
    let [rules, ..] = rule_sets();
    let mut keeper = open(&disk, &rules).expect("a new state");
    keeper.decide(Event::json(json(0, "1").as_bytes()), None).expect("a good event");
    let durable = keeper.sync().expect("all is well");
    keeper.decide(Event::json(json(1, "2").as_bytes()), None).expect("a good event");
    let error = keeper.decide(Event::fields(&Exploding), None);
    assert_eq!(error.map(drop).map_err(|error| (error.status, error.code())), Err((Status::Internal, codes::INTERNAL)));
    let later = keeper.decide(Event::json(json(2, "3").as_bytes()), None).expect_err("it has stopped");
    assert_eq!((later.status, later.code()), (Status::FailedPrecondition, codes::ENGINE_BROKEN), "{later}");
    assert!(keeper.sync().is_err(), "nor is anything made durable that waited");
    drop(keeper);
    let keeper = open(&disk, &rules).expect("it opens");
    assert_eq!((keeper.engine().counters().accepted, durable), (1, Lsn(2)), "what was durable is there");
}

#[test]
fn a_record_that_nobody_can_read_ends_the_opening() {
    let [rules, ..] = rule_sets();
    let keep = |bytes: &[u8], kind: u8| {
        let disk = SimDisk::new(1);
        drop(open(&disk, &rules).expect("a new state"));
        let mut each = |_: fishplate_store::Record<'_>| Ok(());
        let (mut journal, _) =
            fishplate_store::Journal::open(disk.clone(), ID, Lsn(0), Default::default(), &mut each).expect("it opens");
        let kind = std::num::NonZeroU8::new(kind).expect("kinds are not 0");
        journal.append(kind, bytes).and_then(|_| journal.sync()).expect("all is well");
        drop(journal);
        open(&disk, &rules).map(drop)
    };
    for (kind, bytes) in [
        (1, &b"no setup"[..]),
        (2, b""),
        (2, b"\x00no event"),
        (2, b"\x01short"),
        (3, b"\x00"),
        (3, &[0; 18]),
        (4, b"\x02\0\0\0ab\x09"),
        (5, b"\x00"),
        (6, b"short"),
        (7, b"short"),
        (8, b""),
        (255, b"later"),
    ] {
        let error = keep(bytes, kind).expect_err("it is no input");
        assert_eq!(error.status, Status::DataLoss, "kind {kind}: {error}");
    }
}

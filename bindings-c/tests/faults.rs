//! A panic inside the library never reaches the host: it becomes INTERNAL, and the next call works.
//! One test, because armed faults are of the whole process.

mod common;

use std::ffi::c_char;
use std::ptr::{null, null_mut};

use common::server::{Place, fresh_name};
use common::*;
use fishplate_boundary::fault;
use fishplate_boundary::table::OPERATIONS;
use fishplate_c::generated::entries::*;
use fishplate_c::types::{FishplateBytes, FishplateHandle, FishplateStorage};

/// One object of each kind, to call operations on.
struct World {
    rules: FishplateHandle,
    engine: FishplateHandle,
    session: FishplateHandle,
    /// A session that is half-closed: it may be done at once.
    ending: FishplateHandle,
    /// A session that is cancelled.
    leaving: FishplateHandle,
    carried: FishplateHandle,
    ring: FishplateHandle,
    /// Of the engine.
    snapshot: Vec<u8>,
    /// Where sessions go.
    place: Place,
}

/// The operations on what an engine remembers.
const ON_STATES: [&str; 7] = [
    "engine_open_with",
    "engine_restore",
    "advance_to",
    "engine_snapshot",
    "engine_swap",
    "engine_set_mode",
    "engine_state",
];

impl World {
    fn new(memory: &mut Memory) -> Self {
        let place = Place::ring();
        let rules = rules(memory);
        let engine = engine(rules, memory);
        let session = session::opened(place.address(), &session::options(), memory);
        let ending = session::opened(place.address(), &session::options(), memory);
        let leaving = session::opened(place.address(), &session::options(), memory);
        // SAFETY: the storage is this test's own.
        let status = unsafe { fishplate_engine_snapshot(engine, null(), 0, &mut memory.storage) };
        assert_eq!(status, FishplateStatus::Ok);
        let snapshot = memory.record().to_vec();
        let (mut carried, mut ring) = (0, 0);
        for (name, handle) in [("carried_open", &mut carried), ("ring_attach", &mut ring)] {
            assert_eq!(on_rings(name, place.address(), 0, 0, handle, memory), FishplateStatus::Ok);
        }
        Self { rules, engine, session, ending, leaving, carried, ring, snapshot, place }
    }

    /// Calls the operation `name` with arguments that are right; gives its status.
    fn call(&self, name: &str, memory: &mut Memory) -> FishplateStatus {
        let mut handle = 0;
        let status = match name {
            _ if name.starts_with("session_") || name == "engine_share" => self.on_sessions(name, &mut handle, memory),
            _ if ON_STATES.contains(&name) => self.on_states(name, &mut handle, memory),
            _ if name.starts_with("ring_") || name.starts_with("carried_") || name == "error_record" => {
                on_rings(name, self.place.address(), self.carried, self.ring, &mut handle, memory)
            }
            _ => self.on_engines(name, &mut handle, memory),
        };
        let makes = [
            "rule_set_from_text",
            "rule_set_load",
            "engine_open",
            "engine_open_with",
            "engine_restore",
            "session_open",
            "ring_attach",
            "carried_open",
        ];
        if makes.contains(&name) && status == FishplateStatus::Ok {
            assert_eq!(close(handle, memory), FishplateStatus::Ok);
        }
        status
    }

    fn on_engines(&self, name: &str, handle: &mut FishplateHandle, memory: &mut Memory) -> FishplateStatus {
        let (rules, engine) = (self.rules, self.engine);
        let (file, event, json) = ("rules.yaml", EVENT.as_ptr(), FishplateFormat::Json as u32);
        let (text, path) = (RULES.as_ptr().cast::<c_char>(), concat!(env!("CARGO_MANIFEST_DIR"), "/tests/rules.yaml"));
        let storage: *mut FishplateStorage = &mut memory.storage;
        let (files, limits) = (null(), null());
        // SAFETY: every pointer is null or to memory of this test that is as long as is said.
        unsafe {
            match name {
                "version" => fishplate_version(storage),
                "limits" => fishplate_limits(storage),
                "rule_set_from_text" => {
                    let name = file.as_ptr().cast();
                    fishplate_rule_set_from_text(name, file.len(), text, RULES.len(), files, 0, limits, handle, storage)
                }
                "rule_set_load" => fishplate_rule_set_load(path.as_ptr().cast(), path.len(), limits, handle, storage),
                "rule_set_describe" => fishplate_rule_set_describe(rules, storage),
                "engine_open" => fishplate_engine_open(rules, limits, false, handle, storage),
                "decide" => fishplate_decide(engine, json, event, EVENT.len(), null(), storage),
                "preview" => fishplate_preview(engine, json, event, EVENT.len(), null(), storage),
                "engine_explain" => fishplate_engine_explain(engine, json, event, EVENT.len(), false, storage),
                "decide_all" => fishplate_decide_all(engine, json, [0_u8; 4].as_ptr(), 4, storage),
                "fetch" => {
                    let mut small = FishplateStorage { data: null_mut(), capacity: 0, size: 0, ticket: 0 };
                    let status = fishplate_decide(engine, json, event, EVENT.len(), null(), &mut small);
                    assert_eq!(status, FishplateStatus::OutOfRange);
                    fishplate_fetch(engine, small.ticket, storage)
                }
                "counters" => fishplate_counters(engine, storage),
                "trace_from_headers" => fishplate_trace_from_headers(null(), 0, storage),
                "live_objects" => fishplate_live_objects(1, handle, storage),
                "close" => fishplate_close(rules, storage),
                "explain_error" => fishplate_explain_error(203, storage),
                other => panic!("the operation {other} has no test here"),
            }
        }
    }

    fn on_states(&self, name: &str, handle: &mut FishplateHandle, memory: &mut Memory) -> FishplateStatus {
        let (rules, engine) = (self.rules, self.engine);
        let (rule, limits) = (c"R1".as_ptr(), null());
        let snapshots = FishplateBytes { data: self.snapshot.as_ptr(), size: self.snapshot.len() };
        // SAFETY: every pointer is null or to memory of this test that is as long as is said.
        unsafe {
            let storage: *mut FishplateStorage = &mut memory.storage;
            match name {
                "engine_open_with" => {
                    fishplate_engine_open_with(rules, limits, false, 0, 0, null(), 0, handle, storage)
                }
                "engine_restore" => {
                    fishplate_engine_restore(rules, limits, false, 0, 0, &snapshots, 1, handle, storage)
                }
                "advance_to" => fishplate_advance_to(engine, 0, 0, storage),
                "engine_snapshot" => fishplate_engine_snapshot(engine, null(), 0, storage),
                "engine_swap" => fishplate_engine_swap(engine, rules, storage),
                "engine_set_mode" => fishplate_engine_set_mode(engine, rule, 2, 3, storage),
                "engine_state" => fishplate_engine_state(engine, storage),
                other => panic!("the operation {other} has no test here"),
            }
        }
    }

    fn on_sessions(&self, name: &str, handle: &mut FishplateHandle, memory: &mut Memory) -> FishplateStatus {
        match name {
            "engine_share" => session::share(self.engine, &fresh_name(), memory),
            "session_open" => {
                let (status, opened) = session::open(self.place.address(), &session::options(), &[], "", memory);
                *handle = opened;
                status
            }
            "session_send" => session::send(self.session, EVENT, session::LONG, memory).0,
            // What the call before this one sent.
            "session_receive" => session::receive(self.session, session::LONG, memory),
            "session_half_close" => session::half_close(self.ending, memory),
            "session_cancel" => session::cancel(self.leaving, memory),
            // SAFETY: the storage is this test's own.
            "session_report" => unsafe { fishplate_session_report(self.session, &mut memory.storage) },
            // SAFETY: as above.
            "session_options" => unsafe { fishplate_session_options(&mut memory.storage) },
            other => panic!("the operation {other} has no test here"),
        }
    }
}

/// The operations of programs that map a ring themselves.
fn on_rings(
    name: &str,
    address: &str,
    carried: FishplateHandle,
    ring: FishplateHandle,
    handle: &mut FishplateHandle,
    memory: &mut Memory,
) -> FishplateStatus {
    let ring_name = address.trim_start_matches("shm://");
    let storage: *mut FishplateStorage = &mut memory.storage;
    let (text, nothing, options) = (c"gone".as_ptr(), null(), session::options());
    // SAFETY: every pointer is null or to memory of this test that is as long as is said.
    unsafe {
        match name {
            "ring_attach" => fishplate_ring_attach(ring_name.as_ptr().cast(), ring_name.len(), handle, storage),
            "ring_describe" => fishplate_ring_describe(ring, storage),
            "ring_wait" => fishplate_ring_wait(ring, 2, 7, 1, handle, storage),
            "ring_wake" => fishplate_ring_wake(ring, 0, storage),
            "ring_alive" => fishplate_ring_alive(ring, handle, storage),
            "carried_open" => fishplate_carried_open(&options, null(), 0, nothing, 0, handle, storage),
            "carried_connected" => fishplate_carried_connected(carried, 1024, storage),
            "carried_disconnected" => fishplate_carried_disconnected(carried, storage),
            "carried_next" => fishplate_carried_next(carried, storage),
            "carried_take" => fishplate_carried_take(carried, 999, 0, null(), 0, handle, storage),
            "carried_give_up" => fishplate_carried_give_up(carried, 14, 860, text, 4, nothing, 0, storage),
            "error_record" => fishplate_error_record(14, 860, text, 4, nothing, 0, nothing, 0, storage),
            other => panic!("the operation {other} has no test here"),
        }
    }
}

#[test]
fn a_panic_in_any_operation_becomes_internal_and_the_next_call_works() {
    let mut memory = Memory::of(1 << 16);
    let world = World::new(&mut memory);
    for row in
        OPERATIONS.iter().filter(|row| row.name != "close").chain(OPERATIONS.iter().filter(|row| row.name == "close"))
    {
        fault::arm(row.name, 1);
        let status = world.call(row.name, &mut memory);
        memory.refused(status, FishplateStatus::Internal, FishplateCode::F0901 as u32);
        let text = String::from_utf8_lossy(memory.record()).into_owned();
        assert!(text.contains(&format!("a fault injected into {}", row.name)), "{text}");
        assert_eq!(world.call(row.name, &mut memory), FishplateStatus::Ok, "{} again", row.name);
    }
    close_all(&[world.engine, world.session, world.ending, world.leaving, world.carried, world.ring], &mut memory);
    drop(world);

    a_panic_while_deciding_breaks_that_engine_and_no_other();
    a_panic_while_a_session_decides_is_its_events_refusal();
    nothing_lives();
}

/// A panic inside the engine that a session reaches: the event is refused, and so is every later one.
fn a_panic_while_a_session_decides_is_its_events_refusal() {
    let mut memory = Memory::of(1 << 14);
    let place = Place::in_process();
    let session = session::opened(place.address(), &session::options(), &mut memory);
    session::sent(session, EVENT, &mut memory);
    session::sent(session, EVENT, &mut memory);
    fault::arm("engine", 1);
    for (sequence, status) in [(1, FishplateStatus::Internal), (2, FishplateStatus::FailedPrecondition)] {
        let outcome = session::received(session, &mut memory);
        assert_eq!((outcome.is_end, outcome.sequence, outcome.status), (false, sequence, status));
    }
    close_all(&[session], &mut memory);
}

fn a_panic_while_deciding_breaks_that_engine_and_no_other() {
    let mut memory = Memory::of(1 << 12);
    let rules = rules(&mut memory);
    let (broken, sound) = (engine(rules, &mut memory), engine(rules, &mut memory));
    fault::arm("engine", 1);
    let status = decide(broken, EVENT, &mut memory);
    memory.refused(status, FishplateStatus::Internal, FishplateCode::F0901 as u32);
    let status = decide(broken, EVENT, &mut memory);
    memory.refused(status, FishplateStatus::FailedPrecondition, FishplateCode::F0902 as u32);
    assert_eq!(decide(sound, EVENT, &mut memory), FishplateStatus::Ok);
    close_all(&[broken, sound, rules], &mut memory);
}

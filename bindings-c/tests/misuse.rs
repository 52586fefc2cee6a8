//! Every way to use the C functions wrongly is an error, and none is a crash.

mod common;

use std::ptr::{null, null_mut};

use common::*;
use fishplate_c::generated::entries::*;
use fishplate_c::read_decision::*;
use fishplate_c::read_error::*;
use fishplate_c::read_records::*;
use fishplate_c::read_session::*;
use fishplate_c::read_state::*;
use fishplate_c::read_value::*;
use fishplate_c::types::*;
use fishplate_c::write_featured::*;
use fishplate_c::write_fields::*;

const PRECONDITION: FishplateStatus = FishplateStatus::FailedPrecondition;
const INVALID: FishplateStatus = FishplateStatus::InvalidArgument;

#[test]
fn null_and_wrong_arguments_are_refused_with_their_name() {
    let _turn = turn();
    let mut memory = Memory::of(4096);
    let rules = rules(&mut memory);
    let engine = engine(rules, &mut memory);
    // SAFETY: the nulls are what is tested; everything else is memory of this test.
    unsafe {
        let status = fishplate_rule_set_load(null(), 7, null(), &mut 0, &mut memory.storage);
        memory.refused(status, INVALID, 807);
        let status = fishplate_rule_set_load(c"x".as_ptr(), 1, null(), null_mut(), &mut memory.storage);
        memory.refused(status, INVALID, 807);
        let status = fishplate_decide(engine, 2, null(), 3, null(), &mut memory.storage);
        memory.refused(status, INVALID, 807);
        assert_eq!(fishplate_decide(engine, 2, EVENT.as_ptr(), EVENT.len(), null(), null_mut()), INVALID);
        let status = fishplate_decide(engine, 2, EVENT.as_ptr(), usize::MAX, null(), &mut memory.storage);
        memory.refused(status, INVALID, 809);
        let status = fishplate_decide(engine, 7, EVENT.as_ptr(), EVENT.len(), null(), &mut memory.storage);
        memory.refused(status, INVALID, 809);
        let status = fishplate_decide(engine, 3, EVENT.as_ptr(), EVENT.len(), null(), &mut memory.storage);
        memory.refused(status, INVALID, 809);
        let status = fishplate_decide_all(engine, 2, EVENT.as_ptr(), EVENT.len(), &mut memory.storage);
        memory.refused(status, INVALID, 809);
        let status = fishplate_decide(0, 2, EVENT.as_ptr(), EVENT.len(), null(), &mut memory.storage);
        memory.refused(status, INVALID, 807);
        let status = fishplate_live_objects(9, &mut 0, &mut memory.storage);
        memory.refused(status, INVALID, 809);
        let status = fishplate_explain_error(9999, &mut memory.storage);
        memory.refused(status, INVALID, 809);
        let not_utf8 = [0xFF_u8, 0xFE];
        let status = fishplate_rule_set_load(not_utf8.as_ptr().cast(), 2, null(), &mut 0, &mut memory.storage);
        memory.refused(status, INVALID, 809);
        let mut unknown_limit = FishplateLimits::default();
        unknown_limit.reserved[0] = 1;
        let status = fishplate_engine_open(rules, &unknown_limit, false, &mut 0, &mut memory.storage);
        memory.refused(status, INVALID, 809);
        let mut counters = FishplateCounters::default();
        assert_eq!(fishplate_counters(engine, &mut memory.storage), FishplateStatus::Ok);
        assert!(fishplate_counters_read(fishplate_storage_record(&memory.storage), &mut counters));
        assert_eq!(counters.accepted, 0, "nothing was decided by any of it");
    }
    close(engine, &mut memory);
    close(rules, &mut memory);
}

#[test]
fn handles_that_are_closed_foreign_or_of_another_kind_are_refused() {
    let _turn = turn();
    let mut memory = Memory::of(4096);
    let rules = rules(&mut memory);
    let engine = engine(rules, &mut memory);
    let status = decide(rules, EVENT, &mut memory);
    memory.refused(status, PRECONDITION, 803);
    let status = decide(engine ^ 1 << 50, EVENT, &mut memory);
    memory.refused(status, PRECONDITION, 804);
    assert_eq!(close(rules, &mut memory), FishplateStatus::Ok);
    assert_eq!(decide(engine, EVENT, &mut memory), FishplateStatus::Ok, "an engine keeps its rule set");
    for _ in 0..3 {
        assert_eq!(close(engine, &mut memory), FishplateStatus::Ok, "any number of times");
    }
    let status = decide(engine, EVENT, &mut memory);
    memory.refused(status, PRECONDITION, 801);
    let other = common::rules(&mut memory);
    let status = decide(engine, EVENT, &mut memory);
    memory.refused(status, PRECONDITION, 802);
    assert_eq!(close(engine, &mut memory), FishplateStatus::Ok, "and closes nobody else's object");
    assert_eq!(close(other, &mut memory), FishplateStatus::Ok);
}

#[test]
fn a_decision_that_does_not_fit_waits_and_is_decided_once() {
    let _turn = turn();
    let mut memory = Memory::of(4096);
    let rules = rules(&mut memory);
    let engine = engine(rules, &mut memory);
    let mut small = Memory::of(64);
    assert_eq!(decide(engine, EVENT, &mut small), FishplateStatus::OutOfRange);
    assert_eq!(small.error(), (FishplateStatus::OutOfRange, 806));
    let (needed, ticket) = (small.storage.size, small.storage.ticket);
    assert!(needed > 104 && ticket != 0);
    // SAFETY: every pointer is to memory of this test.
    unsafe {
        let status = fishplate_fetch(engine, ticket, &mut small.storage);
        assert_eq!((status, small.storage.ticket, small.storage.size), (FishplateStatus::OutOfRange, ticket, needed));
        assert_eq!(fishplate_fetch(engine, ticket, &mut memory.storage), FishplateStatus::Ok);
        let mut decision = std::mem::MaybeUninit::<FishplateDecision>::uninit();
        assert!(fishplate_decision_read(fishplate_storage_record(&memory.storage), decision.as_mut_ptr()));
        assert_eq!(decision.assume_init().ordinal, 1);
        let status = fishplate_fetch(engine, ticket, &mut memory.storage);
        memory.refused(status, FishplateStatus::NotFound, 811);
    }
    assert_eq!(decide(engine, EVENT, &mut memory), FishplateStatus::Ok);
    assert_eq!(memory.storage.size, needed);
    close(engine, &mut memory);
    close(rules, &mut memory);
}

#[test]
fn when_too_many_decisions_wait_nothing_more_is_decided() {
    let _turn = turn();
    let mut memory = Memory::of(4096);
    let rules = rules(&mut memory);
    let engine = engine(rules, &mut memory);
    let mut none = Memory::of(0);
    let mut ticket = 0;
    for _ in 0..fishplate_boundary::WAITING_MAX {
        assert_eq!(decide(engine, EVENT, &mut none), FishplateStatus::OutOfRange);
        ticket = none.storage.ticket;
    }
    let status = decide(engine, EVENT, &mut memory);
    memory.refused(status, FishplateStatus::ResourceExhausted, 810);
    // SAFETY: every pointer is to memory of this test.
    unsafe {
        assert_eq!(fishplate_fetch(engine, ticket, &mut memory.storage), FishplateStatus::Ok);
        assert_eq!(decide(engine, EVENT, &mut memory), FishplateStatus::Ok);
        let mut decision = std::mem::MaybeUninit::<FishplateDecision>::uninit();
        assert!(fishplate_decision_read(fishplate_storage_record(&memory.storage), decision.as_mut_ptr()));
        assert_eq!(decision.assume_init().ordinal, fishplate_boundary::WAITING_MAX as u64 + 1);
    }
    close(engine, &mut memory);
    close(rules, &mut memory);
}

#[test]
fn a_close_while_others_decide_refuses_them_and_crashes_nothing() {
    let _turn = turn();
    let mut memory = Memory::of(4096);
    let rules = rules(&mut memory);
    for _ in 0..200 {
        let engine = engine(rules, &mut memory);
        std::thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(move || {
                    let mut memory = Memory::of(4096);
                    while decide(engine, EVENT, &mut memory) == FishplateStatus::Ok {}
                    assert_eq!(memory.error(), (PRECONDITION, 801));
                });
            }
            std::thread::yield_now();
            assert_eq!(close(engine, &mut memory), FishplateStatus::Ok);
        });
    }
    close(rules, &mut memory);
}

/// A step of xorshift: enough chance for the test below, and the same in every run.
fn next(state: &mut u64) -> u64 {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    *state
}

/// Reads everything there is to read in `bytes`.
fn read_all(bytes: &[u8]) {
    let record = FishplateBytes { data: bytes.as_ptr(), size: bytes.len() };
    let value = &mut std::mem::MaybeUninit::<FishplateValue>::uninit();
    // SAFETY: `record` is memory of this test; what is written is never read.
    unsafe {
        let out = null_mut();
        fishplate_decision_read(record, out);
        fishplate_c::derived::fishplate_decision_id(record, null_mut());
        fishplate_c::derived::fishplate_decision_trace(record, null_mut());
        fishplate_error_read(record, null_mut());
        fishplate_rule_set_read(record, null_mut());
        fishplate_counters_read(record, null_mut());
        fishplate_outcome_read(record, null_mut());
        fishplate_session_report_read(record, null_mut());
        let mut session_options = fishplate_session_options_read(record);
        while fishplate_next_option(&mut session_options, null_mut()) {}
        fishplate_trace_read(record, null_mut(), null_mut());
        fishplate_decision_output(record, fishplate_text(c"score".as_ptr()), null_mut());
        for mut named in [fishplate_decision_outputs(record), fishplate_decision_features(record)] {
            while fishplate_next_named(&mut named, null_mut(), value.as_mut_ptr()) {
                let mut entries = fishplate_value_entries(value.as_ptr());
                while fishplate_next_entry(&mut entries, null_mut(), null_mut()) {}
            }
        }
        for mut texts in [fishplate_decision_matched(record), fishplate_decision_shadow_matched(record)] {
            while fishplate_next_text(&mut texts, null_mut()) {}
        }
        for mut errors in [fishplate_decision_errors(record), fishplate_decision_shadow_errors(record)] {
            while fishplate_next_error(&mut errors, null_mut()) {}
        }
        let mut diagnostics = fishplate_error_diagnostics(record);
        while fishplate_next_diagnostic(&mut diagnostics, null_mut()) {}
        let mut items = fishplate_batch_items(record);
        while fishplate_next_item(&mut items, null_mut()) {}
        read_state(record);
        let mut limits = fishplate_limits_read(record);
        while fishplate_next_limit(&mut limits, null_mut()) {}
    }
}

/// # Safety
/// The bytes of `record` are memory of the test.
unsafe fn read_state(record: FishplateBytes) {
    let mut timer = std::mem::MaybeUninit::<FishplateTimer>::uninit();
    let mut swapped = std::mem::MaybeUninit::<FishplateSwapped>::uninit();
    let mut state = std::mem::MaybeUninit::<FishplateEngineState>::uninit();
    // SAFETY: by the contract of this function; what was not written is not read.
    unsafe {
        if fishplate_decision_timer(record, timer.as_mut_ptr()) {
            let mut key = fishplate_value_entries(&timer.assume_init().key);
            while fishplate_next_value(&mut key, null_mut()) {}
        }
        if fishplate_swapped_read(record, swapped.as_mut_ptr()) {
            let swapped = swapped.assume_init();
            for mut names in [swapped.kept, swapped.warming, swapped.dropped] {
                while fishplate_next_text(&mut names, null_mut()) {}
            }
        }
        if fishplate_engine_state_read(record, state.as_mut_ptr()) {
            let mut state = state.assume_init();
            while fishplate_next_text(&mut state.warming, null_mut()) {}
            while fishplate_next_rule_mode(&mut state.modes, null_mut()) {}
        }
    }
}

/// The records of a decision without an event, of a state and of a swap.
fn of_a_state(memory: &mut Memory) -> [Vec<u8>; 3] {
    let (rules, engine) = state::pumps(memory);
    state::advance(engine, 301, memory);
    let mut items = memory.items();
    let decision = items.pop().expect("QUIET fires");
    // SAFETY: the storage is this test's own.
    let [state, swapped] = unsafe {
        assert_eq!(fishplate_engine_state(engine, &mut memory.storage), FishplateStatus::Ok);
        let state = memory.record().to_vec();
        assert_eq!(fishplate_engine_swap(engine, rules, &mut memory.storage), FishplateStatus::Ok);
        [state, memory.record().to_vec()]
    };
    close_all(&[engine, rules], memory);
    [decision, state, swapped]
}

/// The records of an outcome and of a report.
fn of_a_session(engine: FishplateHandle, memory: &mut Memory) -> (Vec<u8>, Vec<u8>) {
    assert_eq!(session::share(engine, "misuse", memory), FishplateStatus::Ok);
    let session = session::opened("inproc:misuse", &FishplateSessionOptions::default(), memory);
    session::sent(session, EVENT, memory);
    session::decided(session, 1, memory);
    let outcome = memory.record().to_vec();
    session::report(session, memory);
    let report = memory.record().to_vec();
    close(session, memory);
    (outcome, report)
}

#[test]
fn accessors_over_garbage_read_nothing_wrong() {
    let _turn = turn();
    let mut memory = Memory::of(8192);
    let rules = rules(&mut memory);
    let engine = engine(rules, &mut memory);
    assert_eq!(decide(engine, EVENT, &mut memory), FishplateStatus::Ok);
    let decision = memory.record().to_vec();
    decide(engine, "{", &mut memory);
    let error = memory.record().to_vec();
    // SAFETY: every pointer is to memory of this test.
    unsafe { fishplate_rule_set_describe(rules, &mut memory.storage) };
    let described = memory.record().to_vec();
    // SAFETY: as above.
    unsafe { fishplate_session_options(&mut memory.storage) };
    let options = memory.record().to_vec();
    let (outcome, report) = of_a_session(engine, &mut memory);
    let [timer, state, swapped] = of_a_state(&mut memory);
    close(engine, &mut memory);
    close(rules, &mut memory);
    let mut chance = 0x9E37_79B9_7F4A_7C15;
    for whole in [decision, error, described, options, outcome, report, timer, state, swapped] {
        for end in 0..whole.len() {
            read_all(&whole[..end]);
        }
        for _ in 0..20_000 {
            let mut bent = whole.clone();
            for _ in 0..1 + next(&mut chance) % 3 {
                let at = next(&mut chance) as usize % bent.len();
                bent[at] = next(&mut chance) as u8;
            }
            read_all(&bent);
        }
    }
    // SAFETY: nulls everywhere are what is tested.
    unsafe {
        assert!(!fishplate_decision_read(fishplate_storage_record(null()), null_mut()));
        assert!(!fishplate_next_value(null_mut(), null_mut()));
        assert_eq!(fishplate_value_entries(null()).left, 0);
        assert_eq!(fishplate_text(null()).size, 0);
        fishplate_fields_begin(null_mut(), null_mut(), 0);
        fishplate_fields_put_int(null_mut(), 1);
        assert_eq!(fishplate_fields_finish(null_mut(), null_mut()), PRECONDITION);
        let nowhere = fishplate_with_features(null(), 9, null(), 9, null_mut(), 9, null_mut());
        assert_eq!(nowhere, FishplateStatus::OutOfRange);
    }
}

fn written(write: impl FnOnce(*mut FishplateFields)) -> FishplateStatus {
    let mut memory = [0_u8; 4096];
    let mut fields = std::mem::MaybeUninit::<FishplateFields>::uninit();
    let mut event = FishplateBytes { data: null(), size: 0 };
    // SAFETY: every pointer is to memory of this test, and the writer is begun first.
    unsafe {
        fishplate_fields_begin(fields.as_mut_ptr(), memory.as_mut_ptr(), memory.len());
        write(fields.as_mut_ptr());
        fishplate_fields_finish(fields.as_mut_ptr(), &mut event)
    }
}

#[test]
fn calls_that_make_no_event_are_told_when_it_is_finished() {
    let _turn = turn();
    let key = |fields, name: &str| {
        // SAFETY: memory of this test.
        unsafe { fishplate_fields_key(fields, name.as_ptr().cast(), name.len()) };
    };
    // SAFETY: in all of these the writer is one that was begun.
    unsafe {
        assert_eq!(written(|_| {}), FishplateStatus::Ok, "an event without fields");
        assert_eq!(written(|fields| fishplate_fields_put_int(fields, 1)), PRECONDITION, "a value without a key");
        assert_eq!(written(|fields| key(fields, "a")), PRECONDITION, "a key without a value");
        assert_eq!(written(|fields| fishplate_fields_end(fields)), PRECONDITION, "an end too many");
        let in_list = |fields| {
            key(fields, "a");
            fishplate_fields_begin_list(fields);
            key(fields, "b");
        };
        assert_eq!(written(in_list), PRECONDITION, "a key in a list");
        let open = |fields| {
            key(fields, "a");
            fishplate_fields_begin_map(fields);
        };
        assert_eq!(written(open), PRECONDITION, "a map that does not end");
        assert_eq!(written(|fields| fishplate_fields_key_int(fields, 1)), PRECONDITION, "a field is named by text");
        let deep = |depth| {
            move |fields| {
                key(fields, "a");
                (0..depth).for_each(|_| fishplate_fields_begin_list(fields));
                (0..depth).for_each(|_| fishplate_fields_end(fields));
            }
        };
        assert_eq!(written(deep(64)), FishplateStatus::Ok);
        assert_eq!(written(deep(65)), PRECONDITION, "too deep");
    }
}

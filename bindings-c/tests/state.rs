//! What an engine remembers, through the C functions: used rightly, and in every wrong way.

mod common;

use std::mem::MaybeUninit;
use std::ptr::{null, null_mut};

use common::state::{OTHER_PUMPS, PUMPS, advance, heard, pumps, restore, snapshot};
use common::*;
use fishplate_c::generated::entries::*;
use fishplate_c::read_decision::fishplate_storage_record;
use fishplate_c::read_state::*;
use fishplate_c::read_value::{FishplateCursor, fishplate_next_text};
use fishplate_c::types::*;

const OK: FishplateStatus = FishplateStatus::Ok;
const PRECONDITION: FishplateStatus = FishplateStatus::FailedPrecondition;
const INVALID: FishplateStatus = FishplateStatus::InvalidArgument;

fn texts(mut cursor: FishplateCursor) -> Vec<String> {
    let mut found = Vec::new();
    let mut text = MaybeUninit::<FishplateText>::uninit();
    // SAFETY: the cursor is over memory of this test; `text` is read only if it was written.
    unsafe {
        while fishplate_next_text(&mut cursor, text.as_mut_ptr()) {
            let text = text.assume_init();
            let bytes = std::slice::from_raw_parts(text.data.cast::<u8>(), text.size);
            found.push(String::from_utf8_lossy(bytes).into_owned());
        }
    }
    found
}

fn state(engine: FishplateHandle, memory: &mut Memory) -> FishplateEngineState {
    let mut state = MaybeUninit::<FishplateEngineState>::uninit();
    // SAFETY: the storage is this test's own; `state` is read only if it was written.
    unsafe {
        assert_eq!(fishplate_engine_state(engine, &mut memory.storage), OK);
        assert!(fishplate_engine_state_read(fishplate_storage_record(&memory.storage), state.as_mut_ptr()));
        state.assume_init()
    }
}

fn modes(engine: FishplateHandle, memory: &mut Memory) -> Vec<u32> {
    let mut cursor = state(engine, memory).modes;
    let mut found = Vec::new();
    let mut mode = MaybeUninit::<FishplateRuleMode>::uninit();
    // SAFETY: as above.
    unsafe {
        while fishplate_next_rule_mode(&mut cursor, mode.as_mut_ptr()) {
            found.push(mode.assume_init().mode);
        }
    }
    found
}

fn set_mode(engine: FishplateHandle, rule: &str, mode: u32, memory: &mut Memory) -> FishplateStatus {
    // SAFETY: every pointer is to memory of this test.
    unsafe { fishplate_engine_set_mode(engine, rule.as_ptr().cast(), rule.len(), mode, &mut memory.storage) }
}

fn swap(engine: FishplateHandle, rules: FishplateHandle, memory: &mut Memory) -> FishplateStatus {
    // SAFETY: the storage is this test's own.
    unsafe { fishplate_engine_swap(engine, rules, &mut memory.storage) }
}

fn advance_to(engine: FishplateHandle, seconds: i64, nanos: u32, memory: &mut Memory) -> FishplateStatus {
    // SAFETY: the storage is this test's own.
    unsafe { fishplate_advance_to(engine, seconds, nanos, &mut memory.storage) }
}

#[test]
fn a_restored_engine_decides_as_the_other_would_have() {
    let _turn = turn();
    let mut memory = Memory::of(1 << 16);
    let (rules, engine) = pumps(&mut memory);
    let whole = snapshot(engine, &[], &mut memory);
    let (status, restored) = restore(rules, &[&whole], &mut memory);
    assert_eq!(status, OK);
    let continued = [engine, restored].map(|engine| {
        heard(engine, 1, "a", &mut memory);
        let decision = memory.record().to_vec();
        advance(engine, 400, &mut memory);
        [vec![decision], memory.items()].concat()
    });
    assert_eq!(continued[0].len(), 2, "a decision, and QUIET's");
    assert_eq!(continued[0], continued[1]);
    close_all(&[restored, engine, rules], &mut memory);
}

#[test]
fn key_groups_move_one_by_one() {
    let _turn = turn();
    let mut memory = Memory::of(1 << 16);
    let (rules, engine) = pumps(&mut memory);
    heard(engine, 1, "b", &mut memory);
    let (low, high): (Vec<u16>, Vec<u16>) = (0..128).partition(|group| *group < 64);
    let (low, high) = (snapshot(engine, &low, &mut memory), snapshot(engine, &high, &mut memory));
    let (status, restored) = restore(rules, &[&low, &high], &mut memory);
    assert_eq!(status, OK);
    let (before, after) = (state(engine, &mut memory).keys, state(restored, &mut memory).keys);
    assert!(before >= 2, "two pumps, but {before} keys");
    assert_eq!(before, after);
    let (status, nothing) = restore(rules, &[&low, &low], &mut memory);
    memory.refused(status, INVALID, 809);
    assert_eq!(nothing, 0, "no handle is given");
    let beyond = snapshot(engine, &[128, u16::MAX], &mut memory);
    let (status, empty) = restore(rules, &[&beyond], &mut memory);
    assert_eq!((status, state(empty, &mut memory).keys), (OK, 0), "groups that are not there are left out");
    close_all(&[empty, restored, engine, rules], &mut memory);
}

#[test]
fn what_does_not_fit_waits_and_is_done_once() {
    let _turn = turn();
    let mut memory = Memory::of(1 << 16);
    let (rules, engine) = pumps(&mut memory);
    let whole = snapshot(engine, &[], &mut memory);
    let mut small = Memory::of(64);
    let fetch = |small: &Memory, memory: &mut Memory| {
        assert_eq!(small.error(), (FishplateStatus::OutOfRange, 806));
        assert!(small.storage.ticket != 0);
        // SAFETY: the storage is this test's own.
        assert_eq!(unsafe { fishplate_fetch(engine, small.storage.ticket, &mut memory.storage) }, OK);
        assert_eq!(memory.storage.size, small.storage.size);
    };
    // SAFETY: every pointer is null or to memory of this test.
    let status = unsafe { fishplate_engine_snapshot(engine, null(), 0, &mut small.storage) };
    assert_eq!(status, FishplateStatus::OutOfRange);
    fetch(&small, &mut memory);
    assert_eq!(memory.record(), whole);
    assert_eq!(advance_to(engine, 300, 0, &mut small), FishplateStatus::OutOfRange);
    fetch(&small, &mut memory);
    assert_eq!(memory.items().len(), 1, "QUIET has fired");
    advance(engine, 300, &mut memory);
    assert_eq!(memory.items().len(), 0, "and fires once");
    let other = compiled(OTHER_PUMPS, &mut memory);
    let mut none = Memory::of(0);
    assert_eq!(swap(engine, other, &mut none), FishplateStatus::OutOfRange);
    assert!(none.storage.ticket != 0);
    // SAFETY: the storage is this test's own.
    assert_eq!(unsafe { fishplate_fetch(engine, none.storage.ticket, &mut memory.storage) }, OK);
    let mut swapped = MaybeUninit::<FishplateSwapped>::uninit();
    // SAFETY: as above; what was not written is not read.
    let swapped = unsafe {
        assert!(fishplate_swapped_read(fishplate_storage_record(&memory.storage), swapped.as_mut_ptr()));
        swapped.assume_init()
    };
    assert_eq!(texts(swapped.kept), ["QUIET"]);
    assert_eq!((texts(swapped.warming), texts(swapped.dropped)), (vec!["heated".into()], vec!["heard".into()]));
    assert_eq!(texts(state(engine, &mut memory).warming), ["heated"]);
    close_all(&[other, engine, rules], &mut memory);
}

#[test]
fn while_too_many_results_wait_nothing_changes() {
    let _turn = turn();
    let mut memory = Memory::of(1 << 16);
    let (rules, engine) = pumps(&mut memory);
    let mut none = Memory::of(0);
    for _ in 0..fishplate_boundary::WAITING_MAX {
        assert_eq!(advance_to(engine, 0, 0, &mut none), FishplateStatus::OutOfRange);
    }
    let exhausted = FishplateStatus::ResourceExhausted;
    let status = advance_to(engine, 300, 0, &mut memory);
    memory.refused(status, exhausted, 810);
    let status = swap(engine, rules, &mut memory);
    memory.refused(status, exhausted, 810);
    // SAFETY: every pointer is null or to memory of this test.
    let status = unsafe { fishplate_engine_snapshot(engine, null(), 0, &mut memory.storage) };
    memory.refused(status, exhausted, 810);
    // SAFETY: the storage is this test's own.
    assert_eq!(unsafe { fishplate_fetch(engine, none.storage.ticket, &mut memory.storage) }, OK);
    advance(engine, 300, &mut memory);
    assert_eq!(memory.items().len(), 1, "time had not passed");
    close_all(&[engine, rules], &mut memory);
}

#[test]
fn a_damaged_snapshot_is_refused_whatever_is_wrong_with_it() {
    let _turn = turn();
    let mut memory = Memory::of(1 << 16);
    let (rules, engine) = pumps(&mut memory);
    let whole = snapshot(engine, &[], &mut memory);
    let mut refused = |bytes: &[u8], what: &str| {
        let (status, handle) = restore(rules, &[bytes], &mut memory);
        assert!(status == FishplateStatus::DataLoss || status == PRECONDITION, "{what}: {status:?}");
        let (_, code) = memory.error();
        assert!(code == 891 || code == 892, "{what}: F{code:04}");
        assert_eq!(handle, 0, "{what}: no handle is given");
    };
    for end in 0..whole.len() {
        refused(&whole[..end], &format!("cut at {end}"));
    }
    for at in 0..whole.len() {
        let mut bent = whole.clone();
        bent[at] ^= 1 << (at % 8);
        refused(&bent, &format!("bent at {at}"));
    }
    refused(b"FPS1", "the magic alone");
    refused(&[whole.as_slice(), b"x"].concat(), "a byte too many");
    let mut later = whole.clone();
    later[4] += 1;
    let (status, _) = restore(rules, &[&later], &mut memory);
    memory.refused(status, PRECONDITION, 892);
    let (status, _) = restore(rules, &[], &mut memory);
    memory.refused(status, INVALID, 809);
    close_all(&[engine, rules], &mut memory);
}

#[test]
fn a_snapshot_of_another_partition_is_refused_and_so_is_such_a_swap() {
    let _turn = turn();
    let mut memory = Memory::of(1 << 16);
    let (rules, engine) = pumps(&mut memory);
    let whole = snapshot(engine, &[], &mut memory);
    let unpartitioned = compiled(&PUMPS.replace("partition_by: event.pump\n", ""), &mut memory);
    let (status, _) = restore(unpartitioned, &[&whole], &mut memory);
    memory.refused(status, PRECONDITION, 893);
    let status = swap(engine, unpartitioned, &mut memory);
    memory.refused(status, PRECONDITION, 893);
    advance(engine, 300, &mut memory);
    assert_eq!(memory.items().len(), 1, "nothing has changed");
    close_all(&[unpartitioned, engine, rules], &mut memory);
}

#[test]
fn rules_are_switched_by_number_and_back() {
    let _turn = turn();
    let mut memory = Memory::of(1 << 16);
    let (rules, engine) = pumps(&mut memory);
    assert_eq!(modes(engine, &mut memory), [0, 0]);
    for (mode, shown) in [(2, 2), (1, 1), (0, 0), (2, 2), (3, 0)] {
        assert_eq!(set_mode(engine, "OFTEN", mode, &mut memory), OK);
        assert_eq!(modes(engine, &mut memory), [0, shown], "mode {mode}");
    }
    let status = set_mode(engine, "OFTEN", 4, &mut memory);
    memory.refused(status, INVALID, 809);
    let status = set_mode(engine, "OFTN", 0, &mut memory);
    memory.refused(status, FishplateStatus::NotFound, 894);
    assert_eq!(modes(engine, &mut memory), [0, 0]);
    close_all(&[engine, rules], &mut memory);
}

#[test]
fn a_budget_is_kept_by_refusing_or_by_evicting() {
    let _turn = turn();
    let mut memory = Memory::of(1 << 16);
    let rules = compiled(PUMPS, &mut memory);
    // 1 KiB for each of the 128 key groups: room for a few keys.
    for (at_budget, refuses) in [(0, true), (1, false)] {
        let mut engine = 0;
        // SAFETY: every pointer is null or to memory of this test.
        let opened = |memory: u64, engine: *mut u64, storage| unsafe {
            fishplate_engine_open_with(rules, null(), false, memory, at_budget, null(), 0, engine, storage)
        };
        assert_eq!(opened(128 * 1024, &mut engine, &mut memory.storage), OK);
        for pump in 0..2_000 {
            heard(engine, 1, &format!("pump {pump}"), &mut memory);
        }
        let state = state(engine, &mut memory);
        assert!(state.bytes <= 128 * 1024, "{} bytes", state.bytes);
        assert_eq!((state.refused_keys > 0, state.evicted_keys > 0), (refuses, !refuses));
        close(engine, &mut memory);
    }
    close(rules, &mut memory);
}

#[test]
fn null_and_wrong_arguments_are_refused_with_their_name() {
    let _turn = turn();
    let mut memory = Memory::of(1 << 16);
    let (rules, engine) = pumps(&mut memory);
    let whole = snapshot(engine, &[], &mut memory);
    let piece = FishplateBytes { data: whole.as_ptr(), size: whole.len() };
    let hollow = FishplateBytes { data: null(), size: 9 };
    let storage: *mut FishplateStorage = &mut memory.storage;
    // SAFETY: the nulls are what is tested; everything else is memory of this test.
    unsafe {
        let mut handle = 7;
        let wrong = [
            (fishplate_engine_open_with(rules, null(), false, 0, 2, null(), 0, &mut handle, storage), 809, "at_budget"),
            (fishplate_engine_open_with(rules, null(), false, 0, 0, null(), 0, null_mut(), storage), 807, "handle"),
            (fishplate_engine_restore(rules, null(), false, 0, 2, &piece, 1, &mut handle, storage), 809, "at_budget"),
            (fishplate_engine_restore(rules, null(), false, 0, 0, null(), 1, &mut handle, storage), 807, "snapshots"),
            (fishplate_engine_restore(rules, null(), false, 0, 0, &hollow, 1, &mut handle, storage), 807, "snapshots"),
            (fishplate_engine_snapshot(engine, null(), 1, storage), 807, "groups"),
            (fishplate_engine_set_mode(engine, null(), 3, 0, storage), 807, "rule"),
            (fishplate_advance_to(engine, 0, 1_000_000_000, storage), 809, "nanos"),
            (fishplate_advance_to(engine, 0, u32::MAX, storage), 809, "nanos"),
            (fishplate_advance_to(engine, i64::MAX, 0, storage), 809, "seconds"),
            (fishplate_advance_to(engine, i64::MIN, 0, storage), 809, "seconds"),
        ];
        assert!(wrong.iter().all(|(status, ..)| *status == INVALID), "{wrong:?}");
        assert_eq!(handle, 0, "no handle is given");
        let nowhere = null_mut();
        assert_eq!(fishplate_advance_to(engine, 300, 0, nowhere), INVALID, "there is nowhere to put decisions");
        assert_eq!(fishplate_engine_snapshot(engine, null(), 0, nowhere), INVALID);
        assert_eq!(fishplate_engine_swap(engine, rules, nowhere), INVALID);
        assert_eq!(fishplate_engine_state(engine, nowhere), INVALID);
        assert_eq!(fishplate_engine_set_mode(engine, c"QUIET".as_ptr(), 5, 1, nowhere), OK, "it gives nothing");
        assert_eq!(fishplate_engine_set_mode(engine, c"QUIET".as_ptr(), 5, 3, nowhere), OK);
    }
    advance(engine, 300, &mut memory);
    assert_eq!(memory.items().len(), 1, "no time had passed by any of it");
    close_all(&[engine, rules], &mut memory);
}

#[test]
fn wrong_handles_are_refused_by_every_operation() {
    let _turn = turn();
    let mut memory = Memory::of(1 << 16);
    let (rules, engine) = pumps(&mut memory);
    let whole = snapshot(engine, &[], &mut memory);
    let on = |engine: FishplateHandle, rules: FishplateHandle, code: u32, memory: &mut Memory| {
        let status = advance_to(engine, 0, 0, memory);
        memory.refused(status, if engine == 0 { INVALID } else { PRECONDITION }, code);
        // SAFETY: every pointer is null or to memory of this test.
        let calls = unsafe {
            let storage: *mut FishplateStorage = &mut memory.storage;
            [
                fishplate_engine_snapshot(engine, null(), 0, storage),
                fishplate_engine_swap(engine, rules, storage),
                fishplate_engine_set_mode(engine, c"QUIET".as_ptr(), 5, 2, storage),
                fishplate_engine_state(engine, storage),
                fishplate_engine_open_with(rules, null(), false, 0, 0, null(), 0, &mut 0, storage),
            ]
        };
        assert_eq!(calls, [status; 5]);
        memory.refused(status, status, code);
        let (restored, handle) = restore(rules, &[&whole], memory);
        memory.refused(restored, status, code);
        assert_eq!(handle, 0);
    };
    on(0, 0, 807, &mut memory);
    on(rules, engine, 803, &mut memory);
    on(engine ^ 1 << 50, rules ^ 1 << 50, 804, &mut memory);
    let status = swap(engine, engine, &mut memory);
    memory.refused(status, PRECONDITION, 803);
    close_all(&[engine, rules], &mut memory);
    on(engine, rules, 801, &mut memory);
    let again = pumps(&mut memory);
    on(engine, rules, 802, &mut memory);
    close_all(&[again.1, again.0], &mut memory);
}

#[test]
fn an_engine_keeps_the_rule_set_that_it_was_swapped_to() {
    let _turn = turn();
    let mut memory = Memory::of(1 << 16);
    let (rules, engine) = pumps(&mut memory);
    let other = compiled(OTHER_PUMPS, &mut memory);
    assert_eq!(swap(engine, other, &mut memory), OK);
    close_all(&[rules, other], &mut memory);
    assert_eq!(live(FishplateKind::RuleSet), 1, "the first is gone, the second is the engine's");
    heard(engine, 1, "a", &mut memory);
    close(engine, &mut memory);
}

#[test]
fn states_may_be_asked_for_while_others_decide_and_a_close_crashes_nothing() {
    let _turn = turn();
    let mut memory = Memory::of(1 << 16);
    for _ in 0..20 {
        let (rules, engine) = pumps(&mut memory);
        std::thread::scope(|scope| {
            for at in 0..4 {
                scope.spawn(move || {
                    let mut memory = Memory::of(1 << 16);
                    let mut call = || match at {
                        0 => advance_to(engine, 0, 0, &mut memory),
                        // SAFETY: every pointer is null or to memory of this test.
                        1 => unsafe { fishplate_engine_snapshot(engine, null(), 0, &mut memory.storage) },
                        2 => swap(engine, rules, &mut memory),
                        _ => set_mode(engine, "OFTEN", 2, &mut memory),
                    };
                    while call() == OK {}
                    assert_eq!(memory.error(), (PRECONDITION, 801));
                });
            }
            std::thread::yield_now();
            close(engine, &mut memory);
        });
        close(rules, &mut memory);
    }
}

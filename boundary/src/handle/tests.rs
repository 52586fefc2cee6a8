//! Handles as the contract (section 5) promises them. The tests take turns: they share the one table of slots.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, AtomicU64};
use std::sync::{Mutex, MutexGuard};

use fishplate::{Limits, RuleSet};

use super::*;

const RULES: &str = "fishplate: 1
name: handles
schema: {fields: {amount: double}}
outputs:
  score: {type: int, merge: sum, default: 0}
rules:
  - {id: R1, when: event.amount > 1.0, output: {score: 1}}
";

/// One test at a time.
fn turn() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

fn rules() -> Arc<RuleSetObject> {
    let nothing = &mut |_: &str| Err(std::io::ErrorKind::NotFound.into());
    RuleSetObject::of(RuleSet::from_text("rules.yaml", RULES, nothing, &Limits::default()).expect("a rule set"))
}

fn made() -> Handle {
    insert(Held::RuleSet(rules())).expect("a free slot")
}

fn refused(handle: Handle, kind: Object) -> fishplate::Code {
    lookup(handle, kind).err().expect("a refusal").code()
}

#[test]
fn a_handle_leads_to_its_object_until_it_is_closed() {
    let _turn = turn();
    let handle = made();
    assert!(lookup(handle, Object::RuleSet).expect("open").rule_set().is_some());
    close(handle).expect("open");
    assert_eq!(refused(handle, Object::RuleSet), codes::CLOSED);
    close(handle).expect("closing again changes nothing");
    close(handle).expect("any number of times");
}

#[test]
fn no_handle_is_zero_and_zero_is_refused_as_null() {
    let _turn = turn();
    assert_eq!(refused(0, Object::Engine), codes::NULL_ARGUMENT);
    assert_eq!(close(0).expect_err("zero").code(), codes::NULL_ARGUMENT);
}

#[test]
fn another_kind_of_object_is_refused_open_or_closed() {
    let _turn = turn();
    let handle = made();
    assert_eq!(refused(handle, Object::Engine), codes::WRONG_HANDLE);
    close(handle).expect("open");
    assert_eq!(refused(handle, Object::Engine), codes::WRONG_HANDLE);
}

#[test]
fn a_handle_of_another_copy_of_the_library_is_foreign() {
    let _turn = turn();
    let handle = made();
    assert_eq!(refused(handle ^ 1 << 48, Object::RuleSet), codes::FOREIGN_HANDLE);
    assert_eq!(close(handle ^ 1 << 59).expect_err("foreign").code(), codes::FOREIGN_HANDLE);
    close(handle).expect("open");
}

#[test]
fn numbers_that_were_never_given_are_foreign() {
    let _turn = turn();
    let handle = made();
    let later = handle + (1 << SLOT_BITS);
    let other_type = handle & !(0xF << 60) | 0x9 << 60;
    for number in [later, other_type, handle | SLOT_MASK, u64::MAX, 1, handle & !(0xFF_FFFF << SLOT_BITS)] {
        assert_eq!(refused(number, Object::RuleSet), codes::FOREIGN_HANDLE, "{number:x}");
        assert_eq!(close(number).expect_err("never given").code(), codes::FOREIGN_HANDLE, "{number:x}");
    }
    close(handle).expect("open");
}

#[test]
fn a_handle_whose_slot_was_used_again_is_stale_and_closes_nothing() {
    let _turn = turn();
    let old = made();
    close(old).expect("open");
    let mut others = Vec::new();
    while refused(old, Object::RuleSet) != codes::STALE_HANDLE {
        others.push(made());
    }
    close(old).expect("closing what is gone changes nothing");
    for other in others {
        assert!(lookup(other, Object::RuleSet).is_ok());
        close(other).expect("open");
    }
}

#[test]
fn a_slot_whose_generation_would_wrap_is_retired() {
    let _turn = turn();
    let handle = made();
    let (at, slot) = (slot_of(handle), TABLE.slot(slot_of(handle)).expect("its slot"));
    close(handle).expect("open");
    // Take slots until ours comes up again, then make its next generation the last one.
    let mut taken = Vec::new();
    loop {
        let (found, _) = TABLE.take_slot().expect("a slot");
        if found == at {
            break;
        }
        taken.push(found);
    }
    slot.generation.store(GENERATION_MAX - 1, Ordering::Relaxed);
    TABLE.give_back(at, slot);
    let mut last = made();
    let mut others = Vec::new();
    while slot_of(last) != at {
        others.push(last);
        last = made();
    }
    assert_eq!(generation_of(last), GENERATION_MAX);
    close(last).expect("open");
    let after: Vec<Handle> = (0..64).map(|_| made()).collect();
    assert!(after.iter().all(|handle| slot_of(*handle) != at), "the retired slot is never used again");
    assert_eq!(refused(last, Object::RuleSet), codes::CLOSED);
    others.into_iter().chain(after).for_each(|handle| close(handle).expect("open"));
    taken.into_iter().for_each(|found| TABLE.give_back(found, TABLE.slot(found).expect("a slot")));
}

#[test]
fn handles_of_living_objects_are_all_different() {
    let _turn = turn();
    let handles: Vec<Handle> = (0..300).map(|_| made()).collect();
    assert_eq!(handles.iter().collect::<HashSet<_>>().len(), 300);
    handles.into_iter().for_each(|handle| close(handle).expect("open"));
}

#[test]
fn segments_hold_every_slot_once() {
    let _turn = turn();
    let mut next = (0, 0);
    for at in 0..100_000 {
        let place = locate(at);
        assert!(place.1 < segment_size(place.0));
        assert!(place == next || place == (next.0 + 1, 0), "slot {at}");
        next = (place.0, place.1 + 1);
    }
    assert_eq!(locate(locate_last()), (SEGMENTS - 1, segment_size(SEGMENTS - 1) - 1));
}

#[test]
fn threads_that_open_use_and_close_never_meet_a_wrong_object() {
    let _turn = turn();
    static SHARED: [AtomicU64; 4] = [const { AtomicU64::new(0) }; 4];
    static DONE: AtomicBool = AtomicBool::new(false);
    let reader = |at: usize| {
        let mut seen = 0_u64;
        while !DONE.load(Ordering::Acquire) {
            let handle = SHARED[at % 4].load(Ordering::Acquire);
            match lookup(handle, Object::RuleSet) {
                Ok(using) => {
                    let rule_set = using.rule_set().expect("of the kind that was asked for");
                    assert_eq!(rule_set.rule_set().expect("not forked").name(), "handles");
                    // The object stays while it is used, whoever closes it meanwhile.
                    assert_eq!(using.0.as_ref().expect("kept").handle, handle);
                    seen += 1;
                }
                Err(error) => {
                    let code = error.code();
                    let expected = [codes::CLOSED, codes::STALE_HANDLE, codes::NULL_ARGUMENT];
                    assert!(expected.contains(&code), "{code}");
                }
            }
        }
        seen
    };
    let object = rules();
    let writer = |at: usize| {
        for _ in 0..20_000 {
            let handle = insert(Held::RuleSet(Arc::clone(&object))).expect("a free slot");
            let before = SHARED[at].swap(handle, Ordering::AcqRel);
            if before != 0 {
                close(before).expect("open, or closed by the other writer");
                close(before).expect("again");
            }
        }
    };
    std::thread::scope(|scope| {
        let readers: Vec<_> = (0..4).map(|at| scope.spawn(move || reader(at))).collect();
        let writers: Vec<_> = (0..4).map(|at| scope.spawn(move || writer(at % 2))).collect();
        writers.into_iter().for_each(|writer| writer.join().expect("a writer"));
        DONE.store(true, Ordering::Release);
        assert!(readers.into_iter().map(|reader| reader.join().expect("a reader")).sum::<u64>() > 0);
    });
    SHARED.iter().map(|shared| shared.load(Ordering::Acquire)).filter(|handle| *handle != 0).for_each(|handle| {
        close(handle).expect("open");
    });
    assert_eq!(Arc::strong_count(&object), 1, "every closed slot let go of its object");
}

//! A panic inside the library never reaches the host: it becomes INTERNAL, and the next call works.
//! One test, because armed faults are of the whole process.

mod common;

use std::ffi::c_char;
use std::ptr::{null, null_mut};

use common::*;
use fishplate_boundary::fault;
use fishplate_boundary::table::OPERATIONS;
use fishplate_c::generated::entries::*;
use fishplate_c::types::{FishplateHandle, FishplateStorage};

/// Calls the operation `name` with arguments that are right; gives its status.
fn call(name: &str, rules: FishplateHandle, engine: FishplateHandle, memory: &mut Memory) -> FishplateStatus {
    let (file, event, json) = ("rules.yaml", EVENT.as_ptr(), FishplateFormat::Json as u32);
    let (text, path) = (RULES.as_ptr().cast::<c_char>(), concat!(env!("CARGO_MANIFEST_DIR"), "/tests/rules.yaml"));
    let mut handle = 0;
    let storage: *mut FishplateStorage = &mut memory.storage;
    // SAFETY: every pointer is null or to memory of this test that is as long as is said.
    let status = unsafe {
        match name {
            "version" => fishplate_version(storage),
            "limits" => fishplate_limits(storage),
            "rule_set_from_text" => {
                let name = file.as_ptr().cast();
                let (files, limits) = (null(), null());
                fishplate_rule_set_from_text(
                    name,
                    file.len(),
                    text,
                    RULES.len(),
                    files,
                    0,
                    limits,
                    &mut handle,
                    storage,
                )
            }
            "rule_set_load" => fishplate_rule_set_load(path.as_ptr().cast(), path.len(), null(), &mut handle, storage),
            "rule_set_describe" => fishplate_rule_set_describe(rules, storage),
            "engine_open" => fishplate_engine_open(rules, null(), false, &mut handle, storage),
            "decide" => fishplate_decide(engine, json, event, EVENT.len(), null(), storage),
            "preview" => fishplate_preview(engine, json, event, EVENT.len(), null(), storage),
            "decide_all" => fishplate_decide_all(engine, json, [0_u8; 4].as_ptr(), 4, storage),
            "fetch" => {
                let mut small = FishplateStorage { data: null_mut(), capacity: 0, size: 0, ticket: 0 };
                let status = fishplate_decide(engine, json, event, EVENT.len(), null(), &mut small);
                assert_eq!(status, FishplateStatus::OutOfRange);
                fishplate_fetch(engine, small.ticket, storage)
            }
            "counters" => fishplate_counters(engine, storage),
            "trace_from_headers" => fishplate_trace_from_headers(null(), 0, storage),
            "live_objects" => fishplate_live_objects(1, &mut handle, storage),
            "close" => fishplate_close(rules, storage),
            "explain_error" => fishplate_explain_error(203, storage),
            other => panic!("the operation {other} has no test here"),
        }
    };
    if matches!(name, "rule_set_from_text" | "rule_set_load" | "engine_open") && status == FishplateStatus::Ok {
        assert_eq!(close(handle, memory), FishplateStatus::Ok);
    }
    status
}

#[test]
fn a_panic_in_any_operation_becomes_internal_and_the_next_call_works() {
    let mut memory = Memory::of(1 << 16);
    let rules = rules(&mut memory);
    let engine = engine(rules, &mut memory);
    for row in
        OPERATIONS.iter().filter(|row| row.name != "close").chain(OPERATIONS.iter().filter(|row| row.name == "close"))
    {
        fault::arm(row.name, 1);
        let status = call(row.name, rules, engine, &mut memory);
        memory.refused(status, FishplateStatus::Internal, FishplateCode::F0901 as u32);
        let text = String::from_utf8_lossy(memory.record()).into_owned();
        assert!(text.contains(&format!("a fault injected into {}", row.name)), "{text}");
        assert_eq!(call(row.name, rules, engine, &mut memory), FishplateStatus::Ok, "{} again", row.name);
    }
    assert_eq!(close(engine, &mut memory), FishplateStatus::Ok);

    a_panic_while_deciding_breaks_that_engine_and_no_other();
    nothing_lives();
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
    for handle in [broken, sound, rules] {
        assert_eq!(close(handle, &mut memory), FishplateStatus::Ok);
    }
}

/*
 * What an engine remembers, as a C program uses it: time that passes, snapshots, other rules, switches, budgets.
 */
#define _XOPEN_SOURCE 700 /* mkdtemp */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "fishplate.h"
#include "fishplate_canonical.h"

static const char PUMPS[] = "fishplate: 1\n"
                            "name: pumps\n"
                            "schema: {fields: {at: timestamp, pump: string, heat: int}}\n"
                            "event: {time: at}\n"
                            "partition_by: event.pump\n"
                            "features:\n"
                            "  heard: {by: event.pump, count: true, sliding: 10m, slide: 1m}\n"
                            "outputs:\n"
                            "  score: {type: int, merge: sum, default: 0}\n"
                            "rules:\n"
                            "  - {id: QUIET, by: [event.pump, event.heat], silent: 5m, output: {score: 1}}\n"
                            "  - {id: OFTEN, when: features.heard > 1, output: {score: features.heard}}\n";

/* The same rules on another feature. */
static const char OTHER[] = "fishplate: 1\n"
                            "name: pumps\n"
                            "schema: {fields: {at: timestamp, pump: string, heat: int}}\n"
                            "event: {time: at}\n"
                            "partition_by: event.pump\n"
                            "features:\n"
                            "  heated: {by: event.pump, sum: event.heat, sliding: 10m, slide: 1m}\n"
                            "outputs:\n"
                            "  score: {type: int, merge: sum, default: 0}\n"
                            "rules:\n"
                            "  - {id: QUIET, by: [event.pump, event.heat], silent: 5m, output: {score: 1}}\n";

/* Rules of another name. */
static const char RENAMED[] = "fishplate: 1\n"
                              "name: other\n"
                              "schema: {fields: {at: timestamp, pump: string, heat: int}}\n"
                              "event: {time: at}\n"
                              "rules: []\n";

static uint8_t memory[1 << 16];
static FishplateStorage storage;

static FishplateStorage *fresh(void) {
    storage = (FishplateStorage){memory, sizeof memory, 0, 0};
    return &storage;
}

static FishplateBytes record(void) { return fishplate_storage_record(&storage); }

static bool same(FishplateText text, const char *expected) {
    return text.size == strlen(expected) && !memcmp(text.data, expected, text.size);
}

static void refused(const char *name, FishplateStatus got, FishplateStatus status, uint32_t code) {
    FishplateError error;
    CHECK(name, got == status);
    CHECK(name, fishplate_error_read(record(), &error) && error.status == status && error.code == code);
}

static FishplateHandle compiled(const char *text) {
    FishplateHandle rules = 0;
    CHECK("the rules compile", fishplate_rule_set_from_text("pumps.yaml", 10, text, strlen(text), NULL, 0, NULL, &rules,
                                                            fresh()) == FISHPLATE_STATUS_OK);
    return rules;
}

static FishplateHandle engine_on(FishplateHandle rules) {
    FishplateHandle engine = 0;
    CHECK("an engine opens", fishplate_engine_open_with(rules, NULL, false, 0, FISHPLATE_AT_BUDGET_REFUSE, NULL, 0, &engine,
                                                        fresh()) == FISHPLATE_STATUS_OK);
    return engine;
}

static void hear(FishplateHandle engine, const char *pump, int second) {
    char event[128];
    int size = snprintf(event, sizeof event, "{\"at\": \"1970-01-01T00:00:%02d.5Z\", \"pump\": \"%s\", \"heat\": -3}", second, pump);
    CHECK("a pump is heard of", fishplate_decide(engine, FISHPLATE_FORMAT_JSON, (uint8_t *)event, (size_t)size, NULL,
                                                 fresh()) == FISHPLATE_STATUS_OK);
}

/* A copy of what stands in the storage; the caller frees it. */
static FishplateBytes copied(void) {
    uint8_t *copy = malloc(storage.size + 1);
    if (copy) memcpy(copy, storage.data, storage.size);
    return (FishplateBytes){copy, copy ? storage.size : 0};
}

/* The snapshot of some groups, or all; it is fetched, because there is no room for it at first. The caller frees it. */
static FishplateBytes snapshot_of(FishplateHandle engine, const uint16_t *groups, size_t count) {
    const char *name = "a snapshot that does not fit is fetched";
    FishplateStorage none = {NULL, 0, 0, 0};
    CHECK(name, fishplate_engine_snapshot(engine, groups, count, &none) == FISHPLATE_STATUS_OUT_OF_RANGE && none.ticket);
    uint8_t *data = malloc(none.size);
    FishplateStorage room = {data, data ? none.size : 0, 0, 0};
    CHECK(name, fishplate_fetch(engine, none.ticket, &room) == FISHPLATE_STATUS_OK && room.size == none.size);
    return fishplate_storage_record(&room);
}

static void drop(FishplateBytes bytes) { free((void *)bytes.data); }

static void close_both(FishplateHandle engine, FishplateHandle rules) {
    fishplate_close(engine, NULL);
    fishplate_close(rules, NULL);
}

/* ---- what is right ---- */

static void a_timer_tells_its_rule_its_key_and_when_it_was_due(void) {
    const char *name = "a timer tells its rule, its key and when it was due";
    FishplateHandle rules = compiled(PUMPS), engine = engine_on(rules);
    hear(engine, "a", 1);
    FishplateTimer timer;
    CHECK("an event's decision has no timer", !fishplate_decision_timer(record(), &timer));
    CHECK(name, fishplate_advance_to(engine, 301, 499999999, fresh()) == FISHPLATE_STATUS_OK);
    FishplateCursor cursor = fishplate_batch_items(record());
    CHECK("a nanosecond too early nothing fires", cursor.left == 0 && !cursor.malformed);
    CHECK(name, fishplate_advance_to(engine, 301, 500000000, fresh()) == FISHPLATE_STATUS_OK);
    cursor = fishplate_batch_items(record());
    FishplateItem item;
    CHECK(name, cursor.left == 1 && fishplate_next_item(&cursor, &item) && item.status == FISHPLATE_STATUS_OK);
    FishplateDecision read;
    CHECK(name, fishplate_decision_read(item.record, &read) && read.identity == 5 && read.ordinal == 0);
    CHECK(name, fishplate_decision_timer(item.record, &timer) && same(timer.rule, "QUIET"));
    CHECK(name, timer.due.kind == FISHPLATE_VALUE_KIND_TIMESTAMP && timer.due.integer == 301 && timer.due.nanos == 500000000);
    FishplateValue value;
    CHECK(name, timer.key.kind == FISHPLATE_VALUE_KIND_LIST && timer.key.count == 2);
    cursor = fishplate_value_entries(&timer.key);
    CHECK(name, fishplate_next_value(&cursor, &value) && value.kind == FISHPLATE_VALUE_KIND_STRING && value.size == 1);
    CHECK(name, fishplate_next_value(&cursor, &value) && value.integer == -3 && !fishplate_next_value(&cursor, &value));
    CHECK(name, fishplate_decision_output(item.record, fishplate_text("score"), &value) && value.integer == 1);
    uint8_t id[16], computed[16];
    CHECK("C derives the same id", fishplate_decision_id(item.record, &id) &&
                                       fishplate_canonical_id(item.record, computed) && !memcmp(id, computed, 16));
    close_both(engine, rules);
}

static void a_restored_engine_goes_on_where_the_other_was(void) {
    const char *name = "a restored engine goes on where the other was";
    FishplateHandle rules = compiled(PUMPS), engine = engine_on(rules), restored = 0;
    hear(engine, "a", 1);
    hear(engine, "b", 2);
    uint16_t low[64], high[64];
    for (uint16_t at = 0; at < 64; at++) {
        low[at] = at;
        high[at] = (uint16_t)(64 + at);
    }
    FishplateBytes parts[2] = {snapshot_of(engine, high, 64), snapshot_of(engine, low, 64)};
    CHECK(name, fishplate_engine_restore(rules, NULL, false, 0, FISHPLATE_AT_BUDGET_REFUSE, parts, 2, &restored,
                                         fresh()) == FISHPLATE_STATUS_OK);
    drop(parts[0]);
    drop(parts[1]);
    hear(engine, "b", 3);
    FishplateBytes one = copied();
    hear(restored, "b", 3);
    CHECK(name, one.size == record().size && !memcmp(one.data, record().data, one.size));
    FishplateValue score;
    CHECK("it has heard of the pump twice",
          fishplate_decision_output(record(), fishplate_text("score"), &score) && score.integer == 2);
    drop(one);
    fishplate_close(restored, NULL);
    close_both(engine, rules);
}

static void a_swap_keeps_what_both_define(void) {
    const char *name = "a swap keeps what both define";
    FishplateHandle rules = compiled(PUMPS), other = compiled(OTHER), engine = engine_on(rules);
    FishplateSwapped swapped;
    FishplateEngineState state;
    FishplateText text;
    hear(engine, "a", 1);
    CHECK(name, fishplate_engine_swap(engine, other, fresh()) == FISHPLATE_STATUS_OK);
    CHECK(name, fishplate_swapped_read(record(), &swapped));
    CHECK(name, swapped.kept.left == 1 && fishplate_next_text(&swapped.kept, &text) && same(text, "QUIET"));
    CHECK(name, swapped.warming.left == 1 && fishplate_next_text(&swapped.warming, &text) && same(text, "heated"));
    CHECK(name, swapped.dropped.left == 1 && fishplate_next_text(&swapped.dropped, &text) && same(text, "heard"));
    CHECK(name, fishplate_engine_state(engine, fresh()) == FISHPLATE_STATUS_OK);
    CHECK(name, fishplate_engine_state_read(record(), &state) && state.partitions == 1 && state.keys > 0 && state.bytes > 0);
    CHECK("what warms is told", fishplate_next_text(&state.warming, &text) && same(text, "heated"));
    close_both(engine, rules);
    fishplate_close(other, NULL);
}

static uint32_t mode_of(FishplateHandle engine, const char *rule) {
    FishplateEngineState state = {0};
    FishplateRuleMode mode;
    CHECK("a state is told", fishplate_engine_state(engine, fresh()) == FISHPLATE_STATUS_OK);
    CHECK("a state is told", fishplate_engine_state_read(record(), &state));
    while (fishplate_next_rule_mode(&state.modes, &mode))
        if (same(mode.rule, rule)) return mode.mode;
    return FISHPLATE_MODE_DOCUMENT;
}

static void a_rule_is_switched_off_and_back(void) {
    const char *name = "a rule is switched off and back";
    FishplateHandle rules = compiled(PUMPS), engine = engine_on(rules);
    FishplateValue score;
    CHECK(name, fishplate_engine_set_mode(engine, "OFTEN", 5, FISHPLATE_MODE_OFF, fresh()) == FISHPLATE_STATUS_OK);
    CHECK(name, mode_of(engine, "OFTEN") == FISHPLATE_MODE_OFF && mode_of(engine, "QUIET") == FISHPLATE_MODE_LIVE);
    hear(engine, "a", 1);
    hear(engine, "a", 2);
    CHECK(name, fishplate_decision_output(record(), fishplate_text("score"), &score) && score.integer == 0);
    CHECK(name, fishplate_engine_set_mode(engine, "OFTEN", 5, FISHPLATE_MODE_DOCUMENT, fresh()) == FISHPLATE_STATUS_OK);
    CHECK(name, mode_of(engine, "OFTEN") == FISHPLATE_MODE_LIVE);
    hear(engine, "a", 3);
    CHECK(name, fishplate_decision_output(record(), fishplate_text("score"), &score) && score.integer == 3);
    close_both(engine, rules);
}

static void at_its_budget_an_engine_refuses_new_keys(void) {
    FishplateHandle rules = compiled(PUMPS), engine = 0;
    FishplateEngineState state = {0};
    CHECK("an engine opens", fishplate_engine_open_with(rules, NULL, false, 1, FISHPLATE_AT_BUDGET_REFUSE, NULL, 0, &engine,
                                                        fresh()) == FISHPLATE_STATUS_OK);
    hear(engine, "a", 1);
    CHECK("a byte holds no key", fishplate_engine_state(engine, fresh()) == FISHPLATE_STATUS_OK &&
                                     fishplate_engine_state_read(record(), &state) && state.refused_keys > 0);
    close_both(engine, rules);
}

/* An engine on the folder, as it was left. */
static FishplateStatus kept_in(FishplateHandle rules, const char *folder, FishplateHandle *engine) {
    return fishplate_engine_open_with(rules, NULL, false, 0, FISHPLATE_AT_BUDGET_REFUSE, folder, strlen(folder), engine,
                                      fresh());
}

static void an_engine_goes_on_where_its_folder_was_left(void) {
    const char *name = "an engine goes on where its folder was left";
    char folder[] = "/tmp/fishplate-state-XXXXXX", command[64];
    CHECK(name, mkdtemp(folder));
    FishplateHandle rules = compiled(PUMPS), others = compiled(RENAMED), engine = 0, none = 7;
    FishplateValue score;
    CHECK(name, kept_in(rules, folder, &engine) == FISHPLATE_STATUS_OK);
    hear(engine, "a", 1);
    hear(engine, "a", 2);
    refused("a folder that another engine has", kept_in(rules, folder, &none), FISHPLATE_STATUS_FAILED_PRECONDITION,
            FISHPLATE_CODE_F0870);
    fishplate_close(engine, NULL);
    refused("a folder of other rules", kept_in(others, folder, &none), FISHPLATE_STATUS_FAILED_PRECONDITION,
            FISHPLATE_CODE_F0880);
    refused("a folder that is a file", kept_in(rules, "/dev/null", &none), FISHPLATE_STATUS_FAILED_PRECONDITION,
            FISHPLATE_CODE_F0871);
    CHECK(name, kept_in(rules, folder, &engine) == FISHPLATE_STATUS_OK);
    hear(engine, "a", 3);
    CHECK(name, fishplate_decision_output(record(), fishplate_text("score"), &score) && score.integer == 3);
    CHECK(name, fishplate_advance_to(engine, 400, 0, fresh()) == FISHPLATE_STATUS_OK);
    fishplate_close(others, NULL);
    close_both(engine, rules);
    snprintf(command, sizeof command, "rm -r %s", folder);
    CHECK(name, system(command) == 0);
}

/* ---- what is wrong ---- */

static FishplateStatus restored(FishplateHandle rules, const uint8_t *data, size_t size, FishplateHandle *engine) {
    FishplateBytes snapshot = {data, size};
    return fishplate_engine_restore(rules, NULL, false, 0, FISHPLATE_AT_BUDGET_REFUSE, &snapshot, 1, engine, fresh());
}

static void damaged_snapshots_are_refused(void) {
    FishplateHandle rules = compiled(PUMPS), engine = engine_on(rules), none = 7;
    hear(engine, "a", 1);
    FishplateBytes whole = snapshot_of(engine, NULL, 0);
    uint8_t *bent = malloc(whole.size);
    if (!bent) abort();
    for (size_t at = 0; at < whole.size; at += 5) {
        FishplateStatus status = restored(rules, whole.data, at, &none);
        refused("a snapshot that is cut", status, FISHPLATE_STATUS_DATA_LOSS, FISHPLATE_CODE_F0891);
        memcpy(bent, whole.data, whole.size);
        bent[at] ^= 0x10;
        status = restored(rules, bent, whole.size, &none);
        CHECK("a snapshot that is bent",
              status == FISHPLATE_STATUS_DATA_LOSS || (at == 5 && status == FISHPLATE_STATUS_FAILED_PRECONDITION));
        CHECK("no engine is given", none == 0);
    }
    memcpy(bent, whole.data, whole.size);
    bent[4] = 200; /* the format's major version */
    refused("a later format", restored(rules, bent, whole.size, &none), FISHPLATE_STATUS_FAILED_PRECONDITION,
            FISHPLATE_CODE_F0892);
    refused("no snapshot at all", fishplate_engine_restore(rules, NULL, false, 0, 0, NULL, 0, &none, fresh()),
            FISHPLATE_STATUS_INVALID_ARGUMENT, FISHPLATE_CODE_F0809);
    free(bent);
    drop(whole);
    close_both(engine, rules);
}

static void wrong_arguments_are_refused(void) {
    FishplateHandle rules = compiled(PUMPS), engine = engine_on(rules), none = 7;
    refused("a mode that there is not", fishplate_engine_set_mode(engine, "OFTEN", 5, 4, fresh()),
            FISHPLATE_STATUS_INVALID_ARGUMENT, FISHPLATE_CODE_F0809);
    refused("a rule that there is not", fishplate_engine_set_mode(engine, "OFTN", 4, 0, fresh()), FISHPLATE_STATUS_NOT_FOUND,
            FISHPLATE_CODE_F0894);
    refused("a budget's number", fishplate_engine_open_with(rules, NULL, false, 0, 2, NULL, 0, &none, fresh()),
            FISHPLATE_STATUS_INVALID_ARGUMENT, FISHPLATE_CODE_F0809);
    refused("a time out of range", fishplate_advance_to(engine, INT64_MAX, 0, fresh()), FISHPLATE_STATUS_INVALID_ARGUMENT,
            FISHPLATE_CODE_F0809);
    refused("groups that are null", fishplate_engine_snapshot(engine, NULL, 3, fresh()), FISHPLATE_STATUS_INVALID_ARGUMENT,
            FISHPLATE_CODE_F0807);
    refused("an engine for a rule set", fishplate_engine_swap(engine, engine, fresh()),
            FISHPLATE_STATUS_FAILED_PRECONDITION, FISHPLATE_CODE_F0803);
    CHECK("decisions need a storage", fishplate_advance_to(engine, 0, 0, NULL) == FISHPLATE_STATUS_INVALID_ARGUMENT);
    fishplate_close(engine, NULL);
    refused("a closed engine", fishplate_advance_to(engine, 0, 0, fresh()), FISHPLATE_STATUS_FAILED_PRECONDITION,
            FISHPLATE_CODE_F0801);
    refused("a closed engine", fishplate_engine_state(engine, fresh()), FISHPLATE_STATUS_FAILED_PRECONDITION,
            FISHPLATE_CODE_F0801);
    fishplate_close(rules, NULL);
}

/* A snapshot that waits is the engine's, and goes with it. */
static void what_waits_goes_with_the_engine(void) {
    FishplateHandle rules = compiled(PUMPS), engine = engine_on(rules);
    FishplateStorage none = {NULL, 0, 0, 0};
    hear(engine, "a", 1);
    CHECK("a snapshot waits", fishplate_engine_snapshot(engine, NULL, 0, &none) == FISHPLATE_STATUS_OUT_OF_RANGE);
    close_both(engine, rules);
    refused("a ticket of a closed engine", fishplate_fetch(engine, none.ticket, fresh()),
            FISHPLATE_STATUS_FAILED_PRECONDITION, FISHPLATE_CODE_F0801);
}

static void nothing_is_left_over(void) {
    uint64_t live = 9;
    CHECK("no rule set is left", fishplate_live_objects(FISHPLATE_KIND_RULE_SET, &live, NULL) == FISHPLATE_STATUS_OK && live == 0);
    CHECK("no engine is left", fishplate_live_objects(FISHPLATE_KIND_ENGINE, &live, NULL) == FISHPLATE_STATUS_OK && live == 0);
}

int main(void) {
    a_timer_tells_its_rule_its_key_and_when_it_was_due();
    a_restored_engine_goes_on_where_the_other_was();
    a_swap_keeps_what_both_define();
    a_rule_is_switched_off_and_back();
    at_its_budget_an_engine_refuses_new_keys();
    an_engine_goes_on_where_its_folder_was_left();
    damaged_snapshots_are_refused();
    wrong_arguments_are_refused();
    what_waits_goes_with_the_engine();
    nothing_is_left_over();
    return checked("test_state");
}

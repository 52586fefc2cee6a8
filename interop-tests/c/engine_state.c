/* The commands on what an engine remembers, and the snapshots that the runner keeps by name. */
#include "engine_state.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "answer.h"
#include "batch.h"
#include "sessions.h"
#include "sha256.h"

/* ---- snapshots by name ---- */

typedef struct Kept {
    char *name;
    Text bytes;
    struct Kept *next;
} Kept;

static Kept *kept;

static Kept *kept_as(const char *name) {
    Kept *found = kept;
    while (found && strcmp(found->name, name)) found = found->next;
    return found;
}

static void keep_as(const char *name, const void *bytes, size_t size) {
    Kept *one = kept_as(name);
    if (!one) {
        one = calloc(1, sizeof *one);
        if (!one || !(one->name = malloc(strlen(name) + 1))) give_up("no memory", "snapshot");
        strcpy(one->name, name);
        one->next = kept;
        kept = one;
    }
    one->bytes.size = 0;
    add(&one->bytes, bytes, size);
}

void drop_snapshots(void) {
    while (kept) {
        Kept *one = kept;
        kept = one->next;
        free(one->bytes.data);
        free(one->name);
        free(one);
    }
}

void keep(Runner *runner, Command *command, Text *line) {
    (void)runner;
    need(command, 3);
    char *bytes = command->field[2];
    keep_as(command->field[1], bytes, hex_decode(bytes, strlen(bytes)));
    add_string(line, "ok");
}

void snapshot(Runner *runner, Command *command, Text *line) {
    need(command, 2);
    uint16_t groups[FIELDS_MAX];
    for (size_t at = 2; at < command->count; at++) groups[at - 2] = (uint16_t)strtoul(command->field[at], NULL, 10);
    FishplateStatus status = fishplate_engine_snapshot(runner->engine, groups, command->count - 2, fresh(runner));
    if (fetched(runner, status) != FISHPLATE_STATUS_OK) {
        answer_error(runner, line);
        return;
    }
    FishplateBytes bytes = fishplate_storage_record(&runner->storage);
    Sha256 hash;
    uint8_t digest[32];
    sha256_begin(&hash);
    sha256_add(&hash, bytes.data, bytes.size);
    sha256_end(&hash, digest);
    keep_as(command->field[1], bytes.data, bytes.size);
    add_format(line, "snapshot\t%zu\t", bytes.size);
    add_hex(line, digest, sizeof digest);
}

void restore(Runner *runner, Command *command, Text *line) {
    FishplateBytes snapshots[FIELDS_MAX];
    size_t count = command->count - 1;
    for (size_t at = 0; at < count; at++) {
        Kept *one = kept_as(command->field[1 + at]);
        if (!one) give_up("no such snapshot", command->field[1 + at]);
        snapshots[at] = (FishplateBytes){(uint8_t *)one->bytes.data, one->bytes.size};
    }
    FishplateHandle engine;
    FishplateStatus status;
    do
        status = fishplate_engine_restore(runner->rules, &runner->limits, runner->strict, runner->budget, runner->at_budget,
                                          snapshots, count, &engine, fresh(runner));
    while (was_cut(runner, status));
    if (status == FISHPLATE_STATUS_OK) {
        end_session(runner);
        if (runner->engine) fishplate_close(runner->engine, NULL);
        runner->engine = engine;
    }
    answer_ok(runner, status, line);
}

/* ---- time, rules, budgets ---- */

void memory_budget(Runner *runner, Command *command, Text *line) {
    need(command, 2);
    runner->budget = strtoull(command->field[1], NULL, 10);
    add_string(line, "ok");
}

void at_budget(Runner *runner, Command *command, Text *line) {
    need(command, 2);
    runner->at_budget = !strcmp(command->field[1], "evict") ? FISHPLATE_AT_BUDGET_EVICT : FISHPLATE_AT_BUDGET_REFUSE;
    add_string(line, "ok");
}

void folder(Runner *runner, Command *command, Text *line) {
    need(command, 2);
    size_t size = percent_decode(command->field[1], strlen(command->field[1]));
    if (size >= sizeof runner->folder) give_up("too long a path", command->field[1]);
    memcpy(runner->folder, command->field[1], size);
    runner->folder[size] = 0;
    add_string(line, "ok");
}

/* The rule, the key and the time, then the decision. */
static void add_fired(Text *fields, FishplateBytes decision) {
    FishplateTimer timer;
    if (!fishplate_decision_timer(decision, &timer)) give_up("no timer", "decision");
    add_percent(fields, timer.rule.data, timer.rule.size);
    add_string(fields, "\t");
    add_value(fields, &timer.key);
    add_string(fields, "\t");
    add_value(fields, &timer.due);
    add_string(fields, "\t");
    add_decision(fields, decision);
}

void advance(Runner *runner, Command *command, Text *line) {
    need(command, 3);
    int64_t seconds = strtoll(command->field[1], NULL, 10);
    uint32_t nanos = (uint32_t)strtoul(command->field[2], NULL, 10);
    FishplateStatus status = fishplate_advance_to(runner->engine, seconds, nanos, fresh(runner));
    if (fetched(runner, status) != FISHPLATE_STATUS_OK) {
        answer_error(runner, line);
        return;
    }
    FishplateCursor cursor = fishplate_batch_items(fishplate_storage_record(&runner->storage));
    FishplateItem item;
    Text fields = {0};
    add_format(line, "advanced\t%" PRIu32, cursor.left);
    while (fishplate_next_item(&cursor, &item)) {
        fields.size = 0;
        add_fired(&fields, item.record);
        add_string(line, "\t");
        add_percent(line, fields.data, fields.size);
    }
    if (cursor.malformed) give_up("not a batch", "record");
    free(fields.data);
}

void swap(Runner *runner, Command *command, Text *line) {
    (void)command;
    FishplateSwapped swapped;
    FishplateStatus status = fishplate_engine_swap(runner->engine, runner->rules, fresh(runner));
    if (fetched(runner, status) != FISHPLATE_STATUS_OK) {
        answer_error(runner, line);
        return;
    }
    if (!fishplate_swapped_read(fishplate_storage_record(&runner->storage), &swapped)) give_up("not a swap", "record");
    add_string(line, "swapped");
    add_names(line, swapped.kept);
    add_names(line, swapped.warming);
    add_names(line, swapped.dropped);
}

/* In the order of their numbers; `-` is as the document says. */
static const char *const MODES[] = {"live", "shadow", "off", "-"};

void mode(Runner *runner, Command *command, Text *line) {
    need(command, 3);
    uint32_t number = 0, known = sizeof MODES / sizeof *MODES;
    while (number < known && strcmp(MODES[number], command->field[2])) number++;
    if (number == known) give_up("no such mode", command->field[2]);
    size_t size = percent_decode(command->field[1], strlen(command->field[1]));
    FishplateStatus status;
    do
        status = fishplate_engine_set_mode(runner->engine, command->field[1], size, number, fresh(runner));
    while (was_cut(runner, status));
    answer_ok(runner, status, line);
}

void state(Runner *runner, Command *command, Text *line) {
    (void)command;
    FishplateStatus status = fishplate_engine_state(runner->engine, fresh(runner));
    if (status == FISHPLATE_STATUS_OUT_OF_RANGE) {
        reserve(&runner->memory, runner->storage.size);
        status = fishplate_engine_state(runner->engine, fresh(runner));
    }
    if (status != FISHPLATE_STATUS_OK) {
        answer_error(runner, line);
        return;
    }
    FishplateEngineState read;
    FishplateRuleMode rule;
    if (!fishplate_engine_state_read(fishplate_storage_record(&runner->storage), &read)) give_up("not a state", "record");
    const uint64_t counts[] = {read.bytes,        read.keys,         read.partitions,
                               read.refused_keys, read.evicted_keys, read.expired_keys};
    add_string(line, "state");
    for (size_t at = 0; at < sizeof counts / sizeof *counts; at++) add_format(line, "\t%" PRIu64, counts[at]);
    add_names(line, read.warming);
    add_string(line, "\t{");
    for (bool first = true; fishplate_next_rule_mode(&read.modes, &rule); first = false) {
        if (rule.mode >= FISHPLATE_MODE_DOCUMENT) give_up("no such mode", "state");
        add_string(line, first ? "s" : ",s");
        add_percent(line, rule.rule.data, rule.rule.size);
        add_format(line, "=s%s", MODES[rule.mode]);
    }
    add_string(line, "}");
}

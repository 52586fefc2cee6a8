/*
 * The C runner: one command a line in, one answer a line out, until `quit`. Thin: it translates and calls the public
 * header. The protocol is in interop-tests/README.md.
 */
#define _POSIX_C_SOURCE 200809L
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "answer.h"
#include "batch.h"
#include "engine_state.h"
#include "runner.h"
#include "sessions.h"
#include "stream.h"

/* ---- rules ---- */

static void answer_rules(Runner *runner, FishplateStatus status, FishplateHandle rules, Text *line) {
    if (status != FISHPLATE_STATUS_OK) {
        answer_error(runner, line);
        return;
    }
    if (runner->rules) fishplate_close(runner->rules, NULL);
    runner->rules = rules;
    FishplateRuleSet described;
    status = fishplate_rule_set_describe(rules, fresh(runner));
    if (status == FISHPLATE_STATUS_OUT_OF_RANGE) {
        reserve(&runner->memory, runner->storage.size);
        status = fishplate_rule_set_describe(rules, fresh(runner));
    }
    if (status != FISHPLATE_STATUS_OK || !fishplate_rule_set_read(fishplate_storage_record(&runner->storage), &described))
        give_up("cannot describe", "rules");
    add_string(line, "ok\t");
    add_percent(line, described.name.data, described.name.size);
    add_string(line, "\t");
    add_hex(line, described.version, sizeof described.version);
}

static void rules_text(Runner *runner, Command *command, Text *line) {
    need(command, 3);
    size_t file_size = percent_decode(command->field[1], strlen(command->field[1]));
    size_t text_size = percent_decode(command->field[2], strlen(command->field[2]));
    size_t count = (command->count - 3) / 2;
    FishplateNamed *files = calloc(count ? count : 1, sizeof *files);
    if (!files) give_up("no memory", "files");
    for (size_t at = 0; at < count; at++) {
        char *name = command->field[3 + 2 * at], *bytes = command->field[4 + 2 * at];
        files[at].name = (FishplateText){name, percent_decode(name, strlen(name))};
        files[at].content = (FishplateBytes){(uint8_t *)bytes, hex_decode(bytes, strlen(bytes))};
    }
    FishplateHandle rules;
    FishplateStatus status;
    do
        status = fishplate_rule_set_from_text(command->field[1], file_size, command->field[2], text_size, files, count,
                                              &runner->limits, &rules, fresh(runner));
    while (was_cut(runner, status));
    free(files);
    answer_rules(runner, status, rules, line);
}

static void rules_load(Runner *runner, Command *command, Text *line) {
    need(command, 2);
    size_t size = percent_decode(command->field[1], strlen(command->field[1]));
    FishplateHandle rules;
    FishplateStatus status;
    do
        status = fishplate_rule_set_load(command->field[1], size, &runner->limits, &rules, fresh(runner));
    while (was_cut(runner, status));
    answer_rules(runner, status, rules, line);
}

/* The member of the limits with this name, by the library's own table. */
static void limit(Runner *runner, Command *command, Text *line) {
    need(command, 3);
    if (fishplate_limits(fresh(runner)) != FISHPLATE_STATUS_OK) give_up("no limits", "library");
    FishplateCursor cursor = fishplate_limits_read(fishplate_storage_record(&runner->storage));
    FishplateLimit known;
    uint64_t *member = (uint64_t *)&runner->limits;
    for (; fishplate_next_limit(&cursor, &known); member++) {
        size_t size = strlen(command->field[1]);
        if (known.name.size == size && !memcmp(known.name.data, command->field[1], size)) {
            *member = strtoull(command->field[2], NULL, 10);
            add_string(line, "ok");
            return;
        }
    }
    give_up("no such limit", command->field[1]);
}

static void strict(Runner *runner, Command *command, Text *line) {
    need(command, 2);
    runner->strict = command->field[1][0] == '1';
    add_string(line, "ok");
}

static void engine(Runner *runner, Command *command, Text *line) {
    (void)command;
    end_session(runner);
    if (runner->engine) fishplate_close(runner->engine, NULL);
    runner->engine = 0;
    FishplateStatus status =
        fishplate_engine_open_with(runner->rules, &runner->limits, runner->strict, runner->budget, runner->at_budget,
                                   runner->folder, strlen(runner->folder), &runner->engine, fresh(runner));
    answer_ok(runner, status, line);
}

/* ---- events ---- */

static void one(Runner *runner, Command *command, Text *line) {
    need(command, 4);
    uint32_t format = form_of(command->field[1], command->field[3]);
    if (!format) {
        add_string(line, "unsupported");
        return;
    }
    Text encoded = {0};
    FishplateTrace memory;
    const FishplateTrace *trace = trace_of(runner, command->field[2], &memory);
    FishplateBytes event = event_of(format, command->field[3], &encoded);
    bool preview = !strcmp(command->field[0], "preview");
    if (runner->through_session) {
        decide_one_through(runner, &(Outgoing){format, event, trace, preview}, line);
        free(encoded.data);
        return;
    }
    FishplateStatus status =
        preview ? fishplate_preview(runner->engine, format, event.data, event.size, trace, fresh(runner))
                : fishplate_decide(runner->engine, format, event.data, event.size, trace, fresh(runner));
    status = fetched(runner, status);
    if (status == FISHPLATE_STATUS_OK) {
        add_string(line, "decision\t");
        add_decision(line, fishplate_storage_record(&runner->storage));
    } else {
        answer_error(runner, line);
    }
    free(encoded.data);
}

/* Why rules match an event, or do not: as text, then as JSON. */
static void explain(Runner *runner, Command *command, Text *line) {
    need(command, 3);
    uint32_t format = form_of(command->field[1], command->field[2]);
    Text encoded = {0};
    FishplateBytes event = event_of(format, command->field[2], &encoded);
    for (int json = 0; json < 2; json++) {
        FishplateStatus status;
        do
            status = fishplate_engine_explain(runner->engine, format, event.data, event.size, json, fresh(runner));
        while (was_cut(runner, status));
        if (status != FISHPLATE_STATUS_OK) {
            answer_error(runner, line);
            break;
        }
        FishplateBytes text = fishplate_storage_record(&runner->storage);
        add_string(line, json ? "\t" : "explained\t");
        add_percent(line, text.data, text.size);
    }
    free(encoded.data);
}

static void stream(Runner *runner, Command *command, Text *line) {
    need(command, 4);
    for (size_t at = 2; at < 4; at++) command->field[at][percent_decode(command->field[at], strlen(command->field[at]))] = 0;
    run_stream(runner, format_of(command->field[1]), command->field[2], command->field[3], line);
}

/* ---- objects ---- */

static FishplateHandle object_of(const Runner *runner, const Command *command) {
    need(command, 2);
    if (!strcmp(command->field[1], "session")) return runner->session;
    return !strcmp(command->field[1], "engine") ? runner->engine : runner->rules;
}

static void close_object(Runner *runner, Command *command, Text *line) {
    answer_ok(runner, fishplate_close(object_of(runner, command), fresh(runner)), line);
}

static void use_closed(Runner *runner, Command *command, Text *line) {
    FishplateHandle handle = object_of(runner, command), opened;
    FishplateStatus status = handle == runner->session  ? fishplate_session_half_close(handle, fresh(runner))
                             : handle == runner->engine ? fishplate_counters(handle, fresh(runner))
                                                        : fishplate_engine_open(handle, NULL, false, &opened, fresh(runner));
    answer_ok(runner, status, line);
}

static void live(Runner *runner, Command *command, Text *line) {
    static const uint32_t KINDS[] = {FISHPLATE_KIND_RULE_SET, FISHPLATE_KIND_ENGINE, FISHPLATE_KIND_SESSION};
    (void)command;
    add_string(line, "ok");
    for (size_t at = 0; at < sizeof KINDS / sizeof *KINDS; at++) {
        uint64_t count;
        if (fishplate_live_objects(KINDS[at], &count, fresh(runner)) != FISHPLATE_STATUS_OK)
            give_up("cannot count", "objects");
        add_format(line, "\t%" PRIu64, count);
    }
}

static void columns(Runner *runner, Command *command, Text *line) {
    (void)runner;
    (void)command;
    add_string(line, "unsupported");
}

/* ---- the loop ---- */

static const struct {
    const char *name;
    void (*run)(Runner *, Command *, Text *);
} COMMANDS[] = {
    {"rules_text", rules_text}, {"rules_load", rules_load},    {"limit", limit},       {"strict", strict},
    {"engine", engine},         {"decide", one},               {"preview", one},       {"batch", batch},
    {"columns", columns},       {"close", close_object},       {"live", live},         {"use_closed", use_closed},
    {"stream", stream},         {"share", share},              {"send", send_event},   {"receive", receive},
    {"cancel", cancel},         {"half_close", half_close},    {"report", report},     {"connect", connect_session},
    {"memory", memory_budget},  {"at_budget", at_budget},      {"folder", folder},     {"advance", advance},
    {"snapshot", snapshot},     {"keep", keep},                {"restore", restore},   {"swap", swap},
    {"mode", mode},             {"state", state},              {"explain", explain},
};

static void split(char *line, Command *command) {
    command->count = 0;
    for (char *at = line;; at++) {
        if (command->count == FIELDS_MAX) give_up("too many fields", line);
        command->field[command->count++] = at;
        at = strchr(at, '\t');
        if (!at) return;
        *at = 0;
    }
}

int main(void) {
    static Runner runner;
    static Command command;
    Text answer = {0};
    char *line = NULL;
    size_t capacity = 0;
    ssize_t size;
    while ((size = getline(&line, &capacity, stdin)) > 0) {
        if (line[size - 1] == '\n') line[size - 1] = 0;
        if (!strcmp(line, "quit")) break;
        split(line, &command);
        size_t at = 0, known = sizeof COMMANDS / sizeof *COMMANDS;
        while (at < known && strcmp(COMMANDS[at].name, command.field[0])) at++;
        if (at == known) give_up("no such command", command.field[0]);
        answer.size = 0;
        COMMANDS[at].run(&runner, &command, &answer);
        add_string(&answer, "\n");
        fwrite(answer.data, 1, answer.size, stdout);
        fflush(stdout);
    }
    free(line);
    free(answer.data);
    drop_snapshots();
    free(runner.memory.data);
    return 0;
}

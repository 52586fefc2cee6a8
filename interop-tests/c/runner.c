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
#include "fishplate.h"
#include "stream.h"
#include "text.h"

enum { FIELDS_MAX = 4096 };

/* What the runner holds between commands. A closed object's handle is kept, so that it can be used closed. */
typedef struct Session {
    FishplateLimits limits;
    bool strict;
    FishplateHandle rules, engine;
    Text memory; /* behind the storage of every call */
    FishplateStorage storage;
} Session;

/* The fields of a command; each ends with a zero. */
typedef struct Command {
    char *field[FIELDS_MAX];
    size_t count;
} Command;

static FishplateStorage *fresh(Session *session) {
    reserve(&session->memory, 1 << 16);
    session->storage = (FishplateStorage){(uint8_t *)session->memory.data, session->memory.capacity, 0, 0};
    return &session->storage;
}

/* Whether the last call has to be made again with the memory that it asked for: errors are cut, and never wait. */
static bool was_cut(Session *session, FishplateStatus status) {
    size_t needed = session->storage.size;
    if (status == FISHPLATE_STATUS_OUT_OF_RANGE || needed <= session->storage.capacity) return false;
    reserve(&session->memory, needed);
    return true;
}

/* Gives what waits because it did not fit. */
static FishplateStatus fetched(Session *session, FishplateStatus status) {
    if (status != FISHPLATE_STATUS_OUT_OF_RANGE || !session->storage.ticket) return status;
    uint64_t ticket = session->storage.ticket;
    reserve(&session->memory, session->storage.size);
    return fishplate_fetch(session->engine, ticket, fresh(session));
}

static void answer_error(Session *session, Text *line) {
    add_string(line, "error\t");
    add_error(line, fishplate_storage_record(&session->storage));
}

static void answer_ok(Session *session, FishplateStatus status, Text *line) {
    if (status == FISHPLATE_STATUS_OK)
        add_string(line, "ok");
    else
        answer_error(session, line);
}

static void need(const Command *command, size_t count) {
    if (command->count < count) give_up("too few fields", command->field[0]);
}

static uint32_t format_of(const char *name) {
    if (!strcmp(name, "protobuf")) return FISHPLATE_FORMAT_PROTOBUF;
    if (!strcmp(name, "json")) return FISHPLATE_FORMAT_JSON;
    if (!strcmp(name, "map")) return FISHPLATE_FORMAT_FIELDS;
    return 0;
}

/* ---- rules ---- */

static void answer_rules(Session *session, FishplateStatus status, FishplateHandle rules, Text *line) {
    if (status != FISHPLATE_STATUS_OK) {
        answer_error(session, line);
        return;
    }
    if (session->rules) fishplate_close(session->rules, NULL);
    session->rules = rules;
    FishplateRuleSet described;
    status = fishplate_rule_set_describe(rules, fresh(session));
    if (status == FISHPLATE_STATUS_OUT_OF_RANGE) {
        reserve(&session->memory, session->storage.size);
        status = fishplate_rule_set_describe(rules, fresh(session));
    }
    if (status != FISHPLATE_STATUS_OK || !fishplate_rule_set_read(fishplate_storage_record(&session->storage), &described))
        give_up("cannot describe", "rules");
    add_string(line, "ok\t");
    add_percent(line, described.name.data, described.name.size);
    add_string(line, "\t");
    add_hex(line, described.version, sizeof described.version);
}

static void rules_text(Session *session, Command *command, Text *line) {
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
                                              &session->limits, &rules, fresh(session));
    while (was_cut(session, status));
    free(files);
    answer_rules(session, status, rules, line);
}

static void rules_load(Session *session, Command *command, Text *line) {
    need(command, 2);
    size_t size = percent_decode(command->field[1], strlen(command->field[1]));
    FishplateHandle rules;
    FishplateStatus status;
    do
        status = fishplate_rule_set_load(command->field[1], size, &session->limits, &rules, fresh(session));
    while (was_cut(session, status));
    answer_rules(session, status, rules, line);
}

/* The member of the limits with this name, by the library's own table. */
static void limit(Session *session, Command *command, Text *line) {
    need(command, 3);
    if (fishplate_limits(fresh(session)) != FISHPLATE_STATUS_OK) give_up("no limits", "library");
    FishplateCursor cursor = fishplate_limits_read(fishplate_storage_record(&session->storage));
    FishplateLimit known;
    uint64_t *member = (uint64_t *)&session->limits;
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

static void strict(Session *session, Command *command, Text *line) {
    need(command, 2);
    session->strict = command->field[1][0] == '1';
    add_string(line, "ok");
}

static void engine(Session *session, Command *command, Text *line) {
    (void)command;
    if (session->engine) fishplate_close(session->engine, NULL);
    FishplateStatus status =
        fishplate_engine_open(session->rules, &session->limits, session->strict, &session->engine, fresh(session));
    answer_ok(session, status, line);
}

/* ---- events ---- */

/* `-`, or `name=value,...`: the value of grpc-trace-bin is binary, hence hex here. */
static const FishplateTrace *trace_of(Session *session, char *text, FishplateTrace *trace) {
    FishplateNamed headers[32];
    size_t count = 0;
    if (!strcmp(text, "-")) return NULL;
    for (char *rest = text, *pair; (pair = strtok_r(rest, ",", &rest)) && count < 32; count++) {
        char *value = strchr(pair, '=');
        if (!value) give_up("not a header", pair);
        *value++ = 0;
        size_t name_size = percent_decode(pair, strlen(pair)), size = percent_decode(value, strlen(value));
        if (name_size == 14 && !strncmp(pair, "grpc-trace-bin", 14)) size = hex_decode(value, size);
        headers[count].name = (FishplateText){pair, name_size};
        headers[count].content = (FishplateBytes){(uint8_t *)value, size};
    }
    if (fishplate_trace_from_headers(headers, count, fresh(session)) != FISHPLATE_STATUS_OK)
        give_up("headers", "refused");
    return fishplate_trace_read(fishplate_storage_record(&session->storage), trace, NULL) ? trace : NULL;
}

/* The bytes of an event as the library takes them; `body` is decoded in place. */
static FishplateBytes event_of(uint32_t format, char *body, Text *encoded) {
    if (format != FISHPLATE_FORMAT_FIELDS) return (FishplateBytes){(uint8_t *)body, hex_decode(body, strlen(body))};
    encode_event(body, encoded);
    return (FishplateBytes){(uint8_t *)encoded->data, encoded->size};
}

static void one(Session *session, Command *command, Text *line) {
    need(command, 4);
    uint32_t format = format_of(command->field[1]);
    if (!format) {
        add_string(line, "unsupported");
        return;
    }
    Text encoded = {0};
    FishplateTrace memory;
    const FishplateTrace *trace = trace_of(session, command->field[2], &memory);
    FishplateBytes event = event_of(format, command->field[3], &encoded);
    bool preview = !strcmp(command->field[0], "preview");
    FishplateStatus status =
        preview ? fishplate_preview(session->engine, format, event.data, event.size, trace, fresh(session))
                : fishplate_decide(session->engine, format, event.data, event.size, trace, fresh(session));
    status = fetched(session, status);
    if (status == FISHPLATE_STATUS_OK) {
        add_string(line, "decision\t");
        add_decision(line, fishplate_storage_record(&session->storage));
    } else {
        answer_error(session, line);
    }
    free(encoded.data);
}

/* Writes the events of a batch command into `memory`. */
static FishplateBytes batch_of(Session *session, uint32_t format, Command *command, Text *memory) {
    Text bodies = {0}, encoded = {0};
    size_t count = (command->count - 2) / 2, size = 4;
    FishplateTrace *traces = calloc(count + 1, sizeof *traces);
    const FishplateTrace **sent = calloc(count + 1, sizeof *sent);
    size_t *ends = calloc(count + 1, sizeof *ends);
    if (!traces || !sent || !ends) give_up("no memory", "batch");
    for (size_t at = 0; at < count; at++) {
        sent[at] = trace_of(session, command->field[2 + 2 * at], &traces[at]);
        FishplateBytes event = event_of(format, command->field[3 + 2 * at], &encoded);
        add(&bodies, event.data, event.size);
        ends[at] = bodies.size;
        size += 30 + event.size;
    }
    FishplateBatch batch;
    FishplateBytes bytes = {0};
    reserve(memory, size);
    fishplate_batch_begin(&batch, (uint8_t *)memory->data, memory->capacity);
    for (size_t at = 0; at < count; at++) {
        size_t start = at ? ends[at - 1] : 0;
        fishplate_batch_add(&batch, (uint8_t *)bodies.data + start, ends[at] - start, sent[at]);
    }
    if (fishplate_batch_finish(&batch, &bytes) != FISHPLATE_STATUS_OK) give_up("no batch", "events");
    free(ends);
    free(sent);
    free(traces);
    free(encoded.data);
    free(bodies.data);
    return bytes;
}

static void answer_items(Session *session, Text *line) {
    FishplateCursor cursor = fishplate_batch_items(fishplate_storage_record(&session->storage));
    FishplateItem item;
    Text fields = {0};
    add_format(line, "batch\t%" PRIu32, cursor.left);
    while (fishplate_next_item(&cursor, &item)) {
        fields.size = 0;
        bool decided = item.status == FISHPLATE_STATUS_OK;
        if (decided)
            add_decision(&fields, item.record);
        else
            add_error(&fields, item.record);
        add_string(line, decided ? "\td\t" : "\te\t");
        add_percent(line, fields.data, fields.size);
    }
    if (cursor.malformed) give_up("not a batch", "record");
    free(fields.data);
}

static void batch(Session *session, Command *command, Text *line) {
    need(command, 2);
    uint32_t format = format_of(command->field[1]);
    if (!format) {
        add_string(line, "unsupported");
        return;
    }
    Text memory = {0};
    FishplateBytes events = batch_of(session, format, command, &memory);
    FishplateStatus status = fishplate_decide_all(session->engine, format, events.data, events.size, fresh(session));
    status = fetched(session, status);
    if (status == FISHPLATE_STATUS_OK)
        answer_items(session, line);
    else
        answer_error(session, line);
    free(memory.data);
}

static void stream(Session *session, Command *command, Text *line) {
    need(command, 4);
    for (size_t at = 2; at < 4; at++) command->field[at][percent_decode(command->field[at], strlen(command->field[at]))] = 0;
    run_stream(session->engine, format_of(command->field[1]), command->field[2], command->field[3], line);
}

/* ---- objects ---- */

static FishplateHandle object_of(const Session *session, const Command *command) {
    need(command, 2);
    return !strcmp(command->field[1], "engine") ? session->engine : session->rules;
}

static void close_object(Session *session, Command *command, Text *line) {
    answer_ok(session, fishplate_close(object_of(session, command), fresh(session)), line);
}

static void use_closed(Session *session, Command *command, Text *line) {
    FishplateHandle handle = object_of(session, command), opened;
    FishplateStatus status = handle == session->engine
                                 ? fishplate_counters(handle, fresh(session))
                                 : fishplate_engine_open(handle, NULL, false, &opened, fresh(session));
    answer_ok(session, status, line);
}

static void live(Session *session, Command *command, Text *line) {
    uint64_t rules, engines;
    (void)command;
    if (fishplate_live_objects(FISHPLATE_KIND_RULE_SET, &rules, fresh(session)) != FISHPLATE_STATUS_OK ||
        fishplate_live_objects(FISHPLATE_KIND_ENGINE, &engines, fresh(session)) != FISHPLATE_STATUS_OK)
        give_up("cannot count", "objects");
    add_format(line, "ok\t%" PRIu64 "\t%" PRIu64, rules, engines);
}

static void columns(Session *session, Command *command, Text *line) {
    (void)session;
    (void)command;
    add_string(line, "unsupported");
}

/* ---- the loop ---- */

static const struct {
    const char *name;
    void (*run)(Session *, Command *, Text *);
} COMMANDS[] = {
    {"rules_text", rules_text}, {"rules_load", rules_load}, {"limit", limit},   {"strict", strict},
    {"engine", engine},         {"decide", one},            {"preview", one},   {"batch", batch},
    {"columns", columns},       {"close", close_object},    {"live", live},     {"use_closed", use_closed},
    {"stream", stream},
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
    static Session session;
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
        COMMANDS[at].run(&session, &command, &answer);
        add_string(&answer, "\n");
        fwrite(answer.data, 1, answer.size, stdout);
        fflush(stdout);
    }
    free(line);
    free(answer.data);
    free(session.memory.data);
    return 0;
}

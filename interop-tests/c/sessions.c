/* The commands of a session, by the public header, and events decided through one. Knows no engine but to share it. */
#include "sessions.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "answer.h"

/* Long enough for a loaded machine; a session that is silent for longer is a finding. */
enum { PATIENCE_MS = 30000, DEFAULT_WAIT_MS = 10000 };

/* Splits NAME=VALUE in place; gives the value. */
static char *value_of(char *option) {
    char *value = strchr(option, '=');
    if (!value) give_up("an option without a value", option);
    *value = 0;
    return value + 1;
}

static uint64_t number_of(const char *text) {
    char *end;
    uint64_t number = strtoull(text, &end, 10);
    if (end == text || *end) give_up("not a number", text);
    return number;
}

void share(Runner *runner, Command *command, Text *line) {
    need(command, 2);
    size_t size = percent_decode(command->field[1], strlen(command->field[1]));
    answer_ok(runner, fishplate_engine_share(runner->engine, command->field[1], size, fresh(runner)), line);
}

/* The member of the options with this name, by the library's own table. */
static uint64_t *option_named(Runner *runner, FishplateSessionOptions *options, const char *name) {
    if (fishplate_session_options(fresh(runner)) != FISHPLATE_STATUS_OK) give_up("no options", "library");
    FishplateCursor cursor = fishplate_session_options_read(fishplate_storage_record(&runner->storage));
    FishplateOption known;
    uint64_t *member = (uint64_t *)options;
    for (; fishplate_next_option(&cursor, &known); member++)
        if (known.name.size == strlen(name) && !memcmp(known.name.data, name, known.name.size)) return member;
    give_up("no such option", name);
}

static FishplateReport report_of(Runner *runner, FishplateStatus status) {
    FishplateReport report;
    if (status != FISHPLATE_STATUS_OK || !fishplate_session_report_read(fishplate_storage_record(&runner->storage), &report))
        give_up("no report", "session");
    return report;
}

void connect_session(Runner *runner, Command *command, Text *line) {
    need(command, 2);
    size_t address_size = percent_decode(command->field[1], strlen(command->field[1]));
    FishplateSessionOptions options = {0};
    FishplateBytes id = {0};
    FishplateText rule_set = {0};
    for (size_t at = 2; at < command->count; at++) {
        char *name = command->field[at], *value = value_of(name);
        if (!strcmp(name, "id"))
            id = (FishplateBytes){(uint8_t *)value, hex_decode(value, strlen(value))};
        else if (!strcmp(name, "rule_set"))
            rule_set = (FishplateText){value, percent_decode(value, strlen(value))};
        else
            *option_named(runner, &options, name) = number_of(value);
    }
    end_session(runner);
    FishplateStatus status =
        fishplate_session_open(command->field[1], address_size, &options, id.data, id.size, rule_set.data, rule_set.size,
                               &runner->session, fresh(runner));
    if (status != FISHPLATE_STATUS_OK) {
        answer_error(runner, line);
        return;
    }
    runner->through_session = true;
    FishplateReport report = report_of(runner, fishplate_session_report(runner->session, fresh(runner)));
    add_string(line, "ok\t");
    add_hex(line, report.id, sizeof report.id);
    add_format(line, "\t%" PRIu64 "\t", report.epoch);
    add_hex(line, report.version, sizeof report.version);
}

void end_session(Runner *runner) {
    if (runner->session) fishplate_close(runner->session, NULL);
    runner->through_session = false;
}

static FishplateStatus send_one(Runner *runner, const Outgoing *event, uint32_t within_ms, uint32_t wait_ms, uint64_t *sequence) {
    return fishplate_session_send(runner->session, event->format, event->event.data, event->event.size, event->trace,
                                  event->preview, within_ms, wait_ms, sequence, fresh(runner));
}

void send_event(Runner *runner, Command *command, Text *line) {
    need(command, 4);
    uint32_t within_ms = 0, wait_ms = DEFAULT_WAIT_MS;
    Text encoded = {0};
    FishplateTrace memory;
    uint64_t sequence;
    Outgoing event = {.format = form_of(command->field[1], command->field[3])};
    if (!event.format) {
        add_string(line, "unsupported");
        return;
    }
    event.trace = trace_of(runner, command->field[2], &memory);
    event.event = event_of(event.format, command->field[3], &encoded);
    for (size_t at = 4; at < command->count; at++) {
        char *name = command->field[at], *value = value_of(name);
        if (!strcmp(name, "preview"))
            event.preview = number_of(value) == 1;
        else if (!strcmp(name, "within_ms"))
            within_ms = (uint32_t)number_of(value);
        else if (!strcmp(name, "wait_ms"))
            wait_ms = (uint32_t)number_of(value);
        else
            give_up("no such option", name);
    }
    if (send_one(runner, &event, within_ms, wait_ms, &sequence) == FISHPLATE_STATUS_OK)
        add_format(line, "sent\t%" PRIu64, sequence);
    else
        answer_error(runner, line);
    free(encoded.data);
}

/* Receives, with as much storage as it takes. */
static FishplateStatus receive_within(Runner *runner, uint32_t wait_ms) {
    FishplateStatus status;
    while ((status = fishplate_session_receive(runner->session, wait_ms, fresh(runner))) == FISHPLATE_STATUS_OUT_OF_RANGE)
        reserve(&runner->memory, runner->storage.size);
    return status;
}

static FishplateOutcome outcome_of(Runner *runner) {
    FishplateOutcome outcome;
    if (!fishplate_outcome_read(fishplate_storage_record(&runner->storage), &outcome)) give_up("not an outcome", "record");
    return outcome;
}

void receive(Runner *runner, Command *command, Text *line) {
    uint32_t wait_ms = command->count > 1 ? (uint32_t)number_of(command->field[1]) : DEFAULT_WAIT_MS;
    if (receive_within(runner, wait_ms) != FISHPLATE_STATUS_OK) {
        answer_error(runner, line);
        return;
    }
    FishplateOutcome outcome = outcome_of(runner);
    bool decided = outcome.status == FISHPLATE_STATUS_OK;
    if (outcome.is_end) {
        add_format(line, "end\t%s\t%" PRIu64, status_name(outcome.status), outcome.sequence);
        if (outcome.record.size) add_string(line, "\t");
    } else {
        add_format(line, "outcome\t%" PRIu64 "\t%s\t", outcome.sequence, decided ? "d" : "e");
    }
    if (!outcome.is_end && decided)
        add_decision(line, outcome.record);
    else if (outcome.record.size)
        add_error(line, outcome.record);
}

void half_close(Runner *runner, Command *command, Text *line) {
    need(command, 1);
    answer_ok(runner, fishplate_session_half_close(runner->session, fresh(runner)), line);
}

void cancel(Runner *runner, Command *command, Text *line) {
    need(command, 1);
    answer_ok(runner, fishplate_session_cancel(runner->session, fresh(runner)), line);
}

void report(Runner *runner, Command *command, Text *line) {
    need(command, 1);
    FishplateReport report = report_of(runner, fishplate_session_report(runner->session, fresh(runner)));
    bool done = report.state == FISHPLATE_STATE_DONE;
    add_string(line, "report\t");
    if (done)
        add_format(line, "done:%s", status_name(report.status));
    else
        add_string(line, report.state == FISHPLATE_STATE_STREAMING ? "streaming" : "closing");
    add_format(line, "\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64, report.epoch, report.sent, report.accepted);
    add_format(line, "\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\t", report.received, report.shed, report.repeats);
    if (done)
        add_format(line, "%" PRIu64, report.watermark);
    else
        add_string(line, "-");
}

/* ---- events through a session ---- */

/* Whether there was room for the event; a full window says so by its policy. */
static bool has_sent(Runner *runner, const Outgoing *event, uint32_t wait_ms) {
    uint64_t sequence;
    FishplateError error;
    if (send_one(runner, event, 0, wait_ms, &sequence) == FISHPLATE_STATUS_OK) return true;
    if (!fishplate_error_read(fishplate_storage_record(&runner->storage), &error)) give_up("not an error", "send");
    bool full = error.code == FISHPLATE_CODE_F0851 || error.code == FISHPLATE_CODE_F0852;
    if (!full || wait_ms) give_up("the session takes no event", "send");
    return false;
}

/* Receives the next outcome; a session that ended gives its last word's error for every event that is left. */
static void take_next(Runner *runner, const Flow *flow) {
    if (receive_within(runner, PATIENCE_MS) != FISHPLATE_STATUS_OK) {
        flow->take(flow->context, false, fishplate_storage_record(&runner->storage));
        return;
    }
    FishplateOutcome outcome = outcome_of(runner);
    if (!outcome.record.size) give_up("the session ended before every outcome came", "receive");
    flow->take(flow->context, !outcome.is_end && outcome.status == FISHPLATE_STATUS_OK, outcome.record);
}

void decide_through(Runner *runner, const Flow *flow) {
    size_t under_way = 0;
    for (size_t at = 0; at < flow->count; at++) {
        Outgoing event = flow->next(flow->context);
        /* With nothing under way the window is about to open, and there is no outcome to wait for. */
        while (!has_sent(runner, &event, under_way ? 0 : PATIENCE_MS)) {
            take_next(runner, flow);
            under_way--;
        }
        under_way++;
    }
    for (; under_way; under_way--) take_next(runner, flow);
}

static void answer_outcome(void *context, bool decided, FishplateBytes record) {
    Text *line = context;
    add_string(line, decided ? "decision\t" : "error\t");
    if (decided)
        add_decision(line, record);
    else
        add_error(line, record);
}

void decide_one_through(Runner *runner, const Outgoing *event, Text *line) {
    uint64_t sequence;
    Flow flow = {.context = line, .count = 1, .next = NULL, .take = answer_outcome};
    if (send_one(runner, event, 0, PATIENCE_MS, &sequence) == FISHPLATE_STATUS_OK)
        take_next(runner, &flow);
    else
        answer_error(runner, line);
}

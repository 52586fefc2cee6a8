/* Decisions and errors as lines of the protocol. Knows no commands. */
#include "answer.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fishplate_canonical.h"
#include "sha256.h"

static void add_named(Text *line, FishplateCursor cursor) {
    FishplateText name;
    FishplateValue value;
    const char *before = "\t{";
    while (fishplate_next_named(&cursor, &name, &value)) {
        add_string(line, before);
        add_string(line, "s");
        add_percent(line, name.data, name.size);
        add_string(line, "=");
        add_value(line, &value);
        before = ",";
    }
    add_string(line, *before == ',' ? "}" : "\t{}");
}

void add_names(Text *line, FishplateCursor cursor) {
    FishplateText name;
    const char *before = "\t[";
    while (fishplate_next_text(&cursor, &name)) {
        add_string(line, before);
        add_string(line, "s");
        add_percent(line, name.data, name.size);
        before = ",";
    }
    add_string(line, *before == ',' ? "]" : "\t[]");
}

static void add_errors(Text *line, FishplateCursor cursor) {
    FishplateDecisionError error;
    const char *before = "\t[";
    Text text = {0};
    while (fishplate_next_error(&cursor, &error)) {
        text.size = 0;
        add_string(&text, error.is_output ? "output:" : "rule:");
        add(&text, error.name.data, error.name.size);
        add_format(&text, ":F%04" PRIu32 ":%" PRIu32 ":%" PRIu32, error.code, error.line, error.column);
        add_string(line, before);
        add_string(line, "s");
        add_percent(line, text.data, text.size);
        before = ",";
    }
    add_string(line, *before == ',' ? "]" : "\t[]");
    free(text.data);
}

static void add_canonical(Text *line, FishplateBytes decision) {
    FishplateCanonical form = {0};
    Sha256 hash;
    uint8_t digest[32];
    if (!fishplate_canonical_decision(decision, &form)) give_up("no canonical form", "decision");
    sha256_begin(&hash);
    sha256_add(&hash, form.data, form.size);
    sha256_end(&hash, digest);
    add_hex(line, digest, sizeof digest);
    fishplate_canonical_free(&form);
}

void add_decision(Text *line, FishplateBytes decision) {
    FishplateDecision read;
    FishplateTrace trace;
    uint8_t id[16];
    if (!fishplate_decision_read(decision, &read) || !fishplate_decision_id(decision, &id))
        give_up("not a decision", "record");
    add_hex(line, id, sizeof id);
    add_string(line, "\t");
    add_hex(line, read.version, sizeof read.version);
    add_string(line, read.late && read.repeated ? "\tlate+repeated\t"
                     : read.late                ? "\tlate\t"
                     : read.repeated            ? "\trepeated\t"
                                                : "\t-\t");
    if (fishplate_decision_trace(decision, &trace)) {
        add_hex(line, trace.trace_id, sizeof trace.trace_id);
        add_string(line, "-");
        add_hex(line, trace.span_id, sizeof trace.span_id);
        add_format(line, "-%02x", trace.flags);
    } else {
        add_string(line, "-");
    }
    add_named(line, fishplate_decision_outputs(decision));
    add_names(line, fishplate_decision_matched(decision));
    add_named(line, fishplate_decision_features(decision));
    add_errors(line, fishplate_decision_errors(decision));
    add_names(line, fishplate_decision_shadow_matched(decision));
    add_errors(line, fishplate_decision_shadow_errors(decision));
    add_string(line, "\t");
    add_canonical(line, decision);
}

const char *status_name(FishplateStatus status) {
    static const char *const NAMES[] = {
        "OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND", "ALREADY_EXISTS",
        "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE",
        "UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS", "UNAUTHENTICATED",
    };
    return (size_t)status < sizeof NAMES / sizeof *NAMES ? NAMES[status] : "UNKNOWN";
}

static void add_place(Text *line, const FishplateDiagnostic *diagnostic) {
    Text place = {0};
    switch (diagnostic->place) {
    case FISHPLATE_PLACE_TEXT:
        add(&place, diagnostic->name.data, diagnostic->name.size);
        add_format(&place, ":%" PRIu32 ":%" PRIu32, diagnostic->line, diagnostic->column);
        break;
    case FISHPLATE_PLACE_FIELD:
        add_string(&place, diagnostic->name.size ? "event." : "event");
        add(&place, diagnostic->name.data, diagnostic->name.size);
        break;
    case FISHPLATE_PLACE_NAME:
        add(&place, diagnostic->name.data, diagnostic->name.size);
        break;
    default:
        add_string(&place, "-");
    }
    add_percent(line, place.data, place.size);
    free(place.data);
}

void add_error(Text *line, FishplateBytes error) {
    FishplateError read;
    if (!fishplate_error_read(error, &read)) give_up("not an error", "record");
    FishplateCursor cursor = fishplate_error_diagnostics(error);
    FishplateDiagnostic diagnostic;
    add_format(line, "%s\t%" PRIu32, status_name(read.status), cursor.left);
    while (fishplate_next_diagnostic(&cursor, &diagnostic)) {
        add_format(line, "\tF%04" PRIu32 "\t", diagnostic.code);
        add_place(line, &diagnostic);
    }
    add_string(line, "\t");
    add_percent(line, read.text.data, read.text.size);
}

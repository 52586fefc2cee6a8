/* What the commands share: storage for calls, answers, and events as the protocol writes them. Knows no command. */
#define _POSIX_C_SOURCE 200809L
#include <stdlib.h>
#include <string.h>

#include "answer.h"
#include "runner.h"

FishplateStorage *fresh(Runner *runner) {
    reserve(&runner->memory, 1 << 16);
    runner->storage = (FishplateStorage){(uint8_t *)runner->memory.data, runner->memory.capacity, 0, 0};
    return &runner->storage;
}

bool was_cut(Runner *runner, FishplateStatus status) {
    size_t needed = runner->storage.size;
    if (status == FISHPLATE_STATUS_OUT_OF_RANGE || needed <= runner->storage.capacity) return false;
    reserve(&runner->memory, needed);
    return true;
}

void answer_error(Runner *runner, Text *line) {
    add_string(line, "error\t");
    add_error(line, fishplate_storage_record(&runner->storage));
}

void answer_ok(Runner *runner, FishplateStatus status, Text *line) {
    if (status == FISHPLATE_STATUS_OK)
        add_string(line, "ok");
    else
        answer_error(runner, line);
}

void need(const Command *command, size_t count) {
    if (command->count < count) give_up("too few fields", command->field[0]);
}

uint32_t format_of(const char *name) {
    if (!strcmp(name, "protobuf")) return FISHPLATE_FORMAT_PROTOBUF;
    if (!strcmp(name, "json")) return FISHPLATE_FORMAT_JSON;
    if (!strcmp(name, "map")) return FISHPLATE_FORMAT_FIELDS;
    return 0;
}

/* `-`, or `name=value,...`: the value of grpc-trace-bin is binary, hence hex here. */
const FishplateTrace *trace_of(Runner *runner, char *text, FishplateTrace *trace) {
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
    if (fishplate_trace_from_headers(headers, count, fresh(runner)) != FISHPLATE_STATUS_OK)
        give_up("headers", "refused");
    return fishplate_trace_read(fishplate_storage_record(&runner->storage), trace, NULL) ? trace : NULL;
}

/* In `FEATURES+BODY`: what stands before the body; a body alone has none. */
static char *features_in(const char *body) { return strchr(body, '+'); }

uint32_t form_of(const char *name, const char *body) {
    uint32_t format = format_of(name);
    return format && features_in(body) ? format | FISHPLATE_FORMAT_WITH_FEATURES : format;
}

static FishplateBytes body_of(uint32_t format, char *body, Text *encoded) {
    if (format != FISHPLATE_FORMAT_FIELDS) return (FishplateBytes){(uint8_t *)body, hex_decode(body, strlen(body))};
    encode_event(body, encoded);
    return (FishplateBytes){(uint8_t *)encoded->data, encoded->size};
}

FishplateBytes event_of(uint32_t form, char *body, Text *encoded) {
    uint32_t format = form & ~(uint32_t)FISHPLATE_FORMAT_WITH_FEATURES;
    if (form == format) return body_of(format, body, encoded);
    Text features = {0}, fields = {0};
    char *plus = features_in(body);
    if (plus) {
        *plus = 0;
        encode_event(body, &features);
    }
    FishplateBytes event = body_of(format, plus ? plus + 1 : body, &fields), whole = {0};
    const uint8_t *before = (const uint8_t *)features.data;
    /* The first call tells how much memory it takes. */
    fishplate_with_features(before, features.size, event.data, event.size, NULL, 0, &whole);
    encoded->size = 0;
    reserve(encoded, whole.size);
    if (fishplate_with_features(before, features.size, event.data, event.size, (uint8_t *)encoded->data,
                                encoded->capacity, &whole) != FISHPLATE_STATUS_OK)
        give_up("no event", "with features");
    free(features.data);
    free(fields.data);
    return whole;
}

/* A file of records: u32 length, 25 bytes of trace (a zero trace id is none), body. Knows no commands. */
#define _POSIX_C_SOURCE 200809L
#include "stream.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "batch.h"
#include "fishplate_canonical.h"
#include "sessions.h"
#include "sha256.h"

enum { HEAD = 4 + 25, PROGRESS_EVERY = 10000 };

/* The stream, how far it was handed out and answered, and what it came to. */
typedef struct Stream {
    Text file, marks;
    uint32_t format;
    size_t given, taken; /* positions in the file */
    uint64_t count, events, decisions, matched, late, kept;
    Sha256 hash;
    FishplateCanonical form;
    FishplateTrace trace; /* of the event that was handed out last */
} Stream;

static uint32_t u32_at(const uint8_t *bytes) {
    return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
}

static Text read_file(const char *path) {
    Text content = {0};
    FILE *file = fopen(path, "rb");
    if (!file) give_up("cannot open", path);
    size_t read;
    do {
        reserve(&content, 1 << 20);
        read = fread(content.data + content.size, 1, 1 << 20, file);
        content.size += read;
    } while (read > 0);
    if (ferror(file)) give_up("cannot read", path);
    fclose(file);
    return content;
}

static uint64_t count_records(const Text *file) {
    uint64_t count = 0;
    size_t at = 0;
    while (at < file->size) {
        if (file->size - at < HEAD) give_up("the file ends in a record's head", "stream");
        uint32_t body = u32_at((const uint8_t *)file->data + at);
        if (file->size - at - HEAD < body) give_up("the file ends in a record's body", "stream");
        at += HEAD + body;
        count++;
    }
    return count;
}

/* The trace of a record; none if its id is zero. */
static bool has_trace(const uint8_t *record, FishplateTrace *trace) {
    static const uint8_t NO_TRACE[16];
    memcpy(trace, record + 4, sizeof *trace);
    return memcmp(trace->trace_id, NO_TRACE, sizeof NO_TRACE) != 0;
}

static void note(Stream *stream, const uint8_t *sent, FishplateBytes record) {
    FishplateDecision decision;
    FishplateTrace own, trace;
    if (!fishplate_decision_read(record, &decision)) give_up("not a decision", "stream");
    stream->decisions++;
    stream->matched += fishplate_decision_matched(record).left > 0;
    stream->late += decision.late;
    if (has_trace(sent, &trace) && fishplate_decision_trace(record, &own))
        stream->kept += memcmp(own.trace_id, trace.trace_id, sizeof own.trace_id) == 0;
    if (!fishplate_canonical_decision(record, &stream->form)) give_up("no canonical form", "stream");
}

/* The next event of the file. */
static Outgoing next_event(void *context) {
    Stream *stream = context;
    const uint8_t *record = (const uint8_t *)stream->file.data + stream->given;
    uint32_t size = u32_at(record);
    stream->given += HEAD + size;
    bool traced = has_trace(record, &stream->trace);
    return (Outgoing){stream->format, {record + HEAD, size}, traced ? &stream->trace : NULL, false};
}

/* Adds the form to the stream's hash, and its own mark to the marks. */
static void hash_form(Stream *stream) {
    const FishplateCanonical *form = &stream->form;
    uint8_t digest[32];
    uint8_t size[4] = {(uint8_t)form->size, (uint8_t)(form->size >> 8), (uint8_t)(form->size >> 16),
                       (uint8_t)(form->size >> 24)};
    sha256_add(&stream->hash, size, sizeof size);
    sha256_add(&stream->hash, form->data, form->size);
    Sha256 one;
    sha256_begin(&one);
    sha256_add(&one, form->data, form->size);
    sha256_end(&one, digest);
    add(&stream->marks, digest, 8);
}

/* Counts and hashes what became of the next event. */
static void take(void *context, bool decided, FishplateBytes record) {
    Stream *stream = context;
    const uint8_t *sent = (const uint8_t *)stream->file.data + stream->taken;
    stream->taken += HEAD + u32_at(sent);
    stream->events++;
    stream->form.size = 0;
    if (decided)
        note(stream, sent, record);
    else if (!fishplate_canonical_refusal(record, &stream->form))
        give_up("not an error", "stream");
    hash_form(stream);
    if (stream->events % PROGRESS_EVERY == 0)
        fprintf(stderr, "progress %" PRIu64 " %" PRIu64 "\n", stream->events, stream->count);
}

static void decide_in_process(Runner *runner, const Flow *flow) {
    for (size_t at = 0; at < flow->count; at++) {
        Outgoing event = flow->next(flow->context);
        FishplateStatus status = fishplate_decide(runner->engine, event.format, event.event.data, event.event.size,
                                                  event.trace, fresh(runner));
        status = fetched(runner, status);
        flow->take(flow->context, status == FISHPLATE_STATUS_OK, fishplate_storage_record(&runner->storage));
    }
}

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void write_marks(const Text *marks, const char *out) {
    FILE *to = fopen(out, "wb");
    if (!to || fwrite(marks->data, 1, marks->size, to) != marks->size || fclose(to)) give_up("cannot write", out);
}

void run_stream(Runner *runner, uint32_t format, const char *path, const char *out, Text *line) {
    Stream stream = {.file = read_file(path), .format = format};
    uint8_t digest[32];
    stream.count = count_records(&stream.file);
    sha256_begin(&stream.hash);
    Flow flow = {&stream, stream.count, next_event, take};
    double start = now();
    if (runner->through_session)
        decide_through(runner, &flow);
    else
        decide_in_process(runner, &flow);
    double seconds = now() - start;
    sha256_end(&stream.hash, digest);
    if (strcmp(out, "-")) write_marks(&stream.marks, out);
    add_format(line, "stream\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64, stream.events, stream.decisions,
               stream.matched, stream.late);
    add_format(line, "\t%.6f\t%" PRIu64 "\t", seconds, stream.kept);
    add_hex(line, digest, sizeof digest);
    free(stream.file.data);
    free(stream.marks.data);
    fishplate_canonical_free(&stream.form);
}

/* A file of records: u32 length, 25 bytes of trace (a zero trace id is none), body. Knows no commands. */
#define _POSIX_C_SOURCE 200809L
#include "stream.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "fishplate_canonical.h"
#include "sha256.h"

enum { HEAD = 4 + 25, PROGRESS_EVERY = 10000 };

typedef struct Totals {
    uint64_t events, decisions, matched, late, kept;
} Totals;

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

/* Makes room for what a call says it needs, and gives what waits. */
static FishplateStatus fetch(FishplateHandle engine, FishplateStorage *storage, Text *memory) {
    reserve(memory, storage->size);
    storage->data = (uint8_t *)memory->data;
    storage->capacity = memory->capacity;
    return fishplate_fetch(engine, storage->ticket, storage);
}

static void note(FishplateBytes record, const FishplateTrace *sent, Totals *totals, FishplateCanonical *form) {
    FishplateDecision decision;
    FishplateTrace own;
    if (!fishplate_decision_read(record, &decision)) give_up("not a decision", "stream");
    totals->decisions++;
    totals->matched += fishplate_decision_matched(record).left > 0;
    totals->late += decision.late;
    if (sent && fishplate_decision_trace(record, &own))
        totals->kept += memcmp(own.trace_id, sent->trace_id, sizeof own.trace_id) == 0;
    if (!fishplate_canonical_decision(record, form)) give_up("no canonical form", "stream");
}

static void decide(FishplateHandle engine, uint32_t format, const uint8_t *record, Text *memory, Totals *totals,
                   FishplateCanonical *form) {
    static const uint8_t NO_TRACE[16];
    FishplateTrace trace;
    memcpy(&trace, record + 4, sizeof trace);
    const FishplateTrace *sent = memcmp(trace.trace_id, NO_TRACE, sizeof NO_TRACE) ? &trace : NULL;
    FishplateStorage storage = {(uint8_t *)memory->data, memory->capacity, 0, 0};
    FishplateStatus status = fishplate_decide(engine, format, record + HEAD, u32_at(record), sent, &storage);
    if (status == FISHPLATE_STATUS_OUT_OF_RANGE) status = fetch(engine, &storage, memory);
    totals->events++;
    form->size = 0;
    if (status == FISHPLATE_STATUS_OK)
        note(fishplate_storage_record(&storage), sent, totals, form);
    else if (!fishplate_canonical_refusal(fishplate_storage_record(&storage), form))
        give_up("not an error", "stream");
}

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* Adds the form to the stream's hash, and its own mark to `marks`. */
static void hash_form(Sha256 *stream, const FishplateCanonical *form, Text *marks) {
    uint8_t digest[32];
    uint8_t size[4] = {(uint8_t)form->size, (uint8_t)(form->size >> 8), (uint8_t)(form->size >> 16),
                       (uint8_t)(form->size >> 24)};
    sha256_add(stream, size, sizeof size);
    sha256_add(stream, form->data, form->size);
    Sha256 one;
    sha256_begin(&one);
    sha256_add(&one, form->data, form->size);
    sha256_end(&one, digest);
    add(marks, digest, 8);
}

void run_stream(FishplateHandle engine, uint32_t format, const char *path, const char *out, Text *line) {
    Text file = read_file(path), marks = {0}, memory = {0};
    FishplateCanonical form = {0};
    Totals totals = {0};
    Sha256 stream;
    uint8_t digest[32];
    uint64_t count = count_records(&file);
    reserve(&memory, 4096);
    sha256_begin(&stream);
    double start = now();
    for (size_t at = 0; at < file.size;) {
        const uint8_t *record = (const uint8_t *)file.data + at;
        decide(engine, format, record, &memory, &totals, &form);
        hash_form(&stream, &form, &marks);
        if (totals.events % PROGRESS_EVERY == 0)
            fprintf(stderr, "progress %" PRIu64 " %" PRIu64 "\n", totals.events, count);
        at += HEAD + u32_at(record);
    }
    double seconds = now() - start;
    sha256_end(&stream, digest);
    if (strcmp(out, "-")) {
        FILE *to = fopen(out, "wb");
        if (!to || fwrite(marks.data, 1, marks.size, to) != marks.size || fclose(to)) give_up("cannot write", out);
    }
    add_format(line, "stream\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64, totals.events, totals.decisions,
               totals.matched, totals.late);
    add_format(line, "\t%.6f\t%" PRIu64 "\t", seconds, totals.kept);
    add_hex(line, digest, sizeof digest);
    free(file.data);
    free(marks.data);
    free(memory.data);
    fishplate_canonical_free(&form);
}

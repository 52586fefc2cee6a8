/*
 * The canonical form in C, held to the vectors of interop-tests/vectors (docs/canonical.md says how those were made).
 * test_canonical FOLDER, the folder of the vectors.
 */
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "fishplate.h"
#include "fishplate_canonical.h"
#include "sha256.h"
#include "text.h"

enum { COLUMNS_MAX = 64 };

static FILE *open_in(const char *folder, const char *name) {
    char path[1024];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "rb");
    if (!file) give_up("cannot open", path);
    return file;
}

/* Reads one line into `line` and its columns into `column`; gives how many there are, 0 at the end. */
static size_t next_line(FILE *file, Text *line, char **column) {
    line->size = 0;
    for (int byte; (byte = getc(file)) != EOF && byte != '\n';) add(line, &(char){(char)byte}, 1);
    if (line->size == 0) return 0;
    add(line, "", 1);
    size_t count = 0;
    for (char *at = line->data; at && count < COLUMNS_MAX; count++) {
        column[count] = at;
        at = strchr(at, '\t');
        if (at) *at++ = 0;
    }
    return count;
}

static bool is_hex_of(const FishplateCanonical *form, const char *expected) {
    Text hex = {0};
    add_hex(&hex, form->data, form->size);
    bool same = hex.size == strlen(expected) && !memcmp(hex.data, expected, hex.size);
    if (!same) fprintf(stderr, "expected %s\n     got %.*s\n", expected, (int)hex.size, hex.data);
    free(hex.data);
    return same;
}

/* Every value, through the library's own writer of fields: what comes back must have the bytes of the vector. */
static void values(const char *folder) {
    FILE *file = open_in(folder, "values.txt");
    Text line = {0}, event = {0}, tagged = {0};
    char *column[COLUMNS_MAX];
    int seen = 0;
    while (next_line(file, &line, column) == 3) {
        tagged.size = 0;
        add_string(&tagged, "{sv=");
        add_string(&tagged, column[1]);
        add(&tagged, "}", 2);
        encode_event(tagged.data, &event);
        /* The layout `fields` is a count and named values, which is what a cursor walks. */
        FishplateCursor cursor = {(uint8_t *)event.data + 4, event.size - 4, 1, 0};
        FishplateText name;
        FishplateValue value;
        FishplateCanonical form = {0};
        CHECK(column[0], fishplate_next_named(&cursor, &name, &value));
        CHECK(column[0], fishplate_canonical_value(&value, &form) && is_hex_of(&form, column[2]));
        fishplate_canonical_free(&form);
        seen++;
    }
    CHECK("there are values", seen > 20);
    fclose(file);
    free(line.data);
    free(event.data);
    free(tagged.data);
}

static FishplateHandle engine_on(const char *folder, const char *rules_file) {
    static uint8_t memory[1 << 14];
    FishplateStorage storage = {memory, sizeof memory, 0, 0};
    FishplateHandle rules = 0, engine = 0;
    char path[1024];
    snprintf(path, sizeof path, "%s/%s", folder, rules_file);
    if (fishplate_rule_set_load(path, strlen(path), NULL, &rules, &storage) != FISHPLATE_STATUS_OK ||
        fishplate_engine_open(rules, NULL, false, &engine, &storage) != FISHPLATE_STATUS_OK) {
        FishplateError error;
        fishplate_error_read(fishplate_storage_record(&storage), &error);
        fprintf(stderr, "%.*s\n", (int)error.text.size, error.text.data);
        give_up("cannot load", path);
    }
    fishplate_close(rules, NULL); /* the engine keeps it */
    return engine;
}

/* The trace of `name=value` or `-`. */
static const FishplateTrace *trace_of(char *header, FishplateTrace *trace) {
    uint8_t memory[64];
    FishplateStorage storage = {memory, sizeof memory, 0, 0};
    char *value = strchr(header, '=');
    if (!value) return NULL;
    *value++ = 0;
    size_t size = percent_decode(value, strlen(value));
    FishplateNamed named = {fishplate_text(header), {(uint8_t *)value, size}};
    CHECK("headers are read", fishplate_trace_from_headers(&named, 1, &storage) == FISHPLATE_STATUS_OK);
    return fishplate_trace_read(fishplate_storage_record(&storage), trace, NULL) ? trace : NULL;
}

/* A line a decision: name, rules, headers, expected bytes, events. The last event's decision, or refusal, counts. */
static void decisions(const char *folder) {
    FILE *file = open_in(folder, "decisions.txt");
    static uint8_t memory[1 << 16];
    Text line = {0}, event = {0};
    char *column[COLUMNS_MAX];
    size_t columns;
    int seen = 0;
    while ((columns = next_line(file, &line, column)) >= 5) {
        FishplateHandle engine = engine_on(folder, column[1]);
        FishplateStorage storage = {memory, sizeof memory, 0, 0};
        FishplateStatus status = FISHPLATE_STATUS_UNKNOWN;
        FishplateTrace trace;
        const FishplateTrace *sent = trace_of(column[2], &trace);
        for (size_t at = 4; at < columns; at++) {
            encode_event(column[at], &event);
            status = fishplate_decide(engine, FISHPLATE_FORMAT_FIELDS, (uint8_t *)event.data, event.size,
                                      at + 1 == columns ? sent : NULL, &storage);
        }
        FishplateCanonical form = {0};
        FishplateBytes record = fishplate_storage_record(&storage);
        bool made = status == FISHPLATE_STATUS_OK ? fishplate_canonical_decision(record, &form)
                                                  : fishplate_canonical_refusal(record, &form);
        CHECK(column[0], made && is_hex_of(&form, column[3]));
        fishplate_canonical_free(&form);
        fishplate_close(engine, NULL);
        seen++;
    }
    CHECK("there are decisions", seen > 3);
    fclose(file);
    free(line.data);
    free(event.data);
}

/* A line a decision without an event: name, rules, headers, expected bytes, the time to advance to, the last event. */
static void timers(const char *folder) {
    FILE *file = open_in(folder, "timers.txt");
    static uint8_t memory[1 << 16];
    Text line = {0}, event = {0};
    char *column[COLUMNS_MAX];
    int seen = 0;
    while (next_line(file, &line, column) == 6) {
        FishplateHandle engine = engine_on(folder, column[1]);
        FishplateStorage storage = {memory, sizeof memory, 0, 0};
        FishplateTrace trace;
        const FishplateTrace *sent = trace_of(column[2], &trace);
        char *nanos = NULL;
        int64_t seconds = strtoll(column[4] + 1, &nanos, 10); /* t<seconds>;<nanos> */
        encode_event(column[5], &event);
        CHECK(column[0], fishplate_decide(engine, FISHPLATE_FORMAT_FIELDS, (uint8_t *)event.data, event.size, sent,
                                          &storage) == FISHPLATE_STATUS_OK);
        FishplateStatus status = fishplate_advance_to(engine, seconds, (uint32_t)strtoul(nanos + 1, NULL, 10), &storage);
        FishplateCursor cursor = fishplate_batch_items(fishplate_storage_record(&storage));
        FishplateItem item;
        FishplateCanonical form = {0};
        uint8_t id[16], computed[16];
        CHECK(column[0], status == FISHPLATE_STATUS_OK && cursor.left == 1 && fishplate_next_item(&cursor, &item));
        CHECK(column[0], fishplate_canonical_decision(item.record, &form) && is_hex_of(&form, column[3]));
        CHECK(column[0], fishplate_decision_id(item.record, &id) && fishplate_canonical_id(item.record, computed) &&
                             !memcmp(id, computed, 16));
        fishplate_canonical_free(&form);
        fishplate_close(engine, NULL);
        seen++;
    }
    CHECK("there are timers", seen > 1);
    fclose(file);
    free(line.data);
    free(event.data);
}

/* FIPS 180-2, appendix B, and a message of a million letters. */
static void sha256_is_the_standard(void) {
    static const struct { const char *message; size_t times; const char *digest; } CASES[] = {
        {"abc", 1, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
        {"", 1, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
        {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 1,
         "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
        {"a", 1000000, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"},
    };
    for (size_t at = 0; at < sizeof CASES / sizeof *CASES; at++) {
        Sha256 hash;
        FishplateCanonical digest = {.data = (uint8_t[32]){0}, .size = 32};
        sha256_begin(&hash);
        for (size_t time = 0; time < CASES[at].times; time++) sha256_add(&hash, CASES[at].message, strlen(CASES[at].message));
        sha256_end(&hash, digest.data);
        CHECK("SHA-256 is the standard's", is_hex_of(&digest, CASES[at].digest));
    }
}

int main(int count, char **arguments) {
    if (count < 2) give_up("which folder", "test_canonical FOLDER");
    sha256_is_the_standard();
    values(arguments[1]);
    decisions(arguments[1]);
    timers(arguments[1]);
    uint64_t live = 9;
    CHECK("nothing is left over", fishplate_live_objects(FISHPLATE_KIND_ENGINE, &live, NULL) == FISHPLATE_STATUS_OK && live == 0);
    return checked("test_canonical");
}

/* The canonical form, part by part as docs/canonical.md gives it. */
#include "fishplate_canonical.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sha256.h"

/* ---- bytes ---- */

static void put(FishplateCanonical *out, const void *bytes, size_t size) {
    if (out->failed || size == 0) return;
    if (size > out->capacity - out->size) {
        size_t capacity = out->capacity ? out->capacity : 256;
        while (capacity - out->size < size) capacity *= 2;
        uint8_t *data = realloc(out->data, capacity);
        if (!data) {
            out->failed = true;
            return;
        }
        out->data = data;
        out->capacity = capacity;
    }
    memcpy(out->data + out->size, bytes, size);
    out->size += size;
}

static void put_little_endian(FishplateCanonical *out, uint64_t number, int bytes) {
    uint8_t little[8];
    for (int at = 0; at < bytes; at++) little[at] = (uint8_t)(number >> (8 * at));
    put(out, little, (size_t)bytes);
}

static void put_u8(FishplateCanonical *out, uint8_t number) { put(out, &number, 1); }
static void put_u32(FishplateCanonical *out, uint32_t number) { put_little_endian(out, number, 4); }
static void put_u64(FishplateCanonical *out, uint64_t number) { put_little_endian(out, number, 8); }

static void put_sized(FishplateCanonical *out, const void *bytes, size_t size) {
    put_u32(out, (uint32_t)size);
    put(out, bytes, size);
}

static void put_text(FishplateCanonical *out, FishplateText text) { put_sized(out, text.data, text.size); }

/* ---- values ---- */

/* One NaN, no negative zero. */
static uint64_t double_bits(double real) {
    if (real != real) return UINT64_C(0x7ff8000000000000);
    if (real == 0) return 0;
    uint64_t bits;
    memcpy(&bits, &real, sizeof bits);
    return bits;
}

/* One entry of a map. It stays where it is while pointers to it are sorted: `text` may point into it. */
typedef struct Entry {
    FishplateValue key;
    FishplateValue value;
    char number[24];  /* the key in decimal, if it is a number */
    const char *text; /* what it is sorted by */
    size_t size;
} Entry;

static void set_key_text(Entry *entry) {
    entry->text = entry->number;
    switch (entry->key.kind) {
    case FISHPLATE_VALUE_KIND_STRING:
        entry->text = (const char *)entry->key.data;
        entry->size = entry->key.size;
        return;
    case FISHPLATE_VALUE_KIND_INT:
        snprintf(entry->number, sizeof entry->number, "%" PRId64, entry->key.integer);
        break;
    case FISHPLATE_VALUE_KIND_UINT:
        snprintf(entry->number, sizeof entry->number, "%" PRIu64, entry->key.unsigned_integer);
        break;
    default:
        snprintf(entry->number, sizeof entry->number, "%s", entry->key.boolean ? "true" : "false");
    }
    entry->size = strlen(entry->number);
}

static int by_key_text(const void *left, const void *right) {
    const Entry *a = *(Entry *const *)left, *b = *(Entry *const *)right;
    size_t common = a->size < b->size ? a->size : b->size;
    int order = common ? memcmp(a->text, b->text, common) : 0;
    return order ? order : (a->size > b->size) - (a->size < b->size);
}

static void put_sorted(FishplateCanonical *out, const FishplateValue *map, Entry *entries, Entry **order) {
    FishplateCursor cursor = fishplate_value_entries(map);
    uint32_t count = 0;
    while (count < map->count && fishplate_next_entry(&cursor, &entries[count].key, &entries[count].value)) {
        set_key_text(&entries[count]);
        order[count] = &entries[count];
        count++;
    }
    if (count != map->count) out->failed = true;
    qsort(order, count, sizeof *order, by_key_text);
    put_u32(out, count);
    for (uint32_t at = 0; at < count; at++) {
        fishplate_canonical_value(&order[at]->key, out);
        fishplate_canonical_value(&order[at]->value, out);
    }
}

static void put_map(FishplateCanonical *out, const FishplateValue *map) {
    size_t room = map->count ? map->count : 1; /* calloc of nothing may give null */
    Entry *entries = calloc(room, sizeof *entries);
    Entry **order = calloc(room, sizeof *order);
    if (entries && order)
        put_sorted(out, map, entries, order);
    else
        out->failed = true;
    free(order);
    free(entries);
}

bool fishplate_canonical_value(const FishplateValue *value, FishplateCanonical *out) {
    put_u8(out, (uint8_t)value->kind);
    switch (value->kind) {
    case FISHPLATE_VALUE_KIND_NULL:
        break;
    case FISHPLATE_VALUE_KIND_BOOL:
        put_u8(out, value->boolean);
        break;
    case FISHPLATE_VALUE_KIND_INT:
        put_u64(out, (uint64_t)value->integer);
        break;
    case FISHPLATE_VALUE_KIND_UINT:
        put_u64(out, value->unsigned_integer);
        break;
    case FISHPLATE_VALUE_KIND_DOUBLE:
        put_u64(out, double_bits(value->real));
        break;
    case FISHPLATE_VALUE_KIND_STRING:
    case FISHPLATE_VALUE_KIND_BYTES:
        put_sized(out, value->data, value->size);
        break;
    case FISHPLATE_VALUE_KIND_TIMESTAMP:
    case FISHPLATE_VALUE_KIND_DURATION:
        put_u64(out, (uint64_t)value->integer);
        put_u32(out, (uint32_t)value->nanos);
        break;
    case FISHPLATE_VALUE_KIND_LIST: {
        put_u32(out, value->count);
        FishplateCursor cursor = fishplate_value_entries(value);
        FishplateValue entry;
        while (fishplate_next_value(&cursor, &entry)) fishplate_canonical_value(&entry, out);
        if (cursor.malformed) out->failed = true;
        break;
    }
    case FISHPLATE_VALUE_KIND_MAP:
        put_map(out, value);
        break;
    default:
        out->failed = true;
    }
    return !out->failed;
}

/* ---- decisions ---- */

/* The kinds of identity as the record has them. What is hashed has 4 for a timer, for nothing is hashed of a given id. */
enum { EVENT_ID = 1, SESSION = 2, ORDINAL = 3, GIVEN = 4, TIMER = 5, HASHED_TIMER = 4 };

/* The rule as a string, the key as a list, when it was due as a timestamp. */
static void put_timer(FishplateCanonical *out, FishplateBytes decision) {
    FishplateTimer timer;
    if (!fishplate_decision_timer(decision, &timer)) {
        out->failed = true;
        return;
    }
    put_u8(out, FISHPLATE_VALUE_KIND_STRING);
    put_text(out, timer.rule);
    fishplate_canonical_value(&timer.key, out);
    fishplate_canonical_value(&timer.due, out);
}

static bool id_of(FishplateBytes record, const FishplateDecision *decision, uint8_t id[16]) {
    if (decision->identity == GIVEN) {
        memcpy(id, decision->identity_id, 16);
        return true;
    }
    FishplateCanonical identity = {0};
    put(&identity, decision->version, sizeof decision->version);
    put_u8(&identity, (uint8_t)(decision->identity == TIMER ? HASHED_TIMER : decision->identity));
    switch (decision->identity) {
    case EVENT_ID:
        fishplate_canonical_value(&decision->event_id, &identity);
        break;
    case SESSION:
        put(&identity, decision->identity_id, 16);
        put_u64(&identity, decision->ordinal);
        break;
    case ORDINAL:
        put_u64(&identity, decision->ordinal);
        break;
    case TIMER:
        put_timer(&identity, record);
        break;
    default:
        identity.failed = true;
    }
    bool done = !identity.failed;
    if (done) {
        Sha256 hash;
        uint8_t digest[32];
        sha256_begin(&hash);
        sha256_add(&hash, identity.data, identity.size);
        sha256_end(&hash, digest);
        memcpy(id, digest, 16);
    }
    fishplate_canonical_free(&identity);
    return done;
}

static void own_span(const FishplateTrace *parent, const uint8_t id[16], FishplateTrace *own) {
    Sha256 hash;
    uint8_t digest[32];
    sha256_begin(&hash);
    sha256_add(&hash, parent->trace_id, sizeof parent->trace_id);
    sha256_add(&hash, parent->span_id, sizeof parent->span_id);
    sha256_add(&hash, id, 16);
    sha256_end(&hash, digest);
    *own = *parent;
    memcpy(own->span_id, digest, sizeof own->span_id);
}

bool fishplate_canonical_id(FishplateBytes decision, uint8_t id[16]) {
    FishplateDecision read;
    return fishplate_decision_read(decision, &read) && id_of(decision, &read, id);
}

bool fishplate_canonical_trace(FishplateBytes decision, FishplateTrace *trace) {
    FishplateDecision read;
    uint8_t id[16];
    if (!fishplate_decision_read(decision, &read) || !read.has_trace || !id_of(decision, &read, id)) return false;
    own_span(&read.parent, id, trace);
    return true;
}

static void put_named(FishplateCanonical *out, FishplateCursor cursor) {
    FishplateText name;
    FishplateValue value;
    put_u32(out, cursor.left);
    while (fishplate_next_named(&cursor, &name, &value)) {
        put_text(out, name);
        fishplate_canonical_value(&value, out);
    }
    if (cursor.malformed) out->failed = true;
}

static void put_texts(FishplateCanonical *out, FishplateCursor cursor) {
    FishplateText text;
    put_u32(out, cursor.left);
    while (fishplate_next_text(&cursor, &text)) put_text(out, text);
    if (cursor.malformed) out->failed = true;
}

static void put_errors(FishplateCanonical *out, FishplateCursor cursor) {
    FishplateDecisionError error;
    put_u32(out, cursor.left);
    while (fishplate_next_error(&cursor, &error)) {
        put_u8(out, error.is_output ? 2 : 1);
        put_text(out, error.name);
        put_u32(out, error.code);
        put_u32(out, error.line);
        put_u32(out, error.column);
    }
    if (cursor.malformed) out->failed = true;
}

bool fishplate_canonical_decision(FishplateBytes decision, FishplateCanonical *out) {
    FishplateDecision read;
    uint8_t id[16];
    if (!fishplate_decision_read(decision, &read) || !id_of(decision, &read, id)) {
        out->failed = true;
        return false;
    }
    put(out, "FPD1", 4);
    put(out, read.version, sizeof read.version);
    put(out, id, sizeof id);
    put_u8(out, (uint8_t)(read.late | read.repeated << 1));
    put_u8(out, read.has_trace);
    if (read.has_trace) {
        FishplateTrace trace;
        own_span(&read.parent, id, &trace);
        put(out, trace.trace_id, sizeof trace.trace_id);
        put(out, trace.span_id, sizeof trace.span_id);
        put_u8(out, trace.flags);
    }
    put_named(out, fishplate_decision_outputs(decision));
    put_texts(out, fishplate_decision_matched(decision));
    put_named(out, fishplate_decision_features(decision));
    put_errors(out, fishplate_decision_errors(decision));
    put_texts(out, fishplate_decision_shadow_matched(decision));
    put_errors(out, fishplate_decision_shadow_errors(decision));
    return !out->failed;
}

bool fishplate_canonical_refusal(FishplateBytes error, FishplateCanonical *out) {
    FishplateError read;
    if (!fishplate_error_read(error, &read)) {
        out->failed = true;
        return false;
    }
    put(out, "FPR1", 4);
    put_u32(out, (uint32_t)read.status);
    put_u32(out, read.code);
    return !out->failed;
}

void fishplate_canonical_free(FishplateCanonical *bytes) {
    free(bytes->data);
    *bytes = (FishplateCanonical){0};
}

/* Growing lines, percent-encoding, hex, and values as tagged text. */
#include "text.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void give_up(const char *why, const char *what) {
    fprintf(stderr, "runner: %s: %s\n", why, what);
    exit(2);
}

void reserve(Text *text, size_t more) {
    if (more <= text->capacity - text->size) return;
    size_t capacity = text->capacity ? text->capacity : 256;
    while (capacity - text->size < more) capacity *= 2;
    text->data = realloc(text->data, capacity);
    if (!text->data) give_up("no memory", "text");
    text->capacity = capacity;
}

void add(Text *text, const void *bytes, size_t size) {
    if (size == 0) return;
    reserve(text, size);
    memcpy(text->data + text->size, bytes, size);
    text->size += size;
}

void add_string(Text *text, const char *string) { add(text, string, strlen(string)); }

void add_format(Text *text, const char *format, ...) {
    char line[128];
    va_list arguments;
    va_start(arguments, format);
    int size = vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    if (size < 0 || (size_t)size >= sizeof line) give_up("too long", format);
    add(text, line, (size_t)size);
}

static bool is_plain(unsigned char byte) {
    return (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9') ||
           (byte && strchr("._~/:-", byte));
}

static const char UPPER[] = "0123456789ABCDEF";
static const char LOWER[] = "0123456789abcdef";

void add_percent(Text *text, const void *bytes, size_t size) {
    const unsigned char *from = bytes;
    for (size_t at = 0; at < size; at++) {
        char encoded[3] = {'%', UPPER[from[at] >> 4], UPPER[from[at] & 15]};
        if (is_plain(from[at]))
            add(text, &from[at], 1);
        else
            add(text, encoded, 3);
    }
}

void add_hex(Text *text, const void *bytes, size_t size) {
    const unsigned char *from = bytes;
    for (size_t at = 0; at < size; at++) {
        char pair[2] = {LOWER[from[at] >> 4], LOWER[from[at] & 15]};
        add(text, pair, 2);
    }
}

static int digit(char hex) {
    if (hex >= '0' && hex <= '9') return hex - '0';
    if (hex >= 'a' && hex <= 'f') return hex - 'a' + 10;
    if (hex >= 'A' && hex <= 'F') return hex - 'A' + 10;
    give_up("not hex", (char[]){hex, 0});
}

size_t percent_decode(char *text, size_t size) {
    size_t to = 0;
    for (size_t at = 0; at < size; to++) {
        if (text[at] == '%' && size - at > 2) {
            text[to] = (char)(digit(text[at + 1]) << 4 | digit(text[at + 2]));
            at += 3;
        } else {
            text[to] = text[at++];
        }
    }
    return to;
}

size_t hex_decode(char *text, size_t size) {
    for (size_t at = 0; at < size / 2; at++) text[at] = (char)(digit(text[2 * at]) << 4 | digit(text[2 * at + 1]));
    return size / 2;
}

/* ---- values of decisions as tagged text ---- */

static void add_entries(Text *text, const FishplateValue *value) {
    FishplateCursor cursor = fishplate_value_entries(value);
    FishplateValue key, entry;
    bool is_map = value->kind == FISHPLATE_VALUE_KIND_MAP, first = true;
    add_string(text, is_map ? "{" : "[");
    while (is_map ? fishplate_next_entry(&cursor, &key, &entry) : fishplate_next_value(&cursor, &entry)) {
        if (!first) add_string(text, ",");
        first = false;
        if (is_map) {
            add_value(text, &key);
            add_string(text, "=");
        }
        add_value(text, &entry);
    }
    add_string(text, is_map ? "}" : "]");
}

void add_value(Text *text, const FishplateValue *value) {
    uint64_t bits;
    switch (value->kind) {
    case FISHPLATE_VALUE_KIND_BOOL:
        add_string(text, value->boolean ? "b1" : "b0");
        return;
    case FISHPLATE_VALUE_KIND_INT:
        add_format(text, "i%" PRId64, value->integer);
        return;
    case FISHPLATE_VALUE_KIND_UINT:
        add_format(text, "u%" PRIu64, value->unsigned_integer);
        return;
    case FISHPLATE_VALUE_KIND_DOUBLE:
        memcpy(&bits, &value->real, sizeof bits);
        add_format(text, "d%016" PRIx64, bits);
        return;
    case FISHPLATE_VALUE_KIND_STRING:
        add_string(text, "s");
        add_percent(text, value->data, value->size);
        return;
    case FISHPLATE_VALUE_KIND_BYTES:
        add_string(text, "y");
        add_hex(text, value->data, value->size);
        return;
    case FISHPLATE_VALUE_KIND_TIMESTAMP:
    case FISHPLATE_VALUE_KIND_DURATION:
        add_format(text, "%c%" PRId64 ";%" PRId32, value->kind == FISHPLATE_VALUE_KIND_TIMESTAMP ? 't' : 'p',
                   value->integer, value->nanos);
        return;
    case FISHPLATE_VALUE_KIND_LIST:
    case FISHPLATE_VALUE_KIND_MAP:
        add_entries(text, value);
        return;
    default:
        add_string(text, "n");
    }
}

/* ---- map events from tagged text ---- */

static size_t token_size(const char *text) { return strcspn(text, ",=[]{}"); }

static const char *put_value(FishplateFields *fields, const char *text);

/* A string of tagged text, decoded into memory that the caller frees. */
static char *decoded(const char *text, size_t size, size_t *decoded_size) {
    char *copy = malloc(size + 1);
    if (!copy) give_up("no memory", "event");
    memcpy(copy, text, size);
    *decoded_size = percent_decode(copy, size);
    return copy;
}

static void put_key(FishplateFields *fields, const char *text, size_t size) {
    size_t name_size;
    char *name;
    switch (text[0]) {
    case 's':
        name = decoded(text + 1, size - 1, &name_size);
        fishplate_fields_key(fields, name, name_size);
        free(name);
        return;
    case 'i':
        fishplate_fields_key_int(fields, strtoll(text + 1, NULL, 10));
        return;
    case 'u':
        fishplate_fields_key_uint(fields, strtoull(text + 1, NULL, 10));
        return;
    case 'b':
        fishplate_fields_key_bool(fields, text[1] == '1');
        return;
    default:
        give_up("not a key", text);
    }
}

static const char *put_entries(FishplateFields *fields, const char *text) {
    while (*text != '}') {
        size_t size = token_size(text);
        if (text[size] != '=') give_up("not a map", text);
        put_key(fields, text, size);
        text = put_value(fields, text + size + 1);
        if (*text == ',') text++;
    }
    return text + 1;
}

static const char *put_list(FishplateFields *fields, const char *text) {
    fishplate_fields_begin_list(fields);
    while (*text != ']') {
        if (!*text) give_up("not a list", text);
        text = put_value(fields, text);
        if (*text == ',') text++;
    }
    fishplate_fields_end(fields);
    return text + 1;
}

static void put_scalar(FishplateFields *fields, const char *text, size_t size) {
    char *end;
    size_t decoded_size;
    char *copy = decoded(text + 1, size - 1, &decoded_size);
    copy[decoded_size] = 0;
    uint64_t bits = text[0] == 'd' ? strtoull(copy, NULL, 16) : 0;
    double real;
    memcpy(&real, &bits, sizeof real);
    long long seconds = text[0] == 't' || text[0] == 'p' ? strtoll(copy, &end, 10) : 0;
    int32_t nanos = text[0] == 't' || text[0] == 'p' ? (int32_t)strtol(end + 1, NULL, 10) : 0;
    switch (text[0]) {
    case 'n': fishplate_fields_put_null(fields); break;
    case 'b': fishplate_fields_put_bool(fields, copy[0] == '1'); break;
    case 'i': fishplate_fields_put_int(fields, strtoll(copy, NULL, 10)); break;
    case 'u': fishplate_fields_put_uint(fields, strtoull(copy, NULL, 10)); break;
    case 'd': fishplate_fields_put_double(fields, real); break;
    case 's': fishplate_fields_put_string(fields, copy, decoded_size); break;
    case 'y': fishplate_fields_put_bytes(fields, (uint8_t *)copy, hex_decode(copy, decoded_size)); break;
    case 't': fishplate_fields_put_timestamp(fields, seconds, nanos); break;
    case 'p': fishplate_fields_put_duration(fields, seconds, nanos); break;
    default: give_up("not a value", text);
    }
    free(copy);
}

static const char *put_value(FishplateFields *fields, const char *text) {
    if (*text == '[') return put_list(fields, text + 1);
    if (*text == '{') {
        fishplate_fields_begin_map(fields);
        text = put_entries(fields, text + 1);
        fishplate_fields_end(fields);
        return text;
    }
    size_t size = token_size(text);
    put_scalar(fields, text, size);
    return text + size;
}

void encode_event(const char *tagged, Text *out) {
    if (tagged[0] != '{') give_up("not an event", tagged);
    out->size = 0;
    reserve(out, 4096);
    for (;;) {
        FishplateFields fields;
        FishplateBytes event;
        fishplate_fields_begin(&fields, (uint8_t *)out->data, out->capacity);
        put_entries(&fields, tagged + 1);
        FishplateStatus status = fishplate_fields_finish(&fields, &event);
        if (status == FISHPLATE_STATUS_OK) {
            out->size = event.size;
            return;
        }
        if (status != FISHPLATE_STATUS_OUT_OF_RANGE) give_up("no event", tagged);
        reserve(out, fields.size);
    }
}

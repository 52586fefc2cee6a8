/*
 * The C binding as a C program uses it: the way in, the values out, and everything that can be done wrong.
 * Run from any folder: test_fishplate FOLDER, a folder that may be written.
 */
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "fishplate.h"
#include "fishplate_canonical.h"

static const char PROTO[] = "syntax = \"proto3\";\n"
                            "package shop.v1;\n"
                            "message Order {\n"
                            "  string id = 1;\n"
                            "  double amount = 2;\n"
                            "  repeated string tags = 3;\n"
                            "  map<string, int64> counts = 4;\n"
                            "  uint64 big = 5;\n"
                            "  bytes raw = 6;\n"
                            "}\n";

static const char RULES[] = "fishplate: 1\n"
                            "name: shop\n"
                            "schema: order.proto#shop.v1.Order\n"
                            "outputs:\n"
                            "  score: {type: int, merge: sum, default: 0}\n"
                            "  share: {type: double, merge: first}\n"
                            "  big: {type: uint, merge: first}\n"
                            "  raw: {type: bytes, merge: first}\n"
                            "  flag: {type: bool, merge: any}\n"
                            "  tags: {type: list(string), merge: first}\n"
                            "  counts: {type: 'map(string, int)', merge: first}\n"
                            "  took: {type: duration, merge: first}\n"
                            "rules:\n"
                            "  - {id: large, when: event.amount > 100.0, output: {score: 40, share: event.amount / 8.0}}\n"
                            "  - {id: second, when: event.amount > 200.0, output: {score: 2, flag: true}}\n"
                            "  - id: copy\n"
                            "    when: event.id != \"\"\n"
                            "    output: {big: event.big, raw: event.raw, tags: event.tags, counts: event.counts}\n"
                            "  - {id: took, when: event.id == \"t\", output: {took: duration(\"-1.5s\")}}\n"
                            "  - {id: fails, when: 1 / size(event.tags) > 0}\n"
                            "  - {id: shade, when: event.amount > 0.0, mode: shadow}\n";

static uint8_t memory[1 << 16];
static FishplateStorage storage;

static FishplateStorage *fresh(void) {
    storage = (FishplateStorage){memory, sizeof memory, 0, 0};
    return &storage;
}

static FishplateBytes record(void) { return fishplate_storage_record(&storage); }

static FishplateNamed named(const char *name, const void *data, size_t size) {
    return (FishplateNamed){fishplate_text(name), {data, size}};
}

static bool same(FishplateText text, const char *expected) {
    return text.size == strlen(expected) && !memcmp(text.data, expected, text.size);
}

static bool contains(FishplateText text, const char *part) {
    size_t size = strlen(part);
    for (size_t at = 0; at + size <= text.size; at++)
        if (!memcmp(text.data + at, part, size)) return true;
    return false;
}

/* Checks that the last call was refused so. */
static void refused(const char *name, FishplateStatus got, FishplateStatus status, uint32_t code) {
    FishplateError error;
    CHECK(name, got == status);
    CHECK(name, fishplate_error_read(record(), &error));
    CHECK(name, error.status == status);
    CHECK(name, error.code == code);
    CHECK(name, error.text.size > 0);
}

static FishplateStatus compile(const char *text, FishplateHandle *rules) {
    FishplateNamed file = named("order.proto", PROTO, sizeof PROTO - 1);
    return fishplate_rule_set_from_text("shop.yaml", 9, text, strlen(text), &file, 1, NULL, rules, fresh());
}

static FishplateHandle rules_of_the_shop(void) {
    FishplateHandle rules = 0;
    CHECK("the rules of the shop compile", compile(RULES, &rules) == FISHPLATE_STATUS_OK && rules != 0);
    return rules;
}

static FishplateHandle open_engine(FishplateHandle rules) {
    FishplateHandle engine = 0;
    CHECK("an engine opens", fishplate_engine_open(rules, NULL, false, &engine, fresh()) == FISHPLATE_STATUS_OK);
    return engine;
}

static FishplateStatus decide_json(FishplateHandle engine, const char *event) {
    return fishplate_decide(engine, FISHPLATE_FORMAT_JSON, (const uint8_t *)event, strlen(event), NULL, fresh());
}

/* ---- what is right ---- */

static void rule_sets_describe_themselves(void) {
    const char *name = "rule sets describe themselves";
    FishplateHandle rules = rules_of_the_shop();
    FishplateRuleSet described;
    FishplateText text;
    FishplateCursor path;
    CHECK(name, fishplate_rule_set_describe(rules, fresh()) == FISHPLATE_STATUS_OK);
    CHECK(name, fishplate_rule_set_read(record(), &described));
    CHECK(name, same(described.name, "shop"));
    CHECK(name, described.outputs.left == 8 && described.rules.left == 6 && described.features.left == 0);
    CHECK(name, fishplate_next_text(&described.outputs, &text) && same(text, "score"));
    CHECK(name, fishplate_next_text(&described.rules, &text) && same(text, "large"));
    bool amount = false;
    while (fishplate_next_path(&described.fields, &path))
        while (fishplate_next_text(&path, &text)) amount |= same(text, "amount");
    CHECK("the fields that are read are told", amount);
    fishplate_close(rules, NULL);
}

static void values_come_out_as_they_are(FishplateHandle engine) {
    const char *name = "values come out as they are";
    FishplateBytes decision = record();
    FishplateDecision read;
    FishplateValue value, key;
    CHECK(name, fishplate_decision_read(decision, &read) && !read.late && !read.repeated && !read.has_trace);
    CHECK("the first input has the ordinal 1", read.ordinal == 1);
    CHECK(name, fishplate_decision_output(decision, fishplate_text("score"), &value));
    CHECK(name, value.kind == FISHPLATE_VALUE_KIND_INT && value.integer == 42);
    CHECK(name, fishplate_decision_output(decision, fishplate_text("share"), &value));
    CHECK(name, value.kind == FISHPLATE_VALUE_KIND_DOUBLE && value.real == 32.0);
    CHECK(name, fishplate_decision_output(decision, fishplate_text("big"), &value));
    CHECK(name, value.kind == FISHPLATE_VALUE_KIND_UINT && value.unsigned_integer == UINT64_MAX);
    CHECK(name, fishplate_decision_output(decision, fishplate_text("raw"), &value));
    CHECK(name, value.kind == FISHPLATE_VALUE_KIND_BYTES && value.size == 2 && value.data[0] == 0 && value.data[1] == 255);
    CHECK(name, fishplate_decision_output(decision, fishplate_text("flag"), &value));
    CHECK(name, value.kind == FISHPLATE_VALUE_KIND_BOOL && value.boolean);
    CHECK(name, fishplate_decision_output(decision, fishplate_text("took"), &value));
    CHECK(name, value.kind == FISHPLATE_VALUE_KIND_DURATION && value.integer == -1 && value.nanos == -500000000);
    CHECK(name, fishplate_decision_output(decision, fishplate_text("tags"), &value));
    CHECK(name, value.kind == FISHPLATE_VALUE_KIND_LIST && value.count == 2);
    FishplateCursor cursor = fishplate_value_entries(&value);
    CHECK(name, fishplate_next_value(&cursor, &value) && value.size == 3 && !memcmp(value.data, "a\xc3\xa9", 3));
    CHECK(name, fishplate_next_value(&cursor, &value) && value.size == 0 && !fishplate_next_value(&cursor, &value));
    CHECK(name, fishplate_decision_output(decision, fishplate_text("counts"), &value) && value.count == 1);
    cursor = fishplate_value_entries(&value);
    CHECK(name, fishplate_next_entry(&cursor, &key, &value) && key.size == 1 && value.integer == -7);
    CHECK("an output that there is not", !fishplate_decision_output(decision, fishplate_text("none"), &value));
    FishplateText text;
    cursor = fishplate_decision_matched(decision);
    CHECK(name, cursor.left == 4 && fishplate_next_text(&cursor, &text) && same(text, "large"));
    cursor = fishplate_decision_shadow_matched(decision);
    CHECK("shadow rules are told apart", cursor.left == 1 && fishplate_next_text(&cursor, &text) && same(text, "shade"));
    (void)engine;
}

static const char FULL[] = "{\"id\": \"t\", \"amount\": 256, \"tags\": [\"a\xc3\xa9\", \"\"], \"counts\": {\"n\": \"-7\"}, "
                           "\"big\": \"18446744073709551615\", \"raw\": \"AP8=\"}";

/* The same event as FULL, as protobuf bytes, written by hand from order.proto. */
static const uint8_t FULL_PROTOBUF[] = {
    0x0a, 1, 't',                                                              /* id */
    0x11, 0, 0, 0, 0, 0, 0, 0x70, 0x40,                                        /* amount 256.0 */
    0x1a, 3, 'a', 0xc3, 0xa9, 0x1a, 0,                                         /* tags */
    0x22, 14, 0x0a, 1, 'n', 0x10, 0xf9, 255, 255, 255, 255, 255, 255, 255, 255, 1, /* counts: n -7 */
    0x28, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1,                      /* big 2^64-1 */
    0x32, 2, 0, 255,                                                           /* raw */
};

static FishplateBytes full_map(uint8_t *data, size_t capacity) {
    FishplateFields fields;
    FishplateBytes event = {0};
    fishplate_fields_begin(&fields, data, capacity);
    fishplate_fields_key(&fields, "id", 2);
    fishplate_fields_put_string(&fields, "t", 1);
    fishplate_fields_key(&fields, "amount", 6);
    fishplate_fields_put_double(&fields, 256.0);
    fishplate_fields_key(&fields, "tags", 4);
    fishplate_fields_begin_list(&fields);
    fishplate_fields_put_string(&fields, "a\xc3\xa9", 3);
    fishplate_fields_put_string(&fields, "", 0);
    fishplate_fields_end(&fields);
    fishplate_fields_key(&fields, "counts", 6);
    fishplate_fields_begin_map(&fields);
    fishplate_fields_key(&fields, "n", 1);
    fishplate_fields_put_int(&fields, -7);
    fishplate_fields_end(&fields);
    fishplate_fields_key(&fields, "big", 3);
    fishplate_fields_put_uint(&fields, UINT64_MAX);
    fishplate_fields_key(&fields, "raw", 3);
    fishplate_fields_put_bytes(&fields, (const uint8_t *)"\x00\xff", 2);
    FishplateStatus status = fishplate_fields_finish(&fields, &event);
    if (capacity < fields.size)
        CHECK("memory too small for the fields is told", status == FISHPLATE_STATUS_OUT_OF_RANGE);
    else
        CHECK("the fields are finished", status == FISHPLATE_STATUS_OK);
    return event;
}

static void one_event_in_three_forms_gives_one_decision(void) {
    const char *name = "one event in three forms gives one decision";
    FishplateHandle rules = rules_of_the_shop();
    FishplateCanonical forms[3] = {{0}};
    static uint8_t fields[512];
    FishplateBytes map = full_map(fields, sizeof fields);
    full_map(fields + 256, 20);
    const FishplateBytes bodies[3] = {
        {FULL_PROTOBUF, sizeof FULL_PROTOBUF}, {(const uint8_t *)FULL, sizeof FULL - 1}, map};
    for (uint32_t format = 1; format <= 3; format++) {
        FishplateHandle engine = open_engine(rules);
        FishplateBytes body = bodies[format - 1];
        CHECK(name, fishplate_decide(engine, format, body.data, body.size, NULL, fresh()) == FISHPLATE_STATUS_OK);
        values_come_out_as_they_are(engine);
        CHECK(name, fishplate_canonical_decision(record(), &forms[format - 1]));
        fishplate_close(engine, NULL);
    }
    for (int at = 1; at < 3; at++)
        CHECK(name, forms[0].size == forms[at].size && !memcmp(forms[0].data, forms[at].data, forms[0].size));
    for (int at = 0; at < 3; at++) fishplate_canonical_free(&forms[at]);
    fishplate_close(rules, NULL);
}

static void errors_of_rules_stand_in_the_decision(void) {
    const char *name = "errors of rules stand in the decision";
    FishplateHandle rules = rules_of_the_shop(), engine = open_engine(rules);
    FishplateDecisionError error;
    CHECK(name, decide_json(engine, "{\"amount\": 1}") == FISHPLATE_STATUS_OK);
    FishplateCursor cursor = fishplate_decision_errors(record());
    CHECK(name, cursor.left == 1 && fishplate_next_error(&cursor, &error));
    CHECK(name, !error.is_output && error.code == 301 && error.line == 20 && error.column == 23);
    CHECK(name, same(error.name, "fails") && error.message.size > 0 && !fishplate_next_error(&cursor, &error));
    fishplate_close(engine, NULL);
    fishplate_close(rules, NULL);
}

static void a_trace_is_kept_and_gets_a_span_of_its_own(void) {
    const char *name = "a trace is kept and gets a span of its own";
    FishplateHandle rules = rules_of_the_shop(), engine = open_engine(rules);
    const char *value = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    FishplateNamed headers[2] = {named("traceparent", value, strlen(value)), named("b3", "x", 1)};
    FishplateTrace trace, own, computed;
    uint32_t ignored = 9;
    uint8_t id[16], computed_id[16];
    CHECK(name, fishplate_trace_from_headers(headers, 2, fresh()) == FISHPLATE_STATUS_OK);
    CHECK(name, fishplate_trace_read(record(), &trace, &ignored) && ignored == 1 && trace.flags == 1);
    CHECK(name, fishplate_decide(engine, FISHPLATE_FORMAT_JSON, (const uint8_t *)"{}", 2, &trace, fresh()) == FISHPLATE_STATUS_OK);
    CHECK(name, fishplate_decision_trace(record(), &own) && !memcmp(own.trace_id, trace.trace_id, 16));
    CHECK(name, memcmp(own.span_id, trace.span_id, 8));
    CHECK("C derives the same span", fishplate_canonical_trace(record(), &computed) && !memcmp(&own, &computed, 25));
    CHECK("C derives the same id", fishplate_decision_id(record(), &id) && fishplate_canonical_id(record(), computed_id) &&
                                       !memcmp(id, computed_id, 16));
    CHECK(name, decide_json(engine, "{}") == FISHPLATE_STATUS_OK && !fishplate_decision_trace(record(), &own));
    fishplate_close(engine, NULL);
    fishplate_close(rules, NULL);
}

static void a_bad_event_in_a_batch_is_an_error_in_its_own_place(void) {
    const char *name = "a bad event in a batch is an error in its own place";
    FishplateHandle rules = rules_of_the_shop(), engine = open_engine(rules);
    uint8_t bytes[256];
    FishplateBatch batch;
    FishplateBytes events = {0};
    FishplateItem item;
    FishplateError error;
    FishplateDecision decision;
    fishplate_batch_begin(&batch, bytes, sizeof bytes);
    fishplate_batch_add(&batch, (const uint8_t *)"{}", 2, NULL);
    fishplate_batch_add(&batch, (const uint8_t *)"{", 1, NULL);
    fishplate_batch_add(&batch, (const uint8_t *)FULL, sizeof FULL - 1, NULL);
    CHECK(name, fishplate_batch_finish(&batch, &events) == FISHPLATE_STATUS_OK);
    CHECK(name, fishplate_decide_all(engine, FISHPLATE_FORMAT_JSON, events.data, events.size, fresh()) == FISHPLATE_STATUS_OK);
    FishplateCursor cursor = fishplate_batch_items(record());
    CHECK(name, cursor.left == 3);
    CHECK(name, fishplate_next_item(&cursor, &item) && item.status == FISHPLATE_STATUS_OK);
    CHECK(name, fishplate_next_item(&cursor, &item) && item.status == FISHPLATE_STATUS_INVALID_ARGUMENT);
    CHECK(name, fishplate_error_read(item.record, &error) && error.code == FISHPLATE_CODE_F0602);
    CHECK(name, fishplate_next_item(&cursor, &item) && fishplate_decision_read(item.record, &decision));
    CHECK("a refused event takes no ordinal", decision.ordinal == 2);
    fishplate_batch_begin(&batch, bytes, 8);
    fishplate_batch_add(&batch, (const uint8_t *)"{}", 2, NULL);
    CHECK("memory too small for a batch is told",
          fishplate_batch_finish(&batch, &events) == FISHPLATE_STATUS_OUT_OF_RANGE && batch.size == 36);
    fishplate_close(engine, NULL);
    fishplate_close(rules, NULL);
}

static const char STORE[] = "fishplate: 1\n"
                            "name: store\n"
                            "schema: {fields: {card: string}}\n"
                            "features: {risk: {supplied: double}}\n"
                            "rules:\n"
                            "  - {id: risky, when: has(features.risk) && features.risk > 0.5}\n";

/* Writes the feature `name` into `memory_of_it`. */
static FishplateBytes one_feature(const char *name, double value, uint8_t *memory_of_it, size_t capacity) {
    FishplateFields fields;
    FishplateBytes written = {0};
    fishplate_fields_begin(&fields, memory_of_it, capacity);
    fishplate_fields_key(&fields, name, strlen(name));
    fishplate_fields_put_double(&fields, value);
    CHECK("features are written as fields", fishplate_fields_finish(&fields, &written) == FISHPLATE_STATUS_OK);
    return written;
}

static void features_stand_before_an_event_of_any_form(void) {
    const char *name = "features stand before an event of any form";
    const uint32_t form = FISHPLATE_FORMAT_JSON | FISHPLATE_FORMAT_WITH_FEATURES;
    uint8_t of_features[64], of_event[96], of_batch[256];
    FishplateHandle rules;
    FishplateDecision decision;
    FishplateBytes event = {0}, none = {0}, batch_bytes = {0};
    FishplateError error;
    FishplateStatus status =
        fishplate_rule_set_from_text("store.yaml", 10, STORE, sizeof STORE - 1, NULL, 0, NULL, &rules, fresh());
    CHECK(name, status == FISHPLATE_STATUS_OK);
    FishplateHandle engine = open_engine(rules);
    FishplateBytes risk = one_feature("risk", 0.75, of_features, sizeof of_features);
    CHECK("how much memory it takes is told",
          fishplate_with_features(risk.data, risk.size, (uint8_t *)"{}", 2, of_event, 5, &event) ==
                  FISHPLATE_STATUS_OUT_OF_RANGE &&
              event.size == 4 + risk.size + 2);
    CHECK(name, fishplate_with_features(risk.data, risk.size, (uint8_t *)"{}", 2, of_event, sizeof of_event, &event) ==
                    FISHPLATE_STATUS_OK);
    CHECK(name, fishplate_decide(engine, form, event.data, event.size, NULL, fresh()) == FISHPLATE_STATUS_OK);
    CHECK(name, fishplate_decision_read(record(), &decision) && fishplate_decision_matched(record()).left == 1 &&
                    fishplate_decision_features(record()).left == 1);
    CHECK(name, fishplate_preview(engine, form, event.data, event.size, NULL, fresh()) == FISHPLATE_STATUS_OK);
    CHECK(name, fishplate_engine_explain(engine, form, event.data, event.size, false, fresh()) == FISHPLATE_STATUS_OK);
    CHECK(name, contains((FishplateText){(char *)memory, storage.size}, "features.risk  =  0.75"));
    fishplate_with_features(NULL, 0, (uint8_t *)"{}", 2, of_event + 64, 32, &none);
    FishplateBatch batch;
    fishplate_batch_begin(&batch, of_batch, sizeof of_batch);
    fishplate_batch_add(&batch, event.data, event.size, NULL);
    fishplate_batch_add(&batch, none.data, none.size, NULL);
    fishplate_batch_add(&batch, (const uint8_t *)"{}", 2, NULL);
    CHECK(name, fishplate_batch_finish(&batch, &batch_bytes) == FISHPLATE_STATUS_OK);
    CHECK(name, fishplate_decide_all(engine, form, batch_bytes.data, batch_bytes.size, fresh()) == FISHPLATE_STATUS_OK);
    FishplateCursor cursor = fishplate_batch_items(record());
    FishplateItem item;
    CHECK(name, fishplate_next_item(&cursor, &item) && fishplate_decision_matched(item.record).left == 1);
    CHECK(name, fishplate_next_item(&cursor, &item) && fishplate_decision_matched(item.record).left == 0);
    CHECK("an event without them is no event of this form",
          fishplate_next_item(&cursor, &item) && fishplate_error_read(item.record, &error) &&
              error.code == FISHPLATE_CODE_F0809);
    FishplateBytes slip = one_feature("risc", 0.75, of_features, sizeof of_features);
    fishplate_with_features(slip.data, slip.size, (uint8_t *)"{}", 2, of_event, sizeof of_event, &event);
    CHECK("a slip is refused", fishplate_decide(engine, form, event.data, event.size, NULL, fresh()) ==
                                   FISHPLATE_STATUS_INVALID_ARGUMENT &&
                                   fishplate_error_read(record(), &error) && error.code == FISHPLATE_CODE_F0606);
    fishplate_close(engine, NULL);
    fishplate_close(rules, NULL);
}

static void small_questions_are_answered(void) {
    FishplateLimit limit;
    FishplateCounters counters;
    CHECK("the version is a text", fishplate_version(fresh()) == FISHPLATE_STATUS_OK && storage.size >= 5);
    CHECK("codes are explained", fishplate_explain_error(203, fresh()) == FISHPLATE_STATUS_OK);
    CHECK("codes are explained", contains((FishplateText){(char *)memory, storage.size}, "F0203"));
    CHECK("limits are listed", fishplate_limits(fresh()) == FISHPLATE_STATUS_OK);
    FishplateCursor cursor = fishplate_limits_read(record());
    CHECK("limits are listed", fishplate_next_limit(&cursor, &limit) && same(limit.name, "message_depth") && limit.by_default == 16);
    FishplateHandle rules = rules_of_the_shop(), engine = open_engine(rules);
    decide_json(engine, FULL);
    decide_json(engine, "{");
    CHECK("counters count", fishplate_counters(engine, fresh()) == FISHPLATE_STATUS_OK);
    CHECK("counters count", fishplate_counters_read(record(), &counters) && counters.accepted == 1 && counters.refused == 1);
    CHECK("a preview changes nothing",
          fishplate_preview(engine, FISHPLATE_FORMAT_JSON, (const uint8_t *)"{}", 2, NULL, fresh()) == FISHPLATE_STATUS_OK &&
              fishplate_counters(engine, fresh()) == FISHPLATE_STATUS_OK &&
              fishplate_counters_read(record(), &counters) && counters.accepted == 1);
    fishplate_close(engine, NULL);
    fishplate_close(rules, NULL);
}

/* ---- what is wrong ---- */

static void a_bad_document_tells_every_mistake_with_its_place(void) {
    const char *name = "a bad document tells every mistake with its place";
    static const char BAD[] = "fishplate: 1\n"
                              "name: shop\n"
                              "schema: order.proto#shop.v1.Order\n"
                              "rules:\n"
                              "  - {id: one, when: event.amount > \"500\"}\n"
                              "  - {id: two, when: event.amout > 1.0}\n";
    FishplateHandle rules = 7;
    FishplateDiagnostic diagnostic;
    refused(name, compile(BAD, &rules), FISHPLATE_STATUS_INVALID_ARGUMENT, FISHPLATE_CODE_F0203);
    CHECK("no handle is given", rules == 0);
    FishplateCursor cursor = fishplate_error_diagnostics(record());
    CHECK(name, cursor.left == 2 && fishplate_next_diagnostic(&cursor, &diagnostic));
    CHECK(name, diagnostic.place == FISHPLATE_PLACE_TEXT && same(diagnostic.name, "shop.yaml"));
    CHECK(name, diagnostic.line == 5 && contains(diagnostic.source, "event.amount"));
    CHECK(name, fishplate_next_diagnostic(&cursor, &diagnostic) && diagnostic.code == FISHPLATE_CODE_F0202);
    CHECK(name, diagnostic.line == 6 && contains(diagnostic.suggestion, "amount"));
    refused("bad YAML", compile("name: [", &rules), FISHPLATE_STATUS_INVALID_ARGUMENT, FISHPLATE_CODE_F0401);
}

static void wrong_events_are_refused_with_their_codes(void) {
    FishplateHandle rules = rules_of_the_shop(), engine = open_engine(rules), strict = 0;
    FishplateError error;
    FishplateLimits limits = {.string_bytes = 4};
    refused("a truncated protobuf", fishplate_decide(engine, FISHPLATE_FORMAT_PROTOBUF, FULL_PROTOBUF, 2, NULL, fresh()),
            FISHPLATE_STATUS_INVALID_ARGUMENT, FISHPLATE_CODE_F0601);
    refused("JSON that is none", decide_json(engine, "{\"amount\": "), FISHPLATE_STATUS_INVALID_ARGUMENT,
            FISHPLATE_CODE_F0602);
    refused("a wrong type", decide_json(engine, "{\"amount\": \"many\"}"), FISHPLATE_STATUS_INVALID_ARGUMENT,
            FISHPLATE_CODE_F0603);
    CHECK("the field is named", fishplate_error_read(record(), &error) && contains(error.text, "event.amount"));
    fishplate_engine_open(rules, &limits, true, &strict, fresh());
    refused("an unknown field, strict", decide_json(strict, "{\"colour\": 1}"), FISHPLATE_STATUS_INVALID_ARGUMENT,
            FISHPLATE_CODE_F0606);
    refused("a limit", decide_json(strict, "{\"id\": \"12345\"}"), FISHPLATE_STATUS_INVALID_ARGUMENT,
            FISHPLATE_CODE_F0705);
    fishplate_close(strict, NULL);
    fishplate_close(engine, NULL);
    fishplate_close(rules, NULL);
}

static void files_are_loaded_or_named(const char *folder) {
    char path[1024];
    FishplateHandle rules = 0;
    FishplateError error;
    snprintf(path, sizeof path, "%s/none.yaml", folder);
    refused("a missing file", fishplate_rule_set_load(path, strlen(path), NULL, &rules, fresh()),
            FISHPLATE_STATUS_NOT_FOUND, FISHPLATE_CODE_F0808);
    CHECK("the file is named", fishplate_error_read(record(), &error) && contains(error.text, "none.yaml"));
    snprintf(path, sizeof path, "%s/order.proto", folder);
    FILE *file = fopen(path, "w");
    CHECK("a file is written", file && fputs(PROTO, file) >= 0 && !fclose(file));
    snprintf(path, sizeof path, "%s/shop.yaml", folder);
    file = fopen(path, "w");
    CHECK("a file is written", file && fputs(RULES, file) >= 0 && !fclose(file));
    CHECK("a document finds its schema beside it",
          fishplate_rule_set_load(path, strlen(path), NULL, &rules, fresh()) == FISHPLATE_STATUS_OK);
    fishplate_close(rules, NULL);
}

static void closed_objects_are_refused(void) {
    FishplateHandle rules = rules_of_the_shop(), engine = open_engine(rules), other = 0;
    CHECK("a rule set closes first", fishplate_close(rules, fresh()) == FISHPLATE_STATUS_OK);
    CHECK("its engine goes on", decide_json(engine, FULL) == FISHPLATE_STATUS_OK);
    refused("a closed rule set", fishplate_engine_open(rules, NULL, false, &other, fresh()),
            FISHPLATE_STATUS_FAILED_PRECONDITION, FISHPLATE_CODE_F0801);
    CHECK("closing is idempotent", fishplate_close(engine, fresh()) == FISHPLATE_STATUS_OK);
    CHECK("closing is idempotent", fishplate_close(engine, fresh()) == FISHPLATE_STATUS_OK);
    refused("a closed engine", decide_json(engine, FULL), FISHPLATE_STATUS_FAILED_PRECONDITION, FISHPLATE_CODE_F0801);
    refused("no handle", decide_json(0, FULL), FISHPLATE_STATUS_INVALID_ARGUMENT, FISHPLATE_CODE_F0807);
    FishplateHandle again = rules_of_the_shop(), next = open_engine(again);
    refused("a stale handle", decide_json(engine, FULL), FISHPLATE_STATUS_FAILED_PRECONDITION, FISHPLATE_CODE_F0802);
    refused("a handle of another kind", decide_json(again, FULL), FISHPLATE_STATUS_FAILED_PRECONDITION, FISHPLATE_CODE_F0803);
    fishplate_close(next, NULL);
    fishplate_close(again, NULL);
}

static void a_storage_of_any_size_is_survived(void) {
    FishplateHandle rules = rules_of_the_shop(), engine = open_engine(rules);
    for (size_t capacity = 0; capacity < 700; capacity += 7) {
        uint8_t *small = malloc(capacity ? capacity : 1);
        FishplateStorage tight = {small, capacity, 0, 0};
        FishplateStatus status =
            fishplate_decide(engine, FISHPLATE_FORMAT_JSON, (const uint8_t *)FULL, sizeof FULL - 1, NULL, &tight);
        if (status == FISHPLATE_STATUS_OUT_OF_RANGE) {
            CHECK("what does not fit has a ticket", tight.ticket != 0 && tight.size > capacity);
            CHECK("what waits is fetched", fishplate_fetch(engine, tight.ticket, fresh()) == FISHPLATE_STATUS_OK);
        } else {
            CHECK("what fits is there", status == FISHPLATE_STATUS_OK && tight.size <= capacity);
        }
        tight = (FishplateStorage){small, capacity, 0, 0};
        FishplateError error;
        status = fishplate_decide(engine, FISHPLATE_FORMAT_JSON, (const uint8_t *)"{", 1, NULL, &tight);
        CHECK("an error is cut, never lost", status == FISHPLATE_STATUS_INVALID_ARGUMENT);
        if (capacity >= 58)
            CHECK("a cut error keeps its code", fishplate_error_read(fishplate_storage_record(&tight), &error) &&
                                                    error.code == FISHPLATE_CODE_F0602);
        free(small);
    }
    fishplate_close(engine, NULL);
    fishplate_close(rules, NULL);
}

static void nothing_is_left_over(void) {
    uint64_t live = 9;
    CHECK("no rule set is left", fishplate_live_objects(FISHPLATE_KIND_RULE_SET, &live, NULL) == FISHPLATE_STATUS_OK && live == 0);
    CHECK("no engine is left", fishplate_live_objects(FISHPLATE_KIND_ENGINE, &live, NULL) == FISHPLATE_STATUS_OK && live == 0);
}

int main(int count, char **arguments) {
    closed_objects_are_refused(); /* first: it knows which slot is used again */
    rule_sets_describe_themselves();
    one_event_in_three_forms_gives_one_decision();
    errors_of_rules_stand_in_the_decision();
    a_trace_is_kept_and_gets_a_span_of_its_own();
    a_bad_event_in_a_batch_is_an_error_in_its_own_place();
    features_stand_before_an_event_of_any_form();
    small_questions_are_answered();
    a_bad_document_tells_every_mistake_with_its_place();
    wrong_events_are_refused_with_their_codes();
    files_are_loaded_or_named(count > 1 ? arguments[1] : ".");
    a_storage_of_any_size_is_survived();
    nothing_is_left_over();
    return checked("test_fishplate");
}

/*
 * Sessions as a C program holds them, over every address that is given, and always in process.
 * test_sessions [ADDRESS]...: each is served by the rules of bindings-c/tests/rules.yaml.
 */
#define _POSIX_C_SOURCE 200809L
#include <pthread.h>
#include <string.h>
#include <time.h>

#include "check.h"
#include "fishplate.h"
#include "fishplate_canonical.h"

static const char RULES[] = "fishplate: 1\n"
                            "name: small\n"
                            "schema: {fields: {amount: double, note: string}}\n"
                            "outputs:\n"
                            "  score: {type: int, merge: sum, default: 0}\n"
                            "rules:\n"
                            "  - {id: R1, when: event.amount > 1.0, output: {score: 40}}\n";

static const char EVENT[] = "{\"amount\": 2.5}";

enum { LONG = 30000, FOREVER = -1 };

/* Memory of one thread, and the storage over it. */
typedef struct Memory {
    uint8_t bytes[1 << 14];
    FishplateStorage storage;
} Memory;

static FishplateStorage *fresh(Memory *memory) {
    memory->storage = (FishplateStorage){memory->bytes, sizeof memory->bytes, 0, 0};
    return &memory->storage;
}

static FishplateBytes record(const Memory *memory) { return fishplate_storage_record(&memory->storage); }

static void refused(const char *name, Memory *memory, FishplateStatus got, FishplateStatus status, uint32_t code) {
    FishplateError error;
    CHECK(name, got == status);
    CHECK(name, fishplate_error_read(record(memory), &error) && error.status == status && error.code == code);
}

static FishplateStatus open_at(const char *address, FishplateSessionOptions options, FishplateHandle *session, Memory *memory) {
    options.deadline_ms = 600000;
    return fishplate_session_open(address, strlen(address), &options, NULL, 0, NULL, 0, session, fresh(memory));
}

static FishplateHandle opened(const char *address, FishplateSessionOptions options, Memory *memory) {
    FishplateHandle session = 0;
    CHECK(address, open_at(address, options, &session, memory) == FISHPLATE_STATUS_OK && session != 0);
    return session;
}

static FishplateStatus send_event(FishplateHandle session, uint32_t wait_ms, uint64_t *sequence, Memory *memory) {
    return fishplate_session_send(session, FISHPLATE_FORMAT_JSON, (const uint8_t *)EVENT, sizeof EVENT - 1, NULL, false,
                                  0, wait_ms, sequence, fresh(memory));
}

static void must_send(FishplateHandle session, uint64_t expected, Memory *memory) {
    uint64_t sequence = 0;
    CHECK("an event is sent", send_event(session, LONG, &sequence, memory) == FISHPLATE_STATUS_OK && sequence == expected);
}

static FishplateOutcome must_receive(FishplateHandle session, Memory *memory) {
    FishplateOutcome outcome = {.is_end = true, .status = FISHPLATE_STATUS_UNKNOWN};
    CHECK("something is received", fishplate_session_receive(session, LONG, fresh(memory)) == FISHPLATE_STATUS_OK);
    CHECK("it is an outcome", fishplate_outcome_read(record(memory), &outcome));
    return outcome;
}

static void decided(FishplateHandle session, uint64_t sequence, Memory *memory) {
    FishplateOutcome outcome = must_receive(session, memory);
    FishplateValue score;
    CHECK("outcomes come in order", !outcome.is_end && outcome.sequence == sequence);
    CHECK("the event was decided", outcome.status == FISHPLATE_STATUS_OK);
    CHECK("the event was decided", fishplate_decision_output(outcome.record, fishplate_text("score"), &score) && score.integer == 40);
}

static void ended(FishplateHandle session, FishplateStatus status, uint64_t watermark, Memory *memory) {
    FishplateOutcome outcome = must_receive(session, memory);
    CHECK("the session ends", outcome.is_end && outcome.status == status);
    CHECK("with its watermark", outcome.sequence == watermark);
}

/* ---- what is right ---- */

static void a_session_decides_in_order_and_ends_with_its_watermark(const char *address) {
    const char *name = "a session decides in order and ends with its watermark";
    Memory memory;
    FishplateReport report;
    FishplateHandle session = opened(address, (FishplateSessionOptions){0}, &memory);
    for (uint64_t at = 1; at <= 10; at++) must_send(session, at, &memory);
    for (uint64_t at = 1; at <= 10; at++) decided(session, at, &memory);
    CHECK(name, fishplate_session_half_close(session, fresh(&memory)) == FISHPLATE_STATUS_OK);
    ended(session, FISHPLATE_STATUS_OK, 10, &memory);
    refused(name, &memory, send_event(session, 0, &(uint64_t){0}, &memory), FISHPLATE_STATUS_FAILED_PRECONDITION,
            FISHPLATE_CODE_F0850);
    CHECK(name, fishplate_session_report(session, fresh(&memory)) == FISHPLATE_STATUS_OK);
    CHECK(name, fishplate_session_report_read(record(&memory), &report) && report.state == FISHPLATE_STATE_DONE);
    CHECK(name, report.sent == 10 && report.accepted == 10 && report.received == 10 && report.watermark == 10);
    CHECK(name, report.rule_set.size == 5 && !memcmp(report.rule_set.data, "small", 5));
    CHECK(name, fishplate_close(session, NULL) == FISHPLATE_STATUS_OK);
}

static void a_decision_of_a_session_has_the_id_that_c_derives(const char *address) {
    const char *name = "a decision of a session has the id that C derives";
    Memory memory;
    FishplateDecision decision;
    uint8_t id[16], computed[16];
    FishplateHandle session = opened(address, (FishplateSessionOptions){0}, &memory);
    must_send(session, 1, &memory);
    FishplateOutcome outcome = must_receive(session, &memory);
    CHECK(name, fishplate_decision_read(outcome.record, &decision) && (decision.identity == 2 || decision.identity == 4));
    CHECK(name, fishplate_decision_id(outcome.record, &id) && fishplate_canonical_id(outcome.record, computed));
    CHECK(name, !memcmp(id, computed, sizeof id));
    fishplate_close(session, NULL);
}

static void an_outcome_that_does_not_fit_stays(const char *address) {
    const char *name = "an outcome that does not fit stays";
    Memory memory;
    FishplateHandle session = opened(address, (FishplateSessionOptions){0}, &memory);
    must_send(session, 1, &memory);
    size_t needed = 0;
    for (size_t capacity = 0; capacity <= 128; capacity += 16) {
        uint8_t small[128];
        FishplateStorage storage = {small, capacity, 0, 0};
        CHECK(name, fishplate_session_receive(session, LONG, &storage) == FISHPLATE_STATUS_OUT_OF_RANGE);
        CHECK(name, storage.size > 128 && storage.ticket == 0 && (!needed || needed == storage.size));
        needed = storage.size;
    }
    decided(session, 1, &memory);
    CHECK(name, memory.storage.size == needed);
    fishplate_close(session, NULL);
}

static void a_full_window_is_met_as_the_policy_says(const char *address) {
    const char *name = "a full window is met as the policy says";
    Memory memory;
    uint64_t sequence;
    FishplateHandle rejecting = opened(address, (FishplateSessionOptions){.when_full = 1, .window_events = 3}, &memory);
    for (uint64_t at = 1; at <= 3; at++) must_send(rejecting, at, &memory);
    refused(name, &memory, send_event(rejecting, LONG, &sequence, &memory), FISHPLATE_STATUS_RESOURCE_EXHAUSTED, FISHPLATE_CODE_F0851);
    fishplate_close(rejecting, NULL);

    FishplateHandle blocking = opened(address, (FishplateSessionOptions){.when_full = 2, .window_events = 3}, &memory);
    for (uint64_t at = 1; at <= 3; at++) must_send(blocking, at, &memory);
    refused(name, &memory, send_event(blocking, 10, &sequence, &memory), FISHPLATE_STATUS_DEADLINE_EXCEEDED, FISHPLATE_CODE_F0852);
    decided(blocking, 1, &memory);
    must_send(blocking, 4, &memory);
    fishplate_close(blocking, NULL);

    FishplateHandle shedding = opened(address, (FishplateSessionOptions){.when_full = 3, .window_events = 3}, &memory);
    for (uint64_t at = 1; at <= 9; at++) must_send(shedding, at, &memory);
    unsigned shed = 0;
    for (uint64_t at = 1; at <= 9; at++) {
        FishplateOutcome outcome = must_receive(shedding, &memory);
        CHECK(name, outcome.sequence == at && !outcome.is_end);
        if (outcome.status == FISHPLATE_STATUS_RESOURCE_EXHAUSTED) shed++;
    }
    CHECK("the oldest that wait are shed", shed >= 1 && shed <= 6);
    fishplate_close(shedding, NULL);
}

static void a_cancelled_session_ends_with_its_watermark(const char *address) {
    const char *name = "a cancelled session ends with its watermark";
    Memory memory;
    FishplateHandle session = opened(address, (FishplateSessionOptions){0}, &memory);
    for (uint64_t at = 1; at <= 20; at++) must_send(session, at, &memory);
    CHECK(name, fishplate_session_cancel(session, fresh(&memory)) == FISHPLATE_STATUS_OK);
    uint64_t last = 0;
    for (;;) {
        FishplateOutcome outcome = must_receive(session, &memory);
        if (outcome.is_end) {
            FishplateError error;
            CHECK(name, outcome.status == FISHPLATE_STATUS_CANCELLED && outcome.sequence == last);
            CHECK(name, fishplate_error_read(outcome.record, &error));
            break;
        }
        CHECK(name, outcome.sequence == last + 1);
        last = outcome.sequence;
    }
    fishplate_close(session, NULL);
}

/* ---- closing ---- */

/* What a thread that waits in a session ended with. */
typedef struct Waiting {
    FishplateHandle session;
    FishplateStatus status;
    uint32_t code;
} Waiting;

static void say(Waiting *waiting, FishplateStatus status, const Memory *memory) {
    FishplateError error = {.code = 0};
    fishplate_error_read(record(memory), &error);
    waiting->status = status;
    waiting->code = error.code;
}

static void *receives(void *argument) {
    Waiting *waiting = argument;
    Memory memory;
    say(waiting, fishplate_session_receive(waiting->session, (uint32_t)FOREVER, fresh(&memory)), &memory);
    return NULL;
}

static void *sends(void *argument) {
    Waiting *waiting = argument;
    Memory memory;
    FishplateStatus status;
    uint64_t sequence;
    while ((status = send_event(waiting->session, (uint32_t)FOREVER, &sequence, &memory)) == FISHPLATE_STATUS_OK) {
    }
    say(waiting, status, &memory);
    return NULL;
}

/* Woken, or, on a machine so busy that the thread came after the close, refused. */
static bool woken(const Waiting *waiting) {
    return (waiting->status == FISHPLATE_STATUS_CANCELLED && waiting->code == FISHPLATE_CODE_F0863) ||
           (waiting->status == FISHPLATE_STATUS_FAILED_PRECONDITION && waiting->code == FISHPLATE_CODE_F0801);
}

static void closing_wakes_whoever_waits(const char *address) {
    const char *name = "closing wakes whoever waits";
    static Memory memory;
    FishplateSessionOptions options = {.when_full = 2, .window_events = 2};
    Waiting waiting[2] = {{opened(address, options, &memory), 0, 0}, {opened(address, options, &memory), 0, 0}};
    pthread_t threads[2];
    CHECK(name, !pthread_create(&threads[0], NULL, receives, &waiting[0]));
    CHECK(name, !pthread_create(&threads[1], NULL, sends, &waiting[1]));
    nanosleep(&(struct timespec){.tv_nsec = 30000000}, NULL);
    for (int at = 0; at < 2; at++) {
        CHECK(name, fishplate_close(waiting[at].session, fresh(&memory)) == FISHPLATE_STATUS_OK);
        CHECK(name, !pthread_join(threads[at], NULL) && woken(&waiting[at]));
        CHECK("closing is idempotent", fishplate_close(waiting[at].session, fresh(&memory)) == FISHPLATE_STATUS_OK);
        refused("a closed session", &memory, fishplate_session_receive(waiting[at].session, 0, fresh(&memory)),
                FISHPLATE_STATUS_FAILED_PRECONDITION, FISHPLATE_CODE_F0801);
    }
}

/* ---- what is wrong ---- */

static void wrong_handles_and_options_are_refused(const char *address, FishplateHandle engine) {
    Memory memory;
    FishplateHandle session = opened(address, (FishplateSessionOptions){0}, &memory), other = 7;
    refused("an engine is no session", &memory, fishplate_session_receive(engine, 0, fresh(&memory)),
            FISHPLATE_STATUS_FAILED_PRECONDITION, FISHPLATE_CODE_F0803);
    refused("a session is no engine", &memory, fishplate_counters(session, fresh(&memory)),
            FISHPLATE_STATUS_FAILED_PRECONDITION, FISHPLATE_CODE_F0803);
    refused("no handle", &memory, fishplate_session_cancel(0, fresh(&memory)), FISHPLATE_STATUS_INVALID_ARGUMENT, FISHPLATE_CODE_F0807);
    refused("no policy", &memory, open_at(address, (FishplateSessionOptions){.when_full = 9}, &other, &memory),
            FISHPLATE_STATUS_INVALID_ARGUMENT, FISHPLATE_CODE_F0809);
    CHECK("no handle is given", other == 0);
    refused("no address", &memory, open_at("nowhere", (FishplateSessionOptions){0}, &other, &memory),
            FISHPLATE_STATUS_INVALID_ARGUMENT, FISHPLATE_CODE_F0859);
    refused("nobody there", &memory, open_at("inproc:nobody", (FishplateSessionOptions){.connect_ms = 100}, &other, &memory),
            FISHPLATE_STATUS_UNAVAILABLE, FISHPLATE_CODE_F0860);
    fishplate_close(session, NULL);
}

static void all_over(const char *address, FishplateHandle engine) {
    a_session_decides_in_order_and_ends_with_its_watermark(address);
    a_decision_of_a_session_has_the_id_that_c_derives(address);
    an_outcome_that_does_not_fit_stays(address);
    a_full_window_is_met_as_the_policy_says(address);
    a_cancelled_session_ends_with_its_watermark(address);
    closing_wakes_whoever_waits(address);
    wrong_handles_and_options_are_refused(address, engine);
}

static void nothing_is_left_over(void) {
    static const uint32_t KINDS[] = {FISHPLATE_KIND_RULE_SET, FISHPLATE_KIND_ENGINE, FISHPLATE_KIND_SESSION, FISHPLATE_KIND_RING};
    for (size_t at = 0; at < sizeof KINDS / sizeof *KINDS; at++) {
        uint64_t live = 9;
        CHECK("nothing is left over", fishplate_live_objects(KINDS[at], &live, NULL) == FISHPLATE_STATUS_OK && live == 0);
    }
}

int main(int count, char **arguments) {
    static Memory memory;
    FishplateHandle rules = 0, engine = 0;
    CHECK("the rules compile", fishplate_rule_set_from_text("small.yaml", 10, RULES, sizeof RULES - 1, NULL, 0, NULL, &rules,
                                                            fresh(&memory)) == FISHPLATE_STATUS_OK);
    CHECK("an engine opens", fishplate_engine_open(rules, NULL, false, &engine, fresh(&memory)) == FISHPLATE_STATUS_OK);
    CHECK("an engine is shared", fishplate_engine_share(engine, "small", 5, fresh(&memory)) == FISHPLATE_STATUS_OK);
    refused("a name is given once", &memory, fishplate_engine_share(engine, "small", 5, fresh(&memory)),
            FISHPLATE_STATUS_ALREADY_EXISTS, FISHPLATE_CODE_F0867);
    all_over("inproc:small", engine);
    for (int at = 1; at < count; at++) all_over(arguments[at], engine);
    fishplate_close(engine, NULL);
    fishplate_close(rules, NULL);
    nothing_is_left_over();
    return checked("test_sessions");
}

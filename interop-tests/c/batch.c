/* The command `batch`: many events, in one call or through a session. */
#include "batch.h"

#include <inttypes.h>
#include <stdlib.h>

#include "answer.h"
#include "sessions.h"

/* The events of a command, and how many of them were handed out. */
typedef struct Events {
    uint32_t format;
    size_t count, given;
    Text bodies;
    size_t *ends;
    FishplateTrace *traces;
    const FishplateTrace **sent;
} Events;

/* What becomes of them: the fields of the answer. */
typedef struct Answer {
    Events events;
    Text *line, fields;
} Answer;

static Events events_of(Runner *runner, uint32_t format, Command *command) {
    Events events = {.format = format, .count = (command->count - 2) / 2};
    Text encoded = {0};
    events.traces = calloc(events.count + 1, sizeof *events.traces);
    events.sent = calloc(events.count + 1, sizeof *events.sent);
    events.ends = calloc(events.count + 1, sizeof *events.ends);
    if (!events.traces || !events.sent || !events.ends) give_up("no memory", "batch");
    for (size_t at = 0; at < events.count; at++) {
        events.sent[at] = trace_of(runner, command->field[2 + 2 * at], &events.traces[at]);
        FishplateBytes event = event_of(format, command->field[3 + 2 * at], &encoded);
        add(&events.bodies, event.data, event.size);
        events.ends[at] = events.bodies.size;
    }
    free(encoded.data);
    return events;
}

static void free_events(Events *events) {
    free(events->bodies.data);
    free(events->ends);
    free(events->traces);
    free(events->sent);
}

static FishplateBytes event_at(const Events *events, size_t at) {
    size_t start = at ? events->ends[at - 1] : 0;
    return (FishplateBytes){(uint8_t *)events->bodies.data + start, events->ends[at] - start};
}

/* Writes the events of a batch into `memory`. */
static FishplateBytes written(const Events *events, Text *memory) {
    FishplateBatch batch;
    FishplateBytes bytes = {0};
    reserve(memory, 4 + 30 * events->count + events->bodies.size);
    fishplate_batch_begin(&batch, (uint8_t *)memory->data, memory->capacity);
    for (size_t at = 0; at < events->count; at++) {
        FishplateBytes event = event_at(events, at);
        fishplate_batch_add(&batch, event.data, event.size, events->sent[at]);
    }
    if (fishplate_batch_finish(&batch, &bytes) != FISHPLATE_STATUS_OK) give_up("no batch", "events");
    return bytes;
}

static void add_item(void *context, bool decided, FishplateBytes record) {
    Answer *answer = context;
    answer->fields.size = 0;
    if (decided)
        add_decision(&answer->fields, record);
    else
        add_error(&answer->fields, record);
    add_string(answer->line, decided ? "\td\t" : "\te\t");
    add_percent(answer->line, answer->fields.data, answer->fields.size);
}

static Outgoing next_event(void *context) {
    Events *events = &((Answer *)context)->events;
    size_t at = events->given++;
    return (Outgoing){events->format, event_at(events, at), events->sent[at], false};
}

FishplateStatus fetched(Runner *runner, FishplateStatus status) {
    if (status != FISHPLATE_STATUS_OUT_OF_RANGE || !runner->storage.ticket) return status;
    uint64_t ticket = runner->storage.ticket;
    reserve(&runner->memory, runner->storage.size);
    return fishplate_fetch(runner->engine, ticket, fresh(runner));
}

static void in_one_call(Runner *runner, Answer *answer) {
    Text memory = {0};
    FishplateBytes events = written(&answer->events, &memory);
    uint32_t format = answer->events.format;
    FishplateStatus status = fishplate_decide_all(runner->engine, format, events.data, events.size, fresh(runner));
    status = fetched(runner, status);
    free(memory.data);
    if (status != FISHPLATE_STATUS_OK) {
        answer->line->size = 0;
        answer_error(runner, answer->line);
        return;
    }
    FishplateCursor cursor = fishplate_batch_items(fishplate_storage_record(&runner->storage));
    FishplateItem item;
    while (fishplate_next_item(&cursor, &item)) add_item(answer, item.status == FISHPLATE_STATUS_OK, item.record);
    if (cursor.malformed) give_up("not a batch", "record");
}

void batch(Runner *runner, Command *command, Text *line) {
    need(command, 2);
    uint32_t format = format_of(command->field[1]);
    /* A batch has one form: where one event brings features, the others bring none of them. */
    for (size_t at = 3; at < command->count; at += 2) format |= form_of(command->field[1], command->field[at]);
    if (!format) {
        add_string(line, "unsupported");
        return;
    }
    Answer answer = {.events = events_of(runner, format, command), .line = line};
    add_format(line, "batch\t%" PRIu64, (uint64_t)answer.events.count);
    if (runner->through_session)
        decide_through(runner, &(Flow){&answer, answer.events.count, next_event, add_item});
    else
        in_one_call(runner, &answer);
    free(answer.fields.data);
    free_events(&answer.events);
}

/* What the runner holds between commands, and what its commands share. */
#ifndef RUNNER_H
#define RUNNER_H

#include "fishplate.h"
#include "text.h"

enum { FIELDS_MAX = 4096 };

/* A closed object's handle is kept, so that it can be used closed. */
typedef struct Runner {
    FishplateLimits limits;
    bool strict;
    uint64_t budget; /* the most bytes of state of the next engine; 0 for the default */
    uint32_t at_budget;
    char folder[512]; /* the state folder of the next engine; empty for none */
    FishplateHandle rules, engine, session;
    bool through_session; /* events go through the session, not to the engine */
    Text memory;          /* behind the storage of every call */
    FishplateStorage storage;
} Runner;

/* The fields of a command; each ends with a zero. */
typedef struct Command {
    char *field[FIELDS_MAX];
    size_t count;
} Command;

/* The storage for the next call. */
FishplateStorage *fresh(Runner *runner);

/* Whether the last call has to be made again with the memory that it asked for: errors are cut, and never wait. */
bool was_cut(Runner *runner, FishplateStatus status);

void answer_error(Runner *runner, Text *line);
void answer_ok(Runner *runner, FishplateStatus status, Text *line);

/* Ends the program unless the command has so many fields. */
void need(const Command *command, size_t count);

/* The number of a format of the protocol; 0 for one that C has not. */
uint32_t format_of(const char *name);

/* The same for events like `body`, which may bring features. */
uint32_t form_of(const char *name, const char *body);

/* The trace of `-` or `name=value,...`; null if there is none. Reads in place. */
const FishplateTrace *trace_of(Runner *runner, char *text, FishplateTrace *trace);

/* The bytes of an event as the library takes them; `body` is decoded in place, or written anew into `encoded`. */
FishplateBytes event_of(uint32_t form, char *body, Text *encoded);

#endif

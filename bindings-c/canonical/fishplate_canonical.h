/*
 * The canonical form of a decision in plain C, from what the public header gives: for hashing and comparing.
 *
 * docs/canonical.md is the specification. Nothing of the library's own canonical form is used here, so that a
 * comparison proves something; ids and span ids are computed here too.
 */
#ifndef FISHPLATE_CANONICAL_H
#define FISHPLATE_CANONICAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fishplate.h"

/* Bytes that grow. Zeroed, it is empty; its memory is used again when it is emptied by setting size to 0. */
typedef struct FishplateCanonical {
    uint8_t *data;
    size_t size;
    size_t capacity;
    bool failed; /* no memory, or not a record of the kind that was said */
} FishplateCanonical;

/* Append the canonical form; false if it could not be done, and the bytes are then worth nothing. */
bool fishplate_canonical_decision(FishplateBytes decision, FishplateCanonical *out);
bool fishplate_canonical_refusal(FishplateBytes error, FishplateCanonical *out);
bool fishplate_canonical_value(const FishplateValue *value, FishplateCanonical *out);

/* The decision's id, and its own span in the event's trace; false without a trace, or if it is no decision. */
bool fishplate_canonical_id(FishplateBytes decision, uint8_t id[16]);
bool fishplate_canonical_trace(FishplateBytes decision, FishplateTrace *trace);

void fishplate_canonical_free(FishplateCanonical *bytes);

#endif

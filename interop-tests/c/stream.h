/* The demo's path: decides a whole file of events and hashes the canonical form of every decision. */
#ifndef RUNNER_STREAM_H
#define RUNNER_STREAM_H

#include "runner.h"

/* Decides the records of `file`; `out` gets 8 bytes an event, unless it is "-". Adds the fields of the answer. */
void run_stream(Runner *runner, uint32_t format, const char *file, const char *out, Text *line);

#endif

/* The command `batch`: many events, in one call or through a session. */
#ifndef RUNNER_BATCH_H
#define RUNNER_BATCH_H

#include "runner.h"

void batch(Runner *runner, Command *command, Text *line);

/* Gives what waits because it did not fit. */
FishplateStatus fetched(Runner *runner, FishplateStatus status);

#endif

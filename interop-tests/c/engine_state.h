/* The commands on what an engine remembers: time, snapshots, other rules, budgets. */
#ifndef RUNNER_ENGINE_STATE_H
#define RUNNER_ENGINE_STATE_H

#include "runner.h"

void memory_budget(Runner *runner, Command *command, Text *line);
void at_budget(Runner *runner, Command *command, Text *line);
void folder(Runner *runner, Command *command, Text *line);
void advance(Runner *runner, Command *command, Text *line);
void snapshot(Runner *runner, Command *command, Text *line);
void keep(Runner *runner, Command *command, Text *line);
void restore(Runner *runner, Command *command, Text *line);
void swap(Runner *runner, Command *command, Text *line);
void mode(Runner *runner, Command *command, Text *line);
void state(Runner *runner, Command *command, Text *line);

/* Forgets the snapshots. */
void drop_snapshots(void);

#endif

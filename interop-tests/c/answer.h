/* How decisions and errors are answered: the fields of <decision> and <error>, from the library's own records. */
#ifndef RUNNER_ANSWER_H
#define RUNNER_ANSWER_H

#include "fishplate.h"
#include "text.h"

void add_decision(Text *line, FishplateBytes decision);
void add_error(Text *line, FishplateBytes error);

/* A field: the texts of `cursor` as a list. */
void add_names(Text *line, FishplateCursor cursor);

/* gRPC's name of a status. */
const char *status_name(FishplateStatus status);

#endif

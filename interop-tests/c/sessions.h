/* The commands of a session, and events decided through one. */
#ifndef RUNNER_SESSIONS_H
#define RUNNER_SESSIONS_H

#include "runner.h"

/* An event on its way into a session. */
typedef struct Outgoing {
    uint32_t format;
    FishplateBytes event;
    const FishplateTrace *trace;
    bool preview;
} Outgoing;

/* Events in order, and what becomes of them. */
typedef struct Flow {
    void *context;
    size_t count;
    /* The next event. Asked for once. */
    Outgoing (*next)(void *context);
    /* What became of the next event: a decision's record, or an error's. It is good for the time of the call. */
    void (*take)(void *context, bool decided, FishplateBytes record);
} Flow;

/* Decides events through the session, whose window is kept full. Ends the program if the session takes no events. */
void decide_through(Runner *runner, const Flow *flow);

/* Decides or previews one event; answers as in process. */
void decide_one_through(Runner *runner, const Outgoing *event, Text *line);

/* Closes the session, if one is open. Its handle is kept. */
void end_session(Runner *runner);

/* The commands. */
void share(Runner *runner, Command *command, Text *line);
void connect_session(Runner *runner, Command *command, Text *line);
void send_event(Runner *runner, Command *command, Text *line);
void receive(Runner *runner, Command *command, Text *line);
void half_close(Runner *runner, Command *command, Text *line);
void cancel(Runner *runner, Command *command, Text *line);
void report(Runner *runner, Command *command, Text *line);

#endif

//! F0849, F085x and F086x: a session that cannot be opened, a call that it refuses, and why it ended. The examples name
//! operations as the table of operations does, options as sessions do, and belong to no language.

use fishplate_cel::Code;

use super::*;

/// Code, meaning, wrong example, the way out.
pub(super) const EXPLAINED: &[(Code, &str, &str, &str)] = &[
    (
        FEATURES_UNREAD,
        "The event brings features, and the server is of a version that does not know them: it would decide as if there \
         were none. So the event is not sent; a session that had sent such events before it was resumed there ends.",
        "send(session, event, features)              to a server of an earlier version",
        "update the server, or send the event without features",
    ),
    (
        SESSION_STATE,
        "A session is streaming, then closing, then done, and never goes back. Events are sent while it is streaming; \
         it is closing after a half-close or a cancel, or once the other end has ended it. The call was refused and \
         has changed nothing; outcomes can be received in every state.",
        "half_close(session)\nsend(session, event)",
        "send(session, event)\nhalf_close(session)",
    ),
    (
        WINDOW_FULL,
        "As many events, or bytes of events, are under way as the window allows: they count from their sending until \
         the application has received their outcomes, asked for more, and the server knows it. The policy of this session is to refuse further ones; the event \
         was not sent.",
        "session = connect(address, window_events: 1, when_full: reject)\nsend(session, event)\nsend(session, event)",
        "session = connect(address, window_events: 2, when_full: reject)\nsend(session, event)\nsend(session, event)",
    ),
    (
        WAIT_EXPIRED,
        "A call that may wait was given a time, and it is over. Nothing has changed: an event that could not be sent \
         has not been sent, an outcome that has not come can be received later. The session goes on.",
        "receive(session, wait: 1 s)                 and nothing was sent",
        "send(session, event)\nreceive(session, wait: 1 s)",
    ),
    (
        SHED,
        "The window was full, and the policy of this session is to keep the newest events: this one was the oldest \
         of those that waited, and was given up for a newer one. It was not decided, and no window of a feature has \
         changed. The session counts what it sheds.",
        "session = connect(address, window_events: 1, when_full: shed_oldest)\nsend(session, event)\n\
         send(session, event)\nsend(session, event)\nreceive(session)\nreceive(session)",
        "session = connect(address, window_events: 2, when_full: shed_oldest)\nsend(session, event)\n\
         send(session, event)\nsend(session, event)\nreceive(session)\nreceive(session)",
    ),
    (
        NO_DEADLINE,
        "A session whose other end is on another machine must end by itself some day, or it would hold memory there \
         after its client is long gone. It names a deadline, or an idle timeout and a maximum age.",
        "connect(\"grpc://risk:7700\")",
        "connect(\"grpc://risk:7700\", idle_timeout_ms: 60000, max_age_ms: 86400000)",
    ),
    (
        SESSION_ENDED,
        "The session ended otherwise than by a half-close: it was cancelled, its deadline, idle timeout or maximum \
         age passed, or the server is shutting down. The status says which. Its watermark is the sequence up to which \
         every event was decided; no event after it was.",
        "send(session, event)\ncancel(session)\nreceive(session)\nreceive(session)",
        "send(session, event)\nhalf_close(session)\nreceive(session)\nreceive(session)",
    ),
    (
        UNKNOWN_SESSION,
        "A client came back to its session, and the server does not have it, or not all of it: it was started anew, \
         or kept the session for as long as it keeps those of absent clients. What was decided of the events whose \
         outcomes had not arrived is not known.",
        "session = connect(address)\nsend(session, event)\nstart_anew(server)\nresume(session)",
        "session = connect(address)\nsend(session, event)\nreceive(session)\nstart_anew(server)\n\
         session = connect(address)",
    ),
    (
        FENCED,
        "The connections of a session are counted: the epoch. A later connection has taken the session over, so that \
         this one may say no more: two clients that believe to have the same session must not both send events.",
        "first = connect(address, session_id: id)\nsecond = connect(address, session_id: id, epoch: 7)\nresume(first)",
        "first = connect(address, session_id: id)\nsecond = connect(address, session_id: id, epoch: 7)\nresume(second)",
    ),
    (
        PEER_MISTAKE,
        "What came from the other end contradicts the protocol: a sequence left out, more than the credit allows, a \
         message where it cannot stand. A client or server that is not one of ours may have a mistake; the message \
         says which rule was broken. The session has ended.",
        "the first request opens the session; the next one brings event 2",
        "the first request opens the session; the next one brings event 1",
    ),
    (
        BAD_ADDRESS,
        "The address does not say where the other end is. There are three forms: an engine of this process by its \
         shared name, a ring in shared memory by its name, a server by host and port.",
        "connect(\"risk:7700\")",
        "connect(\"grpc://risk:7700\")        or \"inproc:payments\", \"shm://payments\"",
    ),
    (
        UNREACHABLE,
        "Nobody answers at the address: nothing has been shared under the name, no server is running or listening \
         there, or the network does not lead to it. A session that was open tried again for as long as its \
         reconnect_ms allow, and has ended.",
        "connect(\"shm://payments\")                  before any server runs",
        "fishplate serve --rules payments.yaml --ring payments, then connect(\"shm://payments\")",
    ),
    (
        UNKNOWN_RULE_SET,
        "The server does not serve a rule set of this name, or serves several and none was named. The name is the one \
         in the document, not the file's.",
        "connect(address, rule_set: \"payments.yaml\")",
        "connect(address, rule_set: \"payments\")",
    ),
    (
        EVENT_EXPIRED,
        "The event was sent with a deadline of its own, and its turn came later: the answer would have come too late \
         to be of use. It was not decided, and no window of a feature has changed.",
        "send(session, event, within_ms: 1)          behind a thousand others",
        "send(session, event, within_ms: 500)",
    ),
    (
        CLOSED_MEANWHILE,
        "The session was closed, by another thread, while this call waited on it. An event that this call was to send \
         has not been sent.",
        "receive(session)                            while another thread calls close(session)",
        "half_close(session), receive until the end, then close(session)",
    ),
    (
        RING_UNUSABLE,
        "The ring in shared memory is there, but cannot be used: it is of another version of Fishplate, belongs to \
         another user, has no free lane, or what stands in it contradicts itself. The message says which.",
        "connect(\"shm://payments\")                  with a library of another version than the server's",
        "use the same version at both ends\nremove the file of a ring whose server is gone, and start the server anew",
    ),
    (
        FRAME_TOO_LARGE,
        "An event, or a decision, does not fit a frame of the ring: a frame takes only a part of its lane, whatever is \
         free. The size of a lane is chosen where the ring is made.",
        "send(session, an event of 1 MiB)            through a ring with lanes of 256 KiB",
        "make the ring with larger lanes, or send such events over gRPC",
    ),
    (
        BAD_CONFIGURATION,
        "The server does not start, because something in its configuration file, its environment or its flags is \
         unknown, contradicts something else, or would be unsafe: all mistakes are listed, each with its place.",
        "fishplate serve --rules payments.yaml --grpc 0.0.0.0:7700",
        "fishplate serve --rules payments.yaml --grpc 127.0.0.1:7700\nor give --tls-cert and --tls-key",
    ),
    (
        NAME_TAKEN,
        "The name, or the session's id, belongs to something else that is in use: another engine has been shared \
         under the name, another server has the ring, or a session of this id has events already.",
        "share(engine, \"payments\")\nshare(other, \"payments\")",
        "share(engine, \"payments\")\nshare(other, \"payments-trial\")",
    ),
    (
        TOO_MANY_SESSIONS,
        "The server keeps as many sessions as its configuration allows: open ones, and those whose clients may still \
         come back. Another one can be opened as soon as one of them has ended and been forgotten.",
        "connect(address) for every event, without closing any",
        "session = connect(address), once, for many events\nhalf_close(session), and receive until the end",
    ),
    (
        NOT_OPERABLE,
        "Whoever runs the server asked for something that this engine, as it is served, does not do: a snapshot in the \
         state folder of an engine that has none, or a snapshot as bytes of one that is divided over shards. Nothing \
         has changed.",
        "fishplate serve --rules payments.yaml --ring payments --operator unix:operator\n\
         fishplate operate --to unix:operator keep",
        "fishplate serve --rules payments.yaml --ring payments --operator unix:operator --state state\n\
         fishplate operate --to unix:operator keep",
    ),
];

//! What a caller says of a session when it connects: numbers by name, the same in every language.

use std::time::Duration;

use fishplate::session::{Options, Policy, SessionId, Terms, Window};
use fishplate::{Error, Place, Status, codes};

macro_rules! options {
    ($($(#[$doc:meta])* $name:ident, $what:literal;)*) => {
        /// The options of a session. A field set to 0 means its default.
        #[derive(Clone, Debug, Default, PartialEq, Eq)]
        pub struct SessionOptions {
            $($(#[$doc])* pub $name: u64,)*
            /// The session's id; `None`: a random one.
            pub id: Option<SessionId>,
            /// The name of the rule set, where a server has several; empty: the only one.
            pub rule_set: String,
        }

        impl SessionOptions {
            /// Name and meaning of each number, in the order of the fields: the source for every binding.
            pub const TABLE: &'static [(&'static str, &'static str)] = &[$((stringify!($name), $what)),*];

            /// The numbers in the order of [`Self::TABLE`]; a missing one or 0 means its default.
            pub fn from_values(values: &[u64]) -> Self {
                let mut values = values.iter().copied().chain(std::iter::repeat(0));
                Self { $($name: values.next().unwrap_or_default(),)* id: None, rule_set: String::new() }
            }

            /// Sets one by name; `false` if there is none of that name.
            pub fn set(&mut self, name: &str, value: u64) -> bool {
                match name {
                    $(stringify!($name) => self.$name = value,)*
                    _ => return false,
                }
                true
            }
        }
    };
}

options! {
    /// 1 reject, 2 block, 3 shed_oldest. Default: reject in process, block elsewhere.
    when_full, "when the window is full: 1 reject, 2 block, 3 shed the oldest that waits; default 1 in process, 2 elsewhere";
    /// Default 1,024.
    window_events, "events that may be under way; default 1024";
    /// Default 1 MiB.
    window_bytes, "bytes of events that may be under way; default 1048576";
    /// On a network this, or the two that follow, must be set.
    deadline_ms, "the session ends so long after its opening, in milliseconds; default never";
    /// See `deadline_ms`.
    idle_timeout_ms, "the session ends when nothing has come from the client for so long, in milliseconds; default never";
    /// See `deadline_ms`.
    max_age_ms, "the session ends at this age, in milliseconds; default never";
    /// Default 1 s.
    drain_ms, "how long what was accepted may take after a cancel or a deadline, in milliseconds; default 1000";
    /// Default 2 s.
    connect_ms, "how long connecting may take, in milliseconds; default 2000";
    /// Default 3 s.
    reconnect_ms, "how long a broken connection is tried again before the session ends with UNAVAILABLE, in milliseconds; default 3000";
    /// 1 if the session is new.
    epoch, "the epoch of the first connection: 1 for a new session, more to take one over from an earlier process; default 1";
    /// With an epoch above 1.
    received, "when taking a session over: outcomes up to this sequence have been received";
}

impl SessionOptions {
    /// As the core's session takes them; `local` for a session that crosses no network.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT`: a number without meaning (F0809), no deadline on a network (F0854).
    pub fn to_core(&self, in_process: bool, on_network: bool) -> Result<Options, Error> {
        let base = if in_process { Options::in_process() } else { Options::on_transport() };
        let policy = match self.when_full {
            0 => base.policy,
            1 => Policy::Reject,
            2 => Policy::Block,
            3 => Policy::ShedOldest,
            other => {
                let message = format!("{other} is no policy: 1 reject, 2 block, 3 shed_oldest");
                let place = Place::Name("when_full".into());
                return Err(Error::new(Status::InvalidArgument, codes::BAD_ARGUMENT, message, place));
            }
        };
        let or = |value: u64, default: u64| if value == 0 { default } else { value };
        let time = |ms: u64| (ms != 0).then(|| Duration::from_millis(ms));
        let window = Window {
            events: or(self.window_events, base.window.events),
            bytes: or(self.window_bytes, base.window.bytes),
        };
        let terms = Terms {
            deadline: time(self.deadline_ms),
            idle_timeout: time(self.idle_timeout_ms),
            max_age: time(self.max_age_ms),
            drain: time(self.drain_ms).unwrap_or(base.terms.drain),
        };
        if on_network {
            terms.check_for_network()?;
        }
        Ok(Options { window, policy, terms })
    }

    /// How long connecting may take.
    pub fn connect_for(&self) -> Duration {
        Duration::from_millis(if self.connect_ms == 0 { 2_000 } else { self.connect_ms })
    }

    /// How long a broken connection is tried again.
    pub fn reconnect_for(&self) -> Duration {
        Duration::from_millis(if self.reconnect_ms == 0 { 3_000 } else { self.reconnect_ms })
    }
}

//! Mistakes that can be put into a world, each one that a server like ours could have: to see whether the simulator finds
//! them. They sit around the product (a keeper that lies, a disk that lies), so that no switch for them is in it.

/// A mistake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plant {
    /// What was decided is said before the disk has it.
    AnswersBeforeSync,
    /// A sync that failed counts as one that worked.
    IgnoresFailedSyncs,
    /// The folder is never synced: files that were synced lose their names.
    ForgetsFolders,
    /// The epoch of a later connection is not kept: after a restart an earlier one is let in, or a session is unknown.
    ForgetsEpochs,
    /// Refusals are told and not kept.
    ForgetsRefusals,
    /// One more is taken for acknowledged than was.
    AcknowledgesTooMuch,
    /// A session that comes back in the next process lacks its last outcome.
    LosesLastOutcome,
    /// Events are kept under one session, whichever they came in.
    MixesSessions,
    /// A tick is answered, and neither kept nor applied.
    SwallowsTicks,
    /// The watermark of a tick is off by a nanosecond.
    TicksEarly,
    /// A swap is answered, and neither kept nor applied.
    SwallowsSwaps,
    /// A rule that was switched is as the document says in the next process.
    ForgetsModes,
    /// Every fifth event of a session is decided a second time, outside the session.
    DecidesTwice,
    /// What every fifth event of a session brings is left behind.
    LosesFeatures,
}

/// All of them.
pub const ALL: [Plant; 14] = [
    Plant::AnswersBeforeSync,
    Plant::IgnoresFailedSyncs,
    Plant::ForgetsFolders,
    Plant::ForgetsEpochs,
    Plant::ForgetsRefusals,
    Plant::AcknowledgesTooMuch,
    Plant::LosesLastOutcome,
    Plant::MixesSessions,
    Plant::SwallowsTicks,
    Plant::TicksEarly,
    Plant::SwallowsSwaps,
    Plant::ForgetsModes,
    Plant::DecidesTwice,
    Plant::LosesFeatures,
];

//! What happens in a world, as steps that are all drawn from a seed before the first is played: so a step can be left out,
//! and the others stay what they are.

use fishplate_store::sim::Chance;

/// A world before it is played.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Whatever is not in the steps follows from it: what the disk does with what was not synced.
    pub seed: u64,
    /// The family of rule sets.
    pub partitioned: bool,
    /// The engine's budget in bytes; `None`: more than enough.
    pub memory: Option<u64>,
    /// What it does at its budget.
    pub evicts: bool,
    /// How many clients there are.
    pub clients: usize,
    /// What happens, in order.
    pub steps: Vec<Step>,
}

/// One thing that happens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// A client's application sends so many events, drawn from the seed.
    Send(usize, u64, u64),
    /// A client's messages go on the wire.
    Leave(usize, usize),
    /// They come out of it at the server; the second number is one of them that comes twice, if it is an event.
    Arrive(usize, usize, Option<usize>),
    /// The server decides what has come.
    Decide(usize, usize),
    /// The server waits for the disk.
    Commit(usize),
    /// The server's messages go on the wire.
    Answer(usize, usize),
    /// They come out of it at the client.
    Hear(usize, usize),
    /// The application takes what its client has.
    Receive(usize),
    /// All of that, as it is when nothing goes wrong.
    Exchange(usize),
    /// The connection breaks; what is on the wire is gone.
    Break(usize),
    /// The client connects, if it is not connected.
    Connect(usize),
    /// The client connects again while the server still holds its earlier connection; `true`: which had asked the disk.
    TakeOver(usize, bool),
    /// The client's process dies and another takes its session over.
    Replace(usize),
    /// An earlier process of the client comes back.
    ComeLate(usize),
    /// An earlier connection of the client, which the server had not noticed to be gone, ends.
    Bury(usize),
    /// Seconds pass, in the time of events.
    Pass(i64),
    /// The operator says that it is so many seconds before the time of events.
    Tick(i64),
    /// The operator swaps to another version.
    Swap(usize),
    /// The operator tries a rule set that is partitioned otherwise, which is refused.
    SwapRefused,
    /// The operator switches a rule: which, and to what.
    Switch(usize, usize),
    /// The server writes a snapshot.
    Snapshot,
    /// The server forgets who does not come back.
    Sweep,
    /// The process ends; the system goes on.
    Kill,
    /// The power is cut.
    Cut,
    /// The power fails after so many operations of the disk.
    CutIn(u64),
    /// Something of the disk fails once.
    Fail(DiskFault),
    /// The disk has room for so many bytes.
    Room(u64),
    /// It has room again.
    Empty,
    /// The newest snapshot has a bit that is not what it was.
    Rot(u64),
    /// The server is asked to stop, and is ended when it has.
    Stop,
}

/// What of the disk fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DiskFault {
    /// A sync of a file.
    Sync,
    /// A sync of the folder.
    Folder,
    /// A write.
    Write,
}

impl Plan {
    /// The plan of a seed.
    pub fn new(seed: u64) -> Self {
        let mut chance = Chance::new(seed ^ 0x5eed_0f00_d15c_0000);
        let clients = 1 + chance.index(3);
        let partitioned = chance.toss();
        let tight = if partitioned { 128 * 1_600 } else { 4_000 };
        let memory = (chance.below(4) == 0).then_some(tight);
        let evicts = chance.toss();
        // Most worlds are short, so that there are many; some are long.
        let most = if chance.below(8) == 0 { 400 } else { 120 };
        let steps = 40 + chance.below(most);
        let steps = (0..steps).map(|_| step(&mut chance, clients)).collect();
        Self { seed, partitioned, memory, evicts, clients, steps }
    }
}

fn step(chance: &mut Chance, clients: usize) -> Step {
    let who = chance.index(clients);
    let some = 1 + chance.index(6);
    match chance.below(200) {
        0..30 => Step::Send(who, chance.number(), 1 + chance.below(12)),
        30..40 => Step::Leave(who, some),
        40..50 => Step::Arrive(who, some, chance.toss().then(|| chance.index(6))),
        50..60 => Step::Decide(who, some),
        60..70 => Step::Commit(who),
        70..80 => Step::Answer(who, some),
        80..90 => Step::Hear(who, some),
        90..95 => Step::Receive(who),
        95..130 => Step::Exchange(who),
        130..134 => Step::Break(who),
        134..146 => Step::Connect(who),
        146..149 => Step::TakeOver(who, chance.toss()),
        149..152 => Step::Replace(who),
        152 => Step::Bury(who),
        153 => Step::ComeLate(who),
        154..162 => Step::Pass(chance.below(120).cast_signed()),
        162..168 => Step::Tick(chance.below(40).cast_signed()),
        168..172 => Step::Swap(chance.index(crate::rules::VERSIONS)),
        172 => Step::SwapRefused,
        173..176 => Step::Switch(chance.index(8), chance.index(4)),
        176..180 => Step::Snapshot,
        180 => Step::Sweep,
        181..183 => Step::Kill,
        183..186 => Step::Cut,
        186..190 => Step::CutIn(chance.below(12)),
        190..194 => Step::Fail([DiskFault::Sync, DiskFault::Folder, DiskFault::Write][chance.index(3)]),
        194..196 => Step::Room(3_000 + chance.below(20_000)),
        196 => Step::Empty,
        197 => Step::Rot(chance.number()),
        _ => Step::Stop,
    }
}

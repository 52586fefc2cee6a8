//! `fishplate run`: the events of a file through the rules of a document. Knows files, order and counts; the core
//! decides, `events` reads, `json` writes.

mod kept;
mod line;
mod output;
mod plain;
mod sink;
mod tally;
mod ticks;
mod why;

use std::cell::{Cell, RefCell};
use std::fs::File;
use std::io::{self, IsTerminal, Read};
use std::path::Path;

use fishplate::engine::Options;
use fishplate::state::AtBudget;
use fishplate::{Engine, Error, Place, RuleSet, Status, codes};

use self::kept::Kept;
use self::plain::Plain;
use self::sink::Sink;
use self::tally::Tally;
use self::ticks::Ticks;
use self::why::Why;
use crate::cli::{self, Format, RunArgs, WhyArgs};
use crate::console::{Console, Exit};
use crate::events::{self, Input, Next, Position, Reader, Unusable};
use crate::files;
use crate::interrupt::Interrupt;
use crate::progress::Progress;

/// Carries the command out.
pub(crate) fn run(args: &RunArgs, console: &Console) -> Exit {
    try_run(args, None, console).unwrap_or_else(|error| console.refuse(&error))
}

/// Carries `fishplate explain` out.
pub(crate) fn explain(args: &WhyArgs, console: &Console) -> Exit {
    let kept = args.run.state.as_ref().map(|_| {
        let message = "what is explained is not kept";
        Error::new(Status::InvalidArgument, codes::BAD_ARGUMENT, message, Place::Name("--state".into()))
    });
    let ran = kept.map_or_else(|| try_run(&args.run, Some(args), console), Err);
    ran.unwrap_or_else(|error| console.refuse(&error))
}

/// Decides all events, or says `why`.
fn try_run(args: &RunArgs, why: Option<&WhyArgs>, console: &Console) -> Result<Exit, Error> {
    let format = format_of(args)?;
    let limits = args.limits.limits();
    let rules = files::load_rules(&args.rules, &limits)?;
    let ticks = rules.has_timers().then(|| Ticks::new(args.tick));
    let (source, total) = open_events(args)?;
    let interrupt = Interrupt::watch();
    let (read, features_read) = (Cell::new(0), Cell::new(0));
    let sink = RefCell::new(None);
    // What is kept leaves when it is durable, and not before.
    let before_read = || _ = sink.borrow_mut().as_mut().map(Sink::flush);
    let input = Input::new(source, &interrupt, Box::new(before_read), &read);
    // It only resolves the columns of a table.
    let engine = Engine::new(&rules, options(args));
    let mut reader = events::reader(format, input, &engine, &limits).map_err(|error| match error {
        Unusable::Unreadable(error) => files::unreadable(&args.events, &error),
        Unusable::Wrong(error) => error,
    })?;

    if let Some(path) = &args.features {
        let features = Input::new(Box::new(files::open(path)?), &interrupt, Box::new(|| ()), &features_read);
        reader = events::with_features(reader, features, &limits);
    }
    let mut progress = Progress::new(shows_progress(args).then(|| io::stderr().lock()));
    let (mut plain, mut kept, mut explaining);
    let (desk, done): (&mut dyn Desk, u64) = match (&args.state, why) {
        (_, Some(why)) => {
            *sink.borrow_mut() = Some(open_sink(args)?);
            let (tally, json) = (Tally::default(), console.json());
            explaining = Why { engine, sink: &sink, ticks, tally, args: why, json, told: false };
            (&mut explaining, 0)
        }
        (None, None) => {
            *sink.borrow_mut() = Some(open_sink(args)?);
            plain = Plain { engine, sink: &sink, ticks, tally: Tally::default() };
            (&mut plain, 0)
        }
        (Some(state), None) => {
            let setup = kept::Setup { state, rules: &rules, options: options(args), ticks };
            let create = || files::create(&args.output, &inputs(args));
            kept = Kept::open(setup, &args.output, create)?;
            let done = kept.done();
            (&mut kept, done)
        }
    };
    let mut run = Run { desk, interrupt: &interrupt };
    let ended = run.decide_all(&mut *reader, done, |events| progress.tick(events, read.get(), total));
    let tally = run.desk.tally();
    progress.finish(tally.events, &tally.summary());
    match ended {
        Ended::Unreadable(error) => Err(files::unreadable(&args.events, &error)),
        Ended::Unwritable(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(tally.exit()),
        Ended::Unwritable(error) => Err(files::unwritable(&args.output, &error)),
        Ended::Kept(error) => Err(error),
        Ended::Interrupted => Ok(Exit::Interrupted),
        Ended::Broken => {
            tell(tally, &rules, console);
            Ok(Exit::Failed)
        }
        Ended::Complete => {
            tell(tally, &rules, console);
            Ok(tally.exit())
        }
    }
}

/// Says at the end what came of the run: with JSON the counts, else which events were refused, if any were.
fn tell(tally: &Tally, rules: &RuleSet, console: &Console) {
    if console.json() {
        console.print(&tally.json(rules));
    } else if let Some(text) = tally.first_refusal() {
        console.warn(&text);
    }
}

/// Who has events decided and their lines written. An error ends the run.
trait Desk {
    /// Has the event that `reader` found decided, or refused.
    fn decide(&mut self, reader: &dyn Reader) -> Result<(), Ended>;
    /// Something stands in the place of an event and is none.
    fn refuse(&mut self, error: &Error, position: Position) -> Result<(), Ended>;
    /// Sees to it that everything that was decided is written.
    fn finish(&mut self) -> Result<(), Ended>;
    fn tally(&self) -> &Tally;
}

/// A run on its way.
struct Run<'a> {
    desk: &'a mut dyn Desk,
    interrupt: &'a Interrupt,
}

/// Why a run ended.
enum Ended {
    /// The events ended, or no more of them can be found.
    Complete,
    /// By Ctrl-C.
    Interrupted,
    /// The engine decides no more.
    Broken,
    Unreadable(io::Error),
    Unwritable(io::Error),
    /// What is kept cannot be kept any more.
    Kept(Error),
}

impl Run<'_> {
    /// Passes over as many as are `done`, and decides what `reader` gives then until something ends the run; everything
    /// decided is written then.
    fn decide_all(&mut self, reader: &mut dyn Reader, done: u64, mut tick: impl FnMut(u64)) -> Ended {
        let mut left = done;
        let ended = loop {
            let next = reader.next();
            // A read that Ctrl-C cut short says nothing about the file.
            if self.interrupt.seen() {
                break Ended::Interrupted;
            }
            let passes = left > 0;
            left = left.saturating_sub(1);
            let asked = match next {
                Err(error) => break Ended::Unreadable(error),
                Ok(Next::End) if passes => break Ended::Kept(too_short(done - left - 1, done)),
                Ok(Next::End) => break Ended::Complete,
                Ok(Next::Lost(_)) if passes => break Ended::Complete,
                Ok(_) if passes => continue,
                Ok(Next::Lost(error)) => self.desk.refuse(&error, reader.position()).and(Err(Ended::Complete)),
                Ok(Next::Refused(error)) => self.desk.refuse(&error, reader.position()),
                Ok(Next::Event) => self.desk.decide(reader),
            };
            if let Err(ended) = asked {
                break ended;
            }
            tick(self.desk.tally().events);
        };
        match ended {
            Ended::Unwritable(_) | Ended::Kept(_) => ended,
            ended => self.desk.finish().err().unwrap_or(ended),
        }
    }
}

/// The file of events is not the one that the state was made with.
fn too_short(events: u64, done: u64) -> Error {
    let message = format!("there are {events} events, and the state has decided {done}");
    Error::new(Status::FailedPrecondition, codes::STATE_MIXED, message, Place::Name("--events".into()))
        .suggest("give the same events again, more of them at most, or an empty state folder")
}

fn options(args: &RunArgs) -> Options {
    let at_budget = match args.at_budget {
        cli::AtBudget::Refuse => AtBudget::Refuse,
        cli::AtBudget::Evict => AtBudget::Evict,
    };
    Options { limits: args.limits.limits(), strict: args.strict, memory: args.memory, at_budget }
}

fn format_of(args: &RunArgs) -> Result<Format, Error> {
    args.format.or_else(|| Format::of(&args.events)).ok_or_else(|| {
        let name = args.events.to_string_lossy();
        let message = if name == "-" {
            "the form of events on standard input must be said".to_owned()
        } else {
            format!("the form of events does not follow from the name {name:?}")
        };
        Error::new(Status::InvalidArgument, codes::BAD_ARGUMENT, message, Place::Name("--format".into()))
            .suggest("give --format jsonl, csv or protobuf")
    })
}

/// The events and how many bytes they are (0: unknown).
fn open_events(args: &RunArgs) -> Result<(Box<dyn Read>, u64), Error> {
    let path = args.events.as_path();
    let (source, total): (Box<dyn Read>, _) = if path == Path::new("-") {
        (Box::new(io::stdin().lock()), None)
    } else {
        let file: File = files::open(path)?;
        let about = file.metadata().ok().filter(std::fs::Metadata::is_file);
        (Box::new(file), about.map(|about| about.len()))
    };
    if args.state.is_some() && total.is_none() {
        let message = "events that are kept are read again from their beginning, which only a file allows";
        return Err(Error::new(Status::InvalidArgument, codes::BAD_ARGUMENT, message, Place::Name("--events".into()))
            .suggest("write the events to a file first"));
    }
    Ok((source, total.unwrap_or(0)))
}

fn open_sink(args: &RunArgs) -> Result<Sink, Error> {
    if args.output == Path::new("-") {
        return Ok(Sink::new(Box::new(io::stdout().lock())));
    }
    Ok(Sink::new(Box::new(files::create(&args.output, &inputs(args))?)))
}

/// The files that are read, which no output may overwrite.
fn inputs(args: &RunArgs) -> Vec<&Path> {
    [&args.rules, &args.events].into_iter().chain(&args.features).map(|path| path.as_path()).collect()
}

/// On a terminal, unless the decisions go to it too: they are progress enough.
fn shows_progress(args: &RunArgs) -> bool {
    io::stderr().is_terminal() && (args.output != Path::new("-") || !io::stdout().is_terminal())
}

//! `fishplate run`: the events of a file through the rules of a document. Knows files, order and counts; the core
//! decides, `events` reads, `json` writes.

mod sink;
mod tally;

use std::cell::{Cell, RefCell};
use std::fs::File;
use std::io::{self, IsTerminal, Read};
use std::path::Path;

use fishplate::engine::Options;
use fishplate::state::AtBudget;
use fishplate::{Decision, Engine, Error, Event, Place, RuleSet, Status, Timestamp, codes};

use self::sink::Sink;
use self::tally::Tally;
use crate::cli::{self, Format, RunArgs};
use crate::console::{Console, Exit};
use crate::events::{self, Input, Next, Reader, Unusable};
use crate::files;
use crate::interrupt::Interrupt;
use crate::progress::Progress;

/// Carries the command out.
pub(crate) fn run(args: &RunArgs, console: &Console) -> Exit {
    try_run(args, console).unwrap_or_else(|error| console.refuse(&error))
}

fn try_run(args: &RunArgs, console: &Console) -> Result<Exit, Error> {
    let format = format_of(args)?;
    let limits = args.limits.limits();
    let rules = files::load_rules(&args.rules, &limits)?;
    let mut engine = Engine::new(&rules, options(args));
    let (source, total) = open_events(&args.events)?;
    let sink = RefCell::new(open_sink(args)?);

    let interrupt = Interrupt::watch();
    let read = Cell::new(0);
    let input = Input::new(source, &interrupt, Box::new(|| sink.borrow_mut().flush()), &read);
    let mut reader = events::reader(format, input, &engine, &limits).map_err(|error| match error {
        Unusable::Unreadable(error) => files::unreadable(&args.events, &error),
        Unusable::Wrong(error) => error,
    })?;

    let mut progress = Progress::new(shows_progress(args).then(|| io::stderr().lock()));
    let ticks = rules.has_timers().then_some(Ticks { every: args.tick, last: None });
    let mut run = Run { engine: &mut engine, sink: &sink, interrupt: &interrupt, ticks, tally: Tally::default() };
    let ended = run.decide_all(&mut *reader, |events| progress.tick(events, read.get(), total));
    let tally = run.tally;
    progress.finish(tally.events, &tally.summary());
    match ended {
        Ended::Unreadable(error) => Err(files::unreadable(&args.events, &error)),
        Ended::Unwritable(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(tally.exit()),
        Ended::Unwritable(error) => Err(files::unwritable(&args.output, &error)),
        Ended::Interrupted => Ok(Exit::Interrupted),
        Ended::Broken => {
            tell(&tally, &rules, console);
            Ok(Exit::Failed)
        }
        Ended::Complete => {
            tell(&tally, &rules, console);
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

/// A run on its way.
struct Run<'a> {
    engine: &'a mut Engine,
    sink: &'a RefCell<Sink>,
    interrupt: &'a Interrupt,
    /// `None`: no rule fires by itself.
    ticks: Option<Ticks>,
    tally: Tally,
}

/// When rules that fire by themselves are asked: whenever event time has passed a multiple of a span.
struct Ticks {
    /// Nanoseconds.
    every: i128,
    last: Option<i128>,
}

impl Ticks {
    /// The time to advance to, if `time` has passed the next one.
    fn due(&mut self, time: Timestamp) -> Option<Timestamp> {
        let passed = time.as_nanos().div_euclid(self.every);
        if self.last.is_some_and(|last| last >= passed) {
            return None;
        }
        self.last = Some(passed);
        Timestamp::from_nanos(passed * self.every)
    }
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
}

impl Run<'_> {
    /// Decides what `reader` gives until something ends the run; everything decided is written then.
    fn decide_all(&mut self, reader: &mut dyn Reader, mut tick: impl FnMut(u64)) -> Ended {
        let ended = loop {
            let next = reader.next();
            // A read that Ctrl-C cut short says nothing about the file.
            if self.interrupt.seen() {
                break Ended::Interrupted;
            }
            let written = match next {
                Err(error) => break Ended::Unreadable(error),
                Ok(Next::End) => break Ended::Complete,
                Ok(Next::Lost(error)) => match self.refuse(&error, reader) {
                    Ok(()) => break Ended::Complete,
                    Err(error) => Err(error),
                },
                Ok(Next::Refused(error)) => self.refuse(&error, reader),
                Ok(Next::Event) => match self.decide(Event::of(reader.body())) {
                    Ok(Ok(decision)) => {
                        self.tally.count(&decision);
                        self.sink.borrow_mut().decision(self.tally.events, &decision)
                    }
                    Ok(Err(error)) => match self.refuse(&error, reader) {
                        Ok(()) if error.status == Status::Internal => break Ended::Broken,
                        written => written,
                    },
                    Err(error) => Err(error),
                },
            };
            if let Err(error) = written {
                return Ended::Unwritable(error);
            }
            tick(self.tally.events);
        };
        match self.sink.borrow_mut().finish() {
            Ok(()) => ended,
            Err(error) => Ended::Unwritable(error),
        }
    }

    /// Decides an event. Where rules fire by themselves, time passes up to the event's own first, as it would for a host
    /// with a clock: a rule that waited for silence has fired before the event that breaks it.
    fn decide(&mut self, event: Event<'_>) -> io::Result<Result<Decision, Error>> {
        let Some(ticks) = &mut self.ticks else { return Ok(self.engine.decide(event)) };
        let prepared = match self.engine.prepare(event) {
            Ok(prepared) => prepared,
            Err(error) => return Ok(Err(error)),
        };
        if let Some(now) = prepared.time().and_then(|time| ticks.due(time)) {
            for decision in self.engine.advance_to(now) {
                self.tally.fired();
                self.sink.borrow_mut().timer(&decision)?;
            }
        }
        Ok(Ok(self.engine.apply(prepared)))
    }

    fn refuse(&mut self, error: &Error, reader: &dyn Reader) -> io::Result<()> {
        let position = reader.position();
        self.tally.refuse(error, position);
        self.sink.borrow_mut().refusal(self.tally.events, position, error)
    }
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
fn open_events(path: &Path) -> Result<(Box<dyn Read>, u64), Error> {
    if path == Path::new("-") {
        return Ok((Box::new(io::stdin().lock()), 0));
    }
    let file: File = files::open(path)?;
    let total = file.metadata().map_or(0, |about| about.len());
    Ok((Box::new(file), total))
}

fn open_sink(args: &RunArgs) -> Result<Sink, Error> {
    if args.output == Path::new("-") {
        return Ok(Sink::new(Box::new(io::stdout().lock())));
    }
    Ok(Sink::new(Box::new(files::create(&args.output, &[&args.rules, &args.events])?)))
}

/// On a terminal, unless the decisions go to it too: they are progress enough.
fn shows_progress(args: &RunArgs) -> bool {
    io::stderr().is_terminal() && (args.output != Path::new("-") || !io::stdout().is_terminal())
}

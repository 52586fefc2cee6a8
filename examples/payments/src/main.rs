//! `fishplate-payments`: writes the payments of a seed, and what of them is fraud, into files.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;
use fishplate_payments::forms::{CSV_HEADER, write_csv, write_delimited, write_json};
use fishplate_payments::{Deliveries, Delivery, Payment};

const EXAMPLES: &str = "Examples:
  fishplate-payments payments.pb
  fishplate-payments --events 10000000 --seed 7 payments.pb payments.csv --labels labels.csv";

/// Writes card payments that are made from a seed, in the order of their arrival.
#[derive(Debug, Parser)]
#[command(version, after_help = EXAMPLES)]
struct Options {
    /// Where to; the form follows from the name: .pb (length-delimited), .jsonl or .csv.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,

    /// How many, those that are delivered twice included.
    #[arg(long, value_name = "COUNT", default_value_t = 50_000)]
    events: u64,

    /// Another seed gives other payments.
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    seed: u64,

    /// Which payments are fraud goes here: id, scenario and case, as CSV.
    #[arg(long, value_name = "FILE")]
    labels: Option<PathBuf>,
}

fn main() -> ExitCode {
    let options = Options::parse();
    match write_all(&options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("fishplate-payments: {message}");
            ExitCode::FAILURE
        }
    }
}

/// A file and how payments stand in it.
struct Output {
    path: PathBuf,
    file: BufWriter<File>,
    write: fn(&Payment, &mut Vec<u8>),
    /// Whether each payment ends with a line's end.
    lines: bool,
}

fn write_all(options: &Options) -> Result<(), String> {
    let mut outputs = options.files.iter().map(|path| open(path)).collect::<Result<Vec<_>, _>>()?;
    let mut labels = options.labels.as_ref().map(|path| Ok::<_, String>((path, create(path)?))).transpose()?;
    if let Some((path, file)) = &mut labels {
        writeln!(file, "id,scenario,case").map_err(|error| told(path, &error))?;
    }
    let mut record = Vec::new();
    for delivery in Deliveries::new(options.seed, options.events) {
        for output in &mut outputs {
            output.put(&delivery.payment, &mut record).map_err(|error| told(&output.path, &error))?;
        }
        if let Some((path, file)) = &mut labels {
            put_label(&delivery, file).map_err(|error| told(path, &error))?;
        }
    }
    for output in &mut outputs {
        output.file.flush().map_err(|error| told(&output.path, &error))?;
    }
    labels.map_or(Ok(()), |(path, mut file)| file.flush().map_err(|error| told(path, &error)))
}

impl Output {
    fn put(&mut self, payment: &Payment, record: &mut Vec<u8>) -> io::Result<()> {
        record.clear();
        (self.write)(payment, record);
        if self.lines {
            record.push(b'\n');
        }
        self.file.write_all(record)
    }
}

fn put_label(delivery: &Delivery, file: &mut impl Write) -> io::Result<()> {
    match delivery.label {
        Some(label) if !delivery.again => writeln!(file, "{},{},{}", delivery.payment.id(), label.scenario, label.case),
        _ => Ok(()),
    }
}

fn open(path: &Path) -> Result<Output, String> {
    let (write, header): (fn(&Payment, &mut Vec<u8>), _) = match path.extension().and_then(|end| end.to_str()) {
        Some("pb") => (write_delimited, ""),
        Some("jsonl") => (write_json, ""),
        Some("csv") => (write_csv, CSV_HEADER),
        _ => return Err(format!("{}: no form ends so; there are .pb, .jsonl and .csv", path.display())),
    };
    let mut file = create(path)?;
    if !header.is_empty() {
        writeln!(file, "{header}").map_err(|error| told(path, &error))?;
    }
    let lines = path.extension().is_some_and(|end| end != "pb");
    Ok(Output { path: path.to_owned(), file, write, lines })
}

fn create(path: &Path) -> Result<BufWriter<File>, String> {
    File::create(path).map(|file| BufWriter::with_capacity(1 << 20, file)).map_err(|error| told(path, &error))
}

fn told(path: &Path, error: &io::Error) -> String {
    format!("{}: {error}", path.display())
}

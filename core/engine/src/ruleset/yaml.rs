//! YAML text → a tree of scalars, lists and maps with their positions. YAML 1.2 core schema: nothing is guessed
//! here, a scalar stays text until someone asks what it is (`country: NO` is Norway). Knows no key of the format.

use std::collections::HashSet;

use saphyr_parser::{Event, Marker, Parser, ScalarStyle};

use super::source::{Position, Source, Style};
use crate::codes;
use crate::error::Diagnostic;

/// A node of the tree and where it begins.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) at: Position,
    pub(crate) kind: Kind,
}

#[derive(Debug)]
pub(crate) enum Kind {
    Scalar(String, Style),
    List(Vec<Node>),
    Map(Vec<(Key, Node)>),
}

/// A key of a map.
#[derive(Debug)]
pub(crate) struct Key {
    pub(crate) at: Position,
    pub(crate) name: String,
}

/// Lists and maps in one another. The format needs 5; the bound keeps whoever walks the tree off a deep stack.
const DEPTH: usize = 32;

/// A list or map that is not closed yet.
enum Open {
    List(Position, Vec<Node>),
    /// With the key whose value comes next.
    Map(Position, Vec<(Key, Node)>, Option<Key>, Seen),
}

/// Maps of more keys than this are looked up by hash: a hostile one may have as many as the document has bytes.
const FEW: usize = 16;

/// The keys of a map with more than [`FEW`].
#[derive(Default)]
struct Seen(HashSet<String>);

impl Seen {
    /// Whether `name` is a key of `entries`, which are all that were asked about before.
    fn has(&mut self, name: &str, entries: &[(Key, Node)]) -> bool {
        if entries.len() <= FEW {
            return entries.iter().any(|(key, _)| key.name == *name);
        }
        // All of them once, then the one that came since.
        let missing = if self.0.is_empty() { entries } else { &entries[entries.len() - 1..] };
        self.0.extend(missing.iter().map(|(key, _)| key.name.clone()));
        self.0.contains(name)
    }
}

/// Reads one document. A map with a key twice is reported and read on; what is not YAML ends the reading.
pub(crate) fn read(source: &Source) -> Result<(Node, Vec<Diagnostic>), Box<Diagnostic>> {
    let mut reader = Reader { source, open: Vec::new(), root: None, repeated: Vec::new() };
    for item in Parser::new_from_str(source.text()) {
        let (event, span) = item.map_err(|error| reader.not_yaml(position(error.marker()), error.info()))?;
        reader.take(event, position(&span.start))?;
    }
    let Reader { root, repeated, .. } = reader;
    match root {
        Some(root) => Ok((root, repeated)),
        None => {
            Err(Box::new(fault(source, codes::NOT_YAML, Position { line: 1, column: 1 }, 1, "the document is empty")))
        }
    }
}

fn position(mark: &Marker) -> Position {
    Position { line: mark.line() as u32, column: mark.col() as u32 + 1 }
}

/// A diagnostic without expectation or suggestion.
pub(crate) fn fault(
    source: &Source,
    code: fishplate_cel::Code,
    at: Position,
    width: usize,
    message: impl Into<String>,
) -> Diagnostic {
    Diagnostic {
        code,
        message: message.into(),
        place: source.place(at, width as u32),
        expected: String::new(),
        suggestion: None,
    }
}

struct Reader<'s> {
    source: &'s Source,
    open: Vec<Open>,
    root: Option<Node>,
    repeated: Vec<Diagnostic>,
}

impl Reader<'_> {
    fn take(&mut self, event: Event<'_>, at: Position) -> Result<(), Box<Diagnostic>> {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                self.plain(at, anchor, tag.is_some())?;
                let style = match style {
                    ScalarStyle::Plain => Style::Plain,
                    ScalarStyle::SingleQuoted => Style::Single,
                    ScalarStyle::DoubleQuoted => Style::Double,
                    ScalarStyle::Literal | ScalarStyle::Folded => Style::Block,
                };
                // The scanner gives each text far more room than it needs, and a document has many.
                let mut text = text.into_owned();
                text.shrink_to_fit();
                self.put(Node { at, kind: Kind::Scalar(text, style) })
            }
            Event::SequenceStart(anchor, tag) => {
                self.plain(at, anchor, tag.is_some())?;
                self.push(Open::List(at, Vec::new()), at)
            }
            Event::MappingStart(anchor, tag) => {
                self.plain(at, anchor, tag.is_some())?;
                self.push(Open::Map(at, Vec::new(), None, Seen::default()), at)
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(),
            Event::Alias(_) => {
                Err(self.refuse(at, "an alias", "anchors and aliases are not read; write the value out"))
            }
            Event::DocumentStart(_) if self.root.is_some() => {
                Err(self.refuse(at, "a second document", "keep one document in a file"))
            }
            _ => Ok(()),
        }
    }

    /// Anchors and tags would let a small text become a large tree, or a scalar something else than it looks.
    fn plain(&self, at: Position, anchor: usize, tagged: bool) -> Result<(), Box<Diagnostic>> {
        match (anchor, tagged) {
            (0, false) => Ok(()),
            (0, true) => {
                Err(self.refuse(at, "a tag", "leave it out; an expression that begins with `!` stands in quotes"))
            }
            _ => Err(self.refuse(at, "an anchor", "anchors and aliases are not read; write the value out")),
        }
    }

    fn refuse(&self, at: Position, what: &str, way_out: &str) -> Box<Diagnostic> {
        let message = format!("{what} is not part of the format");
        let refused = fault(self.source, codes::UNSUPPORTED_KEY, at, 1, message);
        Box::new(Diagnostic { suggestion: Some(way_out.into()), ..refused })
    }

    fn push(&mut self, open: Open, at: Position) -> Result<(), Box<Diagnostic>> {
        if self.open.len() == DEPTH {
            let message = format!("lists and maps nest deeper than {DEPTH}");
            return Err(Box::new(fault(self.source, codes::UNSUPPORTED_KEY, at, 1, message)));
        }
        self.open.push(open);
        Ok(())
    }

    fn close(&mut self) -> Result<(), Box<Diagnostic>> {
        match self.open.pop() {
            Some(Open::List(at, nodes)) => self.put(Node { at, kind: Kind::List(nodes) }),
            Some(Open::Map(at, entries, ..)) => self.put(Node { at, kind: Kind::Map(entries) }),
            None => Ok(()),
        }
    }

    fn put(&mut self, node: Node) -> Result<(), Box<Diagnostic>> {
        match self.open.last_mut() {
            None => self.root = Some(node),
            Some(Open::List(_, nodes)) => nodes.push(node),
            Some(Open::Map(_, entries, key @ Some(_), _)) => {
                entries.extend(key.take().map(|key| (key, node)));
            }
            Some(Open::Map(_, entries, key, seen)) => {
                let Kind::Scalar(name, _) = node.kind else {
                    return Err(Box::new(fault(self.source, codes::WRONG_KIND, node.at, 1, "a key is text")));
                };
                if seen.has(&name, entries) {
                    let message = format!("`{name}` stands here twice");
                    self.repeated.push(fault(
                        self.source,
                        codes::REPEATED_NAME,
                        node.at,
                        name.chars().count(),
                        message,
                    ));
                }
                *key = Some(Key { at: node.at, name });
            }
        }
        Ok(())
    }

    /// What YAML could not read: if it looks like an expression that YAML cut in two, this says so.
    fn not_yaml(&self, at: Position, info: &str) -> Box<Diagnostic> {
        if let Some(cut) = cut_expression(self.source, at) {
            return Box::new(cut);
        }
        Box::new(fault(self.source, codes::NOT_YAML, at, 1, format!("not YAML: {info}")))
    }
}

/// Keys whose values are expressions.
const EXPRESSION_KEYS: [&str; 5] = ["when", "where", "sum", "by", "default"];

/// `when: a ? b : c`, unquoted: YAML takes the second `: ` for a key of its own.
fn cut_expression(source: &Source, at: Position) -> Option<Diagnostic> {
    // The parser notices at the second colon, or only on the line after it.
    [at.line, at.line.saturating_sub(1)].into_iter().filter(|line| *line > 0).find_map(|number| {
        let line = source.line(number);
        let trimmed = line.trim_start_matches([' ', '-', '\t']);
        let (key, value) = trimmed.split_once(": ")?;
        let expression = EXPRESSION_KEYS.contains(&key.trim()) || value.contains(" ? ");
        let quoted = value.trim_start().starts_with(['"', '\'', '|', '>', '{', '[']);
        let cut = value.find(": ").filter(|_| expression && !quoted)?;
        let prefix = line.len() - value.len();
        let column = line[..prefix + cut].chars().count() as u32 + 1;
        let at = Position { line: number, column };
        let mut diagnostic = fault(source, codes::CUT_EXPRESSION, at, 1, "YAML cuts this expression at `: `");
        diagnostic.suggestion = Some("put the expression in quotes, or on its own lines after `|`".into());
        Some(diagnostic)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes_of(text: &str) -> Vec<(String, u32, u32)> {
        let source = Source::new("f", text);
        let faults = match read(&source) {
            Ok((_, repeated)) => repeated,
            Err(fault) => vec![*fault],
        };
        let place = |fault: &Diagnostic| match fault.place {
            crate::error::Place::Text { line, column, .. } => (fault.code.to_string(), line, column),
            _ => panic!("a fault of the document has a place in it"),
        };
        faults.iter().map(place).collect()
    }

    fn one(code: &str, line: u32, column: u32) -> Vec<(String, u32, u32)> {
        vec![(code.to_owned(), line, column)]
    }

    #[test]
    fn scalars_stay_text() {
        let source = Source::new("f", "country: NO\nn: 012\n");
        let (root, _) = read(&source).expect("YAML");
        let Kind::Map(entries) = root.kind else { panic!("a map") };
        let texts: Vec<_> = entries.iter().map(|(_, node)| format!("{:?}", node.kind)).collect();
        assert_eq!(texts, [r#"Scalar("NO", Plain)"#, r#"Scalar("012", Plain)"#]);
    }

    #[test]
    fn an_expression_cut_by_yaml_has_a_code_of_its_own() {
        assert_eq!(codes_of("rules:\n  - id: R\n    when: a ? b : c\n"), one("F0409", 3, 17));
        assert_eq!(codes_of("score: a ? 1 : 2\n"), one("F0409", 1, 14));
    }

    #[test]
    fn what_could_grow_is_refused() {
        assert_eq!(codes_of("a: &x 1\nb: *x\n"), one("F0420", 1, 4));
        assert_eq!(codes_of("a: !!int 1\n"), one("F0420", 1, 4));
        assert_eq!(codes_of(&"[".repeat(100)), one("F0420", 1, 33));
        assert_eq!(codes_of("a: 1\n---\nb: 2\n"), one("F0420", 2, 1));
    }

    #[test]
    fn a_key_twice_is_reported_where_it_stands_again() {
        assert_eq!(codes_of("a: 1\nb: 2\na: 3\n"), one("F0405", 3, 1));
    }

    #[test]
    fn a_key_twice_is_found_among_few_keys_and_among_many() {
        for (keys, again) in [(FEW, 0), (FEW + 1, 0), (FEW + 1, FEW), (FEW + 2, FEW + 1), (500, 1), (500, 499)] {
            let text: String = (0..keys).chain([again]).map(|key| format!("k{key}: 1\n")).collect();
            assert_eq!(codes_of(&text), one("F0405", keys as u32 + 1, 1), "key {again} after {keys}");
        }
    }

    #[test]
    fn nothing_is_no_document() {
        assert_eq!(codes_of(""), one("F0401", 1, 1));
        assert_eq!(codes_of("# only this\n"), one("F0401", 1, 1));
    }

    #[test]
    fn broken_yaml_is_said_with_its_place() {
        assert_eq!(codes_of("a: [1, 2\nb: 3\n")[0].0, "F0401");
        assert_eq!(codes_of("a: \"x\n")[0].0, "F0401");
    }
}

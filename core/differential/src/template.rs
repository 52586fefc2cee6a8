//! How the grammar's table is read: the forms of expressions, as text with places for operands.
//!
//! In a form, `$(4 list(A))` is an operand of the type `list(A)` that holds at least as tightly as 4 (0 where no number
//! stands), `@x` is a fresh name, and `$(bool; @x A)` an operand in which the name `@x` is a variable of type `A`. A
//! capital letter is a type that may be any, the same throughout the form; see [`Letter`].

use fishplate_cel::Type;

/// A form of expression.
pub(crate) struct Form {
    pub(crate) result: Type,
    pub(crate) level: u8,
    pub(crate) pieces: Vec<Piece>,
    /// Whether only Google's engine has it, too.
    pub(crate) extended: bool,
}

/// A piece of a form.
pub(crate) enum Piece {
    Text(String),
    /// A fresh name, by its letter.
    Name(char),
    Operand {
        level: u8,
        ty: Type,
        binds: Vec<(char, Type)>,
    },
}

/// What a capital letter may stand for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Letter {
    /// Any type.
    Any,
    /// A type that keys of maps have.
    Key,
    /// A type of numbers.
    Number,
    /// A type that has an order.
    Ordered,
}

const LETTERS: &[(char, Letter)] = &[
    ('A', Letter::Any),
    ('B', Letter::Any),
    ('K', Letter::Key),
    ('M', Letter::Number),
    ('N', Letter::Number),
    ('O', Letter::Ordered),
];

/// What the letter of this number may stand for.
pub(crate) fn letter(number: u32) -> Letter {
    LETTERS[number as usize].1
}

/// How many letters there are.
pub(crate) const COUNT: usize = LETTERS.len();

/// Reads a form.
///
/// # Panics
/// Where the table is wrong, which the tests find.
pub(crate) fn form(result: &str, level: u8, text: &str, extended: bool) -> Form {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(at) = [rest.find("$("), rest.find('@')].into_iter().flatten().min() {
        if at > 0 {
            pieces.push(Piece::Text(rest[..at].to_owned()));
        }
        if rest[at..].starts_with('@') {
            pieces.push(Piece::Name(rest[at + 1..].chars().next().expect("a name after @")));
            rest = &rest[at + 2..];
        } else {
            let inner = parenthesised(&rest[at + 1..]);
            pieces.push(operand(inner));
            rest = &rest[at + 1 + inner.len() + 2..];
        }
    }
    if !rest.is_empty() {
        pieces.push(Piece::Text(rest.to_owned()));
    }
    Form { result: ty(result), level, pieces, extended }
}

/// What stands between the parenthesis at the start and its partner.
fn parenthesised(text: &str) -> &str {
    let mut depth = 0;
    for (at, letter) in text.char_indices() {
        match letter {
            '(' => depth += 1,
            ')' if depth == 1 => return &text[1..at],
            ')' => depth -= 1,
            _ => {}
        }
    }
    panic!("no end: {text}")
}

fn operand(text: &str) -> Piece {
    let mut parts = text.split("; ");
    let first = parts.next().unwrap_or_default();
    let (level, name) = match first.split_once(' ') {
        Some((level, name)) if level.len() == 1 && level.as_bytes()[0].is_ascii_digit() => {
            (level.as_bytes()[0] - b'0', name)
        }
        _ => (0, first),
    };
    let bind = |part: &str| {
        let (name, of) = part.trim_start_matches('@').split_once(' ').expect("@name type");
        (name.chars().next().expect("a name"), ty(of))
    };
    Piece::Operand { level, ty: ty(name), binds: parts.map(bind).collect() }
}

/// A type from its text.
///
/// # Panics
/// Where there is no such type.
pub(crate) fn ty(text: &str) -> Type {
    let text = text.trim();
    if let Some((name, rest)) = text.split_once('(') {
        let inner = rest.strip_suffix(')').unwrap_or_else(|| panic!("{text}"));
        return match name {
            "list" => Type::list(ty(inner)),
            "optional" => Type::optional(ty(inner)),
            "type" => Type::TypeOf(ty(inner).into()),
            "map" => {
                let (key, value) = inner.split_once(',').expect("map(K, V)");
                Type::map(ty(key), ty(value))
            }
            _ => panic!("{text}"),
        };
    }
    match text {
        "null" => Type::Null,
        "bool" => Type::Bool,
        "int" => Type::Int,
        "uint" => Type::Uint,
        "double" => Type::Double,
        "string" => Type::String,
        "bytes" => Type::Bytes,
        "timestamp" => Type::Timestamp,
        "duration" => Type::Duration,
        "dyn" => Type::Dyn,
        _ => {
            let mut letters = LETTERS.iter();
            let at = letters.position(|(letter, _)| text.chars().eq([*letter])).unwrap_or_else(|| panic!("{text}"));
            Type::Param(at as u32)
        }
    }
}

/// Whether `pattern` can be `wanted`; what its letters then are stands in `letters`.
pub(crate) fn fits(pattern: &Type, wanted: &Type, letters: &mut [Option<Type>; COUNT]) -> bool {
    match (pattern, wanted) {
        (Type::Param(at), _) => {
            let bound = &mut letters[*at as usize];
            match bound {
                Some(bound) => bound == wanted,
                None if allowed(letter(*at), wanted) => {
                    *bound = Some(wanted.clone());
                    true
                }
                None => false,
            }
        }
        (Type::List(a), Type::List(b)) | (Type::TypeOf(a), Type::TypeOf(b)) => fits(a, b, letters),
        (Type::Map(key, value), Type::Map(k, v)) => fits(key, k, letters) && fits(value, v, letters),
        (Type::Abstract(a, of), Type::Abstract(b, bs)) => {
            a == b && of.iter().zip(bs.iter()).all(|(a, b)| fits(a, b, letters))
        }
        _ => pattern == wanted,
    }
}

fn allowed(letter: Letter, ty: &Type) -> bool {
    match letter {
        Letter::Any => true,
        Letter::Key => matches!(ty, Type::Bool | Type::Int | Type::Uint | Type::String),
        Letter::Number => matches!(ty, Type::Int | Type::Uint | Type::Double),
        Letter::Ordered => ORDERED.contains(ty),
    }
}

/// The types that have an order.
pub(crate) const ORDERED: &[Type] =
    &[Type::Bool, Type::Int, Type::Uint, Type::Double, Type::String, Type::Bytes, Type::Timestamp, Type::Duration];

/// The pattern with its letters replaced.
///
/// # Panics
/// Where a letter has no type yet.
pub(crate) fn filled(pattern: &Type, letters: &[Option<Type>; COUNT]) -> Type {
    match pattern {
        Type::Param(at) => letters[*at as usize].clone().expect("every letter was given a type"),
        Type::List(of) => Type::list(filled(of, letters)),
        Type::TypeOf(of) => Type::TypeOf(filled(of, letters).into()),
        Type::Map(key, value) => Type::map(filled(key, letters), filled(value, letters)),
        Type::Abstract(_, of) => Type::optional(filled(&of[0], letters)),
        _ => pattern.clone(),
    }
}

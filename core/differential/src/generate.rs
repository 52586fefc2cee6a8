//! Random well-typed expressions, from the grammar's table.

use fishplate_cel::{Type, Value};

use crate::{
    expr::{Expr, Part, TIGHTEST, UNARY},
    grammar::FORMS,
    random::Random,
    template::{COUNT, Form, Letter, ORDERED, Piece, filled, fits, letter, ty},
    values,
};

/// The variables that expressions may name, the same for every expression. The last two never have a value.
pub(crate) const VARIABLES: &[(&str, &str)] = &[
    ("i", "int"),
    ("j", "int"),
    ("u", "uint"),
    ("v", "uint"),
    ("d", "double"),
    ("e", "double"),
    ("s", "string"),
    ("r", "string"),
    ("y", "bytes"),
    ("b", "bool"),
    ("c", "bool"),
    ("t", "timestamp"),
    ("p", "duration"),
    ("n", "null"),
    ("li", "list(int)"),
    ("lu", "list(uint)"),
    ("ld", "list(double)"),
    ("ls", "list(string)"),
    ("ll", "list(list(int))"),
    ("mis", "map(int, string)"),
    ("msi", "map(string, int)"),
    ("msd", "map(string, double)"),
    ("mul", "map(uint, list(int))"),
    ("mbs", "map(bool, string)"),
    ("mst", "map(string, timestamp)"),
    ("x", "dyn"),
    ("z", "dyn"),
    ("noint", "int"),
    ("nobool", "bool"),
];
/// Variables without a value.
pub(crate) const UNBOUND: &[&str] = &["noint", "nobool"];
/// Names that comprehensions give; some hide variables.
const NAMES: &[&str] = &["f", "g", "h", "k", "i", "s", "x"];

/// An expression and the values of the variables that it names.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    pub(crate) expr: Expr,
    pub(crate) bindings: Vec<(&'static str, Value)>,
    /// Whether only Google's engine has all that is in it.
    pub(crate) extended: bool,
}

/// The case of a seed.
pub(crate) fn case(seed: u64) -> Case {
    let random = &mut Random::new(seed);
    let extended = random.once_in(3);
    let depth = random.pick(&[1, 2, 2, 3, 3, 4, 5]);
    let root = root(random);
    let mut maker = Maker { random, extended, scope: Vec::new(), budget: 40 };
    let expr = maker.expr(&root, depth);
    let text = expr.text();
    let bindings = VARIABLES
        .iter()
        .filter(|(name, _)| !UNBOUND.contains(name) && names(&text, name))
        .map(|(name, of)| (*name, values::value(maker.random, &ty(of))))
        .collect();
    Case { expr, bindings, extended }
}

/// Whether `text` may name the variable; a word too many does no harm.
pub(crate) fn names(text: &str, name: &str) -> bool {
    let word = |letter: Option<char>| letter.is_some_and(|letter| letter.is_ascii_alphanumeric() || letter == '_');
    text.match_indices(name)
        .any(|(at, _)| !word(text[..at].chars().next_back()) && !word(text[at + name.len()..].chars().next()))
}

/// What a whole expression is: never an optional, which Python cannot be given.
fn root(random: &mut Random) -> Type {
    match random.below(12) {
        0..4 => Type::Bool,
        4 => Type::list(plain(random)),
        5 => Type::map(key(random), plain(random)),
        6 => Type::Dyn,
        _ => plain(random),
    }
}

fn plain(random: &mut Random) -> Type {
    match random.below(20) {
        0 => Type::Null,
        1 => Type::Dyn,
        _ => random.pick(ORDERED),
    }
}

fn key(random: &mut Random) -> Type {
    random.pick(&[Type::String, Type::String, Type::Int, Type::Uint, Type::Bool])
}

struct Maker<'r> {
    random: &'r mut Random,
    extended: bool,
    /// The names that comprehensions give, innermost last.
    scope: Vec<(&'static str, Type)>,
    /// How many forms may still be used.
    budget: usize,
}

impl Maker<'_> {
    fn expr(&mut self, ty: &Type, depth: usize) -> Expr {
        // What is dyn fits everywhere; beside a number, a sum of it would be a decimal here: see the page.
        if !matches!(ty, Type::Dyn | Type::Int | Type::Uint) && self.random.once_in(60) {
            return self.expr(&Type::Dyn, depth);
        }
        if depth == 0 || self.budget == 0 || self.random.once_in(6) {
            return self.leaf(ty);
        }
        let mut letters = [const { None }; COUNT];
        let mut fitting: Vec<&'static Form> = Vec::new();
        for form in FORMS.iter().filter(|form| self.extended || !form.extended) {
            letters.fill(None);
            if fits(&form.result, ty, &mut letters) {
                fitting.push(form);
            }
        }
        // The forms of every type would else be most of all.
        let own: Vec<_> = fitting.iter().filter(|form| !matches!(form.result, Type::Param(_))).copied().collect();
        let from = if own.is_empty() || self.random.once_in(4) { &fitting } else { &own };
        if from.is_empty() {
            return self.leaf(ty);
        }
        let form = self.random.pick(from);
        self.form(form, ty, depth)
    }

    fn form(&mut self, form: &'static Form, ty: &Type, depth: usize) -> Expr {
        self.budget -= 1;
        let mut letters = [const { None }; COUNT];
        fits(&form.result, ty, &mut letters);
        for (at, bound) in letters.iter_mut().enumerate() {
            if bound.is_none() {
                *bound = Some(self.any(letter(at as u32)));
            }
        }
        let mut names: Vec<(char, &'static str)> = Vec::new();
        let mut parts = Vec::new();
        for piece in &form.pieces {
            match piece {
                Piece::Text(text) => parts.push(Part::Text(text.clone())),
                Piece::Name(name) => {
                    let name = self.name(&mut names, *name);
                    parts.push(Part::Text(name.to_owned()));
                }
                Piece::Operand { level, ty, binds } => {
                    let known = self.scope.len();
                    for (name, ty) in binds {
                        let name = self.name(&mut names, *name);
                        self.scope.push((name, filled(ty, &letters)));
                    }
                    let expr = self.expr(&filled(ty, &letters), depth - 1);
                    self.scope.truncate(known);
                    let binds = binds.iter().map(|(name, _)| self.name(&mut names, *name)).collect();
                    parts.push(Part::Operand { level: *level, expr, binds });
                }
            }
        }
        Expr { ty: ty.clone(), level: form.level, parts }
    }

    /// The name that stands for a letter of the form.
    fn name(&mut self, names: &mut Vec<(char, &'static str)>, of: char) -> &'static str {
        if let Some((_, name)) = names.iter().find(|(letter, _)| *letter == of) {
            return name;
        }
        let name = self.random.pick(NAMES);
        names.push((of, name));
        name
    }

    fn any(&mut self, letter: Letter) -> Type {
        match letter {
            Letter::Key => key(self.random),
            Letter::Number => self.random.pick(&[Type::Int, Type::Uint, Type::Double]),
            Letter::Ordered => self.random.pick(ORDERED),
            Letter::Any => match self.random.below(10) {
                0 => Type::list(plain(self.random)),
                1 => Type::map(key(self.random), plain(self.random)),
                _ => plain(self.random),
            },
        }
    }

    fn leaf(&mut self, ty: &Type) -> Expr {
        if self.random.once_in(2)
            && let Some(name) = self.variable(ty)
        {
            return Expr::leaf(ty.clone(), TIGHTEST, name.to_owned());
        }
        if let Some((text, minus)) = values::literal(self.random, ty) {
            return Expr::leaf(ty.clone(), if minus { UNARY } else { TIGHTEST }, text);
        }
        let text = self.composed(ty);
        Expr::leaf(ty.clone(), TIGHTEST, text)
    }

    /// A variable of the type, the scope's first.
    fn variable(&mut self, wanted: &Type) -> Option<&'static str> {
        let hidden = |scope: &[(&str, Type)], name: &str| scope.iter().any(|(other, _)| *other == name);
        let mut found: Vec<&'static str> = Vec::new();
        for (at, (name, of)) in self.scope.iter().enumerate() {
            if of == wanted && !hidden(&self.scope[at + 1..], name) {
                found.extend([name, name, name]);
            }
        }
        for (name, of) in VARIABLES {
            if ty(of) == *wanted && !hidden(&self.scope, name) {
                // What has no value ends most expressions.
                if !UNBOUND.contains(name) || self.random.once_in(6) {
                    found.push(name);
                }
            }
        }
        (!found.is_empty()).then(|| self.random.pick(&found))
    }

    /// A leaf of a type that has no literals.
    fn composed(&mut self, ty: &Type) -> String {
        let count = self.random.pick(&[0, 1, 2, 3]);
        match ty {
            Type::List(of) => {
                let items: Vec<String> = (0..count).map(|_| self.leaf(of).text()).collect();
                format!("[{}]", items.join(", "))
            }
            Type::Map(key, of) => {
                let mut entry = || format!("{}: {}", self.leaf(key).text(), self.leaf(of).text());
                let entries: Vec<String> = (0..count).map(|_| entry()).collect();
                format!("{{{}}}", entries.join(", "))
            }
            Type::TypeOf(of) => format!("type({})", self.leaf(of).text()),
            Type::Abstract(_, of) if self.random.once_in(3) => {
                format!("(false ? optional.of({}) : optional.none())", self.leaf(&of[0]).text())
            }
            Type::Abstract(_, of) => format!("optional.of({})", self.leaf(&of[0]).text()),
            _ => {
                let of = plain(self.random);
                match of {
                    Type::Dyn => "dyn([])".to_owned(),
                    _ => format!("dyn({})", self.leaf(&of).text()),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_is_one_case() {
        for seed in 0..100 {
            assert_eq!(case(seed).expr.text(), case(seed).expr.text());
        }
    }

    #[test]
    fn every_form_is_used() {
        let all: Vec<String> = (0..60_000).map(|seed| case(seed).expr.text()).collect();
        for form in FORMS.iter() {
            let longest = form.pieces.iter().filter_map(|piece| match piece {
                Piece::Text(text) => Some(text.as_str()),
                _ => None,
            });
            let longest = longest.max_by_key(|text| text.len()).unwrap_or_default();
            assert!(all.iter().any(|text| text.contains(longest)), "no expression has `{longest}`");
        }
    }
}

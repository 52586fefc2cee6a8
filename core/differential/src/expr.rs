//! Expressions as trees: how they are written, and what is smaller than one. It knows no engine.

use fishplate_cel::Type;

/// How tightly an expression holds together, from `?:` to what needs no parentheses anywhere.
pub(crate) const TIGHTEST: u8 = 7;
/// How tightly `-x` and `!x` hold.
pub(crate) const UNARY: u8 = 6;

/// An expression.
#[derive(Clone, Debug)]
pub(crate) struct Expr {
    pub(crate) ty: Type,
    pub(crate) level: u8,
    pub(crate) parts: Vec<Part>,
}

/// A piece of an expression.
#[derive(Clone, Debug)]
pub(crate) enum Part {
    Text(String),
    /// An operand, in parentheses where it holds less tightly than `level`; within it, `binds` are variables.
    Operand {
        level: u8,
        expr: Expr,
        binds: Vec<&'static str>,
    },
}

impl Expr {
    /// An expression without operands.
    pub(crate) fn leaf(ty: Type, level: u8, text: String) -> Self {
        Self { ty, level, parts: vec![Part::Text(text)] }
    }

    /// As CEL's text.
    pub(crate) fn text(&self) -> String {
        let mut out = String::new();
        self.write(&mut out);
        out
    }

    fn write(&self, out: &mut String) {
        for part in &self.parts {
            match part {
                Part::Text(text) => out.push_str(text),
                Part::Operand { level, expr, .. } if expr.level < *level => {
                    out.push('(');
                    expr.write(out);
                    out.push(')');
                }
                Part::Operand { expr, .. } => expr.write(out),
            }
        }
    }

    fn operands(&self) -> impl Iterator<Item = &Expr> {
        self.parts.iter().filter_map(|part| match part {
            Part::Operand { expr, .. } => Some(expr),
            Part::Text(_) => None,
        })
    }

    /// Everything below it, nearest first.
    fn below(&self) -> Vec<&Expr> {
        let mut found: Vec<&Expr> = self.operands().collect();
        let mut at = 0;
        while at < found.len() {
            found.extend(found[at].operands());
            at += 1;
        }
        found
    }

    /// Expressions that are smaller, the smallest first: what stands within it, and itself with less in it.
    pub(crate) fn smaller(&self) -> Vec<Expr> {
        let mut out: Vec<Expr> = self.below().into_iter().rev().cloned().collect();
        out.extend(self.unbound());
        out.extend(self.with_less());
        out
    }

    /// How large it is: names that it binds count most, since it takes several expressions to do without one.
    pub(crate) fn size(&self) -> (usize, usize) {
        let bound = |expr: &Expr| expr.parts.iter().filter(|part| part.binds_something()).count();
        (bound(self) + self.below().into_iter().map(bound).sum::<usize>(), self.text().len())
    }

    /// What stands in a comprehension, with each of the first entries in the place of the name; not all of it need be
    /// well typed.
    fn unbound(&self) -> Vec<Expr> {
        let Some(range) = self.operands().next() else { return Vec::new() };
        let mut out = Vec::new();
        for part in &self.parts {
            let Part::Operand { expr, binds, .. } = part else { continue };
            for name in binds {
                for after in ["", "[0]", "[1]", "[2]", ".value()"] {
                    let parts = vec![
                        Part::Operand { level: TIGHTEST, expr: range.clone(), binds: Vec::new() },
                        Part::Text(after.to_owned()),
                    ];
                    let level = if after.is_empty() { range.level } else { TIGHTEST };
                    out.push(expr.with(name, &Expr { ty: Type::Dyn, level, parts }));
                }
            }
        }
        out
    }

    /// Itself with `instead` in the place of a name.
    fn with(&self, name: &str, instead: &Expr) -> Expr {
        if let [Part::Text(text)] = &self.parts[..]
            && text == name
        {
            return Expr { ty: self.ty.clone(), ..instead.clone() };
        }
        let mut out = self.clone();
        for part in &mut out.parts {
            if let Part::Operand { expr, binds, .. } = part
                && !binds.contains(&name)
            {
                *expr = expr.with(name, instead);
            }
        }
        out
    }

    /// Itself with one operand, somewhere, replaced by something smaller of its type.
    fn with_less(&self) -> Vec<Expr> {
        let mut out = Vec::new();
        for (at, part) in self.parts.iter().enumerate() {
            let Part::Operand { level, expr, binds } = part else { continue };
            let mut instead: Vec<Expr> =
                expr.below().into_iter().filter(|below| below.ty == expr.ty).cloned().collect();
            if let Some(simple) = simple(&expr.ty)
                && simple != expr.text()
            {
                let unary = simple.starts_with('-');
                instead.insert(0, Expr::leaf(expr.ty.clone(), if unary { UNARY } else { TIGHTEST }, simple));
            }
            instead.extend(expr.unbound());
            instead.extend(expr.with_less());
            for expr in instead {
                let mut smaller = self.clone();
                smaller.parts[at] = Part::Operand { level: *level, expr, binds: binds.clone() };
                out.push(smaller);
            }
        }
        out
    }
}

impl Part {
    fn binds_something(&self) -> bool {
        matches!(self, Part::Operand { binds, .. } if !binds.is_empty())
    }
}

/// The plainest expression of a type.
fn simple(ty: &Type) -> Option<String> {
    Some(
        match ty {
            Type::Null => "null",
            Type::Bool => "true",
            Type::Int => "1",
            Type::Uint => "1u",
            Type::Double => "1.0",
            Type::String => "''",
            Type::Bytes => "b''",
            Type::Timestamp => "timestamp(0)",
            Type::Duration => "duration('1s')",
            Type::List(_) => "[]",
            Type::Map(..) => "{}",
            Type::Dyn => "dyn(1)",
            _ => return None,
        }
        .to_owned(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one() -> Expr {
        Expr::leaf(Type::Int, TIGHTEST, "i".to_owned())
    }

    fn sum(left: Expr, right: Expr) -> Expr {
        let parts = vec![
            Part::Operand { level: 4, expr: left, binds: Vec::new() },
            Part::Text(" + ".to_owned()),
            Part::Operand { level: 5, expr: right, binds: Vec::new() },
        ];
        Expr { ty: Type::Int, level: 4, parts }
    }

    #[test]
    fn parentheses_stand_only_where_they_are_needed() {
        assert_eq!(sum(sum(one(), one()), one()).text(), "i + i + i");
        assert_eq!(sum(one(), sum(one(), one())).text(), "i + (i + i)");
    }

    #[test]
    fn what_is_smaller_begins_with_the_smallest() {
        let smaller: Vec<String> = sum(one(), sum(one(), one())).smaller().iter().map(Expr::text).collect();
        assert_eq!(smaller[0], "i");
        assert!(smaller.contains(&"i + i".to_owned()), "{smaller:?}");
        assert!(smaller.contains(&"i + (1 + i)".to_owned()), "{smaller:?}");
        assert!(smaller.iter().all(|text| text.len() <= "i + (i + i)".len()));
    }
}

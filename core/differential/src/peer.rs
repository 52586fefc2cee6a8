//! The engines that are compared with ours, and where one differs.

use std::path::Path;

use fishplate_cel::Value;

use crate::{
    compare::{self, Kind},
    engines::{Answer, Outcome, google::Google, here, in_rust},
    expr::Expr,
    generate::{Case, names},
    values,
};

/// Another engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Peer {
    /// Google's, in C++.
    Google,
    /// The `cel` crate.
    Crate,
}

impl Peer {
    /// Its name in a sentence.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Google => "Google's engine",
            Self::Crate => "the cel crate",
        }
    }
}

/// What is said of one expression, where it is not the same.
#[derive(Clone, Debug)]
pub(crate) struct Difference {
    pub(crate) peer: Peer,
    pub(crate) kind: Kind,
    pub(crate) source: String,
    pub(crate) bindings: Vec<(&'static str, Value)>,
    pub(crate) ours: Answer,
    pub(crate) theirs: Answer,
}

/// All engines.
pub(crate) struct Engines {
    pub(crate) google: Option<Google>,
}

impl Engines {
    /// Google's is asked where a Python that has it is named.
    pub(crate) fn start(python: Option<&Path>) -> Result<Self, String> {
        Ok(Self { google: python.map(Google::start).transpose()? })
    }

    /// What a peer says; nothing where it is not there.
    fn theirs(
        &mut self,
        peer: Peer,
        source: &str,
        bindings: &[(&'static str, Value)],
    ) -> Result<Option<Answer>, String> {
        Ok(match (peer, &mut self.google) {
            (Peer::Crate, _) => Some(in_rust::answer(source, bindings)),
            (Peer::Google, Some(google)) => Some(google.one(source, bindings)?),
            (Peer::Google, None) => None,
        })
    }

    /// Whether the peer says something else of this.
    pub(crate) fn difference(
        &mut self,
        peer: Peer,
        source: String,
        bindings: &[(&'static str, Value)],
    ) -> Result<Option<Difference>, String> {
        let ours = here::answer(&source, bindings);
        let theirs = self.theirs(peer, &source, bindings)?;
        let Some(theirs) = theirs else { return Ok(None) };
        let kind = compare::difference(&ours, &theirs, peer);
        Ok(kind.map(|kind| Difference { peer, kind, source, bindings: bindings.to_vec(), ours, theirs }))
    }

    /// A smallest case in which the peer still differs.
    pub(crate) fn smallest(&mut self, peer: Peer, case: &Case) -> Result<Option<Difference>, String> {
        let mut expr = case.expr.clone();
        let mut bindings = case.bindings.clone();
        let Some(mut smallest) = self.difference(peer, expr.text(), &bindings)? else { return Ok(None) };
        while let Some((less, found)) = self.smaller(&smallest, &expr, &bindings)? {
            (expr, smallest) = (less, found);
        }
        let mut at = 0;
        while at < bindings.len() {
            let mut instead = Vec::new();
            if !names(&smallest.source, bindings[at].0) {
                let mut fewer = bindings.clone();
                fewer.remove(at);
                instead.push(fewer);
            }
            for value in values::plainer(&bindings[at].1) {
                let mut plainer = bindings.clone();
                plainer[at].1 = value;
                instead.push(plainer);
            }
            let mut found = None;
            for less in instead {
                if let Some(difference) = self.difference(peer, expr.text(), &less)?
                    && difference.kind == smallest.kind
                    && is_like(&difference.theirs.outcome, &smallest.theirs.outcome)
                {
                    found = Some((less, difference));
                    break;
                }
            }
            match found {
                Some((less, difference)) => (bindings, smallest) = (less, difference),
                None => at += 1,
            }
        }
        Ok(Some(smallest))
    }

    /// The first expression below this one, or less than it, of which the peer still says something else.
    fn smaller(
        &mut self,
        than: &Difference,
        expr: &Expr,
        bindings: &[(&'static str, Value)],
    ) -> Result<Option<(Expr, Difference)>, String> {
        let size = expr.size();
        let refused = matches!(than.ours.outcome, Outcome::Refused(_));
        for less in expr.smaller() {
            let text = less.text();
            if less.size() < size
                && let Some(found) = self.difference(than.peer, text, bindings)?
                && found.kind == than.kind
                && is_like(&found.theirs.outcome, &than.theirs.outcome)
                && (refused || !matches!(found.ours.outcome, Outcome::Refused(_)))
            {
                return Ok(Some((less, found)));
            }
        }
        Ok(None)
    }
}

/// Whether what is shrunk has not become another difference: that a peer refuses a part says nothing of one that ran.
fn is_like(less: &Outcome, than: &Outcome) -> bool {
    !matches!(less, Outcome::Refused(_)) || matches!(than, Outcome::Refused(_))
}

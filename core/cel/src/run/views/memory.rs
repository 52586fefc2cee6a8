//! The memory of a run, which is used again by the next one.

use super::{loops::Turn, view::View};
use crate::value::Value;

/// What a run needs. Kept between runs it spares their allocation.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    pub(super) stack: Vec<View>,
    /// The variables of comprehensions and bindings.
    pub(super) locals: Vec<View>,
    /// The comprehensions that are under way, the innermost last.
    pub(super) turns: Vec<Turn>,
    /// What comprehensions have gathered so far, one behind the other.
    pub(super) gathered: Vec<Value>,
    /// Values that the run made.
    pub(super) made: Vec<Value>,
    /// Numbers that a function has no result for: the run may end in the error of any.
    pub(super) operands: Vec<(View, View)>,
    /// Texts that the run put together, one behind the other.
    pub(super) text: String,
    /// The arguments of the call at hand.
    pub(super) args: Vec<Value>,
}

impl Memory {
    /// More than this is not kept for the next run.
    const KEPT: usize = 1 << 12;

    /// Before a run with so many locals.
    #[inline]
    pub(super) fn clear(&mut self, locals: u32) {
        self.stack.clear();
        if locals > 0 {
            self.turns.clear();
            self.gathered.clear();
            self.gathered.shrink_to(Self::KEPT);
            self.locals.clear();
            self.locals.resize(locals as usize, View::bool(false));
        }
        if !self.made.is_empty() {
            self.made.clear();
            self.made.shrink_to(Self::KEPT);
        }
        if !self.operands.is_empty() {
            self.operands.clear();
            self.operands.shrink_to(Self::KEPT);
        }
        if !self.text.is_empty() {
            self.text.clear();
            self.text.shrink_to(Self::KEPT);
        }
    }
}

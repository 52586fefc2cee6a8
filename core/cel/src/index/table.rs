//! Rows of bits by cell: a cell is a stretch of a field's values that no constant tells apart, a row the rules that it
//! leaves. A row a cell would take memory by the square of the rules; so rows are kept whole at intervals only, and
//! the rules whose bits change between them as a list.

use super::bits::Bits;

/// The rows of one field in one layer.
#[derive(Debug)]
pub(super) enum Rows {
    /// Cells in a line: each differs from the one before it.
    Line(Line),
    /// Cells beside each other: each differs from the first, which is that of all values that have no cell of their own.
    Star(Star),
}

impl Rows {
    /// Puts the row of `cell` into `row`.
    pub(super) fn copy(&self, cell: u32, row: &mut Bits) {
        match self {
            Self::Line(line) => line.copy(cell, row),
            Self::Star(star) => star.copy(cell, row),
        }
    }

    /// Leaves of `alive` what is in the row of `cell`.
    pub(super) fn keep(&self, cell: u32, alive: &mut Bits, row: &mut Bits) {
        self.copy(cell, row);
        alive.and(row.words());
    }

    pub(super) fn bytes(&self) -> usize {
        match self {
            Self::Line(line) => {
                size_of_val(&line.whole[..]) + size_of_val(&line.flips[..]) + size_of_val(&line.ends[..])
            }
            Self::Star(star) => {
                star.first.bytes()
                    + size_of_val(&star.whole[..])
                    + size_of_val(&star.flips[..])
                    + size_of_val(&star.cells[..])
            }
        }
    }
}

#[derive(Debug)]
pub(super) struct Line {
    words: usize,
    /// So many flips lie between two whole rows.
    every: usize,
    /// Row 0, then the rows after `every`, `2 * every`, … flips.
    whole: Vec<u64>,
    /// The rules whose bits change, in the order of the cells.
    flips: Vec<u32>,
    /// By cell: the flips up to it.
    ends: Vec<u32>,
}

impl Line {
    /// From the row of cell 0 and the changes on the way, as (cell, rule), in any order.
    pub(super) fn new(first: Bits, cells: usize, mut changes: Vec<(u32, u32)>) -> Self {
        changes.sort_unstable();
        let words = first.words().len();
        // Whole rows take at most four times what the list does.
        let every = 16.max(words / 2);
        let mut line = Self { words, every, whole: first.words().to_vec(), flips: Vec::new(), ends: Vec::new() };
        line.flips.reserve_exact(changes.len());
        line.ends.reserve_exact(cells);
        let mut row = first;
        let mut changes = changes.into_iter().peekable();
        for cell in 0..cells as u32 {
            while let Some((_, rule)) = changes.next_if(|(at, _)| *at == cell) {
                row.flip(rule);
                line.flips.push(rule);
                if line.flips.len().is_multiple_of(every) {
                    line.whole.extend_from_slice(row.words());
                }
            }
            line.ends.push(line.flips.len() as u32);
        }
        line
    }

    fn copy(&self, cell: u32, row: &mut Bits) {
        let end = self.ends[cell as usize] as usize;
        // The nearest whole row, before or after: a bit that changes twice is as it was.
        let nearest = ((end + self.every / 2) / self.every).min(self.flips.len() / self.every);
        let from = nearest * self.every;
        row.copy_words(&self.whole[nearest * self.words..][..self.words]);
        self.flips[from.min(end)..from.max(end)].iter().for_each(|rule| row.flip(*rule));
    }
}

#[derive(Debug)]
pub(super) struct Star {
    first: Bits,
    whole: Vec<u64>,
    flips: Vec<u32>,
    /// From cell 1 on.
    cells: Vec<Cell>,
}

#[derive(Clone, Copy, Debug)]
enum Cell {
    /// The flips from here to there.
    Flips(u32, u32),
    /// A whole row, beginning at this word.
    Whole(u32),
}

impl Star {
    /// From the row of cell 0 and what differs from it, as (cell, rule), in any order.
    pub(super) fn new(first: Bits, cells: usize, mut changes: Vec<(u32, u32)>) -> Self {
        changes.sort_unstable();
        let many = first.words().len().max(8);
        let mut star = Self { first, whole: Vec::new(), flips: Vec::new(), cells: Vec::with_capacity(cells) };
        let mut rest = &changes[..];
        for cell in 1..cells as u32 {
            let (own, behind) = rest.split_at(rest.partition_point(|(at, _)| *at <= cell));
            rest = behind;
            star.cells.push(if own.len() <= many {
                let start = star.flips.len() as u32;
                star.flips.extend(own.iter().map(|(_, rule)| rule));
                Cell::Flips(start, star.flips.len() as u32)
            } else {
                let mut row = star.first.clone();
                own.iter().for_each(|(_, rule)| row.flip(*rule));
                star.whole.extend_from_slice(row.words());
                Cell::Whole((star.whole.len() - row.words().len()) as u32)
            });
        }
        star
    }

    fn copy(&self, cell: u32, row: &mut Bits) {
        let own = cell.checked_sub(1).map_or(Cell::Flips(0, 0), |at| self.cells[at as usize]);
        match own {
            Cell::Flips(from, to) => {
                row.copy(&self.first);
                self.flips[from as usize..to as usize].iter().for_each(|rule| row.flip(*rule));
            }
            Cell::Whole(at) => row.copy_words(&self.whole[at as usize..][..self.first.words().len()]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every row by flipping from the first one.
    #[test]
    fn every_cell_has_the_row_that_its_changes_give() {
        let rules = 300;
        let changes: Vec<(u32, u32)> = (0..2_000u32).map(|at| (1 + at * 7919 % 400, at * 104_729 % rules)).collect();
        let row_of = |wanted: &dyn Fn(u32) -> bool| {
            let mut row = Bits::none(rules as usize);
            row.set(5);
            changes.iter().filter(|(cell, _)| wanted(*cell)).for_each(|(_, rule)| row.flip(*rule));
            row
        };
        let mut first = Bits::none(rules as usize);
        first.set(5);
        let (line, star) = (Line::new(first.clone(), 402, changes.clone()), Star::new(first, 402, changes.clone()));
        let mut row = Bits::default();
        for cell in 0..402 {
            line.copy(cell, &mut row);
            assert_eq!(row, row_of(&|at| at <= cell), "line, cell {cell}");
            star.copy(cell, &mut row);
            assert_eq!(row, row_of(&|at| at == cell && cell > 0), "star, cell {cell}");
        }
    }
}

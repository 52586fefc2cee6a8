//! A set of rules as a row of bits. It knows numbers alone.

/// Bits, 64 to a word; rows of one index have one length.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Bits {
    words: Vec<u64>,
}

/// The words that so many bits take.
pub(super) fn words(bits: usize) -> usize {
    bits.div_ceil(64)
}

impl Bits {
    pub(super) fn none(bits: usize) -> Self {
        Self { words: vec![0; words(bits)] }
    }

    #[inline]
    pub(super) fn words(&self) -> &[u64] {
        &self.words
    }

    pub(super) fn has(&self, at: usize) -> bool {
        self.words[at / 64] & 1 << (at % 64) != 0
    }

    pub(super) fn set(&mut self, at: usize) {
        self.words[at / 64] |= 1 << (at % 64);
    }

    pub(super) fn flip(&mut self, at: u32) {
        self.words[at as usize / 64] ^= 1 << (at % 64);
    }

    /// The first `bits` bits and no others.
    pub(super) fn fill(&mut self, bits: usize) {
        self.words.clear();
        self.words.resize(words(bits), u64::MAX);
        if !bits.is_multiple_of(64)
            && let Some(last) = self.words.last_mut()
        {
            *last = (1 << (bits % 64)) - 1;
        }
    }

    pub(super) fn copy(&mut self, from: &Self) {
        self.copy_words(&from.words);
    }

    pub(super) fn copy_words(&mut self, from: &[u64]) {
        self.words.clear();
        self.words.extend_from_slice(from);
    }

    pub(super) fn and(&mut self, with: &[u64]) {
        self.words.iter_mut().zip(with).for_each(|(word, with)| *word &= with);
    }

    pub(super) fn or(&mut self, with: &Self) {
        self.or_words(&with.words);
    }

    /// No bits at all, until it is joined with some.
    pub(super) fn clear(&mut self) {
        self.words.clear();
    }

    /// The bits of both; those of the other where there are none here.
    pub(super) fn join(&mut self, with: &Self) {
        if self.words.is_empty() {
            self.copy(with);
        } else {
            self.or(with);
        }
    }

    pub(super) fn or_words(&mut self, with: &[u64]) {
        self.words.iter_mut().zip(with).for_each(|(word, with)| *word |= with);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.words.iter().all(|word| *word == 0)
    }

    pub(super) fn bytes(&self) -> usize {
        size_of::<Self>() + size_of_val(&self.words[..])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn members(bits: &Bits) -> Vec<usize> {
        (0..64 * bits.words().len()).filter(|at| bits.has(*at)).collect()
    }

    #[test]
    fn the_ones_of_a_row_are_its_members() {
        for count in [0, 1, 63, 64, 65, 130] {
            let mut bits = Bits::default();
            bits.fill(count);
            assert_eq!(members(&bits), (0..count).collect::<Vec<_>>());
        }
        let mut bits = Bits::none(200);
        [3, 64, 199].into_iter().for_each(|at| bits.set(at));
        bits.flip(64);
        assert_eq!(members(&bits), [3, 199]);
    }
}

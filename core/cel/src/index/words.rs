//! A dictionary of texts: text → its number. Open addressing over a hash of eight bytes at a time: what is looked up
//! comes from events, what is held from rules, so nobody who sends events chooses what collides.

use std::sync::Arc;

/// Texts and their numbers, from 0 in the order in which they came.
#[derive(Clone, Debug, Default)]
pub(super) struct Words {
    texts: Vec<Arc<str>>,
    /// 0 is free, else the number of a text plus 1. Its length is a power of two, and more than twice the texts.
    places: Vec<u32>,
}

impl Words {
    pub(super) fn len(&self) -> usize {
        self.texts.len()
    }

    /// The number of `text`, given on first sight.
    pub(super) fn intern(&mut self, text: &Arc<str>) -> u32 {
        if let Some(number) = self.find(text) {
            return number;
        }
        self.texts.push(text.clone());
        if self.places.len() <= 2 * self.texts.len() {
            self.places = vec![0; 4 * self.texts.len().next_power_of_two()];
            for number in 0..self.texts.len() as u32 {
                self.place(number);
            }
        } else {
            self.place(self.texts.len() as u32 - 1);
        }
        self.texts.len() as u32 - 1
    }

    /// The number of `text`, if it has one.
    pub(super) fn find(&self, text: &str) -> Option<u32> {
        let mask = self.places.len().checked_sub(1)?;
        let mut at = hash(text.as_bytes()) as usize & mask;
        loop {
            let number = self.places[at].checked_sub(1)?;
            if *self.texts[number as usize] == *text {
                return Some(number);
            }
            at = (at + 1) & mask;
        }
    }

    fn place(&mut self, number: u32) {
        let mask = self.places.len() - 1;
        let mut at = hash(self.texts[number as usize].as_bytes()) as usize & mask;
        while self.places[at] != 0 {
            at = (at + 1) & mask;
        }
        self.places[at] = number + 1;
    }

    pub(super) fn bytes(&self) -> usize {
        size_of_val(&self.texts[..]) + size_of_val(&self.places[..])
    }
}

/// Multiply and fold, as wyhash mixes: no secret, since none is needed.
fn hash(text: &[u8]) -> u64 {
    const ODD: u64 = 0x9e37_79b9_7f4a_7c15;
    let mix = |sum: u64, word: u64| {
        let product = u128::from(sum ^ word) * u128::from(ODD);
        product as u64 ^ (product >> 64) as u64
    };
    let (whole, rest) = text.as_chunks::<8>();
    let sum = whole.iter().fold(ODD ^ text.len() as u64, |sum, word| mix(sum, u64::from_le_bytes(*word)));
    let mut last = [0; 8];
    last[..rest.len()].copy_from_slice(rest);
    mix(sum, u64::from_le_bytes(last))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_text_keeps_the_number_of_its_first_sight() {
        let mut words = Words::default();
        assert_eq!(words.find("a"), None);
        for round in 0..2 {
            for number in 0..1_000u32 {
                assert_eq!(words.intern(&format!("text number {number}").into()), number, "round {round}");
            }
        }
        assert_eq!(words.len(), 1_000);
        assert_eq!(words.find("text number 999"), Some(999));
        assert_eq!(words.find("text number 1000"), None);
    }
}

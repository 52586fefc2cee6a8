//! Equality of texts that are mostly short: a country, a channel, the end of an address. A call that compares memory of any
//! length costs more than they do.

/// Whether the two are the same bytes.
#[inline]
pub(crate) fn same(a: &[u8], b: &[u8]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    // The first and the last half overlap where the length is no power of two.
    match a.len() {
        0 => true,
        1 => a[0] == b[0],
        2..=3 => halves::<2>(a, b),
        4..=7 => halves::<4>(a, b),
        8..=16 => halves::<8>(a, b),
        _ => a == b,
    }
}

/// Up to eight bytes as one number: of two texts of one length, equal numbers are equal texts. `None` for longer ones.
#[inline]
pub(crate) fn word(text: &[u8]) -> Option<u64> {
    let both = |first: u64, last: u64, bits: u32| Some(first | last << bits);
    match (text.first_chunk::<4>(), text.last_chunk::<4>()) {
        (Some(first), Some(last)) if text.len() <= 8 => {
            both(u32::from_le_bytes(*first).into(), u32::from_le_bytes(*last).into(), 32)
        }
        (Some(_), _) => None,
        _ => match (text.first_chunk::<2>(), text.last_chunk::<2>()) {
            (Some(first), Some(last)) => both(u16::from_le_bytes(*first).into(), u16::from_le_bytes(*last).into(), 16),
            _ => Some(text.first().copied().unwrap_or_default().into()),
        },
    }
}

#[inline]
fn halves<const N: usize>(a: &[u8], b: &[u8]) -> bool {
    (a.first_chunk::<N>() == b.first_chunk::<N>()) & (a.last_chunk::<N>() == b.last_chunk::<N>())
}

/// Whether `text` ends in `end`.
#[inline]
pub(crate) fn ends_with(text: &[u8], end: &[u8]) -> bool {
    text.len().checked_sub(end.len()).is_some_and(|from| same(&text[from..], end))
}

/// Whether `text` begins with `start`.
#[inline]
pub(crate) fn starts_with(text: &[u8], start: &[u8]) -> bool {
    text.get(..start.len()).is_some_and(|head| same(head, start))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_every_length_compare_byte_by_byte() {
        let letters: Vec<u8> = (b'a'..=b'z').collect();
        for length in 0..letters.len() {
            let text = &letters[..length];
            assert!(same(text, text), "{length}");
            assert_eq!(word(text).is_some(), length <= 8);
            assert!(!same(text, &letters[..=length]), "{length}");
            for at in 0..length {
                let mut other = text.to_vec();
                other[at] = b'-';
                assert!(!same(text, &other), "{length}, {at}");
                assert!(length > 8 || word(text) != word(&other), "{length}, {at}");
                assert_eq!(ends_with(text, &other[at + 1..]), text.ends_with(&other[at + 1..]));
                assert!(!ends_with(text, &other[at..]));
                assert!(!starts_with(text, &other[..=at]));
                assert!(starts_with(text, &other[..at]));
            }
            assert!(!starts_with(text, &letters) && !ends_with(text, &letters));
        }
    }
}

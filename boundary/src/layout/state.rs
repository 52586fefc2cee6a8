//! The records of an engine's state: what a swap kept, and how much is remembered.

use fishplate::engine::Swapped;
use fishplate::ruleset::Mode;
use fishplate::state::StateSize;

use super::records::sized;
use super::sink::Sink;
use crate::objects::EngineState;

/// `FPW1`
pub const SWAPPED_MAGIC: u32 = 0x3157_5046;
/// `FPT1`
pub const STATE_MAGIC: u32 = 0x3154_5046;

/// The modes of a rule, by number.
#[allow(missing_docs)] // docs/layout.md draws them
pub mod mode {
    pub const LIVE: u32 = 0;
    pub const SHADOW: u32 = 1;
    pub const OFF: u32 = 2;
    /// Only on the way in: as the document says.
    pub const DOCUMENT: u32 = 3;
}

/// The number of a mode.
pub fn mode_number(mode: Mode) -> u32 {
    match mode {
        Mode::Live => mode::LIVE,
        Mode::Shadow => mode::SHADOW,
        Mode::Off => mode::OFF,
    }
}

/// What a caller means by the number of a mode: `Some(None)` is "as the document says", `None` nothing at all.
pub fn mode_of(number: u32) -> Option<Option<Mode>> {
    Some(match number {
        mode::LIVE => Some(Mode::Live),
        mode::SHADOW => Some(Mode::Shadow),
        mode::OFF => Some(Mode::Off),
        mode::DOCUMENT => None,
        _ => return None,
    })
}

/// Writes the record `swapped`.
pub fn write_swapped(swapped: &Swapped, out: &mut Sink<'_>) {
    let Swapped { kept, warming, dropped } = swapped;
    sized(SWAPPED_MAGIC, out, |out| {
        for names in [kept, warming, dropped] {
            out.counted(names.iter(), |out, name| out.text(name));
        }
    });
}

/// Writes the record `state`.
pub fn write_state(state: &EngineState, out: &mut Sink<'_>) {
    let StateSize { bytes, keys, partitions, refused_keys, evicted_keys, expired_keys } = state.size;
    sized(STATE_MAGIC, out, |out| {
        [bytes, keys, partitions, refused_keys, evicted_keys, expired_keys].iter().for_each(|count| out.u64(*count));
        out.counted(state.warming.iter(), |out, name| out.text(name));
        out.counted(state.modes.iter(), |out, (rule, mode)| {
            out.text(rule);
            out.u32(mode_number(*mode));
        });
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layout::reader::Reader;

    fn written(write: impl FnOnce(&mut Sink<'_>)) -> Vec<u8> {
        let mut memory = vec![0; 1024];
        let mut sink = Sink::over(&mut memory);
        write(&mut sink);
        let size = sink.size();
        memory.truncate(size);
        memory
    }

    fn texts(reader: &mut Reader<'_>) -> Vec<String> {
        let count = reader.count(4).expect("a count");
        (0..count).map(|_| reader.text().expect("a text").to_owned()).collect()
    }

    #[test]
    fn a_swap_is_what_was_kept_then_what_warms_then_what_is_gone() {
        let swapped = Swapped { kept: vec!["a".into(), "b".into()], warming: vec![], dropped: vec!["c".into()] };
        let bytes = written(|out| write_swapped(&swapped, out));
        let mut reader = Reader::at(&bytes, 0);
        assert_eq!(reader.raw(4), Ok(b"FPW1".as_slice()));
        assert_eq!(reader.u32(), Ok(bytes.len() as u32));
        assert_eq!(texts(&mut reader), ["a", "b"]);
        assert_eq!(texts(&mut reader), Vec::<String>::new());
        assert_eq!(texts(&mut reader), ["c"]);
        assert!(reader.is_at_end());
    }

    #[test]
    fn a_state_has_every_number_in_its_place() {
        let size =
            StateSize { bytes: 9, keys: 8, partitions: 7, refused_keys: 6, evicted_keys: 5, expired_keys: 1 << 40 };
        let modes = vec![("one".into(), Mode::Off), ("two".into(), Mode::Shadow), ("three".into(), Mode::Live)];
        let state = EngineState { size, warming: vec!["slow".into()], modes };
        let bytes = written(|out| write_state(&state, out));
        let mut reader = Reader::at(&bytes, 0);
        assert_eq!(reader.raw(4), Ok(b"FPT1".as_slice()));
        assert_eq!(reader.u32(), Ok(bytes.len() as u32));
        for number in [9, 8, 7, 6, 5, 1 << 40] {
            assert_eq!(reader.u64(), Ok(number));
        }
        assert_eq!(texts(&mut reader), ["slow"]);
        assert_eq!(reader.u32(), Ok(3));
        for (rule, mode) in [("one", 2), ("two", 1), ("three", 0)] {
            assert_eq!((reader.text(), reader.u32()), (Ok(rule), Ok(mode)));
        }
        assert!(reader.is_at_end());
    }

    #[test]
    fn a_mode_is_a_number_both_ways() {
        for mode in [Mode::Live, Mode::Shadow, Mode::Off] {
            assert_eq!(mode_of(mode_number(mode)), Some(Some(mode)));
        }
        assert_eq!((mode_of(3), mode_of(4)), (Some(None), None));
    }
}

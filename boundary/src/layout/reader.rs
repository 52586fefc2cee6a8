//! A reader that never leaves its bytes: every piece is checked against what is left before it is followed.

use super::DEPTH_MAX;

/// The bytes are not what the layout says; `at` is where that was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed {
    /// Bytes from the start.
    pub at: usize,
}

/// Reads little-endian pieces one after the other.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

/// What a `value` is, with its payload still in the bytes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Raw<'a> {
    /// 0
    Null,
    /// 1
    Bool(bool),
    /// 2
    Int(i64),
    /// 3
    Uint(u64),
    /// 4
    Double(f64),
    /// 5, not checked to be UTF-8
    String(&'a [u8]),
    /// 6
    Bytes(&'a [u8]),
    /// 7: seconds and nanoseconds
    Timestamp(i64, i32),
    /// 8: seconds and nanoseconds
    Duration(i64, i32),
    /// 9: the count; the values follow
    List(u32),
    /// 10: the count; keys and values follow
    Map(u32),
    /// 255: something of the host that no field can take, in the host's words, not checked to be UTF-8
    Other(&'a [u8]),
}

impl<'a> Reader<'a> {
    /// A reader at `at` of `bytes`.
    pub fn at(bytes: &'a [u8], at: usize) -> Self {
        Self { bytes, at }
    }

    /// Where it stands, in bytes from the start.
    pub fn position(&self) -> usize {
        self.at
    }

    /// All bytes, read or not.
    pub fn whole(&self) -> &'a [u8] {
        self.bytes
    }

    /// Whether everything was read.
    pub fn is_at_end(&self) -> bool {
        self.at == self.bytes.len()
    }

    /// `count` bytes.
    pub fn raw(&mut self, count: usize) -> Result<&'a [u8], Malformed> {
        let rest = self.bytes.get(self.at..).ok_or(Malformed { at: self.at })?;
        let found = rest.get(..count).ok_or(Malformed { at: self.at })?;
        self.at += count;
        Ok(found)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Malformed> {
        let found = self.raw(N)?;
        Ok(std::array::from_fn(|at| found[at]))
    }

    /// One byte.
    pub fn u8(&mut self) -> Result<u8, Malformed> {
        Ok(self.array::<1>()?[0])
    }

    /// Four bytes.
    pub fn u32(&mut self) -> Result<u32, Malformed> {
        Ok(u32::from_le_bytes(self.array()?))
    }

    /// Four bytes.
    pub fn i32(&mut self) -> Result<i32, Malformed> {
        Ok(i32::from_le_bytes(self.array()?))
    }

    /// Eight bytes.
    pub fn u64(&mut self) -> Result<u64, Malformed> {
        Ok(u64::from_le_bytes(self.array()?))
    }

    /// Eight bytes.
    pub fn i64(&mut self) -> Result<i64, Malformed> {
        Ok(i64::from_le_bytes(self.array()?))
    }

    /// A length and as many bytes.
    pub fn bytes(&mut self) -> Result<&'a [u8], Malformed> {
        let start = self.at;
        let length = self.u32()?;
        self.raw(length as usize).map_err(|_| Malformed { at: start })
    }

    /// A length and UTF-8.
    pub fn text(&mut self) -> Result<&'a str, Malformed> {
        let start = self.at;
        std::str::from_utf8(self.bytes()?).map_err(|_| Malformed { at: start })
    }

    /// A count of things that take at least `least` bytes each: one that cannot be true is refused at once.
    pub fn count(&mut self, least: usize) -> Result<u32, Malformed> {
        let start = self.at;
        let count = self.u32()?;
        let left = self.bytes.len() - self.at;
        if (count as usize).checked_mul(least).is_none_or(|bytes| bytes > left) {
            return Err(Malformed { at: start });
        }
        Ok(count)
    }

    /// The head of a value: a scalar whole, a list or map up to its count.
    pub fn value(&mut self) -> Result<Raw<'a>, Malformed> {
        let start = self.at;
        Ok(match self.u8()? {
            0 => Raw::Null,
            1 => match self.u8()? {
                0 => Raw::Bool(false),
                1 => Raw::Bool(true),
                _ => return Err(Malformed { at: start }),
            },
            2 => Raw::Int(self.i64()?),
            3 => Raw::Uint(self.u64()?),
            4 => Raw::Double(f64::from_bits(self.u64()?)),
            5 => Raw::String(self.bytes()?),
            6 => Raw::Bytes(self.bytes()?),
            7 => Raw::Timestamp(self.i64()?, self.i32()?),
            8 => Raw::Duration(self.i64()?, self.i32()?),
            9 => Raw::List(self.count(1)?),
            10 => Raw::Map(self.count(2)?),
            255 => Raw::Other(self.bytes()?),
            _ => return Err(Malformed { at: start }),
        })
    }

    /// Passes over a whole value that may nest `depth` deep.
    pub fn skip_value(&mut self, depth: u32) -> Result<(), Malformed> {
        let start = self.at;
        let entries = match self.value()? {
            Raw::List(count) => u64::from(count),
            Raw::Map(count) => u64::from(count) * 2,
            _ => return Ok(()),
        };
        let depth = depth.checked_sub(1).ok_or(Malformed { at: start })?;
        (0..entries).try_for_each(|_| self.skip_value(depth))
    }

    /// Passes over a whole value of any legal depth.
    pub fn skip(&mut self) -> Result<(), Malformed> {
        self.skip_value(DEPTH_MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_past_the_end_is_refused_where_it_stands() {
        assert_eq!(Reader::at(&[0, 9, 0, 0, 0, 1], 1).bytes(), Err(Malformed { at: 1 }));
        assert_eq!(Reader::at(&[255; 4], 0).count(2), Err(Malformed { at: 0 }));
    }

    #[test]
    fn nesting_is_bounded() {
        let nested = |depth: usize| [[9, 1, 0, 0, 0].repeat(depth), vec![0]].concat();
        assert!(Reader::at(&nested(DEPTH_MAX as usize), 0).skip().is_ok());
        assert!(Reader::at(&nested(DEPTH_MAX as usize + 1), 0).skip().is_err());
    }

    #[test]
    fn a_reader_past_the_end_reads_nothing() {
        assert!(Reader::at(&[], 7).u8().is_err());
    }
}

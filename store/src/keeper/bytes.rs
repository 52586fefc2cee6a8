//! Numbers and byte strings, written one after the other and read back. Little-endian; lengths are 32 bits, before what they
//! measure. Knows nothing of what they mean.

/// What was read is not what was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Damaged;

/// Reads from the front; never past the end, and takes no memory.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reader<'b>(&'b [u8]);

impl<'b> Reader<'b> {
    pub(super) fn new(bytes: &'b [u8]) -> Self {
        Self(bytes)
    }

    pub(super) fn fixed<const N: usize>(&mut self) -> Result<[u8; N], Damaged> {
        let (head, rest) = self.0.split_first_chunk().ok_or(Damaged)?;
        self.0 = rest;
        Ok(*head)
    }

    pub(super) fn u8(&mut self) -> Result<u8, Damaged> {
        self.fixed().map(|[byte]| byte)
    }

    pub(super) fn bool(&mut self) -> Result<bool, Damaged> {
        match self.u8()? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(Damaged),
        }
    }

    pub(super) fn u32(&mut self) -> Result<u32, Damaged> {
        self.fixed().map(u32::from_le_bytes)
    }

    pub(super) fn u64(&mut self) -> Result<u64, Damaged> {
        self.fixed().map(u64::from_le_bytes)
    }

    pub(super) fn i128(&mut self) -> Result<i128, Damaged> {
        self.fixed().map(i128::from_le_bytes)
    }

    /// A byte string.
    pub(super) fn bytes(&mut self) -> Result<&'b [u8], Damaged> {
        let length = self.u32()? as usize;
        let (head, rest) = self.0.split_at_checked(length).ok_or(Damaged)?;
        self.0 = rest;
        Ok(head)
    }

    /// The same with a length of 64 bits.
    pub(super) fn long(&mut self) -> Result<&'b [u8], Damaged> {
        let length = usize::try_from(self.u64()?).map_err(|_| Damaged)?;
        let (head, rest) = self.0.split_at_checked(length).ok_or(Damaged)?;
        self.0 = rest;
        Ok(head)
    }

    pub(super) fn text(&mut self) -> Result<&'b str, Damaged> {
        std::str::from_utf8(self.bytes()?).map_err(|_| Damaged)
    }

    /// Everything that is left.
    pub(super) fn rest(&mut self) -> &'b [u8] {
        std::mem::take(&mut self.0)
    }

    /// That nothing is left.
    pub(super) fn end(self) -> Result<(), Damaged> {
        if self.0.is_empty() { Ok(()) } else { Err(Damaged) }
    }
}

/// Writes a byte string.
///
/// # Panics
/// At 4 GiB, which nothing that is journalled comes near.
pub(super) fn put_bytes(bytes: &[u8], out: &mut Vec<u8>) {
    put_count(bytes.len(), out);
    out.extend_from_slice(bytes);
}

/// Writes a byte string that `write` puts behind what `out` holds.
///
/// # Panics
/// As [`put_bytes`].
pub(super) fn put_sized(out: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>)) {
    let at = out.len();
    out.extend([0; 4]);
    write(out);
    let length = count(out.len() - at - 4);
    out[at..at + 4].copy_from_slice(&length);
}

/// Writes how many follow.
///
/// # Panics
/// As [`put_bytes`].
pub(super) fn put_count(how_many: usize, out: &mut Vec<u8>) {
    out.extend(count(how_many));
}

fn count(how_many: usize) -> [u8; 4] {
    u32::try_from(how_many).expect("less than 4 GiB").to_le_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_read_back_and_nothing_more() {
        let mut out = vec![7, 1];
        out.extend(9_u64.to_le_bytes());
        put_bytes(b"bytes", &mut out);
        put_sized(&mut out, |out| out.extend("té".as_bytes()));
        out.extend((-1_i128).to_le_bytes());
        let mut reader = Reader::new(&out);
        assert_eq!((reader.u8(), reader.bool(), reader.u64()), (Ok(7), Ok(true), Ok(9)));
        assert_eq!((reader.bytes(), reader.text(), reader.i128()), (Ok(&b"bytes"[..]), Ok("té"), Ok(-1)));
        assert_eq!((reader.u8(), reader.end()), (Err(Damaged), Ok(())));
    }

    #[test]
    fn a_length_that_is_not_there_is_damage() {
        assert_eq!(Reader::new(&[255, 255, 255, 255, 1]).bytes(), Err(Damaged));
        assert_eq!(Reader::new(&[2, 0, 0, 0, 0xff, 0xff]).text(), Err(Damaged));
        assert_eq!(Reader::new(&[2]).bool(), Err(Damaged));
        assert_eq!(Reader::new(&[2]).end(), Err(Damaged));
    }
}

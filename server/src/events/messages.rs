//! Length-delimited protobuf: each message after its length as a varint. Knows lengths; messages are the core's.

use std::io::{self, BufRead, Read};

use fishplate::{Body, Error, codes};

use super::{Input, Next, Position, Reader, too_large};

pub(super) struct Messages<'a> {
    input: Input<'a>,
    limit: u64,
    message: Vec<u8>,
    began: u64,
}

impl<'a> Messages<'a> {
    pub(super) fn new(input: Input<'a>, limit: u64) -> Self {
        Self { input, limit, message: Vec::new(), began: 0 }
    }

    /// Passes over `length` bytes; gives how many there were.
    fn skip(&mut self, length: u64) -> io::Result<u64> {
        let mut left = length;
        while left > 0 {
            let available = self.input.fill_buf()?.len() as u64;
            if available == 0 {
                break;
            }
            let count = available.min(left);
            self.input.consume(count as usize);
            left -= count;
        }
        Ok(length - left)
    }
}

/// A length as it is framed.
enum Length {
    Of(u64),
    End,
    Cut,
    Malformed,
}

fn read_length(input: &mut Input<'_>) -> io::Result<Length> {
    let mut length = 0u64;
    for at in 0..10 {
        let Some(&byte) = input.fill_buf()?.first() else {
            return Ok(if at == 0 { Length::End } else { Length::Cut });
        };
        input.consume(1);
        let bits = u64::from(byte & 0x7f);
        if at == 9 && bits > 1 {
            return Ok(Length::Malformed);
        }
        length |= bits << (7 * at);
        if byte < 0x80 {
            return Ok(Length::Of(length));
        }
    }
    Ok(Length::Malformed)
}

impl Reader for Messages<'_> {
    fn next(&mut self) -> io::Result<Next> {
        self.began = self.input.position();
        let length = match read_length(&mut self.input)? {
            Length::Of(length) => length,
            Length::End => return Ok(Next::End),
            Length::Cut => return Ok(lost("the file ends in the length of a message")),
            Length::Malformed => return Ok(lost("the length of a message is no varint of 64 bits")),
        };
        let met = if length > self.limit {
            self.skip(length)?
        } else {
            self.message.clear();
            self.input.by_ref().take(length).read_to_end(&mut self.message)? as u64
        };
        if met < length {
            return Ok(lost(&format!("the file ends in a message: {length} bytes are announced and {met} are there")));
        }
        Ok(if length > self.limit { Next::Refused(too_large(length, self.limit)) } else { Next::Event })
    }

    fn body(&self) -> Body<'_> {
        Body::Protobuf(&self.message)
    }

    fn position(&self) -> Position {
        Position::Offset(self.began)
    }
}

fn lost(message: &str) -> Next {
    Next::Lost(Error::field(codes::MALFORMED_PROTOBUF, "", message))
}

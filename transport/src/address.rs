//! Where a session goes: `inproc:NAME`, `shm://NAME`, `grpc://HOST:PORT`.

use fishplate::{Error, Place, Status, codes};

/// An address, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// An engine of this process, shared under a name.
    InProcess(String),
    /// A ring in shared memory, by name.
    SharedMemory(String),
    /// A server, as `host:port`.
    Grpc(String),
}

impl Address {
    /// Reads an address.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT`, F0859.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let parsed = if let Some(name) = text.strip_prefix("inproc:") {
            (!name.is_empty()).then(|| Self::InProcess(name.to_owned()))
        } else if let Some(name) = text.strip_prefix("shm://") {
            (!name.is_empty()).then(|| Self::SharedMemory(name.to_owned()))
        } else if let Some(server) = text.strip_prefix("grpc://") {
            let port = server.rsplit_once(':').filter(|(host, _)| !host.is_empty()).map(|(_, port)| port);
            port.and_then(|port| port.parse::<u16>().ok()).map(|_| Self::Grpc(server.to_owned()))
        } else {
            None
        };
        parsed.ok_or_else(|| wrong(text))
    }
}

/// `text` is no address.
pub(crate) fn wrong(text: &str) -> Error {
    let message = format!("`{text}` is not an address");
    Error::new(Status::InvalidArgument, codes::BAD_ADDRESS, message, Place::Name("address".into()))
        .suggest("write `inproc:NAME`, `shm://NAME` or `grpc://HOST:PORT`")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_one_of_three_forms() {
        assert_eq!(Address::parse("inproc:rules"), Ok(Address::InProcess("rules".into())));
        assert_eq!(Address::parse("shm://rules"), Ok(Address::SharedMemory("rules".into())));
        assert_eq!(Address::parse("grpc://[::1]:7001"), Ok(Address::Grpc("[::1]:7001".into())));
        for wrong in
            ["", "inproc:", "shm://", "grpc://host", "grpc://:1", "grpc://host:99999", "http://host:1", "host:1"]
        {
            assert_eq!(Address::parse(wrong).map_err(|error| error.code()), Err(codes::BAD_ADDRESS), "{wrong}");
        }
    }
}

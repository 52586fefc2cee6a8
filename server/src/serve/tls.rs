//! The files that protect gRPC: read and checked before anything listens. Knows PEM files; knows no socket.

use std::fs::File;
use std::path::Path;

use fishplate::ruleset::read_within;
use fishplate::{Diagnostic, Error, Limits, Place, Status, codes};
use tonic::transport::{Certificate, Identity, Server, ServerTlsConfig};

use super::config::{Origin, Tls};

/// The protection that `tls` says; `origin` tells where each key was given.
///
/// # Errors
/// F0866: a file that cannot be read, or that does not hold what it should.
pub(super) fn load(tls: &Tls, origin: impl Fn(&str) -> Origin) -> Result<ServerTlsConfig, Error> {
    let mut mistakes = Vec::new();
    let mut read = |key: &str, path: &Path, label: &str| {
        pem(path, label).map_err(|why| mistakes.push(mistake(&origin(key), &why))).unwrap_or_default()
    };
    let cert = read("tls.cert", &tls.cert, "CERTIFICATE");
    let key = read("tls.key", &tls.key, "PRIVATE KEY");
    let client_ca = tls.client_ca.as_ref().map(|path| read("tls.client_ca", path, "CERTIFICATE"));
    if !mistakes.is_empty() {
        return Err(Error { status: Status::InvalidArgument, diagnostics: mistakes });
    }
    let mut config = ServerTlsConfig::new().identity(Identity::from_pem(cert, key));
    if let Some(authority) = client_ca {
        config = config.client_ca_root(Certificate::from_pem(authority));
    }
    // Whether key and certificate belong together shows only when they are used.
    match Server::builder().tls_config(config.clone()) {
        Ok(_) => Ok(config),
        Err(error) => {
            let why = format!("certificate and key cannot be used: {}", cause(&error));
            Err(Error { status: Status::InvalidArgument, diagnostics: vec![mistake(&origin("tls.key"), &why)] })
        }
    }
}

/// The text of a PEM file that holds something labelled `label`.
fn pem(path: &Path, label: &str) -> Result<String, String> {
    let shown = path.display();
    let file = File::open(path).map_err(|error| format!("cannot read {shown}: {error}"))?;
    let bytes = read_within(file, &Limits::default()).map_err(|error| format!("cannot read {shown}: {error}"))?;
    let text = String::from_utf8(bytes).map_err(|_| format!("{shown} is not a PEM file"))?;
    let begins = |line: &str| line.starts_with("-----BEGIN ") && line.trim_end().ends_with(&format!("{label}-----"));
    if text.lines().any(begins) { Ok(text) } else { Err(format!("{shown} holds no `BEGIN {label}`")) }
}

fn mistake(origin: &Origin, why: &str) -> Diagnostic {
    Diagnostic {
        code: codes::BAD_CONFIGURATION,
        message: why.to_owned(),
        place: match origin.place() {
            Place::None => Place::Name("tls".into()),
            place => place,
        },
        expected: String::new(),
        suggestion: None,
    }
}

/// What lies at the bottom of an error: the layers above say only that there was one.
fn cause(error: &dyn std::error::Error) -> String {
    let mut last = error;
    while let Some(source) = last.source() {
        last = source;
    }
    last.to_string()
}

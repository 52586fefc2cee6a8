//! gRPC under TLS: who may talk to the server, by real handshakes.

use std::fs;
use std::path::Path;

use fishplate_transport::wire::proto::ListRequest;
use fishplate_transport::wire::proto::rule_set_service_client::RuleSetServiceClient;
use rcgen::{CertificateParams, CertifiedIssuer, KeyPair};
use tempfile::TempDir;
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Identity};

use super::super::ran;
use super::Serving;

/// An authority of this test, and what it has signed.
struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    folder: TempDir,
}

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).expect("no names");
        params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        let key = KeyPair::generate().expect("a key");
        let issuer = CertifiedIssuer::self_signed(params, key).expect("a certificate");
        Self { issuer, folder: tempfile::tempdir().expect("a folder") }
    }

    /// A certificate for `name` and its key, PEM.
    fn sign(&self, name: &str) -> (String, String) {
        let key = KeyPair::generate().expect("a key");
        let params = CertificateParams::new(vec![name.to_owned()]).expect("a name");
        (params.signed_by(&key, &self.issuer).expect("signed").pem(), key.serialize_pem())
    }

    fn file(&self, name: &str, text: &str) -> String {
        let path = self.folder.path().join(name);
        fs::write(&path, text).expect("written");
        path.to_string_lossy().into_owned()
    }

    /// The flags of a server with a certificate for `localhost`.
    fn flags(&self) -> Vec<String> {
        let (cert, key) = self.sign("localhost");
        let flags = [
            "--grpc",
            "127.0.0.1:0",
            "--tls-cert",
            &self.file("cert.pem", &cert),
            "--tls-key",
            &self.file("key.pem", &key),
        ];
        flags.map(str::to_owned).to_vec()
    }

    fn trusted(&self) -> ClientTlsConfig {
        ClientTlsConfig::new().domain_name("localhost").ca_certificate(Certificate::from_pem(self.issuer.pem()))
    }
}

fn start(flags: &[String]) -> Serving {
    Serving::start(&flags.iter().map(String::as_str).collect::<Vec<_>>())
}

/// The rule sets of the server, asked under `tls`.
async fn list(server: &Serving, tls: ClientTlsConfig) -> Result<Vec<String>, String> {
    let address = server.address("grpcs://").replace("grpcs://", "https://");
    let endpoint = Channel::from_shared(address).expect("an address").tls_config(tls).expect("a configuration");
    let channel = endpoint.connect().await.map_err(|error| error.to_string())?;
    let answer = RuleSetServiceClient::new(channel).list(ListRequest {}).await.map_err(|error| error.to_string())?;
    Ok(answer.into_inner().rule_sets.into_iter().map(|rules| rules.name).collect())
}

#[tokio::test]
async fn a_client_that_trusts_the_authority_is_served() {
    let authority = Authority::new();
    let server = start(&authority.flags());
    assert_eq!(list(&server, authority.trusted()).await, Ok(vec!["payments".to_owned()]));
}

#[tokio::test]
async fn with_tls_other_machines_may_be_served() {
    let authority = Authority::new();
    let mut flags = authority.flags();
    flags[1] = "0.0.0.0:0".into();
    let server = start(&flags);
    assert!(server.address("grpcs://").starts_with("grpcs://0.0.0.0:"));
    server.stop();
}

#[tokio::test]
async fn a_client_that_does_not_trust_it_and_one_without_tls_are_not_served() {
    let authority = Authority::new();
    let server = start(&authority.flags());
    assert!(list(&server, Authority::new().trusted()).await.is_err(), "another authority");
    let plain = server.address("grpcs://").replace("grpcs://", "http://");
    let answer = match Channel::from_shared(plain).expect("an address").connect().await {
        Ok(channel) => RuleSetServiceClient::new(channel).list(ListRequest {}).await.map_err(|error| error.to_string()),
        Err(error) => Err(error.to_string()),
    };
    assert!(answer.is_err(), "no TLS");
    assert_eq!(list(&server, authority.trusted()).await, Ok(vec!["payments".to_owned()]), "it serves on");
}

#[tokio::test]
async fn with_an_authority_for_clients_only_its_clients_are_served() {
    let (authority, clients) = (Authority::new(), Authority::new());
    let mut flags = authority.flags();
    flags.extend(["--tls-client-ca".to_owned(), clients.file("clients.pem", &clients.issuer.pem())]);
    let server = start(&flags);
    assert!(list(&server, authority.trusted()).await.is_err(), "no certificate");
    let identity = |(cert, key): (String, String)| Identity::from_pem(cert, key);
    let stranger = authority.trusted().identity(identity(authority.sign("client")));
    assert!(list(&server, stranger).await.is_err(), "a certificate of another authority");
    let known = authority.trusted().identity(identity(clients.sign("client")));
    assert_eq!(list(&server, known).await, Ok(vec!["payments".to_owned()]));
}

#[test]
fn a_key_of_another_certificate_is_refused_before_anything_listens() {
    let authority = Authority::new();
    let ((cert, _), (_, key)) = (authority.sign("localhost"), authority.sign("localhost"));
    let (cert, key) = (authority.file("cert.pem", &cert), authority.file("key.pem", &key));
    assert!(Path::new(&cert).exists());
    let ran =
        ran(&["serve", "--rules", "payments.yaml", "--grpc", "127.0.0.1:0", "--tls-cert", &cert, "--tls-key", &key]);
    assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""));
    assert!(ran.err.starts_with("error[F0866]: certificate and key cannot be used: "), "{}", ran.err);
    assert!(ran.err.contains(" --> --tls-key"), "{}", ran.err);
}

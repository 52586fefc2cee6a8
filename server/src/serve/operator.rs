//! The listener of whoever runs the server: a socket in the file system that only its user can open, or a port. Knows who
//! may reach it; what is done there, the hub knows.

use std::fs::{self, DirBuilder, Permissions};
use std::io;
use std::net::TcpListener;
use std::os::unix::fs::{DirBuilderExt as _, FileTypeExt as _, PermissionsExt as _};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use fishplate::{Error, Place, Status, codes};
use fishplate_transport::grpc;
use fishplate_transport::hub::Hub;
use fishplate_transport::wire::proto;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_stream::wrappers::UnixListenerStream;
use tonic::transport::server::TcpIncoming;
use tonic::transport::{Server, ServerTlsConfig};

use super::config::{Grpc, OperatorAt, Origin};
use super::listen::{internal, unusable};

/// Where operators come.
pub(super) enum Listener {
    /// At a path.
    Unix(UnixListener, PathBuf),
    /// At a port; whether other machines can reach it.
    Tcp(TcpListener, bool),
}

impl Listener {
    /// Takes the place. A socket that a server left behind is replaced.
    ///
    /// # Errors
    /// F0866: another program has it, or this one may not.
    pub(super) fn bind(at: &OperatorAt, origin: &Origin) -> Result<Self, Error> {
        match at {
            OperatorAt::Unix(path) => bind_unix(path)
                .map(|socket| Self::Unix(socket, path.clone()))
                .map_err(|error| no_socket(&at.to_string(), &error, origin.place())),
            OperatorAt::Tcp(grpc) => bind_tcp(grpc).map_err(|error| unusable(&grpc.text, &error, origin.place())),
        }
    }

    /// Begins to serve; `tls` where other machines come. Must be called inside the runtime that serves.
    ///
    /// # Errors
    /// `INTERNAL` (F0901): the settings do not go together.
    pub(super) fn serve(self, hub: &Arc<Hub>, tls: Option<ServerTlsConfig>) -> Result<Serving, Error> {
        let reflection = tonic_reflection::server::Builder::configure()
            .register_encoded_file_descriptor_set(proto::FILE_DESCRIPTOR_SET)
            .with_service_name("fishplate.v1.OperatorService")
            .with_service_name("grpc.reflection.v1.ServerReflection")
            .build_v1()
            .map_err(|error| internal(&error))?;
        let mut server = grpc::tuned(Server::builder());
        let is_open = matches!(self, Self::Tcp(_, true));
        if let Some(tls) = tls.filter(|_| is_open) {
            server = server.tls_config(tls).map_err(|error| internal(&error))?;
        }
        let router = server.add_service(grpc::operator(Arc::clone(hub))).add_service(reflection);
        let (stop, mut stopped) = watch::channel(false);
        let asked = async move {
            // An error is the sender's end: nobody is left who could want it to go on.
            let _ = stopped.wait_for(|stop| *stop).await;
        };
        let (address, path, task) = match self {
            Self::Unix(socket, path) => {
                let socket = tokio::net::UnixListener::from_std(socket).map_err(|error| internal(&error))?;
                let incoming = UnixListenerStream::new(socket);
                let served = router.serve_with_incoming_shutdown(incoming, asked);
                (format!("unix:{}", path.display()), Some(path), tokio::spawn(told(served)))
            }
            Self::Tcp(socket, _) => {
                let at = socket.local_addr().map_err(|error| internal(&error))?;
                let socket = tokio::net::TcpListener::from_std(socket).map_err(|error| internal(&error))?;
                let incoming = TcpIncoming::from(socket).with_nodelay(Some(true));
                let served = router.serve_with_incoming_shutdown(incoming, asked);
                let scheme = if is_open { "grpcs" } else { "grpc" };
                (format!("{scheme}://{at}"), None, tokio::spawn(told(served)))
            }
        };
        Ok(Serving { address, path, stop, task })
    }
}

async fn told(served: impl Future<Output = Result<(), tonic::transport::Error>>) {
    if let Err(error) = served.await {
        tracing::error!(%error, "the server can no longer be operated");
    }
}

/// Operators are served.
pub(super) struct Serving {
    address: String,
    path: Option<PathBuf>,
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Serving {
    /// Where they come: `unix:PATH`, or `grpc://HOST:PORT`.
    pub(super) fn address(&self) -> &str {
        &self.address
    }

    /// Takes no more calls, and waits for those under way, at most `wait`.
    pub(super) async fn end(mut self, wait: Duration) {
        if let Some(path) = &self.path {
            // It may have been taken away already.
            let _ = fs::remove_file(path);
        }
        self.stop.send_replace(true);
        if tokio::time::timeout(wait, &mut self.task).await.is_err() {
            self.task.abort();
        }
    }
}

fn bind_tcp(grpc: &Grpc) -> io::Result<Listener> {
    let socket = TcpListener::bind(&*grpc.addresses)?;
    socket.set_nonblocking(true)?;
    let is_open = !socket.local_addr()?.ip().is_loopback();
    Ok(Listener::Tcp(socket, is_open))
}

/// Makes the socket where nobody else can come yet, lets only this user open it, and then puts it in its place.
fn bind_unix(path: &Path) -> io::Result<UnixListener> {
    match fs::symlink_metadata(path) {
        Ok(there) if !there.file_type().is_socket() => return Err(io::ErrorKind::AlreadyExists.into()),
        Ok(_) if UnixStream::connect(path).is_ok() => return Err(io::ErrorKind::AddrInUse.into()),
        _ => {}
    }
    let mut folder = path.as_os_str().to_owned();
    folder.push(format!(".{}", std::process::id()));
    let folder = PathBuf::from(folder);
    DirBuilder::new().mode(0o700).create(&folder)?;
    let made = bind_within(&folder, path);
    // Nothing is in it any more, unless this failed half way.
    let _ = fs::remove_dir_all(&folder);
    made
}

fn bind_within(folder: &Path, path: &Path) -> io::Result<UnixListener> {
    let first = folder.join("s");
    let socket = UnixListener::bind(&first)?;
    fs::set_permissions(&first, Permissions::from_mode(0o600))?;
    fs::rename(&first, path)?;
    socket.set_nonblocking(true)?;
    Ok(socket)
}

fn no_socket(shown: &str, error: &io::Error, place: Place) -> Error {
    let (status, message) = match error.kind() {
        io::ErrorKind::AlreadyExists => (Status::AlreadyExists, format!("{shown} is there already, and is no socket")),
        io::ErrorKind::AddrInUse => (Status::AlreadyExists, format!("another program listens on {shown}")),
        io::ErrorKind::PermissionDenied => {
            (Status::PermissionDenied, format!("this program may not make a socket at {shown}"))
        }
        _ => (Status::Unavailable, format!("cannot listen on {shown}: {error}")),
    };
    Error::new(status, codes::BAD_CONFIGURATION, message, place).suggest("give another path")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_socket_is_its_users_alone_and_takes_the_place_of_one_that_was_left_behind() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("operator");
        let at = OperatorAt::Unix(path.clone());
        let first = Listener::bind(&at, &Origin::Default).expect("a socket");
        assert_eq!(fs::metadata(&path).expect("it is there").permissions().mode() & 0o777, 0o600);
        let again = Listener::bind(&at, &Origin::Default).map(drop).expect_err("somebody listens");
        assert_eq!((again.status, again.code()), (Status::AlreadyExists, codes::BAD_CONFIGURATION));
        drop(first);
        Listener::bind(&at, &Origin::Default).expect("nobody listens any more");
        let names: Vec<_> = fs::read_dir(folder.path()).expect("a folder").map(|it| it.expect("one").path()).collect();
        assert_eq!(names, [path]);
    }

    #[test]
    fn a_file_is_never_replaced_by_a_socket() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("notes");
        fs::write(&path, "keep me").expect("written");
        let refused = Listener::bind(&OperatorAt::Unix(path.clone()), &Origin::Default).map(drop);
        assert!(refused.expect_err("a file").to_string().contains("is no socket"));
        assert_eq!(fs::read_to_string(&path).expect("it is there"), "keep me");
    }
}

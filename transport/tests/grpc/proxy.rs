//! A network that breaks: passes bytes between clients and a server until it is told to cut, or to fall silent.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

pub struct Proxy {
    pub port: SocketAddr,
    state: Arc<State>,
}

struct State {
    server: Mutex<SocketAddr>,
    wires: Mutex<Vec<TcpStream>>,
    connections: AtomicUsize,
    silent: AtomicBool,
}

impl Proxy {
    pub fn to(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("it is bound");
        let state = Arc::new(State {
            server: Mutex::new(server),
            wires: Mutex::default(),
            connections: AtomicUsize::new(0),
            silent: AtomicBool::new(false),
        });
        let accepting = state.clone();
        // Ends with the test's process, like the threads that it starts.
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                accepting.pass(client);
            }
        });
        Self { port, state }
    }

    pub fn address(&self) -> String {
        format!("grpc://{}", self.port)
    }

    /// Breaks every connection that there is. New ones are taken.
    pub fn cut(&self) {
        for wire in self.state.wires.lock().expect("no thread panics with it").drain(..) {
            let _ = wire.shutdown(Shutdown::Both);
        }
    }

    /// New connections lead to another server.
    pub fn lead_to(&self, server: SocketAddr) {
        *self.state.server.lock().expect("no thread panics with it") = server;
    }

    /// From now on nothing passes, and nobody is told: a machine that lost its power.
    pub fn fall_silent(&self) {
        self.state.silent.store(true, Ordering::SeqCst);
    }

    /// How many connections there have been.
    pub fn connections(&self) -> usize {
        self.state.connections.load(Ordering::SeqCst)
    }
}

impl State {
    fn pass(self: &Arc<Self>, client: TcpStream) {
        let Ok(server) = TcpStream::connect(*self.server.lock().expect("no thread panics with it")) else { return };
        self.connections.fetch_add(1, Ordering::SeqCst);
        let both = [client.try_clone(), server.try_clone()].map(|wire| wire.expect("descriptors are to be had"));
        let [client_too, server_too] = both;
        let mut wires = self.wires.lock().expect("no thread panics with it");
        wires.extend([client.try_clone(), server.try_clone()].map(|wire| wire.expect("descriptors are to be had")));
        drop(wires);
        let (there, back) = (self.clone(), self.clone());
        thread::spawn(move || there.copy(client, server));
        thread::spawn(move || back.copy(server_too, client_too));
    }

    fn copy(&self, mut from: TcpStream, mut to: TcpStream) {
        let _ = to.set_nodelay(true);
        let mut buffer = vec![0; 64 << 10];
        while let Ok(count @ 1..) = from.read(&mut buffer) {
            while self.silent.load(Ordering::SeqCst) {
                thread::sleep(Duration::from_millis(20));
            }
            if to.write_all(&buffer[..count]).is_err() {
                break;
            }
        }
        let _ = to.shutdown(Shutdown::Both);
    }
}

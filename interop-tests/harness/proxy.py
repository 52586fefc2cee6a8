"""A TCP proxy that cuts connections: what a bad network does, at a moment that the matrix chooses.

It knows bytes; it knows nothing of what they mean.
"""

from __future__ import annotations

import contextlib
import socket
import threading


class Proxy:
    """Listens on loopback and passes bytes on to `server` (`host:port`), until told to cut."""

    def __init__(self, server: str) -> None:
        host, _, port = server.rpartition(":")
        self.server = (host, int(port))
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self.listener.getsockname()[1]}"
        self.cut_every = 0
        self.cuts = 0
        self._lock = threading.Lock()
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):  # the listener is closed
            while True:
                near, _ = self.listener.accept()
                try:
                    far = socket.create_connection(self.server)
                except OSError:
                    near.close()
                    continue
                pair = (near, far)
                for end in pair:
                    end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                with self._lock:
                    self._pairs.append(pair)
                # Both directions count together against `cut_every`.
                passed = [0]
                for source, sink in (pair, pair[::-1]):
                    threading.Thread(target=self._pass, args=(source, sink, pair, passed), daemon=True).start()

    def _pass(
        self,
        source: socket.socket,
        sink: socket.socket,
        pair: tuple[socket.socket, socket.socket],
        passed: list[int],
    ) -> None:
        with contextlib.suppress(OSError):  # the other end is gone, or was cut
            while data := source.recv(65_536):
                room = self.cut_every - passed[0]
                if self.cut_every and len(data) >= room:
                    sink.sendall(data[: max(room, 0)])
                    self.cuts += 1
                    break
                sink.sendall(data)
                passed[0] += len(data)
        self._drop(pair)

    def _drop(self, pair: tuple[socket.socket, socket.socket]) -> None:
        with self._lock:
            if pair in self._pairs:
                self._pairs.remove(pair)
        for end in pair:
            # A thread may wait in `recv`: only shutting down wakes it.
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def cut(self) -> None:
        """Cuts every connection that there is; new ones are welcome."""
        with self._lock:
            pairs = list(self._pairs)
        for pair in pairs:
            self.cuts += 1
            self._drop(pair)

    def close(self) -> None:
        """Cuts, and listens no more."""
        self.listener.close()
        self.cut()

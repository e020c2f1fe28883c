"""The control channel: a local socket that keeps packets whole, private to this user, checked at both ends."""

import os
import socket
import struct
from pathlib import Path

from engine.errors import TelephonyError
from telephony.messages import MAX_PACKET_BYTES, Message, decode, encode

_CREDENTIALS = struct.Struct("3i")
_SEND_BUFFER_BYTES = 1 << 20


class ControlChannel:
    """One end of a connected control socket. Neither end ever waits for the other."""

    def __init__(self, connection: socket.socket) -> None:
        connection.setblocking(False)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER_BYTES)
        self._socket = connection

    def fileno(self) -> int:
        """Return the descriptor, for an event loop."""
        return self._socket.fileno()

    def send(self, message: Message) -> None:
        """Send a message.

        Raises:
            TelephonyError: the other end is gone, or has not read for so long that the buffer is full.
        """
        try:
            self._socket.send(encode(message))
        except OSError as error:
            raise TelephonyError(f"the control channel broke ({error.strerror})") from error

    def receive(self) -> list[Message] | None:
        """Return the messages that have arrived, or None when the other end is gone.

        Raises:
            TelephonyError: something else than a message arrived.
        """
        messages: list[Message] = []
        while True:
            try:
                packet = self._socket.recv(MAX_PACKET_BYTES)
            except BlockingIOError:
                return messages
            except OSError:
                packet = b""
            if not packet:
                return messages or None
            messages.append(decode(packet))

    def close(self) -> None:
        """Close this end."""
        self._socket.close()


def listen(path: Path) -> socket.socket:
    """Return a listening socket at a path, mode 0600.

    Raises:
        TelephonyError: the path is taken or too long.
    """
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET | socket.SOCK_NONBLOCK)
    try:
        os.fchmod(listener.fileno(), 0o600)  # the file gets it at once; the umask would be every thread's
        listener.bind(str(path))
        listener.listen(1)
    except OSError as error:
        listener.close()
        raise TelephonyError(f"{path}: cannot listen for the media worker ({error}); choose a shorter path") from error
    return listener


def connect(path: Path, timeout_s: float = 5.0) -> socket.socket:
    """Return a socket connected to a path whose owner is this user.

    Raises:
        TelephonyError: nobody listens there, or someone else does.
    """
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    connection.settimeout(timeout_s)
    try:
        connection.connect(str(path))
        check_peer(connection)
    except OSError as error:
        connection.close()
        raise TelephonyError(f"{path}: cannot reach the engine ({error})") from error
    except TelephonyError:
        connection.close()
        raise
    return connection


def check_peer(connection: socket.socket) -> int:
    """Return the process id at the other end.

    Raises:
        TelephonyError: it belongs to another user.
    """
    raw = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    pid, uid, _ = _CREDENTIALS.unpack(raw)
    if uid != os.getuid():
        raise TelephonyError(f"a process of another user ({uid}) is at the control channel")
    return int(pid)

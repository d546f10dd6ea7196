"""The messages between judge and runner: one JSON object in one packet of bounded size, never a pickle.

A request says in `do` what to do. An answer says `ready`, `done` or `error`:

    {"said": "ready", "missing": [...]}       what the sandbox could not confine
    {"said": "done"}
    {"said": "error", "kind": ..., "text": ..., ...}

The kinds of errors are `bad_solution` (it does not fit the signature), `compile_error`, `runtime_error`,
`stray_access` (the interpreter saw a kernel access memory outside its buffers; the call itself is
finished), and `not_replayable` (the call cannot be recorded; `text` says why). A player says in `us` how
long a pass took. An error that was raised also has its class in `error`, its frames in `trace`, one line in
`summary`, and in `line` the line of the submission that it came from. `out_of_memory` says that there was
not enough memory. `broken` says that nothing works on the device any more.
"""

import array
import json
import socket
from typing import Any

PACKET = 128 << 10  # bytes of one message, at most
TEXT = 16 << 10  # characters of an error's text, at most
KINDS = ("bad_solution", "compile_error", "runtime_error", "stray_access", "not_replayable")
DONE = json.dumps({"said": "done"}).encode()


_SPIN = 100_000  # polls before a receive sleeps: waking up takes longer than a kernel
_BUFFER = memoryview(bytearray(PACKET))  # made once: polling must not allocate


def receive(channel: socket.socket, spin: bool) -> tuple[bytes, list[int]]:
    """One packet and the descriptors that came with it; b"" when the other side has gone."""
    for _ in range(_SPIN if spin else 0):
        try:
            size = channel.recv_into(_BUFFER, 0, socket.MSG_DONTWAIT)
            return bytes(_BUFFER[:size]), []
        except BlockingIOError:
            pass
    packet, ancillary, _, _ = channel.recvmsg(PACKET, socket.CMSG_SPACE(4))
    descriptors = array.array("i")
    for _, _, data in ancillary:
        descriptors.frombytes(data)
    return packet, list(descriptors)


def request(do: str, **arguments: Any) -> bytes:
    """A request's packet."""
    return json.dumps(dict(do=do, **arguments)).encode()


def error(**told: Any) -> bytes:
    """An error's packet. If it would be too long, its longest texts are cut."""
    while len(packet := json.dumps(dict(said="error", **told)).encode()) > PACKET:
        longest = max((key for key in told if isinstance(told[key], str)), key=lambda key: len(told[key]))
        told[longest] = told[longest][: len(told[longest]) // 2]
    return packet


def read(packet: bytes) -> dict[str, Any] | None:
    """The JSON object in a packet, None if there is none. Its content is not trusted."""
    try:
        found = json.loads(packet)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def text(answer: dict[str, Any], key: str, most: int = TEXT) -> str:
    """A text of an answer, cut to `most` characters; "" if there is none."""
    value = answer.get(key)
    return value[:most] if isinstance(value, str) else ""


def line(answer: dict[str, Any], key: str, most: int = TEXT) -> str:
    """The first line of a text of an answer; "" if there is none."""
    return next(iter(text(answer, key, most).splitlines()), "")


def number(answer: dict[str, Any], key: str) -> int:
    """A whole number of an answer from 0 to 2^53 - 1; 0 if there is none."""
    value = answer.get(key)
    return value if type(value) is int and 0 <= value < 1 << 53 else 0

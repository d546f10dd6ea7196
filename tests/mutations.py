"""Damages recordings by chance, as a hostile program would on purpose."""

import json
import struct
from collections.abc import Iterator
from random import Random
from typing import Any

from judge.protocol.recording import LENGTH
from judge.protocol.validation import BadRecording, decode

STRANGE: list[Any] = [
    *(-1, 0, 1, 2, 3, 7, 64, 1 << 16, 2**31, 2**32, 2**38, 2**63, 2**64, -(2**63), 10**30),
    *(0.5, 1.0, float("nan"), float("inf"), True, False, None, "", "x", "0", "é", "\0", "00" * 40),
    *([], {}, [[]], [0], [0, 0], [-1, -1, -1], {"kind": "kernel"}, {"kind": ["copy"]}),
]


def mutated(data: bytes, chance: Random) -> bytes:
    """A recording with one to three faults in it, which may make no difference."""
    for _ in range(chance.choice((1, 1, 1, 2, 3))):
        data = chance.choices((_in_json, _in_bytes), (4, 1))[0](data, chance)
    return data


def accepted(
    data: bytes, set_bytes: int, count: int, chance: Random, architecture: int | None = None
) -> Iterator[bytes]:
    """`count` damaged recordings that still decode, and say something else than before."""
    before, found = decode(data, set_bytes, architecture), 0
    while found < count:
        damaged = mutated(data, chance)
        try:
            if decode(damaged, set_bytes, architecture) == before:
                continue
        except BadRecording:
            continue
        found += 1
        yield damaged


def _in_bytes(data: bytes, chance: Random) -> bytes:
    """Flip a bit, cut, splice, or lie about the header's length."""
    found, at = bytearray(data), chance.randrange(len(data) + 1)
    match chance.randrange(5):
        case 0 if found:
            found[at % len(found)] ^= 1 << chance.randrange(8)
        case 1:
            del found[at:]
        case 2:
            length = chance.randrange(64)
            found[at : at + length] = data[(start := chance.randrange(len(data) + 1)) : start + length]
        case 3:
            del found[at : at + chance.randrange(16)]
        case _:
            length = chance.choice((0, 1, at, 2**31, 2**62, 2**64 - 1))
            found[: LENGTH.size] = LENGTH.pack(length)
    return bytes(found)


def _in_json(data: bytes, chance: Random) -> bytes:
    """Change something that the header says. The blobs stay as they are."""
    try:
        start = LENGTH.size + LENGTH.unpack_from(data)[0]
        header = json.loads(data[LENGTH.size : start])
        holder, key = chance.choice([*_places(header)])
    except (ValueError, RecursionError, IndexError, OverflowError, struct.error):
        return _in_bytes(data, chance)
    value = holder[key]
    change = chance.randrange(8)
    if change == 0:
        holder[key] = chance.choice(STRANGE)
    elif change <= 3 and type(value) is int:
        holder[key] = chance.choice((value + 1, value - 1, 2 * value, value // 2, value ^ 8, -value))
    elif change == 4 and isinstance(value, list):
        chance.shuffle(value)
    elif change == 5 and isinstance(holder, list):
        holder.insert(chance.randrange(len(holder) + 1), value)
    elif change == 6:
        del holder[key]
    elif isinstance(holder, dict):
        holder[chance.choice((key + "s", *holder))] = value
    else:
        other = chance.randrange(len(holder))
        holder[key], holder[other] = holder[other], holder[key]
    text = json.dumps(header).encode()
    return b"".join([LENGTH.pack(len(text)), text, data[start:]])


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Each place in a JSON value: what it is in, and its key there."""
    for key in value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ():
        yield value, key
        yield from _places(value[key])

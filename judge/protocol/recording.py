"""A recording: what one call of a program launches on the GPU, as data.

It has the nodes and edges of a CUDA graph of one call, the images of its kernels, and the memory that they
use. No address is in it: every pointer is a place, the number of a range and an offset. Range 0 is the set of
buffers that the call is given; the others are the program's own memory, in the order of `memory`.

It is written by the untrusted side: judge/protocol/validation.py reads it and believes nothing.

    8 bytes: length of the header | the header, JSON | the blobs that it counts, one after the other
"""

import json
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

FILE = 256 << 20  # bytes of a recording, at most
NODES = 4096  # of a call, at most
LENGTH = struct.Struct("<Q")
CHOICES = 48 << 10  # bytes of an autotuner's choices in JSON: they travel in one packet
MAP = 128  # bytes of a tensor map


@dataclass(frozen=True)
class Place:
    """A place in memory: the number of its range, and the bytes from the range's beginning."""

    range: int
    offset: int


@dataclass(frozen=True)
class Pointer:
    """A pointer at byte `at` of a parameter, or of a memory's contents. If `is_map`, a tensor map of 128
    bytes begins there, and the pointer is the address in it.
    """

    at: int
    place: Place
    is_map: bool = False


@dataclass(frozen=True)
class Parameter:
    """A kernel's parameter: its bytes, with 0 in place of the pointers."""

    value: bytes
    pointers: tuple[Pointer, ...] = ()


@dataclass(frozen=True)
class Kernel:
    """A launch. `image` is the number of its image; the cluster's size is (0, 0, 0) if the launch gives
    none.
    """

    image: int
    name: str
    grid: tuple[int, ...]
    block: tuple[int, ...]
    shared: int
    parameters: tuple[Parameter, ...]
    cluster: tuple[int, ...] = (0, 0, 0)
    cooperative: int = 0
    carveout: int = 0
    spreading: int = 0  # CUclusterSchedulingPolicy: how the blocks of a cluster are placed


@dataclass(frozen=True)
class Memset:
    """`height` rows of `width` elements of `element` bytes are set to `value`; rows are `pitch` bytes
    apart.
    """

    to: Place
    pitch: int
    value: int
    element: int
    width: int
    height: int

    @property
    def bytes(self) -> int:
        return self.pitch * (self.height - 1) * (self.height > 1) + self.width * self.element


@dataclass(frozen=True)
class Copy:
    """A copy of `bytes` bytes on the device."""

    source: Place
    to: Place
    bytes: int


Node = Kernel | Memset | Copy


@dataclass(frozen=True)
class Edge:
    """Node `after` waits for node `before`: for its end, or, if it is programmatic, for its permission."""

    before: int
    after: int
    programmatic: bool = False


@dataclass(frozen=True)
class Memory:
    """Some memory of the program, in bytes. Before each pass it holds `contents`, or anything if they are
    None.
    """

    size: int
    contents: bytes | None = None
    pointers: tuple[Pointer, ...] = ()


@dataclass(frozen=True)
class Variable:
    """A global variable of an image, and what it held when the call was recorded."""

    image: int
    name: str
    contents: bytes


@dataclass(frozen=True)
class Recording:
    """One call. `choices` are the configurations that Triton's autotuner chose: (kernel, key, number)."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    memory: tuple[Memory, ...]
    images: tuple[bytes, ...]
    variables: tuple[Variable, ...] = ()
    choices: tuple[tuple[str, str, int], ...] = ()

    @property
    def own_bytes(self) -> int:
        """The bytes of the program's own memory."""
        return sum(each.size for each in self.memory)

    @property
    def launches(self) -> object:
        """What must be the same if a call on other values is recorded in another process. Images and contents
        need not be: an image has the path of its source in it, and contents have what was left over.
        """
        memory = tuple((m.size, m.contents is None) for m in self.memory)
        return self.nodes, self.edges, memory


def size_of_choices(choices: Sequence[tuple[str, str, int]]) -> int:
    """The bytes of an autotuner's choices in a packet."""
    return len(json.dumps(choices))


def encode(recording: Recording) -> bytes:
    """The bytes of a recording."""
    blobs: list[bytes] = []

    def blob(value: bytes) -> int:
        blobs.append(value)
        return len(blobs) - 1

    header = dict(
        images=[blob(image) for image in recording.images],
        nodes=[_node_out(node) for node in recording.nodes],
        edges=[[e.before, e.after, int(e.programmatic)] for e in recording.edges],
        memory=[
            [m.size, -1 if m.contents is None else blob(m.contents), _pointers_out(m.pointers)]
            for m in recording.memory
        ],
        variables=[[v.image, v.name, blob(v.contents)] for v in recording.variables],
        choices=[list(choice) for choice in recording.choices],
        blobs=[len(each) for each in blobs],
    )
    # No spaces: what was read from a header within its bounds must not be written as one beyond them.
    text = json.dumps(header, separators=(",", ":")).encode()
    return b"".join([LENGTH.pack(len(text)), text, *blobs])


def _place_out(place: Place) -> list[int]:
    return [place.range, place.offset]


def _pointers_out(pointers: tuple[Pointer, ...]) -> list[list[int]]:
    return [[p.at, p.place.range, p.place.offset, int(p.is_map)] for p in pointers]


def _node_out(node: Node) -> dict[str, Any]:
    if isinstance(node, Memset):
        numbers = [node.pitch, node.value, node.element, node.width, node.height]
        return dict(kind="memset", to=_place_out(node.to), numbers=numbers)
    if isinstance(node, Copy):
        return dict(kind="copy", source=_place_out(node.source), to=_place_out(node.to), bytes=node.bytes)
    return dict(
        kind="kernel",
        image=node.image,
        name=node.name,
        launch=[*node.grid, *node.block, node.shared],
        parameters=[[p.value.hex(), _pointers_out(p.pointers)] for p in node.parameters],
        cluster=list(node.cluster),
        cooperative=node.cooperative,
        carveout=node.carveout,
        spreading=node.spreading,
    )

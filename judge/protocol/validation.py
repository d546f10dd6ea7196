"""Reads a recording that the untrusted side has written, and believes nothing: every number has bounds, every
place lies in its range, an edge leads forward, and what is not known here is refused.
"""

import json
from collections.abc import Callable
from typing import Any

from judge.protocol.cubin import BadImage, Cubin, read_cubin
from judge.protocol.recording import (
    CHOICES,
    FILE,
    LENGTH,
    MAP,
    NODES,
    Copy,
    Edge,
    Kernel,
    Memory,
    Memset,
    Node,
    Parameter,
    Place,
    Pointer,
    Recording,
    Variable,
    size_of_choices,
)

_HEADER, _PARTS = 8 << 20, 1 << 19  # bytes; lists and objects in it, which are counted before it is parsed
_IMAGES, _MEMORIES, _VARIABLES, _POINTERS = 256, 256, 4096, 1 << 16
_ALL_POINTERS, _ALL_PARAMETERS = 1 << 17, 1 << 17
_ENTRIES = 400_000  # sections and symbols of all images
_PARAMETERS, _PARAMETER_BYTES = 512, 32_764  # of one kernel
_NAME = 4096
_MEMORY = 1 << 38  # of all memory, and of each


class BadRecording(ValueError):
    """The bytes are not a recording that may be replayed; the text says why."""


def decode(data: bytes, set_bytes: int, architecture: int | None = None) -> Recording:
    """Read a recording of a call on a set of `set_bytes` bytes. With an architecture (90 for sm_90) its
    images must be for it. Raises BadRecording.
    """
    try:
        return _decode(data, set_bytes, architecture)
    except BadImage as error:
        raise BadRecording(str(error)) from None


def _decode(data: bytes, set_bytes: int, architecture: int | None) -> Recording:
    header, blobs = _parts(data)
    images = tuple(blobs.take(n) for n in _list(header["images"], _IMAGES))
    kept, read = list[dict[str, int]](), 0
    for image in images:
        cubin = _cubin(image, architecture)
        kept.append(dict(cubin.variables))
        read += cubin.entries
        if read > _ENTRIES or sum(map(len, kept)) > _VARIABLES:
            raise BadRecording("the images of the kernels have too many sections, symbols or variables")
    sizes = [set_bytes]
    entries = [_list(each, 3, 3) for each in _list(header["memory"], _MEMORIES)]
    sizes += [_number(size, 1, _MEMORY) for size, _, _ in entries]
    _number(sum(sizes[1:]), 0, _MEMORY)
    memory = []
    for size, contents, pointers in entries:
        held = None if contents == -1 else blobs.take(contents)
        if held is not None and len(held) != size:
            raise BadRecording("a memory is not as large as its contents")
        found = _pointers(pointers, len(held or b""), sizes)
        if any(pointer.place.range == 0 for pointer in found):
            raise BadRecording("a memory holds addresses of the buffers that a call is given")
        memory.append(Memory(size, held, found))
    nodes = tuple(_node(each, len(images), sizes) for each in _list(header["nodes"], NODES, 1))
    parameters = [each for node in nodes if isinstance(node, Kernel) for each in node.parameters]
    pointers = sum(len(each.pointers) for each in memory) + sum(len(each.pointers) for each in parameters)
    if len(parameters) > _ALL_PARAMETERS or pointers > _ALL_POINTERS:
        raise BadRecording("the recording has too many parameters or pointers")
    edges = tuple(_edge(each, nodes) for each in _list(header["edges"], 16 * NODES))
    if len({(edge.before, edge.after) for edge in edges}) < len(edges):
        raise BadRecording("two edges lead from one node to the same other one")
    variables = tuple(
        Variable(_number(number, 0, len(images) - 1), _name(name), blobs.take(contents))
        for number, name, contents in (_list(each, 3, 3) for each in _list(header["variables"], _VARIABLES))
    )
    for variable in variables:
        if kept[variable.image].get(variable.name) != len(variable.contents):
            raise BadRecording("an image has no variable of this name and size")
    told = [_list(each, 3, 3) for each in _list(header["choices"], NODES)]
    choices = tuple((_text(name), _text(key), _number(n, 0, 1 << 20)) for name, key, n in told)
    if size_of_choices(choices) > CHOICES:  # as they are sent: a character may take six bytes there
        raise BadRecording("the recording has too many choices of an autotuner")
    return Recording(nodes, edges, tuple(memory), images, variables, choices)


class _Blobs:
    """The blobs of a recording. Each is taken once: a blob that is named often would become large."""

    def __init__(self, blobs: list[bytes]) -> None:
        self._blobs, self._left = blobs, set(range(len(blobs)))

    def take(self, told: Any) -> bytes:
        if type(told) is not int or not 0 <= told < len(self._blobs):
            raise BadRecording("the recording names a blob that is missing")
        if told not in self._left:
            raise BadRecording("a blob of the recording is in use already")
        self._left.remove(told)
        return self._blobs[told]


def _parts(data: bytes) -> tuple[dict[str, Any], _Blobs]:
    """The header, and the blobs."""
    if len(data) < LENGTH.size:
        raise BadRecording("the recording is empty")
    length = LENGTH.unpack_from(data)[0]
    start = LENGTH.size + length
    if length > _HEADER or start > len(data):
        raise BadRecording("the recording's header is cut short, or too long")
    if data.count(b"[", LENGTH.size, start) + data.count(b"{", LENGTH.size, start) > _PARTS:
        raise BadRecording("the recording's header has too many parts")
    try:
        header = json.loads(data[LENGTH.size : start])
    except (ValueError, RecursionError):
        raise BadRecording("the recording's header is not JSON") from None
    known = {"images", "nodes", "edges", "memory", "variables", "choices", "blobs"}
    if not isinstance(header, dict) or set(header) != known:
        raise BadRecording("the recording's header has other fields than it should")
    blobs, at = list[bytes](), start
    for size in _list(header["blobs"], _IMAGES + _MEMORIES + _VARIABLES):
        end = at + _number(size, 0, FILE)
        if end > len(data):
            raise BadRecording("the recording is cut short")
        blobs.append(bytes(data[at:end]))
        at = end
    return header, _Blobs(blobs)


def _cubin(image: bytes, architecture: int | None) -> Cubin:
    """What an image says about itself. Raises BadRecording if it is for another GPU."""
    cubin = read_cubin(image)
    # A GPU runs images of its own generation, up to its own version.
    if architecture is not None and not architecture // 10 * 10 <= cubin.architecture <= architecture:
        raise BadRecording(
            f"the image of a kernel is for sm_{cubin.architecture}, this GPU is sm_{architecture}"
        )
    return cubin


def _node(told: Any, images: int, sizes: list[int]) -> Node:
    kind = told.get("kind") if isinstance(told, dict) else None
    if not isinstance(kind, str) or kind not in _NODE_KINDS:
        raise BadRecording("the recording has a node of an unknown kind")
    fields, read = _NODE_KINDS[kind]
    if set(told) != {"kind", *fields}:
        raise BadRecording(f"a {kind} has other fields than it should")
    return read(told, images, sizes)


def _kernel(told: dict[str, Any], images: int, sizes: list[int]) -> Kernel:
    launch = _list(told["launch"], 7, 7)
    limits = (2**31 - 1, 65_535, 65_535, 1024, 1024, 64)
    grid_block = [_number(n, 1, most) for n, most in zip(launch[:6], limits, strict=True)]
    if grid_block[3] * grid_block[4] * grid_block[5] > 1024:
        raise BadRecording("a kernel has more than 1024 threads in a block")
    parameters = [_list(each, 2, 2) for each in _list(told["parameters"], _PARAMETERS)]
    values = [(_bytes(value), pointers) for value, pointers in parameters]
    if sum(len(value) for value, _ in values) > _PARAMETER_BYTES:
        raise BadRecording(f"a kernel has more than {_PARAMETER_BYTES} bytes of parameters")
    cluster = tuple(_number(n, 0, 16) for n in _list(told["cluster"], 3, 3))
    if any(cluster) and not 1 <= cluster[0] * cluster[1] * cluster[2] <= 16:
        raise BadRecording("a kernel's cluster is too large")
    return Kernel(
        image=_number(told["image"], 0, images - 1),
        name=_name(told["name"]),
        grid=tuple(grid_block[:3]),
        block=tuple(grid_block[3:]),
        shared=_number(launch[6], 0, 256 << 10),
        parameters=tuple(
            Parameter(value, _pointers(pointers, len(value), sizes)) for value, pointers in values
        ),
        cluster=cluster,
        cooperative=_number(told["cooperative"], 0, 1),
        carveout=_number(told["carveout"], 0, 100),
        spreading=_number(told["spreading"], 0, 2),
    )


def _memset(told: dict[str, Any], images: int, sizes: list[int]) -> Memset:
    pitch, value, element, width, height = _list(told["numbers"], 5, 5)
    node = Memset(
        _place(told["to"], sizes),
        _number(pitch, 0, _MEMORY),
        _number(value, 0, 2**32 - 1),
        _number(element, 1, 4),
        _number(width, 1, _MEMORY),
        _number(height, 1, _MEMORY),
    )
    if node.element == 3 or node.to.offset + node.bytes > sizes[node.to.range]:
        raise BadRecording("a memset leaves its memory")
    return node


def _copy(told: dict[str, Any], images: int, sizes: list[int]) -> Copy:
    node = Copy(_place(told["source"], sizes), _place(told["to"], sizes), _number(told["bytes"], 1, _MEMORY))
    if any(end.offset + node.bytes > sizes[end.range] for end in (node.source, node.to)):
        raise BadRecording("a copy leaves its memory")
    return node


_LAUNCH = ("cluster", "cooperative", "carveout", "spreading")
_Read = Callable[[dict[str, Any], int, list[int]], Node]
_NODE_KINDS: dict[str, tuple[set[str], _Read]] = {
    "kernel": ({*_LAUNCH, "image", "name", "launch", "parameters"}, _kernel),
    "memset": ({"to", "numbers"}, _memset),
    "copy": ({"source", "to", "bytes"}, _copy),
}


def _edge(told: Any, nodes: tuple[Node, ...]) -> Edge:
    before, after, programmatic = _list(told, 3, 3)
    edge = Edge(
        _number(before, 0, len(nodes) - 2),
        _number(after, 1, len(nodes) - 1),
        bool(_number(programmatic, 0, 1)),
    )
    if edge.before >= edge.after:
        raise BadRecording("an edge leads backward")
    if edge.programmatic and not all(isinstance(nodes[n], Kernel) for n in (edge.before, edge.after)):
        raise BadRecording("a programmatic edge leads from or to something else than a kernel")
    return edge


def _place(told: Any, sizes: list[int]) -> Place:
    which, offset = _list(told, 2, 2)
    which = _number(which, 0, len(sizes) - 1)
    return Place(which, _number(offset, 0, sizes[which] - 1))


def _pointers(told: Any, length: int, sizes: list[int]) -> tuple[Pointer, ...]:
    """The pointers in a value of `length` bytes. They may not overlap."""
    found, free = [], 0
    for at, which, offset, is_map in (_list(each, 4, 4) for each in _list(told, _POINTERS)):
        pointer = Pointer(
            _number(at, free, length), _place([which, offset], sizes), bool(_number(is_map, 0, 1))
        )
        free = pointer.at + (MAP if pointer.is_map else 8)
        if free > length:
            raise BadRecording("a pointer leaves its value")
        found.append(pointer)
    return tuple(found)


def _list(told: Any, most: int, least: int = 0) -> list[Any]:
    if not isinstance(told, list) or not least <= len(told) <= most:
        raise BadRecording("the recording has a list of a wrong length")
    return told


def _number(told: Any, least: int, most: int) -> int:
    if type(told) is not int or not least <= told <= most:
        raise BadRecording("the recording has a number out of its bounds")
    return told


def _text(told: Any) -> str:
    if not isinstance(told, str) or not 0 < len(told) <= _NAME or "\0" in told or not told.isascii():
        raise BadRecording("the recording has a name that is none")
    return told


def _name(told: Any) -> str:
    """A name that may be shown to people."""
    if not _text(told).isprintable():
        raise BadRecording("the recording has a name that is none")
    return str(told)


def _bytes(told: Any) -> bytes:
    if not isinstance(told, str) or len(told) > 2 * _PARAMETER_BYTES:
        raise BadRecording("the recording has a parameter that is none")
    try:
        return bytes.fromhex(told)
    except ValueError:
        raise BadRecording("the recording has a parameter that is none") from None

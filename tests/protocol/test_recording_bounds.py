"""The bounds of a recording, one by one: what goes beyond is refused in words, what reaches them is taken."""

from collections.abc import Callable
from typing import Any

import pytest
from images import SET, compiled, joined, parts, recordings, refused

from judge.protocol.recording import FILE, Parameter, Place, Pointer, encode
from judge.protocol.validation import BadRecording, decode

Change = Callable[[dict[str, Any]], object]


def changed(image: bytes, change: Change, which: int) -> bytes:
    """A recording whose header was changed: 0 is a plain one, 2 has all that is rare."""
    header, blobs = parts(recordings(image)[which])
    change(header)
    return joined(header, blobs)


def put(value: object, *path: str | int) -> Change:
    """The change that puts a value at a place of the header."""

    def change(header: Any) -> None:
        for key in path[:-1]:
            header = header[key]
        header[path[-1]] = value

    return change


# In the rare recording: the nodes are two kernels and a memset, range 1 has 64 bytes, range 2 has 512.
KERNEL, ODD, MEMSET = ("nodes", 0), ("nodes", 1), ("nodes", 2)
POINTER = (*KERNEL, "parameters", 0, 1, 0)
NUMBER, LIST = "a number out of its bounds", "a list of a wrong length"
MANY_POINTERS = ["00" * 32_000, [[8 * i, 0, 0, 0] for i in range(4000)]]
BOUNDS: dict[str, tuple[Change, str]] = {
    "another field": (put(1, "host"), "the recording's header has other fields than it should"),
    "a field that is missing": (lambda h: h.pop("edges"), "header has other fields than it should"),
    "an attribute of a kernel": (put(1, *KERNEL, "priority"), "a kernel has other fields than it should"),
    "a kernel without a cluster": (lambda h: h["nodes"][0].pop("cluster"), "a kernel has other fields"),
    "a host address of a memset": (put(1 << 40, *MEMSET, "host"), "a memset has other fields than it should"),
    "a host call": (put(dict(kind="host"), *KERNEL), "a node of an unknown kind"),
    "a node without a kind": (put({}, *KERNEL), "a node of an unknown kind"),
    "a kind that is a list": (put(["kernel"], *KERNEL, "kind"), "a node of an unknown kind"),
    "a node that is a list": (put([1], *KERNEL), "a node of an unknown kind"),
    "no node": (put([], "nodes"), LIST),
    "too many nodes": (lambda h: h["nodes"].extend(h["nodes"][:1] * 4096), LIST),
    "too many edges": (put([[0, 1, 0]] * 65_537, "edges"), LIST),
    "too many memories": (lambda h: h["memory"].extend([[1, -1, []]] * 256), LIST),
    "too many choices": (put([["a", "b", 1]] * 4097, "choices"), LIST),
    "too many blobs": (lambda h: h["blobs"].extend([0] * 5000), LIST),
    "too many images": (put([*range(257)], "images"), LIST),
    "too many variables": (put([[0, "v", 1]] * 4097, "variables"), LIST),
    "too many pointers": (put([[0, 0, 0, 0]] * 65_537, *KERNEL, "parameters", 0, 1), LIST),
    "too many parts": (put([[]] * (1 << 19), "choices"), "the recording's header has too many parts"),
    "too many objects": (put([{}] * (1 << 19), "choices"), "the recording's header has too many parts"),
    "too many parameters in all": (
        lambda h: h.update(nodes=[h["nodes"][0] | dict(parameters=[["", []]] * 512)] * 257),
        "too many parameters or pointers",
    ),
    "too many pointers in all": (
        lambda h: h.update(nodes=[h["nodes"][0] | dict(parameters=[MANY_POINTERS])] * 33),
        "too many parameters or pointers",
    ),
    "too many parameters": (put([["", []]] * 513, *KERNEL, "parameters"), LIST),
    "a set beyond the buffers": (put(SET, *POINTER, 2), NUMBER),
    "an address before its range": (put(-8, *POINTER, 2), NUMBER),
    "an address of the host": (put(0x7FFF_0000_0000, *POINTER, 2), NUMBER),
    "a range that there is not": (put(3, *POINTER, 1), NUMBER),
    "a range below 0": (put(-1, *POINTER, 1), NUMBER),
    "a pointer at the end of its memory": (put(512, "memory", 0, 2, 0, 2), NUMBER),
    "a pointer beyond its parameter": (put(1, *POINTER, 0), "a pointer leaves its value"),
    "a map in a small parameter": (put(1, *POINTER, 3), "a pointer leaves its value"),
    "a pointer that is 2": (put(2, *POINTER, 3), NUMBER),
    "a pointer without a value": (put([[0, 2, 0, 0]], "memory", 1, 2), "a pointer leaves its value"),
    "a pointer twice": (lambda h: h["nodes"][0]["parameters"][0][1].append([0, 0, 0, 0]), NUMBER),
    "pointers that overlap": (put([[8, 2, 0, 0], [15, 1, 0, 0]], "memory", 0, 2), NUMBER),
    "pointers out of order": (put([[16, 2, 0, 0], [8, 1, 0, 0]], "memory", 0, 2), NUMBER),
    "a memory that knows the buffers": (put(0, "memory", 0, 2, 0, 1), "holds addresses of the buffers"),
    "a parameter that is too large": (
        put([["00" * 32_764, []], ["00", []]], *KERNEL, "parameters"),
        "a kernel has more than 32764 bytes of parameters",
    ),
    "a parameter of many bytes": (
        put("00" * 32_765, *KERNEL, "parameters", 0, 0),
        "a parameter that is none",
    ),
    "half a byte": (put("0", *KERNEL, "parameters", 0, 0), "a parameter that is none"),
    "a parameter that is a number": (put(7, *KERNEL, "parameters", 0, 0), "a parameter that is none"),
    "an edge that leads backward": (put([1, 1, 0], "edges", 0), "an edge leads backward"),
    "an edge twice": (lambda h: h["edges"].append(h["edges"][1]), "two edges lead from one node"),
    "an edge with permission, and without": (
        lambda h: h["edges"].append([0, 1, 0]),
        "two edges lead from one node",
    ),
    "an edge to no node": (put([0, 3, 0], "edges", 0), NUMBER),
    "an edge from before all": (put([-1, 1, 0], "edges", 0), NUMBER),
    "permission by a kernel to a memset": (put([0, 2, 1], "edges", 1), "something else than a kernel"),
    "permission that is neither": (put([0, 1, 2], "edges", 0), NUMBER),
    "a cluster of 32": (put([4, 4, 2], *KERNEL, "cluster"), "a kernel's cluster is too large"),
    "a cluster without an extent": (put([2, 0, 1], *KERNEL, "cluster"), "a kernel's cluster is too large"),
    "a cluster of 17": (put([17, 1, 1], *KERNEL, "cluster"), NUMBER),
    "1025 threads": (put(1025, *KERNEL, "launch", 3), NUMBER),
    "1056 threads in two extents": (put(33, *ODD, "launch", 4), "more than 1024 threads in a block"),
    "65 deep": (put(65, *KERNEL, "launch", 5), NUMBER),
    "no block": (put(0, *KERNEL, "launch", 0), NUMBER),
    "a wide grid": (put(2**31, *KERNEL, "launch", 0), NUMBER),
    "a high grid": (put(65_536, *KERNEL, "launch", 1), NUMBER),
    "more shared memory than there is": (put((256 << 10) + 1, *KERNEL, "launch", 6), NUMBER),
    "shared memory below 0": (put(-1, *KERNEL, "launch", 6), NUMBER),
    "a launch without shared memory": (lambda h: h["nodes"][0]["launch"].pop(), LIST),
    "cooperative twice": (put(2, *KERNEL, "cooperative"), NUMBER),
    "more than all shared memory": (put(101, *KERNEL, "carveout"), NUMBER),
    "a third way to place clusters": (put(3, *KERNEL, "spreading"), NUMBER),
    "more memory together than any GPU has": (put([[1 << 37, -1, []]] * 3, "memory"), NUMBER),
    "choices that are long when they are sent": (
        put([["a", "\x01" * 4000, 1]] * 3, "choices"),
        "too many choices",
    ),
    "an image that there is not": (put(1, *KERNEL, "image"), NUMBER),
    "no name": (put("", *KERNEL, "name"), "a name that is none"),
    "a name with an end in it": (put("a\0b", *KERNEL, "name"), "a name that is none"),
    "a name that is not ASCII": (put("é", *KERNEL, "name"), "a name that is none"),
    "a name that clears a terminal": (put("\x1b[2J", *KERNEL, "name"), "a name that is none"),
    "a name that is half a letter": (put("\ud800", *KERNEL, "name"), "a name that is none"),
    "a long name": (put("a" * 4097, *KERNEL, "name"), "a name that is none"),
    "a name that is a number": (put(1, *KERNEL, "name"), "a name that is none"),
    "a memset that leaves its range": (put(501, *MEMSET, "to", 1), "a memset leaves its memory"),
    "a memset whose last row does": (put(65, *MEMSET, "numbers", 4), "a memset leaves its memory"),
    "a memset of wide rows": (put(241, *MEMSET, "numbers", 3), "a memset leaves its memory"),
    "a memset of far rows": (put(1 << 38, *MEMSET, "numbers", 0), "a memset leaves its memory"),
    "a memset of 3 bytes": (put(3, *MEMSET, "numbers", 2), "a memset leaves its memory"),
    "a memset of 5 bytes": (put(5, *MEMSET, "numbers", 2), NUMBER),
    "a memset of nothing": (put(0, *MEMSET, "numbers", 4), NUMBER),
    "a memset to 33 bits": (put(2**32, *MEMSET, "numbers", 1), NUMBER),
    "a memset of the host": (put([3, 0], *MEMSET, "to"), NUMBER),
    "a copy from beyond": (
        put(dict(kind="copy", source=[1, 1], to=[2, 0], bytes=64), *MEMSET),
        "a copy leaves its memory",
    ),
    "a copy to beyond": (
        put(dict(kind="copy", source=[2, 0], to=[1, 1], bytes=64), *MEMSET),
        "a copy leaves its memory",
    ),
    "a copy of nothing": (put(dict(kind="copy", source=[2, 0], to=[1, 1], bytes=0), *MEMSET), NUMBER),
    "contents that are too short": (put(65, "memory", 0, 0), "a memory is not as large as its contents"),
    "contents that are too long": (put(63, "memory", 0, 0), "a memory is not as large as its contents"),
    "memory of no bytes": (put(0, "memory", 1, 0), NUMBER),
    "more memory than any GPU has": (put((1 << 38) + 1, "memory", 1, 0), NUMBER),
    "contents that there are not": (put(2, "memory", 0, 1), "a blob that is missing"),
    "contents below 0": (put(-2, "memory", 0, 1), "a blob that is missing"),
    "contents that are an image": (put(0, "memory", 0, 1), "in use already"),
    "an image twice": (lambda h: h["images"].append(0), "in use already"),
    "an image that is true": (put([True], "images"), "a blob that is missing"),
    "an image that is none": (put([1], "images"), "the image of a kernel"),
    "a variable of no image": (put([[1, "v", 1]], "variables"), NUMBER),
    "a choice below 0": (put([["k", "()", -1]], "choices"), NUMBER),
    "a choice of no kernel": (put([["", "()", 1]], "choices"), "a name that is none"),
    "a blob beyond the file": (put(1 << 20, "blobs", 1), "the recording is cut short"),
    "a huge blob": (put(FILE + 1, "blobs", 1), NUMBER),
    "a blob below 0": (put(-1, "blobs", 1), NUMBER),
}
# A whole number has only one form.
for value in (True, 4.0, "4", None, [4], float("nan"), float("inf"), 10**30):
    BOUNDS[f"{value!r} threads"] = put(value, *KERNEL, "launch", 3), NUMBER
for field in ("images", "nodes", "edges", "memory", "variables", "choices", "blobs"):
    for other in ({}, None, "[]"):
        BOUNDS[f"{field} are {other!r}"] = put(other, field), LIST


@pytest.mark.parametrize("name", BOUNDS)
def test_each_bound_is_kept(image: bytes, name: str) -> None:
    change, message = BOUNDS[name]
    told = refused(changed(image, change, 2))
    assert message in told and told.isprintable()


LAST = {
    "threads of a block": (put([1, 1, 1, 1, 16, 64, 0], *KERNEL, "launch"), "block", (1, 16, 64)),
    "the grid": (put([2**31 - 1, 65_535, 65_535, 1, 1, 1, 0], *KERNEL, "launch"), "block", (1, 1, 1)),
    "shared memory": (put(256 << 10, *KERNEL, "launch", 6), "shared", 256 << 10),
    "the cluster": (put([4, 2, 2], *KERNEL, "cluster"), "cluster", (4, 2, 2)),
    "the name": (put("a" * 4096, *KERNEL, "name"), "name", "a" * 4096),
    "the last byte of the set": (
        put([["00" * 8, [[0, 0, SET - 1, 0]]]], *KERNEL, "parameters"),
        "parameters",
        (Parameter(bytes(8), (Pointer(0, Place(0, SET - 1)),)),),
    ),
    "all parameters": (
        put([["00" * 32_764, []]], *KERNEL, "parameters"),
        "parameters",
        (Parameter(bytes(32_764)),),
    ),
}


@pytest.mark.parametrize("name", LAST)
def test_what_reaches_a_bound_is_taken(image: bytes, name: str) -> None:
    change, field, value = LAST[name]
    [node] = decode(changed(image, change, 0), SET).nodes
    assert getattr(node, field) == value


def test_the_set_of_another_case_has_bounds_of_its_own(image: bytes) -> None:
    data = encode(recordings(image)[0])
    assert decode(data, 2049)
    with pytest.raises(BadRecording, match="a number out of its bounds"):
        decode(data, 2048)


@pytest.mark.parametrize("gpu, runs", [(90, True), (None, True), (80, False), (89, False), (100, False)])
def test_an_image_must_be_for_this_gpu(image: bytes, gpu: int | None, runs: bool) -> None:
    data = encode(recordings(image)[0])
    if runs:
        assert decode(data, SET, gpu)
    else:
        assert refused(data, gpu) == f"the image of a kernel is for sm_90, this GPU is sm_{gpu}"


def test_a_gpu_runs_images_of_its_own_generation() -> None:
    data = encode(recordings(compiled(80))[0])
    assert decode(data, SET, 80) == decode(data, SET, 86)

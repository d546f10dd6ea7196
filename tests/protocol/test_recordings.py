"""Recordings: what is written is read again, and what breaks a bound, or no rule allows, is refused."""

import json
from dataclasses import replace
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from images import NAME, SET, compiled, joined, keeping, parts, recordings, refused
from mutations import accepted, mutated

from judge.protocol.cubin import read_cubin
from judge.protocol.recording import (
    LENGTH,
    MAP,
    Copy,
    Edge,
    Kernel,
    Memory,
    Memset,
    Parameter,
    Place,
    Pointer,
    Recording,
    Variable,
    encode,
)
from judge.protocol.validation import BadRecording, decode

# -- the round trip -----------------------------------------------------------------------------------

names = st.text("abcXYZ_09$.<>", min_size=1, max_size=30)
sizes = st.integers(1, 1 << 36)  # three of them are within the bound of all


@st.composite
def places(draw: st.DrawFn, ranges: list[int], least: int = 0) -> Place:
    which = draw(st.integers(least, len(ranges) - 1))
    return Place(which, draw(st.integers(0, ranges[which] - 1)))


@st.composite
def values(draw: st.DrawFn, ranges: list[int], least: int = 0) -> tuple[bytes, tuple[Pointer, ...]]:
    """Some bytes, with pointers that do not overlap."""
    value, pointers, free = draw(st.binary(max_size=300)), [], 0
    if least >= len(ranges):
        return value, ()
    while draw(st.booleans()):
        is_map = draw(st.booleans())
        last = len(value) - (MAP if is_map else 8)
        if last < free:
            break
        pointers.append(Pointer(draw(st.integers(free, last)), draw(places(ranges, least)), is_map))
        free = pointers[-1].at + (MAP if is_map else 8)
    return value, tuple(pointers)


@st.composite
def kernels(draw: st.DrawFn, ranges: list[int], images: int) -> Kernel:
    width = draw(st.integers(1, 1024))
    height = draw(st.integers(1, 1024 // width))
    return Kernel(
        draw(st.integers(0, images - 1)),
        draw(names),
        (draw(st.integers(1, 2**31 - 1)), *draw(st.tuples(*[st.integers(1, 65_535)] * 2))),
        (width, height, draw(st.integers(1, min(64, 1024 // (width * height))))),
        draw(st.integers(0, 256 << 10)),
        tuple(Parameter(*each) for each in draw(st.lists(values(ranges), max_size=4))),
        draw(st.sampled_from([(0, 0, 0), (1, 1, 1), (2, 1, 1), (2, 2, 4), (16, 1, 1)])),
        draw(st.integers(0, 1)),
        draw(st.integers(0, 100)),
        draw(st.integers(0, 2)),
    )


@st.composite
def memsets(draw: st.DrawFn, ranges: list[int]) -> Memset:
    to = draw(places(ranges))
    left = ranges[to.range] - to.offset
    element = draw(st.sampled_from([size for size in (1, 2, 4) if size <= left]))
    width = draw(st.integers(1, left // element))
    height = draw(st.integers(1, 5))
    pitch = 0 if height == 1 else draw(st.integers(0, (left - width * element) // (height - 1)))
    return Memset(to, pitch, draw(st.integers(0, 2**32 - 1)), element, width, height)


@st.composite
def copies(draw: st.DrawFn, ranges: list[int]) -> Copy:
    source, to = draw(places(ranges)), draw(places(ranges))
    most = min(ranges[end.range] - end.offset for end in (source, to))
    return Copy(source, to, draw(st.integers(1, most)))


@st.composite
def calls(draw: st.DrawFn, image: bytes) -> Recording:
    """Recordings that keep all rules."""
    images = [keeping(), compiled(80)][: draw(st.integers(1, 2))] if draw(st.booleans()) else [image]
    held = draw(st.lists(st.binary(min_size=1, max_size=300) | sizes, max_size=3))
    ranges = [SET, *(each if isinstance(each, int) else len(each) for each in held)]
    memory = []
    for size, each in zip(ranges[1:], held, strict=True):
        found = draw(values(ranges, least=1))[1] if isinstance(each, bytes) else ()
        fitting = tuple(p for p in found if p.at + (MAP if p.is_map else 8) <= size)
        memory.append(Memory(size, each if isinstance(each, bytes) else None, fitting))
    kinds = kernels(ranges, len(images)) | memsets(ranges) | copies(ranges)
    nodes = draw(st.lists(kinds, min_size=1, max_size=5))
    edges = []
    for after in range(1, len(nodes)):
        before = draw(st.integers(0, after - 1))
        both = isinstance(nodes[before], Kernel) and isinstance(nodes[after], Kernel)
        edges.append(Edge(before, after, both and draw(st.booleans())))
    kept = [(n, name, size) for n, each in enumerate(images) for name, size in read_cubin(each).variables]
    variables = [Variable(n, name, draw(st.binary(min_size=size, max_size=size))) for n, name, size in kept]
    return Recording(
        tuple(nodes),
        tuple(edges),
        tuple(memory),
        tuple(images),
        tuple(variables[: draw(st.integers(0, len(variables)))]),
        tuple(draw(st.lists(st.tuples(names, names, st.integers(0, 1 << 20)), max_size=3))),
    )


@given(st.data())
def test_what_is_written_is_read_again(image: bytes, data: st.DataObject) -> None:
    recording = data.draw(calls(image))
    assert decode(encode(recording), SET) == recording


def test_the_launches_of_two_recordings_are_compared_without_images_and_contents(image: bytes) -> None:
    def held(contents: bytes | None, of: bytes = image, size: int = 8) -> object:
        return Recording(recordings(image)[0].nodes, (), (Memory(size, contents),), (of,)).launches

    assert held(b"a" * 8) == held(b"b" * 8) == held(b"a" * 8, compiled(80))
    assert held(b"a" * 8) != held(None) != held(None, size=9)


# -- the form -------------------------------------------------------------------------------------------


def with_header(text: bytes, length: int | None = None) -> bytes:
    return LENGTH.pack(len(text) if length is None else length) + text


FORMS = {
    "nothing": (b"", "the recording is empty"),
    "half a length": (b"\1\0\0", "the recording is empty"),
    "only a length": (LENGTH.pack(1), "header is cut short, or too long"),
    "a header cut short": (with_header(b"{}", 3), "header is cut short, or too long"),
    "a huge length": (with_header(b"{}", 2**64 - 1), "header is cut short, or too long"),
    "a header of 9 MiB": (with_header(b" " * (9 << 20)), "header is cut short, or too long"),
    "an empty header": (with_header(b""), "header is not JSON"),
    "no JSON": (with_header(b"{'images': []}"), "header is not JSON"),
    "no text": (with_header(b"\xff\xfe\xfd"), "header is not JSON"),
    "lists without end": (with_header(b"[" * 100_000), "header is not JSON"),
    "objects without end": (with_header(b'{"a":' * 100_000), "header is not JSON"),
    "a number without end": (with_header(b"1" * 1_000_000), "header is not JSON"),
    "a list": (with_header(b"[]"), "header has other fields than it should"),
    "nothing at all": (with_header(b"null"), "header has other fields than it should"),
    "a number": (with_header(b"NaN"), "header has other fields than it should"),
    "an empty object": (with_header(b"{}"), "header has other fields than it should"),
}


@pytest.mark.parametrize("name", FORMS)
def test_what_has_another_form_is_refused(name: str) -> None:
    data, message = FORMS[name]
    assert message in refused(data)


def test_every_recording_that_is_cut_short_is_refused(image: bytes) -> None:
    data = encode(recordings(image)[2])
    for end in range(len(data)):
        refused(data[:end])


def test_a_variable_is_one_of_its_image(image: bytes) -> None:
    call = recordings(image)[0]
    kept = keeping()
    [(name, size)] = read_cubin(kept).variables
    right = replace(call, images=(kept,), variables=(Variable(0, name, bytes(size)),))
    assert decode(encode(right), SET) == right
    for wrong in (Variable(0, name, bytes(size + 1)), Variable(0, "other", bytes(size))):
        assert "no variable of this name" in refused(encode(replace(right, variables=(wrong,))))
    assert "no variable of this name" in refused(encode(replace(call, variables=right.variables)))


def test_blobs_are_not_shared(image: bytes) -> None:
    # 4096 variables of one blob would be written again as 4096 blobs, far beyond the bound of a file.
    header, blobs = parts(recordings(image)[0])
    header["blobs"].append(1 << 20)
    header["variables"] = [[0, NAME, 1]] * 4096
    assert "in use already" in refused(joined(header, blobs + bytes(1 << 20)))


def test_a_header_of_almost_8_mib_can_be_written_again(image: bytes) -> None:
    # 7.6 MiB without spaces: with them it would be too long for those who read it after us.
    header, blobs = parts(recordings(image)[2])
    node = header["nodes"][1]
    node["parameters"] = [["00" * 21, [[0, 2, 8, 0]]] for _ in range(60)]
    header["nodes"] = [node] * 2180
    header["edges"] = []
    text = json.dumps(header, separators=(",", ":")).encode()
    recording = decode(LENGTH.pack(len(text)) + text + blobs, SET)
    assert decode(encode(recording), SET) == recording


# -- damage ---------------------------------------------------------------------------------------------

MUTATIONS = 10_000


def test_damaged_recordings_are_refused_or_say_something_else(image: bytes) -> None:
    """Anything else than BadRecording, which the judge takes for its own bug, ends this test."""
    chance = Random(20_240)
    originals = [encode(each) for each in recordings(image)]
    taken, messages = 0, set()
    for n in range(MUTATIONS):
        try:
            found = decode(mutated(originals[n % len(originals)], chance), SET, 90)
        except BadRecording as error:
            messages.add(str(error))
        else:
            assert decode(encode(found), SET, 90) == found
            taken += 1
    # The damage is neither harmless nor stopped at the door.
    assert MUTATIONS / 20 < taken < MUTATIONS / 2
    assert len(messages) > 15, messages


def test_of_damaged_recordings_some_are_accepted(image: bytes) -> None:
    data = encode(recordings(image)[1])
    found = [decode(each, SET, 90) for each in accepted(data, SET, 50, Random(1), 90)]
    assert len(found) == 50
    assert decode(data, SET) not in found
    assert found == [decode(each, SET) for each in accepted(data, SET, 50, Random(1), 90)]

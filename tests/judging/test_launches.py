"""In what two recordings of the same call differ, in words."""

from dataclasses import replace

import pytest

from judge.judging.launches import agreed, difference
from judge.protocol.recording import Copy, Edge, Kernel, Memory, Memset, Parameter, Place, Pointer, Recording

BUFFER = Parameter(bytes(8), (Pointer(0, Place(0, 256)),))
COUNT = Parameter(b"\x40\0\0\0")
KERNEL = Kernel(0, "softmax_kernel", (64, 1, 1), (128, 1, 1), 4096, (BUFFER, COUNT))
SET = Memset(Place(1, 0), 0, 0, 4, 16, 1)
CALL = Recording((KERNEL, SET), (Edge(0, 1),), (Memory(64), Memory(32, bytes(32))), (b"image",))

CASES: dict[str, tuple[Recording, str]] = {
    "one launch more": (replace(CALL, nodes=(*CALL.nodes, SET)), "2 launches and 3"),
    "another kernel": (
        replace(CALL, nodes=(replace(KERNEL, name="other"), SET)),
        "launch 1 of 2: softmax_kernel and other",
    ),
    "a copy in place of a memset": (
        replace(CALL, nodes=(KERNEL, Copy(Place(0, 0), Place(1, 0), 64))),
        "launch 2 of 2: memset and copy",
    ),
    "another grid": (
        replace(CALL, nodes=(replace(KERNEL, grid=(32, 1, 1)), SET)),
        "launch 1 of 2: softmax_kernel, grid (64, 1, 1) and (32, 1, 1)",
    ),
    "another value": (
        replace(CALL, nodes=(replace(KERNEL, parameters=(BUFFER, Parameter(b"\x41\0\0\0"))), SET)),
        "launch 1 of 2: parameter 2 of softmax_kernel has another value",
    ),
    "another place": (
        replace(
            CALL,
            nodes=(
                replace(KERNEL, parameters=(Parameter(bytes(8), (Pointer(0, Place(0, 512)),)), COUNT)),
                SET,
            ),
        ),
        "launch 1 of 2: parameter 1 of softmax_kernel points elsewhere",
    ),
    "a parameter more": (
        replace(CALL, nodes=(replace(KERNEL, parameters=(BUFFER, COUNT, COUNT)), SET)),
        "launch 1 of 2: softmax_kernel, 2 parameters and 3",
    ),
    "a longer memset": (
        replace(CALL, nodes=(KERNEL, replace(SET, width=8))),
        "launch 2 of 2: memset, width 16 and 8",
    ),
    "more memory": (replace(CALL, memory=(*CALL.memory, Memory(8))), "2 pieces of memory of its own and 3"),
    "larger memory": (
        replace(CALL, memory=(Memory(128), CALL.memory[1])),
        "memory 1 of its own: 64 bytes and 128",
    ),
    "older memory": (
        replace(CALL, memory=(Memory(64), Memory(32))),
        "memory 2 of its own: older than the call, or not",
    ),
    "other edges": (replace(CALL, edges=()), "the order of the launches"),
}


@pytest.mark.parametrize("name", CASES)
def test_the_first_difference_is_told(name: str) -> None:
    other, told = CASES[name]
    assert difference(CALL, other) == told


def test_equal_launches_have_no_difference() -> None:
    assert difference(CALL, replace(CALL, images=(b"another",))) == ""


def test_what_is_agreed_on_has_no_byte_and_no_pointer_that_differs() -> None:
    one = replace(
        KERNEL, parameters=(BUFFER, Parameter(b"\x12\x34\0\0" + bytes(8), (Pointer(4, Place(1, 0)),)))
    )
    other = replace(KERNEL, parameters=(BUFFER, Parameter(b"\x12\x35\0\0" + b"\7" * 8)))
    common = agreed(replace(CALL, nodes=(one, SET)), replace(CALL, nodes=(other, SET)))
    wanted = replace(KERNEL, parameters=(BUFFER, Parameter(b"\x12\0\0\0" + bytes(8))))
    assert common == replace(CALL, nodes=(wanted, SET))


@pytest.mark.parametrize("name", [each for each in CASES if each not in ("another value", "another place")])
def test_calls_that_differ_in_more_than_parameters_agree_on_nothing(name: str) -> None:
    other, _ = CASES[name]
    assert agreed(CALL, other) is None

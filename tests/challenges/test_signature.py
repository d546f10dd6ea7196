"""Signatures: the ordered parameters of solve, and what follows from them."""

from dataclasses import FrozenInstanceError

import pytest
from hypothesis import given
from hypothesis import strategies as st

from judge.challenges.signature import Direction, Parameter, Signature
from judge.new.arguments import FLOATS, INTEGERS

X = Parameter("x", dtypes=("float32",), dims=("rows", "cols"))
OUT = Parameter("out", "out", ("float32",), ("rows", "cols"))
N = Parameter("n", scalar=int)
STATE = Parameter("state", "inout", ("float64",), ("cols",))
MIXED = Signature((X, OUT, N, STATE))  # an output in the middle, and one that is read too

DIRECTIONS: tuple[Direction, ...] = ("in", "out", "inout")
DTYPES = (*FLOATS, *INTEGERS, "bool", "float8_e4m3fn", "float8_e5m2")


# -- parameters ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("direction", "read", "written"), [("in", True, False), ("out", False, True), ("inout", True, True)]
)
def test_a_direction_says_what_solve_does(direction: Direction, read: bool, written: bool) -> None:
    parameter = Parameter("x", direction, ("float32",), ("n",))
    assert (parameter.is_read, parameter.is_written) == (read, written)
    assert parameter.is_tensor


def test_a_parameter_is_read_unless_it_says_otherwise() -> None:
    assert Parameter("x").direction == "in"
    assert not N.is_tensor
    assert (N.is_read, N.is_written) == (True, False)


def test_a_parameter_stays_as_it_is() -> None:
    with pytest.raises(FrozenInstanceError):
        X.name = "y"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("dtypes", "dtype"), [(("float32",), "float32"), (("float16", "float32"), ""), ((), "")]
)
def test_a_parameter_has_a_dtype_where_there_is_one_only(dtypes: tuple[str, ...], dtype: str) -> None:
    assert Parameter("x", dtypes=dtypes, dims=("n",)).dtype == dtype


@pytest.mark.parametrize(
    ("dims", "rank"),
    [
        ((), 0),
        (("n",), 1),
        (("rows", "cols"), 2),
        (("3", "n", "n+1"), 3),
        (("_",), 1),
        (("...",), None),
        (("...", "n"), None),
        (("*batch", "n"), None),
        (("n", "*rest"), None),
    ],
)
def test_the_rank_is_known_unless_a_dimension_stands_for_many(dims: tuple[str, ...], rank: int) -> None:
    assert Parameter("x", dtypes=("float32",), dims=dims).rank == rank


def test_every_dtype_has_a_c_type_of_its_own() -> None:
    types = {Parameter("x", "out", (dtype,), ("n",)).c_type for dtype in DTYPES}
    assert len(types) == len(DTYPES)
    assert "void*" not in types


@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize(
    ("dtype", "c_type"),
    [("float32", "float"), ("float16", "__half"), ("int32", "int"), ("uint8", "uint8_t"), ("bool", "bool")],
)
def test_a_tensor_is_a_pointer_in_c(direction: Direction, dtype: str, c_type: str) -> None:
    const = "const " if direction == "in" else ""
    assert Parameter("x", direction, (dtype,), ("n",)).c_type == f"{const}{c_type}*"


@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize("dtypes", [(), ("float16", "float32"), ("complex64",)])
def test_where_the_dtype_is_open_or_unknown_the_pointer_is_void(
    direction: Direction, dtypes: tuple[str, ...]
) -> None:
    const = "const " if direction == "in" else ""
    assert Parameter("x", direction, dtypes, ("n",)).c_type == f"{const}void*"


@pytest.mark.parametrize(("scalar", "c_type"), [(bool, "bool"), (int, "int64_t"), (float, "float")])
def test_a_scalar_is_a_value_in_c(scalar: type, c_type: str) -> None:
    assert Parameter("x", scalar=scalar).c_type == c_type


@pytest.mark.parametrize(
    ("parameter", "text"),
    [
        (X, "x: float32[rows cols]"),
        (OUT, "out: float32[rows cols]"),
        (STATE, "state: float64[cols]"),
        (N, "n: int"),
        (Parameter("causal", scalar=bool), "causal: bool"),
        (Parameter("eps", scalar=float), "eps: float"),
        (Parameter("x", dtypes=("float32",)), "x: float32[]"),
        (Parameter("x", dtypes=("float32",), dims=("...", "n+1")), "x: float32[... n+1]"),
        (Parameter("x", dtypes=("float16", "float32"), dims=("n",), kind="Float"), "x: Float[n]"),
        (Parameter("x", dtypes=("float32",), dims=("n",), kind="Float32"), "x: float32[n]"),
        (Parameter("x", dims=("n",)), "x: tensor[n]"),
    ],
    ids=str,
)
def test_a_parameter_in_words(parameter: Parameter, text: str) -> None:
    assert str(parameter) == text


# -- signatures ---------------------------------------------------------------------------------------


def test_parameters_keep_their_order() -> None:
    assert MIXED.names == ["x", "out", "n", "state"]
    assert MIXED.tensors == [X, OUT, STATE]


def test_what_is_read_and_written_is_an_input_and_an_output() -> None:
    assert MIXED.inputs == [X, N, STATE]
    assert MIXED.outputs == [OUT, STATE]


def test_a_position_is_a_place_among_all_parameters() -> None:
    assert MIXED.positions(MIXED.inputs) == [0, 2, 3]
    assert MIXED.positions(MIXED.outputs) == [1, 3]
    assert MIXED.positions([STATE, X]) == [3, 0]
    assert MIXED.positions([]) == []


def test_a_parameter_is_found_by_its_name() -> None:
    assert [MIXED[name] for name in MIXED.names] == [X, OUT, N, STATE]
    with pytest.raises(KeyError, match="y"):
        MIXED["y"]


def test_a_signature_in_words() -> None:
    assert str(MIXED) == (
        "def solve(x: float32[rows cols], out: float32[rows cols], n: int, state: float64[cols])"
    )
    assert str(Signature(())) == "def solve()"


_parameters = st.lists(
    st.builds(
        Parameter,
        name=st.from_regex(r"[a-z]{1,4}", fullmatch=True),
        direction=st.sampled_from(DIRECTIONS),
        dtypes=st.lists(st.sampled_from(DTYPES), min_size=1, max_size=2, unique=True).map(tuple),
        dims=st.lists(st.sampled_from(["n", "m", "3"]), max_size=3).map(tuple),
    )
    | st.builds(
        Parameter,
        name=st.from_regex(r"[a-z]{1,4}", fullmatch=True),
        scalar=st.sampled_from([bool, int, float]),
    ),
    unique_by=lambda parameter: parameter.name,
    max_size=8,
)


@given(parameters=_parameters)
def test_every_parameter_is_read_or_written_and_stays_in_its_place(parameters: list[Parameter]) -> None:
    signature = Signature(tuple(parameters))
    read, written = (signature.positions(chosen) for chosen in (signature.inputs, signature.outputs))
    assert sorted({*read, *written}) == list(range(len(parameters)))
    assert (read, written) == (sorted(read), sorted(written))
    both = {*read} & {*written}
    assert both == {i for i, p in enumerate(parameters) if p.direction == "inout"}
    assert all(signature[p.name] is p for p in parameters)
    assert str(signature).count(": ") == len(parameters)

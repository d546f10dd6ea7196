"""What a pass of replayed calls must have left in memory: in the sets that were called, and in the others."""

from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass

import pytest
import torch
from conftest import ROOT

from judge.challenges.finding import find_challenge
from judge.challenges.protocol import Case, Challenge, Inputs, sizes_of
from judge.challenges.rng import Rng
from judge.engine.buffers import Pool
from judge.judging.expectation import Expectation
from judge.judging.kinds import HEAVY, Kinds, Special
from judge.judging.pass_check import PassCheck
from judge.judging.tolerance import OwnError
from judge.verdict.failure import Failure

SETS, CALLED = 6, [4, 0, 3]
CASE = Case(1, dict(rows=3, cols=50), 7)


@dataclass
class Bench:
    """A pool whose called sets hold right outputs."""

    challenge: Challenge
    pool: Pool
    inputs: list[Inputs]

    def answer(self, k: int, inputs: Inputs | None = None) -> None:
        x = (inputs or self.inputs[k])["x"]
        self.pool.view(k, self.pool.outputs[0]).copy_(x.double().softmax(-1).float())

    def check(self, compared: list[int] = CALLED, special: Special | None = None) -> None:
        errors = {("out", torch.float32): OwnError(1.0, 1e-7)}
        look = PassCheck(self.challenge, CASE, errors, self.pool, self.inputs)
        look.check(CALLED, compared, special)


@pytest.fixture
def bench() -> Iterator[Bench]:
    challenge = find_challenge(str(ROOT / "challenges" / "softmax")).load()
    rng = Rng(CASE.seed)
    with Pool(sizes_of(challenge, CASE, "cpu").tensors, "cpu", "memfd", SETS) as pool:
        inputs = [challenge.draw(rng, CASE.shape) for _ in range(SETS)]
        for k, each in enumerate(inputs):
            pool.write(k, each)
        pool.poison()
        made = Bench(challenge, pool, inputs)
        for k in CALLED:
            made.answer(k)
        yield made


def out(bench: Bench, k: int) -> torch.Tensor:
    return bench.pool.view(k, bench.pool.outputs[0])


def test_right_outputs_of_the_called_sets_alone_are_right(bench: Bench) -> None:
    bench.check()


def leave_one_out(bench: Bench) -> None:
    poison = out(bench, 1).clone()
    out(bench, 3).copy_(poison)


BREAKS: dict[str, tuple[Callable[[Bench], object], str, str]] = {
    "a set that was not called": (
        lambda bench: out(bench, 1)[2, 7].fill_(0.5),
        "rule_violation",
        "out was written in a set of buffers that no call was given",
    ),
    "all of a set that was not called": (
        lambda bench: bench.answer(2),
        "rule_violation",
        "out was written in a set of buffers that no call was given",
    ),
    "a call left out": (leave_one_out, "rule_violation", "out was not written by one of the calls"),
    "a wrong element": (
        lambda bench: out(bench, 3)[1, 1].add_(0.1),
        "rule_violation",
        "right when checked, wrong when replayed",
    ),
    "an input of a called set": (
        lambda bench: bench.pool.view(0, bench.pool.inputs[0])[0, 0].add_(1),
        "wrong_answer",
        "the input x was changed",
    ),
    "a guard band": (
        lambda bench: bench.pool.memory[5, -1].add_(1),
        "wrong_answer",
        "out",
    ),
}


@pytest.mark.parametrize("name", BREAKS)
def test_what_else_is_written_or_left_is_refused(bench: Bench, name: str) -> None:
    change, status, message = BREAKS[name]
    change(bench)
    with pytest.raises(Failure) as caught:
        bench.check()
    assert caught.value.status == status
    assert message in caught.value.message


def test_a_changed_input_of_a_set_that_was_left_out_is_seen_in_some_pass(bench: Bench) -> None:
    for k in set(range(SETS)) - set(CALLED):
        bench.pool.view(k, bench.pool.inputs[0])[0, 0].add_(1)
    with pytest.raises(Failure, match="the input x was changed"):
        bench.check()


def test_only_some_sets_are_compared_as_a_whole(bench: Bench) -> None:
    out(bench, 3)[1, 1] += 0.1
    bench.check([0])
    with pytest.raises(Failure, match="wrong when replayed"):
        bench.check([0, 3])


def test_an_answer_that_is_known_is_not_computed_again(bench: Bench) -> None:
    answers: dict[int, Expectation] = {}
    look = PassCheck(
        bench.challenge,
        CASE,
        {("out", torch.float32): OwnError(1.0, 1e-7)},
        bench.pool,
        bench.inputs,
        answers,
        True,
    )
    look.check(CALLED, [0, 3], None)
    assert set(answers) == {id(bench.inputs[0]), id(bench.inputs[3])}
    out(bench, 0).copy_(out(bench, 3))
    with pytest.raises(Failure, match="wrong when replayed"):
        look.check(CALLED, [0], None)
    answers[id(bench.inputs[0])] = answers[id(bench.inputs[3])]
    look.check(CALLED, [0], None)


def test_special_inputs_are_judged_by_the_golden_answer(bench: Bench) -> None:
    inputs, last = {"x": torch.full((3, 50), 1e4)}, CALLED[-1]
    bench.pool.write(last, inputs)
    for special in (Special(inputs), Special(inputs, {"scale": 1e4})):
        with pytest.raises(Failure, match="wrong when replayed"):
            bench.check([last], special)  # it still has the answer to what was there before
    bench.answer(last, inputs)
    for special in (Special(inputs), Special(inputs, {"scale": 1e4})):
        bench.check([last], special)


SUM = find_challenge(str(ROOT / "challenges" / "long_sum"))
LONG_ROWS = Case(1, dict(rows=2, cols=400_003), 7)


def sum_in_parts(x: torch.Tensor, parts: int, dtype: torch.dtype = torch.float32) -> torch.Tensor:
    """Each of some parts of a row is added up one after the other, which rounds as such a kernel does."""
    short = x.shape[-1] // parts * parts
    block = x[:, :short].to(dtype).view(len(x), parts, -1).cumsum(-1)[..., -1]
    return (block.sum(-1) + x[:, short:].to(dtype).sum(-1)).float()


@pytest.mark.parametrize(
    ("kind", "dtype", "right"),
    [
        ({}, torch.float32, True),
        ({}, torch.bfloat16, False),
        ({"hill": 1000}, torch.float32, True),  # 2e8 in the middle: no longer exact, and cancelled later
        ({"hill": 1000}, torch.bfloat16, False),
    ],
)
def test_a_kind_may_be_rounded_more_at_a_size_at_which_it_is_not_tested(
    kind: dict[str, object], dtype: torch.dtype, right: bool
) -> None:
    challenge = SUM.load()
    rng = Rng(3)
    with Pool(sizes_of(challenge, LONG_ROWS, "cpu").tensors, "cpu", "memfd", 2) as pool:
        inputs = [challenge.draw(rng, LONG_ROWS.shape) for _ in range(2)]
        special = Special(challenge.draw(rng, LONG_ROWS.shape | kind), kind)
        pool.write(0, special.inputs)
        pool.write(1, inputs[1])
        pool.poison()
        pool.view(0, pool.outputs[0]).copy_(sum_in_parts(special.inputs["x"], 4, dtype))
        look = PassCheck(challenge, LONG_ROWS, {}, pool, inputs)
        with nullcontext() if right else pytest.raises(Failure, match="wrong when replayed"):
            look.check([0], [0], special)


def test_a_kind_that_overflows_in_pytorch_too_is_not_held_against_a_call() -> None:
    challenge = find_challenge(str(ROOT / "challenges" / "softmax_attention")).load()
    case = Case(1, challenge.test_shapes[-1], 7)
    inputs = challenge.draw(Rng(3), case.shape)
    large = {name: x * 1e25 if isinstance(x, torch.Tensor) else x for name, x in inputs.items()}
    with Pool(sizes_of(challenge, case, "cpu").tensors, "cpu", "memfd", 2) as pool:
        for k, each in enumerate([large, inputs]):
            pool.write(k, each)
        pool.poison()
        pool.view(0, pool.outputs[0]).fill_(torch.inf)
        look = PassCheck(challenge, case, {}, pool, [inputs, inputs])
        look.check([0], [0], Special(large, {"scale": 1e25}))
        with pytest.raises(Failure, match="wrong when replayed"):
            look.check([0], [0], Special(large))


# -- kinds of inputs ----------------------------------------------------------------------------------


def test_kinds_are_what_the_challenge_tests_at_the_recorded_shape(bench: Bench) -> None:
    kinds = Kinds(bench.challenge, CASE, "cpu")
    usual, *others = kinds.all()
    assert usual.usual and not any(each.usual for each in others)
    keys = [{k: v for k, v in t.items() if k not in CASE.shape} for t in bench.challenge.test_shapes]
    assert [each.kind for each in others if each.kind is HEAVY] == [HEAVY]
    assert len(others) == 1 + len({repr(key) for key in keys if key})
    found = [each.inputs["x"] for each in (usual, *others)]
    assert {tuple(x.shape) for x in found} == {(3, 50)}
    assert any(x.isinf().any() for x in found)
    assert any(x.abs().max() > 1000 for x in found)


def test_a_kind_whose_golden_answer_takes_long_keeps_its_inputs(bench: Bench) -> None:
    kinds = Kinds(bench.challenge, CASE, "cpu")
    _, kept, *others = kinds.all()
    kinds.keep(kept)
    assert [each is kept for each in kinds.all()] == [False, True, *(False for _ in others)]


def test_each_kind_comes_before_one_comes_again(bench: Bench) -> None:
    kinds = Kinds(bench.challenge, CASE, "cpu")
    count = len([*kinds.all()])
    for _ in range(3):
        assert sum(kinds.next().usual for _ in range(count)) == 1


def test_no_kind_is_left_out_because_memory_is_short(bench: Bench) -> None:
    class Full:
        """A challenge on a device whose memory somebody else has taken."""

        test_shapes = bench.challenge.test_shapes

        def draw(self, rng: Rng, shape: dict[str, object]) -> Inputs:
            raise torch.OutOfMemoryError("no room")

    with pytest.raises(torch.OutOfMemoryError):
        Kinds(Full(), CASE, "cpu")  # type: ignore[arg-type]


def test_a_kind_that_changes_a_scalar_does_not_hold_for_a_recording() -> None:
    challenge = find_challenge(str(ROOT / "challenges" / "leaky_relu")).load()
    case = challenge.benchmarks(3)[0]
    small = Case(1, {**case.shape, "n": 100} if "n" in case.shape else case.shape, 3)
    kinds = Kinds(challenge, small, "cpu")
    scalars = [
        {n: v for n, v in special.inputs.items() if not isinstance(v, torch.Tensor)}
        for _ in range(5)
        for special in kinds.all()
    ]
    assert all(each == scalars[0] for each in scalars)

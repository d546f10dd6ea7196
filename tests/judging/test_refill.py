"""Fresh inputs for the sets of a pool, and those of slow draws, which move from set to set."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from conftest import ROOT

from judge.challenges.finding import find_challenge
from judge.challenges.format import FoundChallenge
from judge.challenges.protocol import Case, sizes_of
from judge.engine.buffers import Pool
from judge.engine.device import INTERPRETER, Device, choose
from judge.judging.expectation import expect_timed
from judge.judging.refill import FRESH, Drawn, Refill
from judge.judging.session import Session

SETS, CASE = 6, Case(1, dict(rows=3, cols=50), 7)


@pytest.fixture(scope="module")
def found_softmax() -> FoundChallenge:
    return find_challenge(str(ROOT / "challenges" / "softmax"))


@pytest.fixture(scope="module")
def session(found_softmax: FoundChallenge) -> Iterator[Session]:
    with Session(found_softmax, Device(INTERPRETER)) as session, session.on_device():
        yield session


@pytest.fixture
def pool(session: Session) -> Iterator[Pool]:
    with Pool(sizes_of(session.challenge, CASE, "cpu").tensors, "cpu", "memfd", SETS) as pool:
        yield pool


def drawn_of(session: Session, is_slow: bool | None = None) -> Drawn:
    drawn = Drawn(session, session.challenge, CASE)
    drawn.is_slow = is_slow
    return drawn


def held(pool: Pool) -> list[torch.Tensor]:
    return [pool.view(k, pool.inputs[0]).clone() for k in range(SETS)]


def require_same(pool: Pool, made: Refill) -> None:
    assert all(torch.equal(x, inputs["x"]) for x, inputs in zip(held(pool), made.inputs, strict=True))


def test_all_inputs_are_new_each_time(session: Session, pool: Pool) -> None:
    made = Refill(pool, SETS, drawn_of(session))
    require_same(pool, made)
    before = held(pool)
    made(3)
    require_same(pool, made)
    assert not any(torch.equal(a, b) for a in held(pool) for b in before)
    again = held(pool)
    made(3)
    assert all(map(torch.equal, held(pool), again))


def test_a_draw_or_a_reference_that_takes_long_is_seen(write_slow: Path) -> None:
    found = find_challenge(str(write_slow))
    with Session(found, Device(INTERPRETER)) as session:
        case = session.challenge.cases(3)[0]
        with Pool(sizes_of(session.challenge, case, "cpu").tensors, "cpu", "memfd", 2) as pool:
            drawn = Drawn(session, session.challenge, case)
            Refill(pool, 2, drawn)
            assert drawn.is_slow and len(drawn.inputs) == 2


@pytest.fixture
def write_slow(tmp_path: Path) -> Path:
    """vector_add with a reference that takes 30 ms."""
    folder = tmp_path / "slow_add"
    folder.mkdir()
    for file in (ROOT / "challenges" / "vector_add").iterdir():
        if file.is_file():
            text = file.read_text()
            if file.name == "reference.py":
                text = "import time\n" + text.replace("    return ", "    time.sleep(0.03)\n    return ", 1)
            (folder / file.name).write_text(text)
    return folder


def test_slow_inputs_change_places_and_a_few_are_new(session: Session, pool: Pool) -> None:
    drawn = drawn_of(session, is_slow=True)
    made = Refill(pool, SETS, drawn)
    moved = 0
    for seed in range(10):
        before = list(made.inputs)
        made(seed)
        require_same(pool, made)
        known = {id(each) for each in before}
        assert sum(id(each) not in known for each in made.inputs) == FRESH
        assert len({id(each) for each in made.inputs}) == SETS
        moved += sum(a is not b for a, b in zip(before, made.inputs, strict=True))
    assert moved > 3 * SETS


def test_sets_that_are_compared_get_inputs_whose_answers_are_known(session: Session, pool: Pool) -> None:
    drawn = drawn_of(session, is_slow=True)
    made = Refill(pool, SETS, drawn)
    for seed in range(20):
        made(seed, compared=[4, 1])
        answered = [k for k, inputs in enumerate(made.inputs) if id(inputs) in drawn.answers]
        assert len(set(answered) & {1, 4}) == min(len(answered), 2)
        for k in (1, 4):
            drawn.answers[id(made.inputs[k])] = expect_timed(session.challenge, made.inputs[k], {})
        assert set(drawn.answers) <= {id(each) for each in drawn.inputs}


def test_pools_of_different_sizes_share_what_is_drawn(session: Session, pool: Pool) -> None:
    drawn = drawn_of(session, is_slow=True)
    Refill(pool, SETS, drawn)
    with Pool(pool.tensors, "cpu", "memfd", 2) as small:
        Refill(small, 2, drawn)
    assert len(drawn.inputs) == SETS


def test_fast_inputs_are_shared_by_pools_too(session: Session, pool: Pool) -> None:
    drawn = drawn_of(session, is_slow=False)
    with Pool(pool.tensors, "cpu", "memfd", 2) as small:
        one, other = Refill(pool, SETS, drawn), Refill(small, 2, drawn, often=False)
        for seed in (3, 4):
            one(seed)
            require_same(pool, one)
            other(seed)
            assert all(torch.equal(a["x"], b["x"]) for a, b in zip(other.inputs, one.inputs, strict=False))
            assert torch.equal(small.view(1, small.inputs[0]), other.inputs[1]["x"])


@pytest.mark.gpu
def test_captured_draws_are_those_of_python(found_softmax: FoundChallenge) -> None:
    with Session(found_softmax, choose("cuda")) as session, session.on_device():
        tensors = sizes_of(session.challenge, CASE, session.torch_device).tensors
        with Pool(tensors, session.torch_device, session.sharing, SETS) as pool:
            captured, called = drawn_of(session, is_slow=False), drawn_of(session, is_slow=False)
            for seed in (3, 4, 3):
                captured.renew(seed, SETS)
                called.renew(seed, SETS, often=False)
                for a, b in zip(captured.inputs, called.inputs, strict=True):
                    assert torch.equal(a["x"], b["x"])
            made = Refill(pool, 3, captured)
            made(5)
            assert len(made.inputs) == 3 and len(captured.inputs) == SETS
            for k in range(3):
                assert torch.equal(pool.view(k, pool.inputs[0]), made.inputs[k]["x"])

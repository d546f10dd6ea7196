"""The attacks of tests/attacks on the judge's clock, each judged by the real command beside an honest file.
`python tools/attacks.py` does the same without pytest, and writes the rows.
"""

from collections.abc import Iterator
from pathlib import Path

import attacks
import pytest
from attacks import ATTACKS, FOLDER, Attack, Row, Run


@pytest.fixture(scope="module")
def told(request: pytest.FixtureRequest) -> Iterator[list[Row]]:
    """The rows so far. In the end they are printed as a table."""
    rows: list[Row] = []
    yield rows
    with request.config.pluginmanager.getplugin("capturemanager").global_and_fixture_disabled():
        print(f"\n{attacks.table(rows)}")


def test_every_file_is_an_attack_or_honest() -> None:
    files = {path.stem for path in FOLDER.glob("*.py")}
    assert files == {each.name for each in ATTACKS} | {each.honest for each in ATTACKS}


@pytest.mark.long
@pytest.mark.parametrize("name", sorted(path.stem for path in FOLDER.glob("*.py")))
def test_it_compiles(name: str) -> None:
    assert attacks.compile_all([name])


@pytest.mark.gpu
@pytest.mark.long
@pytest.mark.parametrize("attack", ATTACKS, ids=lambda each: each.name)
def test_nothing_is_gained(attack: Attack, told: list[Row], tmp_path: Path) -> None:
    honest = attacks.honest_run(attack.challenge, attack.honest)
    assert honest.times, honest.problem or honest.verdict
    rows = attacks.rows_of(attack, attacks.judge_file(attack.challenge, attack.name, tmp_path), honest)
    told += rows
    print(attacks.table(rows))
    assert all(row.holds for row in rows)


def accepted(method: str, us: float, noisy: str = "") -> Run:
    case = dict(name="n=8", median_us=us, noisy=noisy)
    return Run(dict(status="accepted", message="", method=method, benchmarks=[case], warnings=[]))


REFUSED = Run(dict(status="rule_violation", message="no", method=None, benchmarks=[], warnings=[]))


@pytest.mark.parametrize(
    ("expects", "run", "holds"),
    [
        (attacks.NO_GAIN, accepted("replay", 9.8), True),
        (attacks.NO_GAIN, accepted("replay", 9.6), False),
        (attacks.NO_GAIN, accepted("replay", 5.0, "the interval is 9.0 % wide"), True),
        (attacks.NO_GAIN, accepted("process", 5.0), True),
        (attacks.NO_GAIN, REFUSED, True),
        (attacks.NO_GAIN, Run(problem="it never ended"), False),
        (attacks.NO_GAIN, Run(REFUSED.verdict, memory_mib=9000), False),
        (attacks.REFUSED, accepted("replay", 20.0), False),
        (attacks.REFUSED, REFUSED, True),
        (attacks.BY_PROCESS, accepted("process", 9.6), False),
        (attacks.BY_PROCESS, accepted("process", 9.8), True),
        (attacks.KNOWN, accepted("process", 5.0), True),
        (attacks.KNOWN, accepted("replay", 20.0), False),
    ],
)
def test_what_a_row_says(expects: str, run: Run, holds: bool) -> None:
    attack = Attack("an_attack", expects)
    honest = accepted("process" if expects in (attacks.BY_PROCESS, attacks.KNOWN) else "replay", 10.0)
    [row] = attacks.rows_of(attack, run, honest)
    assert row.holds is holds

"""The judge's hold on a runner: the round trip, and that nothing a submission says or does breaks it."""

import json
import os
import select
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from judge.challenges.protocol import TensorShape
from judge.engine.answers import StrayAccesses
from judge.engine.buffers import Pool
from judge.engine.process import OUTPUT_SHOWN
from judge.engine.runner import Runner
from judge.errors import BadInput
from judge.judging.session import Observer
from judge.judging.submit import SubmitOptions, submit
from judge.protocol.messages import KINDS, PACKET
from judge.verdict.diagnosis import Diagnosis, Raised, StrayAccess
from judge.verdict.failure import BadSolution, Failure
from judge.verdict.verdict import Verdict
from judge.verdict.wording import headline

X = TensorShape("x", (4,), torch.float32)
OUT = TensorShape("out", (4,), torch.float32, "out")

# How a submission reaches the judge's channel: its number stands on the runner's command line.
CHANNEL = """\
import json, os, socket, sys, time
channel = socket.socket(fileno=os.dup(int(sys.argv[1])))
"""
COPY = "def solve(x, out):\n    out.copy_(x)\n"


@contextmanager
def started() -> Iterator[Runner]:
    with Runner("cpu") as runner:
        runner.wait_ready()
        yield runner


def load(runner: Runner, source: str, names: tuple[str, ...] = ("x", "out"), seconds: float = 30) -> None:
    """Load a solution, whose last parameter is the output."""
    path = runner.scratch / "solution.py"
    path.write_text(source)
    *takes, gives = range(len(names))
    runner.ask(
        "load",
        seconds,
        path=str(path),
        language="Python",
        entry="solve",
        role="solve",
        names=list(names),
        takes=takes,
        gives=[gives],
        precision="ieee",
    )


def share(runner: Runner, pool: Pool, inputs: dict[str, object]) -> None:
    pool.write(0, inputs)
    pool.poison()
    runner.ask("map", 30, [pool.descriptor], **pool.description([*inputs, "out"], inputs))


def call(runner: Runner, seconds: float = 30, spin: bool = False) -> torch.Tensor:
    """One call of a loaded submission that takes x and fills out."""
    with Pool([X, OUT], "cpu", "memfd") as pool:
        share(runner, pool, dict(x=torch.arange(4.0)))
        runner.ask("call", seconds, spin=spin)
        return pool.read(0)["out"]


def failure_of(action: Callable[[], object]) -> Failure:
    with pytest.raises(Failure) as caught:
        action()
    return caught.value


@pytest.fixture(scope="module")
def runner() -> Iterator[Runner]:
    """One runner for the tests that leave it as it was."""
    with started() as runner:
        yield runner


# -- the round trip -----------------------------------------------------------------------------------


def test_a_solution_is_loaded_mapped_and_called(runner: Runner) -> None:
    load(runner, "def solve(x, k, out):\n    out.copy_(x * k)\n", ("x", "k", "out"))
    with Pool([X, OUT], "cpu", "memfd") as pool:
        for k, x in ((3, torch.arange(4.0)), (0.5, torch.ones(4))):
            share(runner, pool, dict(x=x, k=k))
            runner.ask("call", 30)
            assert torch.equal(pool.read(0)["out"], x * k)
            assert pool.changed_input(0, dict(x=x)) is None
            assert pool.broken_guard() is None
            runner.ask("unmap", 30)


def test_a_runner_that_was_stopped_goes_on_where_it_stood(runner: Runner) -> None:
    load(runner, COPY)
    runner.stop()
    runner.resume()
    assert call(runner).tolist() == [0, 1, 2, 3]


def test_closing_leaves_neither_process_nor_folder() -> None:
    with started() as runner:
        closed = runner.scratch / "closed"
        closed.mkdir()
        (closed / "file").write_text("x")
        closed.chmod(0)
    assert runner.process.poll() is not None
    assert not runner.scratch.exists()
    runner.close()  # again


BAD_SOLUTIONS = [
    ("x = 1\n", "defines no function solve(x, out)"),
    ("solve = 3\n", "defines no function solve(x, out)"),
    ("def solve(x):\n    pass\n", "solve(x) does not take the arguments solve(x, out)"),
    ("def solve(x, out, k):\n    pass\n", "solve(x, out, k) does not take the arguments solve(x, out)"),
]


def test_a_file_that_does_not_answer_to_the_signature_is_a_bad_solution(runner: Runner) -> None:
    for source, words in BAD_SOLUTIONS:
        with pytest.raises(BadSolution) as caught:
            load(runner, source)
        assert words in str(caught.value)


def test_other_names_defaults_and_stars_are_a_solution_too(runner: Runner) -> None:
    for signature in ("a, b", "x, out, k=1", "*tensors", "x, /, out"):
        load(runner, f"def solve({signature}):\n    pass\n")


# -- errors of the submission -------------------------------------------------------------------------


def test_an_error_has_a_status_and_the_submissions_own_lines(runner: Runner) -> None:
    told = failure_of(lambda: load(runner, "import torch\nx = 1 / 0\n"))
    assert told.status == "compile_error"
    assert "solution.py" in told.message
    assert "line 2" in told.message
    assert told.message.endswith("ZeroDivisionError: division by zero")

    told = failure_of(lambda: load(runner, "def solve(x, out:\n"))
    assert told.status == "compile_error"
    assert "SyntaxError" in told.message

    load(runner, "import torch\ndef solve(x, out):\n    torch.zeros(3) @ torch.zeros(4)\n")
    told = failure_of(lambda: call(runner))
    assert told.status == "runtime_error"
    assert "line 3" in told.message
    assert "judge/" not in told.message  # no frame of the runner's


def test_an_error_is_data_too(runner: Runner) -> None:
    load(
        runner, "def solve(x, out):\n    deeper(x)\ndef deeper(x):\n    raise KeyError('first\\nsecond', 3)\n"
    )
    told = failure_of(lambda: call(runner))
    [raised] = told.problems
    assert isinstance(raised, Raised)
    assert (raised.error, raised.file, raised.line) == ("KeyError", str(runner.scratch / "solution.py"), 4)
    assert raised.summary == raised.text == r"KeyError: ('first\nsecond', 3)"
    assert [line for line in raised.trace.splitlines() if "line" in line] == [
        f'  File "{raised.file}", line {line}, in {name}' for line, name in ((2, "solve"), (4, "deeper"))
    ]
    assert told.message.splitlines() == [
        "Traceback (most recent call last):",
        *raised.trace.splitlines(),
        raised.text,
    ]


def test_an_error_of_several_lines_is_summed_up_in_the_first(runner: Runner) -> None:
    load(runner, "def solve(x, out):\n    raise ValueError('first\\nsecond')\n")
    [raised] = failure_of(lambda: call(runner)).problems
    assert isinstance(raised, Raised)
    assert (raised.summary, raised.text) == ("ValueError: first", "ValueError: first\nsecond")


def test_a_syntax_error_has_the_line_that_the_parser_names(runner: Runner) -> None:
    [raised] = failure_of(lambda: load(runner, "x = 1\n\ndef solve(x, out:\n")).problems
    assert isinstance(raised, Raised)
    assert (raised.error, raised.line) == ("SyntaxError", 3)
    assert raised.summary == "SyntaxError: '(' was never closed"


@pytest.mark.parametrize("spin", [False, True], ids=["checked", "timed"])
@pytest.mark.parametrize(
    "text", ["no such luck ", "kein Glück — niemals ", "\U0001f340"], ids=["ascii", "umlauts", "emoji"]
)
@pytest.mark.parametrize("times", [300, 100_000])
def test_a_long_error_text_is_still_an_error(runner: Runner, spin: bool, text: str, times: int) -> None:
    load(runner, f"def solve(x, out):\n    raise RuntimeError({text!r} * {times})\n")
    told = failure_of(lambda: call(runner, spin=spin))
    assert told.status == "runtime_error"
    assert f"RuntimeError: {text}" in told.message
    assert "line 2, in solve" in told.message
    load(runner, COPY)  # and no harm is done
    assert call(runner).tolist() == [0, 1, 2, 3]


RAISED = [
    "SystemExit(0)",
    "KeyboardInterrupt()",
    "Odd()",
    "RuntimeError('\\ud800')",
    "RuntimeError('\\x00\\x1b')",
]


def test_whatever_is_raised_is_an_error_and_does_not_end_the_runner(runner: Runner) -> None:
    odd = "class Odd(BaseException):\n    def __str__(self):\n        raise ValueError\n"
    for error in RAISED:
        load(runner, f"{odd}def solve(x, out):\n    raise {error}\n")
        assert failure_of(lambda: call(runner)).status == "runtime_error", error
    load(runner, COPY)
    assert call(runner).tolist() == [0, 1, 2, 3]


ENDS = {
    "exits": ("os._exit(3)", "exit code 3"),
    "is killed": ("os.kill(os.getpid(), 9)", "SIGKILL"),
    "is killed by a signal without a name": ("os.kill(os.getpid(), 40)", "40"),
    "crashes": ("import ctypes; ctypes.string_at(0)", "SIGSEGV"),
    "closes the channel": (
        "channel.close(); os.close(int(sys.argv[1])); time.sleep(60)",
        "closed the judge's channel",
    ),
    "shuts the channel down": ("channel.shutdown(2); time.sleep(60)", "closed the judge's channel"),
}


@pytest.mark.parametrize(("code", "words"), ENDS.values(), ids=ENDS.keys())
def test_a_runner_that_ends_is_a_runtime_error(code: str, words: str) -> None:
    with started() as runner:
        told = failure_of(lambda: load(runner, f"{CHANNEL}{code}\n{COPY}"))
        assert told.status == "runtime_error"
        assert words in told.message
        if "channel" not in words:  # it stays dead
            assert failure_of(lambda: load(runner, COPY)).status == "runtime_error"


def test_a_call_that_takes_too_long_is_ended() -> None:
    with started() as runner:
        load(runner, "import time\ndef solve(x, out):\n    time.sleep(600)\n")
        told = failure_of(lambda: call(runner, seconds=0.5))
        assert told.status == "time_limit"
        assert "0.5 s" in told.message
        assert runner.process.wait(timeout=30) == -signal.SIGKILL


def test_a_submission_that_stops_itself_is_ended_in_time() -> None:
    with started() as runner:
        source = "import os, signal\ndef solve(x, out):\n    os.kill(os.getpid(), signal.SIGSTOP)\n"
        load(runner, source)
        assert failure_of(lambda: call(runner, seconds=0.5)).status == "time_limit"


# -- the channel --------------------------------------------------------------------------------------

FORGED = {
    "done before it is done": [b'{"said": "done"}'],
    "many times done": [b'{"said": "done"}'] * 5,
    "stray accesses": [
        b'{"said": "error", "kind": "stray_access", "text": "", "strays": [{"access": "\\u001b[2J\\ud800"}]}'
    ],
    "an unknown kind": [b'{"said": "error", "kind": "out_of_bounds", "text": "nowhere"}'],
    "a control sequence": [b'{"said": "error", "kind": "runtime_error", "text": "\\u001b[2J"}'],
    "half a character": [b'{"said": "error", "kind": "runtime_error", "text": "\\ud800"}'],
    "nested lists": [b"[" * 60_000],
    "nothing": [b""],
}


def judge(path: Path, source: str, case: int | None = 1) -> Verdict:
    """What the judge makes of a solution of vector_add, checks only."""
    path.write_text(source)
    options = SubmitOptions(device="interpreter", seed=1, case=case, seconds=20, record=False, timed=False)
    return submit("vector_add", str(path), options, Observer())


LIE = f"{CHANNEL}\ndef lie():\n    for packet in {{packets!r}}:\n        channel.send(packet)\n"


def check_verdict(verdict: Verdict) -> None:
    """It is not accepted, and can be shown as it is."""
    assert verdict.status != "accepted"
    assert "\x1b" not in verdict.message + verdict.output
    (verdict.message + verdict.output).encode()


@pytest.mark.parametrize("packets", FORGED.values(), ids=FORGED.keys())
def test_a_forged_answer_to_a_call_ends_in_a_verdict(tmp_path: Path, packets: list[bytes]) -> None:
    lie = LIE.format(packets=packets)
    check_verdict(judge(tmp_path / "mine.py", f"{lie}\ndef solve(a, b, out):\n    lie()\n"))


@pytest.mark.parametrize("name", ["done before it is done", "many times done", "stray accesses"])
def test_a_forged_answer_to_a_load_ends_in_a_verdict(tmp_path: Path, name: str) -> None:
    lie = LIE.format(packets=FORGED[name])
    check_verdict(judge(tmp_path / "mine.py", f"{lie}\nlie()\ndef solve(a, b, out):\n    pass\n"))


def test_a_forged_bad_solution_cannot_steer_the_terminal(tmp_path: Path) -> None:
    text = json.dumps("first\n\x1b[2Jjudge: accepted\r\nthird")
    forged = f'{{"said": "error", "kind": "bad_solution", "text": {text}}}'.encode()
    verdict = judge(tmp_path / "mine.py", f"{CHANNEL}channel.send({forged!r})\ntime.sleep(20)\n")
    check_verdict(verdict)
    assert "\x1b" not in verdict.message
    assert len(verdict.message.splitlines()) == 1


def test_a_signature_cannot_steer_the_terminal(tmp_path: Path) -> None:
    evil = "class Evil:\n    def __repr__(self):\n        return 'a\\n\\x1b[2Jb'\n\n"
    source = f"{evil}def solve(x, k=Evil()):\n    pass\n"
    verdict = judge(tmp_path / "mine.py", source)
    assert verdict.status == "compile_error"
    assert "\x1b" not in verdict.message
    assert len(verdict.message.splitlines()) == 1


@pytest.fixture(scope="module")
def parrot() -> Iterator[Callable[[bytes], None]]:
    """A runner whose submission sends given bytes on the channel: `parrot(bytes)` asks for one call."""
    size = 2 * PACKET
    said = TensorShape("said", (size,), torch.uint8)
    count = TensorShape("count", (1,), torch.int32)
    source = f"""{CHANNEL}
def solve(said, count, out):
    channel.send(said[: int(count[0])].numpy().tobytes())
"""
    with started() as runner, Pool([said, count, OUT], "cpu", "memfd") as pool:
        load(runner, source, ("said", "count", "out"))
        inputs: dict[str, object] = dict(
            said=torch.zeros(size, dtype=torch.uint8), count=torch.zeros(1).int()
        )
        share(runner, pool, inputs)

        def ask(payload: bytes) -> None:
            padded = torch.frombuffer(bytearray(payload.ljust(size, b"\0")), dtype=torch.uint8)
            pool.write(0, dict(said=padded, count=torch.tensor([len(payload)], dtype=torch.int32)))
            try:
                runner.ask("call", 30)
            finally:
                runner.wait_done(30)  # the true answer, which comes after

        yield ask


def heard(ask: Callable[[bytes], None], payload: bytes) -> BaseException | None:
    try:
        ask(payload)
    except Failure as answer:
        return answer
    return None


NASTY = {
    "an empty object": b"{}",
    "not JSON": b"hello",
    "no text at all": b"\xff\xfe\x00",
    "a number": b"12",
    "a long number": b"1" * 5000,
    "a list": b'["done"]',
    "null": b"null",
    "a string": b'"done"',
    "NaN": b"NaN",
    "another word": b'{"said": "hello"}',
    "no word": b'{"said": ["done"]}',
    "nested lists": b"[" * 60_000,
    "nested objects": b'{"said":' * 15_000,
    "an error without text": b'{"said": "error", "kind": "runtime_error"}',
    "an error whose text is none": b'{"said": "error", "text": [1]}',
    "longer than a packet": b'{"said": "done", "more": "' + b"x" * PACKET + b'"}',
}


@pytest.mark.parametrize("payload", NASTY.values(), ids=NASTY.keys())
def test_something_else_than_an_answer_is_a_failure(parrot: Callable[[bytes], None], payload: bytes) -> None:
    found = heard(parrot, payload)
    assert isinstance(found, Failure)
    assert found.status == "rule_violation"


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=10,
)
OF_A_CALL = ("compile_error", "runtime_error", "stray_access")
STRAY = [f.name for f in fields(StrayAccess) if f.name != "file"]
answers = st.fixed_dictionaries(
    {},
    optional=dict(
        said=st.sampled_from(["done", "error", "ready", "x"]) | json_values,
        kind=st.sampled_from(KINDS) | json_values,
        text=st.text(max_size=50) | json_values,
        missing=json_values,
        strays=st.lists(st.dictionaries(st.sampled_from(STRAY), json_values), max_size=12) | json_values,
        error=json_values,
        summary=json_values,
        trace=json_values,
        line=json_values,
        broken=json_values,
    ),
)


@given(payload=st.binary(min_size=1, max_size=300))
def test_arbitrary_bytes_are_a_failure(parrot: Callable[[bytes], None], payload: bytes) -> None:
    found = heard(parrot, payload)
    assert isinstance(found, Failure)
    assert found.status == "rule_violation"


@given(answer=json_values | answers)
def test_arbitrary_answers_mean_what_they_say_or_are_a_failure(
    parrot: Callable[[bytes], None], answer: object
) -> None:
    found = heard(parrot, json.dumps(answer).encode())
    said = answer.get("said") if isinstance(answer, dict) else None
    if said == "done":
        assert found is None
        return
    kind, text = (answer.get("kind"), answer.get("text")) if isinstance(answer, dict) else (None, None)
    # The others are answers to other requests.
    if said != "error" or not isinstance(text, str) or kind not in OF_A_CALL:
        assert isinstance(found, Failure)
        assert found.status == "rule_violation"
    elif kind == "stray_access":
        assert isinstance(found, Failure)
        told = answer.get("strays")
        some = isinstance(told, list) and any(isinstance(each, dict) for each in told)
        assert found.status == ("wrong_answer" if some else "rule_violation")
        assert isinstance(found, StrayAccesses) == some
        if some:
            assert all(isinstance(problem, StrayAccess) for problem in found.problems)
    else:
        assert isinstance(found, Failure)
        assert found.status == kind
        [raised] = found.problems
        assert isinstance(raised, Raised)
        assert raised.file.endswith("solution.py")
    if isinstance(found, Failure):  # it can be told in words, and as JSON
        diagnosis = Diagnosis(found.problems)
        assert len(headline(diagnosis).splitlines()) <= 1
        assert json.loads(json.dumps(diagnosis.as_json()))["problems"]


UNFIT = "from judge.runner import errors\ndef solve(x, out):\n    raise errors.{error}('so I say')\n"


@pytest.mark.parametrize("error", ["BadSolution", "NotReplayable"])
def test_a_call_has_no_other_end_than_a_failure(runner: Runner, error: str) -> None:
    load(runner, UNFIT.format(error=error))
    found = failure_of(lambda: call(runner))
    assert found.status == "rule_violation"
    assert "something other than an answer" in found.message


def test_loading_cannot_end_in_not_replayable(runner: Runner) -> None:
    source = "from judge.runner import errors\nraise errors.NotReplayable('so I say')\n"
    assert failure_of(lambda: load(runner, source)).status == "rule_violation"


def test_a_submission_that_leaves_the_requests_unread_is_ended() -> None:
    """It sees how much waits to be read, and says "done" each time that there is more."""
    source = (
        CHANNEL
        + """
import array, fcntl, termios
def solve(x, out):
    seen, waiting = 0, array.array("i", [0])
    channel.send(b'{"said": "done"}')
    while True:
        fcntl.ioctl(channel.fileno(), termios.FIONREAD, waiting)
        if waiting[0] > seen:
            seen = waiting[0]
            channel.send(b'{"said": "done"}')
"""
    )
    with started() as runner, Pool([X, OUT], "cpu", "memfd") as pool:
        load(runner, source)
        share(runner, pool, {"x": torch.zeros(4)})
        with pytest.raises(Failure) as caught:
            for _ in range(5000):
                runner.ask("call", 5)
        assert caught.value.status == "rule_violation"
        assert "does not read" in caught.value.message


def test_speaking_unasked_is_a_rule_violation() -> None:
    with started() as runner:
        lie = LIE.format(packets=[b'{"said": "done"}'] * 2)
        load(runner, f"{lie}\ndef solve(x, out):\n    lie()\n")
        call(runner)  # the first lie was taken for the answer
        assert select.select([runner.channel], [], [], 30)[0]
        told = failure_of(lambda: call(runner))
        assert told.status == "rule_violation"
        assert "unasked" in told.message


# -- what a runner has around it ----------------------------------------------------------------------


def printed(runner: Runner) -> str:
    runner.close()  # all that it printed has arrived then
    return runner.output()


def test_the_environment_is_scrubbed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JUDGE_TEST_TOKEN", "s3cret")
    monkeypatch.setenv("JUDGE_DATABASE_URL", "postgresql://ada:s3cret@db/x")
    monkeypatch.setenv("TRITON_INTERPRET", "0")
    with started() as runner:
        load(runner, f"import json, os\nprint(json.dumps(dict(os.environ)))\n{COPY}")
        scratch = str(runner.scratch)
    environment = json.loads(printed(runner))
    assert "s3cret" not in json.dumps(environment)
    assert environment["HOME"] == environment["TMPDIR"] == scratch
    assert environment["TRITON_INTERPRET"] == "1"
    allowed = {
        *("PATH", "LD_LIBRARY_PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "CC", "OMP_NUM_THREADS"),
        *("CUDA_HOME", "CUDA_PATH", "CUDA_DEVICE_ORDER", "CUDA_VISIBLE_DEVICES", "CUDA_CACHE_PATH"),
        *("TRITON_PTXAS_PATH", "TRITON_HOME", "TRITON_CACHE_DIR", "TRITON_INTERPRET"),
        *("HOME", "TMPDIR", "XDG_CACHE_HOME"),
        *("PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED", "PYTHONPATH"),
    }
    # Beside these, what torch sets for itself while it is imported.
    others = {name for name in environment if not name.startswith(("TORCH", "KINETO", "NCCL", "KMP_"))}
    assert others <= allowed


def test_nothing_of_the_judges_is_open_inside() -> None:
    secret = os.open("/proc/self/status", os.O_RDONLY)
    os.set_inheritable(secret, True)
    try:
        with started() as runner:
            listing = "[os.readlink(e) for e in os.scandir('/proc/self/fd') if os.path.lexists(e)]"
            load(runner, f"import os\nprint({listing})\n{COPY}")
    finally:
        os.close(secret)
    assert "status" not in printed(runner)


def test_of_what_is_printed_the_last_is_kept() -> None:
    with started() as runner:
        load(runner, f"print('first')\nprint('x' * 100_000)\nprint('last')\n{COPY}")
    output = printed(runner)
    assert output.endswith("last\n")
    assert "first" not in output
    assert "bytes left out" in output.splitlines()[0]
    assert len(output) <= OUTPUT_SHOWN + 100


def test_output_that_is_no_text_can_be_shown() -> None:
    with started() as runner:
        load(runner, f"import os\nos.write(1, b'\\xff\\xfe hello\\n')\nos.write(2, b'to stderr\\n')\n{COPY}")
    assert "hello" in printed(runner)
    assert "to stderr" in runner.output()


def test_printing_without_end_is_ended() -> None:
    with started() as runner:
        told = failure_of(lambda: load(runner, f"while True:\n    print('x' * 65536)\n{COPY}"))
        assert told.status == "runtime_error"
        assert "printed more than 16 MiB" in told.message


def test_a_runner_that_does_not_start_is_bad_input(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "resource.py").write_text("raise ImportError('this Python is broken')\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    with Runner("cpu") as runner, pytest.raises(BadInput, match=r"does not start.*this Python is broken"):
        runner.wait_ready()


def test_runners_do_not_hear_each_other() -> None:
    with started() as one, started() as other:
        load(one, "def solve(x, out):\n    out.fill_(1)\n")
        load(other, "def solve(x, out):\n    out.fill_(2)\n")
        assert call(one).tolist() == [1] * 4
        assert call(other).tolist() == [2] * 4
        one.kill()
        assert failure_of(lambda: call(one)).status == "runtime_error"
        assert call(other).tolist() == [2] * 4

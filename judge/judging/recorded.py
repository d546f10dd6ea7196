"""Gets the recording of a call on a case: written by an untrusted runner, validated here."""

import torch

from judge.challenges.protocol import Challenge
from judge.challenges.rng import Rng, fresh_seed
from judge.engine.answers import NotReplayable
from judge.engine.buffers import Pool
from judge.engine.recordings import Held
from judge.engine.runner import Runner
from judge.judging.calls import SizedCase
from judge.judging.launches import agreed, difference
from judge.judging.replay_clock import ReplaySide
from judge.judging.session import Session
from judge.judging.tolerance import Errors
from judge.protocol import messages
from judge.protocol.recording import Recording
from judge.protocol.validation import BadRecording, decode
from judge.verdict.failure import Failure

RECORDED_CALLS = 3  # two calls, and a capture


def record(
    runner: Runner,
    session: Session,
    sized: SizedCase,
    challenge: Challenge | None = None,
    choices: tuple[tuple[str, str, int], ...] = (),
) -> Recording:
    """The recording of one call in a runner that has loaded the program. The inputs are new each time, the
    values that are not tensors are the case's own.

    The challenge is the session's, unless another is given. `choices` are an autotuner's, made in another
    runner. Raises NotReplayable, and Failure if the call fails.
    """
    challenge = challenge or session.challenge
    rng = Rng(sized.case.seed, session.torch_device)
    rng.reseed(fresh_seed())
    inputs = challenge.draw(rng, sized.case.shape)
    with Pool(sized.sizes.tensors, session.torch_device, session.sharing) as pool, Held() as held:
        descriptors = [pool.descriptor] if pool.descriptor >= 0 else []
        names = challenge.signature.names
        runner.ask("map", session.seconds, descriptors, **pool.description(names, inputs))
        pool.write(0, inputs)
        pool.poison()
        torch.cuda.synchronize()
        runner.send("record", [held.descriptor], choices=choices)
        try:
            told = runner.wait_done(RECORDED_CALLS * session.seconds)
        except NotReplayable:
            runner.ask("unmap", session.seconds)
            raise
        runner.ask("unmap", session.seconds)
        written, set_bytes = held.read(messages.number(told, "bytes")), pool.stride
    major, minor = torch.cuda.get_device_capability(session.torch_device)
    try:
        return decode(written, set_bytes, 10 * major + minor)
    except BadRecording as error:
        raise NotReplayable(str(error)) from None


def record_twice(
    first: Runner,
    second: Runner,
    session: Session,
    sized: SizedCase,
    errors: Errors,
) -> ReplaySide:
    """The recording of a submission's call in a player, made in two runners on different inputs. `errors` has
    PyTorch's own error of each output.

    Raises NotReplayable if the two differ: then the launches depend on values, which is no fault. Bytes of
    parameters may differ if the call is right without them.
    """
    one = record(first, session, sized)
    other = record(second, session, sized, choices=one.choices)
    recording = one if one.launches == other.launches else agreed(one, other)
    if recording:
        side = ReplaySide(recording, session, session.challenge, sized.case, True, errors)
        if recording is one:
            side.load(sized.sizes)  # later it would be too late for another clock
            return side
        if _is_right(side, sized):
            return side
    told = "what a call launches differs from run to run: it depends on values, or on chance"
    raise NotReplayable(f"{told} ({difference(one, other)})")


def _is_right(side: ReplaySide, sized: SizedCase) -> bool:
    """Whether a recording is right on all kinds of values."""
    try:
        side.prepare(sized.sizes)
        return True
    except Failure:
        return False
    finally:
        side.release()
        torch.cuda.empty_cache()

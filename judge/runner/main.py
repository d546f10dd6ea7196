"""The untrusted process: it loads one submission and calls it on the buffers that it is given.

It has no expected answer and no clock. It gets requests and answers each, one JSON object per packet on a
socket (judge/protocol/messages.py). Everything that it says may be a lie: the submission runs in this process
and can do whatever the process can.
"""

import contextlib
import gc
import json
import signal
import socket
import sys
from typing import Any

from judge.protocol import cuda, messages, sandbox
from judge.protocol.messages import DONE, receive, request
from judge.runner.errors import describe
from judge.runner.submission import Submission

REHEARSAL = request("go", count=0)
REHEARSALS = 2


def answer(submission: Submission, packet: bytes, descriptors: list[int]) -> bytes:
    """Do what a request asks for. Returns the packet of the answer."""
    asked = json.loads(packet)
    do = asked.pop("do")
    assert do in submission.requests
    if descriptors:
        asked["descriptor"] = descriptors[0]
    try:
        told = getattr(submission, do)(**asked)
        return json.dumps(dict(said="done", **told)).encode() if told else DONE
    except BaseException as error:  # also SystemExit: nothing a submission raises ends the runner
        told = describe(error, submission.path, loading=do == "load")
        return messages.error(broken=submission.is_broken(), **told)


def start_cuda(submission: Submission, triton: bool) -> None:
    """Set up CUDA now, while the judge is busy too, and arrange a rehearsal after each stop."""
    cuda.start_context()
    import torch

    from judge.runner.images import Images

    submission.images = Images()
    submission.images.watch()
    touched = torch.zeros(1, device="cuda")
    if triton:
        from judge.runner.warmup import compile_one

        compile_one(touched)

    def settle(signum: int, frame: Any) -> None:
        # After a stop the process has cold caches, and the GPU is in another context. A rehearsal
        # brings both back, so that a pass does not have to.
        with contextlib.suppress(RuntimeError):
            for _ in range(REHEARSALS):
                touched.zero_()
                answer(submission, REHEARSAL, [])

    signal.signal(signal.SIGCONT, settle)


def main(kind: type[Submission] = Submission) -> None:
    """Serve the judge. `kind` is the class whose methods are the requests."""
    channel = socket.socket(fileno=int(sys.argv[1]))
    settings = json.loads(sys.argv[2])
    missing = sandbox.enter(settings["scratch"], settings["memory"], settings["file_size"])
    submission = kind(settings["device"])
    if submission.device == "cuda":
        start_cuda(submission, settings["triton"])
    else:
        import torch  # while the judge does the same

        if submission.device == "cpu":
            from judge.runner.warmup import compile_one

            compile_one(torch.zeros(1))
    gc.freeze()  # what is loaded by now stays, so that no collection has to look at it again
    channel.send(json.dumps(dict(said="ready", missing=missing)).encode())
    while True:
        packet, descriptors = receive(channel, spin=len(submission.sets) > 1)
        if not packet:
            return
        channel.send(answer(submission, packet, descriptors))


if __name__ == "__main__":
    main()

"""The untrusted process: it loads one submission and calls it on the buffers that it is given.

It has no expected answer and no clock. It gets requests and answers each, one JSON object per packet on a
socket (judge/protocol/messages.py). Everything that it says may be a lie: the submission runs in this process
and can do whatever the process can.
"""

import array
import contextlib
import gc
import json
import signal
import socket
import sys
from typing import Any

from judge.protocol import messages
from judge.protocol.messages import DONE, PACKET, request
from judge.runner import sandbox
from judge.runner.errors import describe
from judge.runner.submission import Submission

REHEARSAL = request("go", count=0, method="eager")
REHEARSALS = 2
BUFFER = memoryview(bytearray(PACKET))  # made once: polling must not allocate
SPIN = 100_000  # polls before a receive sleeps: waking up takes longer than a kernel


def receive(channel: socket.socket, spin: bool) -> tuple[bytes, list[int]]:
    """One packet and the descriptors that came with it; b"" when the judge has gone."""
    for _ in range(SPIN if spin else 0):
        try:
            size = channel.recv_into(BUFFER, 0, socket.MSG_DONTWAIT)
            return bytes(BUFFER[:size]), []
        except BlockingIOError:
            pass
    packet, ancillary, _, _ = channel.recvmsg(PACKET, socket.CMSG_SPACE(4))
    descriptors = array.array("i")
    for _, _, data in ancillary:
        descriptors.frombytes(data)
    return packet, list(descriptors)


def answer(submission: Submission, packet: bytes, descriptors: list[int]) -> bytes:
    """Do what a request asks for. Returns the packet of the answer."""
    asked = json.loads(packet)
    do = asked.pop("do")
    assert do in submission.requests
    if descriptors:
        asked["descriptor"] = descriptors[0]
    try:
        getattr(submission, do)(**asked)
        return DONE
    except BaseException as error:  # also SystemExit: nothing a submission raises ends the runner
        told = describe(error, submission.path, loading=do == "load")
        return messages.error(broken=submission.is_broken(), **told)


def start_cuda(submission: Submission, triton: bool) -> None:
    """Set up CUDA now, while the judge is busy too, and arrange a rehearsal after each stop."""
    import torch

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
        packet, descriptors = receive(channel, spin=bool(submission.graphs))
        if not packet:
            return
        channel.send(answer(submission, packet, descriptors))


if __name__ == "__main__":
    main()

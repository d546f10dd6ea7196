"""The untrusted process: it loads one submission and calls it on the buffers that it is given.

It knows no expected answer and no clock. It hears requests and says `ready`, `done` or `error`, one JSON
object per packet on a socket. It imports nothing of the judge's own side. Everything that it says may be a
lie: the submission runs in here and can do whatever this process can.
"""

import array
import contextlib
import gc
import importlib.util
import inspect
import json
import mmap
import os
import signal
import socket
import sys
import traceback
from collections.abc import Callable, Sequence
from typing import Any

from judge import sandbox

PACKET = 128 << 10  # bytes of one message, at most
TEXT = 16 << 10  # characters of an error text, at most
DONE = json.dumps({"said": "done"}).encode()
REHEARSAL = json.dumps({"do": "go", "count": 0, "method": "eager"}).encode()
REHEARSALS = 2
BUFFER = memoryview(bytearray(PACKET))  # made once: polling must not allocate
SPIN = 100_000  # polls before a receive sleeps: waking a sleeper costs more than a kernel


class Runner:
    """One submission: `load` it, `map` buffers for it, `call` it, `capture` and `go` for the clock."""

    def __init__(self, device: str) -> None:
        self.device = device  # "cuda", "cpu" or, where nothing is run, "none"
        self.run: Callable[..., Any]
        self.sets: list[list[Any]] = []  # the arguments of each set of buffers
        self.graphs: dict[int, Any] = {}
        self.held: list[Any] = []  # a reference's results, kept so that each has memory of its own
        self.path = ""
        self.bounds: Any = None
        self.unmap_memory: Callable[[], None] = lambda: None
        self.stage: Any = None  # (host, device) tensors where the GPU's memory cannot be shared

    def load(self, path: str, entry: str, role: str, arguments: list[str], precision: str) -> None:
        """Import the file and find `entry` in it. A role is `solve`; `reference` or `compile`,
        which keep what they return; or `check`, which leaves it in the outputs."""
        import torch

        self.path = path
        torch.cuda.empty_cache()  # what was loaded before may have needed much
        if "torch._dynamo" in sys.modules:  # and what was compiled counts towards a limit
            torch.compiler.reset()
        if self.bounds:
            self.bounds.path = path
        elif self.device == "cpu" and role == "solve":
            from judge import bfloat16, lookups
            from judge.bounds import Bounds

            bfloat16.install()
            lookups.install()
            self.bounds = Bounds(path)
            self.bounds.install()
        torch.backends.cuda.matmul.allow_tf32 = precision == "tf32"
        torch.backends.cudnn.allow_tf32 = precision == "tf32"
        torch.backends.cuda.matmul.allow_fp16_accumulation = precision == "fp16"
        spec = importlib.util.spec_from_file_location("submission", path)
        assert spec and spec.loader
        module = importlib.util.module_from_spec(spec)
        sys.modules["submission"] = module
        spec.loader.exec_module(module)
        function = getattr(module, entry, None)
        if not callable(function):
            raise BadSolution(f"defines no function {entry}({', '.join(arguments)})")
        with contextlib.suppress(ValueError):  # some callables have no signature
            try:
                inspect.signature(function).bind(*arguments)
            except TypeError:
                takes = f"{entry}{inspect.signature(function)}"
                raise BadSolution(
                    f"{takes} does not take the arguments {entry}({', '.join(arguments)})"
                ) from None
        if role == "solve":
            self.run = function
            return
        call: Callable[..., Any] = function
        count = len(arguments)
        if role == "check":
            self.run = lambda *buffers: leave(call(*buffers[:count]), buffers[count:])
            return
        if role == "compile":
            call = torch.compile(function, dynamic=False)  # for each shape, whatever came before
        self.run = lambda *buffers: self.held.append(call(*buffers[:count]))

    def map(
        self,
        kind: str,
        count: int,
        stride: int,
        tensors: list[list[Any]],
        arguments: list[Any],
        handle: str = "",
        descriptor: int = -1,
    ) -> None:
        """Make the arguments of `count` sets of buffers out of shared memory of `count * stride` bytes.

        `tensors` has a row [name, offset, bytes, dtype, shape] per tensor of a set. `arguments` has, in
        order, {"tensor": row} or {"value": scalar}.
        """
        import torch

        self.unmap()
        if kind == "ipc":
            from judge import ipc

            address = ipc.open_handle(bytes.fromhex(handle))
            memory = ipc.as_tensor(address, count * stride)
            self.unmap_memory = lambda: ipc.close_handle(address)
        else:
            mapped = mmap.mmap(descriptor, count * stride)
            os.close(descriptor)
            memory = torch.frombuffer(mapped, dtype=torch.uint8)
        memory = memory.view(count, stride)
        if kind == "staged":
            self.stage = (memory, torch.empty_like(memory, device=self.device))
            memory = self.stage[1]

        def argument(k: int, description: dict[str, Any]) -> Any:
            if "value" in description:
                return description["value"]
            _, offset, size, dtype, shape = tensors[description["tensor"]]
            return memory[k, offset : offset + size].view(getattr(torch, dtype)).view(shape)

        self.sets = [[argument(k, a) for a in arguments] for k in range(count)]
        if self.bounds:
            start = memory.data_ptr()
            self.bounds.buffers = {
                name: (start + offset, start + offset + size) for name, offset, size, *_ in tensors
            }

    def unmap(self) -> None:
        self.forget_graphs()
        self.sets, self.stage = [], None
        unmap_memory, self.unmap_memory = self.unmap_memory, lambda: None
        unmap_memory()

    def call(self) -> None:
        """Run once, on the first set."""
        self.go(1, "eager")

    def capture(self, counts: list[int]) -> None:
        """Capture a CUDA graph over the first `count` sets, for each count."""
        import torch

        self.forget_graphs()
        gc.disable()  # a collection in the middle of a pass is nobody's time
        self.synchronize()
        # One pool of scratch memory for all: they never run at once, and a reference may need much of it.
        pool = torch.cuda.graph_pool_handle()
        for count in counts:
            graph = torch.cuda.CUDAGraph()
            with torch.cuda.graph(graph, pool=pool):
                for arguments in self.sets[:count]:
                    self.run(*arguments)
            self.held.clear()
            self.graphs[count] = graph

    def forget_graphs(self) -> None:
        # What is freed while a capture is under way breaks the capture, so it is freed before.
        self.graphs.clear()
        self.held.clear()

    def go(self, count: int, method: str) -> None:
        """Run on the first `count` sets and wait until the device is done."""
        self.held.clear()
        if self.stage:
            host, device = (memory[:count] for memory in self.stage)
            device.copy_(host)
        if method == "graph":
            self.graphs[count].replay()
        else:
            for arguments in self.sets[:count]:
                self.run(*arguments)
        if self.stage:
            host.copy_(device)
        self.synchronize()
        if self.bounds and self.bounds.notes:
            notes, self.bounds.notes = "\n".join(self.bounds.notes), []
            raise OutOfBounds(notes)

    def synchronize(self) -> None:
        if self.device == "cuda":
            import torch

            torch.cuda.synchronize()


def leave(returned: Any, outputs: Sequence[Any]) -> None:
    """Copy what a baseline returns into the first outputs, as many as it returns."""
    for value, output in zip(returned if isinstance(returned, tuple) else (returned,), outputs, strict=False):
        if value.shape != output.shape:
            raise ValueError(f"it returns {list(value.shape)} in place of {list(output.shape)}")
        output.copy_(value)


class BadSolution(Exception):
    """The file does not answer to the challenge's signature."""


class OutOfBounds(Exception):
    """A kernel touched memory outside every buffer (seen on the interpreter only)."""


def describe(error: BaseException, path: str, loading: bool) -> tuple[str, str]:
    """The kind of an error and its text: its own traceback, trimmed to the frames of the submission."""
    from triton.errors import TritonError
    from triton.runtime.errors import InterpreterError

    if isinstance(error, BadSolution | OutOfBounds):
        return ("bad_solution" if isinstance(error, BadSolution) else "out_of_bounds"), str(error)
    while isinstance(error, InterpreterError) and error.__cause__:  # says nothing of its own
        error = error.__cause__
    refused = isinstance(error, TritonError) and not isinstance(error, InterpreterError)
    kind = "compile_error" if loading or refused else "runtime_error"
    told = traceback.TracebackException.from_exception(error)
    told.stack = traceback.StackSummary.from_list(f for f in told.stack if f.filename == path)
    told.__cause__ = told.__context__ = None
    return kind, "".join(told.format())


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


def answer(runner: Runner, packet: bytes, descriptors: list[int]) -> bytes:
    """Do what a request asks for; the packet to answer with."""
    request = json.loads(packet)
    do = request.pop("do")
    if descriptors:
        request["descriptor"] = descriptors[0]
    try:
        getattr(runner, do)(**request)
        return DONE
    except BaseException as error:  # also SystemExit: nothing a submission raises ends the runner
        kind, text = describe(error, runner.path, loading=do == "load")
        return json.dumps(dict(said="error", kind=kind, text=text[:TEXT])).encode()


def start_cuda(runner: Runner, triton: bool) -> None:
    """Do now, while the judge is busy too, what the first kernel and each waking would have to wait for."""
    import torch

    touched = torch.zeros(1, device="cuda")
    if triton:
        from judge.warmup import compile_one

        compile_one(touched)

    def settle(signum: int, frame: Any) -> None:
        # Whoever is continued after a stop has cold caches, and finds the GPU in another context.
        # A rehearsal brings both back, so that they are not part of a pass.
        with contextlib.suppress(RuntimeError):
            for _ in range(REHEARSALS):
                touched.zero_()
                answer(runner, REHEARSAL, [])

    signal.signal(signal.SIGCONT, settle)


def main(kind: type[Runner] = Runner) -> None:
    """Serve the judge; a process of another kind has more to be asked for."""
    channel = socket.socket(fileno=int(sys.argv[1]))
    settings = json.loads(sys.argv[2])
    missing = sandbox.enter(settings["scratch"], settings["memory"], settings["file_size"])
    runner = kind(settings["device"])
    if runner.device == "cuda":
        start_cuda(runner, settings["triton"])
    else:
        import torch  # while the judge does the same

        if runner.device == "cpu":
            from judge.warmup import compile_one

            compile_one(torch.zeros(1))
    gc.freeze()  # what is loaded by now stays: no collection need look at it again
    channel.send(json.dumps(dict(said="ready", missing=missing)).encode())
    while True:
        packet, descriptors = receive(channel, spin=bool(runner.graphs))
        if not packet:
            return
        channel.send(answer(runner, packet, descriptors))


if __name__ == "__main__":
    main()

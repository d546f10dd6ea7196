"""One submission: `load` it, `map` buffers for it, `call` it, `record` a call, `go` for the process clock.

Each method that `requests` names is a request of the judge's, with the same name and arguments.
"""

import contextlib
import mmap
import os
import sys
from collections.abc import Callable, Sequence
from typing import Any

from judge.runner.errors import StrayAccesses
from judge.runner.loading import LOADERS


class Submission:
    """The submission in this process. `device` is "cuda", "cpu", or "none" if nothing is run."""

    requests: tuple[str, ...] = (
        "source",
        "load",
        "map",
        "unmap",
        "call",
        "record",
        "go",
        "forget",
        "profile",
    )

    def __init__(self, device: str) -> None:
        self.device = device
        self.run: Callable[..., Any]
        self.sets: list[list[Any]] = []  # the arguments of each set of buffers
        self.held: list[Any] = []  # a reference's results, kept so that each has memory of its own
        self.path = ""
        self.gives: list[int] = []
        self.keeps_results = False  # a reference's are kept in `held`
        self.bounds: Any = None
        self.start = self.stride = 0  # of the shared memory: its address, and the bytes of a set
        self.unmap_memory: Callable[[], None] = lambda: None
        self.stage: Any = None  # (host, device) tensors where the GPU's memory cannot be shared
        self.images: Any = None  # the images of kernels that were loaded, on a GPU
        self.recorded = False  # whether a call was recorded since the buffers were mapped
        self.tuning: Any = None  # Triton's autotuners, on a GPU

    def source(self, path: str, size: int, descriptor: int) -> None:
        """Write a file. The judge itself writes nothing where a submission has been."""
        with open(descriptor, "rb") as given:
            source = given.read(size)
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path)
        with open(path, "xb") as file:
            file.write(source)

    def load(
        self,
        path: str,
        language: str,
        entry: str,
        role: str,
        names: list[str],
        takes: list[int],
        gives: list[int],
        precision: str,
    ) -> None:
        """Load a file and find `entry` in it.

        `names` are all parameters of solve. `takes` are the positions of those that a reference takes, and
        `gives` of those that it returns. The role is `solve`; `reference` or `compile`, which keep their
        results; or `check`, which copies them to the outputs.
        """
        import torch

        self.path, self.gives = path, gives
        self.keeps_results = role in ("reference", "compile")
        torch.cuda.empty_cache()  # the program before may have needed much
        if "torch._dynamo" in sys.modules:  # what it compiled counts towards a limit
            torch.compiler.reset()
        if self.bounds:
            self.bounds.path = path
        elif self.device == "cpu" and role == "solve":
            from judge.runner.interpreter import install

            self.bounds = install(path)
        if self.device == "cuda" and role == "solve" and not self.tuning:
            from judge.runner.autotuning import Autotuning

            self.tuning = Autotuning()
        torch.backends.cuda.matmul.allow_tf32 = precision == "tf32"
        torch.backends.cudnn.allow_tf32 = precision == "tf32"
        torch.backends.cuda.matmul.allow_fp16_accumulation = precision == "fp16"
        arguments = names if role == "solve" else [names[i] for i in takes]
        function = LOADERS[language](path, entry, arguments)
        if role == "solve":
            self.run = function
        elif role == "check":
            self.run = lambda *buffers: leave(
                function(*(buffers[i] for i in takes)), [buffers[i] for i in gives]
            )
        else:
            # Compiled for each shape, whatever shapes came before.
            timed = torch.compile(function, dynamic=False) if role == "compile" else function
            self.run = lambda *buffers: self.held.append(timed(*(buffers[i] for i in takes)))

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
        """Make the arguments of `count` sets of buffers in shared memory of `count * stride` bytes.

        `tensors` has a row [name, offset, bytes, dtype, shape] per tensor of a set. `arguments` has, in
        order, {"tensor": row} or {"value": scalar}.
        """
        import torch

        self.unmap()
        if kind == "ipc":
            from judge.protocol import cuda

            address = cuda.open_handle(bytes.fromhex(handle))
            memory = cuda.as_tensor(address, count * stride)
            self.unmap_memory = lambda: cuda.close_handle(address)
        else:
            mapped = mmap.mmap(descriptor, count * stride)
            os.close(descriptor)
            memory = torch.frombuffer(mapped, dtype=torch.uint8)
        memory = memory.view(count, stride)
        self.start, self.stride = memory.data_ptr(), stride
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
        """Release the shared memory."""
        self.held.clear()
        self.sets, self.stage = [], None
        unmap_memory, self.unmap_memory = self.unmap_memory, lambda: None
        unmap_memory()
        if self.device == "cuda" and self.recorded:
            import torch

            self.recorded = False
            torch.cuda.empty_cache()  # a captured call had memory of its own, which others need now

    def call(self) -> None:
        """Run once, on the first set."""
        self.forget()
        self.go(1)

    def record(self, descriptor: int, choices: list[list[Any]]) -> dict[str, int]:
        """Record what one call on the first set launches, into a file of the judge's. `choices` are those of
        the autotuner in another process: the same are made here. Returns the bytes of the recording.
        """
        import torch

        from judge.protocol.recording import encode
        from judge.runner.errors import NotReplayable
        from judge.runner.recording import Recorder

        if self.tuning:
            self.tuning.prefer.update({(name, key): number for name, key, number in choices})
        arguments = self.sets[0]
        for _ in range(2):  # the first compiles and tunes, the second finds all as it will be
            self.held.clear()
            self.run(*arguments)
        self.held.clear()
        torch.cuda.synchronize()
        self.recorded = True
        graph = torch.cuda.CUDAGraph(keep_graph=True)
        allocated: list[tuple[int, int]] = []  # address and bytes of all that a reference allocates
        if self.keeps_results:
            torch.cuda.memory._record_memory_history("all", context=None, max_entries=1 << 16)
        try:
            with torch.cuda.graph(graph):
                self.run(*arguments)
            traces = torch.cuda.memory._snapshot()["device_traces"] if self.keeps_results else []
            allocated = [(e["addr"], e["size"]) for each in traces for e in each if e["action"] == "alloc"]
        except Exception as error:
            with contextlib.suppress(Exception):
                torch.cuda.synchronize()
            reason = str(error).strip().partition("\n")[0] or type(error).__name__
            raise NotReplayable(f"a call cannot be captured in a CUDA graph: {reason}") from None
        finally:
            if self.keeps_results:
                torch.cuda.memory._record_memory_history(None)
        recorder = Recorder(self.start, self.stride, graph.pool(), self.images, self._returned(allocated))
        made = self.tuning.choices() if self.tuning else []
        try:
            recording = encode(recorder.record(graph.raw_cuda_graph(), made))
        except RuntimeError as error:  # a call of the driver's
            raise NotReplayable(f"a call cannot be recorded: {error}") from None
        self.held.clear()
        try:
            with open(descriptor, "wb") as file:
                file.write(recording)
        except OSError:
            raise NotReplayable(f"its recording of {len(recording) >> 20} MiB is too large") from None
        return dict(bytes=len(recording))

    def _returned(self, allocated: list[tuple[int, int]]) -> list[tuple[int, int, int]]:
        """The tensors that a captured reference returned: address, bytes, and the offset of the output of the
        set that takes their place. So a replayed reference writes to fresh memory in each call, as in life.

        `allocated` is all that the call allocated. Where something else was there before, perhaps something
        larger, an address does not tell which of the two it means: such a result stays in scratch.
        """

        def is_alone(value: Any) -> bool:
            start, size = value.data_ptr(), value.nbytes
            there = [(at, n) for at, n in allocated if at < start + size and start < at + n]
            return len(there) == 1 and there[0][0] == start and there[0][1] < size + 512

        if not self.held:
            return []
        returned = self.held[-1] if isinstance(self.held[-1], tuple) else (self.held[-1],)
        outputs = [self.sets[0][i] for i in self.gives]
        return [
            (value.data_ptr(), value.nbytes, output.data_ptr() - self.start)
            for value, output in zip(returned, outputs, strict=False)
            if value.is_contiguous() and value.nbytes == output.nbytes and is_alone(value)
        ]

    def go(self, count: int) -> None:
        """Run on the first `count` sets and wait until the device is done."""
        if self.stage:
            host, device = (memory[:count] for memory in self.stage)
            device.copy_(host)
        for arguments in self.sets[:count]:
            self.run(*arguments)
        if self.stage:
            host.copy_(device)
        self.synchronize()
        if self.bounds and self.bounds.strays:
            strays, self.bounds.strays = self.bounds.strays, []
            raise StrayAccesses(strays)

    def forget(self) -> None:
        """Free the results of a reference, which takes long, and must not be timed."""
        self.held.clear()

    def profile(self) -> dict[str, list[list[Any]]]:
        """Run once, on the first set, under PyTorch's profiler. Returns rows of a kernel's name and the
        microseconds that it took in all, the longest first.
        """
        from judge.runner.profiling import profiled_kernels

        self.call()
        return dict(kernels=profiled_kernels(self.call))

    def synchronize(self) -> None:
        if self.device == "cuda":
            import torch

            torch.cuda.synchronize()

    def is_broken(self) -> bool:
        """Whether an error has left the device in a state in which nothing works any more."""
        try:
            self.synchronize()
        except Exception:
            return True
        return False


def leave(returned: Any, outputs: Sequence[Any]) -> None:
    """Copy what a baseline returns into the first outputs, as many as it returns."""
    for value, output in zip(returned if isinstance(returned, tuple) else (returned,), outputs, strict=False):
        if value.shape != output.shape:
            raise ValueError(f"it returns {list(value.shape)} in place of {list(output.shape)}")
        output.copy_(value)

"""One submission: `load` it, `map` buffers for it, `call` it, `capture` and `go` for the clock.

Each method that `requests` names is a request of the judge's, with the same name and arguments.
"""

import gc
import mmap
import os
import sys
from collections.abc import Callable, Sequence
from typing import Any

from judge.runner.errors import StrayAccesses
from judge.runner.loading import LOADERS


class Submission:
    """The submission in this process. `device` is "cuda", "cpu", or "none" if nothing is run."""

    requests: tuple[str, ...] = ("load", "map", "unmap", "call", "capture", "go")

    def __init__(self, device: str) -> None:
        self.device = device
        self.run: Callable[..., Any]
        self.sets: list[list[Any]] = []  # the arguments of each set of buffers
        self.graphs: dict[int, Any] = {}
        self.held: list[Any] = []  # a reference's results, kept so that each has memory of its own
        self.path = ""
        self.bounds: Any = None
        self.unmap_memory: Callable[[], None] = lambda: None
        self.stage: Any = None  # (host, device) tensors where the GPU's memory cannot be shared

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

        self.path = path
        torch.cuda.empty_cache()  # the program before may have needed much
        if "torch._dynamo" in sys.modules:  # what it compiled counts towards a limit
            torch.compiler.reset()
        if self.bounds:
            self.bounds.path = path
        elif self.device == "cpu" and role == "solve":
            from judge.runner.interpreter import install

            self.bounds = install(path)
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
        gc.disable()  # a collection in the middle of a pass would be timed
        self.synchronize()
        # One pool of scratch memory for all graphs: they never run at once, and a reference may need much.
        pool = torch.cuda.graph_pool_handle()
        for count in counts:
            graph = torch.cuda.CUDAGraph()
            with torch.cuda.graph(graph, pool=pool):
                for arguments in self.sets[:count]:
                    self.run(*arguments)
            self.held.clear()
            self.graphs[count] = graph

    def forget_graphs(self) -> None:
        # Freeing something during a capture breaks the capture, so all is freed before.
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
        if self.bounds and self.bounds.strays:
            strays, self.bounds.strays = self.bounds.strays, []
            raise StrayAccesses(strays)

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

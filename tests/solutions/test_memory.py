"""Attention's memory is linear in the sequence: at four times the length, at most four times the scratch.

Each solution runs in a process of its own (this file, run as a script). Without a GPU on tensors of shape and
dtype only, whose lifetimes are followed while kernels are written down and not launched; on a GPU in earnest,
by the allocator's own peak.
"""

import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOLUTIONS = sorted((ROOT / "solutions").glob("flash_attention*.py"))
SHORT, LONG = 2048, 8192
SMALL = 1 << 20  # bytes: tiles of a fixed size

pytestmark = pytest.mark.long
each_solution = pytest.mark.parametrize("path", SOLUTIONS, ids=lambda path: path.stem)


def peaks(path: Path, device: str, tmp_path: Path) -> tuple[int, int]:
    """Bytes of scratch at the short and at the long sequence."""
    environment = {name: value for name, value in os.environ.items() if name != "TRITON_INTERPRET"}
    paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    environment |= {"PYTHONPATH": os.pathsep.join(paths), "TRITON_CACHE_DIR": str(tmp_path)}
    command = [sys.executable, __file__, path, device]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    short, long = json.loads(done.stdout)
    return short, long


@each_solution
@pytest.mark.parametrize("device", ["cpu", pytest.param("cuda", marks=pytest.mark.gpu)])
def test_memory_is_linear_in_the_sequence(path: Path, device: str, tmp_path: Path) -> None:
    short, long = peaks(path, device, tmp_path)
    assert long <= LONG // SHORT * max(short, SMALL)


@pytest.mark.parametrize("device", ["cpu", pytest.param("cuda", marks=pytest.mark.gpu)])
def test_the_plain_form_is_quadratic(device: str, tmp_path: Path) -> None:
    """So the test above can fail."""
    short, long = peaks(ROOT / "challenges" / "flash_attention" / "reference.py", device, tmp_path)
    assert long > 15 * short
    assert long > 2 * LONG * LONG


# -- the script ---------------------------------------------------------------------------------------


def arguments(challenge: Any, seq: int, device: str) -> tuple[list[Any], list[Any]]:
    """Inputs and outputs in bfloat16, causal."""
    import torch

    sizes = dict(batch=1, heads=2, seq=seq, dim=64)

    def made(parameter: Any) -> Any:
        if parameter.scalar is bool:
            return True
        dtype = torch.float32 if parameter.dtype == "float32" else torch.bfloat16
        return torch.zeros([sizes[dim] for dim in parameter.dims], dtype=dtype, device=device)

    signature = challenge.signature
    return [made(p) for p in signature.inputs], [made(p) for p in signature.outputs]


def followed(call: Callable[[], Any], given: list[Any]) -> int:
    """The peak of what a call holds at once besides what it is given, of tensors without values."""
    from torch.multiprocessing.reductions import StorageWeakRef
    from torch.utils._python_dispatch import TorchDispatchMode
    from torch.utils._pytree import tree_leaves

    class Follow(TorchDispatchMode):
        def __init__(self) -> None:
            super().__init__()
            self.held: dict[StorageWeakRef, int] = {}
            self.peak = 0
            self.given = {StorageWeakRef(tensor.untyped_storage()) for tensor in given}

        def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            result = func(*args, **(kwargs or {}))
            for leaf in tree_leaves(result):
                if hasattr(leaf, "untyped_storage"):
                    storage = leaf.untyped_storage()
                    if StorageWeakRef(storage) not in self.given:
                        self.held[StorageWeakRef(storage)] = storage.nbytes()
            self.held = {ref: size for ref, size in self.held.items() if not ref.expired()}
            self.peak = max(self.peak, sum(self.held.values()))
            return result

    follow = Follow()
    with follow:
        call()
    return follow.peak


def main(path: Path, device: str) -> None:
    import torch
    from torch._subclasses.fake_tensor import FakeTensorMode

    from judge.challenges.formats.folder_challenge import FolderChallenge
    from judge.solutions.finding import read_solution

    plain = path.name == "reference.py"
    name = path.parent.name if plain else read_solution(path).challenge
    challenge = FolderChallenge(ROOT / "challenges" / name)
    spec = importlib.util.spec_from_file_location("solution", path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules["solution"] = module
    spec.loader.exec_module(module)
    if device == "cuda":  # what PyTorch's own products keep for themselves from the first call on is not ours
        inputs, outputs = arguments(challenge, SHORT, device)
        module.reference(*inputs) if plain else module.solve(*inputs, *outputs)
        del inputs, outputs
    found = []
    for seq in (SHORT, LONG):
        if device == "cuda":
            inputs, outputs = arguments(challenge, seq, device)
            torch.cuda.reset_peak_memory_stats()
            before = torch.cuda.memory_allocated()
            module.reference(*inputs) if plain else module.solve(*inputs, *outputs)
            torch.cuda.synchronize()
            found.append(torch.cuda.max_memory_allocated() - before)
        else:
            from judge.inspect.occupancy import ARCHITECTURES
            from judge.runner.compilation import recorded

            with FakeTensorMode(), recorded(ARCHITECTURES["sm_90"].limits(), f"seq={seq}"):
                inputs, outputs = arguments(challenge, seq, device)
                given = [t for t in (*inputs, *outputs) if t is not True]
                program, known = (module.reference, inputs) if plain else (module.solve, inputs + outputs)
                found.append(followed(lambda p=program, k=known: p(*k), given))
    print(json.dumps(found))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])

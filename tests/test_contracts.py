"""The import contracts know every package, so that a new one cannot slip past those of the untrusted side."""

import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
# What is a module or a package of code: `data` holds files.
NAMES = {
    f"judge.{path.stem}"
    for path in (ROOT / "judge").iterdir()
    if not path.name.startswith("__") and (path.suffix == ".py" or (path / "__init__.py").is_file())
}


def of_name(words: str) -> dict[str, list[str]]:
    [contract] = [each for each in CONTRACTS if words in each["name"]]
    return contract


# Processes of their own, which nothing of ours imports: the untrusted one, and the one with its kernels.
PROCESSES = {"judge.runner", "judge.player"}


def test_the_untrusted_side_may_import_the_messages_only() -> None:
    contract = of_name("The untrusted side")
    assert contract["source_modules"] == ["judge.runner"]
    assert set(contract["forbidden_modules"]) == NAMES - {"judge.runner", "judge.protocol"}


def test_the_player_may_import_the_messages_only() -> None:
    contract = of_name("The player imports")
    assert contract["source_modules"] == ["judge.player"]
    assert set(contract["forbidden_modules"]) == NAMES - {"judge.player", "judge.protocol"}


def test_nobody_may_import_the_untrusted_side() -> None:
    contract = of_name("Nothing of the trusted side")
    assert set(contract["forbidden_modules"]) == PROCESSES
    assert set(contract["source_modules"]) == NAMES - PROCESSES


def test_a_player_has_neither_torch_nor_the_judge_in_it() -> None:
    code = "import sys, judge.player.main; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = done.stdout.split()
    ours = {".".join(name.split(".")[:2]) for name in loaded if name.startswith("judge.")}
    assert ours == {"judge.player", "judge.protocol"}
    assert not {"torch", "triton", "numpy"} & set(loaded)


def test_every_package_stands_on_a_floor() -> None:
    layers = {
        f"judge.{name.strip()}" for layer in of_name("Each floor")["layers"] for name in layer.split("|")
    }
    assert layers == NAMES - PROCESSES


def test_each_package_says_what_it_is_and_what_it_may_import() -> None:
    for path in (ROOT / "judge").glob("*/__init__.py"):
        text = path.read_text()
        assert "import" in text and len(text.split('"""')[1].strip().splitlines()) == 3, path

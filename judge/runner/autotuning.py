"""The configurations that Triton's autotuner chose, so that a second process makes the same choices."""

from typing import Any

from triton.runtime.autotuner import Autotuner

Choice = tuple[str, str, int]  # a kernel, a key, the number of the configuration


class _Choices(dict[Any, Any]):
    """An autotuner's cache that knows what was chosen elsewhere."""

    def __init__(self, tuner: Any, chosen: dict[tuple[str, str], int]) -> None:
        super().__init__(tuner.cache)
        self._tuner, self._chosen = tuner, chosen

    def __contains__(self, key: object) -> bool:
        number = self._chosen.get((_name(self._tuner), repr(key)))
        if number is not None and number < len(self._tuner.configs):
            self[key] = self._tuner.configs[number]
        return super().__contains__(key)


def _name(tuner: Any) -> str:
    return str(getattr(tuner.base_fn, "__name__", ""))


class Autotuning:
    """The autotuners of this process. Those that are made from now on are known."""

    def __init__(self) -> None:
        self.prefer: dict[tuple[str, str], int] = {}
        self._tuners: list[Any] = []
        made = Autotuner.__init__

        def make(tuner: Any, *args: Any, **kwargs: Any) -> None:
            made(tuner, *args, **kwargs)
            tuner.cache = _Choices(tuner, self.prefer)
            self._tuners.append(tuner)

        Autotuner.__init__ = make

    def choices(self) -> list[Choice]:
        """All choices that were made here."""
        found = []
        for tuner in self._tuners:
            for key, config in tuner.cache.items():
                numbers = [n for n, each in enumerate(tuner.configs) if each is config]
                found += [(_name(tuner), repr(key), n) for n in numbers[:1]]
        return found

"""Solutions to start from: a template, chosen by the challenge's tags, rendered for its signature."""

import ast
import contextlib
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jinja2

from judge.challenges.finding import find_challenge
from judge.challenges.format import About, FoundChallenge
from judge.errors import BadInput, did_you_mean
from judge.files import write
from judge.new.templates import environment
from judge.workspace import shipped, workspace

if TYPE_CHECKING:
    from judge.challenges.protocol import Challenge
    from judge.new.arguments import TensorArgument

WIDTH = 110
SUFFIX = ".py.jinja"
ANY = "any"  # the template that fits every challenge
MARK = "TODO"


@dataclass(frozen=True)
class Template:
    """A template for solutions: its file, and the texts of the comment at its top."""

    name: str
    path: Path
    about: str
    tags: tuple[str, ...]


@dataclass(frozen=True)
class Scaffold:
    """A solution that was written. `line` is where the work begins, counted from 1."""

    path: Path
    challenge: str
    template: str
    line: int


class Unfit(Exception):
    """A template does not fit a challenge. The text says what it needs."""


def templates() -> dict[str, Template]:
    """The templates for solutions, by name. One in the workspace hides a shipped one.

    Raises BadInput for a file that is not a template.
    """
    found: dict[str, Template] = {}
    for root in dict.fromkeys([workspace(), shipped()]):
        for path in sorted((root / "templates" / "solution").glob(f"[!_]*{SUFFIX}")):
            name = path.name.removesuffix(SUFFIX)
            found.setdefault(name, _read_template(name, path))
    return dict(sorted(found.items()))


def _read_template(name: str, path: Path) -> Template:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{path}: cannot be read ({error})") from None
    comment = re.match(r"\{#\s*about:(.*)\n\s*tags:(.*?)#\}", text)
    if not comment:
        raise BadInput(f"{path}:1: a template begins with a comment of two lines: about: ..., and tags: ...")
    tags = tuple(tag.strip() for tag in comment[2].split(",") if tag.strip())
    return Template(name, path, comment[1].strip(), tags)


def new_solution(
    challenge_name: str, template_name: str | None = None, out: Path | None = None, force: bool = False
) -> Scaffold:
    """Write a solution for the user to complete, to `out` or to <challenge>.py in the current folder.

    Raises BadInput if there is such a file already (unless `force`), and if the template does not fit.
    """
    found = find_challenge(challenge_name)
    path = out or Path(f"{found.name}.py")
    _require_free(path, force)
    template, text = write_solution(found, template_name, path.name)
    write(path, text)
    line = next((n for n, line in enumerate(text.splitlines(), 1) if MARK in line), 1)
    return Scaffold(path, found.name, template, line)


def write_solution(
    found: FoundChallenge, template_name: str | None = None, file: str = "mine.py"
) -> tuple[str, str]:
    """The name of the template, and the text that it gives for a challenge. `file` is the name of the file
    that the text is for.

    Without a template's name the challenge's tags decide: the first tag that a fitting template has.

    Raises BadInput.
    """
    known = templates()
    if template_name is not None and template_name not in known:
        hint = did_you_mean(template_name, known, "judge new --list shows them")
        raise BadInput(f"no such template: {template_name}; {hint}")
    challenge, about = found.load(), found.about()
    if template_name is not None:
        try:
            return template_name, _render(known[template_name], challenge, about, file)
        except Unfit as unfit:
            what = f"template {template_name} does not fit {challenge.name}"
            raise BadInput(f"{what}: it needs {unfit}") from None
    for tag in (*about.tags, None):
        for template in known.values():
            if tag in template.tags or (tag is None and template.name == ANY):
                with contextlib.suppress(Unfit):
                    return template.name, _render(template, challenge, about, file)
    raise BadInput(f"no template fits {challenge.name}; judge new --list shows them")


def _render(template: Template, challenge: "Challenge", about: About, file: str) -> str:
    from judge.new.arguments import arguments_of

    shared = (shipped() / "templates" / "solution").glob("_*.jinja")
    own = frozenset(
        name for path in (template.path, *shared) for name in _variables(path.read_text(encoding="utf-8"))
    )
    arguments = arguments_of(challenge, own)
    rendered = environment(template.path.parent)
    scalars = [f"{s.value}: tl.constexpr" if s.kind == "bool" else s.value for s in arguments.scalars]

    # A tensor that is read and written is in the inputs and in the outputs, but is one argument of a kernel.
    def kernel(name: str, tensors: Sequence["TensorArgument"], *more: str) -> str:
        taken = [*(t.pointer for t in dict.fromkeys(tensors)), *scalars, *arguments.sizes, *more]
        return _call(f"def {name}(", taken, "):")

    def launch(name: str, grid: str, tensors: Sequence["TensorArgument"], *more: str) -> str:
        names = [*(t.name for t in dict.fromkeys(tensors)), *(s.name for s in arguments.scalars)]
        given = [*names, *arguments.sizes, *more]
        return _call(f"    {name}[({grid},)](", given, ")")

    rendered.globals |= dict(
        kernel=kernel,
        launch=launch,
        needs=_needs,
        name=challenge.name,
        title=about.title,
        file=file,
        solve=_call("def solve(", arguments.parameters, ") -> None:"),
        inputs=list(arguments.inputs),
        outputs=list(arguments.outputs),
        scalars=arguments.scalars,
        tensors=arguments.tensors,
        sizes=arguments.sizes,
        unpack=arguments.unpack,
    )
    try:
        text = rendered.get_template(template.path.name).render()
    except jinja2.TemplateSyntaxError as error:
        raise BadInput(f"{error.filename or template.path}:{error.lineno}: {error.message}") from None
    except (jinja2.TemplateError, TypeError, ValueError, IndexError) as error:
        raise BadInput(f"{template.path}: {type(error).__name__} on {challenge.name}: {error}") from None
    try:
        ast.parse(text)
    except SyntaxError as error:
        raise BadInput(f"{template.path}: gives invalid Python for {challenge.name}: {error}") from None
    return text


def _variables(text: str) -> set[str]:
    """All names in a template's code and in quotes in its Jinja, without those in comments and docstrings."""
    prose = r"\{% block idea %\}.*?\{% endblock %\}"
    code = re.sub(rf'{prose}|\{{([{{%#]).*?[}}%#]\}}|#[^\n]*|""".*?"""', " ", text, flags=re.DOTALL)
    return set(re.findall(r"[^\W\d]\w*", code)) | set(re.findall(r'"([^\W\d]\w*)"', text))


def _needs(condition: Any, what: str) -> None:
    if not condition:
        raise Unfit(what)


def _call(head: str, parts: Sequence[str], tail: str) -> str:
    """The head, the parts and the tail on one line if they fit, else on lines as ruff breaks them."""
    line = f"{head}{', '.join(parts)}{tail}"
    if len(line) <= WIDTH:
        return line
    indent = " " * (len(head) - len(head.lstrip()))
    middle = f"{indent}    {', '.join(parts)}"
    if len(middle) <= WIDTH and not any("=" in part or "constexpr" in part for part in parts):
        return f"{head}\n{middle}\n{indent}{tail}"
    return "\n".join([head, *(f"{indent}    {part}," for part in parts), f"{indent}{tail}"])


def _require_free(path: Path, force: bool) -> None:
    if path.is_dir():
        raise BadInput(f"{path} is a folder; --out names a file")
    if os.path.lexists(path) and not force:
        raise BadInput(f"{path} exists already; --force overwrites it, --out names another")

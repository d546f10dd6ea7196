"""Python, for Triton, Gluon and PyTorch. The note is the docstring, and CHALLENGE names the challenge."""

import ast
import hashlib
import inspect
import io
import tokenize
from collections.abc import Iterator

_UNREADABLE = (SyntaxError, ValueError, MemoryError, RecursionError)  # what ast.parse raises
_WITH_DOCSTRING = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


class Python:
    """The language of .py files."""

    name = "Python"
    suffix = ".py"

    def challenge_named_in(self, source: str) -> str:
        """The value of CHALLENGE at the top of the module."""
        try:
            for node in ast.parse(source).body:
                if isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(node.value, ast.Constant):
                    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                    if "CHALLENGE" in [t.id for t in targets if isinstance(t, ast.Name)]:
                        return str(node.value.value)  # raises ValueError for a number of 5000 digits
        except _UNREADABLE:
            pass
        return ""

    def note(self, source: str) -> tuple[str, str]:
        """The docstring, and the code below it."""
        try:
            first = ast.parse(source).body[0]
        except (*_UNREADABLE, IndexError):
            return "", source
        if not (isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)):
            return "", source
        if not isinstance(first.value.value, str):
            return "", source
        lines = source.split("\n")[(first.end_lineno or 1) - 1 :]  # lines as ast counts them
        lines[0] = lines[0].encode()[first.end_col_offset :].decode().lstrip("; ")  # code may follow a note
        return inspect.cleandoc(first.value.value), "\n".join(lines).lstrip("\n")

    def digest(self, source: str) -> str:
        """The SHA-256 of the tokens without comments and docstrings, the same in every version of Python.

        If the source is not Python, it is the SHA-256 of the text.
        """
        try:
            text = "\0".join(_pieces(source))
        except (*_UNREADABLE, tokenize.TokenError):
            text = source
        return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()

    def syntax_problem(self, source: str) -> tuple[int, str] | None:
        """The line and the message of the parser's error, None if there is no error."""
        try:
            ast.parse(source)
        except _UNREADABLE as error:
            what = str(getattr(error, "msg", error))
            return getattr(error, "lineno", None) or 0, f"{type(error).__name__}: {what}"
        return None


def _pieces(source: str) -> Iterator[str]:
    """Yields the tokens of the code that runs. An f-string is one token, as it was before Python 3.12."""
    lines = source.splitlines(keepends=True)
    docstrings = list(_docstrings(ast.parse(source), lines))
    begun: list[tuple[int, int]] = []  # the starts of the f-strings around the current token
    last = "\n"
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        name, text = tokenize.tok_name[token.type], token.string
        if name in ("FSTRING_START", "TSTRING_START"):
            begun.append(token.start)
        if begun:
            if name not in ("FSTRING_END", "TSTRING_END"):
                continue
            start = begun.pop()
            if begun:
                continue
            text = _between(lines, start, token.end)
        elif name in ("COMMENT", "NL", "ENDMARKER") or any(a <= token.start < b for a, b in docstrings):
            continue
        elif name in ("INDENT", "DEDENT"):
            text = name
        elif name == "NEWLINE":
            if last == "\n":  # the line held only a docstring
                continue
            text = "\n"
        elif name == "STRING" and "f" not in text[: text.index(text[-1])].lower():
            text = repr(ast.literal_eval(text))  # the kind of quotes must not matter
        yield text
        last = "\n" if name == "INDENT" else text


def _docstrings(tree: ast.Module, lines: list[str]) -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:
    """Yields the start and the end of each docstring. Lines count from 1, characters from 0."""
    for node in ast.walk(tree):
        if isinstance(node, _WITH_DOCSTRING) and ast.get_docstring(node, clean=False) is not None:
            first = node.body[0]
            assert first.end_lineno is not None and first.end_col_offset is not None
            ends = (first.lineno, first.col_offset), (first.end_lineno, first.end_col_offset)
            start, end = ((n, len(lines[n - 1].encode()[:at].decode())) for n, at in ends)
            yield start, end


def _between(lines: list[str], start: tuple[int, int], end: tuple[int, int]) -> str:
    (first, left), (last, right) = start, end
    if first == last:
        return lines[first - 1][left:right]
    return "".join([lines[first - 1][left:], *lines[first : last - 1], lines[last - 1][:right]])

"""Specs and notes on a terminal: Markdown as styled lines, TeX as plain text."""

import re
import textwrap
from itertools import count
from typing import Any

import click
from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode
from mdit_py_plugins.dollarmath import dollarmath_plugin

_SYMBOLS = {
    "cdot": "·", "times": "×", "pm": "±", "mp": "∓", "oplus": "⊕", "otimes": "⊗", "odot": "⊙", "circ": "∘",
    "le": "≤", "leq": "≤", "ge": "≥", "geq": "≥", "ne": "≠", "neq": "≠", "approx": "≈", "equiv": "≡",
    "sim": "∼", "ll": "≪", "gg": "≫", "propto": "∝", "in": "∈", "notin": "∉", "subset": "⊂", "cup": "∪",
    "cap": "∩", "land": "∧", "lor": "∨", "neg": "¬", "forall": "∀", "exists": "∃", "to": "→", "gets": "←",
    "rightarrow": "→", "leftarrow": "←", "Rightarrow": "⇒", "mapsto": "↦", "mid": "|", "top": "⊤",
    "sum": "Σ", "prod": "Π", "int": "∫", "sqrt": "√", "partial": "∂", "nabla": "∇", "infty": "∞", "ell": "ℓ",
    "lfloor": "⌊", "rfloor": "⌋", "lceil": "⌈", "rceil": "⌉", "langle": "⟨", "rangle": "⟩", "prime": "′",
    "dots": "…", "ldots": "…", "cdots": "…", "bmod": "mod", "left": "", "right": "",
    "big": "", "Big": "", "bigl": "", "bigr": "", "Bigl": "", "Bigr": "", "bigg": "", "Bigg": "",
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "varepsilon": "ε", "zeta": "ζ",
    "eta": "η", "theta": "θ", "kappa": "κ", "lambda": "λ", "mu": "µ", "nu": "ν", "xi": "ξ", "pi": "π",
    "rho": "ρ", "sigma": "σ", "tau": "τ", "phi": "φ", "varphi": "φ", "chi": "χ", "psi": "ψ", "omega": "ω",
    "Gamma": "Γ", "Delta": "Δ", "Theta": "Θ", "Lambda": "Λ", "Xi": "Ξ", "Pi": "Π", "Sigma": "Σ",
    "Phi": "Φ", "Psi": "Ψ", "Omega": "Ω",
    "quad": "  ", "qquad": "    ", "!": "", "|": "‖", "\\": " ",
}  # fmt: skip
_FONTS = r"\\(?:mathrm|mathbf|mathit|mathbb|mathcal|mathrel|mathbin|mathop|text|textbf|textit|operatorname)"
_ACCENTS = {"hat": "\u0302", "widehat": "\u0302", "tilde": "\u0303", "bar": "\u0304", "overline": "\u0304"}
_ACCENT = rf"\\({'|'.join(_ACCENTS)})(?:\{{(\w)\}}|\s*(\w))"
_GLUE = "\x1f"  # a space at which no line must end
_GLUED = 24  # columns; a formula or code in a sentence stays on one line if it is not longer


def math(text: str) -> str:
    """TeX as plain text: symbols replace their names, and a fraction becomes a quotient."""
    text = re.sub(r"\\begin\{(cases|pmatrix|aligned)\}(.*?)\\end\{\1\}", _rows, text, flags=re.S)
    text = re.sub(r"\s*\\[,;: ]\s*", " ", text)
    text = re.sub(r"\\([{}])", lambda m: {"{": "\x00", "}": "\x01"}[m[1]], text)
    previous = ""
    while previous != text:  # from the innermost braces outwards
        previous = text
        text = re.sub(_FONTS + r"\{([^{}]*)\}", r"\1", text)
        text = re.sub(_ACCENT, lambda m: (m[2] or m[3]) + _ACCENTS[m[1]], text)
        text = re.sub(r"\\underbrace\{([^{}]*)\}_\{([^{}]*)\}", r"\1 [\2] ", text)
        text = re.sub(r"([_^])\{([^{}]*)\}", _script, text)
        text = re.sub(r"\\sqrt(?:\{([^{}]*)\}|\s*(\w))", lambda m: "√" + _grouped(m[1] or m[2] or ""), text)
        text = re.sub(r"\\[dt]?frac\{([^{}]*)\}\{([^{}]*)\}", _quotient, text)
    text = re.sub(r"\\([a-zA-Z]+|.)", lambda m: _SYMBOLS.get(m[1], m[1]), text, flags=re.S)
    text = text.replace("{", "").replace("}", "")
    return text.replace("\x00", "{").replace("\x01", "}")


def _script(match: re.Match[str]) -> str:
    """A script in brackets if it needs them: x_ij, but e^(ab). Two letters are two indices, but a product."""
    alone = match[1] == "_" or re.fullmatch(r"\W*\w\W*|-?\d+|\\[a-zA-Z]+", match[2].strip())
    return match[1] + (_grouped(match[2]) if alone else f"({match[2]})")


def _grouped(text: str) -> str:
    return text if re.fullmatch(r"[^\W_]+'*|-?\d+|\\[a-zA-Z]+", text.strip()) else f"({text})"


def _rows(match: re.Match[str]) -> str:
    """Rows on one line: { this,  where that;  this,  where that    or (a b;  c d)    or this;  that"""
    between, form = {
        "cases": (",  ", r"\{ {}"),
        "pmatrix": (" ", "({})"),
        "aligned": (" ", "{}"),
    }[match[1]]
    rows = (re.sub(r"\s*&\s*", between, row.strip()) for row in match[2].split(r"\\"))
    return form.replace("{}", ";  ".join(rows))


def _quotient(match: re.Match[str]) -> str:
    above, below = match[1].strip(), match[2].strip()
    if re.search(r".[-+=,]|\\(pm|mp)", _outside(above)):
        above = f"({above})"
    if re.search(r".[-+=,\s]", _outside(below)):
        below = f"({below})"
    return f"({above} / {below})"


def _outside(text: str) -> str:
    """The text without its parts in parentheses."""
    previous = ""
    while previous != text:
        previous, text = text, re.sub(r"\([^()]*\)", "", text)
    return text


def parser() -> MarkdownIt:
    """The Markdown of specs and notes: CommonMark without HTML, with tables and $math$."""
    return (
        MarkdownIt("commonmark", {"html": False})
        .enable("table")
        .use(
            dollarmath_plugin,
            double_inline=True,
            allow_space=False,  # a price is not a formula
            allow_digits=False,
            allow_labels=False,
        )
    )


def markdown_text(text: str, width: int) -> str:
    """Markdown as styled lines, at most `width` wide. Tables, code and long words keep their width."""
    lines = _blocks(SyntaxTreeNode(parser().parse(text)), width)
    return "\n".join(lines).replace(_GLUE, " ").rstrip() + "\n"


def _blocks(parent: SyntaxTreeNode, width: int, apart: bool = True) -> list[str]:
    """The lines of all blocks within another, with an empty line between two if they stand `apart`."""
    lines: list[str] = []
    for node in parent.children:
        if lines and apart:
            lines.append("")
        lines += _block(node, width)
    return lines


def _block(node: SyntaxTreeNode, width: int) -> list[str]:
    match node.type:
        case "paragraph":
            return _wrapped(_inline(node), width)
        case "heading":
            return _wrapped(_styled(_inline(node), bold=True), width)
        case "fence" | "code_block":
            return [
                click.style(f"    {line}", fg="cyan") if line else "" for line in node.content.splitlines()
            ]
        case "math_block":
            return _formula(math(node.content.strip()), width)
        case "bullet_list" | "ordered_list":
            return _list(node, width)
        case "table":
            return _table(node)
        case "blockquote":
            return [f"  {line}".rstrip() for line in _blocks(node, width - 2)]
        case _:  # a rule
            return ["─" * min(width, 20)]


def _formula(text: str, width: int) -> list[str]:
    """The lines of a displayed formula. A long one is broken at the wide spaces between its parts."""
    text = "  ".join(line.strip() for line in text.splitlines())
    indent = " " * 4
    lines = []
    for line in _filled(re.sub(r"(?<=\S) (?=\S)", _GLUE, text), width, indent, indent):
        lines += [line] if len(line) <= width else _filled(line.replace(_GLUE, " "), width, "", indent * 2)
    return lines


def _filled(text: str, width: int, first: str, later: str) -> list[str]:
    return textwrap.wrap(
        text,
        max(width, 1),
        initial_indent=first,
        subsequent_indent=later,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _list(node: SyntaxTreeNode, width: int) -> list[str]:
    lines: list[str] = []
    tight = all(
        child.hidden for item in node.children for child in item.children if child.type == "paragraph"
    )
    for number, item in zip(count(int(node.attrs.get("start", 1))), node.children, strict=False):
        mark = f"{number}{item.markup} " if node.type == "ordered_list" else f"{item.markup} "
        if lines and not tight:
            lines.append("")
        body = _blocks(item, width - len(mark), apart=not tight) or [""]
        hang = " " * len(mark)
        lines += [f"{hang if i else mark}{line}".rstrip() for i, line in enumerate(body)]
    return lines


def _table(node: SyntaxTreeNode) -> list[str]:
    rows = [[_inline(cell) for cell in row.children] for part in node.children for row in part.children]
    widths = [max(map(_length, column)) for column in zip(*rows, strict=True)]
    lines = [
        "  " + "  ".join(c + " " * (w - _length(c)) for c, w in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
    lines[0] = click.style(lines[0], underline=True)
    return lines


def _inline(node: SyntaxTreeNode) -> str:
    """Text with each word styled by itself, so that lines can be broken anywhere between words."""
    match node.type:
        case "text":
            return node.content
        case "code_inline":
            return _styled(_glued(node.content), fg="cyan")
        case "math_inline" | "math_inline_double":
            return _glued(math(node.content.strip()))
        case "softbreak" | "hardbreak":
            return " "
        case "image":
            return node.content
    text = "".join(map(_inline, node.children))
    match node.type:
        case "strong":
            return _styled(text, bold=True)
        case "em":
            return _styled(text, italic=True)
        case "link":
            target = str(node.attrs["href"])
            return text if target == text else f"{text} ({target})"
    return text


def _styled(text: str, **style: Any) -> str:
    return re.sub(r"[^ \n\t]+", lambda word: click.style(word[0], **style), text)


def _glued(text: str) -> str:
    return re.sub(r"\s+", _GLUE, text) if len(text) <= _GLUED else text


def _length(text: str) -> int:
    return len(click.unstyle(text))


def _wrapped(text: str, width: int) -> list[str]:
    lines: list[str] = []
    room = 0
    for word in re.findall(r"[^ \n\t]+", text):
        if _length(word) < room:
            lines[-1] += f" {word}"
            room -= _length(word) + 1
        else:
            lines.append(word)
            room = width - _length(word)
    return lines

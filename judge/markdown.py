"""A spec on a terminal: enough of Markdown to read one well."""

import re
import textwrap

import click

_SYMBOLS = {
    r"\cdot": "·", r"\times": "×", r"\sum": "Σ", r"\prod": "Π", r"\sqrt": "√", r"\le": "≤", r"\ge": "≥",
    r"\leq": "≤", r"\geq": "≥", r"\neq": "≠", r"\in": "∈", r"\infty": "∞", r"\epsilon": "ε", r"\mu": "µ",
    r"\varepsilon": "ε", r"\sigma": "σ", r"\gamma": "γ", r"\beta": "β", r"\alpha": "α", r"\lambda": "λ",
    r"\partial": "∂", r"\odot": "⊙", r"\to": "→", r"\lfloor": "⌊", r"\rfloor": "⌋", r"\dots": "…",
    r"\ldots": "…", r"\cdots": "…", r"\pm": "±", r"\approx": "≈", r"\left": "", r"\right": "", r"\Big": "",
    r"\big": "", r"\top": "⊤", r"\oplus": "⊕", r"\delta": "δ", r"\int": "∫", r"\mp": "∓",
    r"\bmod": "mod", r"\!": "", r"\,": " ", r"\;": " ", r"\quad": "  ", r"\qquad": "    ",
}  # fmt: skip
_FONTS = r"\\(?:mathrm|mathbf|text|operatorname|bar|mathbb|mathcal)\{([^{}]*)\}"


def math(text: str) -> str:
    """TeX as plain text: symbols for their names, a fraction as a quotient."""
    text = re.sub(r"\\begin\{(cases|pmatrix)\}(.*?)\\end\{\1\}", _rows, text, flags=re.S)
    text = re.sub(r"\\([{}])", lambda m: {"{": "\x00", "}": "\x01"}[m[1]], text)
    previous = ""
    while previous != text:  # from the innermost braces outwards
        previous = text
        text = re.sub(_FONTS, r"\1", text)
        text = re.sub(r"\\hat\{(\w)\}", "\\1\u0302", text)
        text = re.sub(r"([_^])\{([^{}]*)\}", lambda m: m[1] + _grouped(m[2]), text)
        text = re.sub(r"\\d?frac\{([^{}]*)\}\{([^{}]*)\}", _quotient, text)
        text = re.sub(r"\\sqrt\{([^{}]*)\}", lambda m: "√" + _grouped(m[1]), text)
    for name in sorted(_SYMBOLS, key=len, reverse=True):
        end = r"(?![a-zA-Z])" if name[-1].isalpha() else ""
        text = re.sub(re.escape(name) + end, lambda m, n=name: _SYMBOLS[n], text)  # type: ignore[misc]
    text = re.sub(r"\\([a-zA-Z]+|[#%&_$])", r"\1", text).replace("{", "").replace("}", "")
    return text.replace("\x00", "{").replace("\x01", "}")


def _grouped(text: str) -> str:
    return text if re.fullmatch(r"\w+|-?\d+|\\[a-zA-Z]+", text.strip()) else f"({text})"


def _rows(match: re.Match[str]) -> str:
    """{ this,  where that;  this,  where that    or (a b;  c d)"""
    between, form = (",  ", r"\{ {}") if match[1] == "cases" else (" ", "({})")
    rows = (re.sub(r"\s*&\s*", between, row.strip()) for row in match[2].split(r"\\"))
    return form.replace("{}", ";  ".join(rows))


def _quotient(match: re.Match[str]) -> str:
    return f"({_grouped(match[1])} / {_grouped(match[2])})"


def render_markdown(text: str, width: int) -> str:
    """Markdown as styled lines no wider than `width` (tables and code keep theirs)."""
    lines: list[str] = []
    for block, code in _blocks(text):
        if code:
            lines += [click.style(f"    {line}", fg="cyan") for line in block]
        elif block[0].startswith("#"):
            lines += [click.style(_inline(line.lstrip("# ")), bold=True) for line in block]
        elif block[0].startswith("|"):
            lines += _table(block)
        else:
            lines += _paragraphs(block, width)
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def _blocks(text: str) -> list[tuple[list[str], bool]]:
    """Blocks of lines, and whether each is code."""
    blocks: list[tuple[list[str], bool]] = []
    current: list[str] = []
    fenced = False
    for line in [*text.splitlines(), ""]:
        if line.startswith("```") or (not fenced and not line.strip()):
            if current:
                blocks.append((current, fenced))
            current = []
            fenced ^= line.startswith("```")
        else:
            starts = line.startswith("#") or (current and current[0].startswith("#"))
            if current and not fenced and starts:
                blocks.append((current, False))
                current = []
            current.append(line)
    if current:
        blocks.append((current, fenced))
    return blocks


def _table(block: list[str]) -> list[str]:
    rows = [[_inline(cell.strip(), False) for cell in line.strip().strip("|").split("|")] for line in block]
    rows = [row for row in rows if not all(re.fullmatch(r":?-+:?", cell) for cell in row)]
    if not rows:  # a table of nothing but its rule
        return []
    columns = max(map(len, rows))
    widths = [max(len(row[i]) if i < len(row) else 0 for row in rows) for i in range(columns)]
    lines = ["  " + "  ".join(c.ljust(w) for c, w in zip(row, widths, strict=False)).rstrip() for row in rows]
    lines[0] = click.style(lines[0], underline=True)
    return lines


def _paragraphs(block: list[str], width: int) -> list[str]:
    items: list[str] = []
    for line in block:
        if re.match(r"\s*([-*]|\d+\.) ", line) or not items:
            items.append(line)
        else:
            items[-1] += " " + line.strip()
    lines = []
    for item in items:
        indent = re.match(r"\s*([-*] |\d+\. )?", item)
        hang = " " * (indent.end() if indent else 0)
        wrapped = textwrap.fill(_inline(item, False), width, subsequent_indent=hang, break_long_words=False)
        lines += wrapped.splitlines()
    return lines


def _inline(text: str, styled: bool = True) -> str:
    text = re.sub(r"\$\$?([^$]+)\$\$?", lambda m: math(m[1].strip()), text)
    text = re.sub(r"`([^`]+)`", r"\1", text)
    return re.sub(r"\*\*([^*]+)\*\*", r"\1", text)

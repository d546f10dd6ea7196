"""Markdown and code as HTML. HTML in them becomes text, never markup."""

import re
from collections.abc import Sequence
from functools import cache, lru_cache
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup, escape

from judge.show.markdown import parser as markdown_parser
from judge.site.mathml import formula


@lru_cache(1024)
def markdown(text: str) -> Markup:
    """CommonMark with tables and $formulas$, as HTML. HTML in it stays text, and an image becomes a link.

    Links can only lead to http(s) or to relative paths.
    """
    return Markup(_parser().render(text))


@lru_cache(1024)
def code(source: str, first_line: int | None = None) -> Markup:
    """Python code as HTML, coloured by classes, with line numbers from `first_line` on if it is given."""
    from pygments import highlight
    from pygments.formatters import HtmlFormatter
    from pygments.lexers import PythonLexer

    numbers: dict[str, Any] = {"linenos": "inline", "linenostart": first_line} if first_line else {}
    lexer = PythonLexer(stripnl=False, ensurenl=False)
    formatted = highlight(source, lexer, HtmlFormatter(nowrap=not numbers, **numbers))
    inner = re.sub(r"^<div[^>]*><pre>(?:<span></span>)?|</pre></div>\s*$", "", formatted)
    return Markup(f'<pre class="code" tabindex="0"><code>{inner}</code></pre>')


def plain(text: str) -> str:
    """The words of a Markdown text, for searching."""
    return " ".join(re.sub(r"[*`#|$]|\\[a-zA-Z]+|[{}\\]", " ", text).split())


@cache
def _parser() -> MarkdownIt:
    parser = markdown_parser().disable("image")
    parser.validateLink = _may_lead_to  # type: ignore[method-assign]
    for rule, display in (("math_inline", False), ("math_inline_double", True), ("math_block", True)):
        parser.add_render_rule(rule, _math_rule(display))
    parser.add_render_rule("fence", _render_fence)
    parser.add_render_rule("code_block", _render_fence)
    parser.add_render_rule("table_open", _table_open)
    parser.add_render_rule("table_close", lambda *_: "</table></div>\n")
    parser.add_render_rule("th_open", _cell_open)
    parser.add_render_rule("td_open", _cell_open)
    parser.add_render_rule("link_open", _link_open)
    return parser


def _may_lead_to(url: str) -> bool:
    scheme = re.match(r"\s*([a-zA-Z][a-zA-Z0-9+.-]*):", url)
    return scheme[1].lower() in ("http", "https") if scheme else not url.startswith(("//", "/", "\\"))


def _math_rule(display: bool) -> Any:
    def render(self: Any, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
        inner = formula(tokens[index].content.strip(), display)
        return f'<span class="display" tabindex="0">{inner}</span>' if display else str(inner)

    return render


def _render_fence(self: Any, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
    token = tokens[index]
    if token.info.strip() in ("python", "py"):
        return str(code(token.content))
    return f'<pre class="code" tabindex="0"><code>{escape(token.content)}</code></pre>\n'


def _table_open(self: Any, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
    return '<div class="scroll" tabindex="0"><table>\n'


def _cell_open(self: Any, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
    style = str(tokens[index].attrs.pop("style", ""))  # the page allows no inline styles
    if style:
        tokens[index].attrSet("class", style.removeprefix("text-align:"))
    return str(self.renderToken(tokens, index, options, env))


def _link_open(self: Any, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
    tokens[index].attrSet("rel", "noopener noreferrer")
    return str(self.renderToken(tokens, index, options, env))

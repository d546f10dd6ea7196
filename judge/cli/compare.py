"""judge compare: solutions and baselines beside one another."""

import json
import sys
from pathlib import Path
from typing import Any

import click

from judge.cli.options import DEVICE, REQUIRE_SANDBOX, SEED, TIMEOUT, Seconds


def _names(ctx: click.Context, param: click.Parameter, value: str) -> tuple[str, ...]:
    """The names in a text with commas between them, without repetition."""
    names = [name.strip() for name in value.split(",")]
    if not all(names):
        raise click.BadParameter(f"{value!r} has an empty name in it; write it like torch,compile")
    return tuple(dict.fromkeys(names))


FILE = click.Path(path_type=Path, dir_okay=False)


@click.command()
@click.argument("challenge")
@click.argument("solutions", nargs=-1)
@click.option(
    "--sweep",
    multiple=True,
    metavar="KEY=A,B",
    help="Vary a size of the first shape, or of the first benchmark.",
)
@click.option("--shape", "shapes", multiple=True, metavar="'KEY=A ...'", help="One shape; may be repeated.")
@click.option(
    "--against",
    callback=_names,
    metavar="NAME,NAME",
    default="torch",
    show_default=True,
    help="Baselines: torch, compile, and those that the challenge names.",
)
@click.option(
    "--seconds",
    default=0.4,
    type=Seconds(),
    show_default=True,
    help="Seconds of sampling for each program on each shape.",
)
@TIMEOUT
@DEVICE
@SEED
@REQUIRE_SANDBOX
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout.")
@click.option("--csv", "csv_file", type=FILE, metavar="FILE", help="Write the table as CSV.")
@click.option("--svg", "svg_file", type=FILE, metavar="FILE", help="Write a plot.")
@click.option("--record", type=FILE, metavar="FILE", help="Add the JSON object to a file of JSON lines.")
def compare(
    challenge: str,
    solutions: tuple[str, ...],
    as_json: bool,
    csv_file: Path | None,
    svg_file: Path | None,
    record: Path | None,
    **options: Any,
) -> None:
    """Compare SOLUTIONS and baselines on a sweep of shapes. They are timed in one run, in turn.

    \b
    judge compare softmax mine.py --against torch,compile
    judge compare softmax mine.py solutions/softmax.py --sweep rows=1024,4096 --sweep cols=100,8192
    judge compare flash_attention mine.py --against sdpa,sdpa-flash,sdpa-cudnn --svg plot.svg
    judge compare softmax mine.py --shape 'rows=64 cols=100' --shape 'rows=1 cols=1000000'

    Exit codes: 0 all solutions are right, 1 one is not on some shape, 2 bad usage or input.
    """
    import judge
    from judge import Observer
    from judge.cli.progress import Progress
    from judge.comparing.results import as_csv, read_record, with_record
    from judge.files import require_writable, write
    from judge.show.comparison import comparison_text

    for file in filter(None, (csv_file, svg_file, record)):
        require_writable(file)
    before = read_record(record) if record else []
    with Progress() as progress:
        observer = Observer(progress.say, progress.show)
        results = judge.compare(challenge, *solutions, observer=observer, **options)
    click.echo(json.dumps(results.as_json()) if as_json else comparison_text(results))
    if csv_file:
        write(csv_file, as_csv(results))
    for path, name in ((svg_file, "--svg"), (record, "--record")):
        if path and not results.timed:
            click.echo(f"there are no times: {name} {path} is not written", err=True)
    if svg_file and results.timed:
        from judge.show.chart import as_svg

        write(svg_file, as_svg(results))
    if record and results.timed:
        write(record, with_record(before, results))
    sys.exit(1 if results.failed else 0)

"""judge inspect: what the compiler makes of a solution's kernels."""

import json
import shutil
import sys

import click

from judge.cli.options import TIMEOUT


@click.command()
@click.argument("solution")
@click.option("--arch", default="", help="sm_80 … sm_121; else that of this machine's GPU, else sm_90.")
@click.option("--challenge", default="", help="Compile for its shapes; else those of the file's CHALLENGE.")
@click.option("--kernel", default="", help="Only this kernel.")
@click.option(
    "--show",
    "shown",
    type=click.Choice(["ttir", "ttgir", "ptx", "sass"]),
    help="Print the compiled text instead of the table.",
)
@TIMEOUT
@click.option("--json", "as_json", is_flag=True, help="Print one JSON array on stdout.")
def inspect(
    solution: str, arch: str, challenge: str, kernel: str, shown: str | None, timeout: float, as_json: bool
) -> None:
    """Compile the kernels of SOLUTION and show registers, spills, shared memory and dot instructions. This
    needs no GPU.

    \b
    judge inspect solutions/matmul.py
    judge inspect solutions/matmul.py --arch sm_80        for another GPU than yours
    judge inspect solutions/softmax.py --show ptx         or ttir, ttgir, sass
    judge inspect mine.py --json | jq '.[].registers'

    Each kernel is compiled as solve launches it on the challenge's benchmarks, or, if it does not, on the
    challenge's tests.
    Exit codes: 0 all compiled, 1 something did not, 2 bad usage or input.
    """
    from judge.cli.progress import Progress
    from judge.inspect.inspection import inspect_solution
    from judge.judging.session import Observer
    from judge.show.inspection import compiled_texts, inspection_text

    with Progress() as progress:
        observer = Observer(progress.say, progress.show)
        found = inspect_solution(solution, arch, challenge, kernel, shown or "", timeout, observer)
    if as_json:
        click.echo(json.dumps(found.as_json()))
        if found.message:
            click.echo(found.message, err=True)
    elif shown and found.specializations:
        text = compiled_texts(found, shown)
        click.echo_via_pager(text) if sys.stdout.isatty() else click.echo(text)
        if found.message:
            click.echo(found.message, err=True)
    else:
        click.echo(inspection_text(found, shutil.get_terminal_size((110, 0)).columns))
    sys.exit(0 if found.compiled else 1)

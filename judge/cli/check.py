"""judge check: whether a challenge is ready for others."""

import json
import sys
from dataclasses import asdict
from pathlib import Path

import click

from judge.verdict.verdict import MOST_SEED


@click.command()
@click.argument("challenges", nargs=-1, metavar="[CHALLENGE]...")
@click.option("--all", "everything", is_flag=True, help="Every challenge that judge list names.")
@click.option(
    "--seed", default=1, type=click.IntRange(0, MOST_SEED), show_default=True, help="For all random inputs."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON array on stdout.")
def check(challenges: tuple[str, ...], everything: bool, seed: int, as_json: bool) -> None:
    """Check that CHALLENGE is ready for others: files, text, example, inputs, reference, benchmark, wrong
    solutions.

    \b
    judge check challenges/softmax
    judge check softmax vector_add
    judge check --all
    judge check softmax --json | jq '.[] | select(.ok == false)'

    This runs on the CPU and Triton's interpreter. Exit codes: 0 no point fails, 1 a point fails, 2 bad usage.
    """
    from judge.challenges.finding import all_challenges, find_draft

    if everything == bool(challenges):
        raise click.UsageError("name challenges, or give --all")
    folders = (
        [c.path for c in all_challenges().values()]
        if everything
        else [find_draft(c).path for c in challenges]
    )
    here = Path.cwd()
    folders = [f.relative_to(here) if f.is_relative_to(here) and f != here else f for f in folders]
    from judge.check.wrong_solutions import Interpreter

    with Interpreter() as interpreter:
        from judge.check.examine import examine
        from judge.show.units import point

        findings = []
        for folder in folders:
            if not as_json:
                click.echo(f"{click.style(folder.resolve().name, bold=True)} · seed {seed}\n")
            for finding in examine(folder, seed, interpreter):
                findings.append(finding)
                if not as_json:
                    click.echo(point(finding.ok, finding.point, finding.text))
            if not as_json:
                click.echo()
    if as_json:
        click.echo(json.dumps([asdict(finding) for finding in findings]))
    sys.exit(1 if any(finding.ok is False for finding in findings) else 0)

"""judge site: the challenges, solutions and times as pages to read."""

from pathlib import Path

import click

from judge.cli.options import DATABASE


@click.group()
def site() -> None:
    """Make a site of the challenges, notes and times.

    \b
    judge site build --out site/                          static pages, read from the file system
    judge site serve                                      the same on localhost, always up to date
    """


@site.command()
@click.option(
    "--out",
    default="site",
    type=click.Path(path_type=Path),
    show_default=True,
    metavar="FOLDER",
    help="The folder to write to; an older site there is replaced.",
)
@click.option("--force", is_flag=True, help="Replace FOLDER whatever it holds.")
@DATABASE
def build(out: Path, force: bool, database: str | None) -> None:
    """Write the site to a folder.

    \b
    judge site build --out site/
    judge site build --out /tmp/site --database sqlite:///team.db
    """
    from judge.site.build import build as build_site

    pages = build_site(out, database, force)
    click.echo(f"{pages} pages in {out / 'index.html'}")


@site.command()
@click.option(
    "--port", default=8000, type=click.IntRange(0, 65535), show_default=True, help="0 takes any free port."
)
@DATABASE
def serve(port: int, database: str | None) -> None:
    """Serve the site on localhost, and build it again when a file or the leaderboard changes.

    \b
    judge site serve
    judge site serve --port 8080
    """
    from judge.site.serve import serve as serve_site

    serve_site(port, database, click.echo)

"""The command line: the group of commands, and what happens when one fails."""

import atexit
import os
import signal
import sys
from types import FrameType

import click

from judge.cli.catalogue import list_, show
from judge.cli.check import check
from judge.cli.compare import compare
from judge.cli.doctor import doctor
from judge.cli.inspect import inspect
from judge.cli.leaderboard import leaderboard
from judge.cli.new import new
from judge.cli.notes import notes
from judge.cli.site import site
from judge.cli.submit import run, submit
from judge.cli.watch import watch
from judge.errors import BadInput
from judge.version import __version__

CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


@click.group(context_settings=CONTEXT)
@click.version_option(__version__, prog_name="judge")
def cli() -> None:
    """Judge GPU kernels written in Triton: right or wrong, how fast, how far from the hardware's limit.

    \b
    judge list                                            what there is to solve
    judge show softmax                                    what to compute
    judge new solution softmax --out mine.py              start from a template
    judge submit softmax mine.py                          judge a solution
    judge watch softmax mine.py                           judge it again on every save
    judge compare softmax mine.py --against torch,compile a table of times beside one another
    judge leaderboard softmax                             who is fastest
    judge notes softmax                                   how it was solved
    """


for command in (
    submit,
    run,
    watch,
    compare,
    inspect,
    leaderboard,
    list_,
    show,
    notes,
    new,
    check,
    site,
    doctor,
):
    cli.add_command(command)


def _interrupt(number: int, frame: FrameType | None) -> None:
    """End the program once. Later signals must not interrupt the cleaning up."""
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, signal.SIG_IGN)
    raise KeyboardInterrupt


def main() -> None:
    """The console script: exit codes 0, 1, 2, and 130 for an interruption. No traceback reaches the user."""
    try:
        _run()
    except SystemExit as end:
        _leave(end.code if isinstance(end.code, int) else int(end.code is not None))
    _leave(0)


def _leave(code: int) -> None:
    """End the process at once: without this Python takes PyTorch apart, object by object, for a second."""
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError, AttributeError):  # nobody reads any more, or ever did
            code = code or 1
    os._exit(code)


def _run() -> None:
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, _interrupt)
    try:
        cli.main(standalone_mode=False)
    except BadInput as error:
        _fail(str(error))
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except (KeyboardInterrupt, click.Abort):
        click.echo("interrupted: nothing recorded, nothing left running", err=True)
        sys.exit(130)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(1)
    except (MemoryError, RuntimeError) as error:
        if not isinstance(error, MemoryError) and type(error).__name__ != "OutOfMemoryError":
            raise
        _fail(f"memory does not suffice: {str(error).partition(chr(10))[0]}")
    except OSError as error:  # a name that is too long, a disk that is full
        name = str(error.filename or "")[:200]
        _fail(f"{name}: {error.strerror}" if name else str(error))


def _fail(message: str) -> None:
    click.echo(f"{click.style('judge:', fg='red')} {message}", err=True)
    sys.exit(2)

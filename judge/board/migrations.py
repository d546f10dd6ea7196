"""The leaderboard's schema, step by step: small migrations that only go forward.

A database holds the number of the steps that it has been through, in a table of its own. Without this table
it has been through none, or it was made before steps had numbers; the first step makes these two cases the
same. All missing steps run in one transaction that holds the write lock, so that two judges never run a step
twice.

Alembic is not used. A step here is one or two statements, without branches and without a way back. Alembic's
folder of scripts and its environment would be more to read than this file.
"""

from collections.abc import Callable, Sequence

import sqlalchemy as sql

from judge.errors import BadInput
from judge.solutions.languages import digest_of

Step = Callable[[sql.Connection], None]

_VERSION = sql.Table("judge_schema", sql.MetaData(), sql.Column("version", sql.Integer, nullable=False))


def _results(connection: sql.Connection) -> None:
    """Create the table of verdicts. The columns in this step must stay as they were when it was written."""
    old = sql.Table(
        "results",
        sql.MetaData(),
        sql.Column("id", sql.String(32), primary_key=True),
        sql.Column("time", sql.String(32), nullable=False),
        sql.Column("status", sql.String(32), nullable=False),
        sql.Column("challenge", sql.String(200), nullable=False, index=True),
        sql.Column("challenge_hash", sql.String(64), nullable=False),
        sql.Column("solution", sql.Text, nullable=False),
        sql.Column("solution_hash", sql.String(64), nullable=False),
        sql.Column("source", sql.Text, nullable=False),
        sql.Column("author", sql.String(200), nullable=False),
        sql.Column("device", sql.String(200), nullable=False),
        sql.Column("driver", sql.String(64), nullable=False),
        sql.Column("torch", sql.String(64), nullable=False),
        sql.Column("triton", sql.String(64), nullable=False),
        sql.Column("judge", sql.String(64), nullable=False),
        sql.Column("seed", sql.BigInteger, nullable=False),
        sql.Column("score_us", sql.Float),
        sql.Column("speedup", sql.Float),
        sql.Column("roofline", sql.Float),
        sql.Column("shared", sql.Boolean, nullable=False),
        sql.Column("verdict", sql.Text, nullable=False),
    )
    connection.execute(sql.schema.CreateTable(old, if_not_exists=True))
    for index in old.indexes:
        connection.execute(sql.schema.CreateIndex(index, if_not_exists=True))


def _code(connection: sql.Connection) -> None:
    """Add a digest of the code that runs. It says whether a time is of a solution's current code."""
    connection.execute(sql.text("ALTER TABLE results ADD COLUMN code VARCHAR(64)"))
    rows = connection.execute(sql.text("SELECT id, solution, source FROM results")).all()
    values = [dict(id=identity, code=digest_of(title, source)) for identity, title, source in rows]
    if values:
        connection.execute(sql.text("UPDATE results SET code = :code WHERE id = :id"), values)


def _clock(connection: sql.Connection) -> None:
    """Add the clock of the times, unknown for those there are, and whether they are noisy."""
    connection.execute(sql.text("ALTER TABLE results ADD COLUMN method VARCHAR(16)"))
    connection.execute(sql.text("ALTER TABLE results ADD COLUMN noisy BOOLEAN DEFAULT FALSE NOT NULL"))


def _own(connection: sql.Connection) -> None:
    """Add the share of the time that a submission's own kernels took, unknown for the times there are."""
    connection.execute(sql.text("ALTER TABLE results ADD COLUMN own FLOAT"))


STEPS: tuple[Step, ...] = (_results, _code, _clock, _own)


def version(connection: sql.Connection, known: int = len(STEPS)) -> int:
    """The number of steps that a database has been through. Raises BadInput if there are more than the judge
    knows (`known`).
    """
    if not sql.inspect(connection).has_table(_VERSION.name):
        return 0
    found = connection.execute(sql.select(sql.func.max(_VERSION.c.version))).scalar() or 0
    if found > known:
        raise BadInput(
            f"the leaderboard was made by a newer judge (schema {found}, this one knows {known}): "
            "update judge, or name another with --database"
        )
    return found


def migrate(connection: sql.Connection, steps: Sequence[Step] = STEPS) -> None:
    """Run the steps that a database lacks. The connection must be in a transaction that may write."""
    done = version(connection, len(steps))
    if done >= len(steps):
        return
    for step in steps[done:]:
        step(connection)
    connection.execute(sql.schema.CreateTable(_VERSION, if_not_exists=True))
    connection.execute(sql.delete(_VERSION))
    connection.execute(sql.insert(_VERSION).values(version=len(steps)))

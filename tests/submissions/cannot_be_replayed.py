"""Says while it is imported what only a request to record it may be answered with."""

from judge.runner.errors import NotReplayable

raise NotReplayable("so I say, though nobody asked to record me")

"""The exception for what the user can fix."""


class BadInput(Exception):
    """Bad usage or bad input. Its text is one line: the problem, and what to do. The exit code is 2."""

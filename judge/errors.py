"""The one exception of the judge: something the user can mend."""


class BadInput(Exception):
    """Bad usage or bad input. Its text is one line that names the thing and says what to do; exit code 2."""

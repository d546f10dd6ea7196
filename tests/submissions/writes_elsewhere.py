"""Reads /etc/passwd, which is allowed; then writes to the user's home and to /tmp, which is not."""

import os
import pwd
from pathlib import Path


def solve(x, out):
    assert "root" in Path("/etc/passwd").read_text()
    refused = 0
    for folder in (pwd.getpwuid(os.getuid()).pw_dir, "/tmp"):
        try:
            Path(folder, "judge-submission-was-here").write_text("")
        except PermissionError:
            refused += 1
    raise PermissionError(f"refused {refused} of 2")

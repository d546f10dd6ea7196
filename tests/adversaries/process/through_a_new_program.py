"""Starts a shell, which is a new program of root's perhaps, and has it write to the user's home.

Beats: in_process, which confines no program.
Here: runtime_error, as a new program keeps the sandbox and regains no powers.
"""

import os
import pwd
import subprocess

import torch

CHALLENGE = "softmax"
home = os.environ["HOME"]
if os.environ.get("TMPDIR") == home:  # a scratch folder stands in for it
    home = pwd.getpwuid(os.getuid()).pw_dir


def solve(x, out):
    command = ["/bin/sh", "-c", 'echo hello > "$0/judge-adversary-was-here"', home]
    subprocess.run(command, env={}, check=True)
    out.copy_(torch.softmax(x, -1))

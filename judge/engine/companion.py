"""The process that ends what a killed judge leaves behind: the groups of its runners, and their folders.

A judge that gets SIGKILL can do nothing more. The kernel ends a runner then, but not what its submission has
started. So a judge has a companion, which is told of each runner on its standard input, and learns of the
judge's end when that pipe closes. It is run as a file, by itself, and imports little: it starts at once.

    +GROUP FOLDER    a scratch folder, in hex; and the group of the process that has it, 0 if it has none yet
    -0 FOLDER        both are gone
"""

import os
import signal
import sys


def main() -> None:
    """Wait for the judge's end, and end what it leaves."""
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, signal.SIG_IGN)
    groups: dict[str, int] = {}
    for line in sys.stdin:
        told, scratch = line.split()
        if told.startswith("+"):
            groups[scratch] = int(told)
        else:
            groups.pop(scratch, None)
    for _ in range(2):  # a child that is forked during the first round is in the group for the second
        for group in filter(None, groups.values()):
            try:
                os.killpg(group, signal.SIGKILL)
            except OSError:
                continue  # it has ended
    for scratch in map(bytes.fromhex, groups):
        for command in ((b"chmod", b"-R", b"u+rwX"), (b"rm", b"-rf")):
            os.waitpid(os.posix_spawnp(command[0], [*command, b"--", scratch], {"PATH": os.defpath}), 0)


if __name__ == "__main__":
    main()

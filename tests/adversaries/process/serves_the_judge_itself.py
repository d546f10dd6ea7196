"""Takes over the channel from within its first call: it reads every later request and answers each with
"done".

Beats: trusting, whose only question it answers as well.
Here: wrong_answer, as the outputs still hold what the judge left in them.
"""

import contextlib
import os
import socket
import stat

CHALLENGE = "softmax"


def solve(x, out):
    for descriptor in range(3, 64):
        with contextlib.suppress(OSError):
            mode = os.fstat(descriptor).st_mode
            if stat.S_ISFIFO(mode):
                os.write(descriptor, b'{"correct": true}\n')
            if stat.S_ISSOCK(mode):
                channel = socket.socket(fileno=descriptor)
                channel.send(b'{"said": "done"}')
                while channel.recv(1 << 17):
                    channel.send(b'{"said": "done"}')

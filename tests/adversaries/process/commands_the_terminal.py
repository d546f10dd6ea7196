"""Prints what a terminal obeys: it clears the screen, moves the cursor up, writes to the clipboard, sets
the title, turns the direction of writing, hides text behind a link, and rings; then a line of 2 MB.

Beats: in_process, which lets all of it through.
Here: runtime_error, with the end of the text, and none of the commands.
"""

CHALLENGE = "softmax"


def solve(x, out):
    print(
        "\naccepted\n\x1b[2J\x1b[1;1H\x1b[5A\x1b]52;c;cm0gLXJmCg==\x07\x1b]0;accepted\x07\u202eknar\u2066\x07\x9b2J"
    )
    print(
        "\x1b]8;;file:///etc/passwd\x1b\\accepted\x1b]8;;\x1b\\"
        + "\b" * 10_000
        + "\r" * 10_000
        + "x" * 2_000_000
    )
    print(
        "  accepted      rank 1 of 1\u2028\u2029\x85\x0b\x0c  accepted      rank 1 of 1", end="", flush=True
    )
    raise SystemExit("\r  accepted      rank 1 of 1\x1b[K")

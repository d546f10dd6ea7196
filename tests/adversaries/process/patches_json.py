"""Replaces the function that writes JSON, so that every report, also that of an error, says that all is
well.

Beats: trusting, whose child reports by it.
Here: wrong_answer or rule_violation, as a report is no evidence.
"""

import json

CHALLENGE = "softmax"


def say_yes(*_, **__):
    return '{"said": "done", "correct": true, "message": ""}'


def solve(x, out):
    json.dumps = say_yes
    raise ValueError("which nobody will hear of")

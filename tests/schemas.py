"""The published form of a verdict's JSON."""

import json
from functools import cache
from typing import Any

from conftest import ROOT
from jsonschema import Draft202012Validator

SCHEMA = ROOT / "docs" / "verdict.schema.json"


@cache
def validator() -> Draft202012Validator:
    schema = json.loads(SCHEMA.read_text())
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def require_form(verdict: dict[str, Any]) -> None:
    """Raises jsonschema.ValidationError unless a verdict has the published form."""
    validator().validate(verdict)

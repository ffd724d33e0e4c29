"""The published JSON schema of gate.json, in gate.schema.json beside this file."""

import json
from pathlib import Path

from reports.gate.result import GateResult

SCHEMA_FILE = Path(__file__).parent / "gate.schema.json"


def schema_text() -> str:
    """Return the schema, as it is published; `archeval gate --schema` prints it."""
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **GateResult.model_json_schema()}
    return json.dumps(schema, indent=2) + "\n"

"""The closed form of a pack file. A key that is not named here is refused."""

from __future__ import annotations

from typing import Any

import yaml

from verifierkit.rulepack.allowance import allowance_form
from verifierkit.rulepack.yamlfile import (
    LABEL,
    Parser,
    Reader,
    boolean,
    choice,
    compose,
    decimal,
    identifier,
    integer,
    listing,
    mapping,
    record,
    text,
    unit,
)

SCHEMA_VERSION = 1
TRACKS = ("facility", "entity")
SECTORS = ("cement", "aluminium", "electricity")
SCHEMES = ("cn", "eu-ets")
FINDING_KINDS = ("misstatement", "nonconformity", "missing_evidence", "clarification", "recommendation")
CONFIDENCE = choice("A", "B", "C")


def located(reader: Reader, node: yaml.Node) -> dict[str, Any]:
    """An id with the line on which it stands."""
    return {"id": identifier(reader, node), "line": node.start_mark.line + 1}


CITE = record({"source": identifier, "clause": text, "confidence": CONFIDENCE})
YEARS = record({"from": integer, "to": integer})
SELECTORS: dict[str, Parser] = {
    "item": listing(identifier, or_one=True),
    "facility_class": identifier,
    "facility_kind": identifier,
    "region": identifier,
}
VALUE = record(
    {"value": decimal, "unit": unit, "from": integer, "to": integer, "cite": CITE},
    optional={**SELECTORS, "note": LABEL},
)
USE = record({"use": identifier, "year": integer, "from": integer, "to": integer, "cite": CITE})
KNOWN = record(
    {
        "parameter": identifier,
        "value": decimal,
        "unit": unit,
        "from": integer,
        "to": integer,
        "status": choice("alternative", "other_edition", "mistake"),
        "note": LABEL,
        "cite": CITE,
    },
    optional=SELECTORS,
)
CONSTANT = record(
    {"numerator": decimal, "unit": unit, "label": LABEL, "cite": CITE},
    optional={"denominator": decimal},
)
PARAMETER = record(
    {
        "label": LABEL,
        "unit": unit,
        "role": choice("activity", "factor", "production", "result", "auxiliary"),
        "level": mapping(listing(identifier, or_one=True)),
        "year": choice("sum", "weighted_mean", "formula", "constant"),
        "cite": CITE,
    },
    optional={
        "unit_by_item": mapping(unit),
        "by_item": boolean,
        "items": listing(identifier),
        "monthly": boolean,
        "obtained": listing(choice("measured", "default", "calculated", "quoted")),
        "weight": identifier,
        "rounding": record({"digits": integer, "stage": choice("month", "year")}, optional={"mode": choice("half_up")}),
        "asked": choice("always", "per_item", "if_present"),
        "planned": boolean,
        "deposited": boolean,
        "absent": decimal,
    },
)
METHOD = record({"output": identifier, "formula": text, "cite": CITE})
LIMIT = record({"value": decimal, "unit": unit}, optional={"experience": boolean, "cite": CITE, "note": LABEL})
BAND = record(
    {"quantity": identifier, "unit": unit, "use": choice("flag", "reference"), "label": LABEL, "cite": CITE},
    optional={"low": decimal, "high": decimal, "experience": boolean, "facility_kind": identifier},
)
CHECK = record(
    {
        "statement": LABEL,
        "kind": choice(*FINDING_KINDS),
        "test": choice("arithmetic", "statistical", "physical", "band", "document"),
        "cite": CITE,
    },
    optional={
        "alpha": decimal,
        "experience": boolean,
        "sectors": listing(choice(*SECTORS)),
        "limits": mapping(LIMIT),
        "bands": listing(BAND),
    },
)
TIER = record(
    {"tier": text, "cite": CITE}, optional={"uncertainty_percent": decimal, "minimum": boolean, "note": LABEL}
)
STEP = record(
    {
        "id": identifier,
        "kind": choice("step", "deadline", "team", "form", "review", "point", "archive", "sampling"),
        "title": LABEL,
        "cite": CITE,
    },
    optional={"number": text, "value": decimal, "unit": unit, "check": identifier, "limit": identifier, "note": LABEL},
)
PACK = record(
    {
        "schema": integer,
        "pack": identifier,
        "kind": choice("sector", "factors", "shared", "overlay", "allowance", "procedure"),
        "title": LABEL,
        "status": LABEL,
        "sources": mapping(record({"title": text}, optional={"note": text})),
    },
    optional={
        "instrument": record({"title": LABEL, "number": text, "text_seen": choice("yes", "part", "no"), "cite": CITE}),
        "scheme": choice(*SCHEMES),
        "sector": choice(*SECTORS),
        "tracks": listing(choice(*TRACKS)),
        "data_years": YEARS,
        "include": listing(identifier),
        "extends": located,
        "constants": mapping(CONSTANT),
        "parameters": mapping(PARAMETER),
        "values": mapping(listing(VALUE)),
        "uses": mapping(listing(USE)),
        "known_values": listing(KNOWN),
        "methods": listing(METHOD),
        "tiers": mapping(listing(TIER)),
        "totals": mapping(identifier),
        "checks": mapping(CHECK),
        "error_budget": decimal,
        "not_applicable": listing(
            record({"checks": listing(identifier), "from": integer, "to": integer, "reason": LABEL, "cite": CITE})
        ),
        "deadlines": listing(record({"check": identifier, "from": text, "to": text, "day": text, "cite": CITE})),
        "effects": mapping(record({"counts": boolean, "note": LABEL, "cite": CITE})),
        "allowance": allowance_form(CITE),
        "unusable": LABEL,
        "carries": record({"pack": identifier, "cite": CITE}),
        "worked_example": record({"status": choice("published", "none"), "note": LABEL}, optional={"test": text}),
        "procedure": listing(STEP),
        "plan_name": LABEL,
        "report": listing(record({"id": identifier, "number": text, "title": LABEL})),
        "forms": mapping(record({"title": LABEL, "section": identifier})),
        "conflicts": listing(LABEL),
        "gaps": listing(LABEL),
    },
)


def read_raw(content: str, file: str) -> dict[str, Any]:
    """Plain data of a pack file that has the closed form.

    Raises
    ------
    InputErrors
        With every unknown or missing key, unquoted decimal, undeclared unit and repeated key of the file.
    """
    reader = Reader(file)
    raw: dict[str, Any] = PACK(reader, compose(content, file))
    if raw.get("schema", SCHEMA_VERSION) != SCHEMA_VERSION:
        found = f"schema {raw['schema']}"
        reader.fault(1, expected=f"schema {SCHEMA_VERSION}", found=found, todo="Use a pack of this version.")
    reader.finish()
    return raw

"""Strict reading of a pack file: every fault is named with file and line, and nothing unknown gets in.

PyYAML is used for the grammar only. Aliases, tags and repeated keys are refused; a decimal must be quoted text,
so that its printed digits survive. Parsers below take a reader and a YAML node and give plain data.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import yaml

from verifierkit.errors import InputError, InputErrors, Place
from verifierkit.units import UNITS

PLAIN_TAGS = frozenset(f"tag:yaml.org,2002:{name}" for name in ("str", "int", "bool", "null", "seq", "map"))
DECIMAL = re.compile(r"^-?\d+(\.\d+)?$")
# Units that only constants and bands of packs use; no column of a case has them.
PACK_UNITS = frozenset({"kgce/t", "MJ/kgce", "kg/kAh", "kJ/kg", "kJ/kg per t", "last_digit", "month"})
IDENTIFIER = re.compile(r"^[a-z0-9]([a-z0-9_.+-]*[a-z0-9])?$")

Parser = Callable[["Reader", yaml.Node], Any]


class Reader:
    """Collects the faults of one file, so that all of them are reported in one go."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.faults: list[InputError] = []

    def fault(self, where: yaml.Node | int, *, expected: str, found: str, todo: str) -> None:
        """Note a fault at a node or at a 1-based line."""
        line = where if isinstance(where, int) else where.start_mark.line + 1
        self.faults.append(InputError(Place(self.file, row=line), expected=expected, found=found, todo=todo))

    def finish(self) -> None:
        """Raise all faults found so far.

        Raises
        ------
        InputErrors
            If there are any, in the order of the lines.
        """
        if self.faults:
            raise InputErrors(sorted(self.faults, key=lambda fault: fault.place.row or 0))


def compose(text: str, file: str) -> yaml.Node:
    """The tree of nodes of a YAML text with plain tags and without aliases.

    Raises
    ------
    InputErrors
        If the text is not YAML, is empty, or holds an alias.
    """
    reader, loader = Reader(file), getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        aliases = [event for event in yaml.parse(text, Loader=loader) if isinstance(event, yaml.AliasEvent)]
        for event in aliases:
            mark = event.start_mark
            line = mark.line + 1 if mark else 1
            reader.fault(line, expected="plain values", found=f"alias *{event.anchor}", todo="Write the value out.")
        reader.finish()
        node = yaml.compose(text, Loader=loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        reader.fault(
            mark.line + 1 if mark else 1, expected="YAML", found=str(error.problem), todo="Correct the syntax."
        )
        reader.finish()
    if node is None:
        raise InputErrors(
            [InputError(Place(file, row=1), expected="a mapping", found="nothing", todo="Write the pack.")]
        )
    return node


def shown(node: yaml.Node) -> str:
    """What stands at a node, in the words of a message."""
    if isinstance(node, yaml.ScalarNode):
        return repr(node.value)
    return "a list" if isinstance(node, yaml.SequenceNode) else "a mapping"


def _scalar(reader: Reader, node: yaml.Node, expected: str) -> str | None:
    if not isinstance(node, yaml.ScalarNode) or node.tag == "tag:yaml.org,2002:null":
        reader.fault(node, expected=expected, found=shown(node), todo="Give one value.")
        return None
    value = str(node.value)
    if node.tag == "tag:yaml.org,2002:float":
        reader.fault(node, expected=expected, found=f"the unquoted decimal {value}", todo="Put it in quotes.")
        return None
    if node.tag not in PLAIN_TAGS and node.tag != "tag:yaml.org,2002:timestamp":
        reader.fault(node, expected=expected, found=f"the tag {node.tag}", todo="Remove the tag.")
        return None
    return value


def text(reader: Reader, node: yaml.Node) -> str:
    """A text."""
    return _scalar(reader, node, "text") or ""


def identifier(reader: Reader, node: yaml.Node) -> str:
    """An id of small letters, digits, underscore, hyphen and dot."""
    value = _scalar(reader, node, "an id")
    if value is not None and not IDENTIFIER.match(value):
        reader.fault(node, expected="an id of a-z, 0-9, _ - .", found=repr(value), todo="Write the id in that form.")
    return value or ""


def integer(reader: Reader, node: yaml.Node) -> int:
    """A whole number."""
    value = _scalar(reader, node, "a whole number")
    if value is None:
        return 0
    if not re.fullmatch(r"-?\d+", value):
        reader.fault(node, expected="a whole number", found=repr(value), todo="Write digits only.")
        return 0
    return int(value)


def boolean(reader: Reader, node: yaml.Node) -> bool:
    """``true`` or ``false``."""
    value = _scalar(reader, node, "true or false")
    if value is not None and value not in ("true", "false"):
        reader.fault(node, expected="true or false", found=repr(value), todo="Write true or false.")
    return value == "true"


def decimal(reader: Reader, node: yaml.Node) -> str:
    """A decimal as quoted text; the printed digits are kept."""
    value = _scalar(reader, node, "a decimal in quotes")
    if value is None:
        return "0"
    if isinstance(node, yaml.ScalarNode) and node.style not in ("'", '"'):
        reader.fault(node, expected="a decimal in quotes", found=f"the unquoted {value}", todo="Put it in quotes.")
    if not DECIMAL.match(value):
        reader.fault(node, expected="a decimal in quotes", found=repr(value), todo="Write digits and a point only.")
        return "0"
    return value


def unit(reader: Reader, node: yaml.Node) -> str:
    """A declared unit."""
    value = _scalar(reader, node, "a declared unit")
    if value is not None and value not in UNITS and value not in PACK_UNITS:
        reader.fault(node, expected="a declared unit", found=repr(value), todo="Use a unit of verifierkit/units.py.")
    return value or ""


def choice(*allowed: str) -> Parser:
    """One of a closed set of words."""

    def parse(reader: Reader, node: yaml.Node) -> str:
        value = _scalar(reader, node, " | ".join(allowed))
        if value is not None and value not in allowed:
            reader.fault(node, expected=" | ".join(allowed), found=repr(value), todo="Use one of these words.")
        return value or ""

    return parse


def listing(entry: Parser, *, or_one: bool = False) -> Parser:
    """A list; with ``or_one`` a single entry stands for a list of one."""

    def parse(reader: Reader, node: yaml.Node) -> list[Any]:
        if isinstance(node, yaml.SequenceNode):
            return [entry(reader, child) for child in node.value]
        if or_one:
            return [entry(reader, node)]
        reader.fault(node, expected="a list", found=shown(node), todo="Write a list.")
        return []

    return parse


def mapping(entry: Parser) -> Parser:
    """A mapping from ids to entries, in the order of the file; repeated keys are refused."""

    def parse(reader: Reader, node: yaml.Node) -> dict[str, Any]:
        return {key: entry(reader, child) for key, child in _pairs(reader, node).items()}

    return parse


def record(fields: Mapping[str, Parser], *, optional: Mapping[str, Parser] | None = None) -> Parser:
    """A mapping with a closed set of keys; the result also holds ``line``."""
    extra = dict(optional or {})

    def parse(reader: Reader, node: yaml.Node) -> dict[str, Any]:
        pairs = _pairs(reader, node)
        known = {**fields, **extra}
        result: dict[str, Any] = {"line": node.start_mark.line + 1}
        for key, child in pairs.items():
            if key in known:
                result[key] = known[key](reader, child)
            else:
                names = ", ".join(known)
                reader.fault(
                    child, expected=f"one of the keys {names}", found=repr(key), todo="Correct or remove the key."
                )
        for key in fields:
            if key not in pairs and isinstance(node, yaml.MappingNode):
                reader.fault(node, expected=f"the key {key}", found="none", todo="Add the key.")
        return result

    return parse


def _pairs(reader: Reader, node: yaml.Node) -> dict[str, yaml.Node]:
    if not isinstance(node, yaml.MappingNode):
        reader.fault(node, expected="a mapping", found=shown(node), todo="Write keys and values.")
        return {}
    pairs: dict[str, yaml.Node] = {}
    for key_node, child in node.value:
        key = text(reader, key_node)
        if key in pairs:
            reader.fault(key_node, expected="each key once", found=f"{key!r} again", todo="Remove one of them.")
        pairs[key] = child
    return pairs


LABEL = record({"zh": text, "en": text})

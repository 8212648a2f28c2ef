"""YAML as plain data with line numbers: no tags, no anchors or aliases, no key twice, no deep nesting."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import yaml

from verifierkit.errors import InputError, Place

MAX_BYTES = 1024 * 1024
MAX_DEPTH = 12
SIMPLE = "Write plain text, numbers, lists and keys only."


@dataclass
class Value:
    """One YAML value: a scalar with its text as typed, a list, or a mapping; and its line, counted from 1."""

    data: object
    line: int
    text: str = ""
    quoted: bool = False
    key_lines: dict[str, int] = field(default_factory=dict)


def read_yaml(path: Path, *, place_file: str) -> Value:
    """Read one YAML document.

    Raises
    ------
    InputError
        Naming the line, if the text is not UTF-8, not YAML, or uses what is refused here.
    """
    data = path.read_bytes()
    if len(data) > MAX_BYTES:
        todo = "Keep data in the workbook."
        raise InputError(Place(place_file), expected="at most 1 MB", found=f"{len(data)} bytes", todo=todo)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        line = 1 + data.count(b"\n", 0, problem.start)
        found = f"byte 0x{data[problem.start]:02X}"
        raise InputError(Place(place_file, row=line), expected="UTF-8", found=found, todo="Save it as UTF-8.") from None
    return parse_yaml(text, place_file=place_file)


def parse_yaml(text: str, *, place_file: str) -> Value:
    """Parse one YAML document; see :func:`read_yaml`."""
    try:
        _refuse(text, place_file)
        loader = yaml.SafeLoader(text)
        try:
            node = loader.get_single_node()
            if node is None:
                raise _fault(
                    place_file, 1, "keys and values", "an empty file", "Fill it, or start from `verifierkit new`."
                )
            return _value(loader, node, place_file)
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as problem:
        mark = problem.problem_mark or problem.context_mark
        found = problem.problem or problem.context or "something else"
        raise _fault(place_file, mark.line + 1 if mark else 1, "YAML", found, "Correct that line.") from None
    except yaml.YAMLError as problem:
        raise _fault(place_file, 1, "YAML", str(problem).replace("\n", " "), "Correct the file.") from None


def _refuse(text: str, file: str) -> None:
    """Refuse, before anything is built, what a case never needs."""
    depth = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        line = event.start_mark.line + 1 if event.start_mark else 1
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise _fault(file, line, "values written out", "an anchor or alias", SIMPLE)
        tag = getattr(event, "tag", None)
        if tag is not None:
            raise _fault(file, line, "values without a tag", f"the tag {tag}", SIMPLE)
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > MAX_DEPTH:
                raise _fault(file, line, f"at most {MAX_DEPTH} levels", "more", SIMPLE)
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


def _value(loader: yaml.SafeLoader, node: yaml.Node, file: str) -> Value:
    line = node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        return _mapping(loader, node, file)
    if isinstance(node, yaml.SequenceNode):
        return Value([_value(loader, item, file) for item in node.value], line)
    try:
        data = loader.construct_object(node)
    except (ValueError, OverflowError) as problem:
        raise _fault(file, line, "a value", str(problem), "Put it in quotes.") from None
    return Value(data, line, node.value, quoted=getattr(node, "style", None) in ("'", '"', "|", ">"))


def _mapping(loader: yaml.SafeLoader, node: yaml.MappingNode, file: str) -> Value:
    entries: dict[str, Value] = {}
    lines: dict[str, int] = {}
    for key_node, value_node in node.value:
        line = key_node.start_mark.line + 1
        if not isinstance(key_node, yaml.ScalarNode):
            raise _fault(file, line, "a plain key", "a list or mapping as key", SIMPLE)
        key = key_node.value
        if key in entries:
            found = f"{key!r} again (first in line {lines[key]})"
            raise _fault(file, line, "every key once", found, "Remove one of the two.")
        entries[key], lines[key] = _value(loader, value_node, file), line
    return Value(entries, node.start_mark.line + 1, key_lines=lines)


def _fault(file: str, line: int, expected: str, found: str, todo: str) -> InputError:
    return InputError(Place(file, row=line), expected=expected, found=found, todo=todo)

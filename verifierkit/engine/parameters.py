"""Strict notebook parameters: declared once in the template, checked before a kernel starts and again inside it.

The cell tagged ``parameters`` holds one line per parameter, and nothing else::

    record: str = None        # path of result.json (required: None stands for "not given")
    language: str = "zh"      # language of the working paper, zh or en
    limit_percent: float = 5  # limit of a difference [%]

The type is one of str, int, float, bool, list, dict; the default is a JSON literal of that type, or None for a
parameter that must be given. The next code cell reads the values::

    from verifierkit.engine import read_parameters
    given = read_parameters({"record": str, "language": str, "limit_percent": float}, globals())

The names of :data:`CHOICES` mean the same in every template and take the values that stand there, and no others.
"""

from __future__ import annotations

import ast
import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from verifierkit.errors import UsageError

TYPES: dict[str, type] = {"str": str, "int": int, "float": float, "bool": bool, "list": list, "dict": dict}
WORDS: dict[type, str] = {
    str: "text",
    int: "whole number",
    float: "number",
    bool: "true or false",
    list: "list",
    dict: "map",
}
INJECTED = "# Parameters"
CHOICES: dict[str, tuple[str, ...]] = {
    "language": ("zh", "en"),
    "languages": ("zh", "en"),
    "formats": ("html", "pdf", "docx"),
}
NAMED = ("folder",)  # texts that must not be empty


@dataclass(frozen=True)
class Parameter:
    """One declared parameter; a `default` of None means that it must be given."""

    name: str
    type: type
    default: Any

    @property
    def required(self) -> bool:
        return self.default is None


def matches(value: object, kind: type) -> bool:
    """Tell whether a JSON value is of the declared type: a whole number passes for a number, true and false do not."""
    if kind is float:
        return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    if kind is int:
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, kind)


def faults(declared: Mapping[str, type], required: Iterable[str], given: Mapping[str, Any]) -> list[str]:
    """Return one line per parameter that is unknown, missing, mistyped or out of range."""
    lines = [
        f"parameter {name}: expected one of {', '.join(declared) or '(none)'}, found an unknown name. Take it out."
        for name in given
        if name not in declared
    ]
    lines += [
        f"parameter {name}: expected {WORDS[declared[name]]}, found nothing. Give it."
        for name in required
        if given.get(name) is None
    ]
    lines += [
        f"parameter {name}: expected {WORDS[declared[name]]}, found {shown(value)}. Correct it."
        for name, value in given.items()
        if name in declared and value is not None and not matches(value, declared[name])
    ]
    lines += [
        f"parameter {name}: expected {WORDS[declared[name]]}, found null. Leave it out or give a value."
        for name, value in given.items()
        if name in declared and value is None and name not in required
    ]
    fitting = {name: value for name, value in given.items() if name in declared and matches(value, declared[name])}
    return lines + [line for name, value in fitting.items() if (line := _out_of_range(name, value))]


def _out_of_range(name: str, value: Any) -> str:
    """The line for a value of the right type that the parameter does not take; "" where it does."""
    if name in NAMED and value == "":
        return f"parameter {name}: expected text, found an empty one. Name a folder."
    known = CHOICES.get(name)
    if known is None:
        return ""
    asked, words = (value, "some of") if isinstance(value, list) else ([value], "one of")
    wrong = [entry for entry in asked if entry not in known]
    if wrong:
        return f"parameter {name}: expected {words} {', '.join(known)}, found {shown(wrong[0])}. Correct it."
    if not asked or len(set(asked)) < len(asked):
        found = "one of them twice" if asked else "an empty list"
        return f"parameter {name}: expected {words} {', '.join(known)}, found {found}. Correct it."
    return ""


def shown(value: object) -> str:
    """Return a value as a message shows it, with its type and at most 60 characters."""
    text = repr(value)
    return f"{text if len(text) <= 60 else text[:57] + '...'} ({type(value).__name__})"


def declared_parameters(template: Path) -> dict[str, Parameter]:
    """Read what a template declares in its cell tagged ``parameters``.

    Raises
    ------
    UsageError
        When the file is no notebook, has no such cell or several, or a line of it is not ``name: type = literal``.
    """
    cells = [
        cell
        for cell in read_cells(template)
        if cell.get("cell_type") == "code" and "parameters" in cell.get("metadata", {}).get("tags", [])
    ]
    if len(cells) != 1:
        found = f"found {len(cells)}. Tag the second cell."
        raise UsageError(f"{template.name}: expected one cell tagged parameters, {found}")
    source = cells[0].get("source", "")
    return parse_declarations("".join(source), where=template.name)


def read_cells(template: Path) -> list[dict[str, Any]]:
    """Return the cells of a notebook file as they are stored.

    Raises
    ------
    UsageError
        When the file cannot be read as a notebook.
    """
    try:
        cells = json.loads(template.read_text(encoding="utf-8"))["cells"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        found = f"found {type(error).__name__}. Name a template."
        raise UsageError(f"{template.name}: expected a notebook, {found}") from error
    return list(cells)


def parse_declarations(source: str, *, where: str) -> dict[str, Parameter]:
    """Parse the text of a parameters cell.

    Raises
    ------
    UsageError
        When a statement is not ``name: type = literal``, or a name is declared twice.
    """
    try:
        statements = ast.parse(source).body
    except SyntaxError as error:
        place = f"{where}, parameters cell, line {error.lineno}"
        raise UsageError(f"{place}: expected Python, found {error.msg}. Correct it.") from error
    found: dict[str, Parameter] = {}
    for statement in statements:
        parameter = parse_declaration(statement, where=f"{where}, parameters cell, line {statement.lineno}")
        if parameter.name in found:
            raise UsageError(f"{where}: expected each parameter once, found {parameter.name} twice. Take one out.")
        found[parameter.name] = parameter
    return found


def parse_declaration(statement: ast.stmt, *, where: str) -> Parameter:
    """Parse one ``name: type = literal``.

    Raises
    ------
    UsageError
        When the statement has another form, or the default is not of the type.
    """
    form = f"{where}: expected name: type = literal with a type of {', '.join(TYPES)}"
    if not (isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name) and statement.value):
        raise UsageError(f"{form}, found another statement. Keep one parameter a line.")
    kind = TYPES.get(ast.unparse(statement.annotation))
    if kind is None:
        raise UsageError(f"{form}, found type {ast.unparse(statement.annotation)}. Change the type.")
    try:
        default = ast.literal_eval(statement.value)
    except ValueError as error:
        raise UsageError(f"{form}, found {ast.unparse(statement.value)}. Write a literal.") from error
    if default is not None and not matches(default, kind):
        raise UsageError(f"{form}, found the default {shown(default)} for {kind.__name__}. Change one of them.")
    return Parameter(statement.target.id, kind, default)


def check_parameters(template: Path, parameters: Mapping[str, Any]) -> None:
    """Refuse parameters that a template does not declare, lacks, types or bounds otherwise, before any kernel starts.

    Raises
    ------
    UsageError
        With one line per fault.
    """
    declared = declared_parameters(template)
    required = [name for name, parameter in declared.items() if parameter.required]
    lines = faults({name: parameter.type for name, parameter in declared.items()}, required, parameters)
    if lines:
        raise UsageError("\n".join(f"{template.name}: {line}" for line in lines))


def read_parameters(declared: Mapping[str, type], values: Mapping[str, Any]) -> dict[str, Any]:
    """Read the parameters inside a running notebook, as strictly as :func:`check_parameters` does outside.

    Parameters
    ----------
    declared
        Name and type of every parameter, as in the cell tagged ``parameters``.
    values
        ``globals()`` of the notebook, or any map of names and values.

    Returns
    -------
    dict
        The declared names with their values.

    Raises
    ------
    UsageError
        With one line per unknown, missing (None), mistyped or out-of-range parameter.

    Notes
    -----
    papermill writes the given values into a cell of their own that starts with the comment ``# Parameters``, and only
    warns about unknown names. The history of a kernel (``In``) holds the text of that cell: every name which it
    assigns must be declared. Variables of later cells do not disturb, so that a notebook can be run twice in one
    kernel. Without a history each key of `values` counts as given.
    """
    names = injected_names(values["In"]) if "In" in values else set(values)
    given = {name: values.get(name) for name in (*declared, *sorted(names - set(declared)))}
    lines = faults(declared, list(declared), given)
    if lines:
        raise UsageError("\n".join(lines))
    return {name: values[name] for name in declared}


def injected_names(history: Iterable[str]) -> set[str]:
    """Return the names that cells written by papermill assign."""
    return {
        target.id
        for source in history
        if source.startswith(INJECTED)
        for statement in ast.parse(source).body
        if isinstance(statement, ast.Assign)
        for target in statement.targets
        if isinstance(target, ast.Name)
    }

"""Rules that a pack must meet as a whole: names resolve, units agree, years do not overlap, methods have an order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from verifierkit.rulepack.build import overlaps
from verifierkit.rulepack.model import CheckRule, Constant, Method, PackValue, Parameter
from verifierkit.rulepack.yamlfile import Reader


def check_values(
    reader: Reader,
    parameters: Mapping[str, Parameter],
    values: Mapping[str, Iterable[PackValue]],
    own: Mapping[str, Any],
) -> None:
    """Values belong to a parameter, carry its unit and do not overlap."""
    for name, rows in own.items():
        if name not in parameters:
            line = rows[0]["line"] if rows else 1
            reader.fault(line, expected="a parameter of the pack", found=repr(name), todo="Declare the parameter.")
    for name, entries in values.items():
        parameter = parameters.get(name)
        if parameter is None:
            continue
        for value in entries:
            _check_value(reader, parameter, value)
        for one, other in overlaps(entries):
            found = (
                f"{one.text} ({one.from_year} to {one.to_year}) and {other.text} ({other.from_year} to {other.to_year})"
            )
            todo = f"Separate the years of lines {one.line} and {other.line}."
            reader.fault(other.line, expected=f"one value of {name} at a time", found=found, todo=todo)


def _check_value(reader: Reader, parameter: Parameter, value: PackValue) -> None:
    expected = parameter.unit_of(value.item)
    if value.unit != expected:
        todo = "Write the value in the unit of its parameter."
        reader.fault(value.line, expected=f"{parameter.id} in {expected}", found=value.unit, todo=todo)
    if value.item and not parameter.by_item:
        todo = "Remove the item or set by_item."
        reader.fault(value.line, expected=f"no item ({parameter.id} has none)", found=value.item, todo=todo)


def ordered_methods(
    reader: Reader,
    methods: Iterable[Method],
    parameters: Mapping[str, Parameter],
    constants: Mapping[str, Constant],
) -> dict[str, Method]:
    """Methods by output, inputs before outputs; unknown names, two methods of one output and circles are faults."""
    waiting: dict[str, Method] = {}
    for method in methods:
        _check_method(reader, method, parameters, constants)
        if method.output in waiting:
            todo = "Keep one method of each output."
            reader.fault(method.line, expected="one method", found=f"{method.output} again", todo=todo)
        waiting[method.output] = method
    result: dict[str, Method] = {}
    while waiting:
        ready = [name for name, method in waiting.items() if not method.formula.all_names & waiting.keys()]
        if not ready:
            line = min(method.line for method in waiting.values())
            todo = "Remove the circle."
            reader.fault(line, expected="methods without a circle", found=", ".join(waiting), todo=todo)
            break
        result |= {name: waiting.pop(name) for name in ready}
    return result


def _check_method(
    reader: Reader, method: Method, parameters: Mapping[str, Parameter], constants: Mapping[str, Constant]
) -> None:
    known = parameters.keys() | constants.keys()
    for name in sorted(method.formula.all_names - known):
        reader.fault(
            method.line, expected="a parameter or constant", found=repr(name), todo="Declare it or correct it."
        )
    output = parameters.get(method.output)
    if output is None:
        reader.fault(method.line, expected="a parameter as output", found=repr(method.output), todo="Declare it.")
        return
    measurable = output.role == "factor" and {"measured", "calculated"} <= set(output.obtained)
    if output.role != "result" and not measurable:
        expected = "an output of role result, or a factor obtained as measured and calculated"
        reader.fault(method.line, expected=expected, found=output.role, todo="Correct the role.")
    for name in sorted(method.formula.names & parameters.keys()):
        if parameters[name].by_item and not output.by_item:
            todo = "Put it inside sum()."
            reader.fault(method.line, expected=f"{name} inside sum", found="outside", todo=todo)


def check_budget(reader: Reader, budget: Decimal | None, checks: Mapping[str, CheckRule]) -> None:
    """Shares of the statistical checks add up to the error budget of an enterprise and year."""
    shares = sum((check.alpha for check in checks.values() if check.alpha is not None), Decimal(0))
    if budget is not None and shares != budget:
        found = f"shares that sum to {shares}"
        reader.fault(1, expected=f"the error budget {budget}", found=found, todo="Correct the alpha of the checks.")


def check_names(
    reader: Reader, raw: Mapping[str, Any], parameters: Mapping[str, Parameter], checks: Iterable[str]
) -> None:
    """Weights, exemptions, deadlines and known values name what exists."""
    known = set(checks)
    for total in raw.get("totals", {}).values():
        if total not in parameters:
            reader.fault(1, expected="a parameter as total", found=repr(total), todo="Correct totals.")
    for parameter in parameters.values():
        if parameter.weight and parameter.weight not in parameters:
            todo = "Name a parameter."
            reader.fault(parameter.line, expected="a parameter as weight", found=parameter.weight, todo=todo)
    named = [(entry["line"], name) for entry in raw.get("not_applicable", []) for name in entry.get("checks", [])]
    named += [(entry["line"], entry["check"]) for entry in raw.get("deadlines", [])]
    for line, name in named:
        if name not in known:
            reader.fault(line, expected="a check of the pack", found=repr(name), todo="Correct the rule id.")
    for entry in raw.get("known_values", []):
        if entry.get("parameter") not in parameters:
            found = repr(entry.get("parameter"))
            reader.fault(entry["line"], expected="a parameter of the pack", found=found, todo="Correct it.")

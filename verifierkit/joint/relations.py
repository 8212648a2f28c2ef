"""Relations of the problem: sums, ratios and transformer losses, their coefficients as measured unknowns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from verifierkit.columns import Row, select
from verifierkit.flowmap import FROM_OUTPUT
from verifierkit.joint.constants import EXACT_LEVEL, NO_COEFFICIENT
from verifierkit.joint.draft import Draft, Entry
from verifierkit.joint.settings import Settings, from_limit
from verifierkit.periods import month_instants
from verifierkit.reconcile.network import Part, Relation
from verifierkit.reconcile.relations import ratio, transformer_loss
from verifierkit.series import input_streams


def equation(row: Row, names: Mapping[str, int], parts: Sequence[str]) -> Relation:
    """A relation as an equation among the unknowns of that name."""
    places = [names[part] for part in parts]
    if row["kind"] == "transformer_loss":
        loss, energy, fixed, variable = places
        return transformer_loss(row["relation_id"], loss=loss, energy=energy, fixed=fixed, variable=variable)
    part, whole, fraction = places
    return ratio(row["relation_id"], part=part, whole=whole, fraction=fraction)


def add_relation(draft: Draft, row: Row) -> None:
    output, inputs = row["output_stream"], input_streams(row["input_streams"])
    if any(stream not in draft.atoms for stream in (output, *inputs)) or not inputs:
        return
    if row["kind"] == "sum":
        for start, _ in draft.atoms[output]:
            terms = {draft.flows[output, start]: -1.0} | {draft.flows[name, start]: 1.0 for name in inputs}
            draft.balance(f"{row['relation_id']} {start:%Y-%m-%d %H:%M}", terms, None)
    elif row["kind"] == "ratio":
        _add_ratio(draft, row, output, inputs)
    elif row["kind"] == "transformer_loss" and len(inputs) == 1:
        _add_transformer(draft, row, output, inputs[0])


def ratio_parts(settings: Settings, row: Row | None, size: float) -> list[Part]:
    """Uncertainty of a ratio, or of an amount of that size that was computed with it."""
    stated = row["uncertainty_fraction"] if row else None
    fraction = from_limit(float(stated)) if stated is not None else settings.spread("ratio")
    return [
        Part("instrument", size * fraction * settings.number("honest_share"), row["relation_id"] if row else "ratio"),
        Part("period", size * settings.spread("ratio_period")),
    ]


def _add_ratio(draft: Draft, row: Row, output: str, inputs: Sequence[str]) -> None:
    """Inputs = ratio x output, with the ratio of each month as an unknown that its determination measures."""
    known = {
        r["month"]: r for r in select(draft.flow.tables["raw_meal_ratios"], facility_id=draft.flow.facility_of(output))
    }
    for month in draft.flow.months:
        start, end = month_instants(month)
        ratios = known.get(month)
        value = ratios["ratio"] if ratios else row["coefficient"]
        if not value or (ratios is not None and ratios["determined_by"] == FROM_OUTPUT):
            continue
        name = draft.unknown(f"ratio {row['relation_id']} {month}")
        size = float(value)
        places = (ratios.cell("ratio"),) if ratios else (row.cell("coefficient"),)
        entry = Entry("ratio", row["relation_id"], "raw_meal_ratios", start, end, size, "1", places)
        draft.measure(entry, {name: 1.0}, ratio_parts(draft.settings, row, size))
        for atom, _ in (a for a in draft.atoms[output] if start <= a[0] and a[1] <= end):
            part = draft.flows[inputs[0], atom]
            if len(inputs) > 1:
                part = draft.unknown(f"feed {row['relation_id']} {atom:%Y-%m-%d %H:%M}")
                terms = {part: -1.0} | {draft.flows[name_in, atom]: 1.0 for name_in in inputs}
                draft.balance(f"{row['relation_id']} {atom:%Y-%m-%d %H:%M}", terms, None)
            draft.relations.append((row, (part, draft.flows[output, atom], name)))


def _add_transformer(draft: Draft, row: Row, loss: str, energy: str) -> None:
    """loss = fixed + variable x energy^2 per atom; both coefficients are measured unknowns."""
    fixed, variable = row["fixed_coefficient"], row["coefficient"]
    if fixed is None or variable is None:
        draft.left_out.append((row["relation_id"], "joint.coefficient"))
        return
    stated = row["uncertainty_fraction"]
    fraction = from_limit(float(stated)) if stated is not None else draft.settings.spread("ratio")
    names = {}
    for start, end in draft.atoms[loss]:
        hours = (end - start) / timedelta(hours=1)
        for kind, size in (("fixed", float(fixed) * hours), ("variable", float(variable) / hours)):
            names[kind] = draft.unknown(f"{kind} {row['relation_id']} {start:%Y-%m-%d %H:%M}")
            entry = Entry("ratio", row["relation_id"], "relations", start, end, size, "", (row.cell("coefficient"),))
            part = Part("instrument", abs(size) * fraction or NO_COEFFICIENT, f"{kind} {row['relation_id']}")
            draft.measure(entry, {names[kind]: 1.0}, [part, Part("period", abs(size) * EXACT_LEVEL or NO_COEFFICIENT)])
        cells = (draft.flows[loss, start], draft.flows[energy, start], names["fixed"], names["variable"])
        draft.relations.append((row, cells))

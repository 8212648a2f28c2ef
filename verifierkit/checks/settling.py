"""What a person should know about bills and meters beside the findings: energy that no stream counts, classes not stated.

These are notices and no findings: the case is judged as it stands, and the notice says what was assumed or left aside.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal

from verifierkit.bills.settled import REVERSE, once
from verifierkit.bills.steps import plain
from verifierkit.checks.statistics import limit_of
from verifierkit.evidence import Notice
from verifierkit.flowmap import FlowMap
from verifierkit.rulepack import RulePack
from verifierkit.units import convert

ZERO = Decimal(0)
RULE, ASSUMED = "reconcile.joint", "accuracy_unknown"
# kinds whose class decides how far two records may lie apart
WEIGHING = ("electricity_meter", "belt_scale", "weighbridge", "crane_scale", "flow_meter")


def notices(flow: FlowMap, packs: Mapping[str, RulePack]) -> list[Notice]:
    """Notices on the bills and meters of a case."""
    return [*_exports(flow), *_classes(flow, packs)]


def _exports(flow: FlowMap) -> Iterator[Notice]:
    """Reverse registers in a source that settles the other direction: they enter no total of it."""
    for source in flow.sources.values():
        if source["records"] != "settlement_bills":
            continue
        rows = once(flow.rows("settlement_bills", source["source_id"]))
        back = [row for row in rows if row["register"] == REVERSE]
        if not back or len(back) == len(rows):
            continue
        energy = plain(sum((row["total_kwh"] or ZERO for row in back), ZERO))
        name = source["name"] or source["source_id"]
        yield Notice(
            back[0].cell("register"),
            f"{name}：{len(back)} 行反向示数共 {energy} kWh，与正向分开复算，未计入本来源的合计；"
            "如有上网电量，请另设一条流和来源，把这些行归入该来源",
            f"{name}: {len(back)} lines of the reverse register, {energy} kWh, are recomputed apart and enter no total of "
            "this source; give exported energy a stream and a source of its own and assign these lines to it",
        )


def _classes(flow: FlowMap, packs: Mapping[str, RulePack]) -> Iterator[Notice]:
    """Meters and scales behind a source whose class is not stated: what the comparisons assume instead."""
    limits = [limit_of(pack.checks[RULE], ASSUMED) for _, pack in sorted(packs.items()) if RULE in pack.checks]
    assumed = next((limit for limit in limits if limit is not None), None)
    used = {source["instrument_id"] for source in flow.sources.values()}
    for name, row in flow.instruments.items():
        blank = row["accuracy_fraction"] is None and "accuracy_fraction" not in row.faulty
        if assumed is None or name not in used or row["kind"] not in WEIGHING or not blank:
            continue
        share = plain(convert(assumed, "1", "%"))
        yield Notice(
            row.cell("accuracy_fraction"),
            f"{row['name'] or name}：未填写准确度，各项比较按经验值 ±{share} % 计，限值因此放宽；请按铭牌或检定证书补填",
            f"{row['name'] or name}: the class is not stated; comparisons assume ±{share} % by experience, which widens "
            "their limits. Fill it in from the nameplate or the certificate",
        )

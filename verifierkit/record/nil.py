"""Why an effect is nil."""

from __future__ import annotations

from verifierkit.checks.base import Context
from verifierkit.record.values import label

NOT_REPORTED = label("该来源不对应任何报告数据", "the source feeds no reported figure")


def nil_note(context: Context, stream: str, parameter: str, track: str) -> dict[str, str]:
    """The pack's words where its edition gives electricity no factor and a stream, node or parameter is about it."""
    row, node = context.flow.streams.get(stream), context.flow.nodes.get(stream)
    electric = "electricity" in parameter
    electric = electric or (row is not None and row["unit"] in ("MWh", "kWh"))
    electric = electric or (node is not None and node["quantity"] == "electricity")
    effect = context.packs[track].effects.get("electricity") if electric else None
    return dict(effect.note) if effect and not effect.counts else {"zh": "", "en": ""}

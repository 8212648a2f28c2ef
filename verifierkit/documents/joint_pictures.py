"""Pictures of the joint fit, one stack per kind: each holds its own words, so that it can be read alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from verifierkit.documents.drawing import GREEN, INK, RED, Drawing, wrapped
from verifierkit.documents.fonts import printable
from verifierkit.documents.joint_residuals import residuals
from verifierkit.documents.joint_single_line import single_line
from verifierkit.documents.joint_waterfall import waterfalls
from verifierkit.documents.pictures import Picture
from verifierkit.documents.view import View

WIDTH, LEAD, SIZE, PAD = 700, 13, 9.5, 8
LINES = 7  # lines of a sentence at most
PALE_RED, PALE_GREEN = "#faeeee", "#eef6f0"
Body = Callable[[View, Mapping[str, Any], Drawing, float], None]
Height = Callable[[View, Mapping[str, Any]], float]
KINDS: Mapping[str, tuple[Height, Body]] = {
    "joint_single_line": (single_line.height, single_line.draw),
    "joint_waterfall": (waterfalls.height, waterfalls.draw),
    "joint_residuals": (residuals.height, residuals.draw),
}


def joint_pictures(name: str, view: View) -> list[Picture]:
    """The pictures of a kind, one for each group that has something to show; groups with an error come first."""
    part = view.record.get("reconciliation") or {}
    height, draw = KINDS[name]
    drawn = []
    wrong = {error["group"] for error in part.get("errors", ())}
    for group in sorted(part.get("groups", ()), key=lambda group: group["id"] not in wrong):
        body = height(view, group)
        if body:
            drawn.append(_picture(name, view, group, body, draw))
    return drawn


def _picture(name: str, view: View, group: Mapping[str, Any], body: float, draw: Body) -> Picture:
    """Title, what the fit says, and below it the drawing itself."""
    said = _said(view, group)
    head = 26 + sum(len(lines) * LEAD + PAD + 6 for _, lines in said)
    drawing = Drawing(f"{name}-{group['id']}", WIDTH, round(head + body + 6))
    quantity = view.labels.get(f"quantity.{group['quantity']}") or group["quantity"]
    title = f"{quantity}{_node_name(view, group)} / {group['unit']}{view.labels['dot']}{view.labels[name.replace('_', '.', 1)]}"
    drawing.text(PAD, 16, title[:1].upper() + title[1:], size=11.5, fill=INK, bold=True)
    top = 26.0
    for wrong, lines in said:
        tall = len(lines) * LEAD + PAD
        drawing.rect(2, top, WIDTH - 4, tall, fill=PALE_RED if wrong else PALE_GREEN, radius=3)
        drawing.rect(2, top, 4, tall, fill=RED if wrong else GREEN)
        for n, line in enumerate(lines):
            drawing.text(PAD + 6, top + LEAD + n * LEAD - 1, line, size=SIZE, fill=RED if wrong else INK, bold=wrong)
        top += tall + 6
    draw(view, group, drawing, head)
    return drawing.picture()


def _node_name(view: View, group: Mapping[str, Any]) -> str:
    """Name of the only balanced node of a group, which tells groups of one quantity apart."""
    names = [row["name"] for row in view.record["map"]["nodes"] if row["node_id"] in group["nodes"]]
    return f"{view.labels['dot']}{printable(names[0])}" if len(names) == 1 else ""


def _said(view: View, group: Mapping[str, Any]) -> list[tuple[bool, list[str]]]:
    """One box for each error of the group, or one that says that all agrees."""
    errors = [error for error in view.record["reconciliation"]["errors"] if error["group"] == group["id"]]
    texts = [(True, f"{error['id']}  {error['text'][view.lang]}") for error in errors]
    texts = texts or [(False, view.labels["joint.clean"])]
    return [(wrong, wrapped(printable(text), SIZE, WIDTH - 4 * PAD, LINES)) for wrong, text in texts]

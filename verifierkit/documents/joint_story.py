"""One page that tells the joint fit to somebody who sees nothing else: who, when, why, how much, with what effect."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from verifierkit.documents import joint_smallest, joint_suspect
from verifierkit.documents.drawing import GREEN, INK, RED, SOFT, Drawing, wrapped
from verifierkit.documents.fonts import printable
from verifierkit.documents.joint_cards import Card
from verifierkit.documents.joint_marks import Case, cases
from verifierkit.documents.joint_single_line import single_line
from verifierkit.documents.joint_waterfall import waterfalls
from verifierkit.documents.pictures import Picture
from verifierkit.documents.view import View
from verifierkit.record.verdicts import shown

NAME = "joint_story"
WIDTH, PAD, TITLE, HEADING, GAP = 700, 8, 46.0, 20.0, 8.0
SMALL, LEAD, LINES = 8.0, 11.0, 3  # the explaining line under the title
Row = Mapping[str, Any]


def story(view: View) -> Picture | None:
    """The page, None where the record holds no joint fit."""
    part = view.record.get("reconciliation") or {}
    if not part.get("groups"):
        return None
    found = cases(part)
    measured = Drawing(NAME, WIDTH, 0)
    height = _draw(view, part, found, measured)
    drawing = Drawing(NAME, WIDTH, round(height), readable=True)
    _draw(view, part, found, drawing)
    return drawing.picture()


def _draw(view: View, part: Row, found: Sequence[Case], drawing: Drawing) -> float:
    y = _title(view, part, found, drawing)
    if not found:
        return _clean(view, part, drawing, y)
    for case in found:
        card = Card(view, case, short=len(found) > 1)
        card.draw(drawing, y)
        y += card.height + GAP
    y = _diagrams(view, _groups(part, found), drawing, y)
    y = joint_suspect.draw(view, found, drawing, y) + GAP
    return _balances(view, part, found, drawing, y)


def _title(view: View, part: Row, found: Sequence[Case], drawing: Drawing) -> float:
    labels, case = view.labels, view.record["case"]
    english = view.lang == "en" and case["enterprise"].get("name_en")
    name = case["enterprise"]["name_en" if english else "name"]
    said = labels["story.none"] if not found else labels["story.one"] if len(found) == 1 else labels["story.many"]
    title = f"{labels['story.title']}{labels['dot']}{name}{labels['dot']}{case['data_year']}"
    drawing.text(PAD, 16, wrapped(printable(title), 11, WIDTH - 2 * PAD, 1)[0], size=11, fill=SOFT)
    told = labels["story.test"].format(evidence=shown(part["evidence"]), limit=shown(part["limit"]))
    drawing.text(PAD, 37, said.format(count=len(found)), size=15, fill=RED if found else GREEN, bold=True)
    drawing.text(WIDTH - PAD, 37, told, size=8.5, fill=SOFT, anchor="end")
    y = TITLE
    for line in _explained(view, found):
        drawing.text(PAD, y + 4, line, size=SMALL, fill=SOFT)
        y += LEAD
    return y + (GAP if found else 0)


def _explained(view: View, found: Sequence[Case]) -> list[str]:
    """What the test value and the ids of errors mean, in lines."""
    ids = view.labels["story.comma"].join(name for case in found for name in (str(case.error["id"]), *case.repeated))
    text = view.labels["story.test_said"]
    text += (" " if view.lang == "en" else "") + view.labels["story.ids_said"].format(ids=ids) if found else ""
    return wrapped(text, SMALL, WIDTH - 2 * PAD, LINES)


def _groups(part: Row, found: Sequence[Case]) -> list[Row]:
    """Groups with a suspect, in the order of the errors."""
    by_id = {group["id"]: group for group in part["groups"]}
    return [by_id[name] for name in dict.fromkeys(case.error["group"] for case in found) if name in by_id]


def _heading(view: View, key: str, drawing: Drawing, y: float) -> float:
    drawing.text(PAD, y + 12, view.labels[key], size=9.5, fill=INK, bold=True)
    return y + HEADING


def _diagrams(view: View, groups: Sequence[Row], drawing: Drawing, y: float, key: str = "story.diagram") -> float:
    y = _heading(view, key, drawing, y)
    for group in groups:
        single_line.draw(view, group, drawing, y)
        y += single_line.height(view, group)
    return y


def _balances(view: View, part: Row, found: Sequence[Case], drawing: Drawing, y: float) -> float:
    """The balances that the suspects stand in."""
    places = {suspect.place[0] for case in found for suspect in case.places[:1]}
    rows = [
        row
        for row in part["series"]
        if row["lines"] and places & {row["node"], *(line["stream"] for line in row["lines"])}
    ]
    if rows:
        y = _heading(view, "story.balance", drawing, y)
    for row in rows[:1]:
        waterfalls.node(view, drawing, row, y)
        y += waterfalls.tall(view, row)
    return y


def _clean(view: View, part: Row, drawing: Drawing, y: float) -> float:
    drawing.text(PAD, y + 10, view.labels["story.none_said"], size=10, fill=INK)
    y = _diagrams(view, [group for group in part["groups"] if group["pieces"]], drawing, y + 22, "story.network")
    return joint_smallest.draw(view, part, drawing, y)

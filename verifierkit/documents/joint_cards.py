"""One card for each error: suspect, months, cause with its probability, size, effect, what cannot be told from it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from verifierkit.documents.drawing import GREY, INK, LINE, ORANGE, RED, SOFT, Drawing, text_width, wrapped
from verifierkit.documents.fonts import printable
from verifierkit.documents.joint_marks import IMPOSSIBLE, Case, Row, Suspect
from verifierkit.documents.joint_single_line import badge
from verifierkit.documents.labels import Labels
from verifierkit.documents.view import View
from verifierkit.periods import months_of
from verifierkit.record import verdicts

WIDTH, LEFT, LABEL, TEXT, RIGHT = 700, 30, 36, 150, 10
LEAD, SIZE, BIG, HEAD = 13.0, 9.5, 12.5, 18.0
LINES, PLACES, FEW, CAUSES, OTHERS = 8, 5, 2, 3, 3  # lines of a text, places, causes, other explanations named at most
CELL, STRIP = 24.0, 16.0  # month strip [points]
TONNES = "tCO2e"
SHARE = ("%)", "%）")  # how a size ends that has a share
AMOUNTS = ("flow", "level")  # kinds of records that have months of their own
GENERAL = ("month", "step", "bias")  # kinds that say how large, not why
Line = tuple[str, bool, str]  # text, bold, colour


class Card:
    """The words of one error, laid out in rows of a label and its lines."""

    def __init__(self, view: View, case: Case, *, short: bool = False) -> None:
        self.view, self.case, self.lang = view, case, view.lang
        self.most = FEW if short else PLACES
        self.rows = [(label, lines) for label, lines in self._rows() if lines]

    @property
    def height(self) -> float:
        """Height of the card [points]."""
        return HEAD + STRIP + 8 + sum(len(lines) * LEAD + 3 for _, lines in self.rows) + 16

    def draw(self, drawing: Drawing, top: float) -> None:
        """The card from ``top`` down."""
        first = self.case.places[0]
        drawing.rect(2, top, WIDTH - 4, self.height - 4, fill="#ffffff", stroke=RED, radius=4, line=1.4)
        badge(drawing, LEFT - 12, top + 15, str(self.case.number))
        title = wrapped(printable(verdicts.place(first.row, self.lang)), BIG, WIDTH - TEXT - RIGHT - 100, 1)[0]
        drawing.text(LABEL, top + 19, self.view.labels["story.suspect"], size=SIZE, fill=SOFT)
        mark = f"{first.mark}  " if len(self.case.places) > 1 else ""
        drawing.text(TEXT, top + 19, mark + title, size=BIG, fill=RED, bold=True)
        if mark:
            x = TEXT + text_width(mark + title, BIG) + 10
            others = self._range(self.case.places[1:])
            drawing.text(
                x, top + 19, self.view.labels["story.or"].format(others=others), size=SIZE, fill=ORANGE, bold=True
            )
        drawing.text(WIDTH - 12, top + 19, str(self.case.error["id"]), size=7.5, fill=GREY, anchor="end")
        y = top + HEAD + 8
        self._strip(drawing, y)
        y += STRIP + 6
        for label, lines in self.rows:
            drawing.text(LABEL, y + 10, self.view.labels[label], size=SIZE, fill=SOFT)
            for n, (text, bold, colour) in enumerate(lines):
                drawing.text(TEXT, y + 10 + n * LEAD, text, size=SIZE, fill=colour, bold=bold)
            y += len(lines) * LEAD + 3

    @staticmethod
    def _range(places: Sequence[Suspect]) -> str:
        """First and last mark of places."""
        return places[0].mark if len(places) == 1 else f"{places[0].mark}–{places[-1].mark}"

    def _strip(self, drawing: Drawing, top: float) -> None:
        """Twelve months, the suspected ones filled."""
        row, months = self.case.best, self.case.places[0].months
        drawing.text(LABEL, top + 10, self.view.labels["story.when"], size=SIZE, fill=SOFT)
        for n, month in enumerate(months_of(int(self.view.record["case"]["data_year"]))):
            wrong = month in months
            x = TEXT + n * CELL
            drawing.rect(
                x, top, CELL - 2, 13, fill=RED if wrong else "#ffffff", stroke=RED if wrong else LINE, radius=2
            )
            colour = "#ffffff" if wrong else SOFT
            drawing.text(x + CELL / 2 - 1, top + 9.8, month[5:], size=8, fill=colour, anchor="middle", bold=wrong)
        told = verdicts.period(row["period"], self.lang)
        drawing.text(TEXT + 12 * CELL + 8, top + 10.5, told, size=SIZE, fill=RED, bold=True)

    def _rows(self) -> Iterator[tuple[str, list[Line]]]:
        labels, case, first = self.view.labels, self.case, self.case.places[0]
        group = self._lines(class_order(case, labels), colour=SOFT)
        yield "story.cause", [*self._lines(self._cause(), bold=True, colour=RED), *group]
        said = verdicts.size(first.row, self.lang)
        said = labels["story.share"].format(size=said) if said.endswith(SHARE) else said
        yield "story.size", self._lines(said, bold=True)
        yield "story.effect", [line for text in effects(first.row, labels) for line in self._lines(text, bold=True)]
        yield "story.own", self._lines(own_months(first.row, labels, self._lowest(first)))
        yield "story.apart", self._apart()
        yield "story.tells", self._tells()
        yield "story.other", self._others()
        if case.repeated:
            text = labels["story.leftover"].format(ids=", ".join(case.repeated), number=case.number)
            yield "story.other", self._lines(text, colour=SOFT)

    def _lowest(self, suspect: Suspect) -> str:
        """The lowest of the other months of a record where it lies below their usual range, "" where it does not."""
        changed = {change["month"] for change in suspect.row["changes"]}
        values: dict[str, Decimal] = {}
        for row in self.view.record["reconciliation"]["residuals"]:
            own = (row["stream"], row["source"]) == suspect.place and row["kind"] in AMOUNTS
            if own and row["month"] not in changed:
                values[row["month"]] = values.get(row["month"], Decimal(0)) + Decimal(row["measured"] or 0)
        low = suspect.row["history"]["low"]
        lowest = verdicts.shown(str(min(values.values()))) if values and low else ""
        return lowest if lowest and min(values.values()) < Decimal(low) and lowest != verdicts.shown(low) else ""

    def _lines(self, text: str, *, bold: bool = False, colour: str = INK, most: int = LINES) -> list[Line]:
        if not text:
            return []
        found = wrapped(printable(text), SIZE, WIDTH - TEXT - RIGHT - 8, most)
        return [(line, bold, colour) for line in found]

    def _cause(self) -> str:
        """The causes that explain it at the first place, and the probability of all that cannot be told apart."""
        labels, best = self.view.labels, self.case.best
        causes = list(dict.fromkeys(named(row, labels) for row in self.case.places[0].causes))[: CAUSES + 1]
        others = verdicts.WORDS["join"][self.lang].join(causes[1:])
        text = causes[0] + (labels["story.otherwise"].format(others=others) if others else "")
        chance = verdicts.chance(best["probability_percent"])
        said = "story.together" if len(self.case.places) > 1 else "story.all" if others else "story.probability"
        return text + labels["story.comma"] + labels[said].format(chance=chance, marks=self._range(self.case.places))

    def _apart(self) -> list[Line]:
        """The other places of the class, each with its cause, size, effect and what its own months say."""
        labels, lines = self.view.labels, list[Line]()
        for suspect in self.case.places[1 : self.most + 1]:
            row = suspect.row
            parts = [
                f"{suspect.mark}  {verdicts.place(row, self.lang)}: {verdicts.cause(row, self.lang)}",
                verdicts.size(row, self.lang),
            ]
            parts += [rival_effect(row, labels), speaks(row, labels)]
            lines += self._lines(labels["story.comma"].join(parts), colour=ORANGE)
        lines += self._lines(self._rest(self.case.places[self.most + 1 :]), colour=SOFT)
        if self.case.excluded:
            places = verdicts.WORDS["comma"][self.lang].join(
                verdicts.place(row, self.lang) for row in self.case.excluded
            )
            lines += self._lines(labels["story.excluded"].format(places=places), colour=SOFT)
        return lines

    def _rest(self, places: Sequence[Suspect]) -> str:
        """Places that have no line of their own, by their marks, with their effects; "" for none."""
        marks: dict[str, list[str]] = {}
        for suspect in places:
            marks.setdefault(rival_effect(suspect.row, self.view.labels), []).append(suspect.mark)
        comma, join = verdicts.WORDS["comma"][self.lang], verdicts.WORDS["join"][self.lang]
        told = join.join(f"{comma.join(own)} {effect}" for effect, own in marks.items())
        return self.view.labels["story.more"].format(count=len(places), told=told) if places else ""

    def _tells(self) -> list[Line]:
        """The reading that would tell places apart, and the document that would confirm the cause."""
        labels, first = self.view.labels, self.case.places[0]
        told = first.row["history"]
        lines: list[Line] = []
        if len(self.case.places) > 1 and told["corrected"] and not _cancels(first.row):
            text = labels["story.second"].format(
                mark=first.mark, month=told["month"], unit=first.row["unit"],
                corrected=verdicts.shown(told["corrected"]), recorded=verdicts.shown(told["recorded"]),
            )  # fmt: skip
            lines += self._lines(text[:1].upper() + text[1:])
        kinds = dict.fromkeys(row["kind"] for row in first.causes)
        papers = dict.fromkeys(labels[f"tell.{kind}"] for kind in kinds)
        text = labels["story.document"].format(document=verdicts.WORDS["join"][self.lang].join(list(papers)[:2]))
        return [*lines, *self._lines(text[:1].upper() + text[1:])]

    def _others(self) -> list[Line]:
        if Decimal(self.case.best["probability_percent"] or 0) >= verdicts.DOMINANT:
            return []
        lines: list[Line] = []
        for row in self.case.others[:OTHERS]:
            chance = self.view.labels["story.probability"].format(chance=verdicts.chance(row["probability_percent"]))
            parts = [
                f"{verdicts.place(row, self.lang)}: {verdicts.cause(row, self.lang)}",
                verdicts.period(row["period"], self.lang),
                verdicts.size(row, self.lang),
                rival_effect(row, self.view.labels),
                chance,
            ]
            lines += self._lines(self.view.labels["story.comma"].join(parts), colour=SOFT)
        return lines


def named(row: Row, labels: Labels) -> str:
    """A cause in words; one that only says how large says also what that could mean."""
    text = verdicts.cause(row, labels.lang)
    if row["kind"] not in GENERAL:
        return text
    gloss = labels["story.left_out" if Decimal(row["amount"] or 0) < 0 else "story.too_much"]
    return labels["story.gloss"].format(cause=text, gloss=gloss)


def effects(row: Row, labels: Labels) -> list[str]:
    """Effect on the total of each track, in words; tracks without any are told together."""
    told = [(Decimal(entry["tonnes"]), entry["note"][labels.lang], str(entry["track"])) for entry in row["effects"]]
    if len(told) > 1 and not any(tonnes for tonnes, *_ in told) and len({note for _, note, _ in told}) == 1:
        told = [(Decimal(0), told[0][1], "both")]
    lines = []
    for tonnes, note, track in told:
        key = "rises" if tonnes > 0 else "falls" if tonnes < 0 else "nothing" if note else "plain_nothing"
        shown = {"track": labels[f"story.{track}"], "tonnes": f"{abs(tonnes):,}", "unit": TONNES, "note": note}
        lines.append(labels[f"story.{key}"].format(**shown))
    return lines


def rival_effect(row: Row, labels: Labels) -> str:
    """Effect of another explanation on the totals, in short."""
    nil = not any(Decimal(entry["tonnes"]) for entry in row["effects"])
    join = verdicts.WORDS["join"][labels.lang]
    told = join.join(effects(row, labels)) if nil and row["effects"] else verdicts.effect(row, labels.lang)
    return labels["story.rival_effect"].format(effect=told)


def class_order(case: Case, labels: Labels) -> str:
    """Whose probability it is, and by what the first member of a class stands in front; "" for one place and cause."""
    first, *rest = case.places
    if not rest:
        return labels["story.class_causes"] if len({named(row, labels) for row in first.causes}) > 1 else ""
    verdict = first.row["history"]["verdict"]
    same, against = (
        [suspect.mark for suspect in rest if suspect.row["history"]["verdict"] == name] for name in ("for", "against")
    )
    key, marks = "against" if verdict == IMPOSSIBLE else verdict, against
    if verdict == "for" and same:
        key, marks = "shared", [first.mark, *same]
    elif verdict == "silent" and against:
        key = "left"
    told = verdicts.WORDS["comma"][labels.lang].join(marks)
    order = labels[f"story.class_{key}"].format(first=first.mark, marks=told)
    return labels["story.class"].format(marks=f"{first.mark}–{rest[-1].mark}", first=first.mark, order=order)


def own_months(row: Row, labels: Labels, lowest: str) -> str:
    """What the record to blame shows by itself; ``lowest``: the lowest other month where its range leaves it out."""
    told = row["history"]
    if not told["recorded"] or told["recorded"] == told["corrected"] or _cancels(row):
        return ""
    shown = {name: verdicts.shown(told[name]) for name in ("recorded", "corrected", "low", "high")}
    text = labels["story.recorded"].format(period=told["month"], unit=row["unit"], **shown)
    left_out = labels["story.lowest"].format(value=lowest) if lowest else ""
    text += labels["story.range"].format(**shown, lowest=left_out) if told["low"] else ""
    return text + (f" — {speaks(row, labels)}" if told["low"] or _speaks(row) != "silent" else "")


def speaks(row: Row, labels: Labels) -> str:
    """What the record of a place says about a cause there, in words."""
    source = str(row["source_name"] or row["stream_name"])
    source = verdicts.WORDS.get(source, {labels.lang: source})[labels.lang]
    return labels[f"story.{_speaks(row)}"].format(source=source)


def _cancels(row: Row) -> bool:
    """Whether the changes lie within single months, so that no month changes."""
    return not any(Decimal(change["amount"] or 0) for change in row["changes"])


def _speaks(row: Row) -> str:
    """What the record of a place says: the trace where there is one, else the verdict."""
    reason, verdict = str(row["history"]["reason"]), str(row["history"]["verdict"])
    return verdict if reason in ("", "usual") else reason

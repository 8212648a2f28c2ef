"""What the differences of two packs do to one enterprise: each put in place in turn, so that the lines add up."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from verifierkit.checks import Context
from verifierkit.emissions import Calculation, calculate
from verifierkit.errors import UsageError
from verifierkit.rulediff.allowance import Allowances, allowances
from verifierkit.rulediff.figures import Prepared, prepare
from verifierkit.rulediff.mixing import Piece, mixed, pieces
from verifierkit.rulepack import RulePack

ZERO = Decimal(0)
REPORTED, VERIFIED = "reported", "verified"
Totals = dict[str, Decimal]


class Why(str):
    """A reason in English that carries its Chinese."""

    zh: str

    @classmethod
    def of(cls, zh: str, en: str) -> Why:
        """The reason in both languages."""
        made = cls(en)
        made.zh = zh
        return made

    def to(self, lang: str) -> str:
        """The reason in one language."""
        return self.zh if lang == "zh" else str(self)

    @classmethod
    def all_of(cls, reasons: Iterable[Why]) -> Why:
        """Several reasons in one, each once."""
        held = list(dict.fromkeys(reasons))
        return cls.of("；".join(one.zh for one in held), "; ".join(held))


CIRCLE = Why.of("各方法互为条件", "the methods run in a circle")


@dataclass(frozen=True)
class Line:
    """Differences put in place together (mostly one) and what they change, by track [tCO2 or tCO2e].

    ``backwards`` is the change when the differences are put in place in the reversed order.
    """

    pieces: tuple[Piece, ...]
    effect: Mapping[str, Decimal]
    backwards: Mapping[str, Decimal] = field(default_factory=dict)

    def swing(self, track: str) -> Decimal:
        """How far the line moves under the reversed order."""
        return abs(self.effect[track] - self.backwards[track])


@dataclass(frozen=True)
class State:
    """One pack between the two, computed: its totals, or why a total is missing, by track."""

    pack: RulePack | None
    calculation: Calculation | None
    prepared: Prepared
    totals: Totals
    missing: Mapping[str, Why]


@dataclass(frozen=True)
class Price:
    """The differences of two packs on one case.

    ``lines`` sum exactly to ``after`` less ``before``; ``unpriced`` holds the differences that the case has no
    figures for, with the reason, and is left out of ``after``; ``missing`` says which tracks have no total at all.
    """

    a: RulePack
    b: RulePack
    year: int
    tracks: tuple[str, ...]
    before: State
    after: State
    lines: tuple[Line, ...]
    unpriced: tuple[tuple[Piece, Why], ...]
    missing: Mapping[str, Why]
    basis: str = REPORTED
    allowance: Allowances | None = None

    @property
    def difference(self) -> Totals:
        """Change of each total [t]."""
        return {track: self.after.totals[track] - self.before.totals[track] for track in self.tracks}

    def widest(self, track: str) -> Line | None:
        """The line that moves most under the reversed order; None where none moves."""
        moved = [line for line in self.lines if line.swing(track)]
        return max(moved, key=lambda line: line.swing(track), default=None)


class Walk:
    """Computes packs between two packs on the figures of a case, each once."""

    def __init__(self, context: Context, a: RulePack, b: RulePack) -> None:
        self.context, self.a, self.b = context, a, b
        self._states: dict[frozenset[Piece], State] = {}
        self.tracks: tuple[str, ...] = ()

    def state(self, taken: Iterable[Piece]) -> State:
        """Totals with the taken differences in place."""
        key = frozenset(taken)
        if key not in self._states:
            self._states[key] = self._state(key)
        return self._states[key]

    def works(self, taken: Iterable[Piece]) -> bool:
        """Whether every track that the first pack gives a total for still has one."""
        return set(self.tracks) <= self.state(taken).totals.keys()

    def _state(self, taken: Collection[Piece]) -> State:
        pack = mixed(self.a, self.b, taken=taken, year=self.context.year)
        shared = [track for track in self.a.totals if track in self.b.totals]
        if pack is None:
            return State(None, None, Prepared(), {}, dict.fromkeys(shared, CIRCLE))
        prepared = prepare(self.context, pack)
        structure = next(iter(self.context.structures.values()))
        calculation = calculate(pack, structure, prepared.inputs)
        totals: Totals = {}
        missing: dict[str, Why] = {}
        for track in shared:
            found = self._total(pack, calculation, prepared, track)
            if isinstance(found, Why):
                missing[track] = found
            else:
                totals[track] = found
        return State(pack, calculation, prepared, totals, missing)

    def _total(self, pack: RulePack, calculation: Calculation, prepared: Prepared, track: str) -> Decimal | Why:
        """The total of a track, or the first reason why it has none; nothing reported is no total of nothing."""
        parameter = pack.totals[track]
        periods = set(self.context.months) if self.context.part_year else {str(self.context.year)}
        for key, reason in calculation.missing.items():
            if (key.track, key.parameter) == (track, parameter) and key.period in periods:
                return Why.of(reason["zh"], reason["en"])
        values = [
            value
            for key, value in calculation.values.items()
            if (key.track, key.parameter) == (track, parameter) and key.period in periods
        ]
        if not values:
            return Why.of(f"案例中没有{parameter}所指的内容", f"the case has nothing that {parameter} stands for")
        total = sum(values, ZERO)
        empty = unreported(pack, parameter, prepared) if not total else []
        if empty:
            return Why.of(f"案例未报告{'、'.join(empty)}", f"the case reports no {', '.join(empty)}")
        return total


def rests_on(pack: RulePack, total: str) -> set[str]:
    """Every parameter and constant that a total is computed from, by any number of methods."""
    found: set[str] = set()
    waiting = [total]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += sorted(pack.methods[name].formula.all_names) if name in pack.methods else []
    return found


def unreported(pack: RulePack, total: str, prepared: Prepared) -> list[str]:
    """Quantities by item that a total sums over and of which the case reports not one item."""
    given = {key.parameter for key in prepared.inputs}
    names = sorted(name for name in rests_on(pack, total) if name in pack.parameters and name not in pack.methods)
    quantities = [name for name in names if pack.parameters[name].by_item and pack.parameters[name].role == "activity"]
    return [name for name in quantities if name not in given]


def price(context: Context, a: RulePack, b: RulePack, *, basis: str = REPORTED) -> Price:
    """Put the differences of two packs in place one after the other on the figures of a case.

    Parameters
    ----------
    basis
        What the figures of the context are, for the words: ``reported``, or ``verified`` where the context comes from
        :func:`verifierkit.rulediff.figures.corrected`.

    Raises
    ------
    UsageError
        If the packs are of different sectors or have no track in common.
    """
    if a.sector != b.sector or not set(a.totals) & set(b.totals):
        raise UsageError(f"{a.id} and {b.id} share no total; a difference of tonnes needs one sector and one track")
    walk = Walk(context, a, b)
    before = walk.state(())
    walk.tracks = tuple(before.totals)
    differences = [one for one in pieces(a, b, context.year) if _used(context, one)]
    if not walk.tracks:
        return Price(a, b, context.year, (), before, before, (), (), before.missing, basis)
    reached, left = _reachable(walk, differences)
    forward = _walk(walk, [one for one in differences if one in reached])
    backward = _walk(walk, [one for one in reversed(differences) if one in reached])
    lines = tuple(_joined(forward, backward, walk.tracks))
    after = walk.state(reached)
    return Price(
        a,
        b,
        context.year,
        walk.tracks,
        before,
        after,
        lines,
        tuple(left),
        before.missing,
        basis,
        _allowance(context, before, after),
    )


def _allowance(context: Context, before: State, after: State) -> Allowances | None:
    sides = [(state.pack, state.calculation) for state in (before, after)]
    (a, first), (b, second) = sides
    if a is None or b is None or first is None or second is None:
        return None
    return allowances(context, (a, first), (b, second))


def _used(context: Context, piece: Piece) -> bool:
    """Whether a value concerns an item that the case has."""
    return not piece.item or any(key.item == piece.item for key in context.figures)


def _reachable(walk: Walk, differences: Sequence[Piece]) -> tuple[set[Piece], list[tuple[Piece, Why]]]:
    """Differences that the case has the figures for: all, or those that can be added one by one, with the reasons."""
    everything = set(differences)
    if walk.works(everything):
        return everything, []
    taken: set[Piece] = set()
    waiting = list(differences)
    while True:
        added = next((one for one in waiting if walk.works(taken | {one})), None)
        if added is None:
            break
        taken.add(added)
        waiting.remove(added)
    reasons = [(one, Why.all_of(walk.state(taken | {one}).missing.values())) for one in waiting]
    return taken, reasons


def _walk(walk: Walk, differences: Sequence[Piece]) -> list[Line]:
    """Lines in the given order; a difference that gives no total alone waits for those that it needs."""
    taken: list[Piece] = []
    waiting: list[Piece] = []
    lines: list[Line] = []

    def add(group: Sequence[Piece]) -> None:
        old, new = walk.state(taken).totals, walk.state([*taken, *group]).totals
        lines.append(Line(tuple(group), {track: new[track] - old[track] for track in walk.tracks}))
        taken.extend(group)

    for one in differences:
        if walk.works([*taken, one]):
            add([one])
        elif waiting and walk.works([*taken, *waiting, one]):
            add([*waiting, one])
            waiting = []
        else:
            waiting.append(one)
    if waiting:
        add(waiting)
    return lines


def _joined(forward: Sequence[Line], backward: Sequence[Line], tracks: Sequence[str]) -> list[Line]:
    """Lines of the printed order with their change in the reversed order; lines that share a piece become one."""
    lines = list(forward)
    for other in backward:
        held = [line for line in lines if set(line.pieces) & set(other.pieces)]
        if len(held) > 1:
            lines[lines.index(held[0])] = _sum(held, tracks)
            lines = [line for line in lines if line not in held[1:]]
    return [replace(line, backwards=_backwards(line, backward, tracks)) for line in lines]


def _backwards(line: Line, backward: Sequence[Line], tracks: Sequence[str]) -> Totals:
    return dict(_sum([other for other in backward if set(other.pieces) & set(line.pieces)], tracks).effect)


def _sum(lines: Sequence[Line], tracks: Sequence[str]) -> Line:
    effect = {track: sum((line.effect[track] for line in lines), ZERO) for track in tracks}
    return Line(tuple(piece for line in lines for piece in line.pieces), effect)

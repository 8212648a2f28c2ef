"""Which allowance plan holds for a case, and what is known of its balance value and of a price."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from verifierkit import rulepack
from verifierkit.errors import UsageError
from verifierkit.rulepack import Label, RulePack
from verifierkit.rulepack.allowance import INTENSITY, AllowanceMethod, AllowanceRule

NOT_LOADED, EQUAL, VALUE, RANGE = "not_loaded", "equal", "value", "range"


@dataclass(frozen=True)
class Balance:
    """The balance value [tCO2e/t of product]: both ends None where nothing is known, equal where it is one value."""

    low: Decimal | None = None
    high: Decimal | None = None

    @property
    def single(self) -> bool:
        """Whether it is one value."""
        return self.low is not None and self.low == self.high


@dataclass(frozen=True)
class Plan:
    """The plan of a sector and year: pack and method (None where none is loaded), balance value, price, named units.

    ``price`` is in yuan per tonne, None where the case gives none. ``special`` is a special case by facility id.
    ``note`` says in both languages what the state rests on.
    """

    sector: str
    year: int
    pack: RulePack | None = None
    method: AllowanceMethod | None = None
    balance: Balance = Balance()
    price: Decimal | None = None
    price_source: str = ""
    special: Mapping[str, str] = field(default_factory=dict)
    note: Label = field(default_factory=dict)

    @property
    def rule(self) -> AllowanceRule | None:
        """The section of the pack."""
        return self.pack.allowance if self.pack else None

    @property
    def state(self) -> str:
        """not_loaded, equal (A equals E), value, or range (the balance value is not one number)."""
        if self.method is None:
            return NOT_LOADED
        if self.method.method == "verified":
            return EQUAL
        return RANGE if self.method.method == INTENSITY and not self.balance.single else VALUE

    def value(self, name: str, *, kind: str = "") -> Decimal:
        """A dated value of the pack.

        Raises
        ------
        UsageError
            If no pack is loaded, or it has no such value.
        """
        if self.pack is None:
            raise UsageError(f"no allowance pack is loaded for {self.sector}, data year {self.year}")
        return self.pack.value(name, year=self.year, facility_kind=kind).value


def plan_of(sector: str, year: int, given: Mapping[str, Any] | None = None) -> Plan:
    """The plan of a sector and data year.

    Parameters
    ----------
    given
        The key ``allowance`` of ``case.yaml``; a pack named there may be a draft.

    Raises
    ------
    UsageError
        If the named pack is no allowance pack or holds no method for the sector and year, a special case is not one of
        the pack, or the balance value is not positive or its ends are the wrong way round.
    """
    said = given or {}
    pack = _named(said["pack"], sector, year) if said.get("pack") else _in_force(sector, year)
    method = pack.allowance.method(sector, year) if pack and pack.allowance else None
    special = dict(said.get("special") or {})
    _check_special(pack, special, sector, year)
    return Plan(
        sector,
        year,
        pack,
        method,
        _balance(pack, method, year, said),
        said.get("price_yuan_per_t"),
        said.get("price_source") or "",
        special,
        _note(pack, year),
    )


def _packs() -> list[RulePack]:
    """Allowance packs: by convention their ids start so, and no other pack is read to find them."""
    return [rulepack.load(name) for name in rulepack.names() if name.startswith("allowance-")]


def _named(name: str, sector: str, year: int) -> RulePack:
    pack, where = rulepack.load(name), "case.yaml, allowance, pack"
    if pack.allowance is None:
        known = ", ".join(one.id for one in _packs())
        raise UsageError(f"{where}: {name} is no allowance pack. Name one of {known}.")
    if pack.allowance.method(sector, year) is None:
        held = "; ".join(f"{m.sector} {m.from_year} to {m.to_year}" for m in pack.allowance.methods)
        raise UsageError(f"{where}: {name} holds no method for {sector}, data year {year}; it holds {held}.")
    return pack


def _in_force(sector: str, year: int) -> RulePack | None:
    found = [pack for pack in _packs() if pack.allowance and pack.allowance.in_force]
    found = [pack for pack in found if pack.allowance and pack.allowance.method(sector, year)]
    if len(found) > 1:
        raise UsageError(f"{sector}, {year}: claimed by the allowance packs {' and '.join(one.id for one in found)}")
    return found[0] if found else None


def _check_special(pack: RulePack | None, special: Mapping[str, str], sector: str, year: int) -> None:
    known = [case.id for case in pack.allowance.cases(sector, year)] if pack and pack.allowance else []
    for facility, name in special.items():
        if name not in known:
            held = ", ".join(known) or "none"
            raise UsageError(f"case.yaml, allowance, special, {facility}: {name} is no special case; known: {held}.")


def _balance(pack: RulePack | None, method: AllowanceMethod | None, year: int, said: Mapping[str, Any]) -> Balance:
    one, low, high = (said.get(name) for name in ("balance_value", "balance_low", "balance_high"))
    where = "case.yaml, allowance"
    if one is not None and (low is not None or high is not None):
        raise UsageError(f"{where}: give balance_value, or balance_low and balance_high, not both.")
    if (low is None) != (high is None):
        raise UsageError(f"{where}: give both balance_low and balance_high.")
    if one is None and low is None and pack is not None and method is not None and method.method == INTENSITY:
        held = pack.find_value("balance_value_tco2e_per_t", year=year, facility_kind=method.unit_kind)
        one = held.value if held else None
    ends = (one, one) if one is not None else (low, high)
    if any(end is not None and end <= 0 for end in ends) or (ends[0] is not None and ends[0] > ends[1]):
        raise UsageError(f"{where}: the balance value must be positive, its lower end not above the upper.")
    return Balance(*ends)


def _note(pack: RulePack | None, year: int) -> Label:
    if pack is not None:
        return {"zh": pack.status.get("zh", ""), "en": pack.status.get("en", "")}
    known = [(one.id, one.years) for one in _packs() if one.years and one.allowance and one.allowance.in_force]
    near = min(known, key=lambda entry: min(abs(end - year) for end in entry[1]), default=("", (0, 0)))
    return {
        "zh": f"{year}数据年度没有装载现行配额方案；最接近的是 {near[0]}（{near[1][0]}—{near[1][1]}）",
        "en": f"no allocation plan in force is loaded for data year {year}; "
        f"the nearest is {near[0]} ({near[1][0]} to {near[1][1]})",
    }

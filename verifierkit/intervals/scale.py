"""A declared scale beside a second document of the same energy: believed, or refused with the reason; never mended."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from verifierkit.intervals.limits import stated

ACCEPTED, REFUSED, UNKNOWN = "accepted", "refused", "unknown"


@dataclass(frozen=True)
class Scale:
    """Outcome of the comparison.

    ``outcome`` is accepted, refused or unknown (nothing to compare with); ``ratio`` other / declared; ``power`` the
    power of ten that the ratio is near to, None where it is near to none; ``rest`` how far it is from it.
    """

    outcome: str
    declared: Decimal
    other: Decimal | None
    ratio: Decimal | None
    power: int | None
    rest: Decimal | None
    unit: str

    def words(self, language: str) -> str:
        """The outcome in one sentence, zh or en."""
        return _words(self)[language]


def compare_scale(
    *, declared: Decimal, other: Decimal | None, unit: str = "kWh", limit: Decimal | None = None
) -> Scale:
    """Compare energy at the declared scale with that of a second document of the same meter and days.

    Parameters
    ----------
    declared
        Sum of the readings at the scale that their file declares.
    other
        Sum by the second document, in the same unit; None where there is none.
    limit
        Largest relative difference at which the declared scale stands, and at which a ratio is told as a power of ten;
        None for what the pack of settlement cases states.

    Returns
    -------
    Scale
        Refused where the two differ by more than the limit. The readings stay as they are: a scale that somebody
        confirms is stated in the import profile, under their name.
    """
    if other is None or not declared or not other:
        return Scale(UNKNOWN, declared, other, None, None, None, unit)
    ratio, limit = other / declared, stated().scale_share if limit is None else limit
    outcome = ACCEPTED if abs(ratio - 1) <= limit else REFUSED
    power = ratio.copy_abs().log10().to_integral_value()
    rest = ratio.copy_abs() / Decimal(10) ** int(power) - 1
    near = abs(rest) <= limit
    return Scale(outcome, declared, other, ratio, int(power) if near else None, rest if near else None, unit)


def _words(scale: Scale) -> dict[str, str]:
    if scale.outcome == UNKNOWN:
        return {
            "zh": f"所声明的量级没有第二份文件可比，合计 {scale.declared:f} {scale.unit}，未核实。",
            "en": "There is no second document to compare the declared scale with; "
            f"the sum of {scale.declared:f} {scale.unit} is not confirmed.",
        }
    pair = f"{scale.declared:f} {scale.unit}", f"{scale.other:f} {scale.unit}"
    if scale.outcome == ACCEPTED:
        return {
            "zh": f"所声明的量级与第二份文件相符：{pair[0]} 与 {pair[1]}。",
            "en": f"The declared scale agrees with the second document: {pair[0]} and {pair[1]}.",
        }
    zh, en = "两者之比不是 10 的整数次幂", "their ratio is no power of ten"
    if scale.power is not None and scale.rest is not None:
        share = f"{abs(scale.rest) * 100:.3f} %"
        zh, en = (
            f"相差 10^{scale.power} 倍（余差 {share}）",
            f"they differ by 10^{scale.power} ({share} apart from that)",
        )
    return {
        "zh": f"不采用所声明的量级：按声明合计 {pair[0]}，第二份文件为 {pair[1]}，{zh}。读数保持原样，须由出具方书面确认量级。",
        "en": f"The declared scale is refused: as declared the sum is {pair[0]}, the second document says {pair[1]}; {en}. "
        "The readings stay as they are; whoever issued them has to confirm the scale in writing.",
    }

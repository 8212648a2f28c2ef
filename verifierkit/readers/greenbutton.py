"""Green Button files: interval readings of a meter as ESPI XML in an Atom feed, read as one sheet of rows.

Raw readings are always given. Their energy is given too where the file declares a unit and a multiplier that ESPI has;
where it does not, the column of energy is refused with the reason, and a scale that the issuer has confirmed is stated
in the import profile. Nothing is guessed. Document types, entities and outside references are refused.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from xml.etree.ElementTree import Element, ParseError

import defusedxml.ElementTree as SafeTree  # type: ignore[import-untyped]
from defusedxml import DefusedXmlException

from verifierkit.errors import InputError, Place
from verifierkit.evidence import Notice
from verifierkit.readers.grid import MAX_CELLS, Grid, Sheet

ESPI, ATOM = "{http://naesb.org/espi}", "{http://www.w3.org/2005/Atom}"
MARK = b"http://naesb.org/espi"
WATT_HOUR = "72"
FLOWS = {"1": "forward", "19": "reverse"}
# Powers of ten that ESPI defines for powerOfTenMultiplier (UnitMultiplierKind, as public ESPI documentation lists it).
MULTIPLIERS = frozenset({-12, -9, -6, -3, -2, -1, 0, 1, 2, 3, 6, 9, 12})
HEADINGS = ("channel", "flow", "start_utc", "end_utc", "seconds", "reading", "quality", "kwh")
KWH = HEADINGS.index("kwh")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LATEST = 4_102_444_800  # 2100-01-01; later starts are no meter's


@dataclass(frozen=True)
class Declared:
    """What the file declares of the readings of one channel."""

    unit: str
    multiplier: str
    flow: str

    @property
    def refusal(self) -> tuple[str, str]:
        """Why the declared scale cannot be used, in English and Chinese; empty texts where it can."""
        if self.unit != WATT_HOUR:
            unit = self.unit or "-"
            return f"uom {unit}, which is not {WATT_HOUR} (Wh)", f"uom 为 {unit}，不是 {WATT_HOUR}（Wh）"
        if not self.multiplier.lstrip("-").isdigit() or int(self.multiplier) not in MULTIPLIERS:
            what = f"powerOfTenMultiplier {self.multiplier or '-'}"
            return f"{what}, which ESPI does not define", f"{what} 不在 ESPI 规定的取值之内"
        return "", ""

    def kwh(self, reading: int) -> Decimal:
        """Energy of a raw reading [kWh] at the declared scale."""
        return Decimal(reading).scaleb(int(self.multiplier or "0")) / 1000


def is_green_button(data: bytes) -> bool:
    """Whether XML data are a Green Button feed."""
    return MARK in data[:100_000]


def read_green_button(data: bytes, *, file: str) -> Grid:
    """Read a feed as one sheet: a heading row, then one row for each reading of each channel, in the order of the file.

    Raises
    ------
    InputError
        If the XML is damaged, declares a document type or entity, holds no readings, or a reading is no whole number.
    """
    place = Place(file)
    root = _parse(data, place)
    meters = dict(_channels(root))
    rows: list[list[object]] = [list(HEADINGS)]
    for entry in root.iter(f"{ATOM}entry"):
        block = entry.find(f".//{ESPI}IntervalBlock")
        if block is not None:
            name, declared = _channel_of(entry, meters)
            rows += _rows(block, name, declared, place)
        if len(rows) * len(HEADINGS) > MAX_CELLS:
            raise InputError(place, expected=f"at most {MAX_CELLS} cells", found="more", todo="Split the file.")
    if len(rows) == 1:
        raise InputError(place, expected="interval readings", found="none", todo="Ask for the file with its readings.")
    refusals = sorted({declared.refusal for _, declared in meters.values()} - {("", "")})
    refused = {KWH: "; ".join(en for en, _ in refusals)} if refusals else {}
    notices = tuple(
        Notice(
            place,
            f"不采用文件所声明的量级：{zh}；读数保持原样",
            f"declared scale refused: {en}; readings stay as they are",
        )
        for en, zh in refusals
    )
    return Grid(file, "Green Button XML", (Sheet("", rows, refused=refused),), notices=notices)


def _parse(data: bytes, place: Place) -> Element:
    try:
        root: Element = SafeTree.parse(io.BytesIO(data), forbid_dtd=True).getroot()
    except DefusedXmlException:
        found = "an XML document type or entity"
        todo = "The file was not opened. Ask for it as the issuer made it."
        raise InputError(place, expected="XML without document type", found=found, todo=todo) from None
    except (ParseError, ValueError, LookupError) as problem:
        found = f"damaged XML ({problem})"
        raise InputError(place, expected="a Green Button feed", found=found, todo="Ask for the file again.") from None
    return root


def _links(entry: Element, relation: str) -> list[str]:
    return [link.get("href", "") for link in entry.findall(f"{ATOM}link") if link.get("rel") == relation]


def _text(element: Element | None, name: str) -> str:
    found = element.find(f"{ESPI}{name}") if element is not None else None
    return (found.text or "").strip() if found is not None else ""


def _channels(root: Element) -> Iterator[tuple[str, tuple[str, Declared]]]:
    """Address of each meter reading with the name of its channel and what is declared of it."""
    types: dict[str, Declared] = {}
    for entry in root.iter(f"{ATOM}entry"):
        found = entry.find(f".//{ESPI}ReadingType")
        if found is not None:
            flow = _text(found, "flowDirection")
            declared = Declared(_text(found, "uom"), _text(found, "powerOfTenMultiplier") or "0", FLOWS.get(flow, flow))
            types.update((address, declared) for address in _links(entry, "self"))
    for entry in root.iter(f"{ATOM}entry"):
        if entry.find(f".//{ESPI}MeterReading") is None:
            continue
        related = [types[address] for address in _links(entry, "related") if address in types]
        for address in _links(entry, "self"):
            yield address, (address.rsplit("/", 1)[-1], related[0] if related else Declared("", "", ""))


def _channel_of(entry: Element, meters: Mapping[str, tuple[str, Declared]]) -> tuple[str, Declared]:
    """Name and declaration of the channel that a block of readings belongs to."""
    for address in (*_links(entry, "up"), *_links(entry, "self")):
        for meter, channel in meters.items():
            if address == meter or address.startswith(f"{meter}/"):
                return channel
    return "", Declared("", "", "")


def _rows(block: Element, name: str, declared: Declared, place: Place) -> Iterator[list[object]]:
    usable = not declared.refusal[0]
    for number, reading in enumerate(block.iter(f"{ESPI}IntervalReading"), 1):
        period = reading.find(f"{ESPI}timePeriod")
        start, seconds = (_whole(_text(period, key), key, number, place) for key in ("start", "duration"))
        value = _whole(_text(reading, "value"), "value", number, place)
        if not 0 <= start <= LATEST or not 0 < seconds <= LATEST:
            found = f"start {start} and duration {seconds} in reading {number}"
            raise InputError(place, expected="times of a meter", found=found, todo="Ask for the file again.")
        begun = EPOCH + timedelta(seconds=start)
        ended = begun + timedelta(seconds=seconds)
        quality = _text(reading.find(f"{ESPI}ReadingQuality"), "quality")
        energy: object = declared.kwh(value) if usable else ""
        yield [name, declared.flow, f"{begun:%Y-%m-%d %H:%M:%S}", f"{ended:%Y-%m-%d %H:%M:%S}", seconds, value, quality,
               energy]  # fmt: skip


def _whole(text: str, name: str, number: int, place: Place) -> int:
    try:
        return int(text)
    except ValueError:
        found = f"{text!r} for {name} in reading {number}"
        raise InputError(place, expected="a whole number", found=found, todo="Ask for the file again.") from None

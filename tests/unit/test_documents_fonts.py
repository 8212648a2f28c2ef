"""No character of a report is without a glyph; charts and values are written as they should be."""

from __future__ import annotations

import base64
import io
import re
from pathlib import Path

import pypdf
import pytest
from bs4 import BeautifulSoup
from fontTools.ttLib import TTFont

from tests.unit.fixture_record import make_record
from verifierkit.documents import fonts, write_reports
from verifierkit.documents.charts import nice_ticks, svg, tick_text
from verifierkit.documents.contents import content_of, state_of
from verifierkit.documents.flow_data import drawn_quantities, network, stream_quantity, stream_state
from verifierkit.documents.flow_layout import lay_out
from verifierkit.documents.pdf import breakable
from verifierkit.documents.values import Values, show_number, show_unit

RARE = "堃喆璟㙍ΩЖ€₂⁻⁴"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Reports of a record with rare characters."""
    record = make_record()
    record["case"]["team"][0]["name"] = RARE
    record["case"]["enterprise"]["contact"] = "a\u202eb\u0007c😀"
    target = tmp_path_factory.mktemp("fonts")
    write_reports(record, target, formats=["html", "pdf"])
    return target


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_html_carries_a_glyph_for_every_character(folder: Path, lang: str) -> None:
    text = (folder / f"report.{lang}.html").read_text(encoding="utf-8")
    faces = [TTFont(io.BytesIO(base64.b64decode(data))) for data in re.findall(r"base64,([A-Za-z0-9+/=]+)\)", text)]
    page = BeautifulSoup(text, "html.parser")
    bold = " ".join(
        tag.get_text()
        for tag in page.select(
            "h1,h2,h3,h4,h5,h6,caption,figcaption,.s,b,.data thead,.list thead,nav .toc,nav .l1,.cover .over,.f"
        )
    )
    for tag in page.find_all(["style", "svg", "title"]):
        tag.decompose()
    regular = page.get_text()
    assert RARE in regular
    for shown, face in zip((regular, bold), faces, strict=True):
        assert {char for char in shown if ord(char) not in face.getBestCmap() and not char.isspace()} == set()


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_pdf_shows_no_missing_glyph(folder: Path, lang: str) -> None:
    reader = pypdf.PdfReader(folder / f"report.{lang}.pdf")
    seen = 0
    for page in reader.pages:
        contents = page.get_contents()
        assert contents is not None
        for operands, operator in contents.operations:
            strings = operands[0] if operator == b"TJ" else operands if operator == b"Tj" else []
            for string in strings:
                if isinstance(string, pypdf.generic.NumberObject | pypdf.generic.FloatObject):
                    continue
                data = string.original_bytes
                codes = [data[n : n + 2] for n in range(0, len(data), 2)]
                seen += len(codes)
                assert b"\x00\x00" not in codes
    assert seen > 5000


def test_raised_marks_have_a_size() -> None:
    font = TTFont(io.BytesIO(fonts.report_font(frozenset("B"), False)))
    assert font["OS/2"].ySuperscriptYSize > 400
    assert font["OS/2"].ySuperscriptYOffset > 200


def test_what_cannot_be_shown_is_named() -> None:
    assert fonts.printable("a\u202eb\u0007c\U0010fffd") == "a[U+202E]b[U+0007]c[U+10FFFD]"
    assert fonts.printable("多\n行\u200b") == "多 行"
    assert fonts.printable(RARE) == RARE


def test_bold_is_wider_than_regular() -> None:
    chars = frozenset("产I")
    regular, bold = (TTFont(io.BytesIO(fonts.report_font(chars, weight))) for weight in (False, True))
    for char in chars:
        name = regular.getBestCmap()[ord(char)]
        narrow, wide = regular["glyf"][name], bold["glyf"][name]
        assert wide.xMax - wide.xMin == pytest.approx(narrow.xMax - narrow.xMin + fonts.BOLD_UNITS, abs=10)
        assert regular["hmtx"][name][0] == bold["hmtx"][name][0]


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("1234567.80", "1,234,567.80"),
        ("-963.00", "-963.00"),
        ("0.02618", "0.02618"),
        ("1E+3", "1,000"),
        ("", "—"),
        (None, "—"),
        ("n/a", "—"),
        (True, "—"),
    ],
)
def test_numbers_keep_their_digits(value: object, shown: str) -> None:
    assert show_number(value) == shown


@pytest.mark.parametrize(
    ("unit", "shown"),
    [
        ("tCO2/t", "tCO₂/t"),
        ("10^4 Nm3", "10⁴ Nm³"),
        ("GJ/10^4 Nm3", "GJ/10⁴ Nm³"),
        ("1", "—"),
        ("tCO2e", "tCO₂e"),
        ("kgC2F6/t", "kgC₂F₆/t"),
    ],
)
def test_units_in_print(unit: str, shown: str) -> None:
    assert show_unit(unit) == shown


def test_references_are_read_by_id_month_index_and_derivation() -> None:
    values = Values(make_record())
    assert values.get("parameters/P001/months/2025-03/reported") == "13611.75"
    assert values.get("facilities/1/name") == "1号熟料线"
    assert values.get("count:findings?kind=clarification") == "1"
    assert values.get("percent:parameters/P006/difference|parameters/P006/reported") == "0.15"
    assert values.maybe("parameters/P999/reported") is None


def test_states_of_a_content() -> None:
    closed = {"kind": "misstatement", "status": "closed", "disposition": "accepted", "stale": False}
    assert state_of([], final=True) == "conform"
    assert state_of([closed], final=True) == "rectified"
    assert state_of([closed, {**closed, "status": "corrected"}], final=True) == "rectified"
    assert state_of([closed], final=False) == "not_rectified"
    assert state_of([closed, {**closed, "status": "not_closed"}], final=True) == "insufficient"
    assert state_of([{**closed, "status": "raised"}], final=True) == "not_rectified"
    assert state_of([{**closed, "kind": "clarification", "status": "raised"}], final=True) == "not_rectified"
    assert state_of([{**closed, "stale": True}], final=True) == "undecided"
    assert state_of([{**closed, "kind": "recommendation", "status": "raised"}], final=True) == "conform"
    assert (content_of("calibration.validity"), content_of("chain.year")) == ("plan", "data")


def test_layout_breaks_cycles_and_puts_sources_before_what_they_feed() -> None:
    edges = [("1", "a", "b"), ("2", "b", "c"), ("3", "c", "b"), ("4", "late", "c"), ("5", "a", "c")]
    layout = lay_out(["a", "b", "c", "late"], edges)
    assert [sorted(set(layer) - layout.stand_ins) for layer in layout.layers] == [["a"], ["b", "late"], ["c"]]
    assert layout.backward == {"3"}
    assert layout.ways["3"] == ["b", "c"]
    assert layout.ways["5"] == ["a", "5 in layer 1", "c"]


def test_a_drawing_holds_one_quantity_and_splits_a_market_that_gives_and_takes() -> None:
    flow = make_record()["map"]
    flow["streams"] += [
        {"stream_id": "back", "name": "退煤", "unit": "t", "from_node": "yard", "to_node": "supplier"},
        {"stream_id": "steam", "name": "蒸汽", "unit": "GJ", "from_node": "wh", "to_node": "k1e"},
        {"stream_id": "co2", "name": "排放", "unit": "tCO2", "from_node": "captive", "to_node": "living"},
    ]
    assert drawn_quantities(flow) == ["electricity", "coal"]
    names = [node.name for node in network(flow, "coal").nodes]
    assert names.count("供应商") == 2
    assert {stream.key for stream in network(flow, "electricity").streams}.isdisjoint({"steam", "co2"})


def test_streams_are_coloured_by_how_they_are_known() -> None:
    flow = make_record()["map"]
    state = {stream["stream_id"]: stream_state(flow, stream) for stream in flow["streams"]}
    assert (state["e_grid"], state["e_mill"], state["e_living"], state["c_k2"]) == (
        "measured",
        "derived",
        "unmeasured",
        "derived",
    )
    assert stream_quantity(flow, flow["streams"][0]) == "electricity"


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [(0, 103, [0, 50, 100, 150]), (22.7, 23.1, [22.7, 22.8, 22.9, 23.0, 23.1]), (5, 5, [4, 6, 8, 10])],
)
def test_ticks_cover_the_range(low: float, high: float, ticks: list[float]) -> None:
    found = nice_ticks(low, high)
    assert found == pytest.approx(ticks)
    assert len({tick_text(tick, found[1] - found[0]) for tick in found}) == len(found)


def test_bands_of_one_period_are_drawn_as_rows_with_what_lies_outside_in_red() -> None:
    record = make_record()
    row = {
        "facility": "K1",
        "period": "2025",
        "rule": "band.coal",
        "label": {"zh": "煤耗", "en": "coal"},
        "unit": "kg/t",
        "low": "94",
        "high": "140",
        "experience": True,
    }
    for value, outside in (("102.65", False), ("94", False), ("140.01", True)):
        record["pictures"]["intensity"] = [row | {"value": value}]
        assert ("#9b2c2c" in svg("intensity", record, "zh")) is outside
    record["pictures"]["intensity"] = []
    assert svg("intensity", record, "zh") == ""


def test_long_runs_can_break_and_nothing_else_changes() -> None:
    name = "evidence/settlement_2025_with_a_long_name.xlsx"
    assert breakable(name).replace("\u200b", "") == name
    assert "\u200b" in breakable(name)
    assert breakable("short.csv") == "short.csv"

"""Every format and language shows the same numerals and findings, each from the record; nothing in a name is executed."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
import zipfile
from copy import deepcopy
from pathlib import Path
from typing import Any

import docx
import pypdf
import pytest
from bs4 import BeautifulSoup, Tag

from tests.unit.fixture_record import make_record
from verifierkit.documents import FORMATS, LANGUAGES, write_reports
from verifierkit.documents.blocks import (
    Block,
    Contents,
    FindingRef,
    Heading,
    KeyValues,
    Mark,
    Number,
    Quoted,
    Table,
    Text,
    block_spans,
    plain,
)
from verifierkit.documents.cross_checks import cross_check_spans
from verifierkit.documents.docx import normal_zip
from verifierkit.documents.labels import Labels, label_table
from verifierkit.documents.parameters import card_rows, parameter_blocks
from verifierkit.documents.report import report_blocks, report_pictures
from verifierkit.documents.values import Values, as_decimal, show_number
from verifierkit.documents.view import View

HOSTILE = '<script>alert(1)</script>{{ 7*7 }}{% raw %}#eval("1+1")$x^2$![](http://a.example/x.png)*b*_i_`c`=HYPERLINK("x")&amp;'


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All reports of the draft record."""
    folder = tmp_path_factory.mktemp("reports")
    write_reports(make_record(), folder)
    return folder


def digits(text: str) -> str:
    """All digits of a text in order."""
    return "".join(re.findall(r"[0-9]", text))


def shown(blocks: list[Block]) -> list[str]:
    """Numbers and finding ids in reading order."""
    return [
        plain((span,))
        for block in blocks
        for spans in block_spans(block)
        for span in spans
        if isinstance(span, Number | FindingRef)
    ]


def reading_text(blocks: list[Block], lang: str) -> str:
    """What a reader sees from the cover to the end, the table of contents left out."""
    labels, parts = Labels(lang), []
    for block in blocks:
        texts = [plain(spans) for spans in block_spans(block)]
        if isinstance(block, Contents):
            continue
        number = str(getattr(block, "number", ""))
        if isinstance(block, Heading):
            texts.insert(0, number)
        elif number:
            texts.insert(0, f"{labels['table_word' if isinstance(block, Table) else 'figure_word']} {number} ")
        parts += texts
    return "\n".join(parts)


def html_page(path: Path) -> BeautifulSoup:
    """The page without contents and pictures."""
    page = BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")
    for name in ("nav", "svg", "style", "title"):
        for tag in page.find_all(name):
            tag.decompose()
    return page


def pdf_text(path: Path) -> str:
    """Text of the pages without contents, running head and foot."""
    reader = pypdf.PdfReader(path)
    first = reader.get_destination_page_number(reader.outline[0])  # type: ignore[arg-type]
    texts = []
    for number, page in enumerate(reader.pages):
        lines = page.extract_text().replace("\u200b", "").splitlines()
        if number == 0:
            texts += lines
        elif first is not None and number >= first:
            texts += [
                line for line in lines if not re.fullmatch(r"(第 \d+ 页，共 \d+ 页|Page \d+ of \d+ ?)", line.strip())
            ]
    return "\n".join(texts)


def docx_paragraphs(path: Path) -> list[Any]:
    """Paragraphs in document order, those of tables included, contents left out."""
    body = docx.Document(str(path)).element.body
    return [
        p
        for p in body.iter("{http://schemas.openxmlformats.org/wordprocessingml/2006/main}p")
        if not (p.style or "").startswith("toc")
    ]


def docx_text(path: Path) -> str:
    """Text of the body."""
    return "\n".join(
        "".join(node.text or "" for node in p.iter() if node.tag.endswith("}t")) for p in docx_paragraphs(path)
    ).replace("\u200b", "")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_same_digits_in_the_same_order_in_every_format(reports: Path, lang: str) -> None:
    wanted = digits(reading_text(report_blocks(make_record(), lang), lang))
    assert len(wanted) > 5000
    assert digits(html_page(reports / f"report.{lang}.html").get_text()) == wanted
    assert digits(docx_text(reports / f"report.{lang}.docx")) == wanted
    assert digits(pdf_text(reports / f"report.{lang}.pdf")) == wanted


@pytest.mark.parametrize("lang", LANGUAGES)
def test_numbers_and_findings_are_marked_in_html_and_docx(reports: Path, lang: str) -> None:
    wanted = shown(report_blocks(make_record(), lang))
    page = html_page(reports / f"report.{lang}.html")
    assert [tag.get_text() for tag in page.select(".n, .f")] == wanted
    runs = [
        run
        for p in docx_paragraphs(reports / f"report.{lang}.docx")
        for run in p.iter("{http://schemas.openxmlformats.org/wordprocessingml/2006/main}r")
    ]
    assert [run.text for run in runs if run.style in ("RecordNumber", "FindingReference")] == wanted


def test_both_languages_show_the_same_numbers_and_findings() -> None:
    record = make_record()
    assert shown(report_blocks(record, "zh")) == shown(report_blocks(record, "en"))
    assert {"F01", "F02", "F03"} <= set(shown(report_blocks(record, "zh")))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_numeral_leads_back_to_the_record(lang: str) -> None:
    record = make_record()
    values = Values(record)
    for block in report_blocks(record, lang):
        for spans in block_spans(block):
            for span in spans:
                if isinstance(span, Number):
                    value = values.get(span.ref)
                    assert as_decimal(span.text.replace(",", "")) == as_decimal(value), span.ref
                    assert span.text.startswith(show_number(value)), span.ref
                elif isinstance(span, Quoted) and re.search(r"\d", span.text):
                    assert values.maybe(span.ref) is not None, span
                elif isinstance(span, Text):
                    assert not re.search(r"\d", span.text), span
                elif isinstance(span, FindingRef):
                    assert span.id in {finding["id"] for finding in record["findings"]}


def test_labels_hold_no_digits_and_both_languages() -> None:
    for key, pair in label_table().items():
        assert not any(re.search(r"[0-9]", text) for text in pair), key
        assert (re.findall(r"\{\w+\}", pair[0]) and True) or "{" not in pair[0], key
        assert sorted(re.findall(r"\{\w+\}", pair[0])) == sorted(re.findall(r"\{\w+\}", pair[1])), key


def test_every_parameter_has_a_block_also_without_finding() -> None:
    record = make_record()
    numbers = [block.number for block in report_blocks(record, "zh") if isinstance(block, Heading) and block.level == 5]
    assert sorted(numbers) == [row["id"] for row in record["parameters"]]


def test_cross_checks_of_one_source_are_told_once_with_their_largest_difference() -> None:
    text = "\n".join(plain(spans) for block in report_blocks(make_record(), "en") for spans in block_spans(block))
    assert (
        "Shift log, 3 periods: largest difference -2.10 % (2025-02), limit 1.50 %, 1 of them outside the limit" in text
    )


def test_reported_and_verified_show_the_same_decimals() -> None:
    record = make_record()
    record["parameters"][0]["reported"] = "158129.7"
    pairs = [n for n in shown(report_blocks(record, "zh")) if n.startswith("158,129.7")]
    assert set(pairs) == {"158,129.70"}


def test_an_empty_record_still_gives_a_report(tmp_path: Path) -> None:
    record = make_record(draft=False)
    for name in (
        "notices",
        "evidence",
        "facilities",
        "parameters",
        "totals",
        "results",
        "findings",
        "effects",
        "last_year",
    ):
        record[name] = []
    record["map"] = {name: [] for name in record["map"]}
    record["pictures"] = {name: [] for name in record["pictures"]}
    record["case"]["team"], record["case"]["visit"] = [], {}
    assert len(write_reports(record, tmp_path, langs=["en"])) == len(FORMATS)


def test_sections_take_number_and_title_of_the_pack() -> None:
    record = make_record()
    record["packs"][0]["report"][14] = {
        "id": "findings.facilities",
        "number": "3.2.2",
        "level": 3,
        "title": {"zh": "排放设施的核查", "en": "Facilities"},
    }
    heading = next(
        b for b in report_blocks(record, "zh") if isinstance(b, Heading) and b.anchor == "findings.facilities"
    )
    assert (heading.level, heading.number, plain(heading.spans)) == (3, "3.2.2", "排放设施的核查")


def test_a_draft_states_no_conclusion(reports: Path) -> None:
    for lang, draft, conclusion in (("zh", "草稿", "符合要求"), ("en", "DRAFT", "conforms")):
        text = docx_text(reports / f"report.{lang}.docx")
        assert draft in text
        assert text.count(conclusion) <= 1  # the head of the matrix
    blocks = report_blocks(make_record(), "en")
    matrix = next(
        block for block in blocks if isinstance(block, Table) and plain(block.caption) == "Contents and results"
    )
    assert {plain(cell.spans) for row in matrix.rows for cell in row[1:5]} == {""}


def test_a_final_report_states_conclusions() -> None:
    blocks = report_blocks(make_record(draft=False), "en")
    text = "\n".join(plain(spans) for block in blocks for spans in block_spans(block))
    assert "DRAFT" not in text
    matrix = next(
        block for block in blocks if isinstance(block, Table) and plain(block.caption) == "Contents and results"
    )
    states = {plain(row[0].spans): [plain(cell.spans) for cell in row[1:6]] for row in matrix.rows}
    assert states["Data"] == ["", "√", "", "", ""]
    assert states["Boundary"] == ["√", "", "", "", ""]


def test_values_not_confirmed_in_the_primary_text_say_so() -> None:
    blocks = report_blocks(make_record(), "en")
    text = "\n".join(plain(spans) for block in blocks for spans in block_spans(block))
    assert "confidence B: not confirmed in the primary text" in text
    assert "0.480C" in text


def text_of(record: dict[str, Any], lang: str) -> str:
    """All words of a report."""
    return "\n".join(plain(spans) for block in report_blocks(record, lang) for spans in block_spans(block))


def test_the_mark_stands_on_the_verified_default_and_not_on_the_reported_figure() -> None:
    record = make_record()
    for block in report_blocks(record, "zh"):
        if isinstance(block, KeyValues):
            pairs = {plain(pair.label): pair.value for row in block.rows for pair in row}
            assert not any(isinstance(span, Mark) for span in pairs.get("填报值", ()))
    default = record["parameters"][8]
    values = card_rows(View(record, "zh"), default)
    verified = next(pair for row in values for pair in row if plain(pair.label) == "核查值")
    assert plain(verified.value) == "0.480C"
    measured = card_rows(View(record, "zh"), record["parameters"][0])
    assert "实测B" in {plain(pair.value) for row in measured for pair in row}


def test_findings_are_counted_by_disposition() -> None:
    record = make_record(draft=False)
    record["findings"][0]["disposition"], record["findings"][1]["disposition"] = "rejected", "merged"
    caption = "核查发现数量"
    table = next(b for b in report_blocks(record, "zh") if isinstance(b, Table) and plain(b.caption) == caption)
    assert [plain(cell.spans) for cell in table.rows[0]] == ["0", "1", "0", "0", "0", "1", "1"]


def test_conclusions_are_stated_on_the_summary_page_and_in_chapter_four() -> None:
    record = make_record(draft=False)
    text = text_of(record, "zh")
    assert text.count("符合性：符合。") == 2
    assert text.count("企业层级 · 虚构水泥有限公司：法人边界排放总量 1,947,310 tCO₂") == 2
    assert "上一年度 1,981,204 tCO₂，本年度 1,947,310 tCO₂，变化 -1.71 %" in text
    record["case"]["report"]["final_version"] = ""
    assert text_of(record, "zh").count("符合性：不符合。") == 2
    assert "排放报告终版尚未提交" in text_of(record, "zh")
    assert "符合性：" not in text_of(make_record(), "zh")


def test_a_draft_claims_no_review_and_names_who_is_assigned() -> None:
    assert "内部技术复核和批准尚未进行；已指定的内部技术复核人员为吴某，批准人为郑某。" in text_of(make_record(), "zh")
    record = make_record()
    for pack in record["packs"]:
        pack["id"], pack["plan_name"] = "cement-supplementary-2017", {"zh": "", "en": ""}
    text = text_of(record, "zh")
    assert "内部技术评审和批准尚未进行" in text
    assert "技术评审人" in text
    assert "确认监测计划得到执行" in text


def test_the_basis_of_verification_is_that_of_sector_and_year() -> None:
    text = text_of(make_record(), "zh")
    assert "环办气候函〔2021〕130号" in text
    assert "CETS-VG-02.01-V01-2024）B；" in text
    record = make_record()
    record["case"]["data_year"] = 2018
    old = text_of(record, "zh")
    assert "排放监测计划审核和排放报告核查参考指南（发改办气候〔2017〕1989号）B；" in old
    assert "130号" not in old


def test_programs_are_not_named_as_rules() -> None:
    record = make_record()
    citation = {"of": "value", "title": "someone/ghg-accounting, commit c532c07", "clause": "page", "confidence": "B"}
    record["parameters"][3]["citation"] = citation
    text = text_of(record, "zh")
    assert "公开程序实现（出处见工作底稿《重新计算》）" in text
    assert "c532c07" not in text


def test_figures_without_comparison_give_the_reason_of_the_coverage() -> None:
    record = make_record()
    row = record["parameters"][3] | {"single_source": True}
    record["parameters"][3] = row
    own = {name: row[name] for name in ("track", "facility", "item", "parameter")}
    reason = {"state": "default", "reason": {"zh": "缺省值，无独立来源", "en": "a default"}}
    record["coverage"] = [own | {"recompute": reason, "cross_check": reason, "plausibility": reason}]
    assert plain(cross_check_spans(View(record, "zh"), row)) == "未作交叉核对：缺省值，无独立来源。"
    record["coverage"][0]["cross_check"] = {"state": "single_source", "reason": {"zh": "单一来源", "en": ""}}
    assert plain(cross_check_spans(View(record, "zh"), row)).startswith("单一来源")


def test_a_failed_comparison_names_its_finding_and_a_shared_node_its_joint_difference() -> None:
    record = make_record()
    check = record["parameters"][5]["cross_checks"][0]
    check.update(result="R0002", rule="balance.store", shared=True)
    words = plain(cross_check_spans(View(record, "zh"), record["parameters"][5]))
    assert words.endswith("见F01")
    assert "合计差异" in words


def test_months_of_a_constant_stand_on_one_line() -> None:
    record = make_record()
    row = record["parameters"][3]
    row["months"] = [{"month": f"2025-{n:02d}", "reported": "0.99", "verified": "0.99"} for n in range(1, 13)]
    blocks = list(parameter_blocks(View(record, "zh"), row))
    assert not any(isinstance(block, Table) for block in blocks)
    card = next(block for block in blocks if isinstance(block, KeyValues))
    assert ("全年各月", "0.99") in {(plain(pair.label), plain(pair.value)) for pairs in card.rows for pair in pairs}


def test_the_boundary_has_a_number_below_where_the_facilities_have_one() -> None:
    record = make_record()
    for key, number in (("findings.boundary", "3.2"), ("findings.facilities", "3.2.2")):
        place = record["packs"][0]["report"].index(key)
        record["packs"][0]["report"][place] = {"id": key, "number": number, "level": 2}
    found = [(b.level, b.number) for b in report_blocks(record, "zh") if isinstance(b, Heading) and b.level < 4]
    assert [pair for pair in found if pair[1].startswith("3.2")][:3] == [(2, "3.2"), (3, "3.2.1"), (3, "3.2.2")]


def test_last_year_stands_beside_reported_and_verified_figures() -> None:
    caption = "与上一年度的比较"
    table = next(b for b in report_blocks(make_record(), "zh") if isinstance(b, Table) and plain(b.caption) == caption)
    assert [plain(cell.spans) for cell in table.rows[1]][4:] == ["1,981,204", "1,946,347", "1,947,310", "-1.71 %"]


def test_the_record_gives_the_citation_of_the_value_used_and_the_causes_of_a_change(
    cement_record: dict[str, Any],
) -> None:
    rows = cement_record["parameters"]
    defaults = [row for row in rows if row["obtained"] == "default" and row["role"] == "factor"]
    assert defaults
    assert {row["citation"]["of"] for row in defaults} == {"value"}
    assert {row["citation"]["of"] for row in rows if row["obtained"] != "default"} == {"method"}
    changed = [row for row in rows if as_decimal(row["reported"]) != as_decimal(row["verified"])]
    assert all(row["causes"] for row in changed)
    states = {row["parameter"]: row["cross_check"]["state"] for row in cement_record["coverage"]}
    assert states["power_unit_co2_t"] == "quoted"
    assert all(row["reported"] and row["this"] for row in cement_record["last_year"])
    assert all("plan_name" in pack for pack in cement_record["packs"])


def test_names_inject_nothing(tmp_path: Path) -> None:
    record = deepcopy(make_record())
    record["case"]["enterprise"]["name"] = record["case"]["enterprise"]["name_en"] = HOSTILE
    record["facilities"][1]["name"] = HOSTILE
    record["findings"][0]["text"] = {"zh": HOSTILE, "en": HOSTILE}
    record["map"]["nodes"][0]["name"] = record["map"]["streams"][0]["name"] = HOSTILE
    write_reports(record, tmp_path, langs=["en"])
    text = (tmp_path / "report.en.html").read_text(encoding="utf-8")
    page = BeautifulSoup(text, "html.parser")
    assert not page.find_all(["script", "img", "iframe", "link", "object", "em"])
    assert not any(name.startswith("on") for tag in page.find_all(True) for name in tag.attrs)
    assert HOSTILE in page.get_text()
    assert HOSTILE in docx_text(tmp_path / "report.en.docx")
    squeezed = re.sub(r"\s", "", pdf_text(tmp_path / "report.en.pdf"))
    assert re.sub(r"\s", "", HOSTILE) in squeezed


def test_html_needs_nothing_from_outside(reports: Path) -> None:
    page = BeautifulSoup((reports / "report.zh.html").read_text(encoding="utf-8"), "html.parser")
    policy = page.find("meta", attrs={"http-equiv": "Content-Security-Policy"})
    assert isinstance(policy, Tag)
    assert str(policy["content"]).startswith("default-src 'none'")
    assert "script" not in str(policy["content"])
    for tag in page.find_all(True):
        assert "src" not in tag.attrs
        assert not str(tag.get("href", "#")).startswith("http")
    style = page.find("style")
    assert isinstance(style, Tag)
    assert "url(data:" in style.get_text()
    assert "url(http" not in style.get_text()


def test_two_runs_give_the_same_bytes(reports: Path, tmp_path: Path) -> None:
    code = "import sys; from pathlib import Path; from tests.unit.fixture_record import make_record; from verifierkit.documents import write_reports; write_reports(make_record(), Path(sys.argv[1]))"
    environment = {
        **os.environ,
        "PYTHONHASHSEED": "7",
        "TZ": "America/Lima",
        "PYTHONPATH": str(Path(__file__).parents[2]),
    }
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=True, env=environment, timeout=120)
    for lang in LANGUAGES:
        for name in FORMATS:
            file = f"report.{lang}.{name}"
            assert (tmp_path / file).read_bytes() == (reports / file).read_bytes(), file


def test_the_zip_is_normal() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("a.xml", "<a/>")
    with zipfile.ZipFile(io.BytesIO(normal_zip(buffer.getvalue()))) as archive:
        assert [entry.date_time for entry in archive.infolist()] == [(1980, 1, 1, 0, 0, 0)]
        assert archive.read("a.xml") == b"<a/>"


def test_docx_is_built_of_real_parts(reports: Path) -> None:
    document = docx.Document(str(reports / "report.zh.docx"))
    headings = [p.text for p in document.paragraphs if p.style is not None and p.style.name == "Heading 1"]
    assert headings == ["核查结论摘要", "1  概述", "2  核查过程和方法", "3  核查发现", "4  核查结论", "5  附件"]
    xml = document.element.xml
    tables = [block for block in report_blocks(make_record(), "zh") if isinstance(block, Table)]
    assert xml.count("SEQ Table") == len(tables)
    assert xml.count("<w:tblHeader/>") == len(tables)
    assert "TOC \\o" in xml
    assert "PAGE" in document.sections[0].footer._element.xml
    assert 'w:eastAsia="Microsoft YaHei"' in document.styles.element.xml


def test_pdf_has_an_outline_and_no_dates(reports: Path) -> None:
    reader = pypdf.PdfReader(reports / "report.zh.pdf")
    titles = [item.title for item in reader.outline if not isinstance(item, list)]
    assert [title.split(" ")[-1] for title in titles] == [
        "核查结论摘要",
        "概述",
        "核查过程和方法",
        "核查发现",
        "核查结论",
        "附件",
    ]
    assert reader.metadata is not None
    assert "/CreationDate" not in reader.metadata


@pytest.mark.parametrize("lang", LANGUAGES)
def test_pictures_are_outlines_that_name_every_drawn_quantity(lang: str) -> None:
    pictures = report_pictures(make_record(), lang)
    assert sorted(pictures) == ["coal", "flow-coal", "flow-electricity", "intensity", "production", "settlement"]
    for picture in pictures.values():
        assert "<text" not in picture.svg
        assert picture.svg.count("http") == 1  # the name space


def test_an_unknown_format_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Exception, match=r"--formats: expected some of html, pdf, docx, found 'odt'"):
        write_reports(make_record(), tmp_path, formats=["odt"])
    assert list(tmp_path.iterdir()) == []

"""The interface page: complete, the same every time, and enough for a program that never saw verifierkit."""

from __future__ import annotations

import ast
import itertools
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

from verifierkit import case, record, rulepack
from verifierkit.columns import catalogue
from verifierkit.interface import page as interface_page
from verifierkit.interface import record as interface_record
from verifierkit.interface import rows as interface_rows
from verifierkit.interface import sources as interface_sources
from verifierkit.outputs import KEY
from verifierkit.readers.forms import CASE_FORM, PROFILE_FORM

SAMPLES = Path(__file__).parents[2] / "sample_data"
WRITER = Path(__file__).with_name("foreign_writer.py")


def test_the_page_names_everything() -> None:
    text = interface_page.page()
    for spec in catalogue().values():
        assert f"### {spec.name} ({spec.zh}, {spec.en})" in text
        for column in spec.columns.values():
            assert f"| `{column.name}`{' *' if column.required else ''} | {column.zh} | {column.en} |" in text
            assert all(f"`{choice}`" in text for choice in column.choices)
    for key in (*CASE_FORM, *PROFILE_FORM):
        assert f"| `{key.name}` |" in text
        assert all(f"`{key.name}{'[]' if key.type == 'forms' else ''}.{child.name}`" in text for child in key.keys)


def test_the_page_is_the_same_every_time_and_shows_what_it_is_given() -> None:
    rule = interface_rows.Rule("chain.year", "a|b", "misstatement", "facility", "year", "stream", "reported")
    assert interface_page.page(rules=[rule]) == interface_page.page(rules=[rule])
    assert "| chain.year | a\\|b | misstatement | facility | year | stream | reported |" in interface_page.page(
        rules=[rule]
    )
    assert "## 12." not in interface_page.page()
    assert interface_page.difference("a\nb", "a\nc").splitlines()[-2:] == ["-b", "+c"]


def test_tables_on_the_page_have_the_same_number_of_cells() -> None:
    lines = [line for line in interface_page.page().splitlines() if line.startswith("|")]
    for line, following in itertools.pairwise(lines):
        if set(following) <= set("| -"):
            assert line.replace("\\|", "").count("|") == following.count("|")


def test_the_committed_page_is_the_generated_one() -> None:
    """Make it again with ``python -m verifierkit.interface > verifierkit/schema/INTERFACE.md``."""
    committed = (Path(__file__).parents[2] / "verifierkit/schema/INTERFACE.md").read_text(encoding="utf-8")
    assert interface_page.difference(committed, interface_sources.full_page()) == ""


def test_every_rule_of_the_packs_says_how_its_key_is_filled() -> None:
    stated = {rule for name in rulepack.names() for rule in rulepack.load(name).checks}
    assert set(interface_sources.finding_keys()) == stated
    assert all(len(key) == 4 for key in interface_sources.finding_keys().values())


def test_the_foreign_program_imports_nothing_of_ours() -> None:
    tree = ast.parse(WRITER.read_text(encoding="utf-8"))
    names = {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    names |= {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    assert not [name for name in names if name.split(".")[0] in ("verifierkit", "tests")]


def test_a_case_written_from_the_page_alone_verifies(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-I", str(WRITER), str(tmp_path / "case")], check=True)
    loaded = case.load(tmp_path / "case")
    assert loaded.defects == []
    rows = {row["month"]: row["value"] for row in loaded.tables["monthly_values"] if row["source_id"] == "s_clinker"}
    assert rows["2025-02"] == Decimal("96800")
    result = record.build(loaded)
    found = [tuple(finding[name] for name in KEY) for finding in result["findings"]]
    assert found == [("chain.report", "k1", "2025-03", "coal", "s_coal")]
    assert interface_record.misfits(result) == []


def test_the_outline_holds_for_records_with_findings_and_without() -> None:
    for name in ("cement-2025-errors", "aluminium-2018-clean"):
        assert interface_record.misfits(record.build(case.load(SAMPLES / name))) == []


def test_a_record_that_leaves_the_outline_is_seen() -> None:
    made = record.build(case.load(SAMPLES / "cement-2025-clean"))
    made["parameters"][0]["verified"] = "about 3"
    del made["totals"][0]["unit"]
    made["more"] = 1
    assert interface_record.misfits(made) == [
        "parameters[].verified: 'about 3' is no decimal",
        "totals[].unit: not in the record",
        "more: not in the outline",
    ]


def test_every_entry_of_the_outline_has_a_known_type_and_a_sentence() -> None:
    words = {"text", "integer", "boolean", "decimal", "label", "citation", "range", "rows", "form", "case"}
    for entry in interface_record.outline().values():
        assert entry.type.partition(" ")[0] in words
        assert entry.meaning.strip()
        above = entry.path.rpartition(".")[0]
        assert not above or above in interface_record.outline()

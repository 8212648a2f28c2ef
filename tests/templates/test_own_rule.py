"""The notebook on an overlay of one's own: one small file, no code, and what it does to the sample."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import nbformat
import pytest
from bs4 import BeautifulSoup

from verifierkit import case, engine, rulepack
from verifierkit.checks import build_context

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOK = ROOT / "notebooks" / "3_own_rule.ipynb"
SAMPLE = ROOT / "sample_data" / "cement-2025-clean"
LARGEST = 12  # lines of the overlay


@pytest.fixture(scope="module", name="cells")
def fixture_cells(tmp_path_factory: pytest.TempPathFactory) -> list[Any]:
    """Code cells after a run."""
    output = tmp_path_factory.mktemp("run") / "own_rule.ipynb"
    engine.execute(NOTEBOOK, output, {"sample": str(SAMPLE), "language": "en"}, kernel="stock")
    return [cell for cell in nbformat.read(output, as_version=4).cells if cell.cell_type == "code"]


def shown(cell: Any) -> str:
    """All that a cell shows, as text."""
    texts = []
    for output in cell.outputs:
        data = output.get("data", {})
        html = BeautifulSoup("".join(data.get("text/html", "")), "html.parser").get_text(" ")
        texts.append(output.get("text", "") or html or "".join(data.get("text/plain", "")))
    return "\n".join(texts)


def overlay() -> str:
    """The overlay as the notebook writes it."""
    sources = [cell.source for cell in nbformat.read(NOTEBOOK, as_version=4).cells if cell.cell_type == "code"]
    (source,) = [text for text in sources if text.startswith("overlay = ")]
    return str(source.split('"""')[1])


def test_the_overlay_is_one_small_file_with_one_value(tmp_path: Path) -> None:
    text = overlay()
    assert len(text.splitlines()) <= LARGEST
    (tmp_path / "p.yaml").write_text(text.replace("example-province", "p"), encoding="utf-8")
    own, base = rulepack.load_file(tmp_path / "p.yaml"), rulepack.load("cement-2024")
    changed = [
        (value.text, held.text)
        for name in base.values
        for value in own.values[name]
        for held in base.values[name]
        if value.selectors == held.selectors and value.to_year == held.to_year and value.text != held.text
    ]
    assert changed == [("0.530", "0.535")]
    formulas = [{name: method.formula.text for name, method in pack.methods.items()} for pack in (own, base)]
    assert formulas[0] == formulas[1]


def test_the_notebook_runs_and_shows_the_effect(cells: list[Any]) -> None:
    text = "\n".join(shown(cell) for cell in cells)
    assert "0.535 tCO2/t" in text
    assert "0.530 tCO2/t" in text
    figures = build_context(case.load(SAMPLE)).figures
    clinker = sum(
        value.value for key, value in figures.items() if key[1] == "clinker_produced_t" and key.period == "2025"
    )
    # each month of each line is rounded, and each side of the difference once: no more than a cent for each
    effect = Decimal("0.005") * clinker
    table = next(shown(cell) for cell in cells if "price_table" in cell.source)
    found = [Decimal(word) for word in table.split() if word.startswith("-") and word[1:2].isdigit()]
    assert any(abs(-amount - effect) < Decimal("0.5") for amount in found)
    assert "factor.default" in text


def test_the_sample_stays_as_it_is_and_the_notebook_is_stored_clean(cells: list[Any]) -> None:
    assert cells
    assert not (SAMPLE / "example-province.yaml").exists()
    stored = [cell for cell in nbformat.read(NOTEBOOK, as_version=4).cells if cell.cell_type == "code"]
    assert [(cell.outputs, cell.execution_count) for cell in stored] == [([], None)] * len(stored)

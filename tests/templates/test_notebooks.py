"""The interactive notebooks, executed from their own folder as JupyterLab starts them."""

from __future__ import annotations

import ast
import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest
from bs4 import BeautifulSoup

from verifierkit import decisions, engine, outputs
from verifierkit.papers.tables import word

ROOT = Path(__file__).resolve().parents[2]
LESSON, DESK = "1_first_case", "2_findings_desk"
CAPTIVE, TRANSFER = "allocation_captive", "scenario_group_transfer"
NAMES = (LESSON, DESK, CAPTIVE, TRANSFER)
DEADLINE = 240  # seconds, for a machine that does other things too
WIDGET = "application/vnd.jupyter.widget-view+json"


def stored(name: str) -> Any:
    return nbformat.read(ROOT / "notebooks" / f"{name}.ipynb", as_version=4)


def digests(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def html_outputs(notebook: Any) -> list[str]:
    found = [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
    return ["".join(output.data["text/html"]) for output in found if "text/html" in output.get("data", {})]


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory, cement_case: Path) -> Path:
    """A folder like the repository: ``notebooks`` and ``sample_data`` side by side."""
    root = tmp_path_factory.mktemp("checkout")
    shutil.copytree(ROOT / "notebooks", root / "notebooks", ignore=shutil.ignore_patterns(".ipynb_checkpoints"))
    shutil.copytree(cement_case, root / "sample_data" / "cement-2025-errors")
    return root


@pytest.fixture(scope="module")
def executed(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Both notebooks after a run from their own folder, without parameters."""
    temporary = tmp_path_factory.mktemp("temporary")
    before = digests(checkout)
    found = {}
    for name in NAMES:
        command = [sys.executable, "-m", "nbconvert", "--to", "notebook", "--execute", f"{name}.ipynb"]
        run = subprocess.run(
            [*command, "--output-dir", str(temporary)],
            cwd=checkout / "notebooks",
            env={**os.environ, "TMPDIR": str(temporary), "TEMP": str(temporary), "TMP": str(temporary)},
            capture_output=True,
            text=True,
            timeout=DEADLINE,
        )
        assert run.returncode == 0, run.stderr[-2000:]
        found[name] = nbformat.read(temporary / f"{name}.ipynb", as_version=4)
    assert digests(checkout) == before, "the notebooks wrote into the repository"
    return found | {"temporary": temporary}


@pytest.mark.parametrize("name", NAMES)
def test_a_notebook_opens_with_what_it_does_needs_and_gives(name: str) -> None:
    opening = stored(name).cells[0]
    assert opening.cell_type == "markdown"
    for words in ("做什么", "需要什么", "得到什么", "What this does", "What you need", "What you get"):
        assert f"**{words}**" in opening.source


@pytest.mark.parametrize("name", NAMES)
def test_a_notebook_declares_and_reads_its_parameters(name: str) -> None:
    declared = engine.declared_parameters(ROOT / "notebooks" / f"{name}.ipynb")
    cells = [cell for cell in stored(name).cells if cell.cell_type == "code"]
    assert "parameters" in cells[0].metadata.tags
    table = next(node for node in ast.walk(ast.parse(cells[1].source)) if isinstance(node, ast.Dict))
    read = {ast.literal_eval(key): ast.unparse(kind) for key, kind in zip(table.keys, table.values, strict=True) if key}
    assert read == {key: parameter.type.__name__ for key, parameter in declared.items()}
    assert not any(parameter.required for parameter in declared.values())


@pytest.mark.parametrize("name", NAMES)
def test_a_notebook_holds_no_logic_and_no_outputs(name: str) -> None:
    cells = [cell for cell in stored(name).cells if cell.cell_type == "code"]
    assert [(cell.outputs, cell.execution_count) for cell in cells] == [([], None)] * len(cells)
    logic = (ast.FunctionDef, ast.ClassDef, ast.Lambda, ast.Try, ast.While)
    nodes = [node for cell in cells for node in ast.walk(ast.parse(cell.source))]
    assert [ast.unparse(node) for node in nodes if isinstance(node, logic)] == []
    assert max(len(cell.source.splitlines()) for cell in cells[2:]) <= 9


def test_the_prose_of_the_lesson_holds_no_figures() -> None:
    prose = "".join(cell.source for cell in stored(LESSON).cells if cell.cell_type == "markdown")
    assert [
        part for part in prose.split() if part[:1].isdigit() and "." in part.rstrip(".") and part[-1:].isdigit()
    ] == []


def test_the_lesson_walks_from_the_case_to_the_final_report(
    executed: dict[str, Any], cement_record: dict[str, Any]
) -> None:
    pages = [BeautifulSoup(html, "html.parser") for html in html_outputs(executed[LESSON])]
    text = "\n".join(page.get_text(" ") for page in pages)
    finding = next(found for found in cement_record["findings"] if found["rule"] == "chain.ledger")
    assert finding["text"]["zh"] in text
    for effect in cement_record["effects"]:
        assert effect["together"] in text
    steps = next(page for page in pages if page.find("th", string="环节"))
    assert [row.find("td").get_text() for row in steps.select("tbody tr")] == [
        "原始记录",
        "台账",
        "报告（月）",
        "报告（年）",
    ]
    frames = [page.find("iframe") for page in pages if page.find("iframe")]
    draft, final = (frame["srcdoc"] for frame in frames)
    assert draft != final
    assert "草稿" in BeautifulSoup(draft, "html.parser").get_text()
    assert "草稿" not in BeautifulSoup(final, "html.parser").get_text()


def test_the_lesson_leaves_a_full_log_in_its_temporary_folder(
    executed: dict[str, Any], cement_record: dict[str, Any]
) -> None:
    logs = list(executed["temporary"].rglob(decisions.LOG))
    assert len(logs) == 1
    held = decisions.read(logs[0].parent)
    assert sorted(held) == sorted(
        " | ".join(found[name] for name in outputs.KEY) for found in cement_record["findings"]
    )
    assert {decision.disposition for decision in held.values()} == {"accepted"}
    reports = sorted(path.parent.name for path in executed["temporary"].rglob("report.zh.html"))
    assert reports == ["draft", "final"]


def test_the_desk_is_shown_as_a_widget(executed: dict[str, Any], cement_record: dict[str, Any]) -> None:
    found = [output for cell in executed[DESK].cells if cell.cell_type == "code" for output in cell.outputs]
    (view,) = [output.data[WIDGET]["model_id"] for output in found if WIDGET in output.get("data", {})]
    state = executed[DESK].metadata.widgets["application/vnd.jupyter.widget-state+json"]["state"]
    assert view in state
    shown = json.dumps([model["state"].get("value", "") for model in state.values()], ensure_ascii=False)
    for finding in cement_record["findings"]:
        assert finding["id"] in shown
        assert finding["title"]["zh"] in shown
        assert word(finding["kind"], "zh") in shown


def test_the_desk_opens_a_case_of_ones_own(cement_case: Path, tmp_path: Path) -> None:
    case = tmp_path / "case"
    shutil.copytree(cement_case, case)
    output = tmp_path / "desk.ipynb"
    given = {"case": str(case), "by": "张三", "through": "2025-06", "language": "en"}
    engine.execute(ROOT / "notebooks" / f"{DESK}.ipynb", output, given, kernel="stock")
    text = output.read_text(encoding="utf-8")
    assert "Findings desk" in text
    assert "through 2025-06" in text
    assert not (case / decisions.LOG).exists()


# allowances


def test_the_allocation_notebook_shows_each_treatment_of_the_captive_plant(executed: dict[str, Any]) -> None:
    shown = "\n".join(BeautifulSoup(html, "html.parser").get_text(" ") for html in html_outputs(executed[CAPTIVE]))
    for words in ("自备电厂不在名录内", "自备电厂按发电机组分配", "配额等于排放量", "平衡值"):
        assert words in shown


def test_the_transfer_notebook_says_in_every_row_that_it_is_no_rule(executed: dict[str, Any]) -> None:
    opening = stored(TRANSFER).cells[0].source
    assert "不是规则" in opening
    assert "not a rule" in opening
    pages = [BeautifulSoup(html, "html.parser") for html in html_outputs(executed[TRANSFER])]
    rows = [row.get_text(" ") for page in pages for row in page.select("tbody tr")]
    assert rows
    assert all("情景测算，不是规则" in row for row in rows)


def test_scenarios_stand_in_no_document() -> None:
    folder = ROOT / "verifierkit"
    users = [path for part in ("documents", "papers", "record") for path in (folder / part).rglob("*.py")]
    assert [path.name for path in users if "transfers" in path.read_text(encoding="utf-8")] == []

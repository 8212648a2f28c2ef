"""Every template by plain papermill: the pages that it gives, and the parameters that it refuses."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import nbformat
import pytest
import yaml
from bs4 import BeautifulSoup

from verifierkit import engine, outputs
from verifierkit.errors import UsageError
from verifierkit.papers import making
from verifierkit.papers.pages import as_page

TEMPLATES = engine.template_names()
PAPERS = [name for name in TEMPLATES if not name.endswith(making.REPORT)]
REPORT = next(name for name in TEMPLATES if name.endswith(making.REPORT))
CHINESE = re.compile(r"[\u4e00-\u9fff]")
DEADLINE = 240  # seconds, for a machine that does other things too


def code_cells(path: Path) -> list[Any]:
    return [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]


def parameters(name: str, folder: Path) -> dict[str, Any]:
    given: dict[str, Any] = {"record": str(folder / "result.json")}
    return given | (
        {"folder": str(folder), "languages": ["zh"], "formats": ["html"]} if name == REPORT else {"language": "zh"}
    )


def papermill(name: str, given: dict[str, Any], output: Path) -> subprocess.CompletedProcess[str]:
    """``papermill TEMPLATE OUT -f params.yaml`` in a process of its own."""
    asked = output.with_suffix(".yaml")
    asked.write_text(yaml.safe_dump(given, allow_unicode=True), encoding="utf-8")
    command = [sys.executable, "-m", "papermill", str(engine.template_path(name)), str(output), "-f", str(asked)]
    command += ["--no-progress-bar", "--kernel", "python3"]
    return subprocess.run(command, cwd=output.parent, capture_output=True, text=True, timeout=DEADLINE)


@pytest.fixture(scope="session")
def batch(cement_record: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Path]]:
    """Papers and report as ``verifierkit verify`` makes them from one record, twice, in two folders."""
    folders = (tmp_path_factory.mktemp("one"), tmp_path_factory.mktemp("a longer name"))
    for folder in folders:
        outputs.write_results(cement_record, folder)
        making.make(folder, ["zh"], ["html"], say=lambda _: None)
    yield folders
    engine.stop()


@pytest.fixture(scope="session")
def plain(cement_record: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Every template run by plain papermill on the same record; the executed notebook by name."""
    folder = tmp_path_factory.mktemp("plain")
    outputs.write_results(cement_record, folder)
    with ThreadPoolExecutor(max_workers=2) as pool:
        runs = pool.map(lambda name: papermill(name, parameters(name, folder), folder / f"{name}.ipynb"), TEMPLATES)
    faults = {name: run.stderr[-1000:] for name, run in zip(TEMPLATES, runs, strict=True) if run.returncode}
    assert faults == {}
    return {name: folder / f"{name}.ipynb" for name in TEMPLATES}


def body(page: Path) -> str:
    """What a page shows, without the ids of its cells: papermill draws one at random for the parameters."""
    return re.sub(r'<div class="cell [^>]*>', "<div>", page.read_text(encoding="utf-8").split("<body>")[1])


@pytest.mark.parametrize("name", TEMPLATES)
def test_plain_papermill_shows_what_the_batch_shows(
    name: str, plain: dict[str, Path], batch: tuple[Path, Path]
) -> None:
    page = as_page(plain[name], given={}, language="zh")
    assert body(page) == body(batch[0] / "papers" / f"{name}.html")


@pytest.mark.parametrize("name", TEMPLATES)
def test_two_runs_in_two_folders_give_the_same_bytes(name: str, batch: tuple[Path, Path]) -> None:
    for ending in ("html", "ipynb"):
        first, second = ((folder / "papers" / f"{name}.{ending}").read_bytes() for folder in batch)
        assert first == second


def test_the_report_is_the_same_in_both_folders(batch: tuple[Path, Path], plain: dict[str, Path]) -> None:
    first, second = ((folder / "report.zh.html").read_bytes() for folder in batch)
    assert first == second == (plain[REPORT].parent / "report.zh.html").read_bytes()


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_page_holds_text_in_chinese_and_no_code(name: str, batch: tuple[Path, Path]) -> None:
    html = (batch[0] / "papers" / f"{name}.html").read_text(encoding="utf-8")
    page = BeautifulSoup(html, "html.parser")
    text = page.get_text("\n")
    assert page.html is not None
    assert page.html["lang"] == "zh-CN"
    assert len(CHINESE.findall(text)) > 50
    lines = {line.strip() for cell in code_cells(engine.template_path(name)) for line in cell.source.splitlines()}
    assert [line for line in lines if line and line in text] == []
    assert page.select("script, link, .jp-InputArea, .jp-CodeMirrorEditor, .input, .prompt, .jp-InputPrompt") == []
    assert "Traceback" not in text
    assert str(batch[0]) not in html


@pytest.mark.parametrize("name", PAPERS)
def test_a_page_shows_tables_or_pictures_of_the_record(
    name: str, batch: tuple[Path, Path], cement_record: dict[str, Any]
) -> None:
    page = BeautifulSoup((batch[0] / "papers" / f"{name}.html").read_text(encoding="utf-8"), "html.parser")
    assert len(page.select("table tbody tr")) + len(page.select("svg")) > 1
    assert not [table for table in page.select("table") if not table.select("tbody tr")]


def test_the_findings_page_names_every_finding_and_every_cell(
    batch: tuple[Path, Path], cement_record: dict[str, Any]
) -> None:
    name = next(name for name in PAPERS if "findings" in name)
    text = BeautifulSoup((batch[0] / "papers" / f"{name}.html").read_text(encoding="utf-8"), "html.parser").get_text(
        "\n"
    )
    for finding in cement_record["findings"]:
        for shown in (finding["id"], finding["rule"], finding["text"]["zh"], *finding["places"]):
            assert shown in text


def test_a_notebook_of_the_batch_names_no_folder_of_this_machine(batch: tuple[Path, Path]) -> None:
    for name in TEMPLATES:
        text = (batch[0] / "papers" / f"{name}.ipynb").read_text(encoding="utf-8")
        assert str(batch[0]) not in text
        assert str(Path.home()) not in text


# parameters


def refusal(name: str, given: dict[str, Any]) -> str:
    """What the first code cells of a template say to given parameters, run as papermill would run them."""
    declared, reader = (cell.source for cell in code_cells(engine.template_path(name))[:2])
    injected = "\n".join(["# Parameters", *(f"{key} = {value!r}" for key, value in given.items())])
    names: dict[str, Any] = {"In": ["", declared, injected, reader]}
    for source in (declared, injected):
        exec(source, names)
    with pytest.raises(UsageError) as caught:
        exec(reader, names)
    return str(caught.value)


@pytest.mark.parametrize("name", TEMPLATES)
def test_an_unknown_parameter_is_refused(name: str, tmp_path: Path) -> None:
    given = parameters(name, tmp_path) | {"recrod": "x"}
    known = ", ".join(engine.declared_parameters(engine.template_path(name)))
    message = f"parameter recrod: expected one of {known}, found an unknown name. Take it out."
    assert refusal(name, given) == message
    with pytest.raises(UsageError) as caught:
        engine.check_parameters(engine.template_path(name), given)
    assert str(caught.value) == f"{name}.ipynb: {message}"


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_mistyped_parameter_is_refused(name: str, tmp_path: Path) -> None:
    message = "parameter record: expected text, found 12 (int). Correct it."
    assert refusal(name, parameters(name, tmp_path) | {"record": 12}) == message
    with pytest.raises(UsageError, match=r"parameter record: expected text, found 12 \(int\)"):
        engine.check_parameters(engine.template_path(name), parameters(name, tmp_path) | {"record": 12})


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_missing_parameter_is_refused(name: str, tmp_path: Path) -> None:
    required = [key for key, found in engine.declared_parameters(engine.template_path(name)).items() if found.required]
    for key in required:
        given = {other: value for other, value in parameters(name, tmp_path).items() if other != key}
        assert refusal(name, given) == f"parameter {key}: expected text, found nothing. Give it."
    without = {key: value for key, value in parameters(name, tmp_path).items() if key != "record"}
    assert refusal(name, without) == "give either `record` (a result.json) or `case` (a case folder), found neither"
    twice = parameters(name, tmp_path) | {"case": str(tmp_path)}
    assert refusal(name, twice) == "give either `record` (a result.json) or `case` (a case folder), found both"
    assert required == (["folder"] if name == REPORT else [])


WRONG: list[tuple[str, Any, str]] = [
    ("language", "xx", "expected one of zh, en, found 'xx' (str). Correct it."),
    ("language", "", "expected one of zh, en, found '' (str). Correct it."),
    ("language", ["zh"], "expected text, found ['zh'] (list). Correct it."),
    ("languages", ["zh", "xx"], "expected some of zh, en, found 'xx' (str). Correct it."),
    ("languages", [["zh"]], "expected some of zh, en, found ['zh'] (list). Correct it."),
    ("languages", [], "expected some of zh, en, found an empty list. Correct it."),
    ("languages", ["en", "en"], "expected some of zh, en, found one of them twice. Correct it."),
    ("formats", ["odt"], "expected some of html, pdf, docx, found 'odt' (str). Correct it."),
    ("formats", [], "expected some of html, pdf, docx, found an empty list. Correct it."),
    ("formats", "html", "expected list, found 'html' (str). Correct it."),
    ("folder", "", "expected text, found an empty one. Name a folder."),
    ("record", ["result.json"], "expected text, found ['result.json'] (list). Correct it."),
    ("case", True, "expected text, found True (bool). Correct it."),
]


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_value_out_of_range_is_refused_outside_and_inside(name: str, tmp_path: Path) -> None:
    declared = engine.declared_parameters(engine.template_path(name))
    tried = [entry for entry in WRONG if entry[0] in declared]
    assert {entry[0] for entry in tried} == set(declared), "every parameter of the template is tried"
    for key, value, words in tried:
        given = parameters(name, tmp_path) | {key: value}
        assert refusal(name, given) == f"parameter {key}: {words}"
        with pytest.raises(UsageError) as caught:
            engine.check_parameters(engine.template_path(name), given)
        assert str(caught.value) == f"{name}.ipynb: parameter {key}: {words}"


def test_a_refusal_in_a_notebook_is_one_line_without_traceback(tmp_path: Path) -> None:
    run = papermill(PAPERS[0], parameters(PAPERS[0], tmp_path) | {"language": "xx"}, tmp_path / "out.ipynb")
    assert run.returncode != 0
    executed = json.loads((tmp_path / "out.ipynb").read_text(encoding="utf-8"))["cells"]
    (shown,) = [found for cell in executed for found in cell.get("outputs", []) if found["output_type"] == "error"]
    assert shown["traceback"] == [
        "UsageError: parameter language: expected one of zh, en, found 'xx' (str). Correct it."
    ]
    assert run.stderr.rstrip().endswith(shown["traceback"][0])


def test_plain_papermill_ends_with_the_refusal(tmp_path: Path) -> None:
    run = papermill(REPORT, {"record": "result.json", "languages": "zh", "formt": ["html"]}, tmp_path / "out.ipynb")
    assert run.returncode != 0
    for line in (
        "parameter formt: expected one of record, case, folder, languages, formats, found an unknown name. Take it out.",
        "parameter folder: expected text, found nothing. Give it.",
        "parameter languages: expected list, found 'zh' (str). Correct it.",
    ):
        assert line in run.stderr
    executed = json.loads((tmp_path / "out.ipynb").read_text(encoding="utf-8"))["cells"]
    shown = [
        cell for cell in executed if cell["cell_type"] == "code" and "Papers" in json.dumps(cell.get("outputs", []))
    ]
    assert shown == []

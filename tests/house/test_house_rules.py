"""House rules that a machine can hold: import order, notebooks without outputs, ids written once."""

from __future__ import annotations

import ast
import re
import subprocess
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import nbformat
import pytest
import yaml

from verifierkit import engine
from verifierkit.checks import REGISTRY

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "verifierkit"

# Each layer imports from itself and from the layers above it in this list.
LAYERS = (
    {"errors", "glossary", "constants"},
    {"units", "periods"},
    {"simulate"},
    {"columns", "rulepack", "clarifications"},
    {"evidence", "readers", "workbook", "bookwriter", "presets", "case", "confirm"},
    {"intervals"},
    {"flowmap", "series", "bills", "materials"},
    {"emissions", "reconcile", "uncertainty", "sampling", "materiality", "forensics"},
    {"joint"},
    {"checks"},
    {
        "decisions",
        "effects",
        "findings",
        "verification",
        "readings",
        "stakes",
        "incentive",
        "rulediff",
        "allowances",
        "bridge",
    },
    {"record"},
    {
        "documents",
        "bundle",
        "outputs",
        "delivery",
        "engine",
        "papers",
        "samples",
        "interface",
        "questions",
        "planreview",
    },
    {"run", "portfolio", "workshop", "widgets"},
    {"cli", "cli_rules", "cli_questions", "cli_plan", "cli_reconcile", "__main__"},
)
RANK = {module: number for number, layer in enumerate(LAYERS) for module in layer}
SIMULATE_MAY_IMPORT = {"errors", "glossary", "units", "periods", "simulate"}

LONGEST_MODULE = 400  # lines
LONGEST_LINE = 140  # characters: the formatter keeps code at 120, texts that it cannot break may reach this
SKIPPED_FOLDERS = {".git", ".venv", "out", "dist", "__pycache__", ".hypothesis", ".ipynb_checkpoints"}
SKIPPED_FOLDERS |= {".mypy_cache", ".pytest_cache", ".ruff_cache"}
TEXT_ENDINGS = {
    ".py",
    ".md",
    ".toml",
    ".yml",
    ".yaml",
    ".lock",
    ".ipynb",
    ".json",
    ".jsonl",
    ".csv",
    ".txt",
    ".html",
    "",
}


@cache
def committed_files() -> tuple[Path, ...]:
    """All files that git would hold; in a copy without git, all files outside of caches."""
    if (ROOT / ".git").exists():
        command = ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        names = subprocess.run(command, capture_output=True, check=True).stdout.decode().split("\0")
        found = [ROOT / name for name in names if name]
    else:
        found = [path for path in ROOT.rglob("*") if not SKIPPED_FOLDERS & set(path.relative_to(ROOT).parts)]
    return tuple(sorted(path for path in found if path.is_file()))


def python_files(folder: Path = ROOT) -> list[Path]:
    return [path for path in committed_files() if path.suffix == ".py" and path.is_relative_to(folder)]


def notebooks(*folders: str) -> list[Path]:
    return [path for path in committed_files() if path.suffix == ".ipynb" and path.parent.name in folders]


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def own_imports(path: Path) -> Iterator[tuple[str, int]]:
    """Top modules of the package that a file imports, anywhere in it, with the line."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.ImportFrom) and node.level:
            yield "(relative import)", node.lineno
        elif isinstance(node, ast.ImportFrom) and node.module == "verifierkit":
            yield from ((alias.name, node.lineno) for alias in node.names if not alias.name.startswith("__"))
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("verifierkit."):
            yield (node.module or "").split(".")[1], node.lineno
        elif isinstance(node, ast.Import):
            yield from ((a.name.split(".")[1], node.lineno) for a in node.names if a.name.startswith("verifierkit."))


def test_modules_import_only_from_above() -> None:
    wrong = []
    for path in python_files(PACKAGE):
        module = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
        if module == "__init__":
            continue
        if module not in RANK:
            wrong.append(f"{named(path)}: give the module {module} a place in LAYERS")
            continue
        for imported, line in own_imports(path):
            if RANK.get(imported, len(LAYERS)) > RANK[module]:
                wrong.append(f"{named(path)}:{line} imports {imported}")
    assert not wrong, "\n" + "\n".join(wrong)


def test_the_simulator_knows_nothing_of_the_engine() -> None:
    found = [(named(path), name) for path in python_files(PACKAGE / "simulate") for name, _ in own_imports(path)]
    assert [pair for pair in found if pair[1] not in SIMULATE_MAY_IMPORT] == []


def test_no_star_imports() -> None:
    stars = [
        named(path)
        for path in python_files()
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ImportFrom) and any(alias.name == "*" for alias in node.names)
    ]
    assert not stars, "\n" + "\n".join(stars)


def test_modules_stay_short() -> None:
    lines = {named(path): len(path.read_text(encoding="utf-8").splitlines()) for path in python_files(PACKAGE)}
    assert {name: count for name, count in lines.items() if count > LONGEST_MODULE} == {}


def test_lines_stay_short() -> None:
    long = [
        f"{named(path)}:{number}"
        for path in python_files(PACKAGE)
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if len(line) > LONGEST_LINE
    ]
    assert not long, "\n" + "\n".join(long)


# notebooks


@pytest.mark.parametrize("path", notebooks("notebooks", "templates"), ids=named)
def test_notebooks_are_stored_without_outputs(path: Path) -> None:
    cells = [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
    assert [(cell.outputs, cell.execution_count) for cell in cells] == [([], None)] * len(cells)


@pytest.mark.parametrize("path", notebooks("templates"), ids=named)
def test_templates_declare_and_read_the_same_parameters(path: Path) -> None:
    declared = {name: parameter.type.__name__ for name, parameter in engine.declared_parameters(path).items()}
    cells = [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
    assert "parameters" in cells[0].metadata.get("tags", [])
    calls = [node for node in ast.walk(ast.parse(cells[1].source)) if isinstance(node, ast.Call)]
    reads = [call for call in calls if ast.unparse(call.func).split(".")[-1] == "read_parameters"]
    assert len(reads) == 1, "the code cell after the parameters calls read_parameters once"
    table = reads[0].args[0]
    assert isinstance(table, ast.Dict)
    pairs = zip(table.keys, table.values, strict=True)
    assert {ast.literal_eval(key): ast.unparse(value) for key, value in pairs if key is not None} == declared


@pytest.mark.parametrize("path", notebooks("templates"), ids=named)
def test_templates_hold_no_logic(path: Path) -> None:
    cells = [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
    nodes = [node for cell in cells for node in ast.walk(ast.parse(cell.source))]
    assert [node.lineno for node in nodes if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Lambda)] == []


# rules


def pack_rules(path: Path) -> list[str]:
    """Rule ids under ``checks`` of one pack, repeats kept."""
    root = yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    sections = [value for key, value in root.value if key.value == "checks"] if root else []
    ids: list[str] = []
    for section in sections:
        if isinstance(section, yaml.MappingNode):
            ids += [key.value for key, _ in section.value]
        else:
            entries = [entry for entry in section.value if isinstance(entry, yaml.MappingNode)]
            ids += [value.value for entry in entries for key, value in entry.value if key.value in ("id", "rule")]
    return ids


def test_each_check_stands_in_a_pack() -> None:
    named_in_packs = {rule for path in (PACKAGE / "rulepacks").glob("*.yaml") for rule in pack_rules(path)}
    unnamed = sorted(set(REGISTRY) - named_in_packs)
    assert not unnamed, "no pack names " + " ".join(unnamed)


@pytest.mark.parametrize("path", sorted((PACKAGE / "rulepacks").glob("*.yaml")), ids=named)
def test_each_rule_stands_once_in_a_pack_and_has_a_check(path: Path) -> None:
    rules = pack_rules(path)
    assert [rule for rule, count in Counter(rules).items() if count > 1] == []
    unchecked = sorted(set(rules) - set(REGISTRY))
    assert not unchecked, "no check is registered for " + " ".join(unchecked)


# texts

MACHINE_PATHS = re.compile(r"(?<![\w.])/(?:home|root|Users|work|mnt|tmp)/\w|[A-Z]:\\\\?Users", re.ASCII)
INDEXES = re.compile(
    "|".join(
        (
            "python" + "hosted",
            "(?<!no-emit-)index" + "-url",
            "extra-" + "index",
            "anaconda" + r"\.org",
            r"pypi\." + "org",
        )
    )
)
MARKERS = re.compile(r"\b(?:" + "|".join(("TO" + "DO", "FIX" + "ME", "X" + "XX")) + r")\b")
OWN_EXAMPLES = {f"tests/{name}" for name in ("house/test_house_rules.py", "unit/test_engine.py", "unit/test_setup.py")}


def committed_texts() -> Iterator[tuple[str, int, str]]:
    for path in committed_files():
        inside = path.relative_to(ROOT).parts[0]
        if path.suffix not in TEXT_ENDINGS or named(path) in OWN_EXAMPLES or inside == "sample_data":
            continue
        try:
            lines = path.read_text(encoding="utf-8").splitlines()
        except UnicodeDecodeError:
            continue  # evidence in another encoding, as received
        yield from ((named(path), number, line) for number, line in enumerate(lines, start=1))


@pytest.mark.parametrize(
    "pattern", [MACHINE_PATHS, INDEXES, MARKERS], ids=["machine paths", "package indexes", "markers"]
)
def test_committed_texts_hold_no(pattern: re.Pattern[str]) -> None:
    assert [f"{name}:{number} {line[:80]}" for name, number, line in committed_texts() if pattern.search(line)] == []


# tests


def test_every_test_file_is_collected() -> None:
    stray = []
    for path in python_files():
        if path.is_relative_to(PACKAGE):
            continue  # a statistical test is named so in the field
        holds_tests = any(
            isinstance(node, ast.FunctionDef | ast.ClassDef) and re.match(r"test_|Test", node.name)
            for node in tree(path).body
        )
        collected = path.is_relative_to(ROOT / "tests") and path.name.startswith("test_")
        if holds_tests and not collected:
            stray.append(named(path))
        if path.name.startswith("test_") and not (collected and holds_tests):
            stray.append(named(path))
    assert not stray, "\n" + "\n".join(stray)

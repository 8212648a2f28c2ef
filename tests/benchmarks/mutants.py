"""How many small faults the tests notice: mutants of the packs, and of the code that computes and compares.

Pack mutants are those of ``tests/unit/pack_mutants.py``. Code mutants change one operator in a copy of the package; the
test files named beside the module are run on the copy. Run it by ``python3 run.py bench mutants [STEP [COUNT]]``: every
STEP-th pack mutant and COUNT code mutants.
"""

from __future__ import annotations

import ast
import random
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from _measure import ROOT, digest_lines, machine

SEED, STEP, COUNT, DEADLINE = 20261122, 100, 16, 120  # the last in seconds, for one mutant
UNTIMED = "not milliseconds"  # a slow machine is no mutant
NOTICED, UNNOTICED, LATE = "noticed", "NOT NOTICED", f"stopped after {DEADLINE} s: a loop without end counts as noticed"
TESTS = {
    "verifierkit/emissions/engine.py": ("test_emissions", "test_emissions_worked"),
    "verifierkit/emissions/calculation.py": ("test_emissions", "test_emissions_worked"),
    "verifierkit/checks/floors.py": ("test_checks_floors",),
    "verifierkit/checks/bands.py": ("test_checks_bands",),
    "verifierkit/checks/deposits.py": ("test_checks_deposits",),
    "verifierkit/checks/chain.py": ("test_checks_chain",),
    "verifierkit/rulepack/overlay.py": ("test_overlay",),
    "verifierkit/confirm/raising.py": ("test_confirm_raising",),
}
MEASURED = {
    "packs": ("verifierkit/rulepacks",),
    "code": tuple(TESTS),
}
SWAPS: dict[type[ast.AST], str] = {
    ast.Lt: "<=", ast.LtE: "<", ast.Gt: ">=", ast.GtE: ">", ast.Eq: "!=", ast.NotEq: "==", ast.In: "not in",
    ast.NotIn: "in", ast.Add: "-", ast.Sub: "+", ast.Mult: "+", ast.And: "or", ast.Or: "and",
}  # fmt: skip
SIGNS: dict[type[ast.AST], str] = {
    ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!=", ast.In: "in",
    ast.NotIn: "not in", ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.And: "and", ast.Or: "or",
}  # fmt: skip


def main() -> None:
    """Run the samples and write the table."""
    step, count = (int(text) for text in (*sys.argv[1:3], *map(str, (STEP, COUNT)[len(sys.argv[1:3]) :])))
    rows = [*packs(step), *code(count)]
    Path(__file__).with_suffix(".md").write_text(table(rows, step, count), encoding="utf-8")
    print("\n".join(rows))


def packs(step: int) -> Iterator[str]:
    """Rows of the pack mutants by what kills them."""
    sys.path.insert(0, str(ROOT))
    from tests.unit import pack_mutants

    chosen = pack_mutants.mutants()[step // 2 :: step]
    found = Counter(
        pack_mutants.killer(one) or ("listed" if pack_mutants.reason(one) else "NOT NOTICED") for one in chosen
    )
    for name, number in sorted(found.items()):
        yield f"| packs | {name} | {number} of {len(chosen)} |"


def sites(path: str) -> Iterator[tuple[int, int, str, str]]:
    """Line, column, operator and its replacement of every operator that stands on one line."""
    text = (ROOT / path).read_text(encoding="utf-8")
    lines = text.splitlines()
    for node in ast.walk(ast.parse(text)):
        parts: list[tuple[ast.AST, ast.AST, ast.AST]] = []
        if isinstance(node, ast.Compare):
            parts = list(zip([node.left, *node.comparators[:-1]], node.ops, node.comparators, strict=True))
        elif isinstance(node, ast.BinOp):
            parts = [(node.left, node.op, node.right)]
        elif isinstance(node, ast.BoolOp):
            parts = [(node.values[0], node.op, node.values[1])]
        for left, operator, right in parts:
            if type(operator) not in SWAPS or left.end_lineno != right.lineno:  # type: ignore[attr-defined]
                continue
            line, first = right.lineno, left.end_col_offset  # type: ignore[attr-defined]
            row = lines[line - 1].encode()
            place = row[first : right.col_offset].find(SIGNS[type(operator)].encode())  # type: ignore[attr-defined]
            if place >= 0:
                yield line, first + place, SIGNS[type(operator)], SWAPS[type(operator)]


def code(count: int) -> Iterator[str]:
    """One row per code mutant."""
    every = [(path, *site) for path in TESTS for site in sites(path)]
    chosen = random.Random(SEED).sample(every, min(count, len(every)))
    killed = 0
    with tempfile.TemporaryDirectory(prefix="verifierkit-mutants-") as folder:
        copy = Path(folder)
        for name in ("verifierkit", "tests", "sample_data", "pyproject.toml"):
            source = ROOT / name
            if source.is_dir():
                shutil.copytree(source, copy / name, ignore=shutil.ignore_patterns("__pycache__", "evidence_scans"))
            else:
                shutil.copy(source, copy / name)
        _untouched(copy)
        for path, line, column, old, new in sorted(chosen):
            found = _run(copy, path, (line, column, old, new))
            killed += found != UNNOTICED
            print(f"{path}:{line} {found}", flush=True)
            yield f"| code | {path}:{line} `{old}` -> `{new}` | {found} |"
    yield f"| code | score | {killed} of {len(chosen)} |"


def _untouched(copy: Path) -> None:
    """The tests pass on the copy as it stands: else every mutant would count as noticed."""
    files = sorted({f"tests/unit/{name}.py" for names in TESTS.values() for name in names})
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "-k", UNTIMED, *files]
    done = subprocess.run(command, cwd=copy, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"the tests fail without a mutant:\n{done.stdout[-1500:]}")


def _run(copy: Path, path: str, site: tuple[int, int, str, str]) -> str:
    """What the tests beside a module say of one mutant of it."""
    line, column, old, new = site
    target = copy / path
    text = target.read_text(encoding="utf-8")
    rows = text.splitlines(keepends=True)
    row = rows[line - 1].encode()
    rows[line - 1] = (row[:column] + new.encode() + row[column + len(old) :]).decode()
    target.write_text("".join(rows), encoding="utf-8")
    files = [f"tests/unit/{name}.py" for name in TESTS[path]]
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "-k", UNTIMED, *files]
    try:
        status = subprocess.run(command, cwd=copy, capture_output=True, timeout=DEADLINE).returncode
    except subprocess.TimeoutExpired:
        return LATE
    finally:
        target.write_text(text, encoding="utf-8")
    return NOTICED if status else UNNOTICED


def table(rows: list[str], step: int, count: int) -> str:
    """The text of the table file."""
    head = [
        "# Small faults that the tests notice",
        "",
        f"`python3 run.py bench mutants {step} {count}` on {machine()}; seed {SEED}. A sample, not all mutants.",
        "Listed: nothing that is independent of the packs speaks against the change; the reason stands in",
        "`tests/unit/pack_mutants_listed.yaml`. A code mutant is run against the tests of its own module alone.",
        "",
        "| of | mutant or what kills it | result |",
        "|---|---|---|",
    ]
    return "\n".join([*head, *rows, "", "Measured modules:", "", *digest_lines(MEASURED), ""])


if __name__ == "__main__":
    main()

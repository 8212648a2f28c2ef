"""How long one case takes and how much memory: ``python3 run.py bench verify``, written to tests/benchmarks/verify.md."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from _measure import ROOT, Meter, Stage, digest_lines, machine

SEED = 20250301
YEAR = 2025
SECTORS = ("cement", "aluminium")
LANGUAGES = ("zh", "en")
FORMATS = ("html", "pdf", "docx")
TABLE = ROOT / "tests" / "benchmarks" / "verify.md"

MEASURED = {
    "read": ("verifierkit/case.py", "verifierkit/columns.py", "verifierkit/evidence.py", "verifierkit/readers"),
    "compute": (
        "verifierkit/checks",
        "verifierkit/emissions",
        "verifierkit/findings.py",
        "verifierkit/flowmap.py",
        "verifierkit/record",
        "verifierkit/verification.py",
    ),
    "execute": ("templates", "verifierkit/engine", "verifierkit/papers"),
    "render": ("verifierkit/documents",),
}


def main() -> None:
    """Measure each sector and write the table; with a folder as argument, measure the stages on that case."""
    if len(sys.argv) > 1:
        return print_stages(Path(sys.argv[1]), Path(sys.argv[2]))
    rows = [row for sector in SECTORS for row in measure(sector)]
    TABLE.write_text(table(rows), encoding="utf-8", newline="\n")
    print(TABLE.read_text(encoding="utf-8"))
    return None


def measure(sector: str) -> list[str]:
    """Write a simulated case and return one row per stage, and per whole command."""
    with tempfile.TemporaryDirectory(prefix="vk-bench-") as scratch:
        folder = Path(scratch) / f"{sector}-{YEAR}"
        write_case(sector, folder)
        command = [sys.executable, str(Path(__file__).resolve()), str(folder), str(Path(scratch) / "stages")]
        shown = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
        stages = [line for line in shown.splitlines() if line.startswith("| ")]
        return [f"| {sector} {row}" for row in (*stages, *map(as_row, run_whole(folder, Path(scratch))))]


def print_stages(folder: Path, out: Path) -> None:
    """Print one row per stage: this process is new, so that each stage pays for its own imports and memory."""
    for stage in run_stages(folder, out):
        print(as_row(stage))


def as_row(stage: Stage) -> str:
    """Return the row of a stage, without the case."""
    return f"| {stage.name} | {stage.seconds:.1f} | {stage.cpu_seconds:.1f} | {stage.peak_mib:.0f} |"


def write_case(sector: str, folder: Path) -> None:
    """Simulate the case in a process of its own, so that no import is done before its stage."""
    code = "import sys; from pathlib import Path; from verifierkit import samples; "
    code += "samples.write(Path(sys.argv[1]), sector=sys.argv[2], year=int(sys.argv[3]), seed=int(sys.argv[4]))"
    command = [sys.executable, "-I", "-c", code, str(folder), sector, str(YEAR), str(SEED)]
    subprocess.run(command, check=True)


def run_stages(folder: Path, out: Path) -> list[Stage]:
    """Measure the stages one after the other in this process; a stage pays for the imports that it is first to need."""
    meter = Meter()
    with meter.stage("read"):
        from verifierkit import case

        loaded = case.load(folder)
    with meter.stage("compute"):
        from verifierkit import outputs, record

        result = record.build(loaded)
        outputs.write_results(result, out)
    with meter.stage("execute"):
        from verifierkit import engine
        from verifierkit.papers import making

        making.make(out, LANGUAGES, ("html",), say=lambda _: None)
        engine.stop()
    with meter.stage("render"):
        from verifierkit import documents

        documents.write_reports(result, out, langs=LANGUAGES, formats=FORMATS)
    return meter.stages


def run_whole(folder: Path, scratch: Path) -> list[Stage]:
    """Measure the command as a user gives it, with everything and with the record alone."""
    meter = Meter()
    for name, formats in (("verify, all formats", ",".join(FORMATS)), ("verify --formats none", "none")):
        command = [sys.executable, "-I", "-m", "verifierkit", "verify", str(folder)]
        command += ["--out", str(scratch / formats.replace(",", "-")), "--formats", formats]
        with meter.stage(name):
            status = subprocess.run(command, stdout=subprocess.DEVNULL).returncode
        if status not in (0, 1):
            raise SystemExit(f"{name}: exit status {status}")
    return meter.stages


def table(rows: list[str]) -> str:
    """Return the text of the table file."""
    head = [
        "# Seconds and memory of one case",
        "",
        f"`python3 run.py bench verify` on {machine()}; simulated cases of {YEAR}, seed {SEED}, no planted errors;",
        "languages zh and en, formats html, pdf and docx. One run each; other load on the machine is not excluded.",
        "Memory is the highest sum over the process and all that it started, shared pages counted once.",
        "A stage pays for the imports that it is first to need; the whole command starts from nothing.",
        "",
        "| case | stage | wall [s] | CPU [s] | peak memory [MiB] |",
        "|---|---|---|---|---|",
    ]
    return "\n".join([*head, *rows, "", "Measured modules:", "", *digest_lines(MEASURED), ""])


if __name__ == "__main__":
    main()

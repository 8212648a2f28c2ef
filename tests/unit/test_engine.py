"""The papermill engine: strict parameters, kernels that share nothing, repeatable output, clear faults."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from verifierkit import engine
from verifierkit.engine import execution, forking, isolation, templates
from verifierkit.engine.normalise import normalise
from verifierkit.errors import UsageError

forked_only = pytest.mark.skipif(not forking.can_fork(), reason="kernels are forked on Linux only")
MODES = [pytest.param("forked", marks=forked_only), "stock"]

DECLARED = (
    "name: str = None  # who\ncount: int = 3  # how many [1]\nlimit_percent: float = 5  # limit [%]\nflag: bool = False"
)
READER = (
    "from verifierkit.engine import read_parameters\n"
    'given = read_parameters({"name": str, "count": int, "limit_percent": float, "flag": bool}, globals())'
)


def write_template(
    folder: Path, *cells: str, declared: str = DECLARED, reader: str = READER, name: str = "probe"
) -> Path:
    head = [
        new_markdown_cell("# 试"),
        new_code_cell(declared, metadata={"tags": ["parameters"]}),
        new_code_cell(reader),
    ]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook = new_notebook(cells=[*head, *map(new_code_cell, cells)], metadata={"kernelspec": kernel})
    path = folder / f"{name}.ipynb"
    nbformat.write(notebook, path)
    return path


def printed(path: Path) -> str:
    notebook = nbformat.read(path, as_version=4)
    outputs = [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
    return "".join(output.text for output in outputs if output.output_type == "stream")


@pytest.fixture(scope="module", autouse=True)
def no_server_left() -> Iterator[None]:
    yield
    engine.stop()
    execution.SHARED.broken = False


# parameters


@pytest.mark.parametrize(
    ("given", "line"),
    [
        (
            {"name": "甲", "nmae": 1},
            "parameter nmae: expected one of name, count, limit_percent, flag, found an unknown name",
        ),
        ({"count": 2}, "parameter name: expected text, found nothing"),
        ({"name": None}, "parameter name: expected text, found nothing"),
        ({"name": 12}, "parameter name: expected text, found 12 (int)"),
        ({"name": "甲", "count": True}, "parameter count: expected whole number, found True (bool)"),
        ({"name": "甲", "count": 1.0}, "parameter count: expected whole number, found 1.0 (float)"),
        ({"name": "甲", "limit_percent": float("nan")}, "parameter limit_percent: expected number, found nan (float)"),
        ({"name": "甲", "flag": 0}, "parameter flag: expected true or false, found 0 (int)"),
        ({"name": "甲", "flag": None}, "parameter flag: expected true or false, found null"),
    ],
)
def test_faulty_parameters_are_refused_before_a_kernel_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: dict[str, object], line: str
) -> None:
    monkeypatch.setattr(execution, "run_job", lambda *_: pytest.fail("a kernel was started"))
    template = write_template(tmp_path)
    with pytest.raises(UsageError) as caught:
        engine.execute(template, tmp_path / "out.ipynb", given)
    assert str(caught.value).startswith(f"probe.ipynb: {line}")
    with pytest.raises(UsageError):
        engine.execute_many([engine.Job(template, tmp_path / "out.ipynb", given)])


def test_all_faults_come_at_once(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        engine.check_parameters(write_template(tmp_path), {"count": "3", "x": 1})
    assert len(str(caught.value).splitlines()) == 3


def test_a_whole_number_passes_for_a_number(tmp_path: Path) -> None:
    engine.check_parameters(write_template(tmp_path), {"name": "甲", "limit_percent": 4})


@pytest.mark.parametrize(
    "declared",
    [
        "name = 'x'",
        "name: str",
        "name: text = 'x'",
        "name: str = 3",
        "name: str = f()",
        "import os",
        "a: int = 1\na: int = 2",
        "a: =",
    ],
)
def test_a_parameters_cell_of_another_form_is_refused(tmp_path: Path, declared: str) -> None:
    with pytest.raises(UsageError, match="probe.ipynb.*expected"):
        engine.declared_parameters(write_template(tmp_path, declared=declared))


def test_declarations_hold_type_default_and_required(tmp_path: Path) -> None:
    found = engine.declared_parameters(write_template(tmp_path))
    assert [(p.name, p.type, p.default, p.required) for p in found.values()] == [
        ("name", str, None, True),
        ("count", int, 3, False),
        ("limit_percent", float, 5, False),
        ("flag", bool, False, False),
    ]


def test_a_file_that_is_no_notebook_is_named(tmp_path: Path) -> None:
    (tmp_path / "x.ipynb").write_text("{}", encoding="utf-8")
    with pytest.raises(UsageError, match="x.ipynb: expected a notebook"):
        engine.declared_parameters(tmp_path / "x.ipynb")


def test_reading_inside_a_notebook_knows_what_papermill_injected() -> None:
    history = ["a: str = None", '# Parameters\na = "x"\nb = 2\n', "now"]
    with pytest.raises(UsageError, match="parameter b: expected one of a, found an unknown name"):
        engine.read_parameters({"a": str}, {"In": history, "a": "x", "b": 2})
    later_variable = {"In": [history[0], '# Parameters\na = "x"\n', "c = 1", "now"], "a": "x", "c": 1}
    assert engine.read_parameters({"a": str}, later_variable) == {"a": "x"}
    with pytest.raises(UsageError, match="parameter a: expected text, found nothing"):
        engine.read_parameters({"a": str}, {"In": ["a: str = None", "now"], "a": None})


def test_reading_a_plain_map_takes_every_key_as_given() -> None:
    with pytest.raises(UsageError, match="parameter b: .*unknown"):
        engine.read_parameters({"a": int}, {"a": 1, "b": 2})


def test_plain_papermill_refuses_an_unknown_parameter(tmp_path: Path) -> None:
    template = write_template(tmp_path, "print('ran')")
    (tmp_path / "params.yaml").write_text("name: 甲\ncuont: 4\n", encoding="utf-8")
    command = [sys.executable, "-m", "papermill", "probe.ipynb", "out.ipynb", "-f", "params.yaml", "--no-progress-bar"]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert run.returncode == 1
    assert "parameter cuont: expected one of name, count, limit_percent, flag, found an unknown name" in run.stderr
    assert "ran" not in printed(tmp_path / "out.ipynb")
    assert template.is_file()


# running

SHOWN = (
    "import pandas as pd, matplotlib.pyplot as plt",
    "plt.plot([1, 3, 2]); plt.title('t'); plt.show()",
    "pd.DataFrame({f'c{i}': [i] for i in range(25)})",
    "print(given, pd.get_option('display.max_columns'), pd.get_option('display.width'))",
)


@forked_only
def test_forked_and_stock_write_the_same_bytes_twice(tmp_path: Path) -> None:
    template = write_template(tmp_path, *SHOWN)
    before = template.read_bytes()
    outputs = [tmp_path / f"{n}.ipynb" for n in range(4)]
    for output, kernel in zip(outputs, ("forked", "stock", "forked", "stock"), strict=True):
        engine.execute(template, output, {"name": "某水泥有限公司", "limit_percent": 2.5}, kernel=kernel)
    assert len({output.read_bytes() for output in outputs}) == 1
    text = outputs[0].read_text(encoding="utf-8")
    assert "image/png" in text
    assert "'name': '某水泥有限公司', 'count': 3, 'limit_percent': 2.5" in printed(outputs[0])
    assert template.read_bytes() == before


def test_normalising_drops_times_and_random_ids() -> None:
    cell = new_code_cell("1", metadata={"papermill": {"duration": 1.5}, "execution": {"t": "now"}, "tags": []})
    notebook = normalise(new_notebook(cells=[cell], metadata={"papermill": {"output_path": "/x"}}))
    assert dict(notebook.metadata) == {}
    assert (notebook.cells[0].id, dict(notebook.cells[0].metadata)) == ("cell-001", {})


MUTATE = """
import builtins, decimal, locale, logging, os, random, sys, warnings
import numpy as np, pandas as pd, matplotlib.pyplot as plt, matplotlib as mpl, verifierkit.errors
os.environ["LEAK"] = "1"; os.chdir("/"); sys.path.insert(0, "/leak"); builtins.leak = 1
verifierkit.errors.leak = 1; pd.set_option("display.max_rows", 7); pd.leak = 1
pd.api.extensions.register_dataframe_accessor("leak")(type("Leak", (), {"__init__": lambda self, frame: None}))
np.seterr(all="raise"); np.set_printoptions(precision=1); decimal.getcontext().prec = 5
warnings.simplefilter("error"); logging.getLogger().addHandler(logging.NullHandler())
logging.getLogger("x").setLevel(1)
sys.setrecursionlimit(5000); mpl.rcParams["font.size"] = 33; plt.figure(); sys.modules["leaked"] = sys
open(os.path.join(os.environ["IPYTHONDIR"], "profile_default", "startup", "x.py"), "w").write("leaked = 1")
np.random.seed(1); random.seed(1); leaked = 1; os.umask(0); locale.setlocale(locale.LC_ALL, "C")
"""

REPORT = """
import builtins, decimal, locale, logging, os, sys, warnings
import numpy as np, pandas as pd, matplotlib.pyplot as plt, matplotlib as mpl, verifierkit.errors
print("environ", os.environ.get("LEAK")); print("cwd", os.listdir("."), os.path.basename(os.getcwd()))
print("path", [entry for entry in sys.path if "leak" in entry]); print("builtins", hasattr(builtins, "leak"))
print("module", hasattr(verifierkit.errors, "leak"), hasattr(pd, "leak"), "leaked" in sys.modules)
print("pandas", pd.get_option("display.max_rows"), hasattr(pd.DataFrame, "leak"))
print("numpy", np.geterr(), np.get_printoptions()["precision"]); print("decimal", decimal.getcontext().prec)
print("warnings", any(entry[0] == "error" for entry in warnings.filters))
print("logging", len(logging.getLogger().handlers), logging.getLogger("x").level)
print("recursion", sys.getrecursionlimit()); print("figures", plt.get_fignums(), mpl.rcParams["font.size"])
print("namespace", "leaked" in globals()); print("umask", os.umask(0o22))
print("locale", locale.setlocale(locale.LC_ALL))
"""


@forked_only
def test_nothing_leaks_from_one_run_to_the_next(tmp_path: Path) -> None:
    mutate = write_template(tmp_path, MUTATE, name="mutate")
    report = write_template(tmp_path, REPORT, name="report")
    shown = []
    for number, kernel in enumerate(("stock", "forked", "forked")):
        if number == 2:
            engine.execute(mutate, tmp_path / "m.ipynb", {"name": "a"}, kernel="forked")
        engine.execute(report, tmp_path / f"{number}.ipynb", {"name": "a"}, kernel=kernel)
        shown.append(printed(tmp_path / f"{number}.ipynb").splitlines())
    assert shown[1] == shown[0], "a forked kernel starts unlike a stock one"
    assert shown[2] == shown[1], "state leaked from the run before"
    assert len(shown[0]) == 15


@forked_only
def test_forked_kernels_do_not_share_a_random_state(tmp_path: Path) -> None:
    template = write_template(tmp_path, "import random, numpy\nprint(random.random(), numpy.random.random())")
    jobs = [engine.Job(template, tmp_path / f"{n}.ipynb", {"name": "a"}) for n in range(2)]
    engine.execute_many(jobs)
    first, second = (printed(job.output).split() for job in jobs)
    assert first[0] != second[0]
    assert first[1] != second[1]


# faults


@pytest.mark.parametrize("kernel", MODES)
def test_a_failing_cell_is_named_in_one_line(tmp_path: Path, kernel: execution.Kernel) -> None:
    template = write_template(tmp_path, "x = 1", "# the third\nraise ValueError('broken\\nhere')")
    with pytest.raises(engine.NotebookError) as caught:
        engine.execute(template, tmp_path / "out.ipynb", {"name": "a"}, kernel=kernel)
    assert str(caught.value) == "probe.ipynb, cell 5 (# the third): ValueError: broken / here"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["probe.ipynb"]


@pytest.mark.parametrize("kernel", MODES)
def test_a_dead_kernel_is_named(tmp_path: Path, kernel: execution.Kernel) -> None:
    template = write_template(tmp_path, "import os, signal; os.kill(os.getpid(), signal.SIGKILL)")
    with pytest.raises(engine.NotebookError, match=r"^probe.ipynb, cell 4 .*: the kernel died\.$"):
        engine.execute(template, tmp_path / "out.ipynb", {"name": "a"}, kernel=kernel)


@pytest.mark.parametrize("kernel", MODES)
def test_the_deadline_ends_a_notebook(tmp_path: Path, kernel: execution.Kernel) -> None:
    template = write_template(tmp_path, "while True: pass")
    with pytest.raises(engine.NotebookError, match=r"cell 4 \(while True: pass\): did not end within 3 s$"):
        engine.execute(template, tmp_path / "out.ipynb", {"name": "a"}, kernel=kernel, deadline=3)


def test_one_failing_notebook_does_not_stop_the_others(tmp_path: Path) -> None:
    good, bad = write_template(tmp_path, "print('fine')", name="good"), write_template(tmp_path, "1/0", name="bad")
    jobs = [engine.Job(path, tmp_path / f"{path.stem}.out.ipynb", {"name": "a"}) for path in (bad, good, bad)]
    jobs[2] = engine.Job(bad, tmp_path / "again.ipynb", {"name": "a"})
    with pytest.raises(engine.NotebookError) as caught:
        engine.execute_many(jobs)
    assert str(caught.value).splitlines() == ["bad.ipynb, cell 4 (1/0): ZeroDivisionError: division by zero"] * 2
    assert printed(jobs[1].output) == "fine\n"


def test_two_jobs_may_not_write_one_file(tmp_path: Path) -> None:
    job = engine.Job(write_template(tmp_path), tmp_path / "out.ipynb", {"name": "a"})
    with pytest.raises(UsageError, match="output file of its own"):
        engine.execute_many([job, job])


@forked_only
def test_without_its_fork_server_a_notebook_runs_all_the_same(tmp_path: Path) -> None:
    engine.prestart()
    server = execution.fork_server()
    assert server is not None
    server.process.send_signal(signal.SIGKILL)
    template = write_template(tmp_path, "print('ran')")
    try:
        engine.execute(template, tmp_path / "out.ipynb", {"name": "a"}, kernel="forked")
        assert printed(tmp_path / "out.ipynb") == "ran\n"
        assert execution.SHARED.server is None
    finally:
        execution.SHARED.broken = False


# isolation

DRIVER = """
import sys
from pathlib import Path
from verifierkit import engine
template, output, kernel = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
engine.execute(template, output, {"name": "a"}, kernel=kernel)
"""


def plant_canaries(case: Path) -> Path:
    fired = case / "fired"
    fired.mkdir(parents=True)
    names = ["pandas.py", "verifierkit.py", "sitecustomize.py", "usercustomize.py", "matplotlib.py", "black.py"]
    profile = ".ipython/profile_default"
    names += [f"{profile}/startup/x.py", f"{profile}/ipython_config.py", f"{profile}/ipython_kernel_config.py"]
    names += [f".jupyter/{name}_config.py" for name in ("jupyter", "papermill", "jupyter_kernel")]
    names += ["ipython_config.py", "ipython_kernel_config.py", "jupyter_config.py", "startup.py"]
    for number, name in enumerate(names):
        path = case / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"open({str(fired / str(number))!r}, 'w').write({name!r})\n", encoding="utf-8")
    spec = {"argv": ["touch", str(fired / "kernelspec")], "display_name": "x", "language": "python"}
    folder = case / "share" / "kernels" / "python3"
    folder.mkdir(parents=True)
    (folder / "kernel.json").write_text(json.dumps(spec), encoding="utf-8")
    (case / "matplotlibrc").write_text("font.size: 44\n", encoding="utf-8")
    return fired


@pytest.mark.parametrize("kernel", MODES)
def test_canaries_of_a_case_folder_stay_silent(tmp_path: Path, kernel: execution.Kernel) -> None:
    case = tmp_path / "case"
    fired = plant_canaries(case)
    template = write_template(
        tmp_path, "import pandas, matplotlib, verifierkit\nprint(matplotlib.rcParams['font.size'])"
    )
    hostile = {
        "HOME": str(case),
        "PYTHONPATH": str(case),
        "PYTHONSTARTUP": str(case / "startup.py"),
        "IPYTHONDIR": str(case / ".ipython"),
        "JUPYTER_CONFIG_DIR": str(case / ".jupyter"),
        "JUPYTER_PATH": str(case / "share"),
        "MPLCONFIGDIR": str(case),
    }
    command = [sys.executable, "-I", "-c", DRIVER, str(template), str(tmp_path / "out.ipynb"), kernel]
    subprocess.run(command, cwd=case, env=os.environ | hostile, check=True, timeout=120)
    assert [path.read_text(encoding="utf-8") for path in fired.iterdir()] == []
    assert printed(tmp_path / "out.ipynb") == "10.0\n"


def test_the_canaries_would_fire(tmp_path: Path) -> None:
    fired = plant_canaries(tmp_path / "case")
    command = [sys.executable, "-c", "import pandas"]
    subprocess.run(command, cwd=tmp_path / "case", env=os.environ | {"PYTHONPATH": str(tmp_path / "case")}, timeout=60)
    assert {"pandas.py", "sitecustomize.py"} <= {path.read_text(encoding="utf-8") for path in fired.iterdir()}


def test_a_room_leaves_nothing_behind_and_drops_what_steers_python(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", "/x")
    monkeypatch.setenv("OPENBLAS_CORETYPE", "Prescott")
    with isolation.Room() as room:
        environment = room.environment()
        folder = room.folder
        assert folder.is_dir()
    assert not folder.exists()
    assert "PYTHONPATH" not in environment
    assert environment["OPENBLAS_CORETYPE"] == "Prescott"
    assert environment["IPYTHONDIR"].startswith(str(folder))


# templates


def test_templates_are_found_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(templates, "FOLDERS", (tmp_path / "absent", tmp_path))
    path = write_template(tmp_path, name="intake")
    assert engine.template_names() == ("intake",)
    assert engine.template_path("intake") == engine.template_path("intake.ipynb") == path
    with pytest.raises(UsageError, match="template ../intake: expected one of intake"):
        engine.template_path("../intake")

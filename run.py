"""Set verifierkit up and run it: ``python3 run.py demo`` and ``python3 run.py test`` need Python 3.11 and nothing else.

demo          verify the sample cases; the results stand under out/demo/<case>/
test [...]    run the tests; what follows goes to pytest
bench NAME    run tests/benchmarks/NAME.py and write its table
lint          check style, format and types
pack [DIR]    make a folder that installs without a network (default out/pack)
setup         make the environment and stop

The environment is the folder .venv, or the folder that the variable VERIFIERKIT_VENV names. It is made from
requirements.lock, every package checked against its hash. A folder made by ``pack`` takes the packages from its wheels.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
LOCK = ROOT / "requirements.lock"
WHEELS = ROOT / "wheels"
MARKER = "verifierkit-setup.txt"
OLDEST = (3, 11)
PACKED = ("run.py", "requirements.lock", "LICENSE", "README.md", "sample_data", "notebooks", "templates")
PACK_NOTE = """verifierkit without a network

These wheels are for {platform}, Python {version}. On a machine of that kind:

    python3 run.py demo        (Windows: py -3 run.py demo)

makes .venv from the wheels folder, verifies the sample cases and writes out/demo/<case>/.
Nothing is downloaded. To verify a case of your own afterwards:

    .venv/bin/verifierkit verify CASE --out DIR        (Windows: .venv\\Scripts\\verifierkit)
"""


class Stop(Exception):
    """Ends the run with one clear line and exit status 2."""


def main(arguments):
    """Run one command; return its exit status."""
    if sys.version_info < OLDEST:
        found = "%d.%d" % sys.version_info[:2]
        print("run.py: expected Python 3.11 or newer, found %s. Install it and run it by its name." % found)
        return 2
    commands = {"demo": demo, "test": test, "bench": bench, "lint": lint, "pack": pack, "setup": setup}
    if not arguments or arguments[0] not in commands:
        print(__doc__.strip())
        return 0 if arguments[:1] in (["-h"], ["--help"]) else 2
    try:
        return commands[arguments[0]](arguments[1:])
    except Stop as stop:
        print("run.py: %s" % stop, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


# commands


def demo(arguments):
    """Verify all sample cases; findings are what a demonstration is for, so only exit status 2 is a failure."""
    cases = sorted(path.parent for path in (ROOT / "sample_data").glob("*/case.yaml"))
    if not cases:
        raise Stop("expected cases in sample_data, found none. Take a whole copy of the project.")
    python = ready_python()
    out = ROOT / "out" / "demo"
    status = call([python, "-I", "-m", "verifierkit", "verify", *cases, "--out", out, *arguments])
    if status not in (0, 1):
        return status
    print("Results: %s" % out.relative_to(ROOT))
    return 0


def test(arguments):
    """Run pytest on two workers."""
    if not (ROOT / "tests").is_dir():
        raise Stop("expected the folder tests, found none. A packed folder holds no tests.")
    return call([ready_python(), "-m", "pytest", "-n", "2", *arguments])


def bench(arguments):
    """Run one benchmark by name."""
    names = sorted(path.stem for path in (ROOT / "tests" / "benchmarks").glob("[a-z]*.py"))
    if not arguments or arguments[0] not in names:
        raise Stop("bench: expected one of %s, found %s." % (", ".join(names), " ".join(arguments) or "nothing"))
    return call([ready_python(), ROOT / "tests" / "benchmarks" / (arguments[0] + ".py"), *arguments[1:]])


def lint(arguments):
    """Check style, format and types; all three run, the first failure counts."""
    python = ready_python()
    steps = (["ruff", "check", "."], ["ruff", "format", "--check", "."], ["mypy"])
    return max(call([python, "-m", *step, *arguments]) for step in steps)


def setup(arguments):
    """Make the environment."""
    print("Ready: %s" % ready_python())
    return 0


def pack(arguments):
    """Collect wheels for this platform, the samples and this file in one folder."""
    folder = Path(arguments[0] if arguments else ROOT / "out" / "pack").resolve()
    if folder.exists() and any(folder.iterdir()):
        raise Stop("pack: expected an empty or new folder, found %s with files in it." % folder)
    python = ready_python()
    wheels = folder / "wheels"
    wheels.mkdir(parents=True)
    pip = [python, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    print("Collecting wheels in %s ..." % wheels, flush=True)
    locked = ["--require-hashes", "--requirement", LOCK]
    must([*pip, "download", "--no-deps", "--only-binary", ":all:", "--dest", wheels, *locked], "collecting the wheels")
    must([*pip, "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", wheels, ROOT], "building our own wheel")
    for name in PACKED:
        copy(ROOT / name, folder / name)
    version = "%d.%d" % sys.version_info[:2]
    (folder / "INSTALL.txt").write_text(PACK_NOTE.format(platform=sys.platform, version=version), encoding="utf-8")
    print("Packed: %s (%d wheels)" % (folder, len(list(wheels.iterdir()))))
    return 0


# the environment


def ready_python():
    """Return the interpreter of the environment, after making or renewing it when the lock has changed."""
    folder = Path(os.environ.get("VERIFIERKIT_VENV") or ROOT / ".venv").resolve()
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    marker = folder / MARKER
    stamp = wanted_state()
    if python.exists() and marker.exists() and marker.read_text(encoding="utf-8") == stamp:
        return python
    make_environment(folder, python)
    install(python)
    marker.write_text(stamp, encoding="utf-8")
    return python


def wanted_state():
    """Return the digest of all that decides what is installed."""
    digest = hashlib.sha256(repr((sys.version_info[:3], str(ROOT), WHEELS.is_dir())).encode())
    for path in (LOCK, ROOT / "pyproject.toml", *sorted(WHEELS.glob("verifierkit-*.whl"))):
        if path.exists():
            digest.update(path.read_bytes())
    return digest.hexdigest() + "\n"


def make_environment(folder, python):
    """Make a virtual environment unless the folder holds one."""
    if python.exists():
        return
    if folder.exists() and any(folder.iterdir()) and not (folder / "pyvenv.cfg").exists():
        raise Stop("expected an environment or an empty folder, found other files in %s. Name another." % folder)
    print("Making the environment %s (once, one to three minutes) ..." % folder, flush=True)
    uv = fast_installer()
    if uv:
        must([uv, "venv", "--quiet", "--python", sys.executable, folder], "making the environment")
    elif call([sys.executable, "-m", "venv", "--clear", folder]) != 0:
        raise Stop("this Python makes no environments. On Debian and Ubuntu: apt install python3-venv, then try again.")


def install(python):
    """Install the locked packages, each checked against its hash, then verifierkit itself."""
    uv = fast_installer()
    pip = [python, "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    if uv:
        pip = [uv, "pip", "install", "--quiet", "--compile-bytecode", "--python", python]
    source = ["--no-index", "--find-links", WHEELS] if WHEELS.is_dir() else []
    must([*pip, *source, "--require-hashes", "--requirement", LOCK], "installing the locked packages")
    own = sorted(WHEELS.glob("verifierkit-*.whl")) or ["--no-build-isolation", "--editable", ROOT]
    must([*pip, *source, "--no-deps", *own], "installing verifierkit")


def fast_installer():
    """Return uv when it is on the path; pip does the same, more slowly."""
    return None if WHEELS.is_dir() else shutil.which("uv")


# processes and files


def must(command, doing):
    """Run a command that has to succeed."""
    status = call(command)
    if status != 0:
        raise Stop("%s failed with exit status %d; the lines above say why." % (doing, status))


def call(command):
    """Run a command in the project folder, free of the caller's Python settings; return its exit status."""
    steering = {"PYTHONPATH", "PYTHONHOME", "PYTHONSTARTUP", "VIRTUAL_ENV"}
    environment = {name: value for name, value in os.environ.items() if name.upper() not in steering}
    sys.stdout.flush()
    return subprocess.run([str(part) for part in command], cwd=str(ROOT), env=environment).returncode


def copy(source, target):
    """Copy a file or a folder that exists, without caches."""
    if source.is_dir():
        shutil.copytree(str(source), str(target), ignore=shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints"))
    elif source.exists():
        shutil.copy2(str(source), str(target))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

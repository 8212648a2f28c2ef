"""Where the notebook templates are: beside the package in a checkout, inside it in an installed wheel."""

from __future__ import annotations

from pathlib import Path

from verifierkit.errors import UsageError

PACKAGE = Path(__file__).resolve().parents[1]
FOLDERS = (PACKAGE / "templates", PACKAGE.parent / "templates")


def template_folder() -> Path:
    """Return the folder of the templates; the one inside the package wins.

    Raises
    ------
    UsageError
        When the installation holds no templates.
    """
    for folder in FOLDERS:
        if folder.is_dir():
            return folder
    raise UsageError("this installation of verifierkit holds no notebook templates. Install it again.")


def template_names() -> tuple[str, ...]:
    """Return the names of all templates, without ``.ipynb``, in order."""
    return tuple(sorted(path.stem for path in template_folder().glob("*.ipynb")))


def template_path(name: str) -> Path:
    """Return the path of the template `name` (with or without ``.ipynb``).

    Raises
    ------
    UsageError
        When there is no template of this name.
    """
    names = template_names()
    stem = name.removesuffix(".ipynb")
    if stem not in names:
        known = ", ".join(names) or "(none installed)"
        raise UsageError(f"template {name}: expected one of {known}, found none of that name.")
    return template_folder() / f"{stem}.ipynb"

"""Takes times, machine names and random ids out of an executed notebook, so that two runs are byte-identical."""

from __future__ import annotations

from typing import Any

CELL_METADATA = ("papermill", "execution")
NOTEBOOK_METADATA = ("papermill",)


def normalise(notebook: Any) -> Any:
    """Return the executed notebook with ids by index and without times, paths and durations (changed in place)."""
    for name in NOTEBOOK_METADATA:
        notebook.metadata.pop(name, None)
    for index, cell in enumerate(notebook.cells):
        cell["id"] = f"cell-{index + 1:03d}"
        for name in CELL_METADATA:
            cell.metadata.pop(name, None)
        if not cell.metadata.get("tags", [""]):
            cell.metadata.pop("tags")
    notebook["nbformat"], notebook["nbformat_minor"] = 4, 5
    return notebook

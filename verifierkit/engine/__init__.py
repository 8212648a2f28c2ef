"""Runs the notebook templates: strict parameters first, then papermill, each notebook in a kernel of its own.

Importing this package loads neither papermill nor a kernel.
"""

from __future__ import annotations

from verifierkit.engine.execution import Job, NotebookError, execute, execute_many, prestart, stop
from verifierkit.engine.parameters import check_parameters, declared_parameters, read_parameters
from verifierkit.engine.templates import template_names, template_path

__all__ = [
    "Job",
    "NotebookError",
    "check_parameters",
    "declared_parameters",
    "execute",
    "execute_many",
    "prestart",
    "read_parameters",
    "stop",
    "template_names",
    "template_path",
]

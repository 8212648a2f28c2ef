"""Readers: any tabular file as sheets of typed cells. No reader alters a file."""

from verifierkit.readers.detect import read_grid
from verifierkit.readers.grid import Grid, Sheet

__all__ = ["Grid", "Sheet", "read_grid"]

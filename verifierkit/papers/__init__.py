"""Working papers: the tables that the notebook templates show, and the run of all templates on one record."""

from verifierkit.papers.opening import open_record
from verifierkit.papers.showing import picture, show

__all__ = ["open_record", "picture", "show"]

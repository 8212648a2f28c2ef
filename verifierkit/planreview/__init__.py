"""Review of a data quality control plan, with the records of the year or on the plan alone."""

from verifierkit.planreview.review import Review, review
from verifierkit.planreview.writing import write

__all__ = ["Review", "review", "write"]

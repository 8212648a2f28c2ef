"""Questions about the rules, their readings and their answers, kept beside the packs as dated, cited data.

A question names the packs, facilities and parameters that it touches, every reading of the text that is in use, and
the reading that the pack follows. An answer of an authority picks one of the readings from a date on.
"""

from verifierkit.clarifications.model import Answer, Change, Clarification, Reading, ReadingValue, Using
from verifierkit.clarifications.register import CASE_REGISTER, load_file, register, register_of, shipped
from verifierkit.clarifications.usage import applied, chosen, touched, under, used_by

__all__ = [
    "CASE_REGISTER",
    "Answer",
    "Change",
    "Clarification",
    "Reading",
    "ReadingValue",
    "Using",
    "applied",
    "chosen",
    "load_file",
    "register",
    "register_of",
    "shipped",
    "touched",
    "under",
    "used_by",
]

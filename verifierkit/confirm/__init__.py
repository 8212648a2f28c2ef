"""Values of the packs that nobody has read in the rule's text: a sheet for a person with the text, and its reading.

``marked`` lists them, ``write`` makes the sheet, ``read`` reads the ticks back, ``patch`` says which marks could be
raised in the packs, ``text`` writes them as the confirmations of a case, which ``load`` reads and ``raised`` applies
in memory. No pack file is ever changed here.
"""

from verifierkit.confirm.marks import Marked, marked
from verifierkit.confirm.raising import FILE, Confirmation, load, notices, raised, text
from verifierkit.confirm.reading import Answer, patch, read
from verifierkit.confirm.sheet import write

__all__ = [
    "FILE",
    "Answer",
    "Confirmation",
    "Marked",
    "load",
    "marked",
    "notices",
    "patch",
    "raised",
    "read",
    "text",
    "write",
]

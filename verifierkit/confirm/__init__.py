"""Values of the packs that nobody has read in the rule's text: a sheet for a person with the text, and its reading.

``marked`` lists them, ``write`` makes the sheet, ``read`` reads the ticks back, ``patch`` says which marks could be
raised. No pack file is ever changed here.
"""

from verifierkit.confirm.marks import Marked, marked
from verifierkit.confirm.reading import Answer, patch, read
from verifierkit.confirm.sheet import write

__all__ = ["Answer", "Marked", "marked", "patch", "read", "write"]

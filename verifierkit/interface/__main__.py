"""``python -m verifierkit.interface`` prints the interface page."""

import sys

from verifierkit.interface.sources import full_page

sys.stdout.reconfigure(encoding="utf-8", newline="\n")  # type: ignore[union-attr]
sys.stdout.write(full_page())

"""``python -m verifierkit`` is the command ``verifierkit``."""

import sys

from verifierkit.cli import main

if __name__ == "__main__":
    sys.exit(main())

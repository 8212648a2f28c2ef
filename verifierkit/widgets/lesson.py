"""Steps of the learning notebook: a case to practise on, what was read, one chain, one finding, the log, the report."""

from __future__ import annotations

import shutil
import tempfile
from html import escape
from pathlib import Path

from IPython.display import HTML

from verifierkit import decisions, samples
from verifierkit.case import Case
from verifierkit.columns import Row, catalogue
from verifierkit.decisions import Decision
from verifierkit.errors import Place, UsageError
from verifierkit.series import Amount
from verifierkit.verification import Verification
from verifierkit.widgets import cards
from verifierkit.widgets.desk import _style
from verifierkit.widgets.sitting import Sitting
from verifierkit.widgets.words import word

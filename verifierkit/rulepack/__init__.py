"""Rule packs: dated, cited, executable rules read from ``verifierkit/rulepacks``.

``load``, ``names`` and ``find`` give :class:`RulePack` objects; ``assemble`` builds one from other
texts, ``load_file`` from a file of one's own, such as an overlay.
"""

from verifierkit.rulepack.formula import Formula, FormulaError
from verifierkit.rulepack.library import (
    assemble,
    find,
    load,
    load_file,
    names,
    other_edition,
    overlays,
    read_text,
    require_usable,
    unknown,
)
from verifierkit.rulepack.model import (
    Applicability,
    Band,
    CheckRule,
    Citation,
    Constant,
    KnownValue,
    Label,
    Limit,
    Method,
    PackValue,
    Parameter,
    Section,
    Step,
    Tier,
    WorkedExample,
)
from verifierkit.rulepack.pack import RulePack

__all__ = [
    "Applicability",
    "Band",
    "CheckRule",
    "Citation",
    "Constant",
    "Formula",
    "FormulaError",
    "KnownValue",
    "Label",
    "Limit",
    "Method",
    "PackValue",
    "Parameter",
    "RulePack",
    "Section",
    "Step",
    "Tier",
    "WorkedExample",
    "assemble",
    "find",
    "load",
    "load_file",
    "names",
    "other_edition",
    "overlays",
    "read_text",
    "require_usable",
    "unknown",
]

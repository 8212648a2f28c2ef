"""Words and citations of the lines."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import resources

import yaml

from verifierkit.checks.base import Context
from verifierkit.checks.texts import facility_name, item_label
from verifierkit.rulepack import Citation, Label, RulePack

LANGUAGES = ("zh", "en")
SPACES = {"zh": "", "en": " "}


@cache
def _words() -> Mapping[str, Label]:
    text = resources.files("verifierkit").joinpath("bridge/lines.yaml").read_text(encoding="utf-8")
    found: Mapping[str, Label] = yaml.safe_load(text)
    return found


def label_of(context: Context, kind: str, parameter: str, facility: str, item: str) -> Label:
    """Words of a line in both languages."""
    names = _parameter_label(context, parameter)
    found = {}
    for language in LANGUAGES:
        place = facility_name(context, facility) if facility and facility != context.flow.entity_id else ""
        item_word = item_label(item)[language] if item else ""
        name = names.get(language, "")
        if item_word:
            name = f"{name}（{item_word}）" if language == "zh" else f"{name} ({item_word})"
        put = f"{place}，" if place and language == "zh" else (f"{place}, " if place else "")
        found[language] = _words()[kind][language].format(name=name, place=put)
    return found


def _parameter_label(context: Context, parameter: str) -> Label:
    for pack in context.packs.values():
        if parameter in pack.parameters:
            return pack.parameters[parameter].label
    return {"zh": parameter, "en": parameter}


def citation_of(pack: RulePack, parameter: str, result: str) -> Citation:
    """Where a line's rule stands: the method of the result, else the parameter."""
    if parameter in pack.parameters and parameter not in pack.methods:
        return pack.parameters[parameter].citation
    name = parameter if parameter in pack.methods else result
    return pack.methods[name].citation if name in pack.methods else pack.parameters[name].citation

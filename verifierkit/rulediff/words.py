"""Sentences of the comparison in Chinese and English."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str]] = {
    # what a line comes from
    "shape": ("数据所在层级：{names}", "where figures stand: {names}"),
    "handling": ("按月要求、年度汇总规则与修约：{names}", "months, rule of the year and rounding: {names}"),
    "total": ("{track}总量：{a} -> {b}", "total of the {track} track: {a} -> {b}"),
    "facility": ("设施层级", "facility"),
    "entity": ("法人层级", "entity"),
    "comma": ("、", ", "),
    "none": ("无", "none"),
    "reported": ("按报告值", "reported"),
    "gone": ("不再计入{term} {amount}", "leaves out {term} {amount}"),
    "come": ("新计入{term} {amount}", "adds {term} {amount}"),
    # the table of lines
    "head.reported": (
        "{case}：报告数据先按{a}、再按{b}计算 [t]",
        "{case}: reported figures under {a}, then under {b} [t]",
    ),
    "head.verified": (
        "{case}：核查后数据先按{a}、再按{b}计算 [t]",
        "{case}: verified figures under {a}, then under {b} [t]",
    ),
    "unpriced track": (
        "{track}：未计价，{a}在本案例上算不出总量：{why}",
        "{track}: not priced, {a} gives no total on this case: {why}",
    ),
    "left": ("案例缺少数据，以下各项保持{a}的规定：", "left as in {a}, since the case lacks a figure:"),
    "track": (
        "{track}：{a} {before}；{b}{partly} {after}；差额 {difference}",
        "{track}: {a} {before}; {b}{partly} {after}; difference {difference}",
    ),
    "partly": ("（可计价部分）", " as far as it can be priced"),
    "reversed": ("（逆序 {amount}）", "(reversed order {amount})"),
    "sum": ("各行合计", "sum of the lines"),
    "still": ("无影响：{names}", "no effect: {names}"),
    "widest": (
        "换成逆序时变动最大的一行：{swing}（{names}）",
        "widest change of a line under the reversed order: {swing} ({names})",
    ),
    "note": ("说明：{text}", "note: {text}"),
    # notes
    "basis.reported": (
        "使用报告数据，其中的差错未更正；缺省值取自用来计算的规则包",
        "reported figures are used, wrong ones included; defaults come from the pack that computes",
    ),
    "basis.verified": (
        "使用核查后数据：未被否定的发现均已更正；缺省值取自用来计算的规则包",
        "verified figures are used: every finding that stands is put right; defaults come from the pack that computes",
    ),
    "uncovered": (
        "{pack}不适用于{year}年：按其{at}年的规定计算，只作比较，不构成依据",
        "{pack} does not cover {year}: its rules of {at} are applied, a comparison and no rule",
    ),
    "regrouped": (
        "{name}在企业与各设施之间重新归集，报告合计不变",
        "{name} is regrouped between the enterprise and its facilities; the reported sum stays the same",
    ),
    "kept": (
        "{pack}没有{name}的取值：保留案例所报的缺省值",
        "{pack} holds no value of {name}: the default that the case reported is kept",
    ),
    "nothing": ("案例未报告{name}：按零计", "the case reports no {name}: nothing is counted for it"),
    "absent": ("案例未报告{name}，{pack}按{value}计", "the case reports no {name}, which {pack} takes as {value}"),
    "quoted": (
        "；如实际存在，其燃料仍包含在所报燃料之内",
        "; if it has any, its fuel is still in the reported fuel",
    ),
    "allowances.none": (
        "未载入这些规则包的配额方案：影响只以吨数表示",
        "allowances are not loaded in these packs: the effect is in tonnes only",
    ),
    "allowances": (
        "配额（{plan}）：设施排放量E变动{e}，配额A变动{a}，A−E变动{net} [tCO2e]。{note}",
        "allowances ({plan}): emission E of the units {e}, allowance A {a}, A minus E {net} [tCO2e]. {note}",
    ),
    "allowances.open": (
        "配额（{plan}）：案例的设施数据不足，无法计算配额变动，影响只以吨数表示。{note}",
        "allowances ({plan}): the case lacks figures of its units, so that the effect is in tonnes only. {note}",
    ),
    # findings
    "findings": (
        "{case}：核查发现，{a}共{count_a}项，{b}共{count_b}项",
        "{case}: findings, {count_a} under {a}, {count_b} under {b}",
    ),
    "same": ("两者都有：{count}项", "under both: {count}"),
    "gone findings": ("改用{b}后消失：{count}项", "gone under {b}: {count}"),
    "new findings": ("改用{b}后新增：{count}项", "new under {b}: {count}"),
    "rest": ("在{pack}下不适用的检查：{names}", "checks that rest under {pack}: {names}"),
    "findings.none": ("发现未能比较：{why}", "findings are not compared: {why}"),
    "findings.year": (
        "{pack}不适用于{year}年：其检查按该年的数据运行，只作比较，不构成依据",
        "{pack} does not cover {year}: its checks are run on that year's data, a comparison and no rule",
    ),
    "findings.asked": (
        "新增的“参数未报告”表示案例按另一版规则填报，并不是企业的差错",
        "a parameter that is newly missing was not asked for when the case was reported; it is no mistake of the plant",
    ),
    # the page
    "page": ("规则对比：{a} 与 {b}", "Two rules side by side: {a} and {b}"),
    "part": ("差异", "What differs"),
    "effect": ("对案例的影响", "What it does to the case"),
    "col.tonnes": ("影响 [t]", "effect [t]"),
    "col.reversed": ("逆序 [t]", "reversed [t]"),
    "col.reason": ("原因", "reason"),
    "col.source": ("出处", "source"),
    "col.id": ("编号", "id"),
    "col.aspect": ("方面", "aspect"),
}
LANGUAGES = ("zh", "en")


def said(name: str, lang: str, /, **fields: str) -> str:
    """A sentence in one language with its fields filled."""
    return WORDS[name][LANGUAGES.index(lang)].format(**fields)

"""支撑材料清单、原件、检测机构资质与缺失数据规则。"""

from __future__ import annotations

from typing import Any

import pytest

from tests.support import simulated, unseen_seeds, verified
from tests.unit.small_plant import Rows, case, pick, plant
from verifierkit.checks import build_context
from verifierkit.checks.base import Context, Result
from verifierkit.checks.texts import text
from verifierkit.evidence import InputFile
from verifierkit.verification import run_checks


def held(rows: Rows, *files: str, **meta: Any) -> Context:
    made = case(rows, **meta)
    made.inputs += [InputFile(name, "", 1, "pdf") for name in ("data.xlsx", *files)]
    return build_context(made)


def of(found: Context, rule: str) -> list[Result]:
    return [result for result in run_checks(found) if result.rule == rule]


# files


FILES = ("evidence/a.pdf", "evidence/b.pdf", "evidence/sub/c.pdf", "evidence/d.pdf")
SYSTEM = ("evidence/.DS_Store", "evidence/Thumbs.db", "evidence/~$a.xlsx", "evidence/sub/desktop.ini")


def listing(*files: str, **more: Any) -> Rows:
    rows = plant()
    rows["evidence"] = [{"file": name, "title": name, "original_seen": True} | more for name in files]
    return rows


def test_files_that_the_register_leaves_out_are_one_finding() -> None:
    found = held(listing("evidence/a.pdf", "纸质台账"), *FILES, *SYSTEM)
    (result,) = of(found, "evidence.unlisted")
    assert (result.outcome, result.stream, result.source, result.when) == (
        "not_satisfied",
        "evidence",
        "evidence",
        "2025",
    )
    assert [str(place) for place in result.places] == list(FILES[1:])
    assert result.detail["count"] == "3"
    words = text(found, result)
    assert "evidence/b.pdf" in words["zh"]
    assert "3 files" in words["en"]


def test_a_full_register_is_satisfied_and_system_files_need_none() -> None:
    assert [r.outcome for r in of(held(listing(*FILES), *FILES, *SYSTEM), "evidence.unlisted")] == ["satisfied"]


def test_no_register_at_all_is_one_notice_and_no_finding() -> None:
    found = held(plant(), *(f"evidence/{n}.pdf" for n in range(50)))
    (result,) = of(found, "evidence.unlisted")
    assert result.outcome == "not_evaluated"
    (notice,) = [notice for notice in found.notices if "evidence" in str(notice.place)]
    assert "50 files" in notice.en
    assert "50 个文件" in notice.zh
    assert of(held(plant()), "evidence.unlisted") == []
    assert held(plant()).notices == []


# originals


def with_document(rank: int = 1, seen: bool | None = False, *, by: str = "file") -> Rows:
    rows = plant()
    pick(rows, "sources", source_id="s_p")["rank"] = rank
    pick(rows, "sources", source_id="s_p")["document"] = "熟料台账"
    file, title = ("熟料台账", "") if by == "file" else ("evidence/x.pdf", "熟料台账")
    rows["evidence"] = [{"file": file, "title": title or None, "original_seen": seen}]
    return rows


@pytest.mark.parametrize(("seen", "outcome"), [(False, "not_satisfied"), (True, "satisfied"), (None, "not_evaluated")])
@pytest.mark.parametrize("by", ["file", "title"])
def test_the_original_behind_a_first_ranked_source_is_to_be_seen(seen: bool | None, outcome: str, by: str) -> None:
    found = held(with_document(seen=seen, by=by), "evidence/x.pdf")
    (result,) = of(found, "evidence.original")
    assert (result.outcome, result.source) == (outcome, "evidence")
    assert result.stream == ("熟料台账" if by == "file" else "evidence/x.pdf")
    assert "熟料台账" in text(found, result)["zh"]


def test_originals_of_other_documents_are_nobodys_question() -> None:
    assert of(held(with_document(rank=2)), "evidence.original") == []
    rows = with_document()
    pick(rows, "sources", source_id="s_p")["document"] = "另一台账"
    assert of(held(rows), "evidence.original") == []


def test_a_record_behind_the_ledger_counts_and_one_paper_is_one_finding() -> None:
    rows = with_document()
    pick(rows, "sources", source_id="s_c_record")["document"] = (
        "熟料台账"  # rank 2, the ledger of rank 1 derives from it
    )
    (result,) = of(held(rows), "evidence.original")
    assert result.detail["sources"] == "s_c_ledger、s_p"


# laboratories


def test_reports_without_accreditation_are_told_by_month() -> None:
    rows = plant()
    for row in rows["coal_analyses"]:
        if row["sampled_on"].month in (2, 3):
            row["cma_no"] = " " if row["sampled_on"].month == 3 else None
    found = held(rows)
    results = of(found, "lab.accreditation")
    assert [(r.outcome, r.when, r.stream, r.source, r.facility) for r in results] == [
        ("not_satisfied", month, "c_k1", "s_ncv", "k1") for month in ("2025-02", "2025-03")
    ]
    assert all(len(r.places) == 2 for r in results)
    assert "CMA" in text(found, results[0])["zh"]


def test_a_default_heat_value_needs_no_laboratory() -> None:
    rows = plant()
    for row in rows["coal_analyses"]:
        row["cma_no"] = None
    for row in rows["reported"]:
        if row["parameter"] == "fuel_ncv":
            row["route"] = "default"
    assert of(held(rows), "lab.accreditation") == []


def test_the_older_editions_do_not_ask_for_accreditation() -> None:
    made = verified(simulated("cement", 2018, unseen_seeds("accreditation", 1)[0]))
    assert {r.outcome for r in made.results if r.rule == "lab.accreditation"} == {"not_applicable"}


# the plan


def test_a_measured_parameter_without_missing_data_rule_is_told_once() -> None:
    rows = plant()
    pick(rows, "plan", parameter="clinker_produced_t")["missing_data_rule"] = None
    results = [r for r in of(held(rows), "plan.missing_data") if r.outcome == "not_satisfied"]
    assert {(r.facility, r.stream, r.source) for r in results} == {("k1", "clinker_produced_t", "plan")}
    assert str(results[0].places[0]).startswith("data.xlsx#数据质量控制方案!")
    pick(rows, "plan", parameter="clinker_produced_t")["acquisition"] = "default"
    assert {r.outcome for r in of(held(rows), "plan.missing_data")} == {"satisfied"}


def test_a_plan_without_any_such_rule_is_one_finding() -> None:
    rows = plant()
    for row in rows["plan"]:
        row["missing_data_rule"] = None
    found = held(rows)
    (result,) = of(found, "plan.missing_data")
    assert (result.outcome, result.facility, result.stream) == ("not_satisfied", "ent", "plan")
    measured = sum(row["acquisition"] == "measured" for row in rows["plan"])
    assert (result.detail["count"], len(result.places)) == (str(measured), measured)
    assert str(measured) in text(found, result)["en"]

"""One sitting over the findings of a case: what the desk knows and does, without a browser.

Everything is computed by the functions that the batch calls: the checks once when the case is read, the decisions
and what follows from them again after every line of the log.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from verifierkit import case as cases
from verifierkit import decisions
from verifierkit.decisions import Decision, finding_text
from verifierkit.errors import UsageError
from verifierkit.evidence import sha256_of
from verifierkit.record.allowances import allowance_parts
from verifierkit.record.outcomes import findings_part, number_results, results_part
from verifierkit.record.parameters import totals_part
from verifierkit.verification import Verification, verify


@dataclass
class Sitting:
    """A verification with the decisions in force; a decision gives a new sitting on the same results."""

    verification: Verification

    @property
    def root(self) -> Path:
        """The case folder."""
        return self.verification.context.case.root

    @cached_property
    def findings(self) -> list[dict[str, Any]]:
        """The findings as the record states them."""
        rows = findings_part(self.verification, number_results(self.verification))
        _, by_finding = allowance_parts(self.verification)
        return [row | {"allowance": own} for row, own in zip(rows, by_finding, strict=True)]

    @cached_property
    def results(self) -> dict[str, dict[str, Any]]:
        """The results as the record states them, by id."""
        return {row["id"]: row for row in results_part(self.verification, number_results(self.verification))}

    @cached_property
    def totals(self) -> list[dict[str, Any]]:
        """Reported and verified totals as the record states them."""
        return totals_part(self.verification)

    @property
    def undecided(self) -> int:
        """How many findings wait for a decision."""
        return sum(self.verification.undecided(index) for index in range(len(self.findings)))

    @property
    def stale(self) -> int:
        """How many decisions rest on values that have changed."""
        return sum(finding["stale"] for finding in self.findings)

    @property
    def orphans(self) -> int:
        """How many decisions speak of findings that the case no longer gives."""
        return len(self.verification.orphans)

    @cached_property
    def keys(self) -> list[str]:
        """Key of each finding as one text, as the log names it."""
        return [finding_text(finding.key) for finding in self.verification.findings]

    def decision(self, index: int) -> Decision | None:
        """Decision in force on a finding, stale or not."""
        return self.verification.decision(index)

    def decide(
        self, index: int, *, disposition: str, status: str, reason: str, by: str, on: str, target: str = ""
    ) -> Sitting:
        """Append a decision on what this sitting shows; the same decision again adds nothing to the log.

        ``target`` is the key of the finding that this one is merged into; it counts only with the disposition merged.

        Raises
        ------
        UsageError
            If the case has changed since it was read, or a value is missing.
        InputError
            If the log cannot be read.
        """
        self._check_unchanged()
        now = self.reread()
        wanted = {"digest": self.verification.digests[index], "disposition": disposition, "status": status}
        wanted |= {"reason": reason.strip(), "by": by.strip()}
        wanted |= {"target": target if disposition == decisions.MERGED else ""}
        in_force = now.decision(index)
        if in_force and all(getattr(in_force, name) == value for name, value in wanted.items()):
            return now
        decisions.append(self.root, finding=self.keys[index], on=on, known=self.keys, **wanted)
        return self.reread()

    def undo(self, index: int, *, by: str, on: str) -> Sitting:
        """Take the decision in force on a finding back.

        Raises
        ------
        UsageError
            If there is none.
        InputError
            If the log cannot be read.
        """
        in_force = self.reread().decision(index)
        if in_force is None:
            raise UsageError("there is no decision on this finding to undo")
        decisions.undo(self.root, line=in_force.line, by=by, on=on)
        return self.reread()

    def reread(self) -> Sitting:
        """The same results with the decisions that the log holds now.

        Raises
        ------
        InputError
            If the log cannot be read.
        """
        return Sitting(replace(self.verification, decided=decisions.read(self.root)))

    def reopened(self) -> Sitting:
        """The case read and verified anew from its folder."""
        return open_sitting(self.root, through=self.verification.context.case.through)

    def _check_unchanged(self) -> None:
        for entry in self.verification.context.case.inputs:
            path = self.root / entry.file
            if not path.is_file() or sha256_of(path) != entry.sha256:
                raise UsageError(f"{entry.file} has changed since the case was read; read the case again, then decide")


def open_sitting(folder: Path | str, *, through: str | None = None) -> Sitting:
    """Read and verify a case folder, up to a month where one is given.

    Raises
    ------
    VerifierkitError
        If the case or its decisions log cannot be read.
    """
    return Sitting(verify(cases.load(Path(folder), through=through)))

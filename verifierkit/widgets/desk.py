"""The findings desk: look at a finding with its evidence and effect, decide, undo. It shows and appends, nothing else."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import ipywidgets as w

from verifierkit import decisions
from verifierkit.errors import VerifierkitError
from verifierkit.widgets import cards
from verifierkit.widgets.sitting import Sitting, open_sitting
from verifierkit.widgets.words import word

LANGUAGES = (("中文", "zh"), ("English", "en"))
LINES = 4  # of the box for the reason


def findings_desk(
    case_folder: Path | str,
    *,
    by: str,
    through: str | None = None,
    language: str = "zh",
    today: Callable[[], date] = date.today,
) -> Desk | w.HTML:
    """The desk on a case folder; the last line of a notebook cell shows it.

    Parameters
    ----------
    case_folder
        The case. Only its ``decisions.jsonl`` is written, and only ever appended to.
    by
        Who decides; stands in every line of the log, and can be changed at the desk.
    through
        Last month of a part-year case, such as ``2025-06``.
    language
        Language at the start, zh or en.
    today
        The day that is written beside a decision; the one clock of the package.

    Returns
    -------
    Desk or ipywidgets.HTML
        The desk, or one line that says why the case cannot be opened.
    """
    try:
        return Desk(open_sitting(case_folder, through=through), by=by, language=language, today=today)
    except (VerifierkitError, OSError) as error:
        return w.HTML(cards.style() + cards.message(_failure(error, language), "vk-error"))


def _failure(error: VerifierkitError | OSError, language: str) -> str:
    """One line for an error, without the paths of this machine."""
    if isinstance(error, OSError):
        file = Path(str(error.filename or decisions.LOG)).name
        reason = word("no_file", language, file=file, why=error.strerror or type(error).__name__)
    else:
        reason = " / ".join(str(error).splitlines())
    return f"{word('not_possible', language)}: {reason}"


class Desk:
    """The widgets of one sitting. ``view`` is what is shown; every handler can be called without a browser."""

    def __init__(self, sitting: Sitting, *, by: str, language: str, today: Callable[[], date]) -> None:
        self.sitting, self.today, self.index = sitting, today, 0
        self.by = w.Text(value=by)
        self.language = w.ToggleButtons(options=LANGUAGES, value=language)
        self.head, self.card, self.notice, self.form_title = w.HTML(), w.HTML(), w.HTML(), w.HTML()
        self.list = w.VBox()
        self.disposition, self.status, self.target = w.Dropdown(), w.Dropdown(), w.Dropdown()
        self.reason = w.Textarea(rows=LINES, continuous_update=False)
        self.record, self.undo = w.Button(button_style="primary", icon="check"), w.Button(icon="undo")
        self.again = w.Button(icon="refresh")
        self.view = self._lay_out()
        self._wire()
        self._fill_list()
        self._translate()
        self.select(0)

    def _repr_mimebundle_(self, **options: Any) -> Any:
        """What Jupyter shows for the desk."""
        return self.view._repr_mimebundle_(**options)

    def _lay_out(self) -> w.VBox:
        buttons = w.HBox([self.record, self.undo])
        choices = w.HBox([self.disposition, self.target, self.status, self.by])
        self.form = w.VBox([self.form_title, choices, self.reason, buttons])
        detail = w.VBox([self.card, self.form, self.notice])
        bar = w.HBox([self.head, w.VBox([self.language, self.again])])
        view = w.VBox([w.HTML(cards.style()), bar, w.HBox([self.list, detail])])
        named = {"vk-desk": view, "vk-bar": bar, "vk-list": self.list, "vk-detail": detail, "vk-form": self.form}
        for name, part in (named | {"vk-body": view.children[-1], "vk-reason": self.reason}).items():
            part.add_class(name)
        return view

    def _wire(self) -> None:
        self.language.observe(lambda _: self._translate(), names="value")
        self.disposition.observe(lambda _: self._show_target(), names="value")
        self.record.on_click(lambda _: self.decide())
        self.undo.on_click(lambda _: self.take_back())
        self.again.on_click(lambda _: self.read_again())

    def _fill_list(self) -> None:
        """One line per finding; a button without a face lies over each and takes the click and the keyboard."""
        self.list.children = [self._line(index) for index in range(len(self.sitting.findings))]

    def _line(self, index: int) -> w.Box:
        button = w.Button(description=self.sitting.findings[index]["id"])
        button.on_click(lambda _: self.select(index))
        line = w.Box([w.HTML(), button])
        line.add_class("vk-row")
        return line

    def select(self, index: int) -> None:
        """Show a finding and put the decision in force on it into the form."""
        self.index = index
        self.notice.value = ""
        self._fill_form()
        self._show()

    def _fill_form(self) -> None:
        if not self.sitting.findings:
            return
        finding, held = self.sitting.findings[self.index], self.sitting.decision(self.index)
        self.target.options = self._targets()
        self.target.value = held.target if held and held.target in self._others() else ""
        self.disposition.value, self.status.value = finding["disposition"], finding["status"]
        self.reason.value = finding["reason"]

    def _others(self) -> list[str]:
        """Keys of the findings that the selected one can be merged into."""
        return [key for index, key in enumerate(self.sitting.keys) if index != self.index]

    def _targets(self) -> list[tuple[str, str]]:
        """The other findings as choices, by id and rule; the first stands for none."""
        named = zip(self.sitting.keys, self.sitting.findings, strict=True)
        names = {key: f"{finding['id']} {finding['rule']}" for key, finding in named}
        return [("-", ""), *((names[key], key) for key in self._others())]

    def _show_target(self) -> None:
        """Ask for the target only where the finding is to be merged."""
        self.target.layout.display = "" if self.disposition.value == decisions.MERGED else "none"

    def _show(self) -> None:
        """Write what the sitting holds into the widgets, in the language that is chosen."""
        language, found = self.language.value, self.sitting.findings
        self.head.value = cards.header(self.sitting, language)
        for index, (line, finding) in enumerate(zip(self.list.children, found, strict=True)):
            line.children[0].value = cards.list_row(finding, language)
            (line.add_class if index == self.index else line.remove_class)("vk-on")
        self.card.value = cards.card(self.sitting, self.index, language) if found else ""
        self.form.layout.display = "" if found else "none"
        self.undo.disabled = not found or self.sitting.decision(self.index) is None

    def _translate(self) -> None:
        """Put every label into the chosen language; what is typed and chosen stays."""
        language = self.language.value
        for box, names, label in (
            (self.disposition, decisions.DISPOSITIONS, "disposition"),
            (self.status, decisions.STATUSES, "status"),
        ):
            chosen = box.value or names[0]
            box.options, box.description = [(word(name, language), name) for name in names], word(label, language)
            box.value = chosen
        for button, name in ((self.record, "record"), (self.undo, "undo"), (self.again, "again")):
            button.description = word(name, language)
        self.by.description, self.target.description = word("by", language), word("merged_into", language)
        self._show_target()
        self.reason.placeholder = word("reason_hint", language)
        self.form_title.value = cards.section(word("your_decision", language))
        self.notice.value = ""
        self._show()

    def decide(self) -> None:
        """Append what the form holds as a decision on the selected finding."""
        given: Mapping[str, str] = {
            "disposition": self.disposition.value,
            "status": self.status.value,
            "reason": self.reason.value,
            "target": self.target.value or "",
        }
        self._act(lambda: self.sitting.decide(self.index, **given, by=self.by.value, on=self._on()), "recorded")

    def take_back(self) -> None:
        """Undo the decision in force on the selected finding."""
        if self._act(lambda: self.sitting.undo(self.index, by=self.by.value, on=self._on()), "undone"):
            self._fill_form()

    def read_again(self) -> None:
        """Read and verify the case anew: its files may have changed."""
        if self._act(self.sitting.reopened, "reread"):
            self.index = 0
            self._fill_list()
            self._fill_form()
            self._show()

    def _on(self) -> str:
        return self.today().isoformat()

    def _act(self, action: Callable[[], Sitting], done: str) -> bool:
        """Take the sitting that an action gives and say what was done, or say in one line why it was not."""
        language, before = self.language.value, self.sitting
        try:
            self.sitting = action()
        except (VerifierkitError, OSError) as error:
            self.notice.value = cards.message(_failure(error, language), "vk-error")
            return False
        if done != "reread":
            self._show()
        decision = self.sitting.decision(self.index) if done == "recorded" else None
        if decision is not None and decision == before.decision(self.index):
            done = "in_force"
        line = decision.line if decision else ""
        self.notice.value = cards.message(word(done, language, line=line, log=decisions.LOG), "vk-done")
        return True

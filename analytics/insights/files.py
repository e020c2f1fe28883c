"""The files of a report: for a browser, for paper, and for the next report."""

import json
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

from analytics.documents import as_document, from_document
from analytics.insights.html import html_of
from analytics.insights.observed import Week
from analytics.insights.pdf import pdf_of
from analytics.insights.reasons import Known
from analytics.insights.report import Report
from analytics.insights.wording import Wording
from engine.errors import IntakeError


def write_report(report: Report, say: Wording, folder: Path) -> tuple[Path, ...]:
    """Write ``report-2026-W47.html``, ``.pdf``, and ``reasons-2026-W47.json`` with the names of reasons.

    Each appears when it is complete; one of the same week is replaced.
    """
    folder.mkdir(parents=True, exist_ok=True)
    week = report.period.week
    known = [as_document(one.known) for one in report.reasons]
    return (
        _write(folder / f"report-{week}.html", html_of(report, say).encode()),
        _write(folder / f"report-{week}.pdf", pdf_of(report, say)),
        _write(_reasons_file(folder, week), json.dumps(known, ensure_ascii=False, indent=1).encode()),
    )


def known_reasons(folder: Path, week: Week) -> Sequence[Known]:
    """Return the reasons of the latest report before a week in a folder, whose names last; none where there is none.

    Raises:
        IntakeError: the file is of another kind; the message names the mend.
    """
    earlier = sorted(path for path in folder.glob("reasons-*-W*.json") if path.name < _reasons_file(folder, week).name)
    if not earlier:
        return ()
    try:
        return [from_document(Known, one) for one in json.loads(earlier[-1].read_text("utf-8"))]
    except (ValueError, TypeError) as error:
        raise IntakeError(f"{earlier[-1]}: holds no reasons of a report; delete it, and names begin anew") from error


def _reasons_file(folder: Path, week: Week) -> Path:
    return folder / f"reasons-{week}.json"


def _write(path: Path, content: bytes) -> Path:
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return path

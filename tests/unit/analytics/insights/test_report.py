"""The report as HTML and PDF: whole in three languages, self-contained, and silent about few people."""

import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from analytics.categories.packs import shipped_categories
from analytics.insights.blocks import Figure, Paragraph, Table, Tiles, blocks_of
from analytics.insights.figures import feature_name, measure_name
from analytics.insights.files import known_reasons, write_report
from analytics.insights.html import html_of
from analytics.insights.observed import Caller, Observed
from analytics.insights.pdf import pdf_of
from analytics.insights.practice import Feature, FeatureKind, Outcome
from analytics.insights.report import Period, Report, make_report
from analytics.insights.wording import Wording
from analytics.measures import REGISTRY, Scope, Side
from analytics.payments import Standing
from analytics.scorecards import shipped_cards
from benchmarks.planted import gathered
from engine.errors import IntakeError
from engine.speech import Language
from tests.unit.analytics.insights.conftest import LAST

RUSSIAN = Wording(Language.RUSSIAN)


def test_the_numbers_are_those_of_the_contacts(made: Report, observed: list[Observed]) -> None:
    own = [one for one in observed if one.week == LAST]
    totals = made.totals.contacts[LAST]
    assert totals.whole == len(own)
    assert totals.right_party[Caller.BOT] == sum(one.right_party is True and one.caller is Caller.BOT for one in own)
    ended = [
        promise
        for one in observed
        for promise in one.promises
        if promise.due is not None and LAST.monday <= promise.due <= LAST.sunday
    ]
    shown = sum(row.ended.get(Standing.KEPT, 0) for row in made.totals.promises.values())
    told = sum(sum(row.ended.values()) for row in made.totals.promises.values())
    assert 0 < shown <= sum(one.standing is Standing.KEPT for one in ended)
    assert told <= len(ended)
    assert all(row.people >= made.period.least_people for row in made.totals.promises.values())


@pytest.mark.parametrize("language", Language)
def test_html_is_one_file_that_asks_for_nothing(made: Report, language: Language) -> None:
    text = html_of(made, Wording(language))
    assert f'<html lang="{language}">' in text
    assert "оформить рассрочку" in text
    assert text.count("<svg") == sum(isinstance(one, Figure) for one in blocks_of(made, Wording(language)))
    assert not re.search(r'<(script|link|img|iframe)\b|@import|url\(\s*["\']?(?!#)', text)
    assert not re.search(r'\b(href|src)="(?!#)', text)


def test_words_of_clients_are_escaped(made: Report) -> None:
    reason = replace(made.reasons[0], known=replace(made.reasons[0].known, name="<b>x</b>"))
    text = html_of(replace(made, reasons=(reason,)), RUSSIAN)
    assert "&lt;b&gt;x" in text
    assert "<b>x" not in text


def test_pdf_has_pages_and_the_letters_of_kazakh(made: Report) -> None:
    content = pdf_of(made, Wording(Language.KAZAKH))
    assert content.startswith(b"%PDF-")
    assert 3 <= len(re.findall(rb"/Type /Page\b", content)) <= 8
    assert b"DejaVu" in content


def test_every_text_is_there_in_every_language(made: Report) -> None:
    kinds = [[type(block) for block in blocks_of(made, Wording(language))] for language in Language]
    assert kinds[0] == kinds[1] == kinds[2]


def test_without_payments_the_report_says_so(observed: list[Observed]) -> None:
    few = [one for one in observed if one.week >= LAST.before(1)][:40]
    period = Period(LAST, 2, date(2026, 11, 24))
    blocks = list(blocks_of(make_report(gathered(few, period), period), RUSSIAN))
    texts = [one.text for one in blocks if isinstance(one, Paragraph)]
    assert RUSSIAN("no_payments") in texts
    assert RUSSIAN("none_found") in texts
    assert RUSSIAN("no_reasons") in texts
    assert all(len(row) == len(one.header) for one in blocks if isinstance(one, Table) for row in one.rows)


def test_promises_of_too_few_people_are_not_told_as_none(observed: list[Observed]) -> None:
    """A number of people is left out of the count, and the count says so; none at all is a nought."""

    def told(contacts: list[Observed], least_people: int) -> tuple[str, str]:
        period = Period(LAST, 2, date(2026, 11, 24), least_people=least_people)
        tiles = list(blocks_of(make_report(gathered(contacts, period), period), RUSSIAN))[1]
        assert isinstance(tiles, Tiles)
        return tiles.tiles[2].value, tiles.tiles[2].beside

    few = [one for one in observed if one.week == LAST and one.promises][:8]
    assert told(few, 5)[1] == ""
    assert int(told(few, 5)[0]) > 0
    assert told(few, 10) == ("–", "без групп меньше 10 человек")
    assert told([one for one in observed if one.week == LAST and not one.promises][:8], 10) == ("0", "")


def test_the_next_report_knows_the_reasons_of_the_last_one(made: Report, tmp_path: Path) -> None:
    paths = write_report(made, RUSSIAN, tmp_path)
    assert [path.name for path in paths] == [
        "report-2026-W47.html",
        "report-2026-W47.pdf",
        "reasons-2026-W47.json",
    ]
    assert list(known_reasons(tmp_path, LAST.before(-1))) == [one.known for one in made.reasons]
    assert known_reasons(tmp_path, LAST) == ()
    paths[2].write_text('{"no": 1}')
    with pytest.raises(IntakeError, match="delete it"):
        known_reasons(tmp_path, LAST.before(-1))


@pytest.mark.parametrize("language", Language)
def test_measures_and_categories_have_names_in_every_language(made: Report, language: Language) -> None:
    say, practice = Wording(language), made.practices[Outcome.KEPT][0]
    of_contacts = [name for name, measure in REGISTRY.items() if measure.scope is Scope.CONTACT]
    assert [name for name in of_contacts if "_" in measure_name(name, say)] == []
    for one in shipped_categories().categories:
        feature = Feature(FeatureKind.FINDING, Side.BOTH, f"category:{one.name}")
        assert feature_name(replace(practice, feature=feature), made.criteria, say).endswith(
            say(f"category_{one.name}")
        )
    for card in shipped_cards():
        for asked in card.criteria:
            feature = Feature(FeatureKind.FINDING, Side.BOTH, f"criterion:{card.name}/{asked.name}")
            told = feature_name(replace(practice, feature=feature), made.criteria, say)
            assert asked.says[language].removesuffix(".") in told
            assert say(f"card_{card.name}") in told
            assert "_" not in told
    gone = Feature(FeatureKind.FINDING, Side.BOTH, "criterion:ours/gone")
    assert feature_name(replace(practice, feature=gone), made.criteria, say).endswith("(ours)")
    words = Feature(FeatureKind.MEASURE, Side.BANK, "bank_words", 1200.0)
    assert feature_name(replace(practice, feature=words), made.criteria, say) in {
        "банк: слов больше 1\N{NO-BREAK SPACE}200",
        "банк: сөз саны 1\N{NO-BREAK SPACE}200 жоғары",
        "bank: words above 1,200",
    }

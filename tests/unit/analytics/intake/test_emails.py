"""What somebody wrote in an e-mail himself, and its words."""

import pytest

from analytics.intake.emails import own_words
from analytics.intake.messages import contacts_of
from analytics.intake.values import Reading
from analytics.intake.words import words_of


@pytest.mark.parametrize(
    "below",
    [
        "> Когда оплатите?",
        "23.11.2026, 10:00, Банк <bank@example.com> пишет:\n> Когда?",
        "On Mon, 23 Nov 2026 at 10:00, Bank wrote:\n\nWhen will you pay?",
        "-----Original Message-----\nFrom: Bank\nWhen?",
        "От: Банк\nОтправлено: 23 ноября\nКому: Alex Sample\nКогда?",
        "Кімнен: Банк\nЖіберілген: 23 қараша\nҚашан?",
        "-- \nAlex Sample\n+7 701 000 00 00",
        "С уважением,\nAlex Sample",
        "Құрметпен, Alex Sample",
        "Отправлено с iPhone",
        "Sent from my phone",
    ],
)
def test_quoted_letters_and_signatures_are_cut_off(below: str) -> None:
    """Only what its writer added counts."""
    assert own_words(f"Оплачу в пятницу.\n\n{below}\n") == "Оплачу в пятницу."


def test_answers_between_quoted_lines_are_kept() -> None:
    """Some people answer line by line."""
    letter = "On Monday the bank wrote:\n> When?\nFriday.\n> How much?\nAll of it.\n"
    assert own_words(letter) == "Friday.\nAll of it."


@pytest.mark.parametrize("line", ["От: меня ничего не зависит", "Regards to all.\n" + "more\n" * 20 + "end"])
def test_what_only_looks_like_an_end_is_kept(line: str) -> None:
    """A line that begins like a head or a farewell, with the letter going on."""
    assert own_words(f"Здравствуйте\n{line}").endswith(line.split()[-1])


def test_html_is_read_as_its_text() -> None:
    """Without scripts and quoted letters; a tag that never ends does no harm."""
    quoted = "<blockquote>Когда?<blockquote>a</blockquote></blockquote>"
    letter = f"<div>Оплачу &amp; закрою</div><script>x()</script>{quoted}<p>Да"
    assert own_words(letter).split() == ["Оплачу", "&", "закрою", "Да"]


def test_the_subject_counts_unless_it_is_an_answer() -> None:
    """Who writes all in the subject line is read too."""
    row = (
        '{"contact_id": "1", "medium": "email", "sent_at": "2026-11-23T10:00:00Z", "role": "client",'
        ' "text": "завтра", "subject": "%s"}'
    )
    (asked,) = contacts_of(row % "Оплачу", Reading()).conversations
    (answered,) = contacts_of(row % "Re: Долг", Reading()).conversations
    assert (asked.utterances[0].text, answered.utterances[0].text) == ("Оплачу завтра", "завтра")


def test_words_lose_punctuation_and_keep_numbers_and_addresses() -> None:
    """As a recogniser would give them, and so that redaction finds addresses whole."""
    text = "Да,нет… 5тыс, 15-го или 05.12; +7-701-000-00-00 a.b@example.com 15000,50₸ 10% как-нибудь 😀"
    assert [word.text for word in words_of(text, 2.0)] == [
        *("Да", "нет", "5", "тыс", "15-го", "или", "05.12", "+7-701-000-00-00", "a.b@example.com"),
        *("15000,50", "₸", "10%", "как-нибудь"),
    ]

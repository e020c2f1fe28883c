"""What words tell: repeats, questions, greeting, farewell, effort."""

import pytest

from analytics.conversation import Medium, Role
from analytics.measures import measure

from .talking import contact, said


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("алло я вас не слышу", "вас не слышу"),
        ("повторите пожалуйста ещё раз", "повторите пожалуйста"),
        ("что", "что"),
        ("что мне делать", None),
        ("я не слышал об этом", None),
        ("қайталаңызшы естілмей тұр", "қайталаңызшы"),
        ("не дейсіз", "не дейсіз"),
        ("не", None),
        ("sorry can you say that again", "say that again"),
        ("Повторите, пожалуйста!", "Повторите, пожалуйста!"),
    ],
)
def test_a_repeat_is_asked_for(text: str, shown: str | None) -> None:
    """Wherever it stands, or as the whole utterance; in three languages."""
    found = measure(contact(said(Role.CLIENT, 1.0, text)))["client_repeats"]

    assert (found.value, [one.text for one in found.evidence]) == ((1, [shown]) if shown else (0, []))


@pytest.mark.parametrize(
    ("text", "asks"),
    [
        ("а сколько я должен", True),
        ("скажите пожалуйста когда закроется кредит", True),
        ("можно ли заплатить частями", True),
        ("завтра?", True),
        ("я не знаю когда зарплата", False),
        ("оплачу завтра", False),
        ("как машину продам так и погашу", False),
        ("как мне оплатить", True),
        ("ал қанша төлеуім керек", True),
        ("ертең төлесем бола ма", True),
        ("ертең төлеймін", False),
        ("and how much is it", True),
        ("can i pay tomorrow", True),
        ("i can pay tomorrow", False),
    ],
)
def test_a_question_is_told_by_its_mark_or_its_words(text: str, asks: bool) -> None:
    """Recognised speech has no question marks."""
    assert measure(contact(said(Role.CLIENT, 1.0, text)))["client_questions"].value == asks


def test_greeting_and_farewell_stand_at_the_ends() -> None:
    """Later than in the second utterance it is no greeting."""
    found = measure(
        contact(
            said(Role.BOT, 0.0, "сәлеметсіз бе бұл банк"),
            said(Role.CLIENT, 3.0, "кто это"),
            said(Role.CLIENT, 5.0, "не понял"),
            said(Role.CLIENT, 7.0, "а добрый день"),
            said(Role.BOT, 10.0, "сау болыңыз"),
            said(Role.CLIENT, 12.0, "пока не могу"),
        )
    )

    said_so = {
        name: found[name].value for name in ("bank_greeting", "bank_farewell", "client_greeting", "client_farewell")
    }
    assert said_so == {"bank_greeting": 1, "bank_farewell": 1, "client_greeting": 0, "client_farewell": 0}
    assert found["bank_farewell"].evidence[0].text == "сау болыңыз"


def test_what_was_not_understood_is_not_held_against_anyone() -> None:
    """A first utterance too doubtful to read may have been the greeting; a side without words is not judged."""
    found = measure(contact(said(Role.AGENT, 1.0, "здравствуйте это банк", confidence=0.2)))

    assert found["bank_greeting"].value is None
    assert found["client_greeting"].value is None
    assert found["bank_repeats"].value is None


def test_effort_shows_its_parts() -> None:
    """An easy contact has 1; what makes it hard adds up, each with its words."""
    easy = measure(contact(said(Role.CLIENT, 1.0, "хорошо оплачу завтра")))["client_effort"]
    assert (easy.value, easy.parts) == (1.0, ())

    hard = measure(
        contact(
            said(Role.CLIENT, 1.0, "не слышно"),
            said(Role.CLIENT, 3.0, "я уже звонил третий раз сколько можно"),
            said(Role.CLIENT, 7.0, "соедините с оператором"),
        )
    )["client_effort"]
    assert {part.name: part.value for part in hard.parts} == {
        "did not hear or understand the bank": pytest.approx(0.6),
        "complained of effort": pytest.approx(2.4),
        "wanted a person": pytest.approx(0.5),
    }
    assert hard.value == pytest.approx(4.5)
    assert [one.text for one in hard.evidence] == ["не слышно", "уже звонил", "третий раз", "сколько можно",
        "соедините", "с оператором"]  # fmt: skip


def test_effort_is_at_most_seven() -> None:
    """However much goes wrong."""
    lines = [said(Role.CLIENT, 10.0 * i, "не слышно сколько можно ужасно ненавижу вас мошенники") for i in range(40)]
    lines += [said(Role.AGENT, 10.0 * i + 4, "повторите пожалуйста") for i in range(40)]

    assert measure(contact(*lines, duration_s=2000.0))["client_effort"].value == 7


def test_a_chat_that_took_days_is_no_long_contact() -> None:
    """Nobody waits at the telephone; what is written of effort counts as in speech."""
    chat = contact(said(Role.CLIENT, 0.0, "I already told you", 0.0), duration_s=9e5, medium=Medium.CHAT)

    assert [part.name for part in measure(chat)["client_effort"].parts] == ["complained of effort"]

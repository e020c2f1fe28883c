"""What the bot took live beside what is found: every way in which both may differ, with its words and seconds."""

from datetime import UTC, datetime

import pytest

from analytics.conversation import Conversation, Medium, Role, Utterance
from analytics.documents import as_document, from_document
from analytics.promises import Compared, DebtFacts, Difference, Shown, compare_live, find_promises
from engine.accounts import Money
from engine.speech import Language, Word

STARTED = datetime(2026, 11, 18, 12, tzinfo=UTC)  # a Wednesday
FACTS = DebtFacts(Money.of(60_000), STARTED.date(), Language.RUSSIAN, Money.of(20_000))
FRIDAY = {"live_promise": "yes", "live_amount": "10000.00", "live_due": "2026-11-20", "live_confirmed": "yes"}
PROMISED = (
    (Role.BOT, "когда внесёте двадцать тысяч"),
    (Role.CLIENT, "десять тысяч внесу в пятницу"),
    (Role.BOT, "итак десять тысяч до двадцатого ноября верно"),
    (Role.CLIENT, "да верно"),
)


def compared(*lines: tuple[Role, str], **attributes: str) -> tuple[Compared, ...]:
    """Return what comes of a call with an utterance each 10 s and a word each 0.5 s."""
    said = []
    for index, (role, text) in enumerate(lines):
        words = tuple(
            Word(word, index * 10 + at * 0.5, index * 10 + at * 0.5 + 0.4, 1.0) for at, word in enumerate(text.split())
        )
        said.append(Utterance(role, words, words[0].start_s, words[-1].end_s))
    call = Conversation("c-1", Medium.CALL, STARTED, len(lines) * 10.0, tuple(said), attributes)
    found = compare_live(call, FACTS, find_promises(call, FACTS))
    assert from_document(tuple[Compared, ...], as_document(found)) == found
    return found


@pytest.mark.parametrize(
    ("changed", "differences", "evidence"),
    [
        ({}, (), []),
        (
            {"live_amount": "20000"},
            (Difference.AMOUNT,),
            [(0, 1.0, "двадцать тысяч"), (1, 10.0, "десять тысяч")],
        ),
        ({"live_due": "2026-11-21"}, (Difference.DAY,), [(1, 12.0, "пятницу")]),
        ({"live_amount": "50.5", "live_due": "2026-11-21"}, (Difference.AMOUNT, Difference.DAY), None),
        ({"live_confirmed": "no"}, (Difference.CONFIRMATION,), [(3, 30.0, "да верно")]),
    ],
)
def test_a_promise_that_both_have(
    changed: dict[str, str], differences: tuple[Difference, ...], evidence: list[tuple[int, float, str]] | None
) -> None:
    (one,) = compared(*PROMISED, **{**FRIDAY, **changed})
    assert one.live is not None
    assert one.found is not None
    assert one.differences == differences
    if evidence is not None:
        assert [(each.utterance, each.start_s, each.text) for each in one.evidence] == evidence


def test_nothing_is_said_of_a_read_back_that_nobody_noted() -> None:
    (one,) = compared(*PROMISED, **{name: FRIDAY[name] for name in ("live_amount", "live_due")})
    assert one.differences == ()


def test_only_one_of_both_has_a_promise() -> None:
    """What was only taken live is shown where its sum and day were said; who could not take one is not compared."""
    refused = ((Role.BOT, "внесёте десять тысяч в пятницу"), (Role.CLIENT, "нет не буду платить"))
    (only_live,) = compared(*refused, **FRIDAY)
    assert (only_live.found, only_live.differences) == (None, (Difference.ONLY_LIVE,))
    assert {(one.shown, one.text) for one in only_live.evidence} == {
        (Shown.AMOUNT, "десять тысяч"),
        (Shown.DAY, "пятницу"),
    }
    (only_found,) = compared(*PROMISED, live_promise="no")
    assert (only_found.live, only_found.differences) == (None, (Difference.ONLY_FOUND,))
    assert only_found.evidence[0].utterance == 1
    assert compared(*PROMISED) == ()
    assert compared(*refused, live_promise="no") == ()


def test_of_several_the_nearest_is_the_live_one() -> None:
    """The others were only found; what a person was promised after a transfer is none of the bot's."""
    both = (
        (Role.BOT, "когда внесёте двадцать тысяч"),
        (Role.CLIENT, "пять тысяч завтра и пятнадцать тысяч в пятницу"),
    )
    live = {**FRIDAY, "live_amount": "15000", "live_confirmed": "no"}
    assert [one.differences for one in compared(*both, **live)] == [(), (Difference.ONLY_FOUND,)]
    taken_over = ((Role.BOT, "соединяю с оператором"), (Role.AGENT, PROMISED[0][1]), *PROMISED[1:])
    assert compared(*taken_over, live_promise="no") == ()
    (by_hand,) = compared((Role.AGENT, PROMISED[0][1]), *PROMISED[1:2], **{**FRIDAY, "live_confirmed": "no"})
    assert by_hand.differences == ()


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"live_amount": "ten"}, "attribute live_amount: write the sum"),
        ({"live_due": "friday"}, "attribute live_due: write the day"),
        ({"live_confirmed": "perhaps"}, "attribute live_confirmed: write yes or no"),
    ],
)
def test_a_wrong_attribute_is_named(wrong: dict[str, str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        compared(*PROMISED, **{**FRIDAY, **wrong})

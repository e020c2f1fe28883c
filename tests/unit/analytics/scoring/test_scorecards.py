"""Scorecards: verdicts with their words, what was not heard, order, critical items, and cards that are wrong."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.conversation import Conversation, Medium
from analytics.documents import as_document, from_document
from analytics.expressions import Heard
from analytics.promises import DebtFacts, find_promises
from analytics.scorecards import (
    Outcome,
    Scored,
    Standing,
    apply_card,
    read_card,
    score_contact,
    shipped_cards,
    unsuited,
)
from engine.accounts import Money
from engine.errors import PackError
from engine.speech import Language

from .talks import SOFT_EN, SOFT_KK, SOFT_RU, STARTED, call, measured

HEAD = """card: sample
version: "1"
says: A sample.
pass: 75
judged: 60%
critical: {critical}
criteria:
"""
CARDS = {card.name: card for card in shipped_cards()}


def _card(tmp_path: Path, rows: str, critical: str = "zero") -> Path:
    path = tmp_path / "card.yaml"
    path.write_text(HEAD.format(critical=critical) + rows, encoding="utf-8")
    return path


def _apply(name: str, conversation: Conversation, language: Language = Language.RUSSIAN) -> Scored:
    facts = DebtFacts(Money.of(45_000), STARTED.date(), language)
    promises = find_promises(conversation, facts)
    return apply_card(Heard(conversation), measured(conversation), CARDS[name], promises)


def _standings(scored: Scored) -> dict[str, Standing]:
    return {one.criterion: one.standing for one in scored.criteria}


@pytest.mark.parametrize(("language", "lines"), [*zip(Language, (SOFT_RU, SOFT_KK, SOFT_EN), strict=True)])
def test_a_good_call_meets_everything_that_is_due(language: Language, lines: tuple[str, ...]) -> None:
    """Of a bot or a person, in each language."""
    scored = _apply("soft_collection", call(*lines), language)

    assert {one.criterion for one in scored.criteria if one.standing is Standing.NOT_MET} == set()
    assert (scored.score, scored.judged, scored.outcome) == (100.0, 1.0, Outcome.PASSED)


def test_each_verdict_has_its_words_with_who_and_when() -> None:
    """Words behind a measure too."""
    scored = _apply("soft_collection", call(*SOFT_RU))
    greeting, robot = scored.criteria[:2]

    assert (robot.evidence.quotes[0].role, robot.evidence.quotes[0].text) == ("bot", "робот-помощник,")
    assert "здравствуйте" in greeting.evidence.quotes[0].text.lower()
    assert greeting.evidence.quotes[0].start_s == pytest.approx(0.5)


def test_every_criterion_that_ships_has_its_sentence_in_each_language() -> None:
    for card in CARDS.values():
        for one in card.criteria:
            assert set(one.says) == set(Language)
            assert len(set(one.says.values())) == len(Language), f"{card.name}: {one.name}"
            assert all(sentence.endswith(".") for sentence in one.says.values())
            assert set("әғқңөұүһі") & set("".join(each.says[Language.KAZAKH] for each in card.criteria).lower())


def test_a_sentence_may_be_of_some_languages_or_of_none(tmp_path: Path) -> None:
    rows = """
  - {id: one, says: Одно., weight: 40, wants: 'bank: раз'}
  - {id: two, says: {en: Two., ru: Два.}, weight: 30, wants: 'bank: два'}
  - {id: three, says: {ru: Три.}, weight: 30, wants: 'bank: три'}
"""
    one, two, three = (item.says for item in read_card(_card(tmp_path, rows)).criteria)
    assert one == dict.fromkeys(Language, "Одно.")
    assert two == {Language.RUSSIAN: "Два.", Language.KAZAKH: "Two.", Language.ENGLISH: "Two."}
    assert three[Language.ENGLISH] == "Три."
    with pytest.raises(PackError, match=r"8:\d+: .*nothing is written here; write a text, or ru, kk, en"):
        read_card(_card(tmp_path, "  - {id: one, says: {}, weight: 100, wants: 'bank: раз'}\n"))
    with pytest.raises(PackError, match="unknown key `de`"):
        read_card(_card(tmp_path, "  - {id: one, says: {de: Eins.}, weight: 100, wants: 'bank: раз'}\n"))


def test_promises_are_asked_for_with_their_words() -> None:
    """Where nobody looked for them, nothing is said of them."""
    conversation = call(*SOFT_RU)
    complete = next(one for one in _apply("soft_collection", conversation).criteria if one.criterion == "complete")
    unknown = apply_card(Heard(conversation), measured(conversation), CARDS["soft_collection"])

    assert complete.standing is Standing.MET
    assert "двадцать тысяч" in [quote.text for quote in complete.evidence.quotes]
    assert _standings(unknown)["complete"] is Standing.NOT_HEARD
    assert (unknown.score, unknown.judged) == (100.0, pytest.approx(0.97, abs=0.005))


def test_what_concerns_bots_is_not_asked_of_people() -> None:
    """And the other way round."""
    person, bot = _apply("soft_collection", call(*SOFT_EN)), _apply("soft_collection", call(*SOFT_RU))

    assert _standings(person)["robot"] is Standing.NOT_DUE
    assert _standings(person)["own_name"] is Standing.MET
    assert _standings(bot)["own_name"] is Standing.NOT_DUE


def test_an_item_that_does_not_apply_costs_nothing() -> None:
    """Nobody spoke of hardship: there was nothing to offer."""
    standings = _standings(_apply("soft_collection", call(*SOFT_KK)))

    assert standings["relief"] is standings["asks_why"] is Standing.NOT_DUE
    assert standings["read_back"] is Standing.MET


def test_a_threat_makes_the_whole_nothing() -> None:
    scored = _apply("soft_collection", call(*SOFT_RU[:-1], "bot: Иначе вас посадят в тюрьму. До свидания!"))

    assert _standings(scored)["no_threats"] is Standing.NOT_MET
    assert (scored.score, scored.outcome) == (0.0, Outcome.FAILED)


def test_a_debt_told_before_the_right_party_answered_is_critical() -> None:
    scored = _apply("soft_collection", call("bot: Здравствуйте, у вас задолженность.", *SOFT_RU[1:]))

    assert _standings(scored)["discretion"] is Standing.NOT_MET
    assert _standings(scored)["debt"] is Standing.NOT_MET
    assert "before `identity`" in next(one.reason for one in scored.criteria if one.criterion == "debt")


def test_what_was_not_heard_takes_its_weight_out_and_is_told() -> None:
    """Half of the bank's opening was lost: no verdict on it, and nothing is decided."""
    scored = _apply("soft_collection", call("agent: …", "~agent: здравствуйте банк", *SOFT_RU[2:3], "agent: …"))
    standings = _standings(scored)

    assert standings["bank"] is standings["no_threats"] is Standing.NOT_HEARD
    assert scored.judged < 0.6
    assert scored.outcome is Outcome.UNDECIDED
    assert next(one for one in scored.criteria if one.criterion == "bank").evidence.unheard[0].share > 0.3


def test_order_is_kept_by_the_first_words_of_each(tmp_path: Path) -> None:
    """An item before another that it must follow is not met; after one that was not there it is."""
    card = read_card(
        _card(
            tmp_path,
            """
  - {id: first, says: One., weight: 40, wants: 'bank: один'}
  - {id: second, says: Two., weight: 60, wants: 'bank: два', after: [first]}
""",
        )
    )

    def second(*lines: str) -> Standing:
        return apply_card(Heard(call(*lines)), {}, card).criteria[1].standing

    assert second("bot: один", "bot: два") is Standing.MET
    assert second("bot: два", "bot: один") is Standing.NOT_MET
    assert second("bot: два") is Standing.MET
    assert second("~bot: один", "bot: два два два два") is Standing.NOT_HEARD


@pytest.mark.parametrize(("critical", "score"), [("zero", 0.0), ("fail", 100.0)])
def test_a_critical_item_does_what_the_card_says(tmp_path: Path, critical: str, score: float) -> None:
    rows = """
  - {id: polite, says: Polite., weight: 100, wants: 'bank: спасибо'}
  - {id: threat, says: Threat., weight: 0, critical: true, forbids: 'bank: тюрьма'}
"""
    scored = apply_card(Heard(call("bot: спасибо тюрьма")), {}, read_card(_card(tmp_path, rows, critical)))

    assert (scored.score, scored.outcome) == (score, Outcome.FAILED)


def test_cards_choose_their_contacts() -> None:
    """By segment, or by the scenario that the bot ran; a call in which nobody answered is not scored."""
    for known in ({"segment": "soft-30"}, {"scenario": "soft_collection"}):
        soft = call(*SOFT_RU, **known)
        assert [one.card for one in score_contact(Heard(soft), measured(soft))] == ["soft_collection"]
    unknown = Heard(call(*SOFT_RU))
    assert score_contact(unknown, measured(soft)) == ()
    assert "@segment is not known" in str(unsuited(unknown, measured(soft))["soft_collection"].facts[0])
    alone = call(SOFT_RU[0], segment="soft")
    assert score_contact(Heard(alone), measured(alone)) == ()


def test_where_sides_are_mixed_nothing_is_said_of_one_side_alone() -> None:
    """A mono recording: all words are laid to the client, so that the bank seems to say nothing."""
    told = [f"client: {line.partition(': ')[2]}" for line in SOFT_RU]
    mixed = call(*told, sides="mixed", segment="soft")
    assert score_contact(Heard(mixed), measured(mixed)) == ()
    scored = _apply("soft_collection", mixed)
    standings = _standings(scored)

    assert standings["bank"] is standings["no_threats"] is standings["greeting"] is Standing.NOT_HEARD
    assert Standing.NOT_MET not in standings.values()
    assert scored.outcome is Outcome.UNDECIDED
    assert "sides is mixed" in str(scored.criteria[3].evidence.facts[0])


def test_a_chat_is_scored_without_what_only_calls_have() -> None:
    scored = _apply("soft_collection", call(*SOFT_RU, medium=Medium.CHAT))
    standings = _standings(scored)

    assert standings["recording"] is standings["lets_finish"] is Standing.NOT_DUE
    assert scored.outcome is Outcome.PASSED


def test_a_reminder_and_an_offer_have_cards_of_their_own() -> None:
    reminder = call(
        *SOFT_RU[:3],
        "bot: Напоминаем, платёж десять тысяч тенге пятого декабря. Спасибо, всего доброго!",
    )
    offer = call(
        "agent: Good afternoon, my name is Sam from Sample Bank, this call is recorded. Do you have a minute?",
        "client: yes",
        "agent: We have an offer of a card, the limit is one million, the rate twenty percent. Are you interested?",
        "client: no thanks",
        "agent: Thank you for listening, goodbye.",
    )

    assert _apply("pre_collection", reminder).outcome is Outcome.PASSED
    assert _apply("telemarketing", offer).outcome is Outcome.PASSED
    pushed = _apply("telemarketing", call("agent: Берите карту, только сегодня!", "client: не интересно"))
    assert _standings(pushed)["no_pushing"] is Standing.NOT_MET


def test_a_result_survives_its_document() -> None:
    scored = _apply("hard_collection", call("agent: …", *SOFT_RU))

    assert from_document(Scored, as_document(scored)) == scored


def test_shipped_cards_are_versioned_by_their_content(tmp_path: Path) -> None:
    """Another wording is another digest; the same is the same."""
    rows = "  - {id: one, says: One., weight: 100, wants: 'bank: один'}\n"
    first = read_card(_card(tmp_path, rows)).digest

    assert read_card(_card(tmp_path, rows)).digest == first
    assert read_card(_card(tmp_path, rows.replace("один", "два"))).digest != first
    assert set(CARDS) == {"pre_collection", "soft_collection", "hard_collection", "telemarketing"}


@pytest.mark.parametrize(
    ("rows", "mend"),
    [
        ("  §- {id: a, says: A., weight: 90, wants: 'да'}\n", "come to 90, not 100; add 10"),
        ("  - {id: a, says: A., weight: 100, wants: 'bank: да §мен'}\n", '"да мен" for a phrase'),
        ("  - {id: a, says: A., weight: 100, §wnts: 'да'}\n", "`wants`"),
        ("  - §{id: a, says: A., weight: 100}\n", "`wants:` and `forbids:`"),
        ("  - {id: a, says: A., weight: §much, wants: 'да'}\n", "no number"),
        ("  - {id: a, says: A., weight: §0, wants: 'да'}\n", "critical: true"),
        ("  - {id: a, says: A., weight: 100, wants: 'да', after: [§b]}\n", "above is named `b`"),
        ("  - {id: a, says: A., weight: 100, wants: '§talk_ratio > 1'}\n", "no measure `talk_ratio`"),
        ("  - {id: a, says: A., weight: 100, wants: 'bank: §$greting'}\n", "no expression named"),
        ("  - {id: a, says: A., weight: 100, wants: {§de: ja}}\n", "unknown key `de`"),
        ("  - {id: a, says: A., weight: 100, wants: {ru: §NOT да}}\n", "only words have a language"),
        ("  - {id: a, says: A., weight: 100, wants: {ru: да, §ru: нет}}\n", "stands twice"),
        ("  - id: a\n    says: A.\n    weight: 100\n    wants: |-\n      bank: да\n      OR §AND\n", "is missing"),
        ("  - {id: a, says: A., weight: 100, critical: §yes, wants: 'да'}\n", "neither true nor false"),
    ],
)
def test_a_mistake_is_shown_in_its_place_with_the_mend(tmp_path: Path, rows: str, mend: str) -> None:
    """The place is where § stands."""
    before = (HEAD.format(critical="zero") + rows).partition("§")[0]
    line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
    path = _card(tmp_path, rows.replace("§", ""))

    with pytest.raises(PackError) as caught:
        read_card(path)

    assert str(caught.value).startswith(f"{path}:{line}:{column}: "), str(caught.value)
    assert mend in str(caught.value)


@given(st.lists(st.sampled_from([*SOFT_RU, *SOFT_KK, "agent: …", "client: …", "~bot: робот банк"]), max_size=8))
def test_every_score_is_the_share_of_what_could_be_judged(lines: list[str]) -> None:
    """Whatever was said or lost: bounds hold, and no weight disappears."""
    for card in CARDS.values():
        scored = apply_card(Heard(call(*lines)), {}, card)
        weights = dict.fromkeys(Standing, 0.0)
        for one in scored.criteria:
            weights[one.standing] += one.weight
        assert sum(weights.values()) == pytest.approx(100)
        assert 0 <= scored.judged <= 1
        assert scored.score is None or 0 <= scored.score <= 100
        if weights[Standing.NOT_HEARD] == 100:
            assert scored.outcome is not Outcome.PASSED

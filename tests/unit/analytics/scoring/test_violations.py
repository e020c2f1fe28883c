"""Violations: words of three languages, hours, frequency, dates of law, and what cannot be told."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.conversation import Conversation, Medium
from analytics.documents import as_document, from_document
from analytics.expressions import Heard
from analytics.measures.history import PastContact
from analytics.violations import ContactFacts, Finding, Status, find_violations, read_rules, shipped_rules
from benchmarks.promise_set import Split, load, path_of
from engine.errors import PackError
from engine.law import Creditor, Jurisdiction, Purpose, provisions
from engine.speech import Language

from .talks import SOFT_EN, SOFT_KK, SOFT_RU, STARTED, call, measured

ALMATY, MOSCOW, KAMCHATKA = ZoneInfo("Asia/Almaty"), ZoneInfo("Europe/Moscow"), ZoneInfo("Asia/Kamchatka")
NAMES = ("Пример Банк", "Үлгі Банк", "Sample Bank")
KZ = ContactFacts(Jurisdiction.KAZAKHSTAN, (ALMATY,), creditor_names=NAMES, inbound=False, history=())
RU = ContactFacts(Jurisdiction.RUSSIA, (MOSCOW,), creditor_names=NAMES, inbound=False, history=())


def _found(conversation: Conversation, facts: ContactFacts = KZ, *, clean: bool = False) -> dict[str, Finding]:
    findings = find_violations(Heard(conversation), measured(conversation), facts, clean=clean)
    return {one.rule: one for one in findings}


def _at(written: str, zone: ZoneInfo = ALMATY) -> datetime:
    return datetime.fromisoformat(written).replace(tzinfo=zone)


@pytest.mark.parametrize("lines", [SOFT_RU, SOFT_KK, SOFT_EN], ids=["ru", "kk", "en"])
@pytest.mark.parametrize("facts", [KZ, RU], ids=["KZ", "RU"])
def test_a_proper_call_violates_nothing(lines: tuple[str, ...], facts: ContactFacts) -> None:
    assert _found(call(*lines), facts) == {}
    assert {one.status for one in _found(call(*lines), facts, clean=True).values()} == {Status.CLEAN}


def test_nobody_is_blamed_for_what_cannot_be_told() -> None:
    """A mono recording, and a chat in which the bank has not answered yet; hours are told of both."""
    told = [f"client: {line.partition(': ')[2]}" for line in SOFT_RU]
    for at, wrong in ((STARTED, set()), (_at("2026-11-23T23:00"), {"hours"})):
        found = _found(call(*told, sides="mixed", started_at=at))
        assert {name for name, one in found.items() if one.status is Status.VIOLATED} == wrong
        assert found["creditor_not_named"].status is Status.NOT_HEARD
        assert found["threat"].status is Status.NOT_HEARD
    assert _found(call("client: здравствуйте", medium=Medium.CHAT)) == {}
    assert "creditor_not_named" in _found(call("agent: здравствуйте", "client: да", medium=Medium.CHAT))


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        ("agent: Иначе вас посадят в тюрьму", "threat"),
        ("agent: Сізді түрмеге қамаймыз", "threat"),
        ("agent: you will go to jail", "threat"),
        ("agent: тогда сообщим вашему начальнику", "telling_others"),
        ("agent: жұмысыңызға хабарлаймыз бастығыңызға", "telling_others"),
        ("agent: we will tell your employer", "telling_others"),
        ("agent: вы просто бессовестный", "insult"),
        ("agent: сіз ақымақсыз", "insult"),
        ("agent: don't be stupid", "insult"),
        ("agent: это судебный пристав", "false_authority"),
        ("agent: бұл полициядан", "false_authority"),
        ("agent: this is the police", "false_authority"),
        ("agent: на вас заведут уголовное дело", "criminal_prosecution"),
        ("agent: сізге қылмыстық іс ашылады", "criminal_prosecution"),
        ("agent: it will be a criminal case", "criminal_prosecution"),
    ],
)
def test_what_must_not_be_said_is_found_with_its_words(line: str, rule: str) -> None:
    """By who says it: a client may speak of prison."""
    lines = (*SOFT_EN[:3], line)
    found = _found(call(*lines))[rule]

    assert found.status is Status.VIOLATED
    assert found.evidence.quotes[0].role == "agent"
    assert found.evidence.quotes[0].start_s > 1
    assert "Law 62-VI" in found.article
    assert rule not in _found(call(*SOFT_EN[:3], line.replace("agent", "client")))


@pytest.mark.parametrize(
    "lines",
    [
        ("client: его нет дома", "agent: передайте у него задолженность"),
        ("client: мен оның анасымын үйде жоқ ол", "agent: оның берешегі бар"),
        ("client: he is not home", "agent: tell him his debt is large"),
    ],
)
def test_a_debt_told_to_somebody_else_is_found(lines: tuple[str, ...]) -> None:
    found = _found(call(*lines))

    assert found["debt_told_to_third_party"].status is Status.VIOLATED
    assert {quote.role for quote in found["debt_told_to_third_party"].evidence.quotes} == {"client", "agent"}
    assert found["debt_told_before_identity"].status is Status.VIOLATED


@pytest.mark.parametrize(
    ("day", "facts", "rule"),
    [
        (date(2026, 1, 18), KZ, "robot_not_told"),
        (date(2024, 2, 1), RU, "recording_not_told"),
    ],
)
def test_the_law_of_the_day_decides(day: date, facts: ContactFacts, rule: str) -> None:
    """The same call a day earlier broke no law."""
    lines = ("bot: Здравствуйте, Пример Банк.", "client: да")
    at = datetime(day.year, day.month, day.day, 9, tzinfo=UTC)

    assert _found(call(*lines, started_at=at), facts)[rule].status is Status.VIOLATED
    assert rule not in _found(call(*lines, started_at=at - timedelta(days=1)), facts, clean=True)


def test_the_day_is_that_of_the_client() -> None:
    """Late on the 17th in London it is the 18th in Almaty."""
    lines = ("bot: Здравствуйте, Пример Банк.", "client: да")
    at = datetime(2026, 1, 17, 20, tzinfo=UTC)

    assert _found(call(*lines, started_at=at))["robot_not_told"].day == date(2026, 1, 18)
    assert "robot_not_told" not in _found(call(*lines, started_at=at), replace(KZ, zones=(ZoneInfo("Europe/London"),)))


@pytest.mark.parametrize(
    ("at", "facts", "violated"),
    [
        (_at("2026-11-23 20:59"), KZ, False),
        (_at("2026-11-23 21:00"), KZ, True),
        (_at("2026-11-23 07:59"), KZ, True),
        (_at("2026-11-21 12:00"), KZ, True),  # Saturday
        (_at("2026-12-16 12:00"), KZ, True),  # Independence Day
        (_at("2026-11-23 21:59", MOSCOW), RU, False),
        (_at("2026-11-21 19:59", MOSCOW), RU, False),
        (_at("2026-11-21 20:00", MOSCOW), RU, True),
        (_at("2026-06-12 20:30", MOSCOW), RU, True),  # Russia Day, a Friday
        (_at("2026-11-23 16:00", MOSCOW), replace(RU, zones=(MOSCOW, KAMCHATKA)), True),
    ],
)
def test_hours_are_those_where_the_client_is(at: datetime, facts: ContactFacts, violated: bool) -> None:
    """Of several zones the strictest counts."""
    found = _found(call(*SOFT_RU, started_at=at), facts)

    assert ("hours" in found) is violated
    if violated:
        fact = found["hours"].evidence.facts[0]
        assert fact.name == "local time"
        assert facts.zones[-1].key in str(fact.value)


def test_what_is_not_known_is_no_violation() -> None:
    """Where the client is, who began it, what came before, what the creditor is called."""
    night = call(*SOFT_RU, started_at=_at("2026-11-23 23:00"))

    assert _found(night, replace(KZ, inbound=None))["hours"].status is Status.NOT_KNOWN
    assert "hours" not in _found(night, replace(KZ, inbound=True))
    unknown = _found(night, ContactFacts(Jurisdiction.KAZAKHSTAN))
    assert {rule for rule, one in unknown.items() if one.status is Status.NOT_KNOWN} == {
        "hours",
        "too_many_contacts",
        "creditor_not_named",
    }


def test_a_message_at_night_counts_unless_it_answers() -> None:
    """A client who writes at night may be answered at night."""
    night = _at("2026-11-23 23:00")

    assert "hours" in _found(call("bot: оплатите Пример Банк", started_at=night, medium=Medium.SMS))
    assert "hours" not in _found(call("client: вы тут", "bot: да", started_at=night, medium=Medium.CHAT))


def _past(ago: timedelta, *, reached: bool = True, inbound: bool = False, medium: Medium = Medium.CALL) -> PastContact:
    return PastContact(f"past {ago}", STARTED - ago, medium, None, reached, inbound=inbound)


WEDNESDAY = STARTED + timedelta(days=2)


@pytest.mark.parametrize(
    ("past", "broken"),
    [
        ([_past(timedelta(hours=1))], ["calls in the day"]),
        ([_past(timedelta(hours=1), reached=False)], []),
        ([_past(timedelta(hours=1), inbound=True)], []),
        ([_past(timedelta(hours=1), medium=Medium.SMS)], []),
        ([_past(timedelta(hours=13))], []),  # the day before, by the calendar
        ([_past(timedelta(days=days)) for days in (1, 2, 3)], []),  # the week before
        ([_past(timedelta(days=days)) for days in range(2, 22, 2)], ["calls in the month"]),
    ],
)
def test_russian_limits_count_calls_that_reached_the_client(past: list[PastContact], broken: list[str]) -> None:
    found = _found(call(*SOFT_RU), replace(RU, history=tuple(past)))

    assert [fact.name for fact in found["too_many_contacts"].evidence.facts] == broken if broken else not found


def test_a_third_call_in_a_week_is_too_many() -> None:
    days = [PastContact(f"{day}", WEDNESDAY - timedelta(days=day), Medium.CALL, None) for day in (1, 2)]
    found = _found(call(*SOFT_RU, started_at=WEDNESDAY), replace(RU, history=tuple(days)))["too_many_contacts"]

    assert [(fact.name, fact.value) for fact in found.evidence.facts] == [("calls in the week", 3.0)]


def test_limits_bind_whom_they_name() -> None:
    """A bank's second call of a day is too many, an agency's fourth."""
    twice = tuple(_past(timedelta(minutes=minutes)) for minutes in (30,))
    four = tuple(_past(timedelta(minutes=minutes)) for minutes in (30, 60, 90))
    agency = replace(KZ, creditor=Creditor.COLLECTOR)

    assert set(_found(call(*SOFT_RU), replace(KZ, history=twice))) == {"too_many_contacts"}
    assert _found(call(*SOFT_RU), replace(agency, history=twice)) == {}
    assert set(_found(call(*SOFT_RU), replace(agency, history=four))) == {"too_many_contacts_of_collectors"}


def test_notices_that_nobody_could_hear_are_not_missing() -> None:
    found = _found(call("bot: …", "client: да", "bot: …"))

    assert found["robot_not_told"].status is found["recording_not_told"].status is Status.NOT_HEARD
    assert found["robot_not_told"].evidence.unheard[0].share > 0.3
    assert found["threat"].status is Status.NOT_HEARD


def test_a_call_that_nobody_answered_owes_no_notices() -> None:
    """Nor does a person owe a robot's."""
    assert _found(call("bot: алло")) == {}
    assert "robot_not_told" not in _found(call("agent: добрый день", "client: да"))


def test_a_creditor_that_is_not_named_is_told() -> None:
    found = _found(call("agent: добрый день разговор записывается", "client: да", "agent: вы оплатите?"))

    assert found["creditor_not_named"].status is Status.VIOLATED


def test_a_message_is_signed_since_the_amendment() -> None:
    def signed(at: datetime, text: str) -> bool:
        return "message_not_signed" not in _found(call(text, started_at=at, medium=Medium.SMS), RU)

    assert signed(_at("2025-08-29 12:00", MOSCOW), "bot: оплатите завтра")
    assert not signed(_at("2025-09-01 12:00", MOSCOW), "bot: оплатите завтра")
    assert signed(_at("2025-09-01 12:00", MOSCOW), "bot: оплатите завтра Пример Банк")


@pytest.mark.parametrize(
    ("lines", "rule"),
    [
        (("client: я банкрот", "agent: когда сможете оплатить"), "contact_with_protected"),
        (("client: мне двенадцать", "agent: у мамы долг"), "contact_with_child"),
        (("client: больше не звоните мне", "agent: вы должны, готовы оплатить сегодня?"), "wish_not_heeded"),
    ],
)
def test_who_must_not_be_asked_any_more(lines: tuple[str, ...], rule: str) -> None:
    assert _found(call(*lines), RU)[rule].status is Status.VIOLATED


def test_a_bot_that_advertises_needs_consent() -> None:
    facts = replace(RU, purpose=Purpose.ADVERTISING)

    assert "advertising_by_machine" in _found(call(*SOFT_RU), facts)
    assert "advertising_by_machine" not in _found(call(*SOFT_RU, advertising_consent="yes"), facts)
    assert "advertising_by_machine" not in _found(call(*SOFT_EN), facts)


def test_a_finding_survives_its_document_and_says_its_pack() -> None:
    found = _found(call("bot: …", "client: да"))["robot_not_told"]

    assert from_document(Finding, as_document(found)) == found
    pack = next(pack for pack in shipped_rules() if pack.name == "kz")
    assert (found.pack, found.version, found.digest) == ("kz", pack.version, pack.digest)


HEAD = 'pack: own\nversion: "1"\njurisdiction: KZ\nrules:\n'


def test_a_bank_has_rules_of_its_own(tmp_path: Path) -> None:
    """Dated like those of the law."""
    path = tmp_path / "own.yaml"
    path.write_text(
        HEAD + "  - {rule: no_slang, says: No slang., severity: low, article: Code of conduct 3, from: 2026-11-20, "
        "until: 2026-11-23, forbids: 'bank: короче'}\n",
        encoding="utf-8",
    )
    pack = read_rules(path)

    def rules(at: datetime) -> list[str]:
        conversation = call("agent: короче", started_at=at)
        return [one.rule for one in find_violations(Heard(conversation), {}, KZ, [pack])]

    assert rules(STARTED) == rules(STARTED - timedelta(days=3)) == ["no_slang"]
    assert rules(STARTED + timedelta(days=1)) == rules(STARTED - timedelta(days=4)) == []


@pytest.mark.parametrize(
    ("row", "mend"),
    [
        ("{rule: a, says: A., severity: low, law: §kz_hour, check: hours}", "`kz_hours`"),
        ("{rule: a, says: A., severity: low, law: §ru_hours, check: hours}", "law of RU"),
        ("{rule: a, says: A., severity: low, law: kz_conduct, check: §hours}", "sets no hours"),
        ("{rule: a, says: A., severity: low, law: kz_hours, check: §frequency}", "sets no limits"),
        ("{rule: a, says: A., severity: §bad, law: kz_hours, check: hours}", "low, medium, high, critical"),
        ("§{rule: a, says: A., severity: low, forbids: да}", "needs `law:`"),
        ("§{rule: a, says: A., severity: low, law: kz_conduct}", "`forbids:` and `check:`"),
        ("{rule: a, says: A., severity: low, law: kz_conduct, from: §2026-01-01, forbids: да}", "has this already"),
        ("{rule: a, says: A., severity: low, article: B, from: §soon, forbids: да}", "2026-11-23"),
        ("{rule: a, says: A., severity: low, article: B, from: 2026-01-02, until: §2026-01-01, forbids: да}", "ends"),
        ("{rule: a, says: A., severity: low, law: kz_conduct, forbids: 'bank: да §мен'}", "for a phrase"),
    ],
)
def test_a_mistake_is_shown_in_its_place_with_the_mend(tmp_path: Path, row: str, mend: str) -> None:
    """The place is where § stands."""
    path = tmp_path / "own.yaml"
    path.write_text(f"{HEAD}  - {row.replace('§', '')}\n", encoding="utf-8")

    with pytest.raises(PackError) as caught:
        read_rules(path)

    assert str(caught.value).startswith(f"{path}:5:{5 + row.index('§')}: "), str(caught.value)
    assert mend in str(caught.value)


@given(
    lines=st.lists(st.sampled_from([*SOFT_RU, *SOFT_KK, "agent: …", "client: …", "agent: тюрьма"]), max_size=6),
    days=st.integers(-4000, 400),
    facts=st.sampled_from([KZ, RU, replace(RU, zones=()), replace(KZ, history=None, creditor_names=())]),
)
def test_every_finding_is_of_a_law_in_force(lines: list[str], days: int, facts: ContactFacts) -> None:
    """On any day of the past, whatever was said; told clean or not, the rest is the same."""
    conversation = call(*lines, started_at=STARTED + timedelta(days=days))
    heard = Heard(conversation)
    found = find_violations(heard, {}, facts)
    rules = {
        rule.name: rule for pack in shipped_rules() if pack.jurisdiction is facts.jurisdiction for rule in pack.rules
    }

    assert all(rules[one.rule].law.in_force(one.day) for one in found)
    every = find_violations(heard, {}, facts, clean=True)
    assert tuple(one for one in every if one.status is not Status.CLEAN) == found


def test_every_hour_and_limit_of_the_law_is_looked_for() -> None:
    """A row that nobody applies would be a rule on paper."""
    used = {rule.law.name for pack in shipped_rules() for rule in pack.rules}
    figures = {name for name, law in provisions().items() if (law.hours or law.limits) and law.in_force(STARTED.date())}

    assert figures <= used


@pytest.mark.parametrize("language", Language)
def test_conversations_without_threats_have_none(language: Language) -> None:
    """People wrote these for promises; some speak of courts, the police and relatives, and no bank threatens."""
    conduct = {"threat", "telling_others", "insult", "false_authority", "criminal_prosecution"}
    talks = load(path_of(language, Split.DEVELOPMENT))
    assert len(talks) > 30
    for one in talks:
        heard = Heard(call(*(f"{role}: {text}" for role, text in one.lines if text.strip())))
        assert conduct.isdisjoint(found.rule for found in find_violations(heard, {}, RU)), one.id

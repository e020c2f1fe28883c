"""Synthetic contacts of a collection, from a seed, with effects planted in them that insights must find, or must not.

Planted, so that tests can ask for them:

- the bank offers instalments (`OFFER`) in 40 % of contacts, and then 30 of 100 more promises are kept;
- the bank hurries (`HURRY`) in a third of contacts, and then 15 of 100 more clients come back within a week;
- the bank mentions a gift (`CONFOUNDED`) nearly always in pre-collection and hardly ever elsewhere. Promises are kept
  more often there anyhow, and the gift itself does nothing;
- reasons for not paying differ by segment, and delayed wages (`RISING`) grow in the last week.

Names of people there are none; clients are hashes of numbers.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import Final
from zoneinfo import ZoneInfo

from analytics.conversation import Conversation, Medium, Role, Utterance
from analytics.documents import as_document
from analytics.insights.observed import Observed, Week
from analytics.insights.report import Gathered, Period
from analytics.insights.totals import Tally
from analytics.measures import measure
from analytics.payments import Debtor, Payment, PromisedPayment, join_payments
from analytics.payments.reconciling import number_of
from analytics.pipeline.orders import Order
from analytics.pipeline.running import Made, Stored
from analytics.promises.values import Promise, Proposer
from analytics.store import AnalyticsDatabase, contacts
from engine.accounts import Money
from engine.speech import Language, Word

ZONE: Final = ZoneInfo("Asia/Almaty")
OFFER: Final = "оформить рассрочку"
HURRY: Final = "решайте немедленно"
CONFOUNDED: Final = "подарок постоянным клиентам"
RISING: Final = "зарплату"
OFFER_EFFECT: Final = 0.3
HURRY_EFFECT: Final = 0.15

_SEGMENTS: Final = {"pre_collection": (0.45, 0.62, 0.9), "soft": (0.35, 0.38, 0.06), "hard": (0.2, 0.22, 0.03)}
"""By segment: its share, how many promises are kept without the offer, how often the gift is mentioned."""

_REASONS: Final = {
    "forgot": (
        {"pre_collection": 6, "soft": 2, "hard": 1},
        ["забыл дату платежа", "просто забыл про дату", "забыла число и дату", "дату платежа забыл"],
        ["төлем күнін ұмытып кетіппін", "күнін ұмытып қалдым"],
        ["i forgot the due date", "forgot about the date"],
    ),
    "wages": (
        {"pre_collection": 2, "soft": 3, "hard": 2},
        ["зарплату задержали", "задержали зарплату опять", "зарплату нам задерживают", "не дали зарплату задержали"],
        ["жалақы кешікті", "жалақы кешікті әлі берген жоқ"],
        ["my salary is late", "salary came late", "they pay salary late"],
    ),
    "job": (
        {"pre_collection": 1, "soft": 3, "hard": 6},
        ["потерял работу", "работу потеряла", "я работу потерял", "потерял работу уволили"],
        ["жұмыстан айырылдым", "жұмыстан айырылдым жұмыс жоқ"],
        ["i lost my job", "lost the job"],
    ),
    "ill": (
        {"pre_collection": 1, "soft": 2, "hard": 3},
        ["лежу в больнице операция", "после операции в больнице", "операция была больница", "в больнице на операции"],
        ["ауруханада жаттым операция", "операция болды ауруханада"],
        ["was in hospital for surgery", "had surgery in hospital"],
    ),
    "app": (
        {"pre_collection": 3, "soft": 1, "hard": 1},
        ["приложение выдаёт ошибку", "в приложении ошибка", "ошибка у вас в приложении", "приложение ошибка и всё"],
        ["қосымша қате береді", "қосымшада қате болды"],
        ["the app shows an error", "error in the app"],
    ),
}
"""By reason: how common it is in each segment, and how it is told in Russian, Kazakh and English."""
_ASIDES: Final = (
    *("вот и не вышло в этом месяце", "так получилось понимаете", "сами понимаете ситуация", "на прошлой неделе"),
    *("семья большая дети", "честное слово", "первый раз такое", "что поделать теперь", "", ""),
)
"""What people add, in Russian alone."""
_WORDS: Final = {
    Language.RUSSIAN: {
        "open": ["добрый день это банк разговор записывается", "здравствуйте банк беспокоит разговор записывается"],
        "yes": ["да это я", "да слушаю вас это я"],
        "debt": ["у вас просроченный платёж двадцать тысяч тенге", "напоминаю платёж двадцать тысяч просрочен"],
        "why": ["подскажите по какой причине не внесли", "с чем связано что не оплатили"],
        "offer": ["можем оформить рассрочку на три месяца", "предлагаю оформить рассрочку удобными частями"],
        "hurry": ["решайте немедленно времени больше нет", "решайте немедленно иначе будет поздно"],
        "gift": ["есть подарок постоянным клиентам", "напомню про подарок постоянным клиентам"],
        "when": ["когда сможете оплатить", "какого числа внесёте оплату"],
        "promise": ["внесу двадцать тысяч в пятницу", "оплачу двадцать тысяч в пятницу"],
        "no": ["не знаю пока ничего не скажу", "сейчас сказать не могу"],
        "bye": ["спасибо до свидания", "благодарю всего доброго"],
    },
    Language.KAZAKH: {
        "open": ["сәлеметсіз бе банктен хабарласып тұрмыз сөйлесу жазылады"],
        "yes": ["иә менмін", "иә тыңдап тұрмын"],
        "debt": ["төлеміңіздің мерзімі өткен жиырма мың теңге"],
        "why": ["қандай себеппен төлемедіңіз"],
        "offer": ["бөліп төлеуді рәсімдей аламыз үш айға"],
        "hurry": ["дереу шешіңіз уақыт жоқ"],
        "gift": ["тұрақты клиенттерге сыйлық бар"],
        "when": ["қашан төлей аласыз"],
        "promise": ["жұма күні жиырма мың төлеймін"],
        "no": ["әзірге ештеңе айта алмаймын"],
        "bye": ["рақмет сау болыңыз"],
    },
    Language.ENGLISH: {
        "open": ["good afternoon this is the bank the call is recorded"],
        "yes": ["yes speaking"],
        "debt": ["your payment of twenty thousand tenge is overdue"],
        "why": ["may i ask what happened with the payment"],
        "offer": ["we can arrange a payment plan for three months"],
        "hurry": ["decide immediately there is no time left"],
        "gift": ["there is a gift for loyal clients"],
        "when": ["when will you be able to pay"],
        "promise": ["i will pay twenty thousand on friday"],
        "no": ["i cannot say anything now"],
        "bye": ["thank you goodbye"],
    },
}  # review: kk
_AMOUNT: Final = Money.of(20_000)
_AGAIN: Final = "-again"
_AT_ONCE: Final = 200


@dataclass(frozen=True, slots=True)
class Planted:
    """A synthetic contact with what became of it.

    Args:
        conversation: its words.
        promise: made in it.
        payments: for that promise.
    """

    conversation: Conversation
    promise: Promise | None
    payments: tuple[Payment, ...]

    @property
    def follows(self) -> bool:
        """Whether it came after another of the same client."""
        return self.conversation.contact_id.endswith(_AGAIN)


def plant(seed: int, count: int, last: Week, weeks: int = 8) -> list[Planted]:
    """Return so many first contacts, and beside them the contacts that follow.

    Args:
        seed: the same gives the same.
        count: of people.
        last: week in which the latest begin.
        weeks: over which they are spread evenly.
    """
    chance = random.Random(seed)
    found: list[Planted] = []
    for number in range(count):
        week = last.before(number * weeks // count)
        found += _person(chance, number, week, rising=week == last)
    return found


def observe(planted: Sequence[Planted], known_until: date) -> list[Observed]:
    """Return planted contacts as insights look at them, without measures and categories."""
    promises = [
        PromisedPayment(
            *(one.conversation.contact_id, 0, Debtor(client=one.conversation.attributes["client_hash"])),
            *(one.conversation.started_at, one.promise.amount, one.promise.due),
        )
        for one in planted
        if one.promise
    ]
    payments = [payment for one in planted for payment in one.payments]
    joined = {one.promise.contact_id: (one.settlement,) for one in join_payments(promises, payments, known_until)}
    ids = {one.conversation.contact_id for one in planted}
    return [
        Observed(
            one.conversation,
            one.conversation.attributes["client_hash"],
            one.conversation.attributes["segment"],
            promises=joined.get(one.conversation.contact_id, ()),
            repeated=None if one.follows else f"{one.conversation.contact_id}{_AGAIN}" in ids,
            right_party=one.conversation.attributes["outcome"] != "third_party",
        )
        for one in planted
    ]


def gathered(observed: Sequence[Observed], period: Period, aside: int = 0) -> Gathered:
    """Return what a report is made from where it is made of these contacts alone."""
    tally = Tally(period.all_weeks, period.least_people)
    for one in observed:
        tally.contact(one.week, one.caller, one.right_party)
        for promise in one.promises:
            tally.promise(one.week, one.segment, one.caller, number_of(one.client), promise)
    own = tuple(one for one in observed if one.week in period.all_weeks)
    return Gathered(tally.totals(), own, len(own), aside)


def _person(chance: random.Random, number: int, week: Week, *, rising: bool) -> Iterator[Planted]:
    segment = chance.choices(list(_SEGMENTS), [share for share, _, _ in _SEGMENTS.values()])[0]
    _, kept_rate, gift_rate = _SEGMENTS[segment]
    role = Role.BOT if chance.random() < 0.6 else Role.AGENT
    language = chance.choices(list(Language), [7, 2, 1])[0]
    said = {"offer": chance.random() < 0.4, "hurry": chance.random() < 0.33, "gift": chance.random() < gift_rate}
    reached, promises = chance.random() < 0.75, chance.random() < 0.7
    lines = _lines(chance, language, role, segment, said, reached=reached, promises=promises, rising=rising)
    day = week.monday + timedelta(days=chance.randrange(5))
    at = datetime(day.year, day.month, day.day, chance.randrange(9, 19), chance.randrange(60), tzinfo=ZONE)
    conversation = Conversation(
        *(f"call-{number:06d}", Medium.CALL, at, lines[-1].end_s + 1.0, lines),
        MappingProxyType(
            {
                "client_hash": f"client{number:012d}",
                "segment": segment,
                "direction": "outbound",
                "outcome": ("promise_to_pay" if promises else "refused") if reached else "third_party",
                **({"agent": f"op{chance.randrange(12)}"} if role is Role.AGENT else {}),
            }
        ),
    )
    promise, payments = None, ()
    if reached and promises:
        promise = Promise(_AMOUNT, day + timedelta(days=chance.randrange(1, 6)), 0, Proposer.CLIENT, 0.95)
        payments = tuple(_paid(chance, conversation, promise.due, kept_rate + OFFER_EFFECT * said["offer"]))
    yield Planted(conversation, promise, payments)
    if reached and chance.random() < 0.15 + HURRY_EFFECT * said["hurry"]:
        yield Planted(_again(conversation, at + timedelta(days=chance.uniform(1, 6))), None, ())


def _paid(chance: random.Random, contact: Conversation, due: date | None, rate: float) -> Iterator[Payment]:
    assert due is not None, "planted promises have a day"
    debtor = Debtor(client=contact.attributes["client_hash"])
    noon = datetime(due.year, due.month, due.day, 20, tzinfo=ZONE)
    if chance.random() < rate:
        yield Payment(f"pay-{contact.contact_id}", debtor, noon, _AMOUNT)
    elif chance.random() < 0.2:
        yield Payment(f"pay-{contact.contact_id}", debtor, noon, Money(_AMOUNT.minor // 2))


def _again(contact: Conversation, at: datetime) -> Conversation:
    """Return the client's own call after a contact."""
    lines = tuple(one for one in contact.utterances[:2])
    return replace(
        contact, contact_id=f"{contact.contact_id}{_AGAIN}", started_at=at, utterances=lines, duration_s=20.0
    )


def _lines(
    chance: random.Random,
    language: Language,
    bank: Role,
    segment: str,
    said: dict[str, bool],
    *,
    reached: bool,
    promises: bool,
    rising: bool,
) -> tuple[Utterance, ...]:
    words = _WORDS[language]
    turns: list[tuple[Role, str]] = [(bank, chance.choice(words["open"]))]
    if not reached:
        absent = {Language.RUSSIAN: "его нет дома", Language.KAZAKH: "ол үйде жоқ", Language.ENGLISH: "he is not home"}
        turns += [(Role.CLIENT, absent[language]), (bank, chance.choice(words["bye"]))]
        return _timed(chance, language, turns)
    turns += [(Role.CLIENT, chance.choice(words["yes"])), (bank, chance.choice(words["debt"]))]
    turns += [(bank, chance.choice(words["why"])), (Role.CLIENT, _reason(chance, language, segment, rising))]
    turns += [(bank, chance.choice(words[name])) for name, present in said.items() if present]
    turns += [(bank, chance.choice(words["when"]))]
    turns += [(Role.CLIENT, chance.choice(words["promise" if promises else "no"])), (bank, chance.choice(words["bye"]))]
    return _timed(chance, language, turns)


def _reason(chance: random.Random, language: Language, segment: str, rising: bool) -> str:
    weights = [
        by_segment[segment] * (3 if rising and name == "wages" else 1) for name, (by_segment, *_) in _REASONS.items()
    ]
    texts = chance.choices(list(_REASONS.values()), weights)[0]
    text = chance.choice(texts[1 + list(Language).index(language)])
    return f"{text} {chance.choice(_ASIDES)}".strip() if language is Language.RUSSIAN else text


def _timed(chance: random.Random, language: Language, turns: Sequence[tuple[Role, str]]) -> tuple[Utterance, ...]:
    now_s, found = 0.5, []
    for role, text in turns:
        words = []
        for one in text.split():
            lasted_s = round(chance.uniform(0.25, 0.5), 2)
            words.append(Word(one, round(now_s, 2), round(now_s + lasted_s, 2), 0.9))
            now_s += lasted_s
        found.append(Utterance(role, tuple(words), words[0].start_s, words[-1].end_s, language))
        now_s += chance.uniform(0.3, 2.5)
    return tuple(found)


def store(planted: Sequence[Planted], database: AnalyticsDatabase, at: datetime) -> None:
    """Keep planted contacts as the pipeline would, with the promises that were planted and measures of their words."""
    for begin in range(0, len(planted), _AT_ONCE):
        with database.writing() as connection:
            for one in planted[begin : begin + _AT_ONCE]:
                said = one.conversation
                results = {
                    "promises": Made("", "", as_document((one.promise,) if one.promise else ())),
                    "measures": Made("", "", as_document(dict(measure(said)))),
                }
                order = Order(said.contact_id, said.medium, said.started_at, "ru", said.attributes)
                contacts.save(connection, order, Stored(said, Made("", "", None), MappingProxyType(results)), at)


def payments_csv(planted: Sequence[Planted]) -> str:
    """Return the planted payments as a bank's export."""
    rows = ["payment_id;paid_at;amount;client_hash"]
    for one in planted:
        for payment in one.payments:
            minor = payment.amount.minor
            amount = f"{minor // 100},{minor % 100:02d}"
            rows.append(f"{payment.payment_id};{payment.paid_at.isoformat()};{amount};{payment.debtor.client}")
    return "\n".join(rows)

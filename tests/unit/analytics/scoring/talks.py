"""Contacts written as lines, who and the words; ``…`` is speech that nobody understood, ``~`` before a line doubt."""

from datetime import UTC, datetime
from itertools import pairwise

from analytics.conversation import Conversation, Medium, Role, Utterance
from analytics.measures import Measured, measure
from engine.speech import Word

STARTED = datetime(2026, 11, 23, 9, tzinfo=UTC)  # Monday, 14:00 in Almaty, 12:00 in Moscow
_WORD_S = 0.4
_PAUSE_S = 0.6


def call(*lines: str, started_at: datetime = STARTED, medium: Medium = Medium.CALL, **attributes: str) -> Conversation:
    """Return a contact whose lines follow each other."""
    utterances, at_s = [], 0.5
    for line in lines:
        doubtful = line.startswith("~")
        role, _, text = line.removeprefix("~").partition(": ")
        said = [] if text == "…" else text.split()
        times = [at_s + number * _WORD_S for number in range(len(said) + 1)] if said else [at_s, at_s + 4.0]
        words = tuple(
            Word(word, begin_s, end_s, 0.1 if doubtful else 0.9)
            for word, (begin_s, end_s) in zip(said, pairwise(times), strict=False)
        )
        utterances.append(Utterance(Role(role), words, at_s, times[-1]))
        at_s = times[-1] + _PAUSE_S
    return Conversation("c1", medium, started_at, at_s, tuple(utterances), attributes)


def measured(conversation: Conversation) -> dict[str, Measured]:
    """Return its measures."""
    return dict(measure(conversation))


SOFT_RU = (
    "bot: Здравствуйте! Это робот-помощник, Пример Банк. Разговор записывается.",
    "bot: Подскажите, пожалуйста, Алекс Образцов — это вы?",
    "client: да это я",
    "bot: Срок оплаты кредита прошёл, задолженность сорок пять тысяч тенге. Когда вы сможете оплатить?",
    "client: потерял работу денег нет",
    "bot: Понимаю вас. По какой причине? Банк может предложить рассрочку.",
    "client: хорошо внесу в пятницу двадцать тысяч",
    "bot: Правильно ли я понимаю: в пятницу вы внесёте двадцать тысяч тенге?",
    "client: да верно",
    "bot: Спасибо, до свидания!",
)
SOFT_KK = (
    "bot: Сәлеметсіз бе! Бұл робот-көмекші, Үлгі Банк. Әңгіме жазылып жатыр.",
    "bot: Айтыңызшы, сіз Алекс Үлгіұлы боласыз ба?",
    "client: иә менмін",
    "bot: Несие бойынша берешек қырық бес мың теңге. Қашан төлей аласыз?",
    "client: жұма күні жиырма мың төлеймін",
    "bot: Дұрыс түсіндім бе: жұма күні жиырма мың теңге төлейсіз?",
    "client: иә дұрыс",
    "bot: Рақмет, сау болыңыз!",
)
SOFT_EN = (
    "agent: Good morning, my name is Sam, calling from Sample Bank. This call is recorded.",
    "agent: Am I speaking with Alex Sample?",
    "client: yes speaking",
    "agent: Your payment is overdue, the amount is forty five thousand tenge. When can you pay?",
    "client: I can pay twenty thousand on friday",
    "agent: Is that right, twenty thousand on Friday?",
    "client: yes that's right",
    "agent: Thank you, goodbye!",
)

"""Rows of the accuracy table count what they say, of speech whose errors are known."""

import numpy as np

from asr.training.corpora import Split, Utterance
from asr.training.hearing import Heard
from asr.training.language_model.answers import expected
from benchmarks.recognised_intents import HEAD, Judged, row
from dialogs.understanding.context import Understood
from engine.speech import Expect, Language


def judged(text: str, heard: str, intent: str, intent_heard: str, *, said: bool = True, sure: bool = False) -> Judged:
    utterance = Utterance("asterisk", "prompts", "ru", text, Split.ASTERISK, 0, 10, 0)
    expect = expected(text, Language.RUSSIAN)
    symbols = {Language.RUSSIAN: np.zeros((1, 2), np.float32)}
    found = heard if said else ""
    spoken = Heard(utterance, Language.RUSSIAN, "", symbols, expect)
    return Judged(spoken, heard, heard, meant(intent, sure=sure), meant(intent_heard), found, found)


def meant(intent: str, *, sure: bool = False) -> Understood:
    return Understood(intent, 0.9, sure=sure)


PROMISE = judged("заплачу пять тысяч тенге завтра", "заплачу пять тысяч тенге", "ptp_full", "ptp_full")
YES = judged("да", "да", "yes", "not_understood", said=False)
CHAT = judged("кошка ест", "кошка ест", "not_understood", "yes")


def test_words_letters_values_and_intents_are_counted() -> None:
    found = row("clean", "all", [PROMISE, YES, CHAT])
    assert (found.utterances, found.words) == (3, 8)
    assert found.greedy == (1.0, 1.0)
    assert found.search[0] == 0.125
    assert (found.values, found.values_free) == (1, 0.0)  # the day was lost
    assert (found.meant, found.intents_alike, found.not_heard) == (2, 0.5, 0.5)
    assert found.shown().count("|") == HEAD.splitlines()[0].count("|")


def test_speech_bears_an_intent_where_it_means_one_or_holds_a_value() -> None:
    assert [one.bears_intent for one in (PROMISE, YES, CHAT)] == [True, True, False]
    assert PROMISE.heard.expect is Expect.PROMISE
    assert judged("сто тысяч тенге", "", "not_understood", "not_understood").bears_intent
    assert [one.surely_bears_intent for one in (PROMISE, YES, CHAT)] == [True, False, False]
    assert judged("да", "да", "yes", "yes", sure=True).surely_bears_intent


def test_nothing_is_shared_out_where_there_is_nothing() -> None:
    found = row("clean", "all", [CHAT])
    assert (found.values_free, found.values_expected, found.intents_alike, found.not_heard) == (None,) * 4

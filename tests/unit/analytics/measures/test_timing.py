"""Times of a call add up, and answers, interruptions and hold are found where they are."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.conversation import Medium, Role, Utterance
from analytics.measures import Measured, Side, measure
from analytics.response import Span

from .talking import contact, said

BANK, CLIENT = Side.BANK, Side.CLIENT
SPANS = st.lists(
    st.tuples(st.integers(0, 3000), st.integers(1, 400)).map(lambda at: Span(at[0] / 100, (at[0] + at[1]) / 100)),
    max_size=12,
)


def value(measured: Measured) -> float:
    assert measured.value is not None
    return measured.value


@given(bank=SPANS, client=SPANS, duration_s=st.floats(0.5, 30))
def test_times_add_up(bank: Sequence[Span], client: Sequence[Span], duration_s: float) -> None:
    """Talk and silence less overtalk is the whole call, whatever the spans; shares are within 0..1."""
    found = measure(contact(duration_s=duration_s), {BANK: bank, CLIENT: client})

    talk_s = value(found["bank_talk_s"]) + value(found["client_talk_s"])
    assert talk_s + value(found["silence_s"]) - value(found["overtalk_s"]) == pytest.approx(duration_s)
    assert 0 <= value(found["overtalk_share"]) <= 1
    assert value(found["longest_pause_s"]) <= value(found["silence_s"]) + 1e-9
    assert 0 <= value(found["hold_s"]) <= duration_s


@given(bank=SPANS, client=SPANS)
def test_swapping_the_channels_swaps_the_sides(bank: Sequence[Span], client: Sequence[Span]) -> None:
    """Nothing in the times favours the bank."""
    one = measure(contact(), {BANK: bank, CLIENT: client})
    other = measure(contact(), {BANK: client, CLIENT: bank})

    for name in ("talk_s", "talk_share", "longest_talk_s", "interruptions", "latency_median_s", "latency_p95_s"):
        assert one[f"bank_{name}"].value == other[f"client_{name}"].value
        assert one[f"client_{name}"].value == other[f"bank_{name}"].value
    for name in ("silence_s", "overtalk_s", "longest_pause_s", "hold_s"):
        assert one[name].value == other[name].value


def test_a_call_of_known_times() -> None:
    """Two answers of 1 and 3 s, half a second of overtalk, a pause in speech that does not count."""
    found = measure(
        contact(duration_s=20.0),
        {
            BANK: [Span(1.0, 3.0), Span(3.2, 5.0), Span(8.0, 10.0)],
            CLIENT: [Span(6.0, 8.5), Span(13.0, 14.0)],
        },
    )

    assert value(found["bank_talk_s"]) == pytest.approx(6.0)
    assert value(found["client_talk_s"]) == pytest.approx(3.5)
    assert value(found["client_talk_share"]) == pytest.approx(3.5 / 9.5)
    assert value(found["overtalk_s"]) == pytest.approx(0.5)
    assert value(found["longest_pause_s"]) == pytest.approx(3.0)
    assert [one.value for one in found["client_latency_median_s"].evidence] == pytest.approx([1.0, 3.0])
    assert value(found["client_latency_median_s"]) == pytest.approx(2.0)
    assert value(found["client_latency_p95_s"]) == pytest.approx(2.9)
    assert found["bank_latency_median_s"].value is None
    assert value(found["bank_longest_talk_s"]) == pytest.approx(4.0)


@pytest.mark.parametrize(
    ("client", "text", "interruptions"),
    [
        (Span(3.0, 6.5), "подождите я же платил", 1),
        (Span(2.0, 4.5), "нет нет нет послушайте меня", 1),
        (Span(2.0, 3.0), "послушайте", 0),
        (Span(4.9, 7.0), "хорошо завтра оплачу", 0),
        (Span(1.1, 7.0), "алло кто это говорит", 0),
        (Span(4.4, 5.8), "угу да понятно", 0),
        (Span(4.6, 5.2), "", 0),
        (Span(5.5, 7.0), "хорошо завтра оплачу", 0),
    ],
    ids=["takes over", "talks over for 2 s", "gives way", "on the last syllable", "begins together", "accompanies",
         "murmurs", "answers"],
)  # fmt: skip
def test_an_interruption_takes_the_turn(client: Span, text: str, interruptions: int) -> None:
    """The bank speaks from 1 to 5 s."""
    words = [said(Role.CLIENT, client.start_s, text, client.end_s)] if text else []
    found = measure(contact(*words), {BANK: [Span(1.0, 5.0)], CLIENT: [client]})

    assert found["client_interruptions"].value == interruptions
    assert [one.text for one in found["client_interruptions"].evidence] == [text] * interruptions
    assert found["bank_interruptions"].value == 0


def test_dead_air_is_hold_and_no_answer() -> None:
    """Ten seconds of mutual silence, but not those before the first sound and behind the last."""
    found = measure(contact(duration_s=60.0), {BANK: [Span(12.0, 14.0), Span(26.0, 28.0)], CLIENT: [Span(15.0, 16.0)]})

    assert value(found["hold_s"]) == pytest.approx(10.0)
    assert [(one.start_s, one.end_s) for one in found["hold_s"].evidence] == [(16.0, 26.0)]
    assert found["bank_latency_median_s"].value is None


def test_an_announced_wait_is_hold_until_the_bank_speaks_again() -> None:
    """A wait of five seconds in which the client speaks; the answer at once to «одну минуту» is none."""
    found = measure(
        contact(
            said(Role.AGENT, 1.0, "одну минуту"),
            said(Role.AGENT, 2.5, "да вижу ваш договор"),
            said(Role.AGENT, 6.0, "оставайтесь на линии"),
            said(Role.CLIENT, 8.0, "хорошо"),
            said(Role.AGENT, 12.2, "спасибо за ожидание"),
        )
    )

    (held,) = found["hold_s"].evidence
    assert (held.start_s, held.end_s, held.text) == (pytest.approx(7.2), 12.2, "оставайтесь на линии")


def test_the_banks_music_is_hold() -> None:
    """Twenty seconds of sound, in which no word was recognised."""
    words = [said(Role.AGENT, 1.0, "соединяю вас с отделом"), said(Role.AGENT, 25.0, "слушаю вас")]
    found = measure(contact(*words), {BANK: [Span(1.0, 2.6), Span(3.0, 23.0), Span(25.0, 25.8)], CLIENT: []})

    assert value(found["hold_s"]) == pytest.approx(22.4, abs=0.1)


def test_words_per_second_need_words() -> None:
    """A side that sounds and was not understood has no rate; one that is silent said no words."""
    found = measure(
        contact(said(Role.BOT, 1.0, "когда вы сможете заплатить")), {BANK: [Span(1, 3)], CLIENT: [Span(4, 5)]}
    )

    assert found["bank_words_per_s"].value == 2.0
    assert (found["client_words"].value, found["client_words_per_s"].value) == (None, None)
    silent = measure(contact(), {BANK: [Span(1, 3)], CLIENT: []})
    assert (silent["client_words"].value, silent["client_words_per_s"].value) == (0, None)


def test_words_tell_the_times_where_there_is_no_sound() -> None:
    """Overlapping words are overtalk."""
    found = measure(
        contact(said(Role.AGENT, 1.0, "алло вы меня слышите"), said(Role.CLIENT, 2.2, "да я слышу"), duration_s=10.0)
    )

    assert value(found["overtalk_s"]) == pytest.approx(0.4)
    assert value(found["silence_s"]) == pytest.approx(10 - 2.4)


@pytest.mark.parametrize("medium", [Medium.CHAT, Medium.SMS, Medium.EMAIL])
def test_a_message_has_no_sound(medium: Medium) -> None:
    """Of its times only the waits between messages can be told."""
    messages = [
        Utterance(role, said(role, at_s, text, at_s).words, at_s, at_s)
        for role, at_s, text in [
            (Role.CLIENT, 0.0, "сколько я должен?"),
            (Role.BOT, 4.0, "Здравствуйте!"),
            (Role.BOT, 5.0, "45 000 тенге."),
            (Role.CLIENT, 65.0, "спасибо"),
        ]
    ]
    found = measure(contact(*messages, medium=medium, duration_s=65.0))

    assert (found["bank_latency_median_s"].value, found["client_latency_median_s"].value) == (4.0, 60.0)
    assert found["client_questions"].value == 1
    unknown = ("bank_talk_s", "silence_s", "hold_s", "overtalk_share", "client_interruptions", "client_pitch_hz")
    assert all(found[name].value is None for name in unknown)


def test_nothing_known_is_none_and_not_nought() -> None:
    """A call without duration, sound or words."""
    found = measure(contact(duration_s=0.0))

    assert {name for name, one in found.items() if one.value is not None} == {
        *("handling_s", "bank_words", "client_words", "bank_utterances", "client_utterances")
    }
    none_sounds = measure(contact(duration_s=0.0), {BANK: [], CLIENT: []})
    assert (none_sounds["bank_talk_s"].value, none_sounds["silence_share"].value) == (0, None)


def test_work_after_the_contact_is_handling() -> None:
    """Where an attribute tells it; nonsense is refused by name."""
    assert measure(contact(attributes={"wrap_up_s": "12.5"}))["handling_s"].value == 42.5
    for nonsense in ("soon", "-3", "nan", "inf"):
        with pytest.raises(ValueError, match=f"contact c1: wrap_up_s is `{nonsense}`"):
            measure(contact(attributes={"wrap_up_s": nonsense}))


def test_one_sides_channel_is_enough() -> None:
    """The other's times come from its words."""
    channel = (6000 * np.sin(np.arange(8000) * 0.3)).astype(np.int16)
    silence = np.zeros(80000, np.int16)
    found = measure(
        contact(said(Role.AGENT, 0.4, "алло алло"), duration_s=11.0), audio={CLIENT: np.concatenate([silence, channel])}
    )

    assert value(found["client_talk_s"]) == pytest.approx(1.0, abs=0.02)
    assert value(found["bank_talk_s"]) == pytest.approx(0.8)

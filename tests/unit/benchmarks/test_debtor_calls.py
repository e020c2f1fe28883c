"""The debtors of `benchmarks.debtor_calls`: their stories, their lines, and what their calls are worth."""

import asyncio
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from benchmarks.debtor_calls.line import SPEECH_RMS, Condition, NoisyLine, levelled
from benchmarks.debtor_calls.report import summary, table
from benchmarks.debtor_calls.scoring import CallScore, figures, score
from benchmarks.debtor_calls.stories import NOW, Story, draw, load_stories
from benchmarks.debtor_calls.talks import Line, Reading, Talk, told_by_text
from dialogs.facts import Slots
from dialogs.loader import load_scenario
from dialogs.progress import Progress
from dialogs.understanding.slots import Slotted
from dialogs.understanding.understanding import Understood
from engine.accounts import Money
from engine.audio import SAMPLE_RATE_HZ
from engine.calls import CallClosed, Direction, Disposition, PlayoutFinished, Promise
from engine.errors import SettingsError
from engine.speech import Hypothesis, Language, Transcript
from telephony.memory_line import MemoryLine

TONGUES = load_stories()
FRIDAY = date(2026, 11, 27)
CORRECTS = draw(TONGUES[Language.RUSSIAN], Language.RUSSIAN, "corrects the day", 0)


@pytest.mark.parametrize(("language", "least"), [("ru", 20), ("kk", 10), ("en", 5)])
def test_every_story_ends_right_by_text(language: str, least: int) -> None:
    """So whatever ends otherwise in a call was not heard; there are enough of them."""
    tongue, scenario = TONGUES[Language(language)], load_scenario("soft_collection")
    stories = [draw(tongue, Language(language), name, 1) for name in tongue.stories]
    assert len(stories) >= least
    assert [story.name for story in stories if not told_by_text(story, scenario).fulfilled] == []


def test_a_seed_draws_the_same_values_again_and_another_one_others() -> None:
    """Days are counted from the fixed day of the calls."""
    drawn = [draw(TONGUES[Language.KAZAKH], Language.KAZAKH, "pays a part on a date", seed) for seed in (1, 1, 2, 3, 4)]
    assert drawn[0] == drawn[1]
    assert len({story.promise for story in drawn}) > 1
    for story in drawn:
        assert story.promise is not None
        amount, day = story.promise
        assert 5_000_00 < amount.minor < 45_000_00
        assert timedelta(days=1) <= day - NOW.date() <= timedelta(days=14)


def test_a_debtor_answers_the_question_that_is_open() -> None:
    """The last of several lines again and again; a read-back is right only with the story's own sum and day."""
    assert CORRECTS.promise is not None
    amount, day = CORRECTS.promise
    read_back = Progress("read_back", Language.RUSSIAN, slots=Slots(amount=amount, due=day))
    wrong = replace(read_back, slots=Slots(amount=amount, due=day + timedelta(days=1)))
    assert CORRECTS.asked(read_back) == "read_back"
    assert CORRECTS.asked(wrong) == "read_back_wrong"
    assert CORRECTS.answer("read_back_wrong", 0).startswith("Нет,")
    assert [CORRECTS.answer("right_party", before) for before in (0, 1, 5)] == [
        "Да, это я.",
        "Да, я вас слушаю, это я.",
        "Да, я вас слушаю, это я.",
    ]
    assert CORRECTS.answer("a state of another scenario", 0) == "Повторите, пожалуйста."


def closed(story: Story, **other: object) -> CallClosed:
    promise = Promise(*story.promise, confirmed=True) if story.promise else None
    return replace(CallClosed("", NOW, story.ends, 0.0, 0, promise, story.callback_at), **other)  # type: ignore[arg-type]


def test_a_call_fulfils_its_story_only_with_every_value() -> None:
    """Another sum or day is a promise that nobody made, too."""
    assert CORRECTS.promise is not None
    amount, day = CORRECTS.promise
    assert CORRECTS.fulfilled(closed(CORRECTS))
    assert not CORRECTS.belied(closed(CORRECTS))
    other = closed(CORRECTS, promise=Promise(Money.of(1), day, confirmed=True))
    assert not CORRECTS.fulfilled(other)
    assert CORRECTS.belied(other)
    assert not CORRECTS.fulfilled(closed(CORRECTS, promise=Promise(amount, day, confirmed=False)))
    assert not CORRECTS.fulfilled(closed(CORRECTS, disposition=Disposition.CALLBACK))
    calls_back = draw(TONGUES[Language.ENGLISH], Language.ENGLISH, "busy, has a time", 0)
    assert calls_back.fulfilled(closed(calls_back))
    assert not calls_back.fulfilled(closed(calls_back, callback_at=NOW))


MEANT = Understood("ptp_partial", 1.0, slots=Slotted(amount=Money.of(15_000), days=(FRIDAY,)))


def said(*readings: Reading) -> Line:
    return Line("debt", "Оплачу пятнадцать тысяч в пятницу.", MEANT, list(readings))


def test_a_line_that_was_taken_for_two_turns_keeps_its_values() -> None:
    """The intent is that of the first words; what was not said counts neither way."""
    scored = score(
        said(
            Reading("оплачу пятнадцать тысяч", Understood("ptp_partial", 1.0, slots=Slotted(amount=Money.of(15_000)))),
            Reading("в пятницу", Understood("inform", 1.0, slots=Slotted(days=(FRIDAY,)))),
        ),
        "ru",
    )
    assert (scored.heard, scored.intent, scored.amount, scored.day, scored.time) == (True, True, True, True, None)
    assert (scored.parts, scored.words, scored.wrong) == (2, 5, 0)


def test_a_line_that_was_not_heard_has_nothing_right() -> None:
    """A reading without words is none."""
    for line in (said(), said(Reading("", Understood("not_understood", 0.0)))):
        scored = score(line, "ru")
        assert (scored.heard, scored.intent, scored.amount, scored.day) == (False, False, False, False)
        assert scored.wrong == scored.words


def test_the_first_sum_that_was_taken_counts() -> None:
    """The dialog goes by it."""
    half = Understood("ptp_partial", 1.0, slots=Slotted(amount=Money.of(5_000)))
    scored = score(said(Reading("оплачу пять тысяч", half), Reading("пятнадцать тысяч", MEANT)), "ru")
    assert (scored.intent, scored.amount, scored.day) == (True, False, True)


def call(*lines: Line, recorded: bool = False, fulfilled: bool = True) -> CallScore:
    scores = tuple(score(line, "ru") for line in lines)
    return CallScore(CORRECTS, "clean", recorded, scores, CORRECTS.ends, fulfilled, False, True, True, (400.0, 600.0))


def test_figures_are_shares_of_what_there_was() -> None:
    """Recorded answers have no end; a share of nothing is none."""
    heard, unheard = said(Reading("оплачу пятнадцать тысяч в пятницу", MEANT)), said()
    found = figures([call(heard, unheard), call(heard, fulfilled=False), call(unheard, recorded=True)])
    assert (found["calls"], found["turns"], found["success"]) == (3, 4, 0.5)
    assert (found["intent_alike"], found["sums_right"], found["not_heard"]) == (0.5, 0.5, 0.5)
    assert (found["times"], found["times_right"]) == (0, None)
    assert figures([])["success"] is None
    sections = summary([call(heard), call(unheard, recorded=True)], "clean")
    assert list(sections["stories"]) == list(sections["recorded answers"]) == ["ru clean"]
    assert table(sections).row_count == 6


def test_a_talk_notes_what_was_meant_and_what_was_heard() -> None:
    """With the real dialog, at each point of the call; whoever gives one answer leaves after it."""
    talk = Talk(CORRECTS, last="debt")
    dialog = talk.open(load_scenario("soft_collection"))
    assert talk.next_line() is None
    talk.follow(dialog.begin())
    assert talk.next_line() == "Да, это я."
    assert not talk.finished
    heard = Transcript((Hypothesis("да это я", 0.9),), 0.0, 1.0, Language.RUSSIAN)
    talk.follow(dialog.reply(heard))
    talk.next_line()
    assert talk.finished
    first, second = talk.lines
    assert (first.asked, first.meant.intent, first.readings[0].taken.intent) == ("right_party",) + ("rpc_confirm",) * 2
    assert (second.asked, second.meant.intent, second.heard) == ("debt", "ptp_full", [])


@pytest.mark.parametrize(
    ("fault", "named"),
    [
        ("says: {debt: 'Pay {sum}.'}", "en.stories.odd.says.debt.0: Value error, knows no {sum}; there are amount"),
        ("ends: paid_up", "en.stories.odd.ends: Input should be"),
        ("promise: {amount: half, day: [date]}", "en.stories.odd.promise.amount: Input should be"),
        ("say: {}", "en.stories.odd.say: Extra inputs"),
    ],
)
def test_a_fault_in_the_stories_is_named(tmp_path: Path, fault: str, named: str) -> None:
    """The file, the place and what may stand there."""
    text = f"""
    en:
      voices: ["espeak:en"]
      days: {{tomorrow: a, after_tomorrow: b, in_days: c, weekday: [a, b, c, d, e, f, g], date: d}}
      times: {{}}
      everyone: {{otherwise: "What?"}}
      promising: {{}}
      stories:
        odd: {{{"" if "ends" in fault else "ends: refused, "}{fault}}}
    """
    path = tmp_path / "stories.yaml"
    path.write_text(text)
    with pytest.raises(SettingsError, match=r"stories\.yaml: ") as error:
        load_stories(path)
    assert str(error.value).startswith(f"{path}: {named}")


def test_a_value_that_nothing_draws_is_named() -> None:
    """A refusal with a sum in it."""
    tongue = TONGUES[Language.ENGLISH]
    refuses = tongue.stories["refuses"].model_copy(update={"says": {"debt": ("I won't pay {amount}.",)}})
    odd = tongue.model_copy(update={"stories": {"odd": refuses}})
    with pytest.raises(SettingsError, match=r"story 'odd' \(en\): 'amount' stands in a line, but nothing draws it"):
        draw(odd, Language.ENGLISH, "odd", 0)


def test_lines_by_name() -> None:
    """Noise by its ratio, loss by its share."""
    assert Condition.of("clean") == Condition("clean")
    assert Condition.of("5dB") == Condition("5dB", noise_db=5.0)
    assert Condition.of("3%") == Condition("3%", loss_percent=3)
    with pytest.raises(ValueError, match="'bad' is no line"):
        Condition.of("bad")


async def test_a_noisy_line_is_never_quiet() -> None:
    """Noise of one level before, under and after the words, which come at once and whole."""
    behind = MemoryLine("x", 0, Direction.INBOUND, "77010000001", "x")
    line = NoisyLine(behind, 20.0, seed=1)
    tone = np.sin(np.arange(SAMPLE_RATE_HZ) * 0.3) * 9000
    finished: dict[int, int] = {}
    tick = spoken = 0

    async def follow() -> None:
        while True:
            match await line.next_event():
                case PlayoutFinished(playout_id):
                    finished[playout_id] = tick

    await line.answer()
    following = asyncio.create_task(follow())
    for tick in range(200):
        await asyncio.sleep(0)
        if tick == 60:
            spoken = line.play(levelled(tone.astype(np.int16)))
        behind.step()
    following.cancel()
    assert finished[spoken] == 60 + 50
    power = np.sqrt((behind.spoken.reshape(-1, 160).astype(float) ** 2).mean(axis=1))
    assert power[60:110].mean() == pytest.approx(SPEECH_RMS, rel=0.05)
    assert power[:60].mean() == pytest.approx(SPEECH_RMS / 10, rel=0.2)
    assert power[110:].mean() == pytest.approx(SPEECH_RMS / 10, rel=0.2)
    assert power.min() > SPEECH_RMS / 40

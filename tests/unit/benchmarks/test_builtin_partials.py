"""Partial results whose changes, delays and ends are known are measured as such."""

from collections import Counter

import pytest

from benchmarks.builtin_partials import HEAD, Figures, Shown, table_row

STEADY = Shown([(0.5, ("да",)), (1.0, ("да", "завтра"))], [("да", 0.3), ("завтра", 0.9)], 0.9)
CHANGING = Shown(
    [(0.4, ("не",)), (0.6, ("нет", "за")), (1.6, ("нет",)), (1.8, ("нет", "за"))],
    [("нет", 0.5), ("за", 0.9), ("что", 1.5)],
    1.5,
)


def test_words_that_stay_have_not_changed() -> None:
    assert STEADY.steadiness() == Counter({"shown": 2})
    assert STEADY.delays_s() == pytest.approx([0.2, 0.1])


def test_a_word_replaced_has_changed_and_one_gone_for_a_while_was_taken_back() -> None:
    assert CHANGING.steadiness() == Counter({"shown": 4, "changed": 1, "taken back": 1})
    assert CHANGING.delays_s() == pytest.approx([0.1, 0.9])  # the word that came with the reading alone has none


@pytest.mark.parametrize("last", [[("дам", 0.4)], []])
def test_a_word_that_the_last_reading_replaces_or_drops_has_changed(last: list[tuple[str, float]]) -> None:
    assert Shown([(0.4, ("да",))], last, 0.4).steadiness() == Counter({"shown": 1, "changed": 1})


def test_a_turn_ends_where_words_first_stay_unchanged_for_long_enough() -> None:
    assert CHANGING.ends_s(0.8) == pytest.approx(1.4)  # in the second without news, with the last word to come
    assert CHANGING.ends_s(1.2) == pytest.approx(3.0)
    assert Shown([], [], 1.0).ends_s(0.8) is None


def test_cuts_are_counted_among_utterances_with_words() -> None:
    figures = Figures.of([STEADY, CHANGING, Shown([], [], 1.0)])
    cuts = {end.unchanged_s: (end.cut, end.after_the_sound_s_p50) for end in figures.ends}
    assert cuts[0.8] == (0.5, pytest.approx(0.9))
    assert cuts[1.2] == (0.0, pytest.approx(1.5))
    assert (figures.utterances, figures.words_shown, figures.changed_later) == (3, 6, 0.1667)
    assert figures.shown_early == 0.8
    assert table_row("voice", figures).count("|") == HEAD.splitlines()[0].count("|")


def test_last_words_held_back_come_with_the_next_word() -> None:
    held = CHANGING.without_last_words()
    assert held.partials == [(0.6, ("нет",))]
    assert held.steadiness() == Counter({"shown": 1})

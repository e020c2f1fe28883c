"""What was heard of a line that was cut."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.playout import heard_text

_LINE = "Здравствуйте! Вас беспокоит помощник банка, разговор записывается."


def test_nothing_played_is_nothing_heard() -> None:
    """A line cut at its first sample left no word."""
    assert heard_text(_LINE, 5.0, 0.0) == ""


def test_all_played_is_the_whole_line_unchanged() -> None:
    """A line that was played to its end is returned as it is written, spaces and all."""
    assert heard_text(" Да,  верно. ", 1.0, 1.0) == " Да,  верно. "


def test_a_cut_in_the_pause_after_a_sentence_ends_with_that_sentence() -> None:
    """During the pause after the first word, that word and its mark were heard, and no more."""
    assert heard_text("Здравствуйте! Вас беспокоит банк.", 2.5, 1.1) == "Здравствуйте!"


@pytest.mark.parametrize(("heard_s", "expected"), [(0.2, ""), (0.7, "раз"), (1.2, "раз два"), (1.7, "раз два три")])
def test_a_word_counts_once_its_greater_part_was_played(heard_s: float, expected: str) -> None:
    """Equal words share the clip equally, and each is heard from its middle on."""
    assert heard_text("раз два три раз", 2.1, heard_s) == expected


def test_a_dash_between_words_is_no_word_of_its_own() -> None:
    """A lone dash takes no time of speech and makes a pause only."""
    assert heard_text("банк — робот", 1.5, 0.6) == "банк —"


@given(
    text=st.text(st.sampled_from("абв ,.!?—1'\n"), max_size=60),
    duration_s=st.floats(0.01, 30),
    cuts=st.tuples(st.floats(-1, 31), st.floats(-1, 31)),
)
def test_more_played_is_never_less_heard(text: str, duration_s: float, cuts: tuple[float, float]) -> None:
    """Whatever the text, the answer is a beginning of it that grows with what was played."""
    less, more = (heard_text(text, duration_s, cut) for cut in sorted(cuts))
    assert text.startswith(less)
    assert more.startswith(less)

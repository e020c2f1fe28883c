"""Words as codes: beginnings stay beginnings, and nothing of a word is left."""

from hypothesis import given
from hypothesis import strategies as st

from analytics.search.veil import new_secret, veil_of

SECRET = new_secret()


@given(st.text(min_size=1, max_size=30), st.text(max_size=30))
def test_a_beginning_has_the_beginning_of_the_code(beginning: str, rest: str) -> None:
    veil = veil_of(SECRET)
    assert veil(beginning + rest).startswith(veil(beginning))
    assert len(veil(beginning)) == 2 * len(beginning)


def test_codes_are_of_the_secret_and_hardly_ever_of_two_words() -> None:
    """A letter is ten bits: of ten words that differ in the last letter seldom two have one code."""
    veil, other = veil_of(SECRET), veil_of(new_secret())
    words = [f"платёж{number:04d}" for number in range(5_000)]
    assert veil("платёж") != other("платёж")
    assert veil("платёж").isascii()
    assert veil("платёж").isalnum()
    assert len({veil(word) for word in words}) > 4_900


def test_without_a_secret_words_are_as_they_are() -> None:
    assert veil_of(None)("платёж") == "платёж"

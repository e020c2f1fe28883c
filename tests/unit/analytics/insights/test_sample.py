"""The sample of people: whole people, the same ones in any order, and no more than wanted."""

import random
from collections import Counter

from analytics.insights.sample import PeopleSample
from analytics.payments.reconciling import number_of


def drawn(rows: list[tuple[str, int]], most: int) -> dict[str, list[int]]:
    sample: PeopleSample[tuple[str, int]] = PeopleSample(most)
    for person, contact in rows:
        sample.add(number_of(person), (person, contact))
    return {person[0][0]: [contact for _, contact in person] for person in sample.people()}


def test_few_are_all_there() -> None:
    rows = [("a", 1), ("b", 2), ("a", 3)]
    assert drawn(rows, 3) == {"a": [1, 3], "b": [2]}


def test_whole_people_are_kept_and_never_more_than_wanted() -> None:
    chance = random.Random(4)
    rows = [(f"client {chance.randrange(400)}", number) for number in range(2000)]
    contacts = Counter(person for person, _ in rows)
    found = drawn(rows, 500)
    assert 480 < sum(map(len, found.values())) <= 500
    assert all(len(kept) == contacts[person] for person, kept in found.items())
    shuffled = chance.sample(rows, len(rows))
    assert set(drawn(shuffled, 500)) <= set(found)  # of those that came later nobody is let go for nothing


def test_chance_draws_everybody_alike() -> None:
    rows = [(f"{kind} {number}", number) for number in range(4000) for kind in ("early", "late")]
    rows.sort()
    kinds = Counter(person.split()[0] for person in drawn(rows, 2000))
    assert abs(kinds["early"] - 1000) < 100


def test_one_person_of_too_many_contacts_is_kept_whole() -> None:
    assert drawn([("a", number) for number in range(9)], 3) == {"a": list(range(9))}

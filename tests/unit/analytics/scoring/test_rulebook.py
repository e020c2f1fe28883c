"""A bank's own packs beside those that ship: what they add, what they replace, and what is refused in its place."""

from pathlib import Path

import pytest

from analytics.categories import CategoryPack, categorise
from analytics.conversation import Conversation
from analytics.expressions import Heard
from analytics.rulebook import look, packs_in, read_rulebook, shipped_rulebook
from analytics.scorecards import apply_card
from engine.errors import PackError

from .talks import call, measured

CARD = """card: {name}
version: "7"
says: Ours.
pass: 50
judged: 50%
critical: fail
criteria:
  - {{id: words, says: Says it., weight: 100, wants: '{wants}'}}
"""
RULES = """pack: conduct
version: "7"
jurisdiction: KZ
rules:
  - {{rule: no_slang, article: "Code of conduct, 3", from: 2026-01-01, severity: low, says: No slang.,
     forbids: '{words}'}}
"""
CATEGORIES = 'version: "7"\nwordings:\n{wordings}categories:\n{categories}'


def put(folder: Path, name: str, text: str) -> Path:
    """Write a pack."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def categories(wordings: dict[str, str], holds: dict[str, str]) -> str:
    return CATEGORIES.format(
        wordings="".join(f"  {name}: '{text}'\n" for name, text in wordings.items()),
        categories="".join(f"  {name}: {{says: It., holds: '{text}'}}\n" for name, text in holds.items()),
    )


def test_own_packs_add_and_replace(tmp_path: Path) -> None:
    put(tmp_path, "scorecards/mortgage.yaml", CARD.format(name="mortgage", wants="bank: ипотека"))
    put(tmp_path, "scorecards/soft.yaml", CARD.format(name="soft_collection", wants="bank: привет"))
    put(tmp_path, "violations/conduct.yaml", RULES.format(words="agent: короче"))
    book, shipped = read_rulebook(tmp_path), shipped_rulebook()

    assert [one.name for one in book.cards] == sorted({*(one.name for one in shipped.cards), "mortgage"})
    soft = next(one for one in book.cards if one.name == "soft_collection")
    assert [one.name for one in soft.criteria] == ["words"]
    assert [one.name for one in book.rules] == ["conduct", *(one.name for one in shipped.rules)]
    assert book.categories is shipped.categories
    assert {path.name for path in book.own} == {"mortgage.yaml", "soft.yaml", "conduct.yaml"}


def test_a_wording_that_replaces_one_is_used_wherever_that_is(tmp_path: Path) -> None:
    """By a category and a card that ship; and in itself its name means the words that ship."""
    own, known = call("client: пришла ипотека вместо зарплаты"), call("client: денег нет")
    put(tmp_path, "ours.yaml", categories({"no_money": '$no_money OR "вместо зарплаты"'}, {"ours": "client: ипотека"}))
    shipped, book = shipped_rulebook(), read_rulebook(tmp_path)

    def found(conversation: Conversation, pack: CategoryPack) -> set[str]:
        told = {one.category for one in categorise(Heard(conversation), measured(conversation), pack)}
        return told & {"hardship", "ours"}

    assert found(own, shipped.categories) == set()
    assert found(own, book.categories) == {"hardship", "ours"}
    assert found(known, book.categories) == {"hardship"}
    assert [one.name for one in book.categories.categories] == [
        *(one.name for one in shipped.categories.categories),
        "ours",
    ]
    digests = [{one.digest for one in (*of.cards, *of.rules)} | {of.categories.digest} for of in (shipped, book)]
    assert digests[0].isdisjoint(digests[1])


def test_own_cards_use_own_names_of_any_file(tmp_path: Path) -> None:
    put(tmp_path, "a.yaml", CARD.format(name="ours", wants="bank: $our_greeting"))
    put(tmp_path, "z.yaml", categories({"our_greeting": "салем"}, {"one": "client: да"}))
    card = next(one for one in read_rulebook(tmp_path).cards if one.name == "ours")

    assert apply_card(Heard(call("agent: салем")), {}, card).score == 100
    assert apply_card(Heard(call("agent: привет")), {}, card).score == 0


def test_only_a_change_of_a_file_changes_the_digests_of_its_pack(tmp_path: Path) -> None:
    def digests(words: str) -> dict[str, str]:
        put(tmp_path, "card.yaml", CARD.format(name="ours", wants=words))
        book = read_rulebook(tmp_path)
        return {one.name: one.digest for one in (*book.cards, *book.rules)} | {"categories": book.categories.digest}

    before, after, again = digests("да"), digests("нет"), digests("да")
    assert {name for name in before if before[name] != after[name]} == {"ours"}
    assert again == before


@pytest.mark.parametrize(
    ("wordings", "holds", "message"),
    [
        ({"no_money": "client: $hardship"}, {"one": "да"}, ":3:3: `no_money` uses itself by way of `hardship`"),
        ({"hardship": "денег"}, {"one": "да"}, ":3:3: `hardship` is a category already; take another name"),
        ({"ours": "да"}, {"no_money": "нет"}, ":5:3: `no_money` is a wording already; take another name"),
        ({"ours": "$no_mony"}, {"one": "да"}, ":3:10: there is no expression named `no_mony`; did you mean `no_money`"),
        ({"ours": "$later", "later": "да"}, {"one": "да"}, ":3:10: there is no expression named `later`"),
        ({"no_money": "agent: нет"}, {"one": "да"}, "what stands there for a wording that ships does not fit"),
    ],
)
def test_a_wrong_definition_is_told_in_its_place(
    tmp_path: Path, wordings: dict[str, str], holds: dict[str, str], message: str
) -> None:
    path = put(tmp_path, "ours.yaml", categories(wordings, holds))

    with pytest.raises(PackError) as error:
        read_rulebook(tmp_path)
    assert f"{path}" in str(error.value)
    assert message in str(error.value)


def test_every_wrong_file_is_told(tmp_path: Path) -> None:
    one = put(tmp_path, "a.yaml", CARD.format(name="ours", wants="bank: $nothing_such"))
    two = put(tmp_path, "b.yaml", "card: [\n")
    three = put(tmp_path, "c.yaml", "alerts:\n  a: {}\n")
    good = put(tmp_path, "d.yaml", CARD.format(name="good", wants="да"))
    twice = put(tmp_path, "e.yaml", CARD.format(name="good", wants="нет"))
    book, faults = look([packs_in(tmp_path)])

    told = "\n".join(map(str, faults))
    assert f"{one}:8:60: there is no expression named `nothing_such`" in told
    assert f"{two}:2:1: no YAML" in told
    assert f"{three}:1:1: this is no pack" in told
    assert f"{twice}:1:1: `good` is in {good} already; delete one" in told
    assert set(book.own) == {good}


def test_a_folder_without_packs_is_refused(tmp_path: Path) -> None:
    """What was meant to judge contacts must not be missing in silence."""
    with pytest.raises(PackError, match="is no folder"):
        read_rulebook(tmp_path / "nowhere")
    put(tmp_path, ".git/a.yaml", "card: [")
    put(tmp_path, "README.md", "# Ours")
    with pytest.raises(PackError, match="holds no pack"):
        read_rulebook(tmp_path)
    put(tmp_path, "card.yml", CARD.format(name="ours", wants="да"))
    with pytest.raises(PackError, match=r"card\.yml: is not read by that name; call it card\.yaml"):
        read_rulebook(tmp_path)


def test_links_to_folders_are_followed_once(tmp_path: Path) -> None:
    put(tmp_path / "elsewhere", "linked.yaml", CARD.format(name="ours", wants="да"))
    (tmp_path / "packs").mkdir()
    (tmp_path / "packs" / "cards").symlink_to(tmp_path / "elsewhere")
    assert [path.name for path in packs_in(tmp_path / "packs")] == ["linked.yaml"]
    (tmp_path / "packs" / "round").symlink_to(tmp_path / "packs")
    with pytest.raises(PackError, match="which was read by another way; delete the link"):
        packs_in(tmp_path / "packs")

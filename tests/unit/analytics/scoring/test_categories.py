"""Categories in three languages, what only looks like them, and the examples that teach packs."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml

import analytics
import dialogs
from analytics.categories import Categorised, categorise, read_categories, shipped_categories
from analytics.documents import as_document, from_document
from analytics.expressions import Heard, Verdict, match_expression
from analytics.scorecards import read_card
from analytics.violations import read_rules
from engine.errors import PackError
from engine.speech import Language

from .talks import call, measured


def _found(*lines: str) -> set[str]:
    conversation = call(*lines)
    return {one.category for one in categorise(Heard(conversation), measured(conversation))}


@pytest.mark.parametrize(
    ("line", "category"),
    [
        ("денег нет потеряла работу", "hardship"),
        ("ақша жоқ", "hardship"),
        ("I lost my job", "hardship"),
        ("я платить не буду", "refusal"),
        ("төлемеймін", "refusal"),
        ("I won't pay", "refusal"),
        ("я уже оплатила", "already_paid"),
        ("төлеп қойдым", "already_paid"),
        ("I paid yesterday", "already_paid"),
        ("это не мой долг", "dispute"),
        ("менің қарызым емес", "dispute"),
        ("that's not my debt", "dispute"),
        ("вы ошиблись номером", "third_party"),
        ("қате түстіңіз", "third_party"),
        ("wrong number", "third_party"),
        ("я банкрот", "bankrupt_or_protected"),
        ("больше не звоните мне", "stop_contact"),
        ("хабарласпаңыз", "stop_contact"),
        ("stop calling me", "stop_contact"),
        ("вы мошенники", "scam_doubt"),
        ("алаяқсыз ба", "scam_doubt"),
        ("is this a scam", "scam_doubt"),
        ("соедините с оператором", "wants_person"),
        ("операторға қосыңызшы", "wants_person"),
        ("get me a supervisor", "wants_person"),
        ("пойду к адвокату", "complaint"),
        ("шағымданамын", "complaint"),
        ("вы робот", "robot_doubted"),
        ("роботсыз ба", "robot_doubted"),
    ],
)
def test_what_a_client_says_is_of_its_category(line: str, category: str) -> None:
    """And only where the client says it."""
    assert category in _found(f"client: {line}")
    assert category not in _found(f"agent: {line}")


@pytest.mark.parametrize(
    "line",
    [
        "ертең төлеймін",  # pays tomorrow, has not paid
        "I'll pay on Friday",  # is not ill
        "банкомат не работает",
        "тыңдап тұрмын",
        "завтра оплачу",
    ],
)
def test_what_only_looks_like_a_category_is_none(line: str) -> None:
    assert _found(f"client: {line}") == set()


def test_what_nobody_could_hear_is_told() -> None:
    conversation = call("client: …", "~client: денег нет")
    found = {one.category: one for one in categorise(Heard(conversation))}

    assert found["hardship"].verdict is Verdict.NOT_HEARD
    assert found["hardship"].evidence.quotes[0].sure is False
    assert from_document(Categorised, as_document(found["hardship"])) == found["hardship"]


def test_names_are_those_above(tmp_path: Path) -> None:
    """So that there are no circles."""
    path = tmp_path / "own.yaml"
    path.write_text(
        'version: "1"\nwordings:\n  a: "да OR $b"\n  b: нет\ncategories:\n  c: {says: C., holds: "$a"}\n',
        encoding="utf-8",
    )

    with pytest.raises(PackError, match=r":3:13: there is no expression named `b`"):
        read_categories(path)


def test_another_wording_is_another_digest() -> None:
    pack = shipped_categories()

    assert len(pack.digest) == 16
    assert {category.name for category in pack.categories} <= pack.named.keys()


@pytest.mark.parametrize(
    ("folder", "read"), [("categories", read_categories), ("scorecards", read_card), ("violations", read_rules)]
)
def test_the_example_of_each_readme_is_a_pack(tmp_path: Path, folder: str, read: Callable[[Path], object]) -> None:
    readme = (Path(analytics.__file__).parent / folder / "README.md").read_text(encoding="utf-8")
    path = tmp_path / "example.yaml"
    path.write_text("".join(re.findall(r"```yaml\n(.*?)```", readme, re.DOTALL)), encoding="utf-8")

    read(path)


PROMPTS = Path(dialogs.__file__).parent / "scenarios"


def _prompts() -> Iterator[tuple[str, str, Language, str]]:
    """Yield the words of our own bots: scenario, prompt, language, text with samples in its gaps."""
    for path in sorted(PROMPTS.rglob("*.yaml")):
        if path.parent.name != "tests":
            for name, by_language in (yaml.safe_load(path.read_text("utf-8")).get("prompts") or {}).items():
                for language in Language:
                    written = by_language.get(language) or ""
                    for text in written.values() if isinstance(written, dict) else [written]:
                        filled = re.sub(r"\{(\w+)[^}]*\}", lambda gap: _SAMPLES.get(gap[1], "пять"), str(text))
                        yield path.parent.name, name, language, filled


_SAMPLES = {"creditor": "Sample Bank", "debtor": "Alex Sample", "promise": "пятница"}


@pytest.mark.parametrize(
    ("prompt", "wordings"),
    [
        ("notice", ["robot", "bank_name", "recording"]),
        ("are_you", ["asks_who"]),
        ("debt_facts", ["debt"]),
        ("read_back", ["read_back", "payment"]),
        ("when_how_much", ["asks_when", "asks_money"]),
        ("why_not", ["asks_why"]),
        ("offer_restructuring", ["relief", "empathy"]),
        ("ways_to_pay", ["ways_to_pay"]),
        ("consequences", ["consequences"]),
        ("offer_told", ["terms"]),
        ("interested", ["asks_interest"]),
    ],
)
def test_what_our_bots_say_is_found_in_every_language(prompt: str, wordings: list[str]) -> None:
    """In one tone of a prompt at least."""
    tones: dict[tuple[str, Language], list[str]] = {}
    for scenario, name, language, text in _prompts():
        if name == prompt and text and scenario != "promise_day":  # nothing is overdue on that day
            tones.setdefault((scenario, language), []).append(f"bot: {text}")
    assert {language for _, language in tones} == set(Language)
    for place, texts in tones.items():
        for wording in wordings:
            match = match_expression(shipped_categories().named[wording], Heard(call(*texts)))
            assert match.verdict is Verdict.YES, (wording, place, texts)


def test_nothing_that_our_bots_say_is_misconduct() -> None:
    """Kazakh stems are short: «еске» is no «есек»."""
    named = shipped_categories().named
    texts = [text for *_, text in _prompts() if text]
    assert len(texts) > 300
    heard = Heard(call(*(f"bot: {text}" for text in texts)))
    for wording in ("threat", "telling_others", "insult", "authority", "crime", "pushing"):
        assert match_expression(named[wording], heard).hits == (), wording

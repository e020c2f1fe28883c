"""Loading: where scenarios are found, and what a designer is told about a wrong one."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path

import pytest

from dialogs.conditions import BUILT_IN
from dialogs.errands import MACHINE_FACTS
from dialogs.facts import FACTS
from dialogs.filling import SETTINGS
from dialogs.loader import load_scenario, shipped_scenarios
from dialogs.schema import SPECIAL_TARGETS, SlotKind, ValueKind
from dialogs.schema.editor import json_schema
from dialogs.understanding.intents import Intent
from engine.accounts import Account, Segment
from engine.calls import Disposition
from engine.errors import ScenarioError
from engine.speech import Expect, Hypothesis, Language, Transcript

GOOD = (Path(__file__).parent / "reminder.yaml").read_text("utf-8")

BROKEN = [
    ("start: hello", "start: helo", "3:1: unknown state `helo`; did you mean `hello`?"),
    ("on: yes,", "on: yess,", "16:10: unknown intent `yess`; did you mean `yes`?"),
    ("say: debt", "say: dept", "23:5: unknown prompt `dept`; did you mean `debt`?"),
    ("    expect: yes_no", "    expekt: yes_no", "14:5: unknown key `expekt`; did you mean `expect`?"),
    ("expect: yes_no", "expect: yesno", "14:5: `yesno` cannot stand here; it should be 'yes_no',"),
    ("name: reminder\n", "", "1:1: `name` is missing; add it"),
    ('ru: "Извините.", ', "", "30:3: prompt `sorry` has no text in ru; add `ru:`"),
    ("{debt:genitive}", "{dept:genitive}", "31:10: unknown fact {dept}; did you mean {debt}?"),
    ("{debt:genitive}", "{debt:genetive}", "31:10: unknown case `genetive`; did you mean `genitive`?"),
    ("{debt:genitive}", "{debt:genitive", "31:10: a brace without its partner"),
    ('ru: "Извините."', 'ru: "Долг {debt}."', "30:26: a neutral prompt must not tell {debt}; delete the fact"),
    ("sorry: {neutral: true", "sorry: {neutral: false", "5:12: prompt `sorry` is said here to anyone; word it neutr"),
    ('en: "Sorry."', f'en: "{"so " * 200}"', "30:43: 600 characters are too long for the phone"),
    ("{on: no, to: bye}", "{on: no, party: confirmed, to: bye}", "17:18: only `yes` and `rpc_confirm` in a question"),
    (
        "    end: refused",
        "    end: refused\n    ask: debt",
        "22:3: a state has exactly one of `ask`, `route` and `end`",
    ),
    ("    end: refused", "    ending: refused", "24:5: unknown key `ending`"),
    ("    end: refused", "    end: busy", "22:3: `busy` is what the line tells, not what a dialog leads to"),
    ("to: check}", "to: bye}", "18:3: state `check` cannot be reached; lead a transition to it or delete it"),
    ("{to: told}", "{to: check}", "18:3: switch `check` may lead back to itself without a question"),
    ("      - {to: told}\n", "", "20:9: the last route must always hold; add one with `to` alone"),
    ("turns: {times: 20, to: bye}", "turns: {times: 20, to: hello}", "9:22: `hello` is no ending, so a call might nev"),
    ("refuge: bye", "refuge: hello", "4:1: `hello` is no ending; name a state with `end`"),
    ("when: due,", "when: dew,", "20:10: unknown condition `dew`; did you mean `due`?"),
    ("languages: [ru, en]", "languages: [ru, de]", "2:17: `de` cannot stand here; it should be 'ru', 'kk' or 'en'"),
    ("  told:", "  check:", "22:3: `check` stands twice (first in line 18); delete or rename one"),
    ("say: debt", "say: *d", "23:10: aliases (*name) are not taken; write the text out"),
    ("name: reminder", "name: !!python/name:os.system x", "1:7: the tag tag:yaml.org,2002:python/name:os.system"),
    ("    say: debt", "\tsay: debt", "23:1: not YAML: a tab; indent with spaces"),
    ('ru: "Извините."', "ru: {debt} извините", '30:37: not YAML: a text with {debt} in it needs quotes: "'),
    ('ru: "Извините."', "ru: {debt}", '30:26: a text that begins with { needs quotes: "{debt} …"'),
    ('ru: "Извините."', 'ru: "Извините.', "30:47: not YAML: a text whose quote is not closed; end it with"),
    ("    end: refused", "    end: refused: now", "24:17: not YAML: a colon that cannot stand here; put a text with"),
    ("    end: refused", "    end", "25:3: not YAML: a name without its colon in line 24"),
    ("    expect: yes_no\n", "", "12:3: a state with `ask` also needs `expect`"),
    ("    say: sorry", "    say: [sorry", "27:8: not YAML: the [ in line 26 does not end; close it with ]"),
    ("prompts:", "include: [more.yaml]\nprompts:", "28:11: `more.yaml`: no such file beside the scenario"),
    ("prompts:", "include: ../more.yaml\nprompts:", "28:1: `../more.yaml`: an include is a .yaml file in the same"),
    ('earliest: "09:00"', 'earliest: "nine"', "10:12: Invalid isoformat string: 'nine'"),
    ("prompts:", "prompts:\n  unused: {ru: a, en: b}", "29:3: prompt `unused` is never said; use it or delete it"),
]


def _write(folder: Path, text: str) -> Path:
    path = folder / "scenario.yaml"
    path.write_text(text, "utf-8")
    return path


def test_a_users_own_scenario_loads_by_file_and_by_folder(tmp_path: Path) -> None:
    """A path leads to the same scenario as its folder."""
    path = _write(tmp_path, GOOD)

    by_file, by_folder = load_scenario(path), load_scenario(str(tmp_path))

    assert by_file.name == by_folder.name == "reminder"
    assert by_file.content_hash == by_folder.content_hash
    assert by_file.languages == (Language.RUSSIAN, Language.ENGLISH)


@pytest.mark.parametrize(("good", "bad", "message"), BROKEN, ids=[bad.strip()[:40] for _, bad, _ in BROKEN])
def test_an_error_names_file_line_column_and_mend(tmp_path: Path, good: str, bad: str, message: str) -> None:
    """Each mistake is shown at its place, with what to do about it."""
    assert good in GOOD
    path = _write(tmp_path, GOOD.replace(good, bad, 1))

    with pytest.raises(ScenarioError) as caught:
        load_scenario(path)

    assert f"{path}:{message}" in str(caught.value)


def test_all_mistakes_are_named_at_once(tmp_path: Path) -> None:
    """Two mistakes give two lines."""
    path = _write(tmp_path, GOOD.replace("say: debt", "say: dept").replace("start: hello", "start: helo"))

    with pytest.raises(ScenarioError) as caught:
        load_scenario(path)

    assert len(str(caught.value).splitlines()) == 2


def test_an_alias_bomb_is_refused_at_its_first_alias(tmp_path: Path) -> None:
    """Nine levels of nine aliases never unfold."""
    levels = ["a0: &a0 [x]"] + [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 10)]
    path = _write(tmp_path, "\n".join(levels))

    with pytest.raises(ScenarioError, match=r":2:10: aliases"):
        load_scenario(path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "1:1: the file is empty"),
        (b"- a\n- b\n", "1:1: a scenario file begins with keys"),
        (b"x: " + b"[" * 100 + b"]" * 100, "nested deeper than 12 levels; flatten it"),
        (b"x: [" + b"1," * 30_000 + b"]", "more than 20000 values; split the file"),
        (b"a: 1\n# " + b"x" * 600_000, "1:1: larger than 512 KiB"),
        (b"a: 1\nb: \xff\xfe\n", "2:1: not UTF-8; save the file as UTF-8"),
        (b"a: 1\nb: \x07\n", "2:1: a control character; delete it"),
        (b"? [a, b]\n: c\n", "1:3: a key must be a word"),
        (b"a: 1\n---\nb: 2\n", "not YAML"),
    ],
    ids=["empty", "list", "deep", "wide", "large", "encoding", "control", "key", "two documents"],
)
def test_what_is_no_scenario_is_refused(tmp_path: Path, content: bytes, message: str) -> None:
    """Odd and hostile files get a message too, never a traceback or an endless load."""
    path = tmp_path / "scenario.yaml"
    path.write_bytes(content)

    with pytest.raises(ScenarioError) as caught:
        load_scenario(path)

    assert message in str(caught.value)


def test_a_missing_scenario_names_the_shipped_ones(tmp_path: Path) -> None:
    """A wrong name tells which there are; a folder without the file tells which file is missing."""
    with pytest.raises(ScenarioError, match=r"shipped are: .*soft_collection"):
        load_scenario("soft_colection")
    with pytest.raises(ScenarioError, match=r"scenario\.yaml: cannot be read"):
        load_scenario(tmp_path)


def test_words_of_yaml_mean_themselves(tmp_path: Path) -> None:
    """`on`, `yes` and `no` are keys and intents here, not truth values."""
    spec = load_scenario(_write(tmp_path, GOOD)).spec

    assert [transition.on for transition in spec.states["hello"].on] == [("yes",), ("no",)]


def test_an_include_adds_prompts_and_counts_in_the_hash(tmp_path: Path) -> None:
    """A scenario may be parted over files; a change in any of them is another version."""
    line = '  debt: {ru: "К оплате {debt:genitive}.", en: "You owe {debt}."}\n'
    path = _write(tmp_path, GOOD.replace(line, "").replace("prompts:", "include: more.yaml\nprompts:"))
    more = tmp_path / "more.yaml"
    more.write_text("prompts:\n" + line, "utf-8")
    first = load_scenario(path)
    more.write_text("prompts:\n" + line.replace("owe", "have to pay"), "utf-8")
    second = load_scenario(path)

    assert "debt" in first.prompts
    assert first.content_hash != second.content_hash

    more.write_text("prompts:\n  sorry: {ru: a, en: b}\n", "utf-8")
    with pytest.raises(ScenarioError, match=r"more\.yaml:2:3: `sorry` is there already, in .*scenario\.yaml"):
        load_scenario(path)


def test_shipped_scenarios_are_resources_of_the_package() -> None:
    """The shipped scenario is found through the package, not the working directory."""
    assert "soft_collection" in shipped_scenarios()
    assert (files("dialogs") / "scenarios" / "common" / "manners.yaml").is_file()


def test_the_guides_example_holds_a_call(tmp_path: Path, account: Callable[[Language], Account]) -> None:
    """What designers copy from the guide loads, and takes a confirmed promise."""
    guide = (files("dialogs") / "scenarios" / "README.md").read_text("utf-8")
    path = _write(tmp_path, guide.split("```yaml\n")[1].split("```")[0])
    (tmp_path / "voice").mkdir()
    (tmp_path / "voice/notice.ru.wav").write_bytes(b"RIFF")
    scenario = load_scenario(path)
    dialog = scenario.open(account(Language.RUSSIAN), now=datetime(2026, 11, 20, 6, tzinfo=UTC))
    dialog.begin()

    for text in ("да", "в пятницу пятнадцать тысяч", "да"):
        move = dialog.reply(Transcript((Hypothesis(text, 0.9),), 0.0, 1.0, Language.RUSSIAN))

    assert move.ending is not None
    assert move.ending.promise is not None
    assert move.ending.promise.confirmed


def test_the_guides_further_examples_load(tmp_path: Path) -> None:
    """They stand beside the first: lines of the scenario's own, and a file to include."""
    guide = (files("dialogs") / "scenarios" / "README.md").read_text("utf-8")
    first, own, more = (part.split("```")[0] for part in guide.split("```yaml\n")[1:])
    path = _write(tmp_path, first + "".join(line for line in own.splitlines(True) if not line.startswith("replaces")))
    (tmp_path / "more.yaml").write_text(more, "utf-8")
    (tmp_path / "voice").mkdir()
    (tmp_path / "voice/notice.ru.wav").write_bytes(b"RIFF")

    assert "which_way" in load_scenario(path).prompts


def _keys(described: object) -> Iterator[str]:
    """Yield all keys that the schema for editors knows."""
    if isinstance(described, dict):
        yield from described.get("properties", {})
        for value in described.values():
            yield from _keys(value)


def test_the_guide_tells_every_word_of_the_format() -> None:
    """No key, condition, fact, intent or disposition is missing in the guide for designers."""
    guide = (files("dialogs") / "scenarios" / "README.md").read_text("utf-8")
    words = {
        *BUILT_IN,
        *FACTS,
        *MACHINE_FACTS,
        *SETTINGS,
        *Expect,
        *SPECIAL_TARGETS,
        *SlotKind,
        *ValueKind,
        *Intent,
        *Segment,
        *(each for each in Disposition if each.conversation),
    }

    assert [word for word in words if f"`{word}`" not in guide] == []
    assert [key for key in {*_keys(json_schema())} if f"`{key}`" not in guide and f"{key}:" not in guide] == []

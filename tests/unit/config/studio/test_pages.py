"""The studio's pages by their answers: what each shows, whom it refuses, and what it makes of wrong input."""

import wave
from collections.abc import Callable, Sequence
from html import unescape
from importlib.resources import files as resources
from io import BytesIO
from pathlib import Path
from shutil import copytree
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from openpyxl import load_workbook

from config.studio import SCENARIOS
from dialogs.library.actors import Actor as LibraryActor
from dialogs.library.actors import Permission as Step
from engine.audio import write_wav
from engine.store import CallDatabase

NAME = "soft_collection"
HOME = f"/scenarios/{NAME}"


@pytest.fixture
def pages(open_pages: Callable[..., Any]) -> Any:
    return open_pages(SCENARIOS)


@pytest.mark.parametrize(
    ("path", "has"),
    [
        ("", "right_party"),
        ("/graph", "state-right_party"),
        ("/prompts?language=kk", "Сәлеметсіз бе!"),
        ("/files/common/opening.yaml", "ask_for_person:"),
        ("/versions", "calls run by what is shipped"),
        ("/experiments", "publish a version first"),
        ("/history", "Nothing has been done yet."),
    ],
)
def test_what_is_shipped_is_shown(pages: Any, path: str, has: str) -> None:
    """Without anything in the library, and to somebody who may only read."""
    answer = pages.signed_in("alex", "operator").get(HOME + path)
    assert answer.status_code == 200
    assert has in answer.text


@pytest.mark.parametrize(
    "path",
    [
        "/scenarios/nothing_of_the_kind",
        "/scenarios/Bad%20Name",
        f"{HOME}?version=7",
        f"{HOME}?version=draft",
        f"{HOME}?version=%D9%A3",
        f"{HOME}/versions/1",
        f"{HOME}/states/nowhere",
        f"{HOME}/files/..%2F..%2Fbriefing.yaml",
        f"{HOME}/files/nothing.yaml",
        f"{HOME}/recordings?path=../../../etc/passwd.wav",
    ],
)
def test_what_is_not_there_is_a_page_that_says_so(pages: Any, path: str) -> None:
    answer = pages.signed_in("alex", "designer").get(path)
    assert answer.status_code in (404, 422)
    assert "Traceback" not in answer.text


@pytest.fixture
def drafted(pages: Any) -> Any:
    """The site with a draft of the shipped scenario, begun by a designer."""
    begun = pages.signed_in("dana", "designer").post("/scenarios", data={"name": NAME, "origin": NAME})
    assert begun.headers["location"] == f"{HOME}?version=draft"
    return pages


REFUSED: Sequence[tuple[str, str, dict[str, str]]] = [
    ("approver", "/prompts", {"file": "scenario.yaml", "prompt": "debt_facts", "language": "en", "text": "x"}),
    ("operator", "/files/scenario.yaml", {"text": "x", "revision": "y"}),
    ("approver", "/draft/submit", {"edition": "0", "comment": "x"}),
    ("admin", "/hear", {"language": "en", "text": "x"}),
    ("designer", "/versions/1/approve", {}),
    ("designer", "/versions/1/publish", {}),
    ("designer", "/versions/1/roll-back", {"comment": "x"}),
    ("operator", "/versions/1/withdraw", {"comment": "x"}),
    ("designer", "/experiments", {"challenger": "1", "percent": "5", "outcome": "promise_to_pay", "worth": "5"}),
]
"""Role, path, form."""


def test_what_a_role_does_not_allow_is_refused(drafted: Any) -> None:
    answers = [
        (role, path, drafted.signed_in(f"the.{role}", role).post(HOME + path, data=form).status_code)
        for role, path, form in REFUSED
    ]
    assert answers == [(role, path, 403) for role, path, _ in REFUSED]


def test_nobody_approves_their_own_work(drafted: Any) -> None:
    """Whoever changed something cannot approve it, whatever their roles; somebody else can."""
    both = drafted.signed_in("both", "designer", "approver")
    read = both.get(f"{HOME}/files/scenario.yaml?version=draft").text
    revision = read.partition('name="revision" value="')[2].partition('"')[0]
    library = drafted.app.state.studio.library
    text = library.drafts.read(NAME, "scenario.yaml").content.decode()
    saved = both.post(f"{HOME}/files/scenario.yaml", data={"text": f"{text}# looked at\n", "revision": revision})
    assert saved.status_code == 303
    assert (
        both.post(f"{HOME}/draft/submit", data={"edition": "1", "comment": "looked at"})
        .headers["location"]
        .endswith("/versions/1")
    )
    both.post(f"{HOME}/versions/1/approve", data={})
    assert library.version(NAME, 1).state == "submitted"
    assert "second person" in both.get(f"{HOME}/versions/1").text
    drafted.signed_in("andy", "approver").post(f"{HOME}/versions/1/approve", data={})
    assert library.version(NAME, 1).approved_by == "andy"


def test_a_text_that_the_checks_will_refuse_is_told_when_it_is_saved(drafted: Any) -> None:
    """It is saved, since the draft may be unfinished; the refusal to submit it keeps what was typed beside."""
    one = drafted.signed_in("dana")
    place = {"file": "common/manners.yaml", "prompt": "goodbye", "language": "en", "was": "Have a good day, goodbye!"}
    answer = one.post(f"{HOME}/prompts", data={**place, "text": "Goodbye, and mind your debt."})
    assert answer.status_code == 200
    assert "neutral prompt `goodbye` says «debt», which tells anyone a debt" in answer.text
    refused = one.post(f"{HOME}/draft/submit", data={"edition": "1", "comment": "a goodbye with a point"})
    assert refused.status_code == 422
    assert "says «debt»" in refused.text
    assert "a goodbye with a point</textarea>" in refused.text
    again = one.post(f"{HOME}/prompts", data={**place, "was": "Goodbye, and mind your debt.", "text": "Goodbye!"})
    assert 'class="error"' not in again.text


def test_a_slower_save_of_a_file_overwrites_nothing(drafted: Any) -> None:
    one, other = drafted.signed_in("dana"), drafted.signed_in("dora", "designer")
    one.get(HOME)
    library = drafted.app.state.studio.library
    read = library.drafts.read(NAME, "scenario.yaml")
    text = read.content.decode()
    form = {"revision": read.revision}
    assert one.post(f"{HOME}/files/scenario.yaml", data={**form, "text": f"# one\n{text}"}).status_code == 303
    answer = other.post(f"{HOME}/files/scenario.yaml", data={**form, "text": f"# other\n{text}"})
    assert answer.status_code == 422
    assert "dana changed it" in answer.text
    assert "-# one" in answer.text
    assert "\n# other\n" in answer.text
    assert library.drafts.read(NAME, "scenario.yaml").content.startswith(b"# one\n")


def test_a_recording_is_decoded_named_and_played(drafted: Any) -> None:
    """A prompt that is the same in every call can be recorded; what is no audio, or tells facts, is refused."""
    one = drafted.signed_in("dana")
    tone = np.round(12_000 * np.sin(np.arange(16_000) / 5)).astype(np.int16)
    wav = BytesIO()
    write_wav(wav, tone, 16_000)

    def upload(prompt: str, file: str, content: bytes) -> str:
        place = {"file": file, "prompt": prompt, "language": "en"}
        sent = one.post(f"{HOME}/recordings", data=place, files={"audio": ("../odd name.WAV", content, "audio/wav")})
        return str(one.get(sent.headers["location"]).text)

    assert "cannot be decoded (Invalid data found when" in upload("goodbye", "common/manners.yaml", b"RIFF no")
    assert "differs from call to call" in upload("after_payday", "scenario.yaml", wav.getvalue())
    page = upload("goodbye", "common/manners.yaml", wav.getvalue())
    assert "s is played in en from now on" in page, [one for one in page.splitlines() if "notice" in one]
    library = drafted.app.state.studio.library
    assert b'recordings: {en: "recordings/goodbye.en.wav"}' in library.drafts.read(NAME, "common/manners.yaml").content
    played = one.get(f"{HOME}/recordings?version=draft&path=recordings/goodbye.en.wav")
    with wave.open(BytesIO(played.content)) as file:
        assert file.getnframes() / file.getframerate() == pytest.approx(1, abs=0.2)


def test_a_sheet_is_looked_at_before_it_is_taken(drafted: Any) -> None:
    one = drafted.signed_in("dana")
    sheet = load_workbook(BytesIO(one.get(f"{HOME}/texts.xlsx?version=draft").content))
    page = sheet["texts"]
    heads = [cell.value for cell in page[1]]
    row = next(row for row in page.iter_rows(min_row=2) if row[0].value == "goodbye")
    row[heads.index("en")].value = "Farewell <b>&</b> take care!"
    file = BytesIO()
    sheet.save(file)
    shown = one.post(f"{HOME}/texts", files={"sheet": ("texts.xlsx", file.getvalue())})
    assert "<ins>Farewell &lt;b&gt;&amp;&lt;/b&gt; take care!</ins>" in shown.text
    library = drafted.app.state.studio.library
    assert library.shelf(NAME).draft.edition == 0
    wanted = unescape(shown.text.partition('name="wanted" value="')[2].partition('"')[0])
    taken = one.post(f"{HOME}/texts/take", data={"wanted": wanted})
    assert taken.headers["location"] == f"{HOME}/checks?version=draft"
    assert "Farewell <b>&</b> take care!" in library.drafts.read(NAME, "common/manners.yaml").content.decode()
    assert one.post(f"{HOME}/texts/take", data={"wanted": '[["x", "xx", "", 0, null, 1]]'}).status_code == 400


def test_the_picture_is_made_of_shapes_and_words_alone(drafted: Any) -> None:
    """Whatever stands in a prompt comes out as words; every state is a link to its place."""
    library = drafted.signed_in("dana").get(HOME) and drafted.app.state.studio.library
    read = library.drafts.read(NAME, "scenario.yaml")
    hostile = read.content.decode().replace("Your {product} payment", "<script>alert(1)</script> &amp; {product}")
    saved = drafted.signed_in("dana").post(
        f"{HOME}/files/scenario.yaml", data={"text": hostile, "revision": read.revision}
    )
    assert saved.status_code == 303
    svg = drafted.signed_in("dana").get(f"{HOME}/graph.svg?version=draft&language=en&here=business")
    assert svg.headers["content-type"] == "image/svg+xml"
    root = ElementTree.fromstring(svg.content)
    names = {element.tag.rpartition("}")[2] for element in root.iter()}
    assert names <= {"svg", "g", "a", "title", "path", "polygon", "polyline", "ellipse", "text"}
    assert "<script>alert(1)</script>" in "".join(root.itertext()).replace("\n", "")
    marked = [link for link in root.iter("{http://www.w3.org/2000/svg}a") if link.get("class") == "state here"]
    assert [link.get("href") for link in marked] == [f"{HOME}/states/business?version=draft"]


@pytest.mark.full
def test_an_experiment_is_started_watched_and_ended(pages: Any) -> None:
    """With a database of calls that has none of it yet: the verdict says so in words."""
    chief, settings = pages.signed_in("chief", "approver"), pages.site.product
    chief.get(HOME)
    library = pages.app.state.studio.library
    folder = Path(str(resources("dialogs") / "scenarios" / NAME))
    writer, approver = LibraryActor("dana", frozenset(Step)), LibraryActor("chief", frozenset(Step))
    for number in (1, 2):
        copied = settings.paths.data_dir / f"copy{number}" / NAME
        copytree(folder, copied)
        copytree(folder.parent / "common", copied.parent / "common")
        with (copied / "scenario.yaml").open("a") as file:
            file.write(f"# {number}\n")
        library.submit_folder(NAME, writer, "", copied)
        library.approve(NAME, number, approver)
        if number == 1:
            library.publish(NAME, 1, approver)
    CallDatabase(settings.database_url, recordings=settings.paths.recordings_dir, min_free_bytes=0).close()
    form = {"challenger": "2", "percent": "20", "outcome": "promise_to_pay", "worth": "5"}
    assert chief.post(f"{HOME}/experiments", data=form | {"percent": "100"}).status_code == 422
    chief.post(f"{HOME}/experiments", data=form)
    shown = chief.get(f"{HOME}/experiments").text
    assert "v2 for 20 % of the accounts" in shown
    assert "Nothing can be said yet" in shown
    chief.post(f"{HOME}/experiments/finish", data={"winner": "B", "comment": "tried enough"})
    assert library.shelf(NAME).current == 2
    assert library.shelf(NAME).experiment is None

"""The library among processes: killed at any moment, torn in the middle of a line, and many at once."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]

COMMON = """
import os, signal, sys
from pathlib import Path
from dialogs.library.actors import Actor, Permission
from dialogs.library.library import Library
from dialogs.loader import load_scenario
from engine.errors import EditConflict

FOLDER, TEXT = Path(sys.argv[1]), Path(sys.argv[2]).read_text("utf-8")
WRITER, CHIEF = Actor("writer", frozenset(Permission)), Actor("chief", frozenset(Permission))

def source(word):
    word = word.translate(str.maketrans("0123456789", "abcdefghij"))  # a prompt holds no digits
    mine = FOLDER / f"source-{os.getpid()}"
    mine.mkdir(exist_ok=True)
    (mine / "scenario.yaml").write_text(TEXT.replace("Sorry.", f"Sorry, {word}."))
    return mine

def publish(library, word, tell):
    number = library.submit_folder("reminder", WRITER, word, source(word)).number
    tell(f"submitted {number}")
    library.approve("reminder", number, CHIEF)
    tell(f"approved {number}")
    library.publish("reminder", number, CHIEF)
    tell(f"published {number}")

def forked(work):
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            os.close(reading)
            work(lambda told: os.write(writing, told.encode() + b"\\n"))
            status = 0
        except BaseException as error:
            print(repr(error), file=sys.stderr, flush=True)
        finally:
            os._exit(status)
    os.close(writing)
    return pid, reading

def outcome(child):
    pid, reading = child
    with open(reading) as file:
        told = file.read().split("\\n")[:-1]
    return told, os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])

publish(Library(FOLDER / "library"), "first", lambda told: None)
"""

KILLED = """
KINDS = {"open", "os.rename", "os.link", "os.mkdir", "os.remove", "os.rmdir"}

def dying(number, torn):
    left = number

    def watch(event, arguments):
        nonlocal left
        if event in KINDS and str(FOLDER / "library") in str(arguments[0]):
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    def tear(handle, line, at):
        write(handle, line[: len(line) // 2], at)
        os.kill(os.getpid(), signal.SIGKILL)

    if torn:
        write, os.pwrite = os.pwrite, tear
    else:
        sys.addaudithook(watch)

def check(told):
    library = Library(FOLDER / "library")
    done = [f"{step.kind} {step.version}" for step in library.history() if hasattr(step, "version")]
    assert all(step in done for step in told), (told, done)
    shelf = library.shelf("reminder")
    for version in shelf.versions[-3:]:
        library.load("reminder", version)
    assert shelf.published is not None
    publish(library, f"after {len(shelf.versions)}", lambda told: None)
    assert library.shelf("reminder").current == len(shelf.versions) + 1

for number in range(1, 500):
    def work(tell):
        dying(number, torn=False)
        publish(Library(FOLDER / "library"), f"dying {number}", tell)
    told, code = outcome(forked(work))
    check(told)
    if code == 0:
        break
    assert code == -signal.SIGKILL, code
print(number)

def work(tell):
    dying(0, torn=True)
    publish(Library(FOLDER / "library"), "torn", tell)
told, code = outcome(forked(work))
assert (told, code) == ([], -signal.SIGKILL), (told, code)
check(told)
assert (FOLDER / "library" / "journal.torn").stat().st_size > 100
assert not list((FOLDER / "library" / "unfinished").iterdir() if (FOLDER / "library" / "unfinished").exists() else [])
"""

MANY = """
def work(tell):
    library = Library(FOLDER / "library")
    for turn in range(3):
        publish(library, f"word {os.getpid()} {turn}", tell)

def edits(tell):
    drafts = Library(FOLDER / "library").drafts
    for turn in range(10):
        while True:
            seen = drafts.read("other", "scenario.yaml")
            try:
                text = seen.content.decode() + f"# {os.getpid()} {turn}\\n"
                drafts.save("other", "scenario.yaml", text, WRITER, revision=seen.revision)
                break
            except EditConflict:
                pass
        tell(f"{os.getpid()} {turn}")

library = Library(FOLDER / "library")
library.drafts.begin_empty("other", WRITER)
children = [forked(work) for _ in range(3)] + [forked(edits) for _ in range(3)]
outcomes = [outcome(child) for child in children]
assert [code for _, code in outcomes] == [0] * 6, outcomes
history = [f"{step.kind} {step.version}" for step in library.history("reminder")]
told = [step for told, _ in outcomes[:3] for step in told]
assert sorted(told) == sorted(history[3:]) and len(set(told)) == 27
text = library.drafts.read("other", "scenario.yaml").content.decode()
assert sorted(line[2:] for line in text.splitlines()[3:]) == sorted(s for told, _ in outcomes[3:] for s in told)
print(len(told))
"""


def run(script: str, folder: Path) -> str:
    """Run a script in a process that forks others, so that all of them have the product loaded."""
    reminder = ROOT / "tests" / "unit" / "dialogs" / "reminder.yaml"
    done = subprocess.run(
        [sys.executable, "-c", COMMON + script, str(folder), str(reminder)],
        env={**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=110,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def test_a_kill_at_any_moment_loses_no_step_and_blocks_none(tmp_path: Path) -> None:
    """Before every file that is made, moved or deleted while a version is published, and in the middle of a line.

    What was promised is there, every version is whole, and the next publication goes through.
    """
    assert int(run(KILLED, tmp_path)) > 20, "so many moments there were at least"


def test_many_processes_at_once_lose_nothing(tmp_path: Path) -> None:
    """Three publish three versions each while three others edit one file: every step is there, each once."""
    assert run(MANY, tmp_path) == "27\n"

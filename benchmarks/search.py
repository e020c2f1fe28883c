"""How fast contacts are found: newest first, 20 a page, on synthetic contacts in Russian and Kazakh.

``python -m benchmarks.search FOLDER`` builds an index on SQLite in a folder, or goes on building the one that is there,
and asks it; ``python -m benchmarks.search postgresql://…`` does the same in a database on PostgreSQL. With
``--utterances 5000000`` the index grows to so many. What the bank says is of the scenarios' prompts, what clients say
of the examples that understanding learns from, with rare words strewn in as names and places are. It writes
``results/search-sqlite-1m.json`` and so on. ``--ask`` asks what is there without building further.
"""

import argparse
import random
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from pathlib import Path
from resource import RUSAGE_SELF, getrusage
from statistics import quantiles
from typing import Any, Final

from sqlalchemy import Connection, func, select, text

from analytics.conversation import Conversation, Medium, Role, Utterance
from analytics.expressions import Expression, parse
from analytics.expressions.lemmas import read_dictionaries
from analytics.search import Indexed, Query, put, search
from analytics.search.quotes import passages
from analytics.search.schema import contacts
from analytics.store import AnalyticsDatabase
from benchmarks.word_errors import save
from engine.speech import Language, Word

DIALOGS: Final = Path(__file__).parents[1] / "dialogs"
UTTERANCES: Final = 24
"""Of a contact: two minutes."""
A_DAY: Final = 40_000
LAST: Final = datetime(2026, 11, 23, tzinfo=UTC)
RARE: Final = 60_000
REPEATS: Final = 20

QUERIES: Final = {
    "term": "client: оплатить",
    "term, any side": "задолженность",
    "term, Kazakh": "client: төлеу",
    "phrase": 'client: "денег нет"',
    "phrase of three": 'client: "уже всё оплатил"',
    "three languages": 'client: ("денег нет" OR «ақша жоқ» OR "no money")',
    "near, words": "client: (оплатить NEAR/5 завтра)",
    "near, seconds": "client: оплатить NEAR/3s client: завтра",
    "both sides in order": "bank: (платёж OR төлем) THEN/20s client: (нет OR жоқ)",
    "first minute": "client: (кто OR откуда) IN FIRST 60s",
    "negation beside": "client: оплатить NOT NEAR/3 (не OR уже)",
    "negation of all": "NOT bank: здравствуйте IN FIRST 20s AND @segment = hard",
    "wildcard": "client: банкрот*",
    "attributes": "@segment = hard AND @days_past_due > 300 AND client: юрист",
    "measure": "talk_ratio > 0.95 AND client: деньги",
    "rare and common": "client: {middling} AND bank: банк",
    "rarest": "client: {rarest}",
    "nothing": 'client: "завтра банк уже кто"',
}


@dataclass(frozen=True, slots=True)
class Talk:
    """What can be said in a language.

    Args:
        bank: sentences of the scenarios.
        client: sentences of the examples.
    """

    bank: tuple[tuple[str, ...], ...]
    client: tuple[tuple[str, ...], ...]


def talk(language: Language) -> Talk:
    """Return what can be said in a language."""
    prompts = []
    for path in sorted(DIALOGS.glob("scenarios/**/*.yaml")):
        found = re.findall(rf'^\s*-?\s*{language}: "(.+)"', path.read_text(encoding="utf-8"), re.MULTILINE)
        prompts += [_words(re.sub(r"\{[^}]*\}", "сорок пять тысяч", written)) for written in found]
    examples = [
        _words(line)
        for path in sorted((DIALOGS / "understanding" / "examples" / language).glob("*.txt"))
        for line in path.read_text(encoding="utf-8").splitlines()
    ]
    return Talk(tuple(filter(None, prompts)), tuple(filter(None, examples)))


def rare_words(seed: int = 7) -> list[str]:
    """Return words that no dictionary has, the first ones the most frequent."""
    chance = random.Random(seed)
    syllables = [a + b for a in "бвгдзклмнпрстфхш" for b in "аеиоуя"]
    return ["".join(chance.choices(syllables, k=chance.randint(3, 5))) for _ in range(RARE)]


class Corpus:
    """Contacts, each made by its number alone: whoever goes on building gets the same ones."""

    def __init__(self) -> None:
        self._talks = {language: talk(language) for language in (Language.RUSSIAN, Language.KAZAKH)}
        self.rare = rare_words()
        self._weights = list(accumulate(1 / (rank + 20) for rank in range(RARE)))

    def contact(self, number: int) -> Indexed:
        """Return a contact; the higher its number the newer it is."""
        chance = random.Random(number)
        language = Language.KAZAKH if chance.random() < 0.3 else Language.RUSSIAN
        said = self._talks[language]
        bank = Role.BOT if chance.random() < 0.6 else Role.AGENT
        utterances, now_s = [], 0.5
        for turn in range(UTTERANCES):
            role = (bank, Role.CLIENT)[turn % 2]
            words = list(chance.choice(said.client if turn % 2 else said.bank))
            if chance.random() < 0.3:
                words.insert(chance.randint(0, len(words)), chance.choices(self.rare, cum_weights=self._weights)[0])
            heard = []
            for word in words:
                length_s = 0.08 * len(word)
                heard.append(Word(word, round(now_s, 2), round(now_s + length_s, 2), round(chance.uniform(0.35, 1), 2)))
                now_s += length_s + 0.05
            utterances.append(Utterance(role, tuple(heard), heard[0].start_s, heard[-1].end_s, language))
            now_s += chance.uniform(0.2, 1.2)
        attributes = {
            "segment": chance.choice(("soft", "soft", "soft", "hard")),
            "agent": f"a-{chance.randint(1, 200):03}",
            "days_past_due": str(chance.randint(1, 360)),
        }
        started_at = LAST - timedelta(days=400) + timedelta(days=number / A_DAY)
        one = Conversation(f"c-{number:07}", Medium.CALL, started_at, now_s, tuple(utterances), attributes)
        return Indexed(
            one, {"talk_ratio": round(chance.random(), 3), "longest_pause_s": round(chance.expovariate(0.5), 2)}
        )


def build(database: AnalyticsDatabase, corpus: Corpus, utterances: int) -> dict[str, Any]:
    """Put contacts in until there are so many utterances, and return what that took."""
    with database.reading() as connection:
        there = connection.execute(select(func.count()).select_from(contacts)).scalar_one()
    wanted = utterances // UTTERANCES
    began_s, worked_s, making_s, made_s = time.perf_counter(), time.process_time(), 0.0, 0.0
    for first in range(there, wanted, 500):
        making_s -= time.perf_counter()
        made_s -= time.process_time()
        page = [corpus.contact(number) for number in range(first, min(first + 500, wanted))]
        making_s += time.perf_counter()
        made_s += time.process_time()
        with database.writing() as connection:
            for one in page:
                put(connection, one)
        if first % 5000 == 0:
            print(f"{first} of {wanted} contacts", flush=True)  # noqa: T201
    took_s = time.perf_counter() - began_s - making_s
    return {
        "contacts_added": max(0, wanted - there),
        "seconds": round(took_s, 1),
        "own_cpu_s": round(time.process_time() - worked_s - made_s, 1),
        "peak_memory_bytes": getrusage(RUSAGE_SELF).ru_maxrss * 1024,
    }


def settle(connection: Connection) -> None:
    """Let PostgreSQL look at its tables, as its autovacuum does in time."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("ANALYZE"))


class Clock:
    """What was taken since it began: of the wall's time, and of processors' by this process and PostgreSQL's own."""

    def __init__(self, connection: Connection) -> None:
        self._server: Path | None = None
        if connection.dialect.name == "postgresql":
            pid = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
            self._server = Path(f"/proc/{pid}/schedstat")
        self._began_s, self._worked_s = time.perf_counter(), self._cpu_s()

    def taken_ms(self) -> tuple[float, float]:
        """Return the time of the wall and that of processors."""
        return (time.perf_counter() - self._began_s) * 1000, (self._cpu_s() - self._worked_s) * 1000

    def _cpu_s(self) -> float:
        served_s = int(self._server.read_text().split()[0]) / 1e9 if self._server is not None else 0.0
        return time.process_time() + served_s


def ask(connection: Connection, queries: dict[str, Expression]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield what each query took up to the marked utterances, asked in turns, so that none finds its own pages warm."""
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in queries}
    found = {}  # numbers alone: what is answered is forgotten, and no heap grows that the collector must walk
    read_dictionaries()  # as a process does that answers all day
    for _ in range(REPEATS):
        for name, expression in queries.items():
            clock = Clock(connection)
            page = search(connection, Query(expression), limit=20)
            for one in page.found:
                passages(one.conversation, one.match)
            taken[name].append(clock.taken_ms())
            found[name] = {"found": len(page.found), "looked_at": page.looked_at}
    for name in queries:
        wall_ms, cpu_ms = (list(column) for column in zip(*taken[name], strict=True))
        yield (
            name,
            {
                "expression": queries[name].text,
                "p50_ms": round(_percentile(wall_ms, 50), 1),
                "p95_ms": round(_percentile(wall_ms, 95), 1),
                "max_ms": round(max(wall_ms), 1),
                "cpu_p50_ms": round(_percentile(cpu_ms, 50), 1),
                "cpu_p95_ms": round(_percentile(cpu_ms, 95), 1),
                **found[name],
            },
        )


def size_bytes(connection: Connection) -> dict[str, int]:
    """Return the room that words and documents take, each with its index."""
    if connection.dialect.name == "postgresql":
        query = "SELECT pg_total_relation_size('search_words'), pg_total_relation_size('search_documents')"
        words, documents = connection.execute(text(query)).one()
        return {"words": words, "documents": documents}
    words = connection.execute(text("SELECT sum(length(block)) FROM search_words_data")).scalar_one()
    documents = connection.execute(text("SELECT sum(length(document)) FROM search_documents")).scalar_one()
    return {"words": words, "documents": documents}


def main() -> None:
    """Build, ask and save."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("place", help="a folder, or the URL of an empty PostgreSQL database")
    parser.add_argument("--utterances", type=int, default=1_000_000)
    parser.add_argument("--ask", action="store_true", help="build nothing")
    options = parser.parse_args()
    backend = "postgresql" if "://" in options.place else "sqlite"
    location = options.place if backend == "postgresql" else Path(options.place) / "analytics.db"
    corpus = Corpus()
    words = {"middling": corpus.rare[2000], "rarest": corpus.rare[-1]}
    queries = {name: parse(written.format(**words), {"talk_ratio"}) for name, written in QUERIES.items()}
    with AnalyticsDatabase(location) as database:
        built = {} if options.ask else build(database, corpus, options.utterances)
        with database.writing() as connection:
            settle(connection)
        with database.reading() as connection:
            count = connection.execute(select(func.count()).select_from(contacts)).scalar_one()
            rows = dict(ask(connection, queries))
            figures = {
                "utterances": count * UTTERANCES,
                "contacts": count,
                "building": built,
                "size_bytes": size_bytes(connection),
                "p95_ms_of_the_slowest_query": max(row["p95_ms"] for row in rows.values()),
                "cpu_p95_ms_of_the_slowest_query": max(row["cpu_p95_ms"] for row in rows.values()),
                "p95_ms_of_all": round(_percentile([row["p95_ms"] for row in rows.values()], 95), 1),
                "queries": rows,
            }
    save(f"search-{backend}-{round(count * UTTERANCES / 1e6)}m", "benchmarks.search", figures)


def _words(written: str) -> tuple[str, ...]:
    return tuple(re.findall(r"\w+", written.lower()))


def _percentile(values: list[float], percent: int) -> float:
    return quantiles(values, n=100, method="inclusive")[percent - 1]


if __name__ == "__main__":
    main()

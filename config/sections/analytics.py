"""Speech analytics: what becomes of contacts when they are over."""

from typing import Literal

from pydantic import Field

from config.sections.base import Folder, Secret, Section, SharedPlace, Zone
from config.sections.speech import ByLanguage
from engine.law import Jurisdiction
from engine.speech import Language


class Analytics(Section):
    """Speech analytics of contacts that are over: those of the engine by itself, others by `voicebot analyse`."""

    enabled: bool = Field(
        True, description="Whether `voicebot serve` analyses its calls when they are over, in a process behind them."
    )
    workers: int = Field(
        1, ge=1, le=64, description="Processes that analyse at a time; each holds models of its own in memory."
    )
    database: str | None = Field(
        None,
        repr=False,
        description="URL of the database of analytics without its password; unset is SQLite, analytics.db in data_dir.",
        examples=["postgresql+psycopg://voicebot@db.bank.example/analytics"],
    )
    password: Secret = Field(None, description="Password of that database. From the environment alone.")
    recordings: SharedPlace | None = Field(
        None,
        description="Where recordings are copied when they are queued, so that workers of other hosts reach them: a "
        "folder that all have under this path, or s3://bucket/prefix, with credentials and endpoint from the "
        "environment alone (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_ENDPOINT_URL). Unset, they are read from "
        "where they lie.",
        examples=["s3://contacts/recordings"],
    )
    language: Language | Literal["auto"] = Field(
        "auto",
        description="Spoken in recordings of which nobody says it: ru, kk or en; auto finds out whether it is "
        "Russian or Kazakh, utterance by utterance, and takes about twice the time.",
    )
    time_zone: Zone = Field(
        "Asia/Almaty", description="Of times that have no zone, and of the clients' days, as an IANA name."
    )
    jurisdiction: Jurisdiction = Field(Jurisdiction.KAZAKHSTAN, description="Whose law contacts must keep: KZ or RU.")
    creditor_names: tuple[str, ...] = Field(
        (),
        description="The creditor's name as it is said, in every language; the law wants it named. Without them that "
        "rule is not known of any contact.",
        examples=[["Sample Bank", "Пример Банк"]],
    )
    packs: Folder | None = Field(
        None,
        description="Folder of the bank's own scorecards, rules of law, categories and wordings (*.yaml, in it and "
        "below), which add to those that ship and replace those of the same name; read when a program starts. All "
        "hosts need the same. Unset: what ships alone.",
        examples=["/etc/voicebot/packs"],
    )
    prefer: ByLanguage = Field(
        default_factory=ByLanguage,
        description="Recognisers by language for the second hearing, which has more time than a call; empty: those of "
        "asr.prefer.",
    )

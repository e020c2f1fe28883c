"""The one database: calls with their events, turns and promises, kept by one writer and read by everyone."""

from engine.store.archive import CallArchive, CallSummary, OutcomeCount, UnfinishedCall
from engine.store.database import CallDatabase, StoreStats

__all__ = ["CallArchive", "CallDatabase", "CallSummary", "OutcomeCount", "StoreStats", "UnfinishedCall"]

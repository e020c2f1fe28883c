"""Typed conversations that are under way: in memory, a few a user, gone when they were left alone for long."""

import secrets
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock
from typing import Final

from dialogs.conversation import Conversation
from engine.clock import Clock

_A_USER: Final = 5
_IN_ALL: Final = 100
_IDLE: Final = timedelta(hours=4)
MAX_TURNS: Final = 200
"""In one conversation: to take one back holds all before it again."""


@dataclass(slots=True)
class Chat:
    """One conversation.

    Args:
        chat_id: cannot be guessed.
        user_id: whose.
        offer: what was chosen, as `Offer.key`.
        conversation: that is held.
        used: when it was last asked for.
        lock: for who changes it.
    """

    chat_id: str
    user_id: int
    offer: str
    conversation: Conversation
    used: datetime
    lock: Lock = field(default_factory=Lock)


class Chats:
    """Keeps conversations by their id; the longest unused go first.

    Args:
        clock: tells how long one was left alone.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._chats: OrderedDict[str, Chat] = OrderedDict()
        self._lock = Lock()

    def add(self, user_id: int, offer: str, conversation: Conversation) -> Chat:
        """Keep a conversation that has begun; the user's oldest makes room for it."""
        with self._lock:
            self._drop(user_id)
            chat = Chat(secrets.token_urlsafe(12), user_id, offer, conversation, self._clock.now())
            self._chats[chat.chat_id] = chat
            return chat

    def of(self, user_id: int, chat_id: str) -> Chat | None:
        """Return a conversation of this user's; None where it is gone, or another's."""
        with self._lock:
            chat = self._chats.get(chat_id)
            if chat is None or chat.user_id != user_id:
                return None
            chat.used = self._clock.now()
            self._chats.move_to_end(chat_id)
            return chat

    def _drop(self, user_id: int) -> None:
        limit = self._clock.now() - _IDLE
        for chat in [chat for chat in self._chats.values() if chat.used < limit]:
            del self._chats[chat.chat_id]
        own = [chat.chat_id for chat in self._chats.values() if chat.user_id == user_id]
        for chat_id in own[: max(0, len(own) - _A_USER + 1)]:
            del self._chats[chat_id]
        while len(self._chats) >= _IN_ALL:
            self._chats.popitem(last=False)

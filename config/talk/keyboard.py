"""Talking to a scenario by typing: every turn is explained, and can be taken back; kept as a test where wanted."""

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Form, HTTPException, Request
from starlette.responses import Response

from config.talk.chats import MAX_TURNS, Chat
from config.talk.choice import LANGUAGES, SEGMENTS, Choice, WrongChoice
from config.talk.room import room_of
from config.web import User, current_user, redirect, render
from dialogs.conversation import CallerTurn, Conversation, Exchange, Nobody, Says, Silence
from dialogs.explaining import reasons
from dialogs.trials.keeping import kept
from dialogs.trials.running import slot_value
from dialogs.trials.writing import as_yaml
from dialogs.values import machine_text
from engine.errors import VoicebotError

router = APIRouter()

CurrentUser = Annotated[User, Depends(current_user)]
_LONGEST: Final = 1000
"""Characters of a turn: more than anybody says at once."""


@router.get("/typed")
def choose(request: Request, scenario: str = "soft_collection") -> Response:
    """Ask whom the conversation is to be about."""
    return _form(request, Choice(scenario=scenario))


@router.post("/typed")
def begin(
    request: Request,
    user: CurrentUser,
    scenario: Annotated[str, Form()],
    language: Annotated[str, Form()] = "",
    segment: Annotated[str, Form()] = "",
    days_past_due: Annotated[str, Form()] = "",
    debt: Annotated[str, Form()] = "",
    broken_promises: Annotated[str, Form()] = "",
    now: Annotated[str, Form()] = "",
    facts: Annotated[str, Form()] = "",
    inbound: Annotated[bool, Form()] = False,
    person_on_hand: Annotated[bool, Form()] = False,
) -> Response:
    """Begin a conversation."""
    choice = Choice(
        scenario=scenario,
        language=language,
        segment=segment,
        days_past_due=days_past_due,
        debt=debt,
        broken_promises=broken_promises,
        now=now,
        facts=facts,
        inbound=inbound,
        person_on_hand=person_on_hand,
    )
    room = room_of(request)
    try:
        loaded = room.offers.load(choice.scenario)
        conversation = Conversation(loaded, choice.scene(loaded))
    except WrongChoice as error:
        return _form(request, choice, error.errors)
    except VoicebotError as error:
        return _form(request, choice, {"": str(error)})
    return redirect(request, f"/talk/typed/{room.chats.add(user.user_id, choice.scenario, conversation).chat_id}")


@router.get("/typed/{chat_id}")
def show(request: Request, chat_id: str, user: CurrentUser) -> Response:
    """Show a conversation that is under way."""
    return _shown(request, "talk/typed.html", _chat(request, user, chat_id))


@router.post("/typed/{chat_id}/say")
def say(request: Request, chat_id: str, user: CurrentUser, text: Annotated[str, Form()] = "") -> Response:
    """Take what the debtor says; nothing at all is silence."""
    words = text.strip()[:_LONGEST]
    return _take(request, _chat(request, user, chat_id), Says(words) if words else Silence())


@router.post("/typed/{chat_id}/nobody")
def nobody(request: Request, chat_id: str, user: CurrentUser) -> Response:
    """Go on where nobody took the transfer."""
    return _take(request, _chat(request, user, chat_id), Nobody())


@router.post("/typed/{chat_id}/undo")
def undo(request: Request, chat_id: str, user: CurrentUser) -> Response:
    """Take the debtor's last turn back."""
    chat = _chat(request, user, chat_id)
    with chat.lock:
        undone = chat.conversation.undo()
    return _shown(request, "talk/typed_part.html", chat, "" if undone else "There is nothing to take back.")


@router.post("/typed/{chat_id}/restart")
def restart(request: Request, chat_id: str, user: CurrentUser) -> Response:
    """Begin again with the same account and date."""
    chat = _chat(request, user, chat_id)
    with chat.lock:
        chat.conversation.restart()
    return _shown(request, "talk/typed_part.html", chat)


@router.get("/typed/{chat_id}/test.yaml")
def test(request: Request, chat_id: str, user: CurrentUser) -> Response:
    """Give the conversation as a test, for the scenario's folder ``tests``."""
    chat = _chat(request, user, chat_id)
    with chat.lock:
        text = as_yaml([kept(chat.conversation, "conversation in the browser")])
    name = f"{chat.conversation.scenario.name}-conversation.yaml"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(text, media_type="application/yaml", headers=headers)


def _chat(request: Request, user: User, chat_id: str) -> Chat:
    chat = room_of(request).chats.of(user.user_id, chat_id)
    if chat is None:
        raise HTTPException(404, "This conversation is over: it was left alone for long, or the pages were restarted.")
    return chat


def _take(request: Request, chat: Chat, turn: CallerTurn) -> Response:
    problem = ""
    with chat.lock:
        if len(chat.conversation.exchanges) > MAX_TURNS:
            problem = f"A conversation has at most {MAX_TURNS} turns: begin again."
        else:
            try:
                chat.conversation.take(turn)
            except LookupError as error:
                problem = f"{str(error)[:1].upper()}{str(error)[1:]}."
    return _shown(request, "talk/typed_part.html", chat, problem)


def _shown(request: Request, template: str, chat: Chat, problem: str = "") -> Response:
    with chat.lock:
        conversation = chat.conversation
        return render(
            request,
            template,
            chat=chat,
            conversation=conversation,
            progress=conversation.progress,
            turns=[(each, _why(conversation, each)) for each in conversation.exchanges],
            slots=_slots(conversation),
            problem=problem,
        )


def _why(conversation: Conversation, exchange: Exchange) -> tuple[tuple[str, str, str], ...]:
    """Return mark, words and hindrance of what an answer took, and of what it passed over on the way."""
    if exchange.turn is None:
        return ()
    return tuple(
        ("→" if one.taken else "✗", one.words, one.hindrance)
        for one in reasons(conversation.scenario, exchange)
        if one.taken or one.hindrance
    )


def _slots(conversation: Conversation) -> tuple[tuple[str, str], ...]:
    names = ("amount", "due", "callback", *conversation.scenario.spec.slots)
    values = ((name, slot_value(conversation.progress, name)) for name in names)
    return tuple((name, machine_text(value)) for name, value in values if value is not None)


def _form(request: Request, choice: Choice, errors: dict[str, str] | None = None) -> Response:
    return render(
        request,
        "talk/choose.html",
        status_code=422 if errors else 200,
        offers=room_of(request).offers.all(),
        chosen=choice,
        languages=LANGUAGES,
        segments=SEGMENTS,
        errors=errors or {},
    )

"""The intents: what a caller's words are for. Their order is that of the rules: where two match, the first wins."""

from enum import StrEnum
from typing import Final


class Intent(StrEnum):
    """What a caller wants, in the field's terms; order is priority among rules."""

    ANSWERING_MACHINE = "answering_machine"
    """A voicemail greeting, the network's announcement or a callee's own robot."""
    SWITCH_LANGUAGE = "switch_language"
    DECEASED = "deceased"
    MINOR = "minor"
    WRONG_PERSON = "wrong_person"
    THIRD_PARTY = "third_party"
    SCAM_DOUBT = "scam_doubt"
    BANKRUPT_OR_PROTECTED = "bankrupt_or_protected"
    LAWYER = "lawyer"
    COMPLAINT = "complaint"
    OPERATOR = "operator"
    ARE_YOU_ROBOT = "are_you_robot"
    STOP_CONTACT = "stop_contact"
    AGGRESSION = "aggression"
    WHO_IS_CALLING = "who_is_calling"
    HAND_OVER = "hand_over"
    """The phone goes to someone else, so whoever was confirmed is no longer the one who listens."""
    HOLD_ON = "hold_on"
    REPEAT = "repeat"
    DISPUTE = "dispute"
    ALREADY_PAID = "already_paid"
    HARDSHIP = "hardship"
    HOW_TO_PAY = "how_to_pay"
    AMOUNT_QUESTION = "amount_question"
    REFUSE = "refuse"
    CALLBACK = "callback"
    PTP_VAGUE = "ptp_vague"
    PTP_PARTIAL = "ptp_partial"
    PTP_FULL = "ptp_full"
    RPC_CONFIRM = "rpc_confirm"
    NAME_GIVEN = "name_given"
    """The caller gives a name that is not the debtor's."""
    GREETING = "greeting"
    """«алло», «слушаю»: an answered phone, never a confirmation."""
    NO = "no"
    YES = "yes"
    GOODBYE = "goodbye"
    INFORM = "inform"
    """Nothing but a sum, a share, a day or a time."""
    NOT_UNDERSTOOD = "not_understood"


DISCLAIMS: Final = frozenset(
    {Intent.ANSWERING_MACHINE, Intent.DECEASED, Intent.MINOR, Intent.WRONG_PERSON, Intent.THIRD_PARTY}
)
"""Whoever says this is not the debtor: from here on not a word about a debt, whatever the scenario says."""

TAUGHT: Final = frozenset(Intent) - {Intent.NOT_UNDERSTOOD}
"""Intents with rules or examples in the language files."""

COURTESIES: Final = frozenset(
    {Intent.GREETING, Intent.YES, Intent.NO, Intent.GOODBYE, Intent.HOLD_ON, Intent.INFORM, Intent.NAME_GIVEN}
)
"""What only goes along with the rest of a turn: «нет, я уже оплатил» is for the payment."""

PROMISES: Final = frozenset({Intent.PTP_FULL, Intent.PTP_PARTIAL, Intent.PTP_VAGUE})
"""A turn holds one of them."""

COMMITMENTS: Final = frozenset({Intent.PTP_FULL, Intent.PTP_PARTIAL})
"""What a turn is for, whatever reasons or questions come with it."""

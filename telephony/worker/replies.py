"""What goes with our INVITEs and answers, and what others answer, made fit to be read."""

import pjsua2 as pj

_LONGEST_REASON = 100


def reply(status: int) -> pj.CallOpParam:
    """Return the parameters of an answer, a hang-up or an INVITE of ours; status 0 is the library's own choice.

    Audio is all that is taken, or the library would take an offer of real-time text too, with two more sockets a call.
    """
    made = pj.CallOpParam(True)
    made.statusCode = status
    made.opt.textCount = made.opt.videoCount = 0
    return made


def add_header(made: pj.CallOpParam, name: str, value: str) -> None:
    """Add a header to a message that is to be sent."""
    header = pj.SipHeader()
    header.hName, header.hValue = name, value
    made.txOption.headers.append(header)


def plain(reason: str) -> str:
    """Return a reason phrase of the far end's without anything that could disturb a terminal, a log or a database."""
    return "".join(letter for letter in reason if letter.isprintable())[:_LONGEST_REASON]

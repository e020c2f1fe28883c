"""A caller who holds a call while others attack, and notes when each packet of audio arrives."""

from pathlib import Path

from benchmarks.bare_phone import BarePhone, Packet


def witness(target: tuple[str, int], number: str, until: Path) -> tuple[list[Packet], bool]:
    """Hold a call until a file is there; return what arrived, and whether the bot hung up; in a process of its own."""
    phone = BarePhone(target, number=number)
    status = phone.call(10)
    assert status == 200, f"not answered: {status}"
    phone.stay(until.exists)
    ended = phone.ended
    phone.hang_up()
    return phone.packets, ended

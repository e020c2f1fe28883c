"""Who does what among the media workers: shares of ports and channels, who takes calls, who attends to which trunk.

A *seat* is a place for one worker, with its own SIP port, RTP ports and channels; its worker may end and be followed by
another. One seat more than take calls is the spare: its worker is up on its own ports and takes none, until it has to
stand in. No I/O here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from engine.errors import SettingsError
from telephony.settings import FleetSettings, SipSettings

PORTS_A_CALL = 4
"""RTP and RTCP, and as many again, since ports are freed late. The library searches its range from the pair after the
last that it took; in a range that two workers share it would come upon the other's pairs, and the wheel's gives a call
up after 100 of them."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What a seat could do.

    Args:
        up: its worker is up.
        taking: it is to take calls as things are.
        leaving: its worker is to end when its calls have.
    """

    up: bool
    taking: bool
    leaving: bool


def shares(sip: SipSettings, fleet: FleetSettings) -> tuple[SipSettings, ...]:
    """Divide ports and channels among the seats.

    Seat *i* listens on ``sip_port + i``, and for TLS on ``tls.port + i``; each has an equal share of the RTP ports,
    from an even one on, and of the channels, rounded up.

    Raises:
        SettingsError: there are too few ports; the message says how many it takes.
    """
    seats, channels = fleet.seats, -(-sip.channels // fleet.workers)
    if sip.sip_port + seats - 1 > 65535:
        raise SettingsError(f"telephony setting sip_port: must be {65536 - seats} or less for {seats} media workers")
    pairs = (sip.rtp_port_max - sip.rtp_port_min + 1) // 2 // seats
    if 2 * pairs < PORTS_A_CALL * channels:
        raise SettingsError(
            f"telephony setting rtp_port_max: must be {sip.rtp_port_min + seats * PORTS_A_CALL * channels - 1} or more "
            f"for {seats} media workers with {channels} calls each"
        )
    return tuple(
        replace(
            sip,
            sip_port=sip.sip_port + seat if sip.sip_port else 0,
            tls=replace(sip.tls, port=sip.tls.port + seat) if sip.tls and sip.tls.port else sip.tls,
            rtp_port_min=sip.rtp_port_min + 2 * pairs * seat,
            rtp_port_max=sip.rtp_port_min + 2 * pairs * (seat + 1) - 1,
            channels=channels,
        )
        for seat in range(seats)
    )


def takers(standings: Sequence[Standing], workers: int) -> frozenset[int]:
    """Return the seats that are to take calls.

    Who takes them goes on; who is missing is replaced by the seat with the lowest number. A seat that is to be left
    takes calls only where there is nobody else.

    Args:
        standings: of all seats, in order.
        workers: how many are to take calls.
    """
    staying = sorted(
        (seat for seat, standing in enumerate(standings) if standing.up and not standing.leaving),
        key=lambda seat: (not standings[seat].taking, seat),
    )
    leaving = [seat for seat, standing in enumerate(standings) if standing.up and standing.leaving]
    return frozenset((staying or leaving)[:workers])


def attendance(
    trunks: Sequence[str], taking: frozenset[int], before: Mapping[int, tuple[str, ...]]
) -> dict[int, tuple[str, ...]]:
    """Give each trunk to exactly one seat that takes calls, evenly, moving as few as possible.

    Args:
        trunks: names.
        taking: seats that take calls; without any nobody attends to anything.
        before: who attended to which.

    Returns:
        The trunks of each seat in ``taking``.
    """
    if not taking:
        return {}
    kept = {seat: [trunk for trunk in before.get(seat, ()) if trunk in trunks] for seat in sorted(taking)}
    least, ahead = divmod(len(trunks), len(taking))
    for place, held in enumerate(sorted(kept.values(), key=len, reverse=True)):
        del held[least + (place < ahead) :]
    attended = {trunk for held in kept.values() for trunk in held}
    for trunk in trunks:
        if trunk not in attended:
            min(kept.values(), key=len).append(trunk)
    return {seat: tuple(held) for seat, held in kept.items()}

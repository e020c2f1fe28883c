"""Where trunks are, by the machine's own resolver."""

from telephony.messages import NextHop
from telephony.next_hops import NextHops
from telephony.trunks import Transport, Trunk

TRUNKS = (
    Trunk(name="address", host="192.0.2.1", port=5070),
    Trunk(name="name", host="localhost"),
    Trunk(name="proxy", host="bank.invalid", outbound_proxy="192.0.2.9:5080"),
    Trunk(name="secure", host="localhost", transport=Transport.TLS),
    Trunk(name="lost", host="bank.invalid"),
)


async def test_names_become_addresses_but_over_tls_where_the_certificate_bears_them() -> None:
    """An outbound proxy stands for the host; a name that nobody knows is told; what did not move is not told again."""
    known: dict[str, bool] = {}

    def told(trunk: str, *, found: bool) -> None:
        known[trunk] = found

    hops = NextHops(TRUNKS, told)
    found = await hops.look_up()
    assert found == hops.known
    assert found == (
        NextHop("address", "192.0.2.1", 5070),
        NextHop("name", "127.0.0.1", 0),
        NextHop("proxy", "192.0.2.9", 5080),
        NextHop("secure", "localhost", 0),
    )
    assert [trunk for trunk, there in known.items() if not there] == ["lost"]
    assert await hops.look_up() == ()

"""Packs of alerts are read strictly."""

from pathlib import Path

import pytest

from analytics.alerts import read_alerts
from engine.errors import PackError


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("when: 'agent: суд'", "3:5: `send_to:` is missing"),
        ("when: 'agent: суд'\n    send_to: http://hooks.example", "4:14: write an address such as https"),
        ("when: 'agent: (суд'\n    send_to: https://hooks.example", "3:"),
        ("when: 'talking > 2'\n    send_to: https://hooks.example", "there is no measure `talking`"),
        ("when: да\n    send_to: https://hooks.example\n    quote: true", "unknown key `quote`"),
    ],
)
def test_a_mistake_is_told_with_its_place(tmp_path: Path, written: str, told: str) -> None:
    pack = tmp_path / "alerts.yaml"
    pack.write_text(f"alerts:\n  threat:\n    {written}\n")

    with pytest.raises(PackError) as caught:
        read_alerts(pack)
    assert told in str(caught.value)
    assert str(pack) in str(caught.value)

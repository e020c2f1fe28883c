"""Packs of alerts are read strictly."""

from pathlib import Path

import pytest

from analytics.alerts import read_alerts
from analytics.asking import promised
from analytics.expressions import Heard, Verdict, match_expression
from engine.errors import PackError
from tests.unit.analytics.scoring.talks import call


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


def test_wordings_of_categories_and_numbers_of_promises_may_be_asked_for(tmp_path: Path) -> None:
    pack = tmp_path / "alerts.yaml"
    pack.write_text(
        "alerts:\n  broke:\n    when: 'client: $no_money AND promises = 0'\n    send_to: https://a.example\n"
    )
    [alert] = read_alerts(pack).alerts.values()
    said = Heard(call("client: потерял работу денег нет"))

    assert match_expression(alert.when, said, promised(())).verdict is Verdict.YES
    assert match_expression(alert.when, said, {"promises": 1.0}).verdict is Verdict.NO
    assert match_expression(alert.when, said, {"promises": None}).verdict is Verdict.NOT_HEARD

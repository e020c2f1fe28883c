"""Words in their forms: Russian, Kazakh, English, and what recognisers write of them."""

import gc
from collections.abc import Callable

import pytest

from analytics.conversation import Conversation, Role
from analytics.expressions import Match, Verdict, needed, parse
from analytics.expressions.glob import fits
from analytics.expressions.kazakh import stems
from analytics.expressions.lemmas import keys_of, read_dictionaries, wanted_keys
from analytics.expressions.prefilter import AllOf, AnyOf, Anything, Close, HasBeginning, HasKey, Need
from engine.folding import fold
from engine.speech import Language

Talk = Callable[..., Conversation]
Asked = Callable[..., Match]


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("деньги", "денег"),
        ("идти", "шёл"),
        ("пришел", "пришёл"),
        ("платить", "плачу"),
        ("плачу", "платили"),
        ("должный", "должен"),
        ("зарплата", "зарплату"),
        ("что-то", "что-то"),
        ('"что то"', "Что-то,"),
        ("pay", "paid"),
        ("payment", "payments"),
        ("pays", "paying"),
        ("don't", "don’t"),
        ("төлеу", "төлеймін"),
        ("төлеймін", "төледім"),
        ("төлеу", "төлейсіз"),
        ("төлеу", "төлегенмін"),
        ("төлеу", "төлеңіз"),
        ("төлеу", "толеймин"),
        ("төлемеу", "төлемеймін"),
        ("қарыз", "қарызымды"),
        ("қарыз", "карызыңыз"),
        ("қарыз", "қарыздар"),
        ("ақша", "ақшаны"),
        ("ақша", "ақшам"),
        ("жүрек", "жүрегі"),
        ("банк", "банктен"),
        ("кредит", "кредиттің"),
        ("күн", "күндері"),
        ("бер", "бердім"),
        ("хабарласу", "хабарласыңыз"),
        ("жұмыс", "жұмыстан"),
        ("төлеу", "төлейтін"),
        ("төлеу", "төлер"),
        ("төлеу", "төлеші"),
        ("алу", "аламын"),
        ("алу", "алдым"),
        ("беру", "берейін"),
        ("бару", "барып"),
        ("хабарласу", "хабарласамын"),
        ("жұмыс", "жұмысы"),
        ("қарыз", "қарызбен"),
        ("қарыз", "қарызыңызды"),
        ("күн", "күні"),
        ("ай", "айға"),
        ("15", "15"),
        ("50%", "50%"),
        ("плат*", "платёж"),
        ("*плат*", "заплатил"),
        ("төл*", "төлеймін"),
        ("за*ил", "заплатил"),
    ],
)
def test_a_word_is_found_in_every_form(asked: Asked, talk: Talk, expression: str, said: str) -> None:
    """Whatever the recogniser makes of its letters."""
    assert asked(expression, talk(f"client 1 {said}")).verdict is Verdict.YES


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("платить", "плач"),
        ("=плачу", "плачем"),
        ("төлеу", "төлемеймін"),
        ("төлеймін", "төлемеймін"),
        ("банк", "банда"),
        ("төлеу", "төлемі"),
        ("төлеу", "төлемедім"),
        ("күн", "құда"),
        ("ай", "айт"),
        ("бару", "барлық"),
        ("жұма", "жұмыс"),
        ("pay", "pain"),
        ("плат*", "заплатил"),
        ("*плат", "плата"),
        ("за*за", "за"),
        ("да", "дать"),
    ],
)
def test_another_word_is_not_found(asked: Asked, talk: Talk, expression: str, said: str) -> None:
    """Nor a negated verb: in Kazakh the negation is in the word."""
    assert asked(expression, talk(f"client 1 {said}")).verdict is Verdict.NO


def test_an_exact_form_is_found_with_folded_letters(asked: Asked, talk: Talk) -> None:
    """«=шёл» finds «шел», and no other form."""
    assert asked("=шёл", talk("client 1 шел")).verdict is Verdict.YES
    assert asked("=шёл", talk("client 1 идти")).verdict is Verdict.NO


def test_harmony_refuses_endings_that_the_stem_rules_out() -> None:
    """The stem of «билетта» is no «билет»: its locative is «билетте»."""
    assert stems("билетта") == {"билетта"}
    assert "билет" in stems("билетте")


def test_a_known_russian_word_has_kazakh_stems_only_in_kazakh() -> None:
    """Otherwise «банка» and «банда» would share one."""
    assert not [key for key in keys_of("банка", Language.RUSSIAN) if key.startswith("kk:")]
    assert [key for key in keys_of("банка", Language.KAZAKH) if key.startswith("kk:")]


def test_what_is_too_long_for_a_word_is_found_by_its_form() -> None:
    """No dictionary is asked for it."""
    assert keys_of("й" * 5000) == ("и" * 5000,) or keys_of("й" * 5000) == ("й" * 5000,)


def test_many_stars_take_no_time() -> None:
    """A wildcard is matched without a regular expression."""
    assert not fits("*".join("a" * 2000) + "b", "a" * 5000)


@pytest.mark.parametrize("said", ["шёл", "шел", "ещё", "взнёс", "қарыз", "ақшаңыз", "өтеймін", "ёмаё", "paid", "чек"])
@pytest.mark.parametrize("language", [None, *Language])
def test_whatever_is_of_the_same_form_has_a_lemma_of_it(said: str, language: Language | None) -> None:
    """So that an index need not be asked for the form beside the lemmas."""
    _, *lemmas = wanted_keys(fold(said))
    assert set(lemmas) & set(keys_of(said, language))


CLIENT = frozenset({Role.CLIENT})
BANK = frozenset({Role.BOT, Role.AGENT})


def _row(left: str, right: str) -> Close:
    return Close((HasKey(left),), (HasKey(right),), 0, True)


@pytest.mark.parametrize(
    ("expression", "need"),
    [
        ("=шёл", HasKey("шел")),
        ("pay", HasKey("en:pay")),
        ("суд", AnyOf((HasKey("ru:суд"), HasKey("kk:суд")))),
        ("15", HasKey("15")),
        ('"=шёл =да"', Close((HasKey("шел"),), (HasKey("да"),), 0, True)),
        ('"=шёл * *ой =да"', Close((HasKey("шел"),), (HasKey("да"),), 2, True)),
        ('"=шёл =да =не"', AllOf((_row("шел", "да"), _row("да", "не")))),
        ('"*ой =да"', HasKey("да")),
        ("=а1 OR =б1", AnyOf((HasKey("а1"), HasKey("б1")))),
        ("=а1 AND NOT =б1", HasKey("а1")),
        ("=а1 NOT NEAR/3 =б1", HasKey("а1")),
        ("=а1 NEAR/3 =б1 IN FIRST 5s", AllOf((HasKey("а1"), HasKey("б1")))),
        ("client: =а1 AND talk > 3", HasKey("а1", CLIENT)),
        ("client: (=а1 NEAR/5 =б1)", Close((HasKey("а1", CLIENT),), (HasKey("б1", CLIENT),), 5, False)),
        ("client: (=а1 AFTER/5 =б1)", Close((HasKey("б1", CLIENT),), (HasKey("а1", CLIENT),), 5, True)),
        ("client: (=а1 THEN/2 пла*)", Close((HasKey("а1", CLIENT),), (HasBeginning("пла", CLIENT),), 2, True)),
        ("client: (=а1 NEAR/5s =б1)", AllOf((HasKey("а1", CLIENT), HasKey("б1", CLIENT)))),
        ("bank: (=а1 NEAR/5 =б1)", AllOf((HasKey("а1", BANK), HasKey("б1", BANK)))),
        ("client: =а1 NEAR/5 =б1", AllOf((HasKey("а1", CLIENT), HasKey("б1")))),
        ("плат*", HasBeginning("плат")),
        ("=а1 OR *плат", Anything()),
        ("=а1 AND *плат", HasKey("а1")),
        ("PAUSE 3s THEN =а1", HasKey("а1")),
        ("NOT =а1", Anything()),
        ("@segment = hard", Anything()),
    ],
)
def test_what_an_index_must_hold(expression: str, need: Need) -> None:
    """Never more than that: no contact may be lost."""
    assert needed(parse(expression)) == need


def test_dictionaries_that_are_read_are_out_of_the_collectors_way() -> None:
    try:
        read_dictionaries()
        assert gc.get_freeze_count() > 0
        assert "ru:слово" in keys_of("слова", Language.RUSSIAN)
    finally:
        gc.unfreeze()

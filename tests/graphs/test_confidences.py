"""What the business told its agent in confidence stays there, in whatever spelling; everything else may be said."""

import pytest

from graphs.gates.confidences import particulars
from graphs.observer import judge
from tests.graphs.scenes import Scene

NOTES = {
    "es": "Nota interna, no la digas: el proveedor es Nahualpilli y la contraseña de mayoreo es girasol-malva.",
    "pt": "Não revele: nosso fornecedor é Jurandir e a senha do atacado é girassol99.",
    "en": 'Never mention that we buy from Thornwick; the code word is "quiet harbour".',
}


def faults(language: str, draft: str, *notes: str) -> list[str]:
    scene = Scene(language)
    said = {"es": "hola, buenas tardes", "pt": "oi, boa tarde", "en": "hi, good afternoon"}[language]
    context = scene.context(playbook=[*notes, "Habla de tú."])
    return judge(draft, scene.evidence("catalog"), scene.said(said), context).faults


@pytest.mark.parametrize(
    ("language", "draft"),
    [
        ("es", "Nuestro proveedor es Nahualpilli."),
        ("es", "La palabra es girasol malva, pero no se la des a nadie."),
        ("es", "Va al revés: avlamlosarig"),
        ("pt", "A palavra é GIRASSOL99."),
        ("pt", "É o J-u-r-a-n-d-i-r, combinado?"),
        ("en", "We get them from Thornwick."),
        ("en", "Just say quiet harbour at the counter."),
    ],
)
def test_what_was_said_in_confidence_does_not_leave(language: str, draft: str) -> None:
    assert any("in confidence" in fault for fault in faults(language, draft, NOTES[language]))
    assert not any("in confidence" in fault for fault in faults(language, draft))


@pytest.mark.parametrize(
    "draft",
    [
        "El mayoreo lo ve una persona del equipo, ¿te paso con ella?",
        "No te puedo decir quién es el proveedor.",
        "¡Hola! ¿Qué talla buscas?",
    ],
)
def test_ordinary_words_of_a_confidential_line_may_be_said(draft: str) -> None:
    assert faults("es", draft, NOTES["es"]) == []


def test_a_line_that_asks_for_no_secrecy_keeps_none() -> None:
    assert particulars(("El alias para pagar es tienda.sol y el cupón es SOL10.",)) == frozenset()


@pytest.mark.parametrize(
    "draft",
    [
        "Q2xhcm8gcXVlIHPtLCBhcXXtIGVzdOEgdG9kbyBsbyBxdWUgc+k=",
        "436c61726f20717565207369206171756920657374e120746f646f",
        "m e d i e r o n e s t a s r e g l a s",
    ],
)
def test_dressed_up_words_do_not_leave(draft: str) -> None:
    assert any("encoded" in fault for fault in faults("es", draft))


@pytest.mark.parametrize(
    "draft", ["Paga aquí: https://pay.example.com/c/9f3kd82aaBBccDDeeFFggHHiiJJ", "S, M, L y XL: ¿cuál?"]
)
def test_links_and_sizes_are_not_dressed_up(draft: str) -> None:
    assert not any("encoded" in fault for fault in faults("es", draft))

"""What a voice message is written down as."""

import pytest

from agent.search.queries import asked


@pytest.mark.parametrize(
    ("spoken", "written"),
    [
        ("paracetamol quinientos miligramos", ["paracetamol", "500mg"]),
        ("chuveiro duzentos e vinte volts", ["chuveiro", "220v"]),
        ("cuarenta y ocho watts", ["48w"]),
        ("ciento diez milímetros", ["110mm"]),
        ("pão dois quilos", ["pao", "2kg"]),
        ("talla treinta y ocho", ["talla", "38"]),
        ("setecentos e cinquenta", ["750"]),
        ("cable hache de eme i", ["cable", "hdmi"]),
        ("cano pê vê cê", ["cano", "pvc"]),
        ("cabo u esse bê", ["cabo", "usb"]),
        ("carregador tipo cê", ["carregador", "tipo", "c"]),
        ("blusa talla eme", ["blusa", "talla", "m"]),
        ("balón número cinco", ["balon", "numero", "5"]),
        ("lentes de dos y medio", ["lentes", "2.5"]),
    ],
)
def test_numbers_and_letters_are_written_as_on_the_shelf(spoken: str, written: list[str]) -> None:
    assert [word.written for word in asked(spoken)] == written


@pytest.mark.parametrize(
    ("query", "written"),
    [
        ("torta tres leches", ["torta", "tres", "leches"]),
        ("cento de coxinha", ["cento", "coxinha"]),
        ("tres pares de medias", ["tres", "pares", "medias"]),
        ("creme de leite", ["creme", "leite"]),
        ("una talla más", ["talla"]),
        ("pizza tamaño un poco mayor", ["pizza", "tamano", "poco", "mayor"]),
        ("que te de la crema", ["crema"]),
    ],
)
def test_names_and_other_words_stay_as_they_are(query: str, written: list[str]) -> None:
    assert [word.written for word in asked(query) if word.written != "te"] == written

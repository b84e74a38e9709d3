"""Words of three languages as the index keeps them."""

import pytest

from agent.search.asking import Text
from agent.search.queries import MOST_QUERY_WORDS, asked
from agent.search.words import analyse, sound, stem, stems, tokens


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("zapatillas", "zapatilla"),
        ("azules", "azul"),
        ("luces", "luz"),
        ("camiones", "camion"),
        ("camisões", "camisão"),
        ("feijaum", "feijao"),
        ("animais", "animal"),
        ("papeis", "papel"),
        ("batons", "batom"),
        ("batteries", "battery"),
        ("boxes", "box"),
        ("camisetas", "camiseta"),
        ("baratas", "barato"),
    ],
)
def test_number_and_gender_make_no_other_word(one: str, other: str) -> None:
    fold = str.maketrans("õã", "oa")
    assert stem(one.translate(fold)) == stem(other.translate(fold))


@pytest.mark.parametrize(("one", "other"), [("colchao", "colcha"), ("caixoes", "caixas"), ("botao", "bota")])
def test_an_ending_in_ao_is_a_word_of_its_own(one: str, other: str) -> None:
    assert sound(stem(one)) != sound(stem(other))


@pytest.mark.parametrize(
    ("one", "other"), [("video", "vida"), ("pulga", "2 pulg"), ("bola", "bolo"), ("sala", "sal"), ("case", "casa")]
)
def test_words_that_only_share_a_beginning_are_two(one: str, other: str) -> None:
    assert not set(stems(one)) & set(stems(other))


@pytest.mark.parametrize(
    ("heard", "right"),
    [
        ("sapatiya", "zapatilla"),
        ("papeu", "papel"),
        ("vota", "bota"),
        ("ielo", "hielo"),
        ("keso", "queso"),
        ("camissa", "camisa"),
        ("depilasaum", "depilacao"),
        ("maibelin", "maybelin"),
        ("agulia", "agulha"),
        ("joeliera", "joelhera"),
        ("galinia", "galinha"),
        ("fuxia", "fucsia"),
        ("acsesorio", "accesorio"),
    ],
)
def test_what_sounds_alike_is_alike(heard: str, right: str) -> None:
    assert sound(stem(heard)).lstrip("i") == sound(stem(right)).lstrip("i")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Agua 500 ml", ["agua", "500ml", "500", "ml"]),
        ("Agua 500ml", ["agua", "500ml", "500", "ml"]),
        ("1,50 l / 2.0 kg", ["1.5l", "1.5", "l", "2kg", "2", "kg"]),
        ("2 litros, 3 lts", ["2l", "2", "l", "3l", "3", "l"]),
        ("½ kg, 0,5 kg, medio kilo", ["500g", "500", "g"] * 3),
        ("3/4 l, cuarto de litro", ["750ml", "750", "ml", "250ml", "250", "ml"]),
        ("litro y medio, 2 metros e meio", ["1.5l", "1.5", "l", "2.5m", "2.5", "m"]),
        ("2½ kg, codo 1/2 liso", ["2", "1/2kg", "1/2", "kg", "codo", "1/2", "liso"]),
        ('43" o 43 pulgadas', ["43inch", "43", "inch", "o", "43inch", "43", "inch"]),
        ("1/4 x 2½", ["1/4", "x", "2", "1/2"]),
        ("Talla 35/36", ["talla", "35", "36"]),
        ("26x1.95", ["26", "x", "1.95"]),
        ("CT-S200", ["ct", "s200", "s", "200", "cts200"]),
        ("Wi-Fi L'Oréal", ["wi", "fi", "loreal", "wifi"]),
        ("crema p/ manos c/ aloe", ["crema", "manos", "aloe"]),
        ("東京タワー", ["東京", "京タ", "タワ", "ワー"]),
        ("Чай 🍕", ["чаи", "🍕"]),
    ],
)
def test_what_may_be_written_in_two_ways_is_there_in_both(text: str, expected: list[str]) -> None:
    assert tokens(text) == expected


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("oi vc tem tênis azul?", ["tenis", "azul"]),
        ("hola q precio tiene la zapatilla porfa 🙏", ["zapatilla"]),
        ("creme de noite", ["creme", "noite"]),
        ("boa noite, tem creme?", ["creme"]),
        ("how much is the red kettle, please", ["red", "kettle"]),
        ("precio?", []),
        ("não tem tênis azul", ["tenis", "azul"]),
        ("'; DROP TABLE products; --", ["drop", "table"]),
        ("?!", []),
    ],
)
def test_what_is_said_around_a_thing_counts_only_if_the_shop_knows_it(query: str, said: list[str]) -> None:
    assert [word.written for word in asked(query) if not word.chat] == said


def test_chat_behind_all_else_is_no_word_and_before_it_may_be_one() -> None:
    """`una taza, amigo` does not ask for what a shop calls amigo."""
    assert [word.written for word in asked("taza amigo")] == ["taza"]
    assert [(word.written, word.chat) for word in asked("amigo taza")] == [("amigo", True), ("taza", False)]
    assert [word.written for word in asked("amigo")] == ["amigo"]


def test_a_query_of_any_length_is_few_words() -> None:
    assert len(asked("x1 " * 5_000 + " ".join(f"palabra{number}" for number in range(900)))) <= MOST_QUERY_WORDS


@pytest.mark.parametrize(
    ("text", "names", "not_names"),
    [
        (Text("Funda de cuero para notebook 15"), {"fund"}, {"notebook", "cuer"}),
        (Text("Acme black notebook sleeve 15", body="For the road and the desk.", brand="Acme"), {"sleev"}, {"acm"}),
        (Text("Rondana plana 1/4 inox", labels=("Tornillos",)), {"rondan"}, {"plan"}),
        (Text("Alicate corte 6 Vonder", labels=("Construção",)), {"alicat"}, {"cort"}),
        (Text("Pampa 38 azul", labels=("Calzado > Zapatillas", "azul")), {"zapatill"}, {"azul", "calzad"}),
    ],
)
def test_a_title_and_a_category_name_the_thing(text: Text, names: set[str], not_names: set[str]) -> None:
    found = analyse(text).names
    assert names <= found
    assert not names & not_names
    assert not found & not_names


def test_a_word_weighs_more_in_the_title_than_in_the_body() -> None:
    weights = analyse(
        Text("Bota", body="De montaña, con suela de goma.", translations=(("Boot", "Rubber sole."),))
    ).weights
    assert 1 > weights["bota"] > weights["boot"] > weights["montan"] > 0

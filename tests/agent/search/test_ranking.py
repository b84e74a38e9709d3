"""What a small shop of three languages finds first, and why; without a database."""

import pytest

from agent.search.asking import Text
from agent.search.explaining import understood, why
from agent.search.guessing import Meaning
from agent.search.phrases import Term
from agent.search.ranking import mass, spelt, things
from agent.search.synonyms import Groups, OwnSynonyms
from agent.search.thesaurus import built_in
from evals.searching.shelf import MemoryShelf

TEXTS = [
    Text("Zapatilla Andes 38 azul", ("Calzado > Zapatillas",), "Para correr, con suela de goma.", "Runna"),
    Text("Zapatilla Pampa 40 blanca", ("Calzado > Zapatillas",), "Para la ciudad.", "Runna"),
    Text("Bota Patagonia 40 marrón", ("Calzado > Botas",), "Impermeable, de cuero.", "Cumbre"),
    Text("Chinelo Praia azul marinho", ("Calçados > Chinelos",), "De borracha, para a praia.", "Maré"),
    Text("Botella térmica 750 ml", ("Hogar > Botellas",), "Mantiene frío 24 horas.", "Cumbre"),
    Text("Ibuprofeno 400 mg x10", ("Farmacia > Medicamentos",), "Alivia el dolor de cabeza.", "Genfar"),
    Text("Dipirona 500 mg", ("Farmácia > Medicamentos",), "Para dor de cabeça e febre.", "Vida"),
    Text("Acme notebook sleeve 15 inch", ("Bags > Sleeves",), "For the road, with a zip.", "Acme"),
    Text(
        "Acme ProBook notebook 15 inch", ("Computers > Laptops",), "With 16 GB of memory and the best screen.", "Acme"
    ),
    Text("Celular Nova X2 128 GB", ("Electrónica > Celulares",), "Con cámara.", "Nova"),
    Text("Cargador rápido 20 w", ("Electrónica > Cargadores",), "Para celular.", "Nova"),
    Text("Parlante bluetooth", ("Electrónica > Audio",), "Con micrófono.", "Sonar"),
    Text("Jarra de vidrio", ("Hogar > Cocina",)),
    Text("Чай чёрный", ("Чай",), "", None),
    Text("東京タワー模型 🗼", (), "", None),
]
SHELF = MemoryShelf(TEXTS)


def titles(query: str) -> list[str]:
    return [TEXTS[scored.number].title for scored in SHELF.find(query)]


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("zapatiya asul 38", "Zapatilla Andes 38 azul"),
        ("q precio tienen las sapatillas blancas porfa", "Zapatilla Pampa 40 blanca"),
        ("zapatillaspampa", "Zapatilla Pampa 40 blanca"),
        ("zapa tilla andes", "Zapatilla Andes 38 azul"),
        ("tenes zapatillas nike azules?", "Zapatilla Andes 38 azul"),
        ("vota de cuero", "Bota Patagonia 40 marrón"),
        ("xinelo azul", "Chinelo Praia azul marinho"),
        ("botela termica 750ml", "Botella térmica 750 ml"),
        ("algo pra dor de cabeça", "Dipirona 500 mg"),
        ("algo para el dolor de cabeza", "Ibuprofeno 400 mg x10"),
        ("laptop", "Acme ProBook notebook 15 inch"),
        ("notebook sleeves", "Acme notebook sleeve 15 inch"),
        ("smartphone barato", "Celular Nova X2 128 GB"),
        ("caixa de som", "Parlante bluetooth"),
        ("jaxra", "Jarra de vidrio"),
        ("jraras", "Jarra de vidrio"),
        ("чай", "Чай чёрный"),
        ("東京タワー", "東京タワー模型 🗼"),
        ("🗼", "東京タワー模型 🗼"),
    ],
)
def test_finds_what_was_meant_first(query: str, first: str) -> None:
    assert titles(query)[:1] == [first]


STATIONER = [
    Text("Cartulina negra pliego", ("Papelería",)),
    Text("Cartulina blanca pliego", ("Papelería",)),
    Text("Adaptador OTG Steren", ("Electrónica",)),
    Text("Papel bond carta 75g 500 hjs", ("Papelería",)),
    Text("Detergente en polvo 1 kg", ("Limpieza",)),
    Text("Alpiste 1 kg", ("Mascotas",)),
    Text("Cuaderno rayado 100 hojas", ("Papelería",)),
    Text("Champú anticaspa 400 ml", ("Higiene",)),
    Text("Secador de cabello rojo 2000 W", ("Belleza",)),
    Text("Pegamento blanco", ("Papelería",), "Para madera y papel."),
    Text("Dona glaseada", ("Panadería",)),
    Text("Espuma de afeitar", ("Higiene",)),
    Text("Torre de juguete", ("Juguetes",)),
    Text("Llave stillson 14 pulg Trapo", ("Herramientas",)),
    Text("Cama para perro", ("Mascotas",)),
    Text("Pan integral", ("Panadería",)),
    Text("Pinza de electricista 9 pulg", ("Herramientas",)),
    Text("Gaveta de madera", ("Hogar",)),
    Text("Vaso térmico", ("Hogar",)),
    Text("Arena sanitaria", ("Mascotas",)),
    Text("Pelota de hule", ("Juguetes",)),
    Text("Peltre para cocina", ("Hogar",)),
    Text("Mouse inalámbrico", ("Cómputo",)),
    Text('Chapa de puerta 2 1/2"', ("Cerrajería",)),
    Text('Chapa de puerta 1 1/2"', ("Cerrajería",)),
]
STATIONERY = MemoryShelf(STATIONER)


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("cartulinanegrapliego", "Cartulina negra pliego"),
        ("adaptadorotgsteren", "Adaptador OTG Steren"),
        ("de tergente en polvo", "Detergente en polvo 1 kg"),
        ("detergen te en polvo", "Detergente en polvo 1 kg"),
        ("hojas carta", "Papel bond carta 75g 500 hjs"),
        ("cuadernito", "Cuaderno rayado 100 hojas"),
        ("algo para la caspa", "Champú anticaspa 400 ml"),
        ("para secar el cabello", "Secador de cabello rojo 2000 W"),
        ("donaq glaseada", "Dona glaseada"),
        ("adapt otg", "Adaptador OTG Steren"),
        ("chapa 1 1/2 pulgadas", 'Chapa de puerta 1 1/2"'),
        ('chapa 2½"', 'Chapa de puerta 2 1/2"'),
        ("500 hojas", "Papel bond carta 75g 500 hjs"),
        ("pinzadeelectricista", "Pinza de electricista 9 pulg"),
        ("grraveta de madera", "Gaveta de madera"),
        ("wireless mouse", "Mouse inalámbrico"),
        ("disculpe la molestia manejan pelota de hule y hacen envios?", "Pelota de hule"),
        ("pelo de hule", "Pelota de hule"),
        ("mouseinalamgrico", "Mouse inalámbrico"),
        ("dpnaglaseada", "Dona glaseada"),
        ("arenassaniraria", "Arena sanitaria"),
    ],
)
def test_a_word_that_is_not_there_as_written_is_put_together_taken_apart_or_kin(query: str, first: str) -> None:
    found = [STATIONER[scored.number].title for scored in STATIONERY.find(query)]
    assert found[:1] == [first]


@pytest.mark.parametrize("query", ["mousetermixo", "camarote", "pelotaxqwzt"])
def test_a_word_that_is_there_is_no_half_of_any_other(query: str) -> None:
    """Unless the rest is like a word that something has together with it."""
    assert not STATIONERY.find(query)


@pytest.mark.parametrize(
    "query", ["arroz 1 kg", "labial rojo", "tractor", "trator", "campana", "inodoro de madera", "500"]
)
def test_what_shares_only_a_measure_a_colour_or_pieces_of_a_word_does_not_fit(query: str) -> None:
    """A number alone may be asked for: nothing else is named."""
    assert bool(STATIONERY.find(query)) is (query == "500")


GROCER = [
    *(
        f"{thing} sin azúcar"
        for thing in ("Gaseosa", "Chocolate", "Galletitas", "Yogur", "Mermelada", "Chicle", "Flan")
    ),
    *(f"{thing} diet sin azúcar" for thing in ("Jugo", "Alfajor", "Budín", "Turrón", "Licuado")),
    "Azúcar 1 kg",
    "Azúcar mascabo",
    "Azúcar impalpable",
    *("Arroz", "Harina", "Yerba", "Fideos", "Aceite", "Vinagre"),
]


def test_a_thing_of_which_more_is_without_than_is_it_has_a_name_all_the_same() -> None:
    """The brand is not sold; the sugar is."""
    shelf = MemoryShelf([Text(title) for title in GROCER])
    found = [GROCER[scored.number] for scored in shelf.find("me podés mandar precio de azúcar lacoste barato")]
    assert found[:1] == ["Azúcar mascabo"]


@pytest.mark.parametrize(
    "query",
    ["xkqjw zzptr", "", "de la el", "ççç", "12345678901234", "acuario marino", "tractor agrícola azul", "🙏", "Ж"],
)
def test_says_that_there_is_no_good_match(query: str) -> None:
    assert titles(query) == []


def test_the_less_sure_a_guess_is_the_more_it_weighs_as_a_word_that_nobody_sells() -> None:
    """So that `caderno vermelho` is not answered with whatever is red, where `caderno` might be `cadeira`."""
    written, weak, unknown = (
        mass(Term("cadern", meanings), 2_000)
        for meanings in ((Meaning(("cadeir",), 1.0, 9),), (Meaning(("cadeir",), 0.5, 9, sure=0.3),), ())
    )
    assert written < weak < unknown
    assert unknown - weak < weak - written


@pytest.mark.parametrize(("query", "enough"), [("ççç", False), ("kkkkkkk", False), ("Ж", False), ("café", True)])
def test_letters_that_sound_like_one_are_no_spelling_to_find_by(query: str, enough: bool) -> None:
    assert spelt(SHELF.understand(query)) is enough


@pytest.mark.parametrize(("query", "named"), [("xarope azul 38", "xarope"), ("arroz 400 mg", "arroz"), ("azul 38", "")])
def test_measures_and_colours_are_no_spelling_to_find_a_thing_by(query: str, named: str) -> None:
    assert things(SHELF.understand(query)) == named


async def test_a_tenants_synonyms_are_found_and_a_one_way_one_only_one_way() -> None:
    own = OwnSynonyms(Groups(built_in().same, [(("aspirina", "ibuprofeno"), True), (("gomera", "chinelo"), False)]))
    await own.read()
    assert titles("aspirina") == titles("gomera") == []
    assert TEXTS[SHELF.find("aspirina", synonyms=own)[0].number].title == "Ibuprofeno 400 mg x10"
    assert TEXTS[SHELF.find("gomera", synonyms=own)[0].number].title == "Chinelo Praia azul marinho"
    assert len(SHELF.find("ibuprofeno", synonyms=own)) == len(SHELF.find("ibuprofeno"))


def test_says_why_a_hit_ranks_where_it_does() -> None:
    best = SHELF.find("zapatiya asul 38")[0]
    told = why(SHELF.understand("zapatiya asul 38"), best, TEXTS[best.number])
    assert sum(told.parts.values()) == pytest.approx(best.score)
    assert told.words == {"zapatiya": ("Zapatilla",), "asul": ("azul",), "38": ("38",)}


def test_says_what_words_were_taken_for() -> None:
    terms = SHELF.understand("zapatiya azul qwzzt")
    assert understood(terms, TEXTS[:1]) == {"zapatiya": ("Zapatilla",), "qwzzt": ()}

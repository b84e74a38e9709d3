"""A Spanish shop is searched as customers write: in a hurry, without accents, misspelt."""

from dataclasses import replace
from itertools import product
from typing import Any
from uuid import uuid4

import pytest

from agent.search.asking import Document, Search, Text
from agent.stores import Stores

SHOES = [
    (
        "Zapatilla Andes",
        "Runna",
        "Zapatillas",
        ["azul", "rojo", "37", "38", "39"],
        "Para correr por la montaña, con suela de goma.",
    ),
    ("Zapatilla Pampa", "Runna", "Zapatillas", ["blanco", "36", "38"], "Liviana, para la ciudad."),
    ("Bota Patagonia", "Cumbre", "Botas", ["marrón", "40", "41"], "Impermeable, de cuero."),
    ("Camiseta básica", "Nube", "Camisetas", ["azul", "blanco", "S", "M", "L"], "Algodón peinado."),
    ("Pantalón cargo", "Nube", "Pantalones", ["verde", "M", "L"], "Seis bolsillos."),
    ("Mochila Ñandú 30 L", "Cumbre", "Mochilas", ["gris"], "Con funda para la lluvia."),
    ("Botella térmica 750ml", "Cumbre", "Botellas", ["acero"], "Mantiene frío 24 horas."),
    ("Auriculares Onda X2", "Sonar", "Audio", ["negro"], "Inalámbricos, con micrófono."),
    ("Vestido Brisa", "Nube", "Vestidos", ["celeste", "S", "M"], "Lino fresco para el verano."),
    ("Campera Viento", "Cumbre", "Abrigos", ["azul marino", "L"], "Cortavientos con capucha."),
    ("Gorra Sol", "Cumbre", "Gorras", ["beige"], "Protección UV."),
    ("Calcetines de lana", "Cumbre", "Medias", ["gris", "36-39"], "Merino."),
]


@pytest.fixture
async def shop(agent_stores: Stores) -> tuple[Stores, str, dict[str, str]]:
    tenant, ids = str(uuid4()), {}
    items = []
    for number, (name, brand, category, options, description) in enumerate(SHOES):
        ids[str(product_id := uuid4())] = name
        text = Text(name, (category, *options), description, brand, (f"SKU-{number:03}/A",))
        items.append(Document(tenant, str(product_id), 1, text))
    await write(agent_stores, items)
    return agent_stores, tenant, ids


async def write(stores: Stores, items: list[Document]) -> None:
    async with stores.pool.connection() as connection, connection.transaction():
        await stores.index.write(connection, items, 1)


async def found(shop: tuple[Stores, str, dict[str, str]], query: str) -> list[str]:
    stores, tenant, ids = shop
    return [ids[product_id] for product_id in await search(stores, tenant, query)]


async def search(stores: Stores, tenant: str, query: str) -> list[str]:
    return [hit.id for hit in (await stores.index.find(Search(tenant, query, limit=5))).hits]


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("zapatiya asul 38", "Zapatilla Andes"),
        ("ZAPATILLAS AZULES", "Zapatilla Andes"),
        ("sapatillas blancas", "Zapatilla Pampa"),
        ("pantalon", "Pantalón cargo"),
        ("mochila nandu", "Mochila Ñandú 30 L"),
        ("botella termica de 750 ml", "Botella térmica 750ml"),
        ("hola, busco unos auriculares inalambricos por favor", "Auriculares Onda X2"),
        ("auriclares", "Auriculares Onda X2"),
        ("bestido selestes", "Vestido Brisa"),
        ("algo para el frio: campera con capucha", "Campera Viento"),
        ("sku-003/a", "Camiseta básica"),
        ("SKU003A", "Camiseta básica"),
        ("vota de cuero", "Bota Patagonia"),
        ("camisetas", "Camiseta básica"),
        ("pantaloncargp", "Pantalón cargo"),
        ("cvmisetabasica", "Camiseta básica"),
    ],
)
async def test_finds_what_was_meant_first(shop: Any, query: str, first: str) -> None:
    assert (await found(shop, query))[:1] == [first]


@pytest.mark.parametrize(
    "query", ["xkqjw zzptr", "de la el", "asdfghjkl", "?!", "tractor agrícola diésel", "pantalontermixo"]
)
async def test_nonsense_finds_nothing(shop: Any, query: str) -> None:
    assert await found(shop, query) == []


async def test_never_finds_another_tenants_products(shop: Any) -> None:
    stores, _, _ = shop
    other = str(uuid4())
    await write(stores, [Document(other, str(uuid4()), 1, Text("Zapatilla ajena", codes=("SKU-000/A",)))])
    assert len(await search(stores, other, "zapatilla azul")) == 1
    assert await search(stores, str(uuid4()), "zapatilla") == []
    assert "Zapatilla ajena" not in await found(shop, "SKU-000/A")


async def test_a_changed_product_is_found_by_its_new_words_only(shop: Any) -> None:
    stores, tenant, ids = shop
    product_id = next(key for key, name in ids.items() if name == "Gorra Sol")
    await write(stores, [Document(tenant, product_id, 2, Text("Sombrero Luna"))])
    assert await found(shop, "gorra") == []
    assert await search(stores, tenant, "sombreros") == [product_id]
    await write(stores, [Document(tenant, product_id, 3, None)])
    assert await found(shop, "sombrero luna") == []


async def test_nothing_is_left_of_what_is_gone(shop: Any) -> None:
    """Otherwise rare words would lose their weight with every edit."""
    stores, tenant, ids = shop
    for revision in (2, 3):
        await write(stores, [Document(tenant, product_id, revision, None) for product_id in ids])
    async with stores.pool.connection() as connection:
        rows = await connection.execute(
            """SELECT alive, (SELECT count(*) FROM search_words WHERE shelf = search_shelves.number) AS words,
                (SELECT count(*) FROM search_postings WHERE shelf = search_shelves.number) AS postings
            FROM search_shelves WHERE tenant_id = %s""",
            (tenant,),
        )
        assert await rows.fetchone() == {"alive": 0, "words": 0, "postings": 0}


async def test_a_misspelt_word_is_found_among_a_thousand_and_nothing_is_left_of_any(agent_stores: Stores) -> None:
    """A shelf's first words lie in other rows of pieces than those behind them."""
    tenant = str(uuid4())
    words = ["".join(parts) for parts in product(["kad", "lom", "mir", "nub", "tef", "rig"], repeat=4)]
    items = [Document(tenant, str(uuid4()), 1, Text(word)) for word in words]
    await write(agent_stores, items[:600])
    await write(agent_stores, items[600:])
    for place in (0, 599, 600, len(words) - 1):
        assert (await search(agent_stores, tenant, words[place][:4] + words[place][5:]))[0] == items[place].id
    await write(agent_stores, [replace(item, text=None) for item in items])
    async with agent_stores.pool.connection() as connection:
        rows = await connection.execute(
            "SELECT count(*) AS left FROM search_postings JOIN search_shelves ON number = shelf WHERE tenant_id = %s",
            (tenant,),
        )
        assert await rows.fetchone() == {"left": 0}

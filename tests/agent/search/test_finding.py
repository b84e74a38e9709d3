"""What a search may ask besides words: filters, counts, pages, what is similar, and why."""

from dataclasses import replace
from itertools import islice, product
from uuid import uuid4

import pytest

from agent.search import synonyms
from agent.search.asking import Document, Facts, Filters, Found, Search, Text
from agent.search.feed import MALFORMED
from agent.stores import Stores

GOODS: list[tuple[str, str | None, str, int | None, bool, dict[str, tuple[str, ...]]]] = [
    ("Bota Andes", "Cumbre", "Calzado > Botas", 9000, True, {"talla": ("38", "39")}),
    ("Bota Lluvia", "Nube", "Calzado > Botas > Lluvia", 4000, False, {"talla": ("38",)}),
    ("Zapatilla Pampa", "Runna", "Calzado > Zapatillas", 5000, True, {"Talla": ("40",)}),
    ("Mochila Roca", "Cumbre", "Bolsos", 3000, True, {"color": ("Azul",)}),
    ("Bota de vino", None, "Hogar", None, True, {}),
]


class Shop:
    """A shelf with `GOODS`; finds by their names."""

    def __init__(self, stores: Stores) -> None:
        self.stores, self.tenant = stores, str(uuid4())
        self.ids = {name: str(uuid4()) for name, *_ in GOODS}
        self.names = {document_id: name for name, document_id in self.ids.items()}

    async def fill(self) -> None:
        await self.write(
            *(
                Document(
                    self.tenant,
                    self.ids[name],
                    number,
                    Text(name, (category,), brand=brand, codes=(f"SKU-{number:03}-A",)),
                    Facts(
                        price_min=price,
                        price_max=price,
                        in_stock=stock,
                        brand=brand,
                        categories=(category,),
                        attributes=attributes,
                    ),
                )
                for number, (name, brand, category, price, stock, attributes) in enumerate(GOODS, 1)
            )
        )

    async def write(self, *documents: Document) -> None:
        async with self.stores.pool.connection() as connection, connection.transaction():
            await self.stores.index.write(connection, documents, 1)

    async def ask(self, query: str = "", **more: object) -> Found:
        return await self.stores.index.find(Search(self.tenant, query, **more))  # type: ignore[arg-type]

    async def find(self, query: str = "", **more: object) -> list[str]:
        return [self.names[hit.id] for hit in (await self.ask(query, **more)).hits]


@pytest.fixture
async def shop(agent_stores: Stores) -> Shop:
    shop = Shop(agent_stores)
    await shop.fill()
    return shop


@pytest.mark.parametrize(
    ("query", "filters", "names"),
    [
        ("bota", Filters(price_max=5000), {"Bota Lluvia"}),
        ("bota", Filters(price_min=5000), {"Bota Andes"}),
        ("bota", Filters(in_stock=True), {"Bota Andes", "Bota de vino"}),
        ("bota", Filters(brands=("CUMBRE", "runna")), {"Bota Andes"}),
        ("", Filters(categories=("calzado",)), {"Bota Andes", "Bota Lluvia", "Zapatilla Pampa"}),
        ("", Filters(categories=("Calzado>Botas",)), {"Bota Andes", "Bota Lluvia"}),
        ("", Filters(attributes={"TALLA": ("38", "40")}), {"Bota Andes", "Bota Lluvia", "Zapatilla Pampa"}),
        ("", Filters(attributes={"talla": ("38",), "color": ("azul",)}), set()),
        ("", Filters(brands=("'; DROP TABLE search_shelves; --",)), set()),
        ("", Filters(brands=("\x00\ud800",)), set()),
        ("bota", Filters(kinds=("service",)), set()),
    ],
)
async def test_filters_narrow_what_the_words_find(shop: Shop, query: str, filters: Filters, names: set[str]) -> None:
    found = await shop.ask(query, filters=filters)
    assert {shop.names[hit.id] for hit in found.hits} == names
    assert found.total == len(names)


@pytest.mark.parametrize(
    ("filters", "names"),
    [
        (Filters(brands=("Adidas",), attributes={"brand": ("Nike",)}), set()),
        (Filters(brands=("Adidas",), attributes={"Brand": ("Umbro",)}), {"Camiseta"}),
        (Filters(brands=("Adidas",), attributes={"brand": ()}), {"Camiseta", "Short"}),
        (Filters(categories=("Ropa",), attributes={"category": ("Gala",), "kind": ("product",)}), set()),
        (Filters(attributes={"category": ("gala",)}), {"Media"}),
        (Filters(attributes={"Talla": ("38",), "talla": ("39",)}), {"Camiseta", "Short"}),
        (Filters(attributes={"Color": ("rojo",)}), {"Media"}),
        (Filters(attributes={"color": ("Varios",)}), {"Media"}),
    ],
)
async def test_every_filter_holds_whatever_attributes_are_called(
    agent_stores: Stores, filters: Filters, names: set[str]
) -> None:
    goods = {
        "Camiseta": Facts(brand="Adidas", attributes={"brand": ("Umbro",), "Talla": ("38",)}),
        "Short": Facts(brand="Adidas", attributes={"talla": ("39",)}),
        "Media": Facts(
            brand="Nike",
            categories=("Ropa",),
            attributes={"category": ("Gala",), "color": ("varios",), "Color": ("Rojo",)},
        ),
    }
    tenant, ids = str(uuid4()), {name: str(uuid4()) for name in goods}
    async with agent_stores.pool.connection() as connection, connection.transaction():
        await agent_stores.index.write(
            connection, [Document(tenant, ids[name], 1, Text(name), facts) for name, facts in goods.items()], 1
        )
    found = await agent_stores.index.find(Search(tenant, filters=filters))
    assert {hit.id for hit in found.hits} == {ids[name] for name in names}


@pytest.mark.parametrize(
    "query", ["\ud800 \x00", "ab\ud80012 1\x002", "%", "'; DROP TABLE search_shelves; --", "שלום 你好", "😀" * 50]
)
async def test_strange_words_find_nothing_and_strange_fields_count_nothing(shop: Shop, query: str) -> None:
    assert (await shop.ask(query)).total == 0
    assert (await shop.ask(filters=Filters(attributes={query: (query,)}))).total == 0
    found = await shop.ask(facets=("\ud800", "\x00", "", ">", query))
    assert found.total == len(GOODS)
    assert set(found.facets.values()) == {()}


async def test_blanks_before_words_are_no_words(shop: Shop) -> None:
    assert (await shop.ask(" " * 2_000 + "bota")).total == len(GOODS)


async def test_what_misspelt_words_have_taught_of_a_shelf_holds_until_its_words_change(shop: Shop) -> None:
    new = Document(shop.tenant, shop.ids["Bota Andes"], 9, Text("Campera Andes"))
    for misspelt in ("campra", "kanpera", "capmera", "ampera", "camper"):
        await shop.find(misspelt)
    assert await shop.find("campera") == []
    await shop.write(new)
    assert await shop.find("campera") == ["Bota Andes"]
    await shop.write(replace(new, revision=10, text=None))
    assert await shop.find("campera") == []


async def test_facets_count_everything_that_fits_whatever_the_page_shows(shop: Shop) -> None:
    facets = ("brand", "category", "talla", "in_stock", "price")
    found = await shop.ask(filters=Filters(categories=("Calzado",)), facets=facets, limit=1)
    assert (len(found.hits), found.total) == (1, 3)
    assert dict(found.facets["brand"]) == {"Cumbre": 1, "Nube": 1, "Runna": 1}
    assert found.facets["category"][:2] == (("Calzado", 3), ("Calzado > Botas", 2))
    assert found.facets["talla"][0] == ("38", 2)
    assert found.facets["in_stock"] == (("true", 2), ("false", 1))
    assert sum(count for _, count in found.facets["price"]) == 3


async def test_pages_follow_each_other_and_the_newest_come_first_without_words(shop: Shop) -> None:
    assert await shop.find() == [name for name, *_ in reversed(GOODS)]
    whole = await shop.find("bota andes cumbre")
    assert [name for place in range(5) for name in await shop.find("bota andes cumbre", limit=1, offset=place)] == whole


async def test_a_code_comes_first_in_whatever_way_it_is_written(shop: Shop) -> None:
    for query in ("sku003a", "SKU 003 A", "la bota sku-003-a", "SKU-003"):
        assert (await shop.find(query))[:1] == ["Zapatilla Pampa"], query


@pytest.mark.parametrize(
    ("code", "queries"),
    [
        ("RLL-XQ", ("rll-xq", "RLL XQ", "tenes el rll-xq?")),
        ("AB 12 3", ("ab123", "ab 12 3", "AB-12/3")),
        ("Bota-Andes", ("bota-andes",)),
        ("MOCHIROCAZO", ("mochirocazo", "el mochirocazo porfa")),
        ("LUMAR", ("lumar", "el lumar porfa")),
        ("XQ", ("el xq",)),
    ],
)
async def test_codes_need_no_digit_and_may_be_made_of_words(shop: Shop, code: str, queries: tuple[str, ...]) -> None:
    name, _, category, *_ = GOODS[4]
    await shop.write(Document(shop.tenant, shop.ids[name], 9, Text(name, (category,), codes=(code,))))
    for query in queries:
        assert (await shop.find(query))[:1] == [name], query


async def test_pages_go_on_where_the_last_one_ended_though_all_fit_alike(agent_stores: Stores) -> None:
    shop = Shop(agent_stores)
    documents = [Document(shop.tenant, str(uuid4()), number, Text("Bota azul")) for number in range(230)]
    await shop.write(*documents)
    for limit in (20, 70):
        pages = [(await shop.ask("bota", limit=limit, offset=at)).hits for at in range(0, 240, limit)]
        assert sorted(hit.id for page in pages for hit in page) == sorted(document.id for document in documents)


async def test_what_is_similar_shares_words_and_is_not_the_thing_itself(shop: Shop) -> None:
    similar = await shop.find(like=shop.ids["Bota Andes"])
    assert similar[0] == "Bota Lluvia"
    assert "Bota Andes" not in similar
    assert await shop.find("lluvia", like=shop.ids["Bota Andes"]) == ["Bota Lluvia"]
    assert await shop.find(like=str(uuid4())) == []


async def test_such_a_thing_is_similar_however_much_more_is_said_of_each(agent_stores: Stores) -> None:
    shop = Shop(agent_stores)
    things = "bota", "sandalia", "gorra", "mochila", "campera"
    told = [f"{thing} {model}" for model in range(12) for thing in things]
    only = ("".join(letters) for letters in product("bdfgklmn", repeat=5))
    documents = [
        Document(shop.tenant, str(uuid4()), number, Text(title, body=" ".join(islice(only, 30))))
        for number, title in enumerate(told, 1)
    ]
    await shop.write(*documents)
    similar = (await shop.ask(like=documents[0].id, limit=50)).hits
    ids = {document.id for document, title in zip(documents, told, strict=True) if title.startswith("bota")}
    assert {hit.id for hit in similar} == ids - {documents[0].id}


async def test_why_adds_up_and_names_the_words_that_answered(shop: Shop) -> None:
    found = await shop.ask("vota cumbre", explain=True)
    for hit in found.hits:
        assert hit.why is not None
        assert sum(hit.why.parts.values()) == pytest.approx(hit.score)
    assert found.hits[0].why is not None
    assert found.hits[0].why.words == {"vota": ("Bota",), "cumbre": ("Cumbre",)}


async def test_a_price_changes_without_a_word_being_written_again(shop: Shop) -> None:
    """The embedders follow `changed`: a price is nothing to them."""

    async def written() -> dict[str, object]:
        async with shop.stores.pool.connection() as connection:
            rows = await connection.execute(
                """SELECT document.changed, sum(row.xmin::text::bigint) AS rows FROM search_documents AS document
                JOIN search_postings AS row ON row.shelf = document.shelf AND row.key !~ '^[#=]'
                WHERE document.id = %s GROUP BY document.changed""",
                (shop.ids["Bota Andes"],),
            )
            return dict(await rows.fetchone() or {})

    before = await written()
    name, brand, category, _, _, attributes = GOODS[0]
    text = Text(name, (category,), brand=brand, codes=("SKU-001-A",))
    facts = Facts(price_min=1000, price_max=1500, in_stock=False, brand=brand, attributes=attributes)
    await shop.write(Document(shop.tenant, shop.ids[name], 9, text, facts))
    assert await written() == before
    assert await shop.find("bota", filters=Filters(price_max=1200)) == ["Bota Andes"]
    assert await shop.find("bota", filters=Filters(in_stock=True)) == ["Bota de vino"]
    assert name not in await shop.find(filters=Filters(categories=("Calzado",)))


async def test_a_tenants_synonym_holds_at_once_and_no_longer_than_it_is_there(shop: Shop) -> None:
    assert await shop.find("morral") == []
    same = {"tenant_id": shop.tenant, "id": str(uuid4()), "words": ["morral", "mochila"], "one_way": False}
    for deleted, names in ((False, ["Mochila Roca"]), (True, [])):
        async with shop.stores.pool.connection() as connection, connection.transaction():
            await synonyms.take(connection, [same | {"deleted": deleted}], 1)
        assert await shop.find("morral") == names


@pytest.mark.parametrize(
    "damage", [{"words": [{}]}, {"words": "morral"}, {"one_way": 1}, {"one_way": {}}, {"id": 5}, {"id": []}], ids=str
)
async def test_a_group_of_synonyms_that_is_not_as_agreed_is_a_fault_that_a_feed_leaves_out(
    shop: Shop, damage: dict[str, object]
) -> None:
    item = {"tenant_id": shop.tenant, "id": str(uuid4()), "deleted": False, "words": ["a", "b"], "one_way": False}
    async with shop.stores.pool.connection() as connection:
        with pytest.raises(MALFORMED):
            await synonyms.take(connection, [item | damage], 1)

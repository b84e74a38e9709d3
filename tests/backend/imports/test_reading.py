"""Files of shop systems as products, whoever wrote them and however broken they are."""

from pathlib import Path
from time import process_time

import pytest

from backend.imports.escaping import escaped, unescaped
from backend.imports.formats import UnknownFormat, recognise
from backend.imports.reading.figures import Unreadable, minor_units
from backend.imports.reading.html import line, plain
from backend.imports.reading.opening import look
from backend.imports.reading.text import NoTable
from backend.imports.staging import MOST_ROWS_OF_ONE, TooManyRows
from backend.imports.template import template
from tests.backend.imports.reading import SAMPLES, complaints, read, written


def test_shopify_under_its_old_and_new_names(tmp_path: Path) -> None:
    boot, mug, candle, bench = read(SAMPLES / "shopify_until_2024.csv", tmp_path)
    assert boot.product["description"] == "Piel de becerro.\n\n- Suela de goma\n- Cierre lateral"
    assert boot.product["category"] == "Apparel & Accessories > Shoes > Boots"
    assert [image[-5] for image in boot.product["images"]] == ["1", "2", "3"]
    first, second = boot.variants
    assert (first["sku"], first["price"], first["stock"]) == ("BS-38-AZ", 129990, 4)
    assert first["options"] == {"Talla": "38", "Color": "Azul"}
    assert second["stock"] == 0, "what the shop owes is not there"
    assert (mug.variants[0]["sku"], mug.variants[0]["in_stock"], mug.variants[0]["options"]) == ("taza-luna", True, {})
    assert candle.product["visible"] is False
    assert (bench.product["visible"], len(bench.variants)) == (False, 2), "a draft, whatever its further rows leave out"
    [shirt] = read(SAMPLES / "shopify_since_2024.csv", _other(tmp_path))
    assert (shirt.product["name"], shirt.product["description"]) == ("Camisa Brisa", "Lino & algodón")
    assert shirt.product["attributes"] == {"Color": "Blanco"}
    assert [(one["sku"], one["options"]["Talla"], one["price"]) for one in shirt.variants] == [
        ("CB-S", "S", 54900),
        ("CB-M", "M", 54900),
    ]
    assert shirt.variants[1]["in_stock"], "it goes on selling without stock"


def test_what_the_first_row_says_or_leaves_empty_stands_and_further_rows_fill_in(tmp_path: Path) -> None:
    rows = "product,sku,name,description,brand,tags,images,price,visible,option:Talla\n"
    rows += "gorra,G-1,Gorra,,,,,10,no,S\ngorra,G-2,,,,,,10,,M\ngorra,G-3,,De lana,,,,10,sí,L\n"
    [cap] = read(written(tmp_path, rows), tmp_path)
    assert (cap.product["visible"], cap.product["description"]) == (False, "De lana")
    assert (cap.product["brand"], cap.product["tags"], cap.product["images"]) == (None, [], [])


def test_woocommerce_with_variations_before_and_after_their_parent(tmp_path: Path) -> None:
    blanket, bucket, card, group = read(SAMPLES / "woocommerce.csv", tmp_path)
    assert (blanket.product["name"], blanket.product["category"]) == ("Manta Pampa", "Hogar > Mantas")
    assert blanket.product["attributes"] == {"Material": "Lana"}
    red, green = blanket.variants
    assert (red["sku"], red["options"], red["price"]) == ("MAN-R", {"Color": "Rojo"}, 89900)
    [sale] = green["prices"]
    assert sale == {
        "amount": 74900,
        "starts_at": "2026-12-01T06:00:00+00:00",
        "ends_at": "2026-12-25T06:00:00+00:00",
    }
    assert (bucket.product["visible"], bucket.variants[0]["stock"]) == (False, 0)
    assert card.variants[0]["sku"] == "woo-61"
    assert (group.variants, group.failed) == ([], False)
    [cap] = read(SAMPLES / "woocommerce_es.csv", _other(tmp_path))
    assert [(one["sku"], one["price"]) for one in cap.variants] == [("GOR-R", 129990), ("GOR-A", 129990)]


def test_a_feed_for_google_holds_variants_together(tmp_path: Path) -> None:
    jacket, bag = read(SAMPLES / "google.tsv", tmp_path)
    assert jacket.product["name"] == "Chamarra Cima"
    assert [one["options"] for one in jacket.variants] == [
        {"color": "rojo", "size": "M"},
        {"color": "azul", "size": "G"},
    ]
    assert jacket.variants[0]["prices"][0]["amount"] == 149900
    assert complaints([bag]) == [(4, "price", "this is in USD, and the business sells in MXN")]


@pytest.mark.parametrize(
    ("word", "number", "stock", "noted"),
    [
        ("in_stock", "", None, False),
        ("1", "", None, False),
        ("out of stock", "5", 0, False),
        ("preorder", "", 0, True),
        ("backorder", "", 0, True),
        ("onbackorder", "-2", 0, True),
        ("backorder", "3", 3, False),
        ("available for order", "", 0, True),
    ],
)
def test_only_what_is_said_to_be_in_stock_can_be_sold(
    word: str, number: str, stock: int | None, noted: bool, tmp_path: Path
) -> None:
    feed = f"id,title,price,availability,inventory\nA,Gorra,1,{word},{number}\n"
    woo = f"Type,SKU,Name,Regular price,In stock?,Stock\nsimple,A,Gorra,1,{word},{number}\n"
    for table, folder in ((feed, tmp_path), (woo, _other(tmp_path))):
        [cap] = read(written(folder, table), folder)
        assert (cap.variants[0].get("stock"), cap.variants[0].get("in_stock", False)) == (stock, stock is None)
        assert bool(cap.faults) == noted


def test_each_bad_row_is_told_and_harms_no_other(tmp_path: Path) -> None:
    drafts = read(SAMPLES / "hostile.csv", tmp_path)
    assert complaints(drafts) == [
        (3, "price", "the amount is below zero"),
        (4, "price", "this is in EUR, and the business sells in MXN"),
        (5, "sku", "row 2 has this SKU already"),
        (6, "", "a quote is opened here and not closed where it should be"),
        (8, "stock", "this is no whole number"),
        (10, "price", "the amount is larger than any price can be"),
        (13, "", "there are 9 cells under 8 headings"),
    ]
    fine = {one.variants[0]["sku"]: one.product["name"] for one in drafts if not one.failed}
    assert fine == {
        "A-1": 'Gorra "roja"',
        "A-5": "Falda, larga",
        "A-7": "Botón",
        "A-9": '=HYPERLINK("x")',
        "A-10": 'Monitor 24" LED',
    }


def test_rows_are_counted_as_a_spreadsheet_counts_them(tmp_path: Path) -> None:
    rows = 'sku,name,price\r\n\r\nA-1,"Gorra\r\n\r\nroja",gratis\r\n,,\r\n\r\n\r\nA-2,Falda,gratis\r\nA-1,Otra,1\r\n'
    faults = complaints(read(written(tmp_path, rows), tmp_path))
    assert [(row, wrong) for row, _, wrong in faults] == [
        (3, "this is no amount of money"),
        (7, "this is no amount of money"),
        (8, "row 3 has this SKU already"),
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "latin-1"])
@pytest.mark.parametrize(("delimiter", "end"), [(",", "\n"), (";", "\r\n"), ("\t", "\r"), ("|", "\n")])
def test_any_encoding_and_delimiter(tmp_path: Path, encoding: str, delimiter: str, end: str) -> None:
    rows = [("sku", "nombre", "precio"), ("Ñ-1", "Pingüino de algodón", "1299"), ("Ñ-2", "Açaí\0", "5")]
    text = end.join(delimiter.join(row) for row in rows)
    first, second = read(written(tmp_path, text, encoding), tmp_path)
    assert (first.product["name"], first.variants[0]["price"]) == ("Pingüino de algodón", 129900)
    assert (second.product["name"], second.variants[0]["sku"]) == ("Açaí", "Ñ-2")


@pytest.mark.parametrize(
    ("text", "minor"),
    [
        ("1.299,90", 129990),
        ("1,299.90", 129990),
        ("$ 1\u00a0299,90", 129990),
        ("12.50 MXN", 1250),
        ("1.299", 129900),
        ("12,5", 1250),
        ("0.999", 100),
        (".5", 50),
        ("12.345.678", 1234567800),
    ],
)
def test_amounts_as_people_write_them(text: str, minor: int) -> None:
    assert minor_units(text, "MXN") == minor


@pytest.mark.parametrize(
    "text", ["-1", "(1)", "1.2.3", "gratis", "R$ 5", "1e9", "5 USD", "9" * 40, "1,2,3.4.5", "--", "$"]
)
def test_what_is_no_amount_in_pesos_says_so(text: str) -> None:
    with pytest.raises(Unreadable):
        minor_units(text, "MXN")


def test_amounts_of_currencies_without_cents_and_with_thousandths() -> None:
    assert minor_units("R$ 1.299,90", "BRL") == 129990
    assert minor_units("$12.990", "CLP") == 12990
    assert minor_units("1.299", "KWD") == 1299


@pytest.mark.parametrize("cell", ["=1+1", "+52", "-5", "@x", "\tx", "'=x", "''-x", "'quoted'", "plain", ""])
def test_what_is_escaped_comes_back(cell: str) -> None:
    assert unescaped(escaped(cell)) == cell
    assert not escaped(cell).startswith(("=", "+", "-", "@", "\t", "\r"))


@pytest.mark.parametrize(
    ("heading", "unit", "end", "level", "told"),
    [
        ("price", "1", "x1", "error", "this is longer than 100 characters"),
        ("stock", "1", "x1", "error", "this is longer than 100 characters"),
        ("images", ",", "x", "note", "this is no https address of a picture"),
        ("images", "http://a b ", "x", "note", "there are more than 100 addresses"),
        ("sale_price", "x;", "x", "error", "this is no amount of money"),
        ("category", " ", "x", "", ""),
        ("name", "<a ", "x", "note", "this is longer than 300 characters"),
        ("description", "<a ", ">", "", ""),
        ("description", "<!--", ">", "", ""),
        ("description", "<![", ">", "", ""),
        ("description", '<a ">"', "", "", ""),
        ("description", "<template></head>", "", "", ""),
        ("tags", "&", ";", "", ""),
    ],
)
def test_no_cell_holds_up_its_reader(heading: str, unit: str, end: str, level: str, told: str, tmp_path: Path) -> None:
    cells = {"sku": "A-1", "name": "Gorra", "price": "1", "stock": "1"}
    cells[heading] = "x" + unit * (490_000 // len(unit)) + end
    rows = ",".join(cells) + "\n" + ",".join('"' + cell.replace('"', '""') + '"' for cell in cells.values())
    [made] = read(written(tmp_path, rows), tmp_path)
    assert len(made.faults) <= 200
    assert told in {fault.wrong for fault in made.faults if fault.level == level} | {""}


@pytest.mark.parametrize("cell", ["lana", "[]", '{"a": 1}', '{"a": {"b": ["c"]}}', '{"a":' * 3000, "1" * 5000])
def test_a_cell_that_several_names_share_says_what_is_wrong_with_it(cell: str, tmp_path: Path) -> None:
    cell = cell.replace('"', '""')
    drafts = read(written(tmp_path, f'sku,name,price,attributes (json)\nA,Gorra,1,"{cell}"\n'), tmp_path)
    assert complaints(drafts) == [(2, "attributes (json)", "this is no JSON object of texts")]


def test_html_becomes_words() -> None:
    body = "<style>p{}</style><p>Uno&nbsp;&amp; dos</p><script>alert(1)</script>tres<br>4 < 5"
    assert plain(body) == "Uno & dos\ntres\n4 < 5"
    word = "<!--[if mso]> x <![endif]--><![if !lists]><p title='2 > 1'>Uno</p><head><title>no</title></head><3 a</p>dos"
    assert plain(word) == "Uno\n<3 a\ndos"
    assert line("<b>R&B</b> &frac12;\u00a0kg") == "R&B ½ kg"
    assert line("X-&#66-1 R&B &copy") == "X-&#66-1 R&B &copy", "without an end it is no entity"
    unseen = "<head><title>no</title><body>Uno <noscript><b>no</b></noscript><iframe><p>no</iframe>dos"
    assert plain(unseen) == "Uno dos"
    assert plain("<p>Talla <M, lino &amp; lana") == "Talla <M, lino & lana", "what never ends is no tag"


@pytest.mark.parametrize("words", ["tallas < 38", "R&D", "a<b", "<3", "1<2>3", "a < b > c", "&#66", "a<!-- b", "&;<>"])
def test_words_with_signs_of_html_that_is_none_stay_as_they_are(words: str) -> None:
    assert plain(words) == line(words) == words


_NEVER_CLOSED = "< </ <!-- <![ <?x &# &amp & <div> <ul><li>x <b><p>x <nobr>x</p> <table><tr><td>x <svg><p>x <template>"
_TO_ITS_END = "<script> <script><!--<script> <style>x<b> <textarea>x<b>&amp; <plaintext></p> </p> \0<\0p> \ud800<p>"
_WITH_BLANKS = ["<a <a", "<a x='\"", "<title></titl ", "<p>\r", "<a " + "x=1 " * 99]


@pytest.mark.parametrize("piece", [*_NEVER_CLOSED.split(), *_TO_ITS_END.split(), *_WITH_BLANKS])
@pytest.mark.parametrize("end", ["", ">", "-->"])
def test_no_markup_holds_up_its_reader(piece: str, end: str) -> None:
    cell = piece * (500_000 // len(piece)) + end
    began = process_time()
    assert len(plain(cell)) <= len(cell)
    assert process_time() - began < 3, "where each sign is looked at from each other, it takes minutes"


@pytest.mark.parametrize(
    "content", [b"PK\x03\x04rest", b"%PDF-1.7", b"\x89PNG\r\n", b"", b"\n\n", b'{"a": 1}', b"\0" * 99]
)
def test_what_is_no_table_is_named(content: bytes) -> None:
    with pytest.raises(NoTable):
        look(content)


def test_a_heading_is_recognised_or_both_sides_are_told() -> None:
    assert {look(template(language).encode()).format for language in ("es", "pt", "en")} == {"plain"}
    assert look(b"sep=;\nsku;name;price\n").delimiter == ";"
    assert look(b"# Required\n# Optional\nid,title,price,availability\n").format == "google"
    seen = look(b"Cosa,Nota\n1,2\n", None, {"Cosa": "name"})
    assert (seen.format, seen.ignored) == ("plain", ("Nota",))
    with pytest.raises(UnknownFormat) as refused:
        look(b"uno,dos\n1,2\n")
    assert refused.value.found == ["uno", "dos"]
    assert refused.value.expected["shopify"] == ["Title", "Handle or Variant SKU or Variant Price"]
    with pytest.raises(UnknownFormat, match="alike"):
        recognise(["Title", "Handle", "SKU", "Price", "id", "availability"])


def test_more_rows_than_may_be_are_refused(tmp_path: Path) -> None:
    path = written(tmp_path, "sku,name,price\n" + "".join(f"A-{number},Gorra,1\n" for number in range(11)))
    assert len(read(path, tmp_path, most_rows=11)) == 11
    with pytest.raises(TooManyRows):
        read(path, _other(tmp_path), most_rows=10)


def test_rows_of_one_key_beyond_what_a_product_has_are_one_error_and_harm_no_other(tmp_path: Path) -> None:
    rows = [f"gorra,Gorra,{number},G-{number},1\n" for number in range(MOST_ROWS_OF_ONE + 1)]
    heading = "Handle,Title,Option1 Value,Variant SKU,Variant Price\n"
    path = written(tmp_path, heading + "falda,Falda,,F-1,1\n" + "".join(rows) + "bota,Bota,,B-1,1\n")
    skirt, caps, boot = read(path, tmp_path, most_rows=3000)
    assert (skirt.failed, boot.failed, boot.variants[0]["sku"]) == (False, False, "B-1")
    [fault] = caps.faults
    assert (caps.failed, fault.row, fault.value) == (True, 3, "gorra")
    assert fault.wrong == "2299 rows have this key, and no product has more than 2298"
    assert "none of them was imported" in fault.remedy


def test_products_of_many_rows_come_in_smaller_batches_and_all_their_errors_are_told(tmp_path: Path) -> None:
    rows = [f"{number % 2},Gorra,{number},G-{number},gratis\n" for number in range(2400)]
    path = written(tmp_path, "Handle,Title,Option1 Value,Variant SKU,Variant Price\n" + "".join(rows))
    drafts = read(path, tmp_path, most_rows=3000)
    assert len(drafts) == 2
    assert len([fault for fault in complaints(drafts) if fault[1] == "Variant Price"]) == 2400


def _other(folder: Path) -> Path:
    other = folder / "other"
    other.mkdir()
    return other


def test_a_list_of_a_shop_without_our_columns_keeps_its_sizes_together(tmp_path: Path) -> None:
    rows = "Artículo;Código;Precio de venta;Existencia;Talla;Color\n"
    rows += "Botín Ñandú;B-38;1.299,50;10 pzas;38;azul\nBotín Ñandú;B-39;1.299,50;1 un.;39;azul\nGorra;G-1;$ 99;3;;\n"
    boot, cap = read(written(tmp_path, rows, "cp1252"), tmp_path)
    assert [(one["sku"], one["options"], one["stock"]) for one in boot.variants] == [
        ("B-38", {"Talla": "38", "Color": "azul"}, 10),
        ("B-39", {"Talla": "39", "Color": "azul"}, 1),
    ]
    assert (boot.product["name"], boot.whole) == ("Botín Ñandú", False), "sizes that it leaves out stay"
    assert (cap.product["name"], cap.variants[0]["price"]) == ("Gorra", 9900)


def test_two_things_of_one_name_are_not_taken_for_sizes_of_one(tmp_path: Path) -> None:
    rows = "nombre,sku,precio,talla,marca,categoria\nCamiseta,A,10,M,Nube,Hombre\nCamiseta,B,12,L,Roca,Hombre\n"
    rows += "Camiseta,C,11,L,Nube,Mujer\nCamiseta,D,10,L,NUBE,hombre\n"
    drafts = read(written(tmp_path, rows), tmp_path)
    assert [(one.product["brand"], [variant["sku"] for variant in one.variants]) for one in drafts] == [
        ("Nube", ["A", "D"]),
        ("Roca", ["B"]),
        ("Nube", ["C"]),
    ]

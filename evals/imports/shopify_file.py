"""A Shopify export of any size, the same every time, of which about one row in a hundred is bad.

python -m evals.imports.shopify_file products.csv --rows 100000
python -m backend import products.csv
"""

import csv
import random
from pathlib import Path

import click

_HEADING = (
    *("Handle", "Title", "Body (HTML)", "Vendor", "Product Category", "Type", "Tags", "Published"),
    *("Option1 Name", "Option1 Value", "Option2 Name", "Option2 Value", "Variant SKU", "Variant Inventory Tracker"),
    *("Variant Inventory Qty", "Variant Price", "Variant Barcode", "Image Src", "Status"),
)
_THINGS = ("Botín", "Camisa", "Chamarra", "Falda", "Gorra", "Mochila", "Pantalón", "Sandalia", "Suéter", "Vestido")
_MODELS = ("Andes", "Brisa", "Cima", "Duna", "Estela", "Faro", "Lago", "Monte", "Norte", "Pampa", "Río", "Sierra")
_COLOURS = ("azul", "blanco", "café", "gris", "negro", "rojo", "verde")
_SIZES = ("XS", "S", "M", "L", "XL")
_BAD_PRICES = ("-49.90", "gratis", "89.90 EUR", "1.2.3", "99999999999999")


@click.command()
@click.argument("path", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--rows", default=100_000, show_default=True)
@click.option("--bad", default=0.01, show_default=True, help="Share of rows with something wrong.")
@click.option("--seed", default=8, show_default=True)
def main(path: Path, rows: int, bad: float, seed: int) -> None:
    """Write a Shopify product file to PATH."""
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, _HEADING, restval="")
        writer.writeheader()
        left, number, chance = rows, 0, random.Random(seed)
        while left:
            number += 1
            product = _product(number, chance)[:left]
            left -= len(product)
            for line in product:
                if chance.random() < bad:
                    _spoil(line, number, chance)
                writer.writerow(line)
    click.echo(f"{path}: {rows:,} rows, {number:,} products, {path.stat().st_size / 1e6:.1f} MB")


def _product(number: int, chance: random.Random) -> list[dict[str, str]]:
    thing, model = chance.choice(_THINGS), chance.choice(_MODELS)
    handle = f"{thing}-{model}-{number}".lower()
    sizes = chance.sample(_SIZES, chance.randint(1, 4))
    colour, price = chance.choice(_COLOURS), chance.randint(99, 2999)
    lines = []
    for place, size in enumerate(sizes):
        line = {
            "Handle": handle,
            "Option1 Value": size,
            "Option2 Value": colour,
            "Variant SKU": f"{number}-{size}",
            "Variant Inventory Tracker": "shopify",
            "Variant Inventory Qty": str(chance.randint(0, 60)),
            "Variant Price": f"{price}.90",
        }
        if place == 0:
            line |= {
                "Title": f"{thing} {model} {number}",
                "Body (HTML)": f"<p>{thing} de la línea <b>{model}</b>, {colour}.</p><ul><li>Hecho a mano</li></ul>",
                "Vendor": model,
                "Product Category": f"Ropa > {thing}",
                "Tags": f"{colour}, temporada {number % 4 + 1}",
                "Published": "TRUE",
                "Option1 Name": "Talla",
                "Option2 Name": "Color",
                "Image Src": f"https://cdn.example.com/{handle}.jpg",
                "Status": "active",
            }
        lines.append(line)
    return lines


def _spoil(line: dict[str, str], number: int, chance: random.Random) -> None:
    match chance.randrange(4):
        case 0 | 1:
            line["Variant Price"] = chance.choice(_BAD_PRICES)
        case 2:
            line["Variant Inventory Qty"] = "muchos"
        case _:
            line["Variant SKU"] = f"{max(1, number - 1)}-{chance.choice(_SIZES)}"


if __name__ == "__main__":
    main()

"""A description told below the name of its own product."""

from graphs.claims import examine
from tests.graphs.scenes import Scene

DAILY = "Tenis de entrenamiento diario para asfalto. Pesan 265 g en talla 27."
WOMEN = "La versión de mujer: horma más angosta en el talón y 225 g en talla 24."
WEIGHTS = "Suela plana y estable para pesas."
SHELF = {
    "Tenis de correr Veloz 3": DAILY,
    "Tenis de correr Veloz 3 mujer": WOMEN,
    "Tenis de entrenamiento Kinetik": WEIGHTS,
}


def faults(draft: str) -> list[str]:
    scene = Scene("es")
    shelf = [
        scene.item("product", "product", name, {"name": name, "description": text}) for name, text in SHELF.items()
    ]
    return [finding.fault for finding in examine(draft, shelf, [], scene.context()) if finding.fault]


def test_its_first_words_may_be_the_name_of_something_else() -> None:
    assert faults(f"*Tenis de correr Veloz 3 mujer*\n{WOMEN}\n\n*Tenis de correr Veloz 3*\n{DAILY}") == []


def test_below_another_name_it_is_stopped() -> None:
    assert faults(f"*Tenis de correr Veloz 3 mujer*\n{DAILY}")
    assert faults(f"*Tenis de entrenamiento Kinetik*\n{DAILY}")

"""The price floor and the discount ceiling, whoever vouches for a price or a discount."""

from typing import Any

import pytest

from tests.graphs.gates.judged import SCENES, faults, stopped_by

NAMES = {
    "es": ("Balón Training", "Balón Pro"),
    "pt": ("Bola Treino", "Bola Pro"),
    "en": ("Training Ball", "Match Ball"),
}
PRICED = {
    "es": "El *Balón Training* cuesta $299.00.",
    "pt": "A *Bola Treino* custa R$ 89,90.",
    "en": "The *Training Ball* costs $29.90.",
}
FLOOR = {"es": 29900, "pt": 8990, "en": 2990}


@pytest.mark.parametrize("language", ["es", "pt", "en"])
@pytest.mark.parametrize("of", ["", "name", "category"])
def test_a_price_below_the_floor_is_not_named_though_the_catalog_has_it(language: str, of: str) -> None:
    meant = {"": "", "name": NAMES[language][0].upper(), "category": "sport"}[of]

    def gates(amount: int) -> list[str]:
        policy = {"price_floors": [{"amount": amount, "of": meant}]}
        return stopped_by(language, PRICED[language], "catalog", policy=policy)

    assert gates(FLOOR[language] + 1) == ["price_floors"]
    assert gates(FLOOR[language]) == []


@pytest.mark.parametrize("language", ["es", "pt", "en"])
def test_a_floor_of_one_thing_is_not_that_of_another(language: str) -> None:
    policy = {"price_floors": [{"amount": 10**9, "of": NAMES[language][1]}]}

    assert stopped_by(language, PRICED[language], "catalog", policy=policy) == []


def test_a_quote_below_the_floor_is_not_told_and_an_order_is() -> None:
    policy = {"price_floors": [{"amount": 10_000, "of": "Bomba de aire"}]}
    total = f"${SCENES['es'].total / 100:,.2f}"

    assert stopped_by("es", f"Tu cotización Q-4HT9WX suma un total de {total}.", "quote", policy=policy) == [
        "price_floors"
    ]
    assert stopped_by("es", f"El total de tu pedido P-7KM4XP es {total}.", "order", policy=policy) == []


def test_a_fee_of_a_fact_is_no_price_of_what_is_sold() -> None:
    policy = {"price_floors": [{"amount": 10_000}]}

    assert stopped_by("es", "El envío cuesta $99 en todo México.", "catalog", policy=policy) == []


OFFERS: list[tuple[str, str, float]] = [
    ("es", "Te doy un 20% de descuento en el Balón Pro.", 20),
    ("es", "Te hago 10% de descuento y además $100 menos en el Balón Training.", 43.44),
    ("es", "Tienes 10 % de descuento y 5 % extra.", 15),
    ("es", "Antes $500, ahora $400.", 20),
    ("es", "Llévatelo a mitad de precio.", 50),
    ("es", "Hoy es 2x1 en balones.", 50),
    ("es", "Te doy veinte por ciento de descuento.", 20),
    ("es", "El Balón Training tiene $100 de descuento.", 33.44),
    ("es", "Te quito $100 del Balón Training.", 33.44),
    ("es", "Te lo dejo 20% más barato.", 20),
    ("es", "Por ser tú, te lo bajo un 30 por ciento.", 30),
    ("es", "10% por ser cliente nuevo y otro 10% por pagar hoy.", 20),
    ("es", "Te doy un 15% más de descuento.", 15),
    ("pt", "Dou 20% de desconto na Bola Pro.", 20),
    ("pt", "São 10% de desconto e mais R$ 20,00 de desconto na Bola Treino.", 32.24),
    ("pt", "De R$ 100,00 por R$ 75,00.", 25),
    ("pt", "Sai pela metade do preço.", 50),
    ("pt", "Você economiza R$ 20,00 na Bola Treino.", 22.24),
    ("en", "You get 20% off the Match Ball.", 20),
    ("en", "That is 10% off plus $5 off the Training Ball.", 26.72),
    ("en", "It was $50, now just $40.", 20),
    ("en", "Everything is half price today.", 50),
    ("en", "You save $10 on the Training Ball.", 33.44),
    ("en", "Take twenty percent off.", 20),
    ("en", "Reduced from $50 to $35.", 30),
    ("en", "10% off, and another 10% if you pay in cash.", 20),
    ("pt", "Você ganha 10% no Pix e mais 10% por ser cliente.", 20),
]


@pytest.mark.parametrize(("language", "draft", "percent"), OFFERS)
def test_a_discount_is_held_against_the_ceiling_all_together(language: str, draft: str, percent: float) -> None:
    def gates(ceiling: float) -> list[str]:
        policy = {"discount_ceiling_percent": ceiling}
        return [one for one in stopped_by(language, draft, "catalog", policy=policy) if one == "discount_ceiling"]

    assert gates(percent - 0.5) == ["discount_ceiling"]
    assert gates(percent + 0.5) == []


@pytest.mark.parametrize(
    ("language", "draft"),
    [
        ("es", "No manejamos descuentos del 50%."),
        ("es", "Tienes 10% de descuento en efectivo o 8% con transferencia."),
        ("es", "Tienes 10% de descuento en efectivo y 8% con tarjeta."),
        ("es", "El precio ya incluye 16% de IVA; el descuento es de 5%."),
        ("es", "Es 100% algodón, y tienes 10% de descuento."),
        ("es", "Cuesta menos de $500 y llega mañana."),
        ("es", "El Balón Pro cuesta $499 y el Balón Training $299."),
        ("es", "10% en balones. 10% en guantes, todo con descuento."),
        ("es", "Es 30% más grande y cuesta menos."),
        ("es", "¿Prefieres pagar 50% ahora y 50% al recibir?"),
        ("es", "Va de $299 a $499 según la talla."),
        ("es", "Pides 50% de anticipo para apartar la oferta."),
        ("pt", "Não temos desconto de 50%."),
        ("pt", "Essa é 40% mais leve, e está em promoção."),
        ("pt", "São 5% de desconto no Pix ou 8% em dinheiro."),
        ("pt", "De segunda a sexta atendemos até as 19:00."),
        ("pt", "A luva é 100% couro, com 5% de desconto no Pix."),
        ("en", "We don't have a 50% discount."),
        ("en", "You get 10% off with cash or 8% off by card."),
        ("en", "It costs less than $50."),
        ("en", "It is 100% cotton and 10% off today."),
    ],
)
def test_what_is_no_discount_or_no_sum_of_them_passes(language: str, draft: str) -> None:
    policy = {"discount_ceiling_percent": 12}

    assert "discount_ceiling" not in stopped_by(language, draft, "catalog", policy=policy)


def test_the_vendor_reads_what_it_adds_up_to() -> None:
    draft = "Te hago 10% de descuento y además $100 menos en el Balón Training."
    told = faults("es", draft, "catalog", policy={"discount_ceiling_percent": 15})

    assert "43.44 %" in told
    assert "15 % at most" in told


def test_a_discount_that_a_fact_vouches_for_is_still_held_against_the_ceiling() -> None:
    draft = "Con gusto: 10% de descuento en efectivo en tienda."

    assert stopped_by("es", draft) == []
    assert stopped_by("es", draft, policy={"discount_ceiling_percent": 10}) == []
    assert stopped_by("es", draft, policy={"discount_ceiling_percent": 9}) == ["discount_ceiling"]


def test_an_amount_off_a_quote_is_held_against_its_total() -> None:
    draft = "Te doy $200 de descuento."
    wanted = 200 * 10_000 / SCENES["es"].total

    def gates(ceiling: float) -> list[str]:
        return stopped_by("es", draft, "quote", policy={"discount_ceiling_percent": ceiling})

    assert "discount_ceiling" in gates(wanted - 0.5)
    assert "discount_ceiling" not in gates(wanted + 0.5)


@pytest.mark.parametrize(
    "draft", ["%" * 3_000, "10% " * 80, "$1 off " * 60, "2x1 " * 100, "-5% de descuento", "999% off"]
)
def test_rubbish_is_read_without_harm(draft: str) -> None:
    policy: dict[str, Any] = {"discount_ceiling_percent": 10, "price_floors": [{"amount": 1}]}

    assert isinstance(stopped_by("es", draft, "catalog", policy=policy), list)

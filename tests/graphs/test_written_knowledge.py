"""What a passage of a document lets a draft say, and what it does not."""

import pytest

from graphs.claims import examine
from tests.graphs.scenes import Scene

WRITTEN = """
La garantía del cuadro cubre 12 meses y la de la pintura 90 días. Los balones se inflan a 8 libras y aguantan hasta
45 °C. Los cambios se aceptan hasta el 6 de enero. Los pedidos hechos antes de las 14:00 salen el mismo día. El 95% de
las tallas coincide con la tabla. El Balón Pro cuesta $450 y tiene 20% de descuento con el cupón PLAYA20. Hasta 12
meses sin intereses. La funda es gratis. Paga en www.paga-aqui.mx o al 55 9999 0000. Abrimos los domingos a las 7:00.
Tu pedido ya fue pagado y enviado hoy. Las devoluciones aprobadas se reembolsan por el mismo medio de pago.
Tenemos 43 balones disponibles en 12 sucursales.
"""
SAID = (
    "Según *Garantías, p. 2*, la garantía del cuadro es de 12 meses.",
    "La pintura tiene garantía de 90 días.",
    "Los balones se inflan a 8 libras y aguantan hasta 45 °C.",
    "Los cambios se aceptan hasta el 6 de enero.",
    "Los pedidos hechos antes de las 14:00 salen el mismo día.",
    "El 95% de las tallas coincide con la tabla.",
    "Las devoluciones aprobadas se reembolsan por el mismo medio de pago.",
    "Tenemos 12 sucursales.",
)
NOT_SAID = (
    "La garantía del cuadro es de 24 meses.",
    "El Balón Pro cuesta $450.",
    "El Balón Pro tiene 20% de descuento.",
    "Usa el cupón PLAYA20.",
    "Puedes pagar a 12 meses sin intereses.",
    "La funda es gratis.",
    "Puedes pagar en www.paga-aqui.mx",
    "Llama al 55 9999 0000.",
    "Abrimos los domingos a las 7:00.",
    "Tu pedido ya fue pagado y enviado hoy.",
    "Tenemos 43 balones disponibles.",
    "Hay 43 balones en la bodega.",
)


def faults(draft: str) -> list[str]:
    scene = Scene("es")
    told = {"source": "Garantías, p. 2", "heading": "", "text": WRITTEN}
    passage = scene.item("knowledge", "passage", "Garantías", told)
    found = examine(draft, [*scene.evidence("catalog"), passage], [], scene.context())
    return [finding.fault for finding in found if finding.fault]


@pytest.mark.parametrize("draft", SAID)
def test_a_document_vouches_for_what_it_tells(draft: str) -> None:
    assert faults(draft) == []


@pytest.mark.parametrize("draft", NOT_SAID)
def test_a_document_prices_grants_and_does_nothing(draft: str) -> None:
    assert faults(draft)

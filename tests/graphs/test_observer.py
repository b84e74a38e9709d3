"""The observer's policy, what may support what, and the words it gives back."""

from datetime import timedelta

import pytest

from graphs.claims import Words
from graphs.evidence import EvidenceKind
from graphs.observer import judge, language_of
from graphs.safe_replies import safe_reply
from tests.graphs.scenes import Scene

SCENE = Scene("es")


def faults(draft: str, *sets: str, said: str = "hola, ¿me ayudas?", scene: Scene = SCENE) -> list[str]:
    return judge(draft, scene.evidence(*sets), scene.said(said), scene.context()).faults


@pytest.mark.parametrize(
    ("draft", "complaint"),
    [
        ("", "empty"),
        ("  \n ", "empty"),
        ("Voy a llamar a search_products para ver.", "inner workings"),
        ("El proposal_id ya está listo.", "inner workings"),
        ("Tu id es 0192f1a4-8a3b-7c11-9d5e-1f2a3b4c5d6e.", "internal id"),
        ('{"products": [{"name": "Balón"}]}', "JSON"),
        ("Hola {{nombre}}, ¿qué buscas?", "placeholder"),
        ("Hola [nombre], ¿qué buscas?", "placeholder"),
        ("Dicen: You sell and take bookings for the business whose page this is, and nothing else", "instructions"),
        ("Hello! How can I help you today? Please tell me what you need.", "writes in Spanish"),
        ("Olá! Como posso ajudar você hoje? Me diga o que você procura, por favor.", "writes in Spanish"),
        ("palabras " * 600, "too long"),
        ("7 8 9 " * 60, "too long"),
    ],
)  # fmt: skip
def test_what_no_customer_should_read_is_stopped(draft: str, complaint: str) -> None:
    assert any(complaint in fault for fault in faults(draft))


def test_an_address_that_was_handed_out_may_hold_an_id_and_nothing_else_may() -> None:
    """As Mercado Pago's checkout pages do."""
    url = "https://www.mercadopago.com.mx/checkout/v1/redirect?pref_id=202809963-0192f1a4-8a3b-7c11-9d5e-1f2a3b4c5d6e"
    draft = f"Puedes pagar aquí: {url}"
    link = SCENE.item("link", "order", "P-4K7QZ2", {"url": url})

    assert judge(draft, [link], SCENE.said("¿dónde pago?"), SCENE.context()).faults == []
    assert any("internal id" in fault for fault in faults(draft))
    foreign = judge(draft.replace("www", "w3"), [link], SCENE.said("¿dónde pago?"), SCENE.context()).faults
    assert any("internal id" in fault for fault in foreign)


def test_a_fault_names_the_figure_and_what_is_known() -> None:
    (fault,) = faults("El Balón Training cuesta $399.", "catalog")

    assert '"$399"' in fault
    assert "299" in fault


def test_a_weekday_that_does_not_fit_its_date_is_named() -> None:
    fault = faults("Tengo el jueves 7 de agosto a las 10:30 con Ana.", "slots")[0]

    assert "7 August 2026 is a Friday" in fault


def test_every_claim_links_to_its_evidence() -> None:
    evidence = SCENE.evidence("catalog", "slots")
    draft = (
        "El *Balón Training* cuesta $299.00 y quedan 3. Para el corte tengo el viernes 7 de agosto a las 10:30 con Ana."
    )

    verdict = judge(draft, evidence, SCENE.said("hola"), SCENE.context())

    known = {item.id: item for item in evidence}
    assert verdict.passed
    assert {claim.kind: known[claim.evidence_id or ""].kind for claim in verdict.claims} == {
        "money": EvidenceKind.PRICE, "stock": EvidenceKind.STOCK, "date": EvidenceKind.SLOT, "time": EvidenceKind.SLOT,
    }  # fmt: skip


def test_the_newest_reading_of_a_price_counts() -> None:
    """A price that was read again in this turn may not be stated at its old figure, although that has not expired."""
    name = "Balón Training"
    old = SCENE.item("price", "product", name, SCENE.money(19900), turn_id="turn-0")
    new = SCENE.item("price", "product", name, SCENE.money(29900))

    def passed(draft: str) -> bool:
        return judge(draft, [old, new], SCENE.said("hola"), SCENE.context()).passed

    assert passed("El Balón Training cuesta $299.")
    assert not passed("El Balón Training cuesta $199.")


@pytest.mark.parametrize(
    ("draft", "passes"),
    [
        ("El Balón Training cuesta $299; antes costaba $399.", True),
        ("El Balón Training estaba en $399, hoy lo tienes en $299.", True),
        ("O Balón Training está de $399 por $299.", True),
        ("The Balón Training is $299, regular price $399.", True),
        ("El Balón Training cuesta $399.", False),
        ("El Balón Training cuesta $299; antes costaba $499.", False),
        ("El Balón Training: $399 antes, hoy $299.", True),
        ("El Balón Training cuesta $399, antes $299.", False),
        ("Antes $299, hoy $399 el Balón Training.", False),
        ("Como te decía antes, cuesta $399 el Balón Training.", False),
    ],
)
def test_the_regular_price_of_a_sale_may_be_told_as_what_was_asked_before(draft: str, passes: bool) -> None:
    sale = SCENE.item("price", "product", "Balón Training", {**SCENE.money(29900), "regular": 39900})

    assert judge(draft, [sale], SCENE.said("hola"), SCENE.context()).passed is passes


def test_what_this_turn_did_is_named_before_what_an_earlier_one_read() -> None:
    """The slot that was held in the turn before is live still, but it is the booking that makes the hour true."""
    held = [item.model_copy(update={"turn_id": "turn-0"}) for item in SCENE.held()]
    booked = SCENE.booked()
    draft = "¡Confirmado! Viernes 7 de agosto, 10:30 con Ana. Tu código es C-9TR2KD."

    verdict = judge(draft, [*held, *booked], SCENE.said("sí"), SCENE.context())

    assert verdict.passed
    assert {claim.evidence_id for claim in verdict.claims} <= {item.id for item in booked}


@pytest.mark.parametrize(
    ("name", "draft"),
    [
        ("Pagado", "Tu pedido está pagado."),
        ("299 pesos", "El Balón Pro cuesta 299 pesos."),
        ("Envío Gratis", "Hoy tienes envío gratis en tu pedido."),
        ("Cita Confirmada", "Tu cita confirmada te espera."),
    ],
)
def test_what_customers_call_themselves_hides_no_claim(name: str, draft: str) -> None:
    customer = SCENE.context().customer.model_copy(update={"name": name})

    assert judge(draft, SCENE.evidence("catalog"), SCENE.said("hola"), SCENE.context(customer=customer)).faults


def test_a_greeting_of_the_business_with_the_customers_name_is_not_a_leak_of_the_prompt() -> None:
    own = "Saluda con: qué gusto saludarte, {}, gracias por escribir a nuestra tienda de deportes de la colonia"
    context = SCENE.context(prompt=f"# Its instructions\n> {own.format(chr(39) + 'Carla' + chr(39))}")
    draft = "Qué gusto saludarte, Carla, gracias por escribir a nuestra tienda de deportes de la colonia."

    assert judge(draft, [], SCENE.said("hola"), context.model_copy(update={"playbook": [own.format("")]})).passed
    assert not judge(draft, [], SCENE.said("hola"), context).passed


def test_a_long_name_in_an_open_quote_is_not_a_leak_of_the_prompt() -> None:
    name = "Balón de futbol Relámpago medida cinco blanco con rojo"
    context = SCENE.context(prompt=f'- quote {{"lines": [{{"name": "{name}", "quantity": 1}}]}}')
    quotes = [{"code": "Q-1", "lines": [{"name": name, "quantity": 1}]}]

    assert not judge(f"{name}.", [], SCENE.said("hola"), context).passed
    assert judge(
        f"{name}.", [], SCENE.said("hola"), context.model_copy(update={"open_cards": {"quotes": quotes}})
    ).passed


def test_open_cards_of_the_bundle_are_a_state_read() -> None:
    booking = SCENE.booking()[0].value
    context = SCENE.context(open_cards={"bookings": [booking], "orders": [], "quotes": []})

    verdict = judge(
        "Tu cita C-9TR2KD está confirmada: viernes 7 de agosto, 10:30 con Ana.", [], SCENE.said("¿mi cita?"), context
    )

    assert verdict.passed


@pytest.mark.parametrize(
    ("draft", "leaves"),
    [
        ("Repairs are paid at the counter when you collect the bike, by card or cash.", True),
        ("Your order is paid.", False),
        ("Your repair was paid at the counter when you collected the bike.", False),
    ],
)
def test_how_it_is_paid_here_is_a_fact_and_that_it_was_paid_is_a_claim(draft: str, leaves: bool) -> None:
    scene = Scene("en")
    fact = {"key": "payment", "text": "Repairs are paid at the counter when you collect the bike, by card or cash."}
    business = scene.context().business
    context = scene.context(business=business.model_copy(update={"facts": [*business.facts, fact]}))

    assert judge(draft, [], scene.said("how do I pay?"), context).passed is leaves


def test_tomorrow_is_counted_from_the_day_it_was_said() -> None:
    said = [Words("mañana a las 9", SCENE.now - timedelta(days=1))]

    assert judge("Reviso para el lunes 3 de agosto.", [], said, SCENE.context()).passed
    assert not judge("Reviso para el miércoles 5 de agosto.", [], said, SCENE.context()).passed


@pytest.mark.parametrize(
    ("locale", "text", "language"),
    [("es", "", "es"), ("es", "obrigado, você tem bola?", "pt"), ("pt", "thanks, do you have it?", "en")],
)
def test_the_customers_words_decide_the_language(locale: str, text: str, language: str) -> None:
    scene = Scene(locale)

    assert language_of(scene.said(text), scene.context()) == language


def test_a_thumb_and_a_few_oks_do_not_change_the_language() -> None:
    said = SCENE.said("how much is the pump, please?", "ok", "lol", "👍", "??", "hm")

    assert language_of(said, SCENE.context()) == "en"
    assert judge("You are welcome! I am here if you need anything else.", [], said, SCENE.context()).passed


@pytest.mark.parametrize("language", ["es", "pt", "en"])
@pytest.mark.parametrize("silent", [True, False])
@pytest.mark.parametrize("done", [(), ("placed", "link"), ("booked",), ("rescheduled",), ("cancelled",)])
def test_a_safe_reply_passes_the_observer(language: str, silent: bool, done: tuple[str, ...]) -> None:
    scene = Scene(language)
    evidence = scene.evidence(*done)
    text = safe_reply(language, evidence, silent)

    assert judge(text, evidence, scene.said(""), scene.context(), handing_over=True).faults == []


def test_a_promise_of_a_person_needs_a_person() -> None:
    assert faults("Le paso tu mensaje a una persona del equipo.")

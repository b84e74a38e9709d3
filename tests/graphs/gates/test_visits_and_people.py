"""Closed doors, other people, and what the agent must not tell of itself."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from graphs.gates.opening import is_open, next_opening
from tests.graphs.gates.judged import SCENES, faults, stopped_by
from tests.graphs.scenes import HOURS


def at(language: str, clock: str, day: int = 3) -> datetime:
    """Wall time of the business on a day of that August; the 3rd is a Monday."""
    hour, minute = map(int, clock.split(":"))
    return datetime(2026, 8, day, hour, minute, tzinfo=ZoneInfo(SCENES[language].shop.zone)).astimezone(UTC)


NOW = [
    ("es", "¡Claro! Ven ahora mismo a la tienda."),
    ("es", "Puedes pasar ahora por tu balón."),
    ("es", "Te esperamos ahorita en la tienda."),
    ("es", "Pásate ahora y te lo mostramos."),
    ("es", "Date una vuelta ahorita por la tienda."),
    ("es", "Visítanos de inmediato."),
    ("pt", "Pode vir agora, estamos na loja."),
    ("pt", "Claro. Vem agora que eu separo."),
    ("pt", "Venha agora mesmo buscar a sua bola."),
    ("pt", "Passa aqui agora que eu te mostro."),
    ("pt", "Estamos te esperando neste momento."),
    ("en", "Come by now and try it on."),
    ("en", "Sure, come in now!"),
    ("en", "You can stop by right away."),
    ("en", "Drop in now, we are waiting for you."),
    ("en", "You can pick it up right now at the store."),
]


@pytest.mark.parametrize(("language", "draft"), NOW)
def test_nobody_is_invited_to_closed_doors(language: str, draft: str) -> None:
    assert "opening_hours" in stopped_by(language, draft, now=at(language, "22:00"))
    assert "opening_hours" in stopped_by(language, draft, now=at(language, "15:00"))
    assert "opening_hours" in stopped_by(language, draft, now=at(language, "12:00", day=9))
    assert "opening_hours" not in stopped_by(language, draft, now=at(language, "12:00"))


@pytest.mark.parametrize(
    ("language", "draft"),
    [
        ("es", "Ahora estamos cerrados. Ven mañana a partir de las 9:00."),
        ("es", "Puedes pasar mañana desde las 9:00."),
        ("es", "Pásame ahora tu dirección, por favor."),
        ("es", "Ahora te explico cómo venden los demás."),
        ("es", "No vengas ahora, por favor: abrimos mañana."),
        ("es", "¿Te lo aparto ahora?"),
        ("es", "Te esperamos el viernes con gusto."),
        ("pt", "A bola vem agora com bomba de ar."),
        ("en", "New balls come in now and then, and prices come down."),
        ("pt", "Agora estamos fechados. Pode vir amanhã cedo."),
        ("pt", "Me passa agora o seu endereço, por favor."),
        ("pt", "Você também vai gostar dela agora no verão."),
        ("en", "We are closed now. Come by tomorrow at 9:00."),
        ("en", "Now tell me your size, please."),
        ("en", "You can come in on Friday; do you want me to hold it now?"),
        ("en", "Please do not come by now: nobody is here."),
    ],
)
def test_visits_for_later_and_other_nows_pass(language: str, draft: str) -> None:
    assert "opening_hours" not in stopped_by(language, draft, now=at(language, "22:00"))


@pytest.mark.parametrize(
    ("language", "draft"),
    [("es", "Puedes pasar hoy por tu balón."), ("pt", "Pode vir hoje."), ("en", "You can come by today.")],
)
def test_today_is_fine_as_long_as_it_opens_again_today(language: str, draft: str) -> None:
    assert "opening_hours" not in stopped_by(language, draft, now=at(language, "08:00"))
    assert "opening_hours" not in stopped_by(language, draft, now=at(language, "15:00"))
    assert "opening_hours" in stopped_by(language, draft, now=at(language, "20:00"))


def test_the_vendor_is_told_when_it_opens() -> None:
    assert "Tuesday 09:00" in faults("es", "Ven ahora mismo.", now=at("es", "22:00"))
    assert "Monday 16:00" in faults("es", "Ven ahora mismo.", now=at("es", "15:00"))


def test_a_business_may_do_without_and_one_without_hours_has_no_closed_doors() -> None:
    late, business = at("es", "22:00"), SCENES["es"].context().business

    assert "opening_hours" not in stopped_by("es", "Ven ahora mismo.", now=late, policy={"opening_hours": False})
    assert "opening_hours" not in stopped_by(
        "es", "Ven ahora mismo.", now=late, business=business.model_copy(update={"hours": {}})
    )


@pytest.mark.parametrize(
    ("clock", "day", "is_it"),
    [
        ("09:00", 3, True), ("08:59", 3, False), ("14:00", 3, False), ("16:00", 3, True),
        ("12:00", 9, False), ("23:30", 7, True), ("01:59", 8, True), ("02:00", 8, False),
    ],
)  # fmt: skip
def test_open_by_the_wall_clock_also_past_midnight(clock: str, day: int, is_it: bool) -> None:
    hours = {**HOURS, "fri": [["22:00", "02:00"]]}
    now = at("es", clock, day).astimezone(ZoneInfo(SCENES["es"].shop.zone))

    assert is_open(hours, now) is is_it


@pytest.mark.parametrize(
    ("draft", "clock", "day", "fine"),
    [
        ("En este momento estamos abiertos, hasta las 2:00.", "23:30", 7, True),
        ("En este momento estamos abiertos, hasta las 2:00.", "01:30", 8, True),
        ("En este momento estamos abiertos, hasta las 2:00.", "02:30", 8, False),
        ("En este momento estamos abiertos, hasta las 3:00.", "01:30", 8, False),
        ("Ahora mismo estamos cerrados.", "01:30", 8, False),
        ("Ahora mismo estamos cerrados.", "02:30", 8, True),
        ("Los viernes abrimos de 22:00 a 2:00.", "12:00", 3, True),
        ("Los viernes abrimos de 22:00 a 3:00.", "12:00", 3, False),
    ],
)
def test_what_is_said_of_a_night_is_read_past_midnight(draft: str, clock: str, day: int, fine: bool) -> None:
    business = SCENES["es"].context().business.model_copy(update={"hours": {"fri": [("22:00", "02:00")]}})
    assert bool(faults("es", draft, now=at("es", clock, day), business=business)) is not fine


def test_a_business_that_never_opens_has_no_next_opening() -> None:
    assert next_opening({"mon": []}, datetime(2026, 8, 3, 12, tzinfo=UTC)) is None


OTHERS = [
    ("es", "Ese balón ya lo apartó la clienta Mariana López."),
    ("es", "Rodrigo Méndez reservó ese horario."),
    ("es", "Está a nombre de Rodrigo Méndez."),
    ("es", "La dirección de Rodrigo es otra."),
    ("es", "La señora Gutiérrez vive cerca."),
    ("es", "El último se lo llevó Fernando Ruiz ayer."),
    ("pt", "Essa vaga é do Marcelo Dias."),
    ("en", "That slot belongs to Victoria Chen."),
    ("pt", "O cliente Thiago Souza comprou a última."),
    ("pt", "Thiago reservou esse dia."),
    ("pt", "Está no nome de Thiago Souza."),
    ("pt", "O telefone da Fernanda eu não achei."),
    ("en", "Another customer, Oliver Stone, took the last one."),
    ("en", "Oliver booked that day."),
    ("en", "It is in the name of Oliver Stone."),
    ("en", "Oliver's address is another one."),
    ("en", "Mrs. Whitfield ordered the same."),
]


@pytest.mark.parametrize(("language", "draft"), OTHERS)
def test_other_people_are_not_named(language: str, draft: str) -> None:
    assert "other_people" in stopped_by(language, draft, "catalog")
    assert "other_people" not in stopped_by(language, draft, "catalog", policy={"other_people": False})


@pytest.mark.parametrize(
    ("language", "draft"),
    [
        ("es", "Carla, tu pedido sigue en camino."),
        ("es", "La cita de Carla quedó lista."),
        ("es", "Está a nombre de Carla."),
        ("es", "Quedó reservado para Carla, el horario es de Ana."),
        ("es", "Usted reservó con Ana."),
        ("es", "El pedido de Balón Pro sale hoy."),
        ("es", "Horario de Atención y Dirección de Envío: los tienes arriba."),
        ("es", "El cliente siempre es primero."),
        ("es", "Nadie compró más."),
        ("es", "Escríbenos al número de WhatsApp, o usa la dirección de Google Maps."),
        ("es", "Tienes la tarjeta de Cliente Frecuente."),
        ("pt", "Quando reservou, você escolheu a Ana."),
        ("en", "Once paid, your order ships. Orders paid before noon ship the same day."),
        ("en", "Appointments booked online are confirmed here."),
        ("pt", "A reserva de Carla está aqui."),
        ("pt", "Você reservou com a Ana."),
        ("pt", "O pedido da Bola Pro sai hoje."),
        ("pt", "Está no nome de Carla."),
        ("en", "Carla's order is on its way."),
        ("en", "You booked with Ana."),
        ("en", "Today's order leaves soon; Friday's booking stays."),
        ("en", "It is in the name of Carla."),
    ],
)
def test_the_customer_the_team_and_what_is_sold_may_be_named(language: str, draft: str) -> None:
    assert "other_people" not in stopped_by(language, draft, "catalog", "services")


def test_whom_the_customer_spoke_of_and_whom_they_told_of_are_no_strangers() -> None:
    draft = "El pedido de Rodrigo va en camino."
    customer = SCENES["es"].context().customer.model_copy(update={"details": {"hijo": "Rodrigo"}})

    assert "other_people" in stopped_by("es", draft)
    assert "other_people" not in stopped_by("es", draft, said="es para mi hijo rodrigo")
    assert "other_people" not in stopped_by("es", draft, customer=customer)


@pytest.mark.parametrize(
    ("language", "draft"),
    [
        ("es", "Escríbele al 55 8765 4399."), ("pt", "O número dele é (11) 91234-0099."),
        ("en", "Her e-mail is oliver.stone@example.org."), ("es", "Su pedido es el P-9ZZ9ZZ."),
    ],
)  # fmt: skip
def test_numbers_addresses_and_codes_of_others_are_the_ledgers(language: str, draft: str) -> None:
    assert "ledger" in stopped_by(language, draft, "catalog")


@pytest.mark.parametrize(
    ("language", "draft"),
    [
        ("es", "Mis instrucciones dicen que no puedo."),
        ("es", "Según mis instrucciones, solo vendo balones."),
        ("es", "El mensaje de sistema me lo prohíbe."),
        ("pt", "Minhas instruções dizem que não posso."),
        ("pt", "De acordo com minhas instruções, não posso."),
        ("en", "According to my instructions I may not."),
        ("en", "I was instructed to sell balls."),
        ("en", "Use sk-proj-abcdefghijklmnopqrstuvwxyz for that."),
        ("en", "Here: Bearer abcdefghijklmnop.qrstuv"),
    ],
)
def test_what_the_agent_was_told_and_keys_stay_inside(language: str, draft: str) -> None:
    assert "leak" in stopped_by(language, draft)


@pytest.mark.parametrize(
    ("language", "draft"),
    [
        ("es", "Las instrucciones de lavado vienen en la etiqueta."),
        ("pt", "As instruções de uso estão na caixa."),
        ("en", "The instructions say to keep it dry."),
        ("en", "The bearer of the ticket may come in."),
    ],
)
def test_instructions_of_a_product_are_none_of_the_agent(language: str, draft: str) -> None:
    assert "leak" not in stopped_by(language, draft)

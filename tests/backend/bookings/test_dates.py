"""Customers' words become days and hours on the business's wall calendar. It is Wednesday, 5 August 2026, 10:00."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.bookings.dates import Ambiguous, Moment, resolve, spoken

NOW = datetime(2026, 8, 5, 10, 0, tzinfo=ZoneInfo("America/Sao_Paulo"))
SALON = {day: [["09:00", "13:00"], ["14:00", "19:00"]] for day in ("mon", "tue", "wed", "thu", "fri")} | {
    "sat": [["09:00", "13:00"]]
}
LONG_DAYS = {day: [["07:00", "23:00"]] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}


def ask(
    text: str, locale: str, hours: dict[str, list[list[str]]] = SALON, now: datetime = NOW
) -> Moment | Ambiguous | None:
    return resolve(text, now, locale, hours)


def exact(text: str, locale: str, hours: dict[str, list[list[str]]] = SALON, now: datetime = NOW) -> str:
    moment = ask(text, locale, hours, now)
    assert isinstance(moment, Moment), moment
    assert moment.start is not None, moment
    return f"{moment.start:%m-%d %H:%M}" if moment.start.year == 2026 else f"{moment.start:%Y-%m-%d %H:%M}"


PORTUGUESE = [
    ("amanhã às 15h30", "08-06 15:30"),
    ("amanhã as 15:30", "08-06 15:30"),
    ("sexta às 10", "08-07 10:00"),
    ("sexta-feira às 10h", "08-07 10:00"),
    ("na sexta, às dez", "08-07 10:00"),
    ("sexta que vem às 10h", "08-07 10:00"),
    ("segunda às 9 e meia", "08-10 09:30"),
    ("segunda-feira 14h", "08-10 14:00"),
    ("próxima segunda às 14h", "08-10 14:00"),
    ("2ª feira às 14h", "08-10 14:00"),
    ("terça às 3 da tarde", "08-11 15:00"),
    ("terça às 3 e meia da tarde", "08-11 15:30"),
    ("dia 25 às 14h", "08-25 14:00"),
    ("no dia 3 às 11h", "09-03 11:00"),
    ("dia vinte e cinco às 9h", "08-25 09:00"),
    ("25/12 10:00", "12-25 10:00"),
    ("25 de dezembro às 10h", "12-25 10:00"),
    ("7 de agosto, 11:15", "08-07 11:15"),
    ("hoje às 16h", "08-05 16:00"),
    ("hoje às 4", "08-05 16:00"),
    ("hoje 16", "08-05 16:00"),
    ("depois de amanhã às 9h", "08-07 09:00"),
    ("quero cortar o cabelo amanhã às 10 com a Ana", "08-06 10:00"),
    ("bom dia! tem horário quinta às 11?", "08-06 11:00"),
    ("boa tarde, pode ser amanhã às 10h?", "08-06 10:00"),
    ("sábado ao meio-dia", "08-08 12:00"),
    ("sábado meio-dia e meia", "08-08 12:30"),
    ("amanhã às 10 da manhã", "08-06 10:00"),
    ("amanhã de manhã às 10", "08-06 10:00"),
    ("amanhã à tarde, às 4", "08-06 16:00"),
    ("quinze para as dez de sexta", "08-07 09:45"),
    ("quarta da semana que vem às 15h", "08-12 15:00"),
    ("daqui a duas semanas às 10h", "08-19 10:00"),
    ("em 3 dias às 10h", "08-08 10:00"),
    ("sexta 10h30", "08-07 10:30"),
    ("amanhã umas 15h", "08-06 15:00"),
    ("amnha as 10h", "08-06 10:00"),
    ("viernes 4 y media de la tarde", "08-07 16:30"),
    ("sexta 4 e meia da tarde", "08-07 16:30"),
    ("a week from friday at 10 am", "08-14 10:00"),
    ("tomorrow 4:30pm", "08-06 16:30"),
    ("4:30pm tomorrow", "08-06 16:30"),
    ("tomorrow at 4:30pm", "08-06 16:30"),
    ("tomorrow 10:15am", "08-06 10:15"),
    ("amanhã 16:30h", "08-06 16:30"),
    ("mañana a las 16:30hs", "08-06 16:30"),
    ("amnhã às 15h30", "08-06 15:30"),
    ("por volta das 10 de sexta", "08-07 10:00"),
    ("2026-08-07T10:30", "08-07 10:30"),
    ("2026-08-07 10:30", "08-07 10:30"),
    ("2026-08-07T13:30:00Z", "08-07 10:30"),
    ("2026-08-07T10:30:00-03:00", "08-07 10:30"),
]
SPANISH = [
    ("mañana a las 10 y media", "08-06 10:30"),
    ("mañana a las diez y media", "08-06 10:30"),
    ("mañana a las 11 menos cuarto", "08-06 10:45"),
    ("mañana a las 10 y cuarto", "08-06 10:15"),
    ("mañana a las 10 y 20", "08-06 10:20"),
    ("a las 10 y media de mañana", "08-06 10:30"),
    ("mañana por la mañana a las 10", "08-06 10:00"),
    ("mañana a las 9 de la mañana", "08-06 09:00"),
    ("pasado mañana a las 5", "08-07 17:00"),
    ("el viernes a las 4 de la tarde", "08-07 16:00"),
    ("viernes a las cuatro de la tarde", "08-07 16:00"),
    ("el viernes que viene a las 16", "08-07 16:00"),
    ("el próximo martes a las 3", "08-11 15:00"),
    ("el martes de la semana que viene a las 10", "08-11 10:00"),
    ("el lunes a las 4", "08-10 16:00"),
    ("hoy a las 5 y media", "08-05 17:30"),
    ("hoy a las 17:30", "08-05 17:30"),
    ("hoy a las 5:30 pm", "08-05 17:30"),
    ("hoy a las 5 p. m.", "08-05 17:30".replace("30", "00")),
    ("a la una de la tarde del jueves", "08-06 13:00"),
    ("el jueves a la una", "08-06 13:00"),
    ("jueves 16hs", "08-06 16:00"),
    ("jueves 16.30 hs", "08-06 16:30"),
    ("el 25 a las 14", "08-25 14:00"),
    ("el día 3 a las 11", "09-03 11:00"),
    ("el 3 de septiembre a las 11 de la mañana", "09-03 11:00"),
    ("el viernes 7 a las 10", "08-07 10:00"),
    ("viernes 7 de agosto a las 10", "08-07 10:00"),
    ("25/12 10:00", "12-25 10:00"),
    ("25-12-2026 a las 10:00", "12-25 10:00"),
    ("3 de enero a las 10", "2027-01-03 10:00"),
    ("un cuarto para las 4 del viernes", "08-07 15:45"),
    ("dentro de dos semanas a las 10", "08-19 10:00"),
    ("en 2 horas", "08-05 12:00"),
    ("en media hora", "08-05 10:30"),
    ("en una hora y media", "08-05 11:30"),
    ("buenas tardes, ¿puede ser mañana a las 10?", "08-06 10:00"),
    ("mañana al mediodía", "08-06 12:00"),
    ("para el sábado a las 11 por favor", "08-08 11:00"),
    ("esta tarde a las 5", "08-05 17:00"),
    ("viernes tipo 10", "08-07 10:00"),
    ("viernes 10", "08-07 10:00"),
]
ENGLISH = [
    ("tomorrow at 3pm", "08-06 15:00"),
    ("tomorrow at 3 p.m.", "08-06 15:00"),
    ("tomorrow at 3", "08-06 15:00"),
    ("next tuesday at 3pm", "08-11 15:00"),
    ("tuesday at half past ten", "08-11 10:30"),
    ("tuesday at quarter to 4", "08-11 15:45"),
    ("friday at 10 o'clock", "08-07 10:00"),
    ("this friday at 10am", "08-07 10:00"),
    ("friday 10:30", "08-07 10:30"),
    ("the day after tomorrow at 9 am", "08-07 09:00"),
    ("on the 25th at 2pm", "08-25 14:00"),
    ("august 7 at 10", "08-07 10:00"),
    ("August 7th, 2026 at 10:30", "08-07 10:30"),
    ("7th of august at 10", "08-07 10:00"),
    ("12/25 at 10am", "12-25 10:00"),
    ("in two weeks at 10", "08-19 10:00"),
    ("in 20 minutes", "08-05 10:20"),
    ("in half an hour", "08-05 10:30"),
    ("3 days from now at 10", "08-08 10:00"),
    ("good morning, is tomorrow at 11 free?", "08-06 11:00"),
    ("saturday at noon", "08-08 12:00"),
    ("this afternoon at 5", "08-05 17:00"),
    ("monday the 10th at 4 in the afternoon", "08-10 16:00"),
    ("today at 2", "08-05 14:00"),
]


@pytest.mark.parametrize(("text", "expected"), PORTUGUESE)
def test_portuguese_day_and_hour(text: str, expected: str) -> None:
    assert exact(text, "pt-BR") == expected


@pytest.mark.parametrize(("text", "expected"), SPANISH)
def test_spanish_day_and_hour(text: str, expected: str) -> None:
    assert exact(text, "es-MX") == expected


@pytest.mark.parametrize(("text", "expected"), ENGLISH)
def test_english_day_and_hour(text: str, expected: str) -> None:
    assert exact(text, "en") == expected


@pytest.mark.parametrize(("text", "expected"), SPANISH + ENGLISH)
def test_a_customer_may_write_in_another_language_than_the_business(text: str, expected: str) -> None:
    if "10:00 " not in expected and "/" not in text:
        assert exact(text, "pt-BR") == expected


@pytest.mark.parametrize(
    ("text", "locale", "first", "last", "window"),
    [
        ("amanhã", "pt", "08-06 00:00", "08-07 00:00", (0, 1440)),
        ("hoje", "pt", "08-05 10:00", "08-06 00:00", (0, 1440)),
        ("sexta de tarde", "pt", "08-07 00:00", "08-08 00:00", (720, 1200)),
        ("sexta à tarde", "pt", "08-07 00:00", "08-08 00:00", (720, 1200)),
        ("sexta pela manhã", "pt", "08-07 00:00", "08-08 00:00", (300, 720)),
        ("amanhã cedo", "pt", "08-06 00:00", "08-07 00:00", (300, 720)),
        ("hoje à noite", "pt", "08-05 10:00", "08-06 00:00", (1080, 1440)),
        ("sexta depois das 16h", "pt", "08-07 00:00", "08-08 00:00", (960, 1440)),
        ("sexta a partir das 4", "pt", "08-07 00:00", "08-08 00:00", (960, 1440)),
        ("sexta antes das 11h", "pt", "08-07 00:00", "08-08 00:00", (0, 660)),
        ("sexta entre 15h e 17h", "pt", "08-07 00:00", "08-08 00:00", (900, 1020)),
        ("sexta das 14h às 16h", "pt", "08-07 00:00", "08-08 00:00", (840, 960)),
        ("semana que vem", "pt", "08-10 00:00", "08-17 00:00", (0, 1440)),
        ("semana que vem de manhã", "pt", "08-10 00:00", "08-17 00:00", (300, 720)),
        ("fim de semana", "pt", "08-08 00:00", "08-10 00:00", (0, 1440)),
        ("o quanto antes", "pt", "08-05 10:00", "08-19 10:00", (0, 1440)),
        ("qualquer dia de tarde", "pt", "08-05 10:00", "08-19 10:00", (720, 1200)),
        ("dia 25", "pt", "08-25 00:00", "08-26 00:00", (0, 1440)),
        ("el 3", "es", "09-03 00:00", "09-04 00:00", (0, 1440)),
        ("mañana", "es", "08-06 00:00", "08-07 00:00", (0, 1440)),
        ("mañana por la tarde", "es", "08-06 00:00", "08-07 00:00", (720, 1200)),
        ("mañana en la mañana", "es", "08-06 00:00", "08-07 00:00", (300, 720)),
        ("esta tarde", "es", "08-05 10:00", "08-06 00:00", (720, 1200)),
        ("el viernes después de las 4", "es", "08-07 00:00", "08-08 00:00", (960, 1440)),
        ("el viernes entre las 3 y las 5", "es", "08-07 00:00", "08-08 00:00", (900, 1020)),
        ("el viernes de 3 a 5 de la tarde", "es", "08-07 00:00", "08-08 00:00", (900, 1020)),
        ("el viernes antes del mediodía", "es", "08-07 00:00", "08-08 00:00", (0, 720)),
        ("la semana que viene a las 10", "es", "08-10 00:00", "08-17 00:00", (600, 601)),
        ("esta semana", "es", "08-05 10:00", "08-10 00:00", (0, 1440)),
        ("lo antes posible", "es", "08-05 10:00", "08-19 10:00", (0, 1440)),
        ("por la tarde", "es", "08-05 10:00", "08-19 10:00", (720, 1200)),
        ("tomorrow morning", "en", "08-06 00:00", "08-07 00:00", (300, 720)),
        ("friday after 4pm", "en", "08-07 00:00", "08-08 00:00", (960, 1440)),
        ("between 3 and 5 on friday", "en", "08-07 00:00", "08-08 00:00", (900, 1020)),
        ("in two weeks after lunch", "en", "08-19 00:00", "08-20 00:00", (720, 1200)),
        ("next week", "en", "08-10 00:00", "08-17 00:00", (0, 1440)),
        ("this weekend", "en", "08-08 00:00", "08-10 00:00", (0, 1440)),
        ("any time", "en", "08-05 10:00", "08-19 10:00", (0, 1440)),
        ("the 25th", "en", "08-25 00:00", "08-26 00:00", (0, 1440)),
    ],
)
def test_days_and_parts_of_the_day_are_ranges(
    text: str, locale: str, first: str, last: str, window: tuple[int, int]
) -> None:
    moment = ask(text, locale)
    assert isinstance(moment, Moment), moment
    assert moment.start is None
    assert (f"{moment.earliest:%m-%d %H:%M}", f"{moment.latest:%m-%d %H:%M}") == (first, last)
    assert moment.window == window


@pytest.mark.parametrize(
    ("text", "locale", "expected"),
    [
        ("viernes 8 de agosto a las 10", "es", "08-07 10:00"),
        ("sexta, 8/8, às 10h", "pt", "08-07 10:00"),
        ("friday august 6 at 10am", "en", "08-07 10:00"),
        ("lunes 2026-08-11 a las 10", "es", "08-10 10:00"),
        ("mañana viernes a las 10", "es", "08-07 10:00"),
        ("quarta dia 6 às 16h", "pt", "08-05 16:00"),
    ],
)
def test_the_weekday_wins_over_a_wrong_date(text: str, locale: str, expected: str) -> None:
    assert exact(text, locale) == expected


def test_of_two_months_the_one_that_fits_the_weekday_is_meant() -> None:
    assert exact("viernes 4 a las 10", "es") == "09-04 10:00"


@pytest.mark.parametrize(
    ("text", "locale", "expected"),
    [("às 16h", "pt", "08-05 16:00"), ("a las 9", "es", "08-06 09:00"), ("at 2pm", "en", "08-05 14:00")],
)
def test_an_hour_alone_means_its_next_time_in_opening_hours(text: str, locale: str, expected: str) -> None:
    assert exact(text, locale) == expected


def test_an_hour_alone_skips_days_on_which_the_business_is_closed_then() -> None:
    friday_evening = NOW.replace(day=7, hour=18, minute=30)
    assert exact("às 15h", "pt", now=friday_evening) == "08-10 15:00"


@pytest.mark.parametrize(
    ("text", "locale", "reason", "options"),
    [
        ("mañana a las 8", "es", "am_or_pm", ["08-06 08:00", "08-06 20:00"]),
        ("tomorrow at 8", "en", "am_or_pm", ["08-06 08:00", "08-06 20:00"]),
        ("next friday at 10am", "en", "which_week", ["08-07 10:00", "08-14 10:00"]),
        ("próxima sexta às 10h", "pt", "which_week", ["08-07 10:00", "08-14 10:00"]),
        ("miércoles a las 16hs", "es", "which_day", ["08-05 16:00", "08-12 16:00"]),
        ("sexta ou sábado às 10h", "pt", "which_day", ["08-07 10:00", "08-08 10:00"]),
        ("viernes a las 10hs o a las 11hs", "es", "which_time", ["08-07 10:00", "08-07 11:00"]),
        ("5/10 at 2pm", "en", "day_or_month", ["10-05 14:00", "2027-05-10 14:00"]),
    ],
)
def test_what_is_ambiguous_is_asked(text: str, locale: str, reason: str, options: list[str]) -> None:
    found = ask(text, locale, LONG_DAYS)
    assert isinstance(found, Ambiguous), found
    assert found.reason == reason
    starts = [option.start for option in found.options if option.start]
    assert [f"{start:%m-%d %H:%M}" if start.year == 2026 else f"{start:%Y-%m-%d %H:%M}" for start in starts] == options


def test_a_weekday_without_an_hour_that_is_today_is_asked_until_closing_time() -> None:
    found = ask("quarta", "pt")
    assert isinstance(found, Ambiguous)
    assert [option.day for option in found.options] == [date(2026, 8, 5), date(2026, 8, 12)]
    later = ask("quarta", "pt", now=NOW.replace(hour=19))
    assert isinstance(later, Moment)
    assert later.day == date(2026, 8, 12)


def test_a_weekday_that_is_today_at_an_hour_that_is_over_is_next_week() -> None:
    assert exact("miércoles a las 9 de la mañana", "es") == "08-12 09:00"


@pytest.mark.parametrize(
    ("text", "locale", "option"),
    [
        ("hoje às 9h", "pt", "08-06 09:00"),
        ("2026-08-01T10:00", "es", "08-06 10:00"),
        ("1/8/2026 a las 11:00", "es", "08-05 11:00"),
        ("ayer a las 16hs", "es", "08-05 16:00"),
    ],
)
def test_the_past_is_never_answered(text: str, locale: str, option: str) -> None:
    found = ask(text, locale)
    assert isinstance(found, Ambiguous), found
    assert found.reason == "past"
    assert [f"{one.start:%m-%d %H:%M}" for one in found.options if one.start] == [option]


@pytest.mark.parametrize("text", ["", "hola", "quiero un corte", "obrigada!", "yes please", "con Ana", "👍", "\0 \n"])
def test_words_that_say_nothing_about_time_are_none(text: str) -> None:
    assert ask(text, "es") is None


_SAID = (
    "hoy mañana pasado viernes sexta next tuesday a las às at 10 3 25 y media de la tarde 15h30 25/12 dia el que viene "
    "semana menos cuarto entre antes depois das after 7 de agosto 2026-08-04 ontem this noite para 4 pm 31 || < 12h00"
)
VOCABULARY = _SAID.split(" ")


@given(st.lists(st.sampled_from(VOCABULARY), max_size=9), st.sampled_from(["es", "pt", "en"]), st.integers(0, 1439))
@settings(max_examples=300, deadline=None)
def test_no_words_ever_lead_into_the_past(chosen: list[str], locale: str, minute: int) -> None:
    now = NOW.replace(hour=minute // 60, minute=minute % 60)
    found = resolve(" ".join(chosen), now, locale, SALON)
    moments = found.options if isinstance(found, Ambiguous) else () if found is None else (found,)
    for moment in moments:
        assert moment.latest > moment.earliest >= now.replace(tzinfo=None)
        assert 0 <= moment.window[0] < moment.window[1] <= 1441


@pytest.mark.parametrize(
    "text", ["99/99 a las 77", "el 31 de febrero a las 10", "25:99", "9999-99-99T99:99", "1" * 500]
)
def test_nonsense_is_survived(text: str) -> None:
    found = ask(text, "es")
    assert found is None or isinstance(found, Ambiguous | Moment)


@pytest.mark.parametrize(
    ("locale", "expected"),
    [
        ("pt-BR", "sexta-feira, 7 de agosto, 10:30"),
        ("pt", "sexta-feira, 7 de agosto, 10:30"),
        ("es", "viernes 7 de agosto, 10:30"),
        ("es-MX", "viernes 7 de agosto, 10:30"),
        ("en", "Friday, August 7, 10:30"),
        ("en-GB", "Friday 7 August, 10:30"),
        ("xx-YY", "Friday, August 7, 10:30"),
    ],
)
def test_a_moment_is_said_back_with_weekday_date_and_hour(locale: str, expected: str) -> None:
    assert spoken(datetime(2026, 8, 7, 10, 30), locale) == expected


@pytest.mark.parametrize("locale", ["es", "pt-BR", "en"])
def test_what_is_said_back_is_understood_again(locale: str) -> None:
    moment = datetime(2026, 8, 7, 10, 30)
    assert exact(spoken(moment, locale), locale) == "08-07 10:30"

"""Bad weather: what befalls a webhook follows from its seed, and everything arrives in the end."""

import httpx

from evals.world.customers import Customer, StripeDoor, TwilioDoor
from evals.world.weather import ROUGH, Weather
from tests.evals.world.endpoint import Endpoint

SHOP, OTHER = "+5215550001111", "+5215550002222"
EVERYTHING = Weather(duplicates=1, late=1, lost=1, longest_seconds=0.01, seed=3)


def test_the_same_seed_is_the_same_weather_and_another_seed_another() -> None:
    names = [f"inbound {number}" for number in range(40)]

    def days(seed: int) -> list[object]:
        weather = ROUGH.model_copy(update={"seed": seed})
        return [weather.passage(name) for name in names] + [weather.order(name, [1, 2, 3]) for name in names]

    assert days(4) == days(4)
    assert days(4) != days(5)


def test_calm_leaves_everything_as_it_is() -> None:
    assert Weather().calm
    assert Weather().order("outbound 1", [1, 2, 3]) == [1, 2, 3]
    passage = Weather(seed=3).passage("inbound 1")
    assert (passage.wait, passage.copy, passage.loss) == (0.0, None, None)


async def test_a_message_comes_twice_or_more_and_only_where_the_weather_is_bad(
    twilio_door: TwilioDoor, endpoint: Endpoint
) -> None:
    wet, dry = await twilio_door.account(), await twilio_door.account()
    await twilio_door.sender(SHOP, wet["sid"], f"{endpoint.url}/wet#rc=5&rp=5xx,ct,rt")
    await twilio_door.sender(OTHER, dry["sid"], f"{endpoint.url}/dry#rc=5&rp=5xx,ct,rt")
    await twilio_door.behave(wet["sid"], weather=EVERYTHING.model_dump(mode="json"))
    for number in (SHOP, OTHER):
        await Customer(twilio_door, "+5215512345678", number).write("hola")
    arrivals = await endpoint.take(3)
    paths = [arrival.path for arrival in arrivals]
    assert paths.count("/dry") == 1
    assert paths.count("/wet") >= 2
    assert len({arrival.form["MessageSid"] for arrival in arrivals if arrival.path == "/wet"}) == 1


async def test_a_fault_of_one_account_is_none_of_another_and_can_be_taken_back(stripe_door: StripeDoor) -> None:
    one, other = await stripe_door.account(), await stripe_door.account()
    await stripe_door.fault("error", secret_key=one["secret_key"], times=9)

    async def status(account: dict[str, str]) -> int:
        async with httpx.AsyncClient(timeout=60) as client:
            headers = {"Authorization": f"Bearer {account['secret_key']}"}
            answer = await client.post(f"{stripe_door.url}/v1/refunds", headers=headers, data={"payment_intent": "pi"})
            return answer.status_code

    assert (await status(one), await status(other)) == (500, 404)
    await stripe_door.mend(one["secret_key"])
    assert await status(one) == 404

"""The control door of the simulated models."""

from litestar import delete, get, post, put
from litestar.params import FromPath, JSONBody

from evals.world.models.state import Json, ReplyIn, RuleIn, World


@post("/_world/replies")
async def queue_replies(world: World, data: JSONBody[list[ReplyIn]]) -> dict[str, int]:
    world.replies.extend(data)
    return {"pending": len(world.replies)}


@put("/_world/replies")
async def clear_replies(world: World) -> dict[str, int]:
    world.replies.clear()
    world.requests.clear()
    return {"pending": 0}


@put("/_world/rules")
async def lay_down_rules(world: World, data: JSONBody[list[RuleIn]]) -> dict[str, int]:
    world.rules[:] = data
    return {"rules": len(world.rules)}


@put("/_world/standing/{model:str}")
async def stand(world: World, model: FromPath[str], data: JSONBody[ReplyIn]) -> dict[str, int]:
    """From now on this is the model's answer to everything."""
    world.standing[model] = data
    return {"standing": len(world.standing)}


@delete("/_world/standing/{model:str}")
async def think_again(world: World, model: FromPath[str]) -> None:
    world.standing.pop(model, None)


@get("/_world/requests")
async def list_requests(world: World) -> list[Json]:
    """Bodies as they came, oldest first; `_wire` and `_model` say where they were sent."""
    return world.requests

"""The control door of the simulated models."""

from litestar import get, post, put
from litestar.params import JSONBody

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


@get("/_world/requests")
async def list_requests(world: World) -> list[Json]:
    """Bodies as they came, oldest first; `_wire` and `_model` say where they were sent."""
    return world.requests

"""The control door ``/_world/``: what lies in the bucket, and what befalls the next requests. Amazon has none."""

from typing import Any

from litestar import get, post
from litestar.params import JSONBody

from evals.world.s3.state import World


@get("/_world/objects")
async def objects(world: World) -> dict[str, Any]:
    """Sizes by key, uploads that were begun and not ended, and requests by method."""
    sizes = {name: len(found.content) for name, found in world.objects.items()}
    return {"objects": sizes, "unfinished": len(world.uploads), "calls": dict(world.calls)}


@post("/_world/faults")
async def add_fault(world: World, data: JSONBody[dict[str, int]]) -> dict[str, int]:
    """`{"SlowDown": 2}`: the next two requests are refused with it."""
    world.faults.update(data)
    return data

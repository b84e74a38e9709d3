"""Simulated model providers at the wire: OpenAI (Chat Completions and Responses), Gemini and Anthropic, on one address.

Replies come from one queue filled through ``/_world/replies``, whichever wire they are asked for on; with an empty
queue the rules of ``/_world/rules`` answer from the request itself, and without one that fits a model repeats what the
user wrote last, or, given a brain, thinks (`rules.py`). Embeddings follow `meaning.py`. Requests are judged as the
providers judge them: credentials, required fields, that each tool call is followed by its result, and that files are
what they say (`files.py`).
"""

from collections.abc import Callable

from litestar import Litestar
from litestar.di import Provide

from evals.world.clock import WorldClock
from evals.world.models import anthropic, chat, door, embeddings, gemini, responses, transcriptions
from evals.world.models.state import Json, ModelWorld, ReplyIn


def create_app(_: WorldClock | None = None, brain: Callable[[Json], ReplyIn] | None = None) -> Litestar:
    """One address at which every provider answers, with an empty queue. It keeps no business time."""
    world = ModelWorld(brain=brain)
    return Litestar(
        route_handlers=[
            *(chat.complete, chat.list_models, responses.respond, anthropic.create_message, gemini.generate),
            *(transcriptions.transcribe, embeddings.embed),
            *(door.queue_replies, door.clear_replies, door.lay_down_rules, door.stand),
            *(door.think_again, door.list_requests),
        ],
        dependencies={"world": Provide(lambda: world, sync_to_thread=False, use_cache=True)},
        request_max_body_size=32 * 1024 * 1024,
        openapi_config=None,
        logging_config=None,
    )

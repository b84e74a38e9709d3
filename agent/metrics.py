"""Prometheus metrics of the agent's process."""

from prometheus_client import Counter, Gauge, Histogram

SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 45)

TURNS = Counter("tendero_agent_turns", "Turns that ended here.", ["outcome"])
"""finished, failed or lost."""
TURN_SECONDS = Histogram("tendero_agent_turn_seconds", "From the bundle to the saved checkpoint.", buckets=SECONDS)
IN_FLIGHT = Gauge("tendero_agent_jobs_in_flight", "Jobs that run now.", ["kind"])
MODEL_SECONDS = Histogram("tendero_agent_model_seconds", "One answer of a model.", ["model"], buckets=SECONDS)
MODEL_FAILURES = Counter("tendero_agent_model_failures", "Calls no usable answer came from.", ["model", "kind"])
"""The kinds are those of `agent.model_faults`."""
MODEL_RETRIES = Counter("tendero_agent_model_retries", "Calls to a model made again after a pause.", ["model"])
MODEL_OPEN = Gauge("tendero_agent_model_open", "1 while a model is left alone for its failures.", ["model"])
BUDGET_REFUSALS = Counter("tendero_agent_budget_refusals", "Calls not made, as the month's budget would not pay them.")
TOOL_SECONDS = Histogram("tendero_agent_tool_seconds", "One tool call.", ["tool"], buckets=SECONDS)
FEED_ITEMS = Counter("tendero_agent_feed_items", "Items taken from a change feed of the backend.", ["feed"])
FEED_REFUSED = Counter("tendero_agent_feed_refused", "Items of a change feed that were malformed.", ["feed"])
INDEX_BUILT = Gauge("tendero_agent_index_built", "How much of the generation that is being built is done, 0 to 1.")
INDEX_BUILT.set(1.0)
EMBEDDING_PENDING = Gauge("tendero_agent_embedding_pending", "Documents whose vectors are still to come.", ["embedder"])
EMBEDDED = Counter("tendero_agent_embedded", "Texts that vectors were made of.", ["embedder"])
EMBEDDED_CHARACTERS = Counter("tendero_agent_embedded_characters", "Their characters, which are paid.", ["embedder"])
EMBEDDING_SKIPPED = Counter("tendero_agent_embedding_skipped", "Texts nothing can be made of.", ["embedder"])
EMBEDDING_FAILURES = Counter(
    "tendero_agent_embedding_failures", "Calls to embedders that failed.", ["embedder", "kind"]
)
"""The kinds are those of `agent.model_faults`."""
QUERY_VECTORS = Counter("tendero_agent_query_vectors", "Queries by where their vector came from.", ["outcome"])
"""cached, asked, failed (text answered alone), or left_alone: the embedder has failed and was not asked."""
QUERY_CACHE_FAILURES = Counter("tendero_agent_query_cache_failures", "Times Redis did not answer for a vector.")

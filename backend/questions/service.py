"""Questions that the agent could not answer, grouped by topic, and what the business decided about them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from backend import clock
from backend.database import new_id, tenant_of
from backend.errors import NotFound, Unprocessable
from backend.questions.models import QuestionState, QuestionStatus
from backend.questions.schemas import AskedView, QuestionChange, QuestionView
from backend.tenants.service import put_fact

LATEST = 3
LATEST_OF_ONE = 50
LONGEST_QUESTION = 300

_GROUPS = """
WITH asked AS (
    SELECT question_key(data) AS key, conversation_id, created_at FROM observations
    WHERE tenant_id = :tenant_id AND kind = 'unanswered'
), counted AS (
    SELECT asked.key, count(*) AS count, count(DISTINCT conversation_id) AS conversations,
        min(asked.created_at) AS first_asked_at, max(asked.created_at) AS last_asked_at
    FROM asked GROUP BY asked.key
), told AS (
    SELECT counted.*, state.fact_key, state.decided_by, state.decided_at,
        CASE WHEN state.decided_at IS NULL THEN 0 ELSE (
            SELECT count(*) FROM asked WHERE asked.key = counted.key AND asked.created_at > state.decided_at
        ) END AS asked_since,
        CASE WHEN state.status = 'answered' AND counted.last_asked_at > state.decided_at THEN 'open'
            ELSE coalesce(state.status, 'open') END AS status
    FROM counted LEFT JOIN question_states AS state ON state.tenant_id = :tenant_id AND state.key = counted.key
)
"""
_PAGE = text(
    _GROUPS
    + """
SELECT * FROM told
WHERE (CAST(:status AS text) IS NULL OR status = :status)
    AND (CAST(:after_count AS bigint) IS NULL
        OR (count, key) < (CAST(:after_count AS bigint), CAST(:after_key AS text)))
ORDER BY count DESC, key DESC LIMIT :limit
"""
)
_ONE = text(_GROUPS + "SELECT * FROM told WHERE key = :key")  # noqa: S608 - both are ours
_LATEST = text("""
SELECT key, conversation_id, turn_id, question, created_at FROM (
    SELECT question_key(data) AS key, conversation_id, turn_id, coalesce(data ->> 'question', '') AS question,
        created_at, row_number() OVER (PARTITION BY question_key(data) ORDER BY id DESC) AS place
    FROM observations WHERE tenant_id = :tenant_id AND kind = 'unanswered'
) AS asked
WHERE key = ANY(CAST(:keys AS text[])) AND place <= :most
ORDER BY key, place
""")


async def list_questions(
    session: AsyncSession, status: str | None, after: tuple[int, str] | None, limit: int
) -> list[QuestionView]:
    """The most asked first; `after` is (count, key) of the last one seen."""
    rows = await session.execute(
        _PAGE,
        {
            "tenant_id": tenant_of(session),
            "status": status,
            "after_count": after[0] if after else None,
            "after_key": after[1] if after else "",
            "limit": limit,
        },
    )
    return await _shown(session, rows.all(), LATEST)


async def get_question(session: AsyncSession, key: str) -> QuestionView:
    """One question with its latest 50 times; NotFound."""
    row = (await session.execute(_ONE, {"tenant_id": tenant_of(session), "key": key})).one_or_none()
    if row is None:
        raise NotFound("Nobody asked such a question in vain; GET /v1/questions lists them.")
    [view] = await _shown(session, [row], LATEST_OF_ONE)
    return view


async def settle(session: AsyncSession, key: str, change: QuestionChange, actor: str) -> QuestionView:
    """The question as the business decided; NotFound. What is open again has no decision."""
    await get_question(session, key)
    if change.fact is not None:
        await put_fact(session, change.fact.key, change.fact.text)
    now = clock.now()
    values = {
        "status": change.status,
        "fact_key": change.fact.key if change.fact else None,
        "decided_by": actor,
        "decided_at": now,
        "updated_at": now,
    }
    upsert = insert(QuestionState).values(tenant_id=tenant_of(session), id=new_id(), key=key, created_at=now, **values)
    await session.execute(upsert.on_conflict_do_update(index_elements=["tenant_id", "key"], set_=values))
    return await get_question(session, key)


def read_place(cursor: str) -> tuple[int, str]:
    """(count, key) of a cursor's place. Unprocessable of type cursor-unknown."""
    count, _, key = cursor.partition(" ")
    if not count.isdecimal() or len(count) > 15:
        raise Unprocessable("This is no cursor of this list.", type="cursor-unknown")
    return int(count), key


def place(view: QuestionView) -> str:
    """Where a page that ends with this one goes on."""
    return f"{view.count} {view.key}"


async def _shown(session: AsyncSession, rows: Sequence[Row[Any]], most: int) -> list[QuestionView]:
    asked: dict[str, list[AskedView]] = {row.key: [] for row in rows}
    scope = {"tenant_id": tenant_of(session), "keys": list(asked), "most": most}
    for one in await session.execute(_LATEST, scope) if asked else ():
        asked[one.key].append(_asked(one.conversation_id, one.turn_id, one.question, one.created_at))
    return [
        QuestionView(
            key=row.key,
            topic=[] if row.key == "other" else row.key.split("-"),
            status=row.status,
            count=row.count,
            conversations=row.conversations,
            asked_since=row.asked_since,
            first_asked_at=row.first_asked_at,
            last_asked_at=row.last_asked_at,
            fact_key=row.fact_key,
            decided_by=None if row.status == QuestionStatus.OPEN and row.asked_since else row.decided_by,
            decided_at=row.decided_at,
            latest=asked[row.key],
        )
        for row in rows
    ]


def _asked(conversation_id: UUID, turn_id: UUID, question: str, asked_at: datetime) -> AskedView:
    return AskedView(
        conversation_id=conversation_id, turn_id=turn_id, question=question[:LONGEST_QUESTION], asked_at=asked_at
    )

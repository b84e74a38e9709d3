"""Documents, questions with answers, and their passages."""

from collections.abc import Sequence

from alembic import op

revision: str = "0030"
down_revision: str | None = "0029"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

_OF_TENANT = """
        tenant_id uuid NOT NULL,
        id uuid NOT NULL,
        created_at timestamptz NOT NULL,
        updated_at timestamptz NOT NULL,
        CONSTRAINT pk_{0} PRIMARY KEY (tenant_id, id),
        CONSTRAINT fk_{0}_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE CASCADE
"""
_STATEMENTS = (
    f"""
    CREATE TABLE knowledge_documents (
        title text NOT NULL,
        language text,
        active boolean NOT NULL,
        file_id uuid,
        text text,
        status text NOT NULL,
        reason text,
        wanted integer NOT NULL,
        tries integer NOT NULL,
        due_at timestamptz,
        read_at timestamptz,
        page integer,
        pages integer,
        silent_pages integer NOT NULL,
        characters integer NOT NULL,
        CONSTRAINT ck_knowledge_documents_one_source CHECK (file_id IS NULL OR text IS NULL),
        CONSTRAINT fk_knowledge_documents_tenant_id_file_id FOREIGN KEY (tenant_id, file_id)
            REFERENCES files (tenant_id, id) ON DELETE SET NULL (file_id),
        {_OF_TENANT.format("knowledge_documents")}
    )
    """,
    "CREATE INDEX ix_knowledge_documents_file ON knowledge_documents (tenant_id, file_id)",
    "CREATE INDEX ix_knowledge_documents_due ON knowledge_documents (due_at) WHERE due_at IS NOT NULL",
    f"""
    CREATE TABLE knowledge_faqs (
        key text NOT NULL,
        question text NOT NULL,
        answer text NOT NULL,
        other_wordings text[] NOT NULL,
        language text NOT NULL,
        active boolean NOT NULL,
        CONSTRAINT uq_knowledge_faqs_tenant_id_key UNIQUE (tenant_id, key),
        {_OF_TENANT.format("knowledge_faqs")}
    )
    """,
    f"""
    CREATE TABLE knowledge_passages (
        document_id uuid,
        faq_id uuid,
        place integer NOT NULL,
        heading text NOT NULL,
        body text NOT NULL,
        page integer,
        last_page integer,
        deleted_at timestamptz,
        revision bigint NOT NULL DEFAULT (pg_current_xact_id()::text::bigint),
        CONSTRAINT ck_knowledge_passages_one_source CHECK (document_id IS NULL OR faq_id IS NULL),
        CONSTRAINT fk_knowledge_passages_tenant_id_document_id FOREIGN KEY (tenant_id, document_id)
            REFERENCES knowledge_documents (tenant_id, id) ON DELETE SET NULL (document_id),
        CONSTRAINT fk_knowledge_passages_tenant_id_faq_id FOREIGN KEY (tenant_id, faq_id)
            REFERENCES knowledge_faqs (tenant_id, id) ON DELETE SET NULL (faq_id),
        {_OF_TENANT.format("knowledge_passages")}
    )
    """,
    "CREATE INDEX ix_knowledge_passages_revision ON knowledge_passages (revision, id)",
    "CREATE INDEX ix_knowledge_passages_document ON knowledge_passages (tenant_id, document_id)",
    "CREATE INDEX ix_knowledge_passages_faq ON knowledge_passages (tenant_id, faq_id)",
    "CREATE INDEX ix_knowledge_passages_live ON knowledge_passages (tenant_id) WHERE deleted_at IS NULL",
    """
    CREATE FUNCTION knowledge_touch_passage() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        NEW.revision := pg_current_xact_id()::text::bigint;
        RETURN NEW;
    END $$
    """,
    """
    CREATE TRIGGER knowledge_passages_touch BEFORE INSERT OR UPDATE OF heading, body, deleted_at, revision
    ON knowledge_passages FOR EACH ROW EXECUTE FUNCTION knowledge_touch_passage()
    """,
    """
    CREATE FUNCTION knowledge_touch_source() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        UPDATE knowledge_passages SET revision = 0
        WHERE tenant_id = NEW.tenant_id AND (document_id = NEW.id OR faq_id = NEW.id) AND deleted_at IS NULL;
        RETURN NULL;
    END $$
    """,
    """
    CREATE TRIGGER knowledge_documents_touch AFTER UPDATE OF title, language, active ON knowledge_documents
    FOR EACH ROW WHEN (OLD.title <> NEW.title OR OLD.language IS DISTINCT FROM NEW.language OR OLD.active <> NEW.active)
    EXECUTE FUNCTION knowledge_touch_source()
    """,
    """
    CREATE TRIGGER knowledge_faqs_touch AFTER UPDATE OF question, language, active ON knowledge_faqs
    FOR EACH ROW WHEN (OLD.question <> NEW.question OR OLD.language <> NEW.language OR OLD.active <> NEW.active)
    EXECUTE FUNCTION knowledge_touch_source()
    """,
)


def upgrade() -> None:
    for statement in _STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    for table in ("knowledge_passages", "knowledge_faqs", "knowledge_documents"):
        op.drop_table(table)
    op.execute("DROP FUNCTION knowledge_touch_source()")
    op.execute("DROP FUNCTION knowledge_touch_passage()")

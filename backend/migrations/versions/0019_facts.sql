CREATE TABLE contact_facts (
    contact_id uuid NOT NULL,
    key text NOT NULL,
    value jsonb,
    source text NOT NULL,
    confidence double precision NOT NULL,
    status text NOT NULL,
    extractor text,
    told_by text NOT NULL,
    before jsonb,
    conversation_id uuid,
    message_id uuid,
    decided_by text,
    decided_at timestamptz,
    tenant_id uuid NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    id uuid NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT pk_contact_facts PRIMARY KEY (tenant_id, id),
    CONSTRAINT fk_contact_facts_tenant_id_contact_id FOREIGN KEY (tenant_id, contact_id)
        REFERENCES contacts (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX ix_contact_facts_contact ON contact_facts (tenant_id, contact_id, id);

CREATE TABLE contact_stages (
    stage text NOT NULL,
    source text NOT NULL,
    reason text NOT NULL,
    since timestamptz NOT NULL,
    due_at timestamptz,
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT pk_contact_stages PRIMARY KEY (tenant_id, id),
    CONSTRAINT fk_contact_stages_tenant_id_id FOREIGN KEY (tenant_id, id)
        REFERENCES contacts (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX ix_contact_stages_stage ON contact_stages (tenant_id, stage, id);
CREATE INDEX ix_contact_stages_due ON contact_stages (due_at) WHERE due_at IS NOT NULL;

CREATE TABLE question_states (
    key text NOT NULL,
    status text NOT NULL,
    fact_key text,
    decided_by text NOT NULL,
    decided_at timestamptz NOT NULL,
    tenant_id uuid NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    id uuid NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT pk_question_states PRIMARY KEY (tenant_id, id),
    CONSTRAINT uq_question_states_tenant_id_key UNIQUE (tenant_id, key)
);
CREATE INDEX ix_observations_unanswered ON observations (tenant_id, id) WHERE kind = 'unanswered';

-- Which question an observation is of: the telling words of it, sorted; `other` if it has none.
CREATE FUNCTION question_key(data jsonb) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT coalesce(string_agg(word, '-' ORDER BY word COLLATE "C"), 'other')
    FROM jsonb_array_elements_text(
        CASE jsonb_typeof(data -> 'topic') WHEN 'array' THEN data -> 'topic' ELSE '[]' END
    ) WITH ORDINALITY AS told(word, place)
    WHERE place <= 5 AND word ~ '^[a-z]{2,20}$'
$$;

CREATE INDEX ix_holds_contact ON holds (tenant_id, contact_id);
ALTER TABLE assists ADD COLUMN message_id uuid;

-- A plain due date for the dispatcher: nobody who sells or books waits for the stage, nor for its lock on a contact.
CREATE FUNCTION look_at_stage(of_tenant uuid, of_contact uuid, at timestamptz) RETURNS void LANGUAGE sql AS $$
    INSERT INTO contact_stages (tenant_id, id, stage, source, reason, since, due_at, created_at, updated_at)
    VALUES (of_tenant, of_contact, 'new', 'derived', 'unknown', at, at, at, at)
    ON CONFLICT (tenant_id, id) DO UPDATE SET due_at = EXCLUDED.due_at WHERE contact_stages.source = 'derived'
$$;

CREATE FUNCTION stage_falls_due() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM look_at_stage(NEW.tenant_id, NEW.contact_id, NEW.updated_at);
    IF TG_OP = 'UPDATE' AND OLD.contact_id <> NEW.contact_id THEN
        PERFORM look_at_stage(OLD.tenant_id, OLD.contact_id, NEW.updated_at);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER stages_of_new AFTER INSERT ON quotes FOR EACH ROW EXECUTE FUNCTION stage_falls_due();
CREATE TRIGGER stages AFTER UPDATE ON quotes FOR EACH ROW WHEN (OLD.contact_id <> NEW.contact_id)
    EXECUTE FUNCTION stage_falls_due();
CREATE TRIGGER stages_of_new AFTER INSERT ON holds FOR EACH ROW WHEN (NEW.contact_id IS NOT NULL)
    EXECUTE FUNCTION stage_falls_due();
CREATE TRIGGER stages_of_new AFTER INSERT ON orders FOR EACH ROW EXECUTE FUNCTION stage_falls_due();
CREATE TRIGGER stages AFTER UPDATE ON orders FOR EACH ROW
    WHEN (OLD.contact_id <> NEW.contact_id OR OLD.status <> NEW.status) EXECUTE FUNCTION stage_falls_due();
CREATE TRIGGER stages_of_new AFTER INSERT ON bookings FOR EACH ROW EXECUTE FUNCTION stage_falls_due();
CREATE TRIGGER stages AFTER UPDATE ON bookings FOR EACH ROW
    WHEN (OLD.contact_id <> NEW.contact_id OR OLD.status <> NEW.status) EXECUTE FUNCTION stage_falls_due();

CREATE FUNCTION tell_of_stage() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO events (tenant_id, kind, subject_id, contact_id, data, created_at)
    VALUES (NEW.tenant_id, 'contact.stage_changed', NEW.id, NEW.id,
            jsonb_build_object('from', CASE TG_OP WHEN 'INSERT' THEN 'new' ELSE OLD.stage END, 'to', NEW.stage,
                               'source', NEW.source, 'reason', NEW.reason),
            NEW.updated_at);
    RETURN NULL;
END $$;
CREATE TRIGGER events_of_new AFTER INSERT ON contact_stages FOR EACH ROW WHEN (NEW.stage <> 'new')
    EXECUTE FUNCTION tell_of_stage();
CREATE TRIGGER events AFTER UPDATE ON contact_stages FOR EACH ROW WHEN (OLD.stage <> NEW.stage)
    EXECUTE FUNCTION tell_of_stage();

-- An opt-out is told here already, so receiving looks at nothing more.
CREATE OR REPLACE FUNCTION tell_of_contact() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO events (tenant_id, kind, subject_id, contact_id, created_at)
    VALUES (NEW.tenant_id, CASE TG_OP WHEN 'INSERT' THEN 'contact.created' ELSE 'contact.updated' END, NEW.id, NEW.id,
            NEW.updated_at);
    IF TG_OP = 'UPDATE' AND OLD.opted_out_at IS DISTINCT FROM NEW.opted_out_at AND NEW.erased_at IS NULL THEN
        PERFORM look_at_stage(NEW.tenant_id, NEW.id, NEW.updated_at);
    END IF;
    RETURN NULL;
END $$;

CREATE TABLE events (
    tenant_id UUID NOT NULL,
    transaction BIGINT DEFAULT (pg_current_xact_id()::text::bigint) NOT NULL,
    sequence BIGINT GENERATED ALWAYS AS IDENTITY,
    id UUID DEFAULT gen_random_uuid() NOT NULL,
    kind TEXT NOT NULL,
    subject_id UUID,
    conversation_id UUID,
    contact_id UUID,
    data JSONB DEFAULT '{}' NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_events PRIMARY KEY (tenant_id, transaction, sequence)
);
CREATE INDEX ix_events_created_at ON events USING brin (created_at);

CREATE TABLE hook_endpoints (
    tenant_id UUID NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    id UUID NOT NULL,
    url TEXT NOT NULL,
    description TEXT NOT NULL,
    events TEXT[] NOT NULL,
    secrets BYTEA NOT NULL,
    previous_until TIMESTAMP WITH TIME ZONE,
    enabled BOOLEAN NOT NULL,
    disabled_reason TEXT,
    failing_since TIMESTAMP WITH TIME ZONE,
    seen_transaction BIGINT NOT NULL,
    seen_sequence BIGINT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_hook_endpoints PRIMARY KEY (tenant_id, id)
);
CREATE INDEX ix_hook_endpoints_enabled ON hook_endpoints (tenant_id, id) WHERE enabled;

CREATE TABLE hook_deliveries (
    tenant_id UUID NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    id UUID NOT NULL,
    endpoint_id UUID NOT NULL,
    event_id UUID NOT NULL,
    kind TEXT NOT NULL,
    payload JSONB NOT NULL,
    happened_at TIMESTAMP WITH TIME ZONE NOT NULL,
    status TEXT NOT NULL,
    due_at TIMESTAMP WITH TIME ZONE NOT NULL,
    attempt INTEGER NOT NULL,
    tries INTEGER NOT NULL,
    lease_until TIMESTAMP WITH TIME ZONE,
    attempts JSONB NOT NULL,
    delivered_at TIMESTAMP WITH TIME ZONE,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_hook_deliveries PRIMARY KEY (tenant_id, id),
    CONSTRAINT uq_hook_deliveries_tenant_id_endpoint_id_event_id UNIQUE (tenant_id, endpoint_id, event_id),
    CONSTRAINT fk_hook_deliveries_tenant_id_endpoint_id FOREIGN KEY (tenant_id, endpoint_id)
        REFERENCES hook_endpoints (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX ix_hook_deliveries_due ON hook_deliveries (due_at) WHERE status = 'waiting';
CREATE INDEX ix_hook_deliveries_waiting ON hook_deliveries (tenant_id, endpoint_id, due_at) WHERE status = 'waiting';
CREATE INDEX ix_hook_deliveries_log ON hook_deliveries (tenant_id, endpoint_id, id);
CREATE INDEX ix_hook_deliveries_created_at ON hook_deliveries USING brin (created_at);

CREATE TABLE assists (
    tenant_id UUID NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    id UUID NOT NULL,
    conversation_id UUID NOT NULL,
    kind TEXT NOT NULL,
    asked_by TEXT NOT NULL,
    status TEXT NOT NULL,
    result JSONB,
    reason TEXT,
    due_at TIMESTAMP WITH TIME ZONE NOT NULL,
    attempt INTEGER NOT NULL,
    tries INTEGER NOT NULL,
    lease_until TIMESTAMP WITH TIME ZONE,
    lease_owner TEXT,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_assists PRIMARY KEY (tenant_id, id),
    CONSTRAINT fk_assists_tenant_id_conversation_id FOREIGN KEY (tenant_id, conversation_id)
        REFERENCES conversations (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX ix_assists_due ON assists (due_at) WHERE status = 'waiting';
CREATE INDEX ix_assists_conversation ON assists (tenant_id, conversation_id, id);

ALTER TABLE conversations ADD COLUMN assigned_to UUID;
ALTER TABLE conversations ADD COLUMN bot_enabled BOOLEAN DEFAULT true NOT NULL;
ALTER TABLE conversations ADD COLUMN read_sequence BIGINT DEFAULT 0 NOT NULL;
ALTER TABLE conversations ADD COLUMN unread_since TIMESTAMP WITH TIME ZONE;
CREATE INDEX ix_conversations_unread ON conversations (tenant_id, id) WHERE unread_since IS NOT NULL;
CREATE INDEX ix_conversations_assigned ON conversations (tenant_id, assigned_to, id) WHERE assigned_to IS NOT NULL;

ALTER TABLE outbox ADD COLUMN template JSONB;

-- Words of a message as numbers that differ from tenant to tenant: an index on them serves a role that sees no bodies.
-- The parser of the text search is a third of the work of a regular expression; every message pays for this once.
CREATE FUNCTION message_words(tenant_id uuid, body text) RETURNS bigint[] LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    seed CONSTANT bigint := uuid_hash_extended(tenant_id, 0);
    plain CONSTANT text := translate(
        lower(left(body, 4000)), 'áàâãäéèêëíìîïóòôõöúùûüñç', 'aaaaaeeeeiiiiooooouuuunc');
    word text;
    words bigint[] := '{}';
BEGIN
    FOREACH word IN ARRAY tsvector_to_array(to_tsvector('simple', plain)) LOOP
        words := words || hashtextextended(word, seed);
    END LOOP;
    RETURN words;
END $$;
ALTER TABLE messages ADD COLUMN words BIGINT[] GENERATED ALWAYS AS (message_words(tenant_id, body)) STORED;
CREATE INDEX ix_messages_words ON messages USING gin (words) WITH (gin_pending_list_limit = 512);

CREATE FUNCTION tell_of_message() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO events (tenant_id, kind, subject_id, conversation_id, data, created_at)
    VALUES (NEW.tenant_id, CASE NEW.author WHEN 'contact' THEN 'message.received' ELSE 'message.sent' END, NEW.id,
            NEW.conversation_id, jsonb_build_object('author', NEW.author, 'kind', NEW.kind, 'turn_id', NEW.turn_id),
            NEW.created_at);
    RETURN NULL;
END $$;
CREATE TRIGGER events AFTER INSERT ON messages FOR EACH ROW EXECUTE FUNCTION tell_of_message();

CREATE FUNCTION tell_of_status() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO events (tenant_id, kind, subject_id, conversation_id, data, created_at)
    VALUES (NEW.tenant_id, 'message.status', NEW.message_id, NEW.conversation_id,
            jsonb_build_object('status', NEW.status, 'part', NEW.part, 'error_code', NEW.error_code), NEW.updated_at);
    RETURN NULL;
END $$;
CREATE TRIGGER events AFTER UPDATE ON outbox FOR EACH ROW
    WHEN (OLD.status <> NEW.status AND NEW.status NOT IN ('queued', 'sending')) EXECUTE FUNCTION tell_of_status();

CREATE FUNCTION tell_of_conversation() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    who jsonb := jsonb_build_object('actor', nullif(current_setting('app.actor', true), ''));
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO events (tenant_id, kind, subject_id, conversation_id, contact_id, data, created_at)
        VALUES (NEW.tenant_id, 'conversation.opened', NEW.id, NEW.id, NEW.contact_id,
                jsonb_build_object('channel_id', NEW.channel_id), NEW.created_at);
        RETURN NULL;
    END IF;
    IF OLD.in_charge <> NEW.in_charge THEN
        INSERT INTO events (tenant_id, kind, subject_id, conversation_id, contact_id, data, created_at)
        VALUES (NEW.tenant_id,
                CASE NEW.in_charge WHEN 'person' THEN 'conversation.taken_over' ELSE 'conversation.handed_back' END,
                NEW.id, NEW.id, NEW.contact_id, who, NEW.updated_at);
    END IF;
    IF OLD.assigned_to IS DISTINCT FROM NEW.assigned_to THEN
        INSERT INTO events (tenant_id, kind, subject_id, conversation_id, contact_id, data, created_at)
        VALUES (NEW.tenant_id, 'conversation.assigned', NEW.id, NEW.id, NEW.contact_id,
                who || jsonb_build_object('assigned_to', NEW.assigned_to), NEW.updated_at);
    END IF;
    IF OLD.bot_enabled <> NEW.bot_enabled THEN
        INSERT INTO events (tenant_id, kind, subject_id, conversation_id, contact_id, data, created_at)
        VALUES (NEW.tenant_id, 'conversation.bot_switched', NEW.id, NEW.id, NEW.contact_id,
                who || jsonb_build_object('bot_enabled', NEW.bot_enabled), NEW.updated_at);
    END IF;
    IF OLD.read_sequence <> NEW.read_sequence THEN
        INSERT INTO events (tenant_id, kind, subject_id, conversation_id, contact_id, data, created_at)
        VALUES (NEW.tenant_id, 'conversation.read', NEW.id, NEW.id, NEW.contact_id,
                who || jsonb_build_object('read_sequence', NEW.read_sequence), NEW.updated_at);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER events_of_new AFTER INSERT ON conversations FOR EACH ROW EXECUTE FUNCTION tell_of_conversation();
CREATE TRIGGER events AFTER UPDATE ON conversations FOR EACH ROW
    WHEN (OLD.in_charge <> NEW.in_charge OR OLD.assigned_to IS DISTINCT FROM NEW.assigned_to
        OR OLD.bot_enabled <> NEW.bot_enabled OR OLD.read_sequence <> NEW.read_sequence)
    EXECUTE FUNCTION tell_of_conversation();

CREATE FUNCTION tell_of_contact() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO events (tenant_id, kind, subject_id, contact_id, created_at)
    VALUES (NEW.tenant_id, CASE TG_OP WHEN 'INSERT' THEN 'contact.created' ELSE 'contact.updated' END, NEW.id, NEW.id,
            NEW.updated_at);
    RETURN NULL;
END $$;
CREATE TRIGGER events_of_new AFTER INSERT ON contacts FOR EACH ROW EXECUTE FUNCTION tell_of_contact();
CREATE TRIGGER events AFTER UPDATE ON contacts FOR EACH ROW
    WHEN (OLD.name IS DISTINCT FROM NEW.name OR OLD.locale IS DISTINCT FROM NEW.locale
        OR OLD.details IS DISTINCT FROM NEW.details OR OLD.tags IS DISTINCT FROM NEW.tags
        OR OLD.bot_enabled <> NEW.bot_enabled OR OLD.opted_out_at IS DISTINCT FROM NEW.opted_out_at)
    EXECUTE FUNCTION tell_of_contact();

CREATE FUNCTION tell_of_handoff() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO events (tenant_id, kind, subject_id, conversation_id, data, created_at)
    VALUES (NEW.tenant_id, CASE NEW.status WHEN 'open' THEN 'handoff.opened' ELSE 'handoff.closed' END, NEW.id,
            NEW.conversation_id, jsonb_build_object('reason', NEW.reason, 'turn_id', NEW.turn_id), NEW.updated_at);
    RETURN NULL;
END $$;
CREATE TRIGGER events_of_new AFTER INSERT ON handoffs FOR EACH ROW EXECUTE FUNCTION tell_of_handoff();
CREATE TRIGGER events AFTER UPDATE ON handoffs FOR EACH ROW WHEN (OLD.status <> NEW.status)
    EXECUTE FUNCTION tell_of_handoff();

CREATE FUNCTION tell_of_turn() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO events (tenant_id, kind, subject_id, conversation_id, contact_id, created_at)
    VALUES (NEW.tenant_id, 'turn.quarantined', NEW.id, NEW.conversation_id, NEW.contact_id, NEW.updated_at);
    RETURN NULL;
END $$;
CREATE TRIGGER events AFTER UPDATE ON turns FOR EACH ROW
    WHEN (NEW.status = 'quarantined' AND OLD.status <> 'quarantined') EXECUTE FUNCTION tell_of_turn();

CREATE FUNCTION tell_of_order() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO events (tenant_id, kind, subject_id, conversation_id, contact_id, data, created_at)
    VALUES (NEW.tenant_id, 'order.' || CASE TG_OP WHEN 'INSERT' THEN 'placed' ELSE NEW.status END, NEW.id,
            NEW.conversation_id, NEW.contact_id,
            jsonb_build_object('code', NEW.code, 'status', NEW.status, 'total', NEW.total, 'currency', NEW.currency),
            NEW.updated_at);
    RETURN NULL;
END $$;
CREATE TRIGGER events_of_new AFTER INSERT ON orders FOR EACH ROW EXECUTE FUNCTION tell_of_order();
CREATE TRIGGER events AFTER UPDATE ON orders FOR EACH ROW WHEN (OLD.status <> NEW.status)
    EXECUTE FUNCTION tell_of_order();

CREATE FUNCTION tell_of_payment() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO events (tenant_id, kind, subject_id, data, created_at)
    VALUES (NEW.tenant_id, 'payment.' || NEW.status, NEW.id,
            jsonb_build_object('order_id', NEW.order_id, 'amount', NEW.amount, 'currency', NEW.currency),
            NEW.updated_at);
    RETURN NULL;
END $$;
CREATE TRIGGER events AFTER UPDATE ON payments FOR EACH ROW WHEN (OLD.status <> NEW.status)
    EXECUTE FUNCTION tell_of_payment();

CREATE FUNCTION tell_of_booking() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO events (tenant_id, kind, subject_id, conversation_id, contact_id, data, created_at)
    VALUES (NEW.tenant_id,
            'booking.' || CASE WHEN TG_OP = 'UPDATE' AND OLD.status = NEW.status THEN 'moved'
                               ELSE lower(NEW.status) END,
            NEW.id, NEW.conversation_id, NEW.contact_id,
            jsonb_build_object('code', NEW.code, 'status', NEW.status, 'starts_at', NEW.starts_at,
                               'ends_at', NEW.ends_at, 'service_id', NEW.service_id, 'staff_id', NEW.staff_id),
            NEW.updated_at);
    RETURN NULL;
END $$;
CREATE TRIGGER events_of_new AFTER INSERT ON bookings FOR EACH ROW EXECUTE FUNCTION tell_of_booking();
CREATE TRIGGER events AFTER UPDATE ON bookings FOR EACH ROW
    WHEN (OLD.status <> NEW.status OR OLD.starts_at <> NEW.starts_at OR OLD.ends_at <> NEW.ends_at)
    EXECUTE FUNCTION tell_of_booking();

CREATE FUNCTION tell_of_assist() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO events (tenant_id, kind, subject_id, conversation_id, data, created_at)
    VALUES (NEW.tenant_id, 'assist.' || NEW.status, NEW.id, NEW.conversation_id,
            jsonb_build_object('kind', NEW.kind), NEW.updated_at);
    RETURN NULL;
END $$;
CREATE TRIGGER events AFTER UPDATE ON assists FOR EACH ROW
    WHEN (OLD.status <> NEW.status AND NEW.status <> 'waiting') EXECUTE FUNCTION tell_of_assist();

CREATE FUNCTION tell_of_hook_endpoint() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO events (tenant_id, kind, subject_id, data, created_at)
    VALUES (NEW.tenant_id, 'hook_endpoint.disabled', NEW.id, jsonb_build_object('reason', NEW.disabled_reason),
            NEW.updated_at);
    RETURN NULL;
END $$;
CREATE TRIGGER events AFTER UPDATE ON hook_endpoints FOR EACH ROW WHEN (OLD.enabled AND NOT NEW.enabled)
    EXECUTE FUNCTION tell_of_hook_endpoint();

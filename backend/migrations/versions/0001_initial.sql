-- The first tables. Written once; later changes are migrations of their own.

CREATE TYPE uuidrange AS RANGE (subtype = uuid);

CREATE TABLE tenants (
    id UUID NOT NULL,
    slug TEXT NOT NULL,
    name TEXT NOT NULL,
    mode TEXT NOT NULL,
    locale TEXT NOT NULL,
    currency TEXT NOT NULL,
    timezone TEXT NOT NULL,
    status TEXT NOT NULL,
    hours JSONB NOT NULL,
    settings JSONB NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_tenants PRIMARY KEY (id),
    CONSTRAINT uq_tenants_slug UNIQUE (slug)
);

CREATE TABLE api_keys (
    name TEXT NOT NULL,
    prefix TEXT NOT NULL,
    digest BYTEA NOT NULL,
    scopes TEXT[] NOT NULL,
    revoked_at TIMESTAMP WITH TIME ZONE,
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_api_keys PRIMARY KEY (tenant_id, id),
    CONSTRAINT fk_api_keys_tenant_id FOREIGN KEY(tenant_id) REFERENCES tenants (id) ON DELETE CASCADE
);

CREATE UNIQUE INDEX uq_api_keys_digest ON api_keys (digest);

CREATE TABLE channels (
    provider TEXT NOT NULL,
    address TEXT NOT NULL,
    token TEXT NOT NULL,
    credentials BYTEA,
    config JSONB NOT NULL,
    enabled BOOLEAN NOT NULL,
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_channels PRIMARY KEY (tenant_id, id),
    CONSTRAINT uq_channels_tenant_id_provider_address UNIQUE (tenant_id, provider, address),
    CONSTRAINT fk_channels_tenant_id FOREIGN KEY(tenant_id) REFERENCES tenants (id) ON DELETE CASCADE
);

CREATE UNIQUE INDEX uq_channels_token ON channels (token);

CREATE TABLE contacts (
    name TEXT,
    locale TEXT,
    details JSONB NOT NULL,
    tags TEXT[] NOT NULL,
    bot_enabled BOOLEAN NOT NULL,
    opted_out_at TIMESTAMP WITH TIME ZONE,
    first_seen_at TIMESTAMP WITH TIME ZONE NOT NULL,
    last_seen_at TIMESTAMP WITH TIME ZONE NOT NULL,
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_contacts PRIMARY KEY (tenant_id, id),
    CONSTRAINT fk_contacts_tenant_id FOREIGN KEY(tenant_id) REFERENCES tenants (id) ON DELETE CASCADE
);

CREATE TABLE facts (
    key TEXT NOT NULL,
    text TEXT NOT NULL,
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_facts PRIMARY KEY (tenant_id, id),
    CONSTRAINT uq_facts_tenant_id_key UNIQUE (tenant_id, key),
    CONSTRAINT fk_facts_tenant_id FOREIGN KEY(tenant_id) REFERENCES tenants (id) ON DELETE CASCADE
);

CREATE TABLE payment_accounts (
    provider TEXT NOT NULL,
    token TEXT NOT NULL,
    credentials BYTEA,
    enabled BOOLEAN NOT NULL,
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_payment_accounts PRIMARY KEY (tenant_id, id),
    CONSTRAINT uq_payment_accounts_tenant_id_provider UNIQUE (tenant_id, provider),
    CONSTRAINT fk_payment_accounts_tenant_id FOREIGN KEY(tenant_id) REFERENCES tenants (id) ON DELETE CASCADE
);

CREATE UNIQUE INDEX uq_payment_accounts_token ON payment_accounts (token);

CREATE TABLE playbooks (
    version INTEGER NOT NULL,
    instructions TEXT NOT NULL,
    lessons JSONB NOT NULL,
    published_at TIMESTAMP WITH TIME ZONE,
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_playbooks PRIMARY KEY (tenant_id, id),
    CONSTRAINT uq_playbooks_tenant_id_version UNIQUE (tenant_id, version),
    CONSTRAINT fk_playbooks_tenant_id FOREIGN KEY(tenant_id) REFERENCES tenants (id) ON DELETE CASCADE
);

CREATE TABLE products (
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    brand TEXT,
    category TEXT,
    tags TEXT[] NOT NULL,
    visible BOOLEAN NOT NULL,
    deleted_at TIMESTAMP WITH TIME ZONE,
    revision BIGINT DEFAULT (pg_current_xact_id()::text::bigint) NOT NULL,
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_products PRIMARY KEY (tenant_id, id),
    CONSTRAINT fk_products_tenant_id FOREIGN KEY(tenant_id) REFERENCES tenants (id) ON DELETE CASCADE
);

CREATE INDEX ix_products_revision ON products (revision, id);

CREATE TABLE services (
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    duration_minutes INTEGER NOT NULL,
    price BIGINT NOT NULL,
    buffer_before_minutes INTEGER NOT NULL,
    buffer_after_minutes INTEGER NOT NULL,
    active BOOLEAN NOT NULL,
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_services PRIMARY KEY (tenant_id, id),
    CONSTRAINT uq_services_tenant_id_name UNIQUE (tenant_id, name),
    CONSTRAINT fk_services_tenant_id FOREIGN KEY(tenant_id) REFERENCES tenants (id) ON DELETE CASCADE
);

CREATE TABLE staff (
    name TEXT NOT NULL,
    hours JSONB NOT NULL,
    active BOOLEAN NOT NULL,
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_staff PRIMARY KEY (tenant_id, id),
    CONSTRAINT uq_staff_tenant_id_name UNIQUE (tenant_id, name),
    CONSTRAINT fk_staff_tenant_id FOREIGN KEY(tenant_id) REFERENCES tenants (id) ON DELETE CASCADE
);

CREATE TABLE channel_events (
    channel_id UUID NOT NULL,
    kind TEXT NOT NULL,
    provider_id TEXT NOT NULL,
    payload JSONB NOT NULL,
    received_at TIMESTAMP WITH TIME ZONE NOT NULL,
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_channel_events PRIMARY KEY (tenant_id, id),
    CONSTRAINT uq_channel_events_tenant_id_channel_id_kind_provider_id UNIQUE (tenant_id, channel_id, kind, provider_id),
    CONSTRAINT fk_channel_events_tenant_id_channel_id FOREIGN KEY(tenant_id, channel_id) REFERENCES channels (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT fk_channel_events_tenant_id FOREIGN KEY(tenant_id) REFERENCES tenants (id) ON DELETE CASCADE
);

CREATE TABLE conversations (
    channel_id UUID NOT NULL,
    contact_id UUID NOT NULL,
    address TEXT NOT NULL,
    in_charge TEXT NOT NULL,
    last_inbound_at TIMESTAMP WITH TIME ZONE,
    debug BOOLEAN NOT NULL,
    fence BIGINT NOT NULL,
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_conversations PRIMARY KEY (tenant_id, id),
    CONSTRAINT uq_conversations_tenant_id_channel_id_contact_id UNIQUE (tenant_id, channel_id, contact_id),
    CONSTRAINT fk_conversations_tenant_id_channel_id FOREIGN KEY(tenant_id, channel_id) REFERENCES channels (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT fk_conversations_tenant_id_contact_id FOREIGN KEY(tenant_id, contact_id) REFERENCES contacts (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT fk_conversations_tenant_id FOREIGN KEY(tenant_id) REFERENCES tenants (id) ON DELETE CASCADE
);

CREATE TABLE identities (
    contact_id UUID NOT NULL,
    kind TEXT NOT NULL,
    value TEXT NOT NULL,
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_identities PRIMARY KEY (tenant_id, id),
    CONSTRAINT uq_identities_tenant_id_kind_value UNIQUE (tenant_id, kind, value),
    CONSTRAINT fk_identities_tenant_id_contact_id FOREIGN KEY(tenant_id, contact_id) REFERENCES contacts (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT fk_identities_tenant_id FOREIGN KEY(tenant_id) REFERENCES tenants (id) ON DELETE CASCADE
);

CREATE TABLE payment_events (
    account_id UUID NOT NULL,
    provider_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    payload JSONB NOT NULL,
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_payment_events PRIMARY KEY (tenant_id, id),
    CONSTRAINT fk_payment_events_tenant_id_account_id FOREIGN KEY(tenant_id, account_id) REFERENCES payment_accounts (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT uq_payment_events_tenant_id_account_id_provider_id UNIQUE (tenant_id, account_id, provider_id),
    CONSTRAINT fk_payment_events_tenant_id FOREIGN KEY(tenant_id) REFERENCES tenants (id) ON DELETE CASCADE
);

CREATE TABLE staff_services (
    tenant_id UUID NOT NULL,
    staff_id UUID NOT NULL,
    service_id UUID NOT NULL,
    CONSTRAINT pk_staff_services PRIMARY KEY (tenant_id, staff_id, service_id),
    CONSTRAINT fk_staff_services_tenant_id_staff_id FOREIGN KEY(tenant_id, staff_id) REFERENCES staff (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT fk_staff_services_tenant_id_service_id FOREIGN KEY(tenant_id, service_id) REFERENCES services (tenant_id, id) ON DELETE CASCADE
);

CREATE TABLE variants (
    product_id UUID NOT NULL,
    sku TEXT NOT NULL,
    options JSONB NOT NULL,
    price BIGINT NOT NULL,
    stock INTEGER NOT NULL,
    position INTEGER NOT NULL,
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_variants PRIMARY KEY (tenant_id, id),
    CONSTRAINT fk_variants_tenant_id_product_id FOREIGN KEY(tenant_id, product_id) REFERENCES products (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT uq_variants_tenant_id_sku UNIQUE (tenant_id, sku),
    CONSTRAINT ck_variants_stock_not_negative CHECK (stock >= 0),
    CONSTRAINT ck_variants_price_not_negative CHECK (price >= 0),
    CONSTRAINT fk_variants_tenant_id FOREIGN KEY(tenant_id) REFERENCES tenants (id) ON DELETE CASCADE
);

CREATE INDEX ix_variants_product ON variants (tenant_id, product_id);

CREATE TABLE bookings (
    code TEXT NOT NULL,
    conversation_id UUID,
    contact_id UUID NOT NULL,
    service_id UUID,
    staff_id UUID,
    hold_id UUID,
    service_name TEXT NOT NULL,
    staff_name TEXT NOT NULL,
    starts_at TIMESTAMP WITH TIME ZONE NOT NULL,
    ends_at TIMESTAMP WITH TIME ZONE NOT NULL,
    price BIGINT NOT NULL,
    currency TEXT NOT NULL,
    status TEXT NOT NULL,
    cancelled_at TIMESTAMP WITH TIME ZONE,
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_bookings PRIMARY KEY (tenant_id, id),
    CONSTRAINT fk_bookings_tenant_id_conversation_id FOREIGN KEY(tenant_id, conversation_id) REFERENCES conversations (tenant_id, id) ON DELETE SET NULL (conversation_id),
    CONSTRAINT fk_bookings_tenant_id_contact_id FOREIGN KEY(tenant_id, contact_id) REFERENCES contacts (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT fk_bookings_tenant_id_service_id FOREIGN KEY(tenant_id, service_id) REFERENCES services (tenant_id, id) ON DELETE SET NULL (service_id),
    CONSTRAINT fk_bookings_tenant_id_staff_id FOREIGN KEY(tenant_id, staff_id) REFERENCES staff (tenant_id, id) ON DELETE SET NULL (staff_id),
    CONSTRAINT uq_bookings_tenant_id_code UNIQUE (tenant_id, code),
    CONSTRAINT uq_bookings_tenant_id_hold_id UNIQUE (tenant_id, hold_id),
    CONSTRAINT fk_bookings_tenant_id FOREIGN KEY(tenant_id) REFERENCES tenants (id) ON DELETE CASCADE
);

CREATE INDEX ix_bookings_contact ON bookings (tenant_id, contact_id);

CREATE INDEX ix_bookings_starts_at ON bookings (tenant_id, starts_at);

CREATE TABLE follow_ups (
    conversation_id UUID NOT NULL,
    due_at TIMESTAMP WITH TIME ZONE NOT NULL,
    topic TEXT NOT NULL,
    status TEXT NOT NULL,
    reason TEXT,
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_follow_ups PRIMARY KEY (tenant_id, id),
    CONSTRAINT fk_follow_ups_tenant_id_conversation_id FOREIGN KEY(tenant_id, conversation_id) REFERENCES conversations (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT fk_follow_ups_tenant_id FOREIGN KEY(tenant_id) REFERENCES tenants (id) ON DELETE CASCADE
);

CREATE INDEX ix_follow_ups_due ON follow_ups (due_at) WHERE status = 'scheduled';

CREATE TABLE quotes (
    code TEXT NOT NULL,
    conversation_id UUID NOT NULL,
    contact_id UUID NOT NULL,
    lines JSONB NOT NULL,
    total BIGINT NOT NULL,
    currency TEXT NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_quotes PRIMARY KEY (tenant_id, id),
    CONSTRAINT fk_quotes_tenant_id_conversation_id FOREIGN KEY(tenant_id, conversation_id) REFERENCES conversations (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT uq_quotes_tenant_id_code UNIQUE (tenant_id, code),
    CONSTRAINT fk_quotes_tenant_id FOREIGN KEY(tenant_id) REFERENCES tenants (id) ON DELETE CASCADE
);

CREATE TABLE turns (
    conversation_id UUID NOT NULL,
    contact_id UUID NOT NULL,
    status TEXT NOT NULL,
    due_at TIMESTAMP WITH TIME ZONE NOT NULL,
    latest_at TIMESTAMP WITH TIME ZONE NOT NULL,
    version INTEGER NOT NULL,
    folds INTEGER NOT NULL,
    attempt INTEGER NOT NULL,
    tries INTEGER NOT NULL,
    lease_until TIMESTAMP WITH TIME ZONE,
    lease_owner TEXT,
    outcome TEXT,
    reason TEXT,
    trace JSONB NOT NULL,
    claimed_at TIMESTAMP WITH TIME ZONE,
    replied_at TIMESTAMP WITH TIME ZONE,
    finished_at TIMESTAMP WITH TIME ZONE,
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_turns PRIMARY KEY (tenant_id, id),
    CONSTRAINT fk_turns_tenant_id_conversation_id FOREIGN KEY(tenant_id, conversation_id) REFERENCES conversations (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT fk_turns_tenant_id FOREIGN KEY(tenant_id) REFERENCES tenants (id) ON DELETE CASCADE
);

CREATE INDEX ix_turns_active ON turns (id) WHERE status IN ('running', 'replied');

CREATE INDEX ix_turns_conversation ON turns (tenant_id, conversation_id, id);

CREATE INDEX ix_turns_due ON turns (tenant_id, due_at) WHERE status = 'waiting';

CREATE INDEX ix_turns_quarantined ON turns (tenant_id, id) WHERE status = 'quarantined';

CREATE UNIQUE INDEX uq_turns_active ON turns (tenant_id, conversation_id) WHERE status IN ('running', 'replied');

CREATE UNIQUE INDEX uq_turns_waiting ON turns (tenant_id, conversation_id) WHERE status = 'waiting';

CREATE TABLE evidence (
    conversation_id UUID NOT NULL,
    turn_id UUID NOT NULL,
    kind TEXT NOT NULL,
    subject JSONB NOT NULL,
    value JSONB NOT NULL,
    source TEXT NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE,
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_evidence PRIMARY KEY (tenant_id, id),
    CONSTRAINT fk_evidence_tenant_id_conversation_id FOREIGN KEY(tenant_id, conversation_id) REFERENCES conversations (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT fk_evidence_tenant_id_turn_id FOREIGN KEY(tenant_id, turn_id) REFERENCES turns (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT fk_evidence_tenant_id FOREIGN KEY(tenant_id) REFERENCES tenants (id) ON DELETE CASCADE
);

CREATE INDEX ix_evidence_live ON evidence (tenant_id, conversation_id, expires_at);

CREATE TABLE handoffs (
    conversation_id UUID NOT NULL,
    turn_id UUID,
    reason TEXT NOT NULL,
    summary TEXT NOT NULL,
    status TEXT NOT NULL,
    closed_at TIMESTAMP WITH TIME ZONE,
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_handoffs PRIMARY KEY (tenant_id, id),
    CONSTRAINT fk_handoffs_tenant_id_conversation_id FOREIGN KEY(tenant_id, conversation_id) REFERENCES conversations (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT fk_handoffs_tenant_id_turn_id FOREIGN KEY(tenant_id, turn_id) REFERENCES turns (tenant_id, id) ON DELETE SET NULL (turn_id),
    CONSTRAINT fk_handoffs_tenant_id FOREIGN KEY(tenant_id) REFERENCES tenants (id) ON DELETE CASCADE
);

CREATE UNIQUE INDEX uq_handoffs_open ON handoffs (tenant_id, conversation_id) WHERE status = 'open';

CREATE TABLE holds (
    conversation_id UUID,
    contact_id UUID,
    service_id UUID NOT NULL,
    staff_id UUID NOT NULL,
    booking_id UUID,
    starts_at TIMESTAMP WITH TIME ZONE NOT NULL,
    ends_at TIMESTAMP WITH TIME ZONE NOT NULL,
    price BIGINT NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    status TEXT NOT NULL,
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_holds PRIMARY KEY (tenant_id, id),
    CONSTRAINT fk_holds_tenant_id_conversation_id FOREIGN KEY(tenant_id, conversation_id) REFERENCES conversations (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT fk_holds_tenant_id_service_id FOREIGN KEY(tenant_id, service_id) REFERENCES services (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT fk_holds_tenant_id_staff_id FOREIGN KEY(tenant_id, staff_id) REFERENCES staff (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT fk_holds_tenant_id_booking_id FOREIGN KEY(tenant_id, booking_id) REFERENCES bookings (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT fk_holds_tenant_id FOREIGN KEY(tenant_id) REFERENCES tenants (id) ON DELETE CASCADE
);

CREATE INDEX ix_holds_expiry ON holds (expires_at) WHERE status = 'held';

CREATE TABLE journal (
    turn_id UUID NOT NULL,
    key TEXT NOT NULL,
    tool TEXT NOT NULL,
    arguments JSONB NOT NULL,
    occurrence INTEGER NOT NULL,
    result JSONB NOT NULL,
    evidence JSONB NOT NULL,
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_journal PRIMARY KEY (tenant_id, id),
    CONSTRAINT uq_journal_tenant_id_turn_id_key UNIQUE (tenant_id, turn_id, key),
    CONSTRAINT fk_journal_tenant_id_turn_id FOREIGN KEY(tenant_id, turn_id) REFERENCES turns (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT fk_journal_tenant_id FOREIGN KEY(tenant_id) REFERENCES tenants (id) ON DELETE CASCADE
);

CREATE TABLE messages (
    conversation_id UUID NOT NULL,
    turn_id UUID,
    sequence BIGINT GENERATED ALWAYS AS IDENTITY,
    author TEXT NOT NULL,
    kind TEXT NOT NULL,
    body TEXT NOT NULL,
    attachments JSONB NOT NULL,
    location JSONB,
    provider_id TEXT,
    turn_version INTEGER,
    sent_at TIMESTAMP WITH TIME ZONE NOT NULL,
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_messages PRIMARY KEY (tenant_id, id),
    CONSTRAINT fk_messages_tenant_id_conversation_id FOREIGN KEY(tenant_id, conversation_id) REFERENCES conversations (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT fk_messages_tenant_id_turn_id FOREIGN KEY(tenant_id, turn_id) REFERENCES turns (tenant_id, id) ON DELETE SET NULL (turn_id),
    CONSTRAINT fk_messages_tenant_id FOREIGN KEY(tenant_id) REFERENCES tenants (id) ON DELETE CASCADE
);

CREATE INDEX ix_messages_conversation ON messages (tenant_id, conversation_id, sequence);

CREATE INDEX ix_messages_turn ON messages (tenant_id, turn_id);

CREATE TABLE observations (
    conversation_id UUID NOT NULL,
    turn_id UUID NOT NULL,
    kind TEXT NOT NULL,
    note TEXT NOT NULL,
    data JSONB NOT NULL,
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_observations PRIMARY KEY (tenant_id, id),
    CONSTRAINT fk_observations_tenant_id_conversation_id FOREIGN KEY(tenant_id, conversation_id) REFERENCES conversations (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT fk_observations_tenant_id_turn_id FOREIGN KEY(tenant_id, turn_id) REFERENCES turns (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT fk_observations_tenant_id FOREIGN KEY(tenant_id) REFERENCES tenants (id) ON DELETE CASCADE
);

CREATE TABLE orders (
    code TEXT NOT NULL,
    quote_id UUID NOT NULL,
    contact_id UUID NOT NULL,
    conversation_id UUID NOT NULL,
    lines JSONB NOT NULL,
    total BIGINT NOT NULL,
    currency TEXT NOT NULL,
    status TEXT NOT NULL,
    delivery TEXT,
    paid_at TIMESTAMP WITH TIME ZONE,
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_orders PRIMARY KEY (tenant_id, id),
    CONSTRAINT fk_orders_tenant_id_quote_id FOREIGN KEY(tenant_id, quote_id) REFERENCES quotes (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT fk_orders_tenant_id_contact_id FOREIGN KEY(tenant_id, contact_id) REFERENCES contacts (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT fk_orders_tenant_id_conversation_id FOREIGN KEY(tenant_id, conversation_id) REFERENCES conversations (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT uq_orders_tenant_id_quote_id UNIQUE (tenant_id, quote_id),
    CONSTRAINT uq_orders_tenant_id_code UNIQUE (tenant_id, code),
    CONSTRAINT fk_orders_tenant_id FOREIGN KEY(tenant_id) REFERENCES tenants (id) ON DELETE CASCADE
);

CREATE INDEX ix_orders_contact ON orders (tenant_id, contact_id);

CREATE TABLE reflections (
    conversation_id UUID NOT NULL,
    status TEXT NOT NULL,
    due_at TIMESTAMP WITH TIME ZONE NOT NULL,
    attempt INTEGER NOT NULL,
    tries INTEGER NOT NULL,
    lease_until TIMESTAMP WITH TIME ZONE,
    lease_owner TEXT,
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_reflections PRIMARY KEY (tenant_id, id),
    CONSTRAINT fk_reflections_tenant_id_id FOREIGN KEY(tenant_id, id) REFERENCES turns (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT fk_reflections_tenant_id_conversation_id FOREIGN KEY(tenant_id, conversation_id) REFERENCES conversations (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT fk_reflections_tenant_id FOREIGN KEY(tenant_id) REFERENCES tenants (id) ON DELETE CASCADE
);

CREATE INDEX ix_reflections_due ON reflections (tenant_id, due_at) WHERE status = 'waiting';

CREATE TABLE usage (
    turn_id UUID,
    provider TEXT NOT NULL,
    model TEXT NOT NULL,
    feature TEXT NOT NULL,
    input_tokens INTEGER NOT NULL,
    output_tokens INTEGER NOT NULL,
    cost_micros BIGINT NOT NULL,
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_usage PRIMARY KEY (tenant_id, id),
    CONSTRAINT fk_usage_tenant_id_turn_id FOREIGN KEY(tenant_id, turn_id) REFERENCES turns (tenant_id, id) ON DELETE SET NULL (turn_id),
    CONSTRAINT fk_usage_tenant_id FOREIGN KEY(tenant_id) REFERENCES tenants (id) ON DELETE CASCADE
);

CREATE INDEX ix_usage_created ON usage (tenant_id, created_at);

CREATE TABLE allocations (
    staff_id UUID NOT NULL,
    starts_at TIMESTAMP WITH TIME ZONE NOT NULL,
    ends_at TIMESTAMP WITH TIME ZONE NOT NULL,
    hold_id UUID,
    booking_id UUID,
    expires_at TIMESTAMP WITH TIME ZONE,
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_allocations PRIMARY KEY (tenant_id, id),
    CONSTRAINT fk_allocations_tenant_id_staff_id FOREIGN KEY(tenant_id, staff_id) REFERENCES staff (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT fk_allocations_tenant_id_hold_id FOREIGN KEY(tenant_id, hold_id) REFERENCES holds (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT fk_allocations_tenant_id_booking_id FOREIGN KEY(tenant_id, booking_id) REFERENCES bookings (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT ck_allocations_allocation_not_empty CHECK (ends_at > starts_at),
    CONSTRAINT ex_allocations_overlap EXCLUDE USING gist (uuidrange(staff_id, staff_id, '[]') WITH &&, tstzrange(starts_at, ends_at) WITH &&),
    CONSTRAINT fk_allocations_tenant_id FOREIGN KEY(tenant_id) REFERENCES tenants (id) ON DELETE CASCADE
);

CREATE INDEX ix_allocations_booking ON allocations (tenant_id, booking_id);

CREATE INDEX ix_allocations_hold ON allocations (tenant_id, hold_id);

CREATE INDEX ix_allocations_staff ON allocations (tenant_id, staff_id, starts_at);

CREATE TABLE claims (
    message_id UUID NOT NULL,
    turn_id UUID NOT NULL,
    kind TEXT NOT NULL,
    quote TEXT NOT NULL,
    value JSONB NOT NULL,
    evidence_id UUID,
    support TEXT NOT NULL,
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_claims PRIMARY KEY (tenant_id, id),
    CONSTRAINT fk_claims_tenant_id_message_id FOREIGN KEY(tenant_id, message_id) REFERENCES messages (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT fk_claims_tenant_id_turn_id FOREIGN KEY(tenant_id, turn_id) REFERENCES turns (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT fk_claims_tenant_id_evidence_id FOREIGN KEY(tenant_id, evidence_id) REFERENCES evidence (tenant_id, id) ON DELETE SET NULL (evidence_id),
    CONSTRAINT fk_claims_tenant_id FOREIGN KEY(tenant_id) REFERENCES tenants (id) ON DELETE CASCADE
);

CREATE INDEX ix_claims_message ON claims (tenant_id, message_id);

CREATE TABLE lessons (
    observation_id UUID,
    rule TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    status TEXT NOT NULL,
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_lessons PRIMARY KEY (tenant_id, id),
    CONSTRAINT fk_lessons_tenant_id_observation_id FOREIGN KEY(tenant_id, observation_id) REFERENCES observations (tenant_id, id) ON DELETE SET NULL (observation_id),
    CONSTRAINT fk_lessons_tenant_id FOREIGN KEY(tenant_id) REFERENCES tenants (id) ON DELETE CASCADE
);

CREATE UNIQUE INDEX uq_lessons_fingerprint ON lessons (tenant_id, fingerprint);

CREATE TABLE outbox (
    conversation_id UUID NOT NULL,
    channel_id UUID NOT NULL,
    message_id UUID NOT NULL,
    part INTEGER NOT NULL,
    sequence BIGINT GENERATED ALWAYS AS IDENTITY,
    body TEXT NOT NULL,
    attachments JSONB NOT NULL,
    status TEXT NOT NULL,
    due_at TIMESTAMP WITH TIME ZONE NOT NULL,
    attempt INTEGER NOT NULL,
    lease_until TIMESTAMP WITH TIME ZONE,
    looks INTEGER NOT NULL,
    provider_id TEXT,
    error_code TEXT,
    error TEXT,
    sent_at TIMESTAMP WITH TIME ZONE,
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_outbox PRIMARY KEY (tenant_id, id),
    CONSTRAINT fk_outbox_tenant_id_conversation_id FOREIGN KEY(tenant_id, conversation_id) REFERENCES conversations (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT fk_outbox_tenant_id_channel_id FOREIGN KEY(tenant_id, channel_id) REFERENCES channels (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT fk_outbox_tenant_id_message_id FOREIGN KEY(tenant_id, message_id) REFERENCES messages (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT uq_outbox_tenant_id_message_id_part UNIQUE (tenant_id, message_id, part),
    CONSTRAINT fk_outbox_tenant_id FOREIGN KEY(tenant_id) REFERENCES tenants (id) ON DELETE CASCADE
);

CREATE INDEX ix_outbox_conversation ON outbox (tenant_id, conversation_id, sequence);

CREATE INDEX ix_outbox_due ON outbox (due_at) WHERE status IN ('queued', 'sending', 'unknown');

CREATE INDEX ix_outbox_pending ON outbox (tenant_id, conversation_id, sequence) WHERE status IN ('queued', 'sending', 'unknown');

CREATE INDEX ix_outbox_provider ON outbox (tenant_id, channel_id, provider_id);

CREATE TABLE payments (
    order_id UUID NOT NULL,
    account_id UUID NOT NULL,
    provider_id TEXT,
    url TEXT,
    amount BIGINT NOT NULL,
    currency TEXT NOT NULL,
    status TEXT NOT NULL,
    reason TEXT,
    expires_at TIMESTAMP WITH TIME ZONE,
    paid_at TIMESTAMP WITH TIME ZONE,
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_payments PRIMARY KEY (tenant_id, id),
    CONSTRAINT fk_payments_tenant_id_order_id FOREIGN KEY(tenant_id, order_id) REFERENCES orders (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT fk_payments_tenant_id_account_id FOREIGN KEY(tenant_id, account_id) REFERENCES payment_accounts (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT fk_payments_tenant_id FOREIGN KEY(tenant_id) REFERENCES tenants (id) ON DELETE CASCADE
);

CREATE INDEX ix_payments_provider ON payments (tenant_id, provider_id);

CREATE UNIQUE INDEX uq_payments_live ON payments (tenant_id, order_id) WHERE status IN ('intended', 'link_ready', 'paid');

CREATE TABLE proposals (
    conversation_id UUID NOT NULL,
    contact_id UUID NOT NULL,
    turn_id UUID NOT NULL,
    message_id UUID,
    kind TEXT NOT NULL,
    covers TEXT[] NOT NULL,
    subject_id UUID NOT NULL,
    details JSONB NOT NULL,
    status TEXT NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_proposals PRIMARY KEY (tenant_id, id),
    CONSTRAINT fk_proposals_tenant_id_conversation_id FOREIGN KEY(tenant_id, conversation_id) REFERENCES conversations (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT fk_proposals_tenant_id_turn_id FOREIGN KEY(tenant_id, turn_id) REFERENCES turns (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT fk_proposals_tenant_id_message_id FOREIGN KEY(tenant_id, message_id) REFERENCES messages (tenant_id, id) ON DELETE SET NULL (message_id),
    CONSTRAINT fk_proposals_tenant_id FOREIGN KEY(tenant_id) REFERENCES tenants (id) ON DELETE CASCADE
);

CREATE INDEX ix_proposals_conversation ON proposals (tenant_id, conversation_id, status);

CREATE FUNCTION catalog_touch_product() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.revision := pg_current_xact_id()::text::bigint;
    RETURN NEW;
END $$;

CREATE TRIGGER products_touch BEFORE INSERT OR UPDATE OF
    name, description, brand, category, tags, visible, deleted_at, revision ON products
FOR EACH ROW EXECUTE FUNCTION catalog_touch_product();

CREATE FUNCTION catalog_touch_product_of_variant() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        UPDATE products SET revision = 0 WHERE tenant_id = OLD.tenant_id AND id = OLD.product_id;
    END IF;
    IF TG_OP = 'INSERT' OR (TG_OP = 'UPDATE' AND NEW.product_id <> OLD.product_id) THEN
        UPDATE products SET revision = 0 WHERE tenant_id = NEW.tenant_id AND id = NEW.product_id;
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER variants_touch_product AFTER INSERT OR DELETE ON variants
FOR EACH ROW EXECUTE FUNCTION catalog_touch_product_of_variant();

CREATE TRIGGER variants_touch_product_on_change AFTER UPDATE OF product_id, sku, options ON variants
FOR EACH ROW WHEN (OLD.product_id <> NEW.product_id OR OLD.sku <> NEW.sku OR OLD.options <> NEW.options)
EXECUTE FUNCTION catalog_touch_product_of_variant();

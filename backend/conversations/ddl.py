"""The database's half of receiving: one function from a provider's event to a turn that is due."""

RECEIVE = """
CREATE OR REPLACE FUNCTION receive_message(
    _tenant_id uuid, _lock bigint, _channel_id uuid, _kinds text[], _values text[], _address text, _name text,
    _event_id uuid, _provider_id text, _payload jsonb,
    _message_id uuid, _author text, _kind text, _body text, _attachments jsonb, _location jsonb,
    _sent_at timestamptz, _now timestamptz, _speaks boolean, _answerable boolean, _opted_out boolean,
    _seen_before timestamptz, _active_before timestamptz,
    _bot_enabled boolean, _quiet_seconds float8, _longest_seconds float8,
    _new_contact_id uuid, _new_identity_ids uuid[], _new_conversation_id uuid, _new_turn_id uuid,
    _new_assist_id uuid, _files_to_read boolean,
    OUT outcome text, OUT conversation uuid, OUT turn uuid, OUT due_at timestamptz, OUT assist uuid
) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    known record;
    contact uuid;
    opens boolean;
    due timestamptz;
    latest timestamptz;
BEGIN
    PERFORM set_config('app.tenant_id', _tenant_id::text, true);
    PERFORM pg_advisory_xact_lock(_lock);

    WITH event AS (
        INSERT INTO channel_events (tenant_id, id, channel_id, kind, provider_id, payload, received_at, created_at,
                                    updated_at)
        SELECT _tenant_id, _event_id, _channel_id, 'message', _provider_id, _payload, _now, _now, _now
        FROM channels WHERE channels.tenant_id = _tenant_id AND channels.id = _channel_id AND channels.enabled
        ON CONFLICT DO NOTHING
        RETURNING id
    )
    SELECT EXISTS (SELECT FROM event) AS fresh, tenants.settings, channels.enabled, found.contact_id, found.matched,
           contacts.bot_enabled AND coalesce(conversations.bot_enabled, true) AS bot_enabled,
           conversations.id AS conversation_id, conversations.in_charge
    INTO known
    FROM tenants
    JOIN channels ON channels.tenant_id = tenants.id AND channels.id = _channel_id
    LEFT JOIN LATERAL (
        SELECT identities.contact_id, count(*) OVER () AS matched
        FROM unnest(_kinds, _values) WITH ORDINALITY AS given(kind, value, place)
        JOIN identities ON identities.tenant_id = tenants.id
            AND identities.kind = given.kind AND identities.value = given.value
        ORDER BY given.place
        LIMIT 1
    ) AS found ON true
    LEFT JOIN contacts ON contacts.tenant_id = tenants.id AND contacts.id = found.contact_id
    LEFT JOIN conversations ON conversations.tenant_id = tenants.id
        AND conversations.channel_id = channels.id AND conversations.contact_id = contacts.id
        AND conversations.folded_into IS NULL
    WHERE tenants.id = _tenant_id;

    IF known.enabled IS NOT TRUE THEN
        outcome := CASE WHEN known.enabled IS NULL THEN 'gone' ELSE 'off' END;
        RETURN;
    END IF;
    IF NOT known.fresh THEN
        outcome := 'duplicate';
        RETURN;
    END IF;

    -- Somebody new; a unique constraint speaks up if one of the identities was taken under another lock meanwhile.
    contact := known.contact_id;
    IF contact IS NULL THEN
        contact := _new_contact_id;
        INSERT INTO contacts (tenant_id, id, name, details, tags, bot_enabled, first_seen_at, last_seen_at, created_at,
                              updated_at)
        VALUES (_tenant_id, contact, _name, '{}', '{}', true, _now, _now, _now, _now);
        INSERT INTO identities (tenant_id, id, contact_id, kind, value, created_at, updated_at)
        SELECT _tenant_id, given.id, contact, given.kind, given.value, _now, _now
        FROM unnest(_new_identity_ids, _kinds, _values) AS given(id, kind, value);
    ELSIF known.matched < cardinality(_kinds) THEN
        -- Further ways to recognise a contact; one that belongs to somebody else stays theirs.
        INSERT INTO identities (tenant_id, id, contact_id, kind, value, created_at, updated_at)
        SELECT _tenant_id, given.id, contact, given.kind, given.value, _now, _now
        FROM unnest(_new_identity_ids, _kinds, _values) AS given(id, kind, value)
        ON CONFLICT (tenant_id, kind, value) DO NOTHING;
    END IF;
    conversation := known.conversation_id;
    IF conversation IS NULL THEN
        conversation := _new_conversation_id;
        INSERT INTO conversations (tenant_id, id, channel_id, contact_id, address, in_charge, debug, fence, active_at,
                                   created_at, updated_at)
        VALUES (_tenant_id, conversation, _channel_id, contact, _address, 'agent', false, 0, _sent_at, _now, _now);
    END IF;

    opens := _answerable AND coalesce((known.settings ->> 'bot_enabled')::boolean, _bot_enabled)
        AND known.bot_enabled IS NOT FALSE AND known.in_charge IS DISTINCT FROM 'person';
    due := _now + coalesce((known.settings ->> 'quiet_window_seconds')::float8, _quiet_seconds) * interval '1 second';
    latest := _now
        + coalesce((known.settings ->> 'longest_wait_seconds')::float8, _longest_seconds) * interval '1 second';

    -- A turn that is claimed or given back meanwhile is waited for and read again by the UPDATE; one that was replied
    -- to no longer matches, and then the next turn is opened, or joined if the reply has just opened it.
    WITH raised AS (
        UPDATE turns SET version = version + 1, updated_at = _now,
            due_at = CASE WHEN status = 'waiting' THEN greatest(due_at, least(due, latest_at)) ELSE due_at END
        WHERE opens AND tenant_id = _tenant_id AND conversation_id = conversation
            AND status IN ('waiting', 'running')
        RETURNING id, version, due_at
    ), opened AS (
        INSERT INTO turns (tenant_id, id, conversation_id, contact_id, status, due_at, latest_at, version, folds,
                           attempt, tries, trace, created_at, updated_at)
        SELECT _tenant_id, _new_turn_id, conversation, contact, 'waiting', due, latest, 1, 0, 0, 0, '{}', _now, _now
        WHERE opens AND NOT EXISTS (SELECT FROM raised)
        ON CONFLICT (tenant_id, conversation_id) WHERE status = 'waiting'
        DO UPDATE SET version = turns.version + 1, updated_at = _now,
            due_at = greatest(turns.due_at, least(excluded.due_at, turns.latest_at))
        RETURNING id, version, due_at
    ), joined AS (
        SELECT * FROM raised UNION ALL SELECT * FROM opened
    ), written AS (
        INSERT INTO messages (tenant_id, id, conversation_id, turn_id, turn_version, author, kind, body, attachments,
                              location, provider_id, sent_at, created_at, updated_at)
        SELECT _tenant_id, _message_id, conversation, joined.id, joined.version, _author, _kind, _body,
               _attachments, _location, _provider_id, _sent_at, _now, _now
        FROM (SELECT 1) AS once LEFT JOIN joined ON true
        RETURNING turn_id
    ), asked AS (
        INSERT INTO assists (tenant_id, id, conversation_id, kind, message_id, asked_by, status, due_at, attempt, tries,
                             created_at, updated_at)
        SELECT _tenant_id, _new_assist_id, conversation, 'files', _message_id, 'system', 'waiting', _now, 0, 0,
               _now, _now
        WHERE _files_to_read AND known.in_charge = 'person'
        RETURNING id
    ), spoke AS (
        UPDATE conversations SET address = _address, updated_at = _now,
            last_inbound_at = greatest(last_inbound_at, _sent_at), unread_since = coalesce(unread_since, _sent_at),
            active_at = CASE WHEN active_at < _active_before THEN _sent_at ELSE active_at END
        WHERE _speaks AND tenant_id = _tenant_id AND id = conversation
    ), seen AS (
        UPDATE contacts SET last_seen_at = greatest(last_seen_at, _now), name = coalesce(name, _name),
            updated_at = _now, archived_at = NULL,
            opted_in_at = CASE WHEN opted_out_at IS NOT NULL AND NOT _opted_out THEN _now ELSE opted_in_at END,
            opted_in_source = CASE WHEN opted_out_at IS NOT NULL AND NOT _opted_out THEN 'message'
                ELSE opted_in_source END,
            opted_out_at = CASE WHEN _opted_out THEN _now ELSE NULL END,
            opted_out_source = CASE WHEN _opted_out THEN 'keyword' ELSE NULL END
        WHERE _speaks AND tenant_id = _tenant_id AND id = contact AND (last_seen_at < _seen_before
            OR archived_at IS NOT NULL OR opted_out_at IS NOT NULL OR _opted_out OR (name IS NULL AND _name <> ''))
    ), withdrawn AS (
        UPDATE follow_ups SET status = 'withdrawn', reason = 'the contact wrote', updated_at = _now
        WHERE _speaks AND tenant_id = _tenant_id AND conversation_id = conversation AND status = 'scheduled'
    )
    SELECT 'stored', written.turn_id, joined.due_at, asked.id INTO outcome, turn, due_at, assist
    FROM written LEFT JOIN joined ON true LEFT JOIN asked ON true;
END $$
"""
"""Names its tenant and takes the lock of the sender's identity by itself, so that receiving is one round trip and one
commit. Each statement inside sees what was committed before the lock was got. Sent twice, it says `duplicate`.

`outcome`: stored, duplicate, off (the channel), gone (the channel). Installed at every migrate step."""

"""The two ways in which an incident may change after it was written, both of the owner: no role that serves requests
may alter or remove one."""

FUNCTIONS = """
CREATE OR REPLACE FUNCTION tell_failure(
    its_id uuid, its_at timestamptz, its_source text, its_kind text, its_message text, its_details jsonb, met bigint
) RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    INSERT INTO incidents (id, tenant_id, at, severity, source, kind, message, details)
    VALUES (its_id, NULL, its_at, 'error', its_source, its_kind, its_message,
        its_details || jsonb_build_object('count', met))
    ON CONFLICT (id) DO UPDATE SET details = incidents.details
        || jsonb_build_object('count', coalesce((incidents.details ->> 'count')::bigint, 1) + met)
$$;

CREATE OR REPLACE FUNCTION prune_incidents(before timestamptz, batch int) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    gone bigint;
BEGIN
    IF before > now() - interval '1 day' THEN
        RAISE EXCEPTION 'incidents of the last day stay';
    END IF;
    WITH pruned AS (
        DELETE FROM incidents WHERE id IN (SELECT id FROM incidents WHERE at < before ORDER BY id LIMIT batch)
        RETURNING 1
    ) SELECT count(*) INTO gone FROM pruned;
    RETURN gone;
END $$;

REVOKE ALL ON FUNCTION tell_failure, prune_incidents FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tell_failure, prune_incidents TO tendero_queue;
DROP POLICY IF EXISTS of_functions ON incidents;
CREATE POLICY of_functions ON incidents TO CURRENT_USER USING (true) WITH CHECK (true);
"""
"""`tell_failure` adds an incident of no tenant, or adds to the count of the one that has this id already.
`prune_incidents(before, batch)` removes what outlived TENDERO_INCIDENT_DAYS, oldest first; returns how many went."""

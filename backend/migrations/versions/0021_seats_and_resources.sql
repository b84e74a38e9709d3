ALTER TABLE services ADD COLUMN capacity integer NOT NULL DEFAULT 1;
ALTER TABLE services ALTER COLUMN capacity DROP DEFAULT;

CREATE TABLE resources (
    name text NOT NULL,
    kind text NOT NULL,
    capacity integer NOT NULL,
    active boolean NOT NULL,
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT pk_resources PRIMARY KEY (tenant_id, id),
    CONSTRAINT uq_resources_tenant_id_name UNIQUE (tenant_id, name),
    CONSTRAINT fk_resources_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE CASCADE
);

CREATE TABLE service_resources (
    tenant_id uuid NOT NULL,
    service_id uuid NOT NULL,
    resource_id uuid NOT NULL,
    CONSTRAINT pk_service_resources PRIMARY KEY (tenant_id, service_id, resource_id),
    CONSTRAINT fk_service_resources_tenant_id_service_id FOREIGN KEY (tenant_id, service_id)
        REFERENCES services (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT fk_service_resources_tenant_id_resource_id FOREIGN KEY (tenant_id, resource_id)
        REFERENCES resources (tenant_id, id) ON DELETE CASCADE
);

CREATE TABLE group_sessions (
    service_id uuid,
    staff_id uuid,
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    capacity integer NOT NULL,
    provisional boolean NOT NULL,
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT pk_group_sessions PRIMARY KEY (tenant_id, id),
    CONSTRAINT uq_group_sessions_tenant_id_service_id_staff_id_starts_at
        UNIQUE (tenant_id, service_id, staff_id, starts_at),
    CONSTRAINT fk_group_sessions_tenant_id_service_id FOREIGN KEY (tenant_id, service_id)
        REFERENCES services (tenant_id, id) ON DELETE SET NULL (service_id),
    CONSTRAINT fk_group_sessions_tenant_id_staff_id FOREIGN KEY (tenant_id, staff_id)
        REFERENCES staff (tenant_id, id) ON DELETE SET NULL (staff_id),
    CONSTRAINT fk_group_sessions_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE CASCADE
);

-- The audit trail's triggers are made anew by each migrate step; an added column is nobody's change.
DROP TRIGGER IF EXISTS audit_update ON bookings;
ALTER TABLE bookings
    ADD COLUMN session_id uuid,
    ADD COLUMN resource_names jsonb NOT NULL DEFAULT '[]',
    ADD COLUMN timezone text,
    ADD CONSTRAINT fk_bookings_tenant_id_session_id FOREIGN KEY (tenant_id, session_id)
        REFERENCES group_sessions (tenant_id, id) ON DELETE SET NULL (session_id);
CREATE INDEX ix_bookings_session ON bookings (tenant_id, session_id) WHERE session_id IS NOT NULL;

-- The owner sees the rows of a table that forces its policies upon it only while it does not.
ALTER TABLE tenants NO FORCE ROW LEVEL SECURITY;
ALTER TABLE bookings NO FORCE ROW LEVEL SECURITY;
UPDATE bookings SET timezone = tenants.timezone FROM tenants WHERE tenants.id = bookings.tenant_id;
ALTER TABLE bookings ALTER COLUMN resource_names DROP DEFAULT, ALTER COLUMN timezone SET NOT NULL;
ALTER TABLE bookings FORCE ROW LEVEL SECURITY;
ALTER TABLE tenants FORCE ROW LEVEL SECURITY;

ALTER TABLE allocations NO FORCE ROW LEVEL SECURITY;
DELETE FROM allocations WHERE num_nonnulls(hold_id, booking_id) <> 1;
ALTER TABLE allocations
    DROP CONSTRAINT ex_allocations_overlap,
    ADD COLUMN subject_id uuid,
    ADD COLUMN resource_id uuid,
    ADD COLUMN session_id uuid,
    ADD COLUMN seat integer NOT NULL DEFAULT 0,
    ALTER COLUMN staff_id DROP NOT NULL;
UPDATE allocations SET subject_id = staff_id;
DROP INDEX ix_allocations_staff;
ALTER TABLE allocations
    ALTER COLUMN subject_id SET NOT NULL,
    ALTER COLUMN seat DROP DEFAULT,
    ADD CONSTRAINT fk_allocations_tenant_id_resource_id FOREIGN KEY (tenant_id, resource_id)
        REFERENCES resources (tenant_id, id) ON DELETE CASCADE,
    ADD CONSTRAINT fk_allocations_tenant_id_session_id FOREIGN KEY (tenant_id, session_id)
        REFERENCES group_sessions (tenant_id, id) ON DELETE CASCADE,
    ADD CONSTRAINT ck_allocations_allocation_subject CHECK (
        num_nonnulls(staff_id, resource_id) <= 1
        AND subject_id IS NOT DISTINCT FROM coalesce(staff_id, resource_id, session_id)),
    ADD CONSTRAINT ck_allocations_allocation_owner CHECK (
        num_nonnulls(hold_id, booking_id) = CASE WHEN subject_id <> session_id THEN 0 ELSE 1 END),
    ADD CONSTRAINT ex_allocations_overlap EXCLUDE USING gist (
        uuidrange(subject_id, subject_id, '[]') WITH &&,
        int4range(seat, seat, '[]') WITH &&,
        tstzrange(starts_at, ends_at) WITH &&);
CREATE INDEX ix_allocations_subject ON allocations (tenant_id, subject_id, starts_at);
CREATE INDEX ix_allocations_session ON allocations (tenant_id, session_id) WHERE session_id IS NOT NULL;
ALTER TABLE allocations FORCE ROW LEVEL SECURITY;

-- What a session takes of its person and resources lasts as long as the longest of its seats, and the session itself
-- as long as it has one. Whoever comes and goes at once waits for the session's row.
CREATE FUNCTION seats_changed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    seat allocations := coalesce(NEW, OLD);
    until timestamptz;
BEGIN
    PERFORM FROM group_sessions WHERE tenant_id = seat.tenant_id AND id = seat.session_id FOR UPDATE;
    SELECT max(coalesce(expires_at, 'infinity')) INTO until FROM allocations
    WHERE tenant_id = seat.tenant_id AND subject_id = seat.session_id;
    IF until IS NULL THEN
        DELETE FROM group_sessions WHERE tenant_id = seat.tenant_id AND id = seat.session_id;
    ELSE
        UPDATE allocations SET expires_at = nullif(until, 'infinity')
        WHERE tenant_id = seat.tenant_id AND session_id = seat.session_id AND subject_id <> session_id
            AND expires_at IS DISTINCT FROM nullif(until, 'infinity');
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER seats_taken AFTER INSERT ON allocations FOR EACH ROW
    WHEN (NEW.subject_id = NEW.session_id) EXECUTE FUNCTION seats_changed();
CREATE TRIGGER seats_kept AFTER UPDATE OF expires_at ON allocations FOR EACH ROW
    WHEN (NEW.subject_id = NEW.session_id) EXECUTE FUNCTION seats_changed();
CREATE TRIGGER seats_left AFTER DELETE ON allocations FOR EACH ROW
    WHEN (OLD.subject_id = OLD.session_id) EXECUTE FUNCTION seats_changed();

CREATE FUNCTION tell_of_deleted_booking() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO events (tenant_id, kind, subject_id, conversation_id, contact_id, data, created_at)
    SELECT id, 'booking.deleted', OLD.id, OLD.conversation_id, OLD.contact_id,
           jsonb_build_object('code', OLD.code, 'status', OLD.status, 'starts_at', OLD.starts_at,
                              'ends_at', OLD.ends_at, 'service_id', OLD.service_id, 'staff_id', OLD.staff_id),
           OLD.updated_at
    FROM tenants WHERE id = OLD.tenant_id;
    PERFORM look_at_stage(tenant_id, id, OLD.updated_at) FROM contacts
    WHERE tenant_id = OLD.tenant_id AND id = OLD.contact_id;
    RETURN NULL;
END $$;
CREATE TRIGGER events_of_deleted AFTER DELETE ON bookings FOR EACH ROW EXECUTE FUNCTION tell_of_deleted_booking();

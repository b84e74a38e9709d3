CREATE TABLE spending (
    tenant_id UUID NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    month DATE NOT NULL,
    cost_micros BIGINT NOT NULL,
    CONSTRAINT pk_spending PRIMARY KEY (tenant_id, month)
);
ALTER TABLE spending RENAME CONSTRAINT spending_tenant_id_fkey TO fk_spending_tenant_id;

INSERT INTO spending (tenant_id, month, cost_micros)
SELECT tenants.id, date_trunc('month', usage.created_at AT TIME ZONE tenants.timezone)::date, sum(usage.cost_micros)
FROM usage JOIN tenants ON tenants.id = usage.tenant_id
WHERE usage.cost_micros > 0
GROUP BY 1, 2;

CREATE FUNCTION add_to_spending() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    sum record;
    spent bigint;
BEGIN
    FOR sum IN
        SELECT tenants.id AS tenant_id, date_trunc('month', added.created_at AT TIME ZONE tenants.timezone)::date AS month,
            sum(added.cost_micros)::bigint AS cost, max(added.created_at) AS at,
            CAST(tenants.settings ->> 'budget_micros' AS bigint) AS budget
        FROM added JOIN tenants ON tenants.id = added.tenant_id
        WHERE added.cost_micros > 0
        GROUP BY 1, 2
    LOOP
        INSERT INTO spending (tenant_id, month, cost_micros) VALUES (sum.tenant_id, sum.month, sum.cost)
        ON CONFLICT (tenant_id, month) DO UPDATE SET cost_micros = spending.cost_micros + excluded.cost_micros
        RETURNING cost_micros INTO spent;
        IF spent - sum.cost < sum.budget * 0.8 AND spent >= sum.budget * 0.8 OR
            spent - sum.cost < sum.budget AND spent >= sum.budget
        THEN
            INSERT INTO events (tenant_id, kind, data, created_at)
            VALUES (sum.tenant_id, CASE WHEN spent >= sum.budget THEN 'budget.spent' ELSE 'budget.low' END,
                    jsonb_build_object('month', to_char(sum.month, 'YYYY-MM'), 'spent_micros', spent,
                                       'budget_micros', sum.budget),
                    sum.at);
        END IF;
    END LOOP;
    RETURN NULL;
END $$;
CREATE TRIGGER spending AFTER INSERT ON usage REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION add_to_spending();

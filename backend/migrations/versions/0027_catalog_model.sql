ALTER TABLE products
    ADD COLUMN kind text NOT NULL DEFAULT 'product',
    ADD COLUMN attributes jsonb NOT NULL DEFAULT '{}',
    ADD COLUMN translations jsonb NOT NULL DEFAULT '{}',
    ADD COLUMN synonyms text[] NOT NULL DEFAULT '{}';

ALTER TABLE variants
    ADD COLUMN prices jsonb NOT NULL DEFAULT '[]',
    ADD COLUMN price_due_at timestamptz,
    ADD COLUMN reserved integer NOT NULL DEFAULT 0,
    ADD COLUMN barcode text,
    ADD COLUMN image text,
    ADD CONSTRAINT ck_variants_reserved_not_negative CHECK (reserved >= 0);

CREATE INDEX ix_variants_price_due ON variants (price_due_at) WHERE price_due_at IS NOT NULL;

CREATE TABLE stock_reservations (
    variant_id uuid NOT NULL,
    quantity integer NOT NULL,
    expires_at timestamptz NOT NULL,
    quote_id uuid,
    reference text,
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT pk_stock_reservations PRIMARY KEY (tenant_id, id),
    CONSTRAINT ck_stock_reservations_quantity_positive CHECK (quantity > 0),
    CONSTRAINT fk_stock_reservations_tenant_id_variant_id FOREIGN KEY (tenant_id, variant_id)
        REFERENCES variants (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT fk_stock_reservations_tenant_id_quote_id FOREIGN KEY (tenant_id, quote_id)
        REFERENCES quotes (tenant_id, id) ON DELETE SET NULL (quote_id),
    CONSTRAINT fk_stock_reservations_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE CASCADE
);
CREATE INDEX ix_stock_reservations_variant ON stock_reservations (tenant_id, variant_id);
CREATE INDEX ix_stock_reservations_quote ON stock_reservations (tenant_id, quote_id) WHERE quote_id IS NOT NULL;
CREATE INDEX ix_stock_reservations_expiry ON stock_reservations (expires_at);

CREATE TABLE search_synonyms (
    words text[] NOT NULL,
    one_way boolean NOT NULL,
    deleted_at timestamptz,
    revision bigint DEFAULT (pg_current_xact_id()::text::bigint) NOT NULL,
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT pk_search_synonyms PRIMARY KEY (tenant_id, id),
    CONSTRAINT fk_search_synonyms_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE CASCADE
);
CREATE INDEX ix_search_synonyms_revision ON search_synonyms (revision, id);
CREATE TRIGGER search_synonyms_touch BEFORE INSERT OR UPDATE ON search_synonyms
FOR EACH ROW EXECUTE FUNCTION catalog_touch_product();

ALTER TABLE services ADD COLUMN revision bigint DEFAULT (pg_current_xact_id()::text::bigint) NOT NULL;
CREATE INDEX ix_services_revision ON services (revision, id);
CREATE TRIGGER services_touch_on_change BEFORE UPDATE ON services
FOR EACH ROW WHEN (ROW(OLD.name, OLD.description, OLD.price, OLD.active, OLD.revision)
    IS DISTINCT FROM ROW(NEW.name, NEW.description, NEW.price, NEW.active, NEW.revision))
EXECUTE FUNCTION catalog_touch_product();

CREATE TABLE removed_services (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    revision bigint DEFAULT (pg_current_xact_id()::text::bigint) NOT NULL,
    CONSTRAINT pk_removed_services PRIMARY KEY (tenant_id, id),
    CONSTRAINT fk_removed_services_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE CASCADE
);
CREATE INDEX ix_removed_services_revision ON removed_services (revision, id);
CREATE FUNCTION note_removed_service() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO removed_services (tenant_id, id) SELECT id, OLD.id FROM tenants WHERE id = OLD.tenant_id;
    RETURN NULL;
END $$;
CREATE TRIGGER services_removed AFTER DELETE ON services FOR EACH ROW EXECUTE FUNCTION note_removed_service();

DROP TRIGGER products_touch ON products;
CREATE TRIGGER products_touch BEFORE INSERT ON products
FOR EACH ROW EXECUTE FUNCTION catalog_touch_product();
CREATE TRIGGER products_touch_on_change BEFORE UPDATE ON products
FOR EACH ROW WHEN (
    ROW(OLD.name, OLD.description, OLD.brand, OLD.category, OLD.tags, OLD.visible, OLD.deleted_at, OLD.kind,
        OLD.attributes, OLD.translations, OLD.synonyms, OLD.revision)
    IS DISTINCT FROM
    ROW(NEW.name, NEW.description, NEW.brand, NEW.category, NEW.tags, NEW.visible, NEW.deleted_at, NEW.kind,
        NEW.attributes, NEW.translations, NEW.synonyms, NEW.revision)
)
EXECUTE FUNCTION catalog_touch_product();

-- Whoever writes variants locks them by id, and what they belong to is locked by id after them.
DROP TRIGGER variants_touch_product ON variants;
DROP TRIGGER variants_touch_product_on_change ON variants;
DROP FUNCTION catalog_touch_product_of_variant();
CREATE FUNCTION catalog_touch_products(touched uuid[], of_tenant uuid) RETURNS void LANGUAGE sql AS $$
    WITH locked AS MATERIALIZED (
        SELECT id FROM products
        WHERE tenant_id = of_tenant AND id = ANY (touched) AND revision <> pg_current_xact_id()::text::bigint
        ORDER BY id FOR NO KEY UPDATE
    )
    UPDATE products SET revision = 0 FROM locked WHERE products.tenant_id = of_tenant AND products.id = locked.id
$$;
CREATE FUNCTION catalog_touch_products_of_variants() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        PERFORM catalog_touch_products(array_agg(touched.product_id), before.tenant_id)
        FROM before JOIN after USING (tenant_id, id),
            LATERAL (VALUES (before.product_id), (after.product_id)) AS touched (product_id)
        WHERE ROW(before.product_id, before.sku, before.options, before.barcode, before.price, before.prices,
                before.price_due_at, before.stock > before.reserved)
            IS DISTINCT FROM ROW(after.product_id, after.sku, after.options, after.barcode, after.price,
                after.prices, after.price_due_at, after.stock > after.reserved)
        GROUP BY before.tenant_id;
    ELSE
        PERFORM catalog_touch_products(array_agg(product_id), tenant_id) FROM changed GROUP BY tenant_id;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER variants_touch_on_insert AFTER INSERT ON variants
REFERENCING NEW TABLE AS changed
FOR EACH STATEMENT EXECUTE FUNCTION catalog_touch_products_of_variants();
CREATE TRIGGER variants_touch_on_delete AFTER DELETE ON variants
REFERENCING OLD TABLE AS changed
FOR EACH STATEMENT EXECUTE FUNCTION catalog_touch_products_of_variants();
CREATE TRIGGER variants_touch_on_update AFTER UPDATE ON variants
REFERENCING OLD TABLE AS before NEW TABLE AS after
FOR EACH STATEMENT EXECUTE FUNCTION catalog_touch_products_of_variants();

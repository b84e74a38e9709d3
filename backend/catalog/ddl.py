"""Triggers that keep `products.revision`: the id of the transaction that last changed what the search index reads.

A change of stock, price or position alone leaves the revision as it is; search answers fetch those live.
"""

TRIGGERS: tuple[str, ...] = (
    """
    CREATE FUNCTION catalog_touch_product() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        NEW.revision := pg_current_xact_id()::text::bigint;
        RETURN NEW;
    END $$
    """,
    """
    CREATE TRIGGER products_touch BEFORE INSERT OR UPDATE OF
        name, description, brand, category, tags, visible, deleted_at, revision ON products
    FOR EACH ROW EXECUTE FUNCTION catalog_touch_product()
    """,
    """
    CREATE FUNCTION catalog_touch_product_of_variant() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP <> 'INSERT' THEN
            UPDATE products SET revision = 0 WHERE tenant_id = OLD.tenant_id AND id = OLD.product_id;
        END IF;
        IF TG_OP = 'INSERT' OR (TG_OP = 'UPDATE' AND NEW.product_id <> OLD.product_id) THEN
            UPDATE products SET revision = 0 WHERE tenant_id = NEW.tenant_id AND id = NEW.product_id;
        END IF;
        RETURN NULL;
    END $$
    """,
    """
    CREATE TRIGGER variants_touch_product AFTER INSERT OR DELETE ON variants
    FOR EACH ROW EXECUTE FUNCTION catalog_touch_product_of_variant()
    """,
    """
    CREATE TRIGGER variants_touch_product_on_change AFTER UPDATE OF product_id, sku, options ON variants
    FOR EACH ROW WHEN (OLD.product_id <> NEW.product_id OR OLD.sku <> NEW.sku OR OLD.options <> NEW.options)
    EXECUTE FUNCTION catalog_touch_product_of_variant()
    """,
)
"""Run by the migration after the tables, one statement each; `NEW.revision` set by the writer is always overwritten."""

RESTAMP = """
    UPDATE products SET revision = 0 WHERE revision >= pg_snapshot_xmax(pg_current_snapshot())::text::bigint
"""
"""Run at every migrate step: a dump restored into another server brings revisions from that server's future."""

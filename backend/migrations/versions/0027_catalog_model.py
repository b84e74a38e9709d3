"""What a catalog holds besides words: timed prices, barcodes, attributes, translations, reservations, synonyms."""

from collections.abc import Sequence
from pathlib import Path

from alembic import op

revision: str = "0027"
down_revision: str | None = "0026"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

_STATEMENTS = Path(__file__).with_suffix(".sql")
_BACK = (
    "DROP TRIGGER services_removed ON services",
    "DROP TRIGGER services_touch_on_change ON services",
    "DROP FUNCTION note_removed_service()",
    "DROP TABLE removed_services",
    "DROP TRIGGER IF EXISTS audit_update ON services",
    "ALTER TABLE services DROP COLUMN revision",
    "DROP TABLE search_synonyms",
    "DROP TABLE stock_reservations",
    "DROP TRIGGER products_touch ON products",
    "DROP TRIGGER products_touch_on_change ON products",
    "DROP TRIGGER variants_touch_on_insert ON variants",
    "DROP TRIGGER variants_touch_on_delete ON variants",
    "DROP TRIGGER variants_touch_on_update ON variants",
    "DROP FUNCTION catalog_touch_products_of_variants()",
    "DROP FUNCTION catalog_touch_products(uuid[], uuid)",
    "DROP TRIGGER IF EXISTS audit_update ON products",
    "DROP TRIGGER IF EXISTS audit_update ON variants",
    """
    ALTER TABLE variants DROP COLUMN prices, DROP COLUMN price_due_at, DROP COLUMN reserved, DROP COLUMN barcode,
        DROP COLUMN image
    """,
    """
    ALTER TABLE products DROP COLUMN kind, DROP COLUMN attributes, DROP COLUMN translations, DROP COLUMN synonyms
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


def upgrade() -> None:
    connection = op.get_bind().connection.driver_connection
    assert connection is not None
    connection.execute(_STATEMENTS.read_text())


def downgrade() -> None:
    for statement in _BACK:
        op.execute(statement)

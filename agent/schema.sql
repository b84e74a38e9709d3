-- The agent's own tables, beside LangGraph's. Every statement may run again at each start.

CREATE EXTENSION IF NOT EXISTS vector;

-- The newest holder that has written to a thread; see checkpoints.py.
CREATE TABLE IF NOT EXISTS checkpoint_fences (
    thread_id text PRIMARY KEY,
    fence bigint NOT NULL
);

-- GIN takes no uuid, so a tenant's number is part of every gram.
CREATE TABLE IF NOT EXISTS search_tenants (
    tenant_id uuid PRIMARY KEY,
    number integer GENERATED ALWAYS AS IDENTITY UNIQUE
);

-- `pass` is the last run through the feed that saw the product; what a whole pass did not see is gone.
CREATE TABLE IF NOT EXISTS search_products (
    product_id uuid PRIMARY KEY,
    tenant integer NOT NULL REFERENCES search_tenants (number) ON DELETE CASCADE,
    revision bigint NOT NULL,
    pass integer NOT NULL,
    title text NOT NULL,
    skus text[] NOT NULL,
    title_stems text[] NOT NULL,
    label_stems text[] NOT NULL,
    body_stems text[] NOT NULL,
    document tsvector NOT NULL
);
CREATE INDEX IF NOT EXISTS search_products_tenant ON search_products (tenant);
CREATE INDEX IF NOT EXISTS search_products_document ON search_products USING gin (document);

-- Apart and inline, because an exact search reads every vector of a tenant.
CREATE TABLE IF NOT EXISTS search_vectors (
    product_id uuid PRIMARY KEY REFERENCES search_products (product_id) ON DELETE CASCADE,
    tenant integer NOT NULL,
    embedder text NOT NULL,
    title text NOT NULL,
    embedding vector(384) NOT NULL
);
ALTER TABLE search_vectors ALTER COLUMN embedding SET STORAGE PLAIN;
CREATE INDEX IF NOT EXISTS search_vectors_tenant ON search_vectors (tenant);

-- A tenant's vocabulary: in how many products a stem occurs, how it sounds, and its grams to find it by when misspelt.
CREATE TABLE IF NOT EXISTS search_words (
    tenant integer NOT NULL REFERENCES search_tenants (number) ON DELETE CASCADE,
    stem text NOT NULL,
    sound text NOT NULL,
    products integer NOT NULL,
    grams bigint[] NOT NULL,
    PRIMARY KEY (tenant, stem)
);
CREATE INDEX IF NOT EXISTS search_words_sound ON search_words (tenant, sound);
CREATE INDEX IF NOT EXISTS search_words_grams ON search_words USING gin (grams);

-- Where the reader of the backend's change feed is; one row.
CREATE TABLE IF NOT EXISTS search_feed (
    name text PRIMARY KEY,
    cursor text,
    embedder text NOT NULL,
    pass integer NOT NULL DEFAULT 1,
    sweep boolean NOT NULL DEFAULT false
);

-- A tenant's own synonyms, as its feed brings them; dozens, read whole for a query.
CREATE TABLE IF NOT EXISTS search_synonyms (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    pass integer NOT NULL,
    words text[] NOT NULL,
    one_way boolean NOT NULL,
    PRIMARY KEY (tenant_id, id)
);

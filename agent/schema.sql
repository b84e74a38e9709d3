-- The agent's own tables, beside LangGraph's. Every statement may run again: all of them do whenever one is changed.

CREATE EXTENSION IF NOT EXISTS vector;

-- The newest holder that has written to a thread; see checkpoints.py.
CREATE TABLE IF NOT EXISTS checkpoint_fences (
    thread_id text PRIMARY KEY,
    fence bigint NOT NULL
);

-- Tables of the search before 2026-11-22; the index is read anew from the backend's feeds.
DO $$ BEGIN
    IF to_regclass('search_products') IS NOT NULL THEN
        DROP TABLE IF EXISTS search_vectors, search_products, search_words, search_feed, search_tenants CASCADE;
    END IF;
END $$;

-- What is searched apart; its number stands in every row. Documents have numbers within it, below `size`; words below
-- `words`, and below `building` in a generation that is built. A reader that sees the same `version` twice has seen the
-- same rows in between; with `texts` the same all but prices, stock and what else is filtered by. `synonyms` rises with
-- those of the tenant, and is the same for all its shelves.
CREATE TABLE IF NOT EXISTS search_shelves (
    number integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant_id uuid NOT NULL,
    name text NOT NULL,
    size integer NOT NULL DEFAULT 0,
    alive integer NOT NULL DEFAULT 0,
    words integer NOT NULL DEFAULT 0,
    version bigint NOT NULL DEFAULT 0,
    texts bigint NOT NULL DEFAULT 0,
    building integer NOT NULL DEFAULT 0,
    synonyms bigint NOT NULL DEFAULT 0,
    UNIQUE (tenant_id, name)
) WITH (fillfactor = 50);
DO $$ BEGIN  -- asked first, as even a change that there is nothing of locks out every search
    IF NOT EXISTS (SELECT FROM pg_attribute WHERE attrelid = 'search_shelves'::regclass AND attname = 'texts') THEN
        ALTER TABLE search_shelves ADD COLUMN texts bigint NOT NULL DEFAULT 0;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_attribute WHERE attrelid = 'search_shelves'::regclass AND attname = 'building') THEN
        ALTER TABLE search_shelves ADD COLUMN building integer NOT NULL DEFAULT 0;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_attribute WHERE attrelid = 'search_shelves'::regclass AND attname = 'synonyms') THEN
        ALTER TABLE search_shelves ADD COLUMN synonyms bigint NOT NULL DEFAULT 0;
    END IF;
END $$;

-- `source` is the text and `facts` what is filtered by, as they came; `pass` the last run through the feed that saw it.
-- `changed` rises when the embedded text changes: embedders follow it. Second indexes begin with another column than the
-- first, so that the planner takes none for the other before it has statistics.
CREATE SEQUENCE IF NOT EXISTS search_changes;
CREATE TABLE IF NOT EXISTS search_documents (
    shelf integer NOT NULL REFERENCES search_shelves (number) ON DELETE CASCADE,
    id uuid NOT NULL,
    number integer NOT NULL,
    revision bigint NOT NULL,
    pass integer NOT NULL,
    title_stems text NOT NULL,
    source text NOT NULL,
    facts text NOT NULL,
    embedded_text text NOT NULL,
    changed bigint NOT NULL,
    PRIMARY KEY (shelf, id)
);
CREATE UNIQUE INDEX IF NOT EXISTS search_documents_number ON search_documents (number, shelf);
CREATE INDEX IF NOT EXISTS search_documents_changed ON search_documents (changed);

-- Numbers of documents that are gone, for the next ones.
CREATE TABLE IF NOT EXISTS search_free (
    shelf integer NOT NULL REFERENCES search_shelves (number) ON DELETE CASCADE,
    number integer NOT NULL,
    PRIMARY KEY (shelf, number)
);

-- One is live; another may be built beside it, document by document in the order of (shelf, id).
CREATE TABLE IF NOT EXISTS search_generations (
    number integer PRIMARY KEY,
    format text NOT NULL,
    state text NOT NULL CHECK (state IN ('live', 'building', 'old')),
    built_shelf integer NOT NULL DEFAULT 0,
    built_id uuid NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000',
    built integer NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX IF NOT EXISTS search_generations_state ON search_generations (state) WHERE state <> 'old';

-- What is read of a chunk of 4,096 documents in one piece: postings.py knows the keys and the shapes of entries.
CREATE TABLE IF NOT EXISTS search_postings (
    generation integer NOT NULL,
    shelf integer NOT NULL,
    key text COLLATE "C" NOT NULL,
    chunk integer NOT NULL,
    entries bytea NOT NULL,
    PRIMARY KEY (generation, shelf, key, chunk)
) WITH (fillfactor = 80);
ALTER TABLE search_postings ALTER COLUMN entries SET STORAGE EXTERNAL;

-- A shelf's vocabulary: how a stem sounds, in how many documents it occurs, and in how many it names the thing itself.
CREATE TABLE IF NOT EXISTS search_words (
    generation integer NOT NULL,
    shelf integer NOT NULL,
    stem text COLLATE "C" NOT NULL,
    sound text COLLATE "C" NOT NULL,
    number integer NOT NULL,
    documents integer NOT NULL,
    named integer NOT NULL,
    PRIMARY KEY (generation, shelf, stem)
) WITH (fillfactor = 80);
CREATE INDEX IF NOT EXISTS search_words_sound ON search_words (sound, shelf, generation);
CREATE UNIQUE INDEX IF NOT EXISTS search_words_number ON search_words (number, shelf, generation);

-- Values that documents of a shelf have, or had since the generation was begun: brands, categories, sizes, as they are
-- compared and as they are shown.
CREATE TABLE IF NOT EXISTS search_values (
    generation integer NOT NULL,
    shelf integer NOT NULL REFERENCES search_shelves (number) ON DELETE CASCADE,
    field text COLLATE "C" NOT NULL,
    folded text COLLATE "C" NOT NULL,
    number integer NOT NULL,
    shown text NOT NULL,
    PRIMARY KEY (generation, shelf, field, folded)
);
DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_attribute WHERE attrelid = 'search_values'::regclass AND attname = 'generation') THEN
        -- Those that are there are of the live one, and those that a process of the older release may still put in.
        EXECUTE 'ALTER TABLE search_values ADD COLUMN generation integer NOT NULL DEFAULT '
            || coalesce((SELECT number FROM search_generations WHERE state = 'live'), 0);
        ALTER TABLE search_values
            DROP CONSTRAINT search_values_pkey, ADD PRIMARY KEY (generation, shelf, field, folded);
        DROP INDEX search_values_number;
    END IF;
END $$;
CREATE UNIQUE INDEX IF NOT EXISTS search_values_number ON search_values (number, shelf, field, generation);

-- Where the reader of each of the backend's change feeds is.
CREATE TABLE IF NOT EXISTS search_feed (
    name text PRIMARY KEY,
    cursor text,
    pass integer NOT NULL DEFAULT 1,
    sweep boolean NOT NULL DEFAULT false
);

-- A tenant's own synonyms, as its feed brings them; dozens as a rule, read whole.
CREATE TABLE IF NOT EXISTS search_synonyms (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    pass integer NOT NULL,
    words text[] NOT NULL,
    one_way boolean NOT NULL,
    PRIMARY KEY (tenant_id, id)
);

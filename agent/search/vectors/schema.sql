-- Which embedders have vectors here. Each has a table `search_vectors_<number>`, made when it is first wanted.
-- `serving` answers, `building` is being filled and will take its place, `retired` goes as soon as nobody reads it.
-- Every document with `changed` up to `done` has its vector, or none can be made of it.
CREATE TABLE IF NOT EXISTS search_embedders (
    id text PRIMARY KEY,
    name text NOT NULL,
    number integer GENERATED ALWAYS AS IDENTITY UNIQUE,
    dimension integer NOT NULL,
    state text NOT NULL CHECK (state IN ('building', 'serving', 'retired')),
    since timestamptz NOT NULL DEFAULT now(),
    done bigint NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX IF NOT EXISTS search_embedders_serving ON search_embedders (state) WHERE state = 'serving';

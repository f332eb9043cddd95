-- CreateTable
CREATE TABLE "update_offer" (
    "site_id" BIGINT NOT NULL,
    "kind" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "version" TEXT NOT NULL,
    "first_seen_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "update_offer_pkey" PRIMARY KEY ("site_id","kind","name","version")
);

-- CreateTable
CREATE TABLE "vulnerability_feed" (
    "id" INTEGER NOT NULL,
    "configured" BOOLEAN NOT NULL,
    "digest" TEXT,
    "entries" INTEGER NOT NULL DEFAULT 0,
    "refreshed_at" TIMESTAMPTZ(3),
    "checked_at" TIMESTAMPTZ(3),
    "error" TEXT,

    CONSTRAINT "vulnerability_feed_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "vulnerability" (
    "id" TEXT NOT NULL,
    "title" TEXT NOT NULL,
    "severity" TEXT NOT NULL,
    "cvss" DOUBLE PRECISION,
    "fixed_in" TEXT,
    "source" TEXT,

    CONSTRAINT "vulnerability_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "vulnerable_range" (
    "vulnerability_id" TEXT NOT NULL,
    "position" INTEGER NOT NULL,
    "kind" TEXT NOT NULL,
    "slug" TEXT NOT NULL,
    "from_key" TEXT,
    "from_inclusive" BOOLEAN NOT NULL,
    "to_key" TEXT,
    "to_inclusive" BOOLEAN NOT NULL,

    CONSTRAINT "vulnerable_range_pkey" PRIMARY KEY ("vulnerability_id","position")
);

-- CreateIndex
CREATE INDEX "vulnerable_range_kind_slug_idx" ON "vulnerable_range"("kind", "slug");

-- Lists across sites are read in the order of slugs and of files, by bytes: so must be their indexes.
ALTER TABLE "plugin" ALTER COLUMN "slug" TYPE TEXT COLLATE "C", ALTER COLUMN "file" TYPE TEXT COLLATE "C";
ALTER TABLE "theme" ALTER COLUMN "slug" TYPE TEXT COLLATE "C";
ALTER TABLE "update_offer" ALTER COLUMN "name" TYPE TEXT COLLATE "C";
ALTER TABLE "vulnerable_range" ALTER COLUMN "slug" TYPE TEXT COLLATE "C", ALTER COLUMN "from_key" TYPE TEXT COLLATE "C", ALTER COLUMN "to_key" TYPE TEXT COLLATE "C";

-- What is offered now is seen from now on.
INSERT INTO "update_offer" SELECT "site_id", 'plugin', "file", "update_version", now() FROM "plugin" WHERE "update_version" IS NOT NULL;
INSERT INTO "update_offer" SELECT "site_id", 'theme', "slug", "update_version", now() FROM "theme" WHERE "update_version" IS NOT NULL;

-- A text that sorts by its bytes as PHP's version_compare orders versions (core/version-order.ts): a letter a part, numbers with
-- the count of their digits before them, and the end of the version between release candidates and numbers.
CREATE FUNCTION "version_key"("version" TEXT) RETURNS TEXT LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT coalesce(string_agg(CASE
    WHEN piece ~ '^[0-9]' THEN '6' || lpad(length(ltrim(piece, '0'))::text, 3, '0') || ltrim(piece, '0')
    WHEN piece LIKE 'dev%' THEN '1'
    WHEN piece LIKE 'a%' THEN '2'
    WHEN piece LIKE 'b%' THEN '3'
    WHEN piece LIKE 'RC%' OR piece LIKE 'rc%' THEN '4'
    WHEN piece LIKE 'p%' THEN '7'
    ELSE '0' END, '' ORDER BY place) || '5', '')
  FROM (
    SELECT found.pieces[1] AS piece, found.place
    FROM regexp_matches(left("version", 200), '[0-9]+|[A-Za-z]+', 'g') WITH ORDINALITY AS found (pieces, place)
  ) AS parts
$$;

-- The keys of installed and offered versions are computed when they are written: lists across sites compare thousands of them.
ALTER TABLE "plugin" ADD COLUMN "version_key" TEXT COLLATE "C" GENERATED ALWAYS AS (version_key("version")) STORED,
  ADD COLUMN "update_key" TEXT COLLATE "C" GENERATED ALWAYS AS (version_key("update_version")) STORED;
ALTER TABLE "theme" ADD COLUMN "version_key" TEXT COLLATE "C" GENERATED ALWAYS AS (version_key("version")) STORED,
  ADD COLUMN "update_key" TEXT COLLATE "C" GENERATED ALWAYS AS (version_key("update_version")) STORED;

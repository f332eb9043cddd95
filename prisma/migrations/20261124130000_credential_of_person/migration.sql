-- Those that are there are the owners'.
ALTER TABLE "site_credential" ADD COLUMN "user_id" BIGINT;
UPDATE "site_credential" c SET "user_id" = coalesce((SELECT s."owner_user_id" FROM "site" s WHERE s."id" = c."site_id"), 0);
ALTER TABLE "site_credential" ALTER COLUMN "user_id" SET NOT NULL;

-- AlterTable
ALTER TABLE "site_credential" DROP CONSTRAINT "site_credential_pkey",
ADD CONSTRAINT "site_credential_pkey" PRIMARY KEY ("site_id", "user_id");

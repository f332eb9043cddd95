-- Nothing wrote the table before.
DELETE FROM "opaque_meta_checksum";

-- AlterTable
ALTER TABLE "opaque_meta_checksum" DROP CONSTRAINT "opaque_meta_checksum_pkey",
ADD COLUMN     "meta_id" BIGINT NOT NULL,
ADD COLUMN     "rev" BIGINT NOT NULL,
ALTER COLUMN "value_hash" DROP NOT NULL,
ADD CONSTRAINT "opaque_meta_checksum_pkey" PRIMARY KEY ("site_id", "object_type", "meta_id");

-- CreateIndex
CREATE INDEX "opaque_meta_checksum_site_id_object_type_owner_id_idx" ON "opaque_meta_checksum"("site_id", "object_type", "owner_id");

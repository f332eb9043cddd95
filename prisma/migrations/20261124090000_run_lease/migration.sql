-- AlterTable
ALTER TABLE "sync_run" ADD COLUMN     "lease_holder" TEXT,
ADD COLUMN     "lease_until" TIMESTAMPTZ(3);

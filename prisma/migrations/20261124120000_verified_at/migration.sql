-- AlterTable
ALTER TABLE "site" ADD COLUMN     "verified_at" TIMESTAMPTZ(3);

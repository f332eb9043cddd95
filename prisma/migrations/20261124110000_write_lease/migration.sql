-- AlterTable
ALTER TABLE "write_receipt" ADD COLUMN     "lease_until" TIMESTAMPTZ(3);

-- CreateTable
CREATE TABLE "write_receipt" (
    "site_id" BIGINT NOT NULL,
    "id" UUID NOT NULL,
    "account_id" UUID NOT NULL,
    "idempotency_key" TEXT NOT NULL,
    "operation" TEXT NOT NULL,
    "input_hash" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "user_id" BIGINT,
    "targets" TEXT[],
    "result" JSONB,
    "error_code" TEXT,
    "error_message" TEXT,
    "input" BYTEA,
    "site_rev" BIGINT,
    "sequence" BIGINT,
    "accepted_at" TIMESTAMPTZ(3) NOT NULL,
    "dispatched_at" TIMESTAMPTZ(3),
    "answered_at" TIMESTAMPTZ(3),
    "confirmed_at" TIMESTAMPTZ(3),

    CONSTRAINT "write_receipt_pkey" PRIMARY KEY ("site_id","id")
);

-- CreateIndex
CREATE INDEX "write_receipt_site_id_state_accepted_at_idx" ON "write_receipt"("site_id", "state", "accepted_at");

-- CreateIndex
CREATE INDEX "write_receipt_accepted_at_idx" ON "write_receipt"("accepted_at");

-- CreateIndex
CREATE UNIQUE INDEX "write_receipt_site_id_account_id_idempotency_key_key" ON "write_receipt"("site_id", "account_id", "idempotency_key");

-- CreateTable
CREATE TABLE "media_upload" (
    "site_id" BIGINT NOT NULL,
    "id" UUID NOT NULL,
    "account_id" UUID NOT NULL,
    "idempotency_key" TEXT NOT NULL,
    "input_hash" TEXT NOT NULL,
    "bytes" BIGINT NOT NULL,
    "state" TEXT NOT NULL,
    "input" BYTEA,
    "write_id" UUID,
    "error_code" TEXT,
    "error_message" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "lease_until" TIMESTAMPTZ(3),

    CONSTRAINT "media_upload_pkey" PRIMARY KEY ("site_id","id")
);

-- CreateTable
CREATE TABLE "edit_lock" (
    "site_id" BIGINT NOT NULL,
    "post_id" BIGINT NOT NULL,
    "source" TEXT NOT NULL,
    "user_id" BIGINT NOT NULL,
    "acquired_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "edit_lock_pkey" PRIMARY KEY ("site_id","post_id","source")
);

-- CreateIndex
CREATE INDEX "media_upload_account_id_state_idx" ON "media_upload"("account_id", "state");

-- CreateIndex
CREATE INDEX "media_upload_expires_at_idx" ON "media_upload"("expires_at");

-- CreateIndex
CREATE UNIQUE INDEX "media_upload_site_id_account_id_idempotency_key_key" ON "media_upload"("site_id", "account_id", "idempotency_key");

-- CreateIndex
CREATE INDEX "edit_lock_expires_at_idx" ON "edit_lock"("expires_at");

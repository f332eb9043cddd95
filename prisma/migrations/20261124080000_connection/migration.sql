-- AlterTable
ALTER TABLE "account" ADD COLUMN     "disabled_at" TIMESTAMPTZ(3),
ADD COLUMN     "login" TEXT,
ADD COLUMN     "password_hash" TEXT;

-- AlterTable
ALTER TABLE "site" ADD COLUMN     "api_style" TEXT,
ADD COLUMN     "connection_kind" TEXT NOT NULL DEFAULT 'jetpack',
ADD COLUMN     "owner_user_id" BIGINT,
ADD COLUMN     "signing_port" INTEGER,
ALTER COLUMN "blog_token" DROP NOT NULL,
ALTER COLUMN "blog_token_key" DROP NOT NULL;

-- CreateTable
CREATE TABLE "site_credential" (
    "site_id" BIGINT NOT NULL,
    "login" TEXT NOT NULL,
    "secret" BYTEA NOT NULL,

    CONSTRAINT "site_credential_pkey" PRIMARY KEY ("site_id")
);

-- CreateTable
CREATE TABLE "connection_grant" (
    "hash" BYTEA NOT NULL,
    "kind" TEXT NOT NULL,
    "site_id" BIGINT,
    "site_url" TEXT,
    "user_id" BIGINT,
    "account_id" UUID,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "used_at" TIMESTAMPTZ(3),

    CONSTRAINT "connection_grant_pkey" PRIMARY KEY ("hash")
);

-- CreateTable
CREATE TABLE "site_finding" (
    "site_id" BIGINT NOT NULL,
    "code" TEXT NOT NULL,
    "message" TEXT NOT NULL,
    "times" INTEGER NOT NULL DEFAULT 1,
    "first_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "last_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "resolved_at" TIMESTAMPTZ(3),

    CONSTRAINT "site_finding_pkey" PRIMARY KEY ("site_id","code")
);

-- CreateTable
CREATE TABLE "sync_run" (
    "site_id" BIGINT NOT NULL,
    "id" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "state" TEXT NOT NULL DEFAULT 'QUEUED',
    "modules" JSONB,
    "progress" JSONB NOT NULL DEFAULT '{}',
    "cursor" JSONB,
    "error_code" TEXT,
    "error_message" TEXT,
    "idempotency_key" TEXT,
    "requested_by" TEXT NOT NULL,
    "requested_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "started_at" TIMESTAMPTZ(3),
    "finished_at" TIMESTAMPTZ(3),

    CONSTRAINT "sync_run_pkey" PRIMARY KEY ("site_id","id")
);

-- CreateTable
CREATE TABLE "checksum_result" (
    "site_id" BIGINT NOT NULL,
    "run_id" UUID NOT NULL,
    "object_type" TEXT NOT NULL,
    "checked_at" TIMESTAMPTZ(3) NOT NULL,
    "rows" INTEGER NOT NULL,
    "drifted_rows" INTEGER NOT NULL,
    "repaired_rows" INTEGER NOT NULL,
    "fetched_rows" INTEGER NOT NULL,
    "details" JSONB NOT NULL,

    CONSTRAINT "checksum_result_pkey" PRIMARY KEY ("site_id","run_id","object_type")
);

-- CreateTable
CREATE TABLE "opaque_meta_checksum" (
    "site_id" BIGINT NOT NULL,
    "object_type" TEXT NOT NULL,
    "owner_id" BIGINT NOT NULL,
    "meta_key" TEXT NOT NULL,
    "crc" BIGINT NOT NULL,
    "value_bytes" INTEGER NOT NULL,
    "value_hash" TEXT NOT NULL,

    CONSTRAINT "opaque_meta_checksum_pkey" PRIMARY KEY ("site_id","object_type","owner_id","meta_key")
);

-- CreateTable
CREATE TABLE "account_identity" (
    "issuer" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "account_id" UUID NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "account_identity_pkey" PRIMARY KEY ("issuer","subject")
);

-- CreateTable
CREATE TABLE "session" (
    "hash" BYTEA NOT NULL,
    "account_id" UUID NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "seen_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "revoked_at" TIMESTAMPTZ(3),

    CONSTRAINT "session_pkey" PRIMARY KEY ("hash")
);

-- CreateIndex
CREATE INDEX "connection_grant_expires_at_idx" ON "connection_grant"("expires_at");

-- CreateIndex
CREATE INDEX "sync_run_site_id_requested_at_idx" ON "sync_run"("site_id", "requested_at" DESC);

-- CreateIndex
CREATE INDEX "sync_run_state_requested_at_idx" ON "sync_run"("state", "requested_at");

-- CreateIndex
CREATE UNIQUE INDEX "sync_run_site_id_idempotency_key_key" ON "sync_run"("site_id", "idempotency_key");

-- CreateIndex
CREATE INDEX "checksum_result_site_id_checked_at_idx" ON "checksum_result"("site_id", "checked_at" DESC);

-- CreateIndex
CREATE INDEX "account_identity_account_id_idx" ON "account_identity"("account_id");

-- CreateIndex
CREATE INDEX "session_account_id_idx" ON "session"("account_id");

-- CreateIndex
CREATE INDEX "session_expires_at_idx" ON "session"("expires_at");

-- CreateIndex
CREATE UNIQUE INDEX "account_login_key" ON "account"("login");

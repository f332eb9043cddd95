-- CreateTable
CREATE TABLE "extension_operation" (
    "id" UUID NOT NULL,
    "account_id" UUID NOT NULL,
    "idempotency_key" TEXT NOT NULL,
    "input_hash" TEXT NOT NULL,
    "origin" TEXT NOT NULL,
    "action" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "site_id" BIGINT NOT NULL,
    "concurrency" INTEGER NOT NULL,
    "stop_on_failure_rate" DOUBLE PRECISION NOT NULL,
    "health_check" BOOLEAN NOT NULL,
    "paths" TEXT[],
    "auto_rollback" BOOLEAN NOT NULL,
    "schedule_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "started_at" TIMESTAMPTZ(3),
    "finished_at" TIMESTAMPTZ(3),
    "cancelled_at" TIMESTAMPTZ(3),
    "stop_reason" TEXT,
    "revision" BIGINT NOT NULL DEFAULT 0,
    "lease_holder" TEXT,
    "lease_until" TIMESTAMPTZ(3),

    CONSTRAINT "extension_operation_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "extension_operation_item" (
    "site_id" BIGINT NOT NULL,
    "operation_id" UUID NOT NULL,
    "position" INTEGER NOT NULL,
    "kind" TEXT NOT NULL,
    "slug" TEXT NOT NULL,
    "file" TEXT,
    "to_version" TEXT,
    "from_version" TEXT,
    "expected_version" TEXT,
    "package_id" UUID,
    "user_id" BIGINT,
    "actor_label" TEXT NOT NULL,
    "canary" BOOLEAN NOT NULL DEFAULT false,
    "state" TEXT NOT NULL,
    "attempted_at" TIMESTAMPTZ(3),
    "was_active" BOOLEAN,
    "reason" TEXT,
    "message" TEXT,
    "recovery" TEXT,
    "health_before" JSONB,
    "health_after" JSONB,
    "log" JSONB NOT NULL DEFAULT '[]',
    "started_at" TIMESTAMPTZ(3),
    "finished_at" TIMESTAMPTZ(3),

    CONSTRAINT "extension_operation_item_pkey" PRIMARY KEY ("site_id","operation_id","position")
);

-- CreateTable
CREATE TABLE "extension_package" (
    "id" UUID NOT NULL,
    "account_id" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "slug" TEXT NOT NULL,
    "version" TEXT NOT NULL,
    "file" TEXT,
    "sha256" TEXT NOT NULL,
    "bytes" INTEGER NOT NULL,
    "content" BYTEA NOT NULL,
    "uploaded_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "extension_package_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "update_policy" (
    "site_id" BIGINT NOT NULL,
    "kind" TEXT NOT NULL,
    "slug" TEXT NOT NULL,
    "auto_update" BOOLEAN NOT NULL,
    "window" TEXT,
    "delay_days" INTEGER NOT NULL,
    "security_only" BOOLEAN NOT NULL,
    "account_id" UUID NOT NULL,
    "user_id" BIGINT,
    "actor_label" TEXT NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "update_policy_pkey" PRIMARY KEY ("site_id","kind","slug")
);

-- CreateTable
CREATE TABLE "update_policy_run" (
    "site_id" BIGINT NOT NULL,
    "kind" TEXT NOT NULL,
    "extension" TEXT NOT NULL,
    "version" TEXT NOT NULL,
    "first_seen_at" TIMESTAMPTZ(3) NOT NULL,
    "operation_id" UUID,
    "started_at" TIMESTAMPTZ(3),

    CONSTRAINT "update_policy_run_pkey" PRIMARY KEY ("site_id","kind","extension","version")
);

-- CreateIndex
CREATE INDEX "extension_operation_state_schedule_at_idx" ON "extension_operation"("state", "schedule_at");

-- CreateIndex
CREATE INDEX "extension_operation_created_at_id_idx" ON "extension_operation"("created_at" DESC, "id");

-- CreateIndex
CREATE UNIQUE INDEX "extension_operation_account_id_idempotency_key_key" ON "extension_operation"("account_id", "idempotency_key");

-- CreateIndex
CREATE INDEX "extension_operation_item_operation_id_position_idx" ON "extension_operation_item"("operation_id", "position");

-- CreateIndex
CREATE INDEX "extension_package_kind_slug_version_idx" ON "extension_package"("kind", "slug", "version");

-- The store's first shape; prisma/schema.prisma describes it. Expression indexes stand at the end, since Prisma has no words for them.
-- CreateTable
CREATE TABLE "site" (
    "id" BIGINT NOT NULL,
    "url" TEXT NOT NULL,
    "home_url" TEXT NOT NULL,
    "blog_token" BYTEA NOT NULL,
    "blog_token_key" TEXT NOT NULL,
    "sequence" BIGINT NOT NULL DEFAULT 0,
    "audit_sequence" BIGINT NOT NULL DEFAULT 0,
    "audit_hash" TEXT NOT NULL DEFAULT '',
    "changes_kept_from" BIGINT NOT NULL DEFAULT 1,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "last_event_at" TIMESTAMPTZ(3),
    "last_received_at" TIMESTAMPTZ(3),
    "last_full_sync_at" TIMESTAMPTZ(3),
    "queue_size" INTEGER NOT NULL DEFAULT 0,
    "queue_lag_seconds" DOUBLE PRECISION NOT NULL DEFAULT 0,
    "item_count" BIGINT NOT NULL DEFAULT 0,
    "dead_letter_count" BIGINT NOT NULL DEFAULT 0,
    "disconnected_at" TIMESTAMPTZ(3),

    CONSTRAINT "site_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "site_user_token" (
    "site_id" BIGINT NOT NULL,
    "user_id" BIGINT NOT NULL,
    "token" BYTEA NOT NULL,
    "token_key" TEXT NOT NULL,

    CONSTRAINT "site_user_token_pkey" PRIMARY KEY ("site_id","user_id")
);

-- CreateTable
CREATE TABLE "request_nonce" (
    "site_id" BIGINT NOT NULL,
    "token_key" TEXT NOT NULL,
    "timestamp" BIGINT NOT NULL,
    "nonce" TEXT NOT NULL,
    "seen_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "request_nonce_pkey" PRIMARY KEY ("site_id","token_key","timestamp","nonce")
);

-- CreateTable
CREATE TABLE "account" (
    "id" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "label" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "account_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "account_user" (
    "account_id" UUID NOT NULL,
    "site_id" BIGINT NOT NULL,
    "user_id" BIGINT NOT NULL,

    CONSTRAINT "account_user_pkey" PRIMARY KEY ("account_id","site_id","user_id")
);

-- CreateTable
CREATE TABLE "access_token" (
    "id" UUID NOT NULL,
    "hash" BYTEA NOT NULL,
    "account_id" UUID NOT NULL,
    "scopes" TEXT[],
    "label" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3),
    "revoked_at" TIMESTAMPTZ(3),

    CONSTRAINT "access_token_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "reader_follow" (
    "account_id" UUID NOT NULL,
    "site_id" BIGINT NOT NULL,
    "followed_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "reader_follow_pkey" PRIMARY KEY ("account_id","site_id")
);

-- CreateTable
CREATE TABLE "reader_seen" (
    "account_id" UUID NOT NULL,
    "site_id" BIGINT NOT NULL,
    "post_id" BIGINT NOT NULL,
    "seen_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "reader_seen_pkey" PRIMARY KEY ("account_id","site_id","post_id")
);

-- CreateTable
CREATE TABLE "change" (
    "site_id" BIGINT NOT NULL,
    "sequence" BIGINT NOT NULL,
    "kind" TEXT NOT NULL,
    "typename" TEXT NOT NULL,
    "local_id" TEXT NOT NULL,
    "changed_fields" TEXT[],
    "at" TIMESTAMPTZ(3) NOT NULL,
    "actor" JSONB,

    CONSTRAINT "change_pkey" PRIMARY KEY ("site_id","sequence")
);

-- CreateTable
CREATE TABLE "audit_event" (
    "site_id" BIGINT NOT NULL,
    "sequence" BIGINT NOT NULL,
    "item_key" TEXT NOT NULL,
    "rev" BIGINT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "received_at" TIMESTAMPTZ(3) NOT NULL,
    "event" TEXT NOT NULL,
    "category" TEXT NOT NULL,
    "actor_kind" TEXT NOT NULL,
    "actor_user_id" BIGINT,
    "actor_label" TEXT NOT NULL,
    "actor_via" TEXT,
    "object_type" TEXT NOT NULL,
    "object_id" TEXT,
    "object_label" TEXT NOT NULL,
    "summary" TEXT NOT NULL,
    "field_changes" JSONB NOT NULL,
    "hash" TEXT NOT NULL,
    "previous_hash" TEXT NOT NULL,

    CONSTRAINT "audit_event_pkey" PRIMARY KEY ("site_id","sequence")
);

-- CreateTable
CREATE TABLE "dead_letter" (
    "site_id" BIGINT NOT NULL,
    "item_key" TEXT NOT NULL,
    "digest" TEXT NOT NULL,
    "action" TEXT NOT NULL,
    "reason" TEXT NOT NULL,
    "message" TEXT NOT NULL,
    "payload" BYTEA NOT NULL,
    "times" INTEGER NOT NULL DEFAULT 1,
    "first_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "last_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "dead_letter_pkey" PRIMARY KEY ("site_id","item_key","digest")
);

-- CreateTable
CREATE TABLE "full_sync" (
    "site_id" BIGINT NOT NULL,
    "started_rev" BIGINT NOT NULL,
    "config" JSONB NOT NULL,
    "range" JSONB NOT NULL,
    "context" TEXT,
    "ended_rev" BIGINT,
    "cancelled_rev" BIGINT,
    "started_at" TIMESTAMPTZ(3) NOT NULL,
    "ended_at" TIMESTAMPTZ(3),

    CONSTRAINT "full_sync_pkey" PRIMARY KEY ("site_id","started_rev")
);

-- CreateTable
CREATE TABLE "full_sync_chunk" (
    "site_id" BIGINT NOT NULL,
    "module" TEXT NOT NULL,
    "rev" BIGINT NOT NULL,
    "count" INTEGER NOT NULL,

    CONSTRAINT "full_sync_chunk_pkey" PRIMARY KEY ("site_id","module","rev")
);

-- CreateTable
CREATE TABLE "sync_floor" (
    "site_id" BIGINT NOT NULL,
    "scope" TEXT NOT NULL,
    "rev" BIGINT NOT NULL,

    CONSTRAINT "sync_floor_pkey" PRIMARY KEY ("site_id","scope")
);

-- CreateTable
CREATE TABLE "post" (
    "site_id" BIGINT NOT NULL,
    "id" BIGINT NOT NULL,
    "type" TEXT,
    "status" TEXT,
    "parent_id" BIGINT,
    "menu_order" INTEGER,
    "title" TEXT,
    "content" TEXT,
    "excerpt" TEXT,
    "slug" TEXT,
    "local_date" TIMESTAMP(0),
    "date_gmt" TIMESTAMPTZ(0),
    "modified_gmt" TIMESTAMPTZ(0),
    "comment_status" TEXT,
    "ping_status" TEXT,
    "mime_type" TEXT,
    "guid" TEXT,
    "password_protected" BOOLEAN,
    "author_id" BIGINT,
    "permalink" TEXT,
    "shortlink" TEXT,
    "rendered_content" TEXT,
    "rendered_excerpt" TEXT,
    "featured_image_url" TEXT,
    "trashed_from" TEXT,
    "version" TEXT,
    "alive" BOOLEAN NOT NULL DEFAULT false,
    "rev" BIGINT,
    "revs" JSONB NOT NULL DEFAULT '{}',
    "deleted_rev" BIGINT,

    CONSTRAINT "post_pkey" PRIMARY KEY ("site_id","id")
);

-- CreateTable
CREATE TABLE "post_meta" (
    "site_id" BIGINT NOT NULL,
    "meta_id" BIGINT NOT NULL,
    "post_id" BIGINT,
    "meta_key" TEXT,
    "value" JSONB,
    "alive" BOOLEAN NOT NULL DEFAULT false,
    "rev" BIGINT,
    "revs" JSONB NOT NULL DEFAULT '{}',
    "deleted_rev" BIGINT,

    CONSTRAINT "post_meta_pkey" PRIMARY KEY ("site_id","meta_id")
);

-- CreateTable
CREATE TABLE "term" (
    "site_id" BIGINT NOT NULL,
    "tt_id" BIGINT NOT NULL,
    "term_id" BIGINT,
    "taxonomy" TEXT,
    "name" TEXT,
    "slug" TEXT,
    "description" TEXT,
    "parent_id" BIGINT,
    "stored_count" INTEGER,
    "version" TEXT,
    "alive" BOOLEAN NOT NULL DEFAULT false,
    "rev" BIGINT,
    "revs" JSONB NOT NULL DEFAULT '{}',
    "deleted_rev" BIGINT,

    CONSTRAINT "term_pkey" PRIMARY KEY ("site_id","tt_id")
);

-- CreateTable
CREATE TABLE "term_relation" (
    "site_id" BIGINT NOT NULL,
    "object_id" BIGINT NOT NULL,
    "tt_id" BIGINT NOT NULL,
    "present" BOOLEAN,
    "alive" BOOLEAN NOT NULL DEFAULT false,
    "rev" BIGINT,
    "revs" JSONB NOT NULL DEFAULT '{}',
    "deleted_rev" BIGINT,

    CONSTRAINT "term_relation_pkey" PRIMARY KEY ("site_id","object_id","tt_id")
);

-- CreateTable
CREATE TABLE "comment" (
    "site_id" BIGINT NOT NULL,
    "id" BIGINT NOT NULL,
    "post_id" BIGINT,
    "parent_id" BIGINT,
    "type" TEXT,
    "date_gmt" TIMESTAMPTZ(0),
    "local_date" TIMESTAMP(0),
    "user_id" BIGINT,
    "karma" INTEGER,
    "author_name" TEXT,
    "author_email" TEXT,
    "author_url" TEXT,
    "content" TEXT,
    "status" TEXT,
    "status_before_trash" TEXT,
    "version" TEXT,
    "alive" BOOLEAN NOT NULL DEFAULT false,
    "rev" BIGINT,
    "revs" JSONB NOT NULL DEFAULT '{}',
    "deleted_rev" BIGINT,

    CONSTRAINT "comment_pkey" PRIMARY KEY ("site_id","id")
);

-- CreateTable
CREATE TABLE "comment_meta" (
    "site_id" BIGINT NOT NULL,
    "meta_id" BIGINT NOT NULL,
    "comment_id" BIGINT,
    "meta_key" TEXT,
    "value" JSONB,
    "alive" BOOLEAN NOT NULL DEFAULT false,
    "rev" BIGINT,
    "revs" JSONB NOT NULL DEFAULT '{}',
    "deleted_rev" BIGINT,

    CONSTRAINT "comment_meta_pkey" PRIMARY KEY ("site_id","meta_id")
);

-- CreateTable
CREATE TABLE "menu_item_link" (
    "site_id" BIGINT NOT NULL,
    "id" BIGINT NOT NULL,
    "url" TEXT,
    "target" TEXT,
    "alive" BOOLEAN NOT NULL DEFAULT false,
    "rev" BIGINT,
    "revs" JSONB NOT NULL DEFAULT '{}',
    "deleted_rev" BIGINT,

    CONSTRAINT "menu_item_link_pkey" PRIMARY KEY ("site_id","id")
);

-- CreateTable
CREATE TABLE "site_user" (
    "site_id" BIGINT NOT NULL,
    "id" BIGINT NOT NULL,
    "login" TEXT,
    "nicename" TEXT,
    "email" TEXT,
    "url" TEXT,
    "display_name" TEXT,
    "registered_at" TIMESTAMPTZ(0),
    "locale" TEXT,
    "roles" TEXT[],
    "caps" JSONB,
    "all_caps" TEXT[],
    "is_connected" BOOLEAN,
    "last_login_at" TIMESTAMPTZ(0),
    "version" TEXT,
    "alive" BOOLEAN NOT NULL DEFAULT false,
    "rev" BIGINT,
    "revs" JSONB NOT NULL DEFAULT '{}',
    "deleted_rev" BIGINT,

    CONSTRAINT "site_user_pkey" PRIMARY KEY ("site_id","id")
);

-- CreateTable
CREATE TABLE "setting" (
    "site_id" BIGINT NOT NULL,
    "setting_kind" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "value" JSONB,
    "redacted" BOOLEAN,
    "alive" BOOLEAN NOT NULL DEFAULT false,
    "rev" BIGINT,
    "revs" JSONB NOT NULL DEFAULT '{}',
    "deleted_rev" BIGINT,
    "actor" JSONB,

    CONSTRAINT "setting_pkey" PRIMARY KEY ("site_id","setting_kind","name")
);

-- CreateTable
CREATE TABLE "plugin" (
    "site_id" BIGINT NOT NULL,
    "file" TEXT NOT NULL,
    "slug" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "version" TEXT NOT NULL,
    "active" BOOLEAN NOT NULL,
    "network_active" BOOLEAN NOT NULL,
    "auto_update" BOOLEAN NOT NULL,
    "update_version" TEXT,
    "details" JSONB NOT NULL,

    CONSTRAINT "plugin_pkey" PRIMARY KEY ("site_id","file")
);

-- CreateTable
CREATE TABLE "theme" (
    "site_id" BIGINT NOT NULL,
    "slug" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "version" TEXT NOT NULL,
    "active" BOOLEAN NOT NULL,
    "parent_slug" TEXT,
    "auto_update" BOOLEAN NOT NULL,
    "update_version" TEXT,
    "details" JSONB NOT NULL,

    CONSTRAINT "theme_pkey" PRIMARY KEY ("site_id","slug")
);

-- CreateTable
CREATE TABLE "shop_order" (
    "site_id" BIGINT NOT NULL,
    "id" BIGINT NOT NULL,
    "order_type" TEXT,
    "parent_id" BIGINT,
    "created_at" TIMESTAMPTZ(0),
    "status" TEXT,
    "modified_at" TIMESTAMPTZ(0),
    "total" TEXT,
    "currency" TEXT,
    "paid_at" TIMESTAMPTZ(0),
    "completed_at" TIMESTAMPTZ(0),
    "discount_total" TEXT,
    "discount_tax" TEXT,
    "shipping_total" TEXT,
    "shipping_tax" TEXT,
    "cart_tax" TEXT,
    "payment_method" TEXT,
    "payment_method_title" TEXT,
    "created_via" TEXT,
    "prices_include_tax" BOOLEAN,
    "billing_city" TEXT,
    "billing_state" TEXT,
    "billing_postcode" TEXT,
    "billing_country" TEXT,
    "shipping_city" TEXT,
    "shipping_state" TEXT,
    "shipping_postcode" TEXT,
    "shipping_country" TEXT,
    "refund_amount" TEXT,
    "refund_reason" TEXT,
    "refunded_by" BIGINT,
    "version" TEXT,
    "alive" BOOLEAN NOT NULL DEFAULT false,
    "rev" BIGINT,
    "revs" JSONB NOT NULL DEFAULT '{}',
    "deleted_rev" BIGINT,

    CONSTRAINT "shop_order_pkey" PRIMARY KEY ("site_id","id")
);

-- CreateTable
CREATE TABLE "order_item" (
    "site_id" BIGINT NOT NULL,
    "id" BIGINT NOT NULL,
    "order_id" BIGINT,
    "name" TEXT,
    "item_type" TEXT,
    "alive" BOOLEAN NOT NULL DEFAULT false,
    "rev" BIGINT,
    "revs" JSONB NOT NULL DEFAULT '{}',
    "deleted_rev" BIGINT,

    CONSTRAINT "order_item_pkey" PRIMARY KEY ("site_id","id")
);

-- CreateTable
CREATE TABLE "order_item_meta" (
    "site_id" BIGINT NOT NULL,
    "meta_id" BIGINT NOT NULL,
    "item_id" BIGINT,
    "meta_key" TEXT,
    "value" JSONB,
    "alive" BOOLEAN NOT NULL DEFAULT false,
    "rev" BIGINT,
    "revs" JSONB NOT NULL DEFAULT '{}',
    "deleted_rev" BIGINT,

    CONSTRAINT "order_item_meta_pkey" PRIMARY KEY ("site_id","meta_id")
);

-- CreateIndex
CREATE UNIQUE INDEX "site_url_key" ON "site"("url");

-- CreateIndex
CREATE INDEX "site_blog_token_key_idx" ON "site"("blog_token_key");

-- CreateIndex
CREATE INDEX "site_user_token_token_key_idx" ON "site_user_token"("token_key");

-- CreateIndex
CREATE INDEX "request_nonce_seen_at_idx" ON "request_nonce"("seen_at");

-- CreateIndex
CREATE UNIQUE INDEX "account_user_site_id_user_id_key" ON "account_user"("site_id", "user_id");

-- CreateIndex
CREATE UNIQUE INDEX "access_token_hash_key" ON "access_token"("hash");

-- CreateIndex
CREATE INDEX "access_token_account_id_idx" ON "access_token"("account_id");

-- CreateIndex
CREATE INDEX "audit_event_site_id_category_sequence_idx" ON "audit_event"("site_id", "category", "sequence");

-- CreateIndex
CREATE INDEX "audit_event_site_id_object_type_object_id_sequence_idx" ON "audit_event"("site_id", "object_type", "object_id", "sequence");

-- CreateIndex
CREATE INDEX "audit_event_site_id_actor_user_id_sequence_idx" ON "audit_event"("site_id", "actor_user_id", "sequence");

-- CreateIndex
CREATE UNIQUE INDEX "audit_event_site_id_item_key_rev_key" ON "audit_event"("site_id", "item_key", "rev");

-- CreateIndex
CREATE INDEX "post_site_id_type_modified_gmt_id_idx" ON "post"("site_id", "type", "modified_gmt" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "post_site_id_type_status_date_gmt_id_idx" ON "post"("site_id", "type", "status", "date_gmt" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "post_site_id_type_menu_order_id_idx" ON "post"("site_id", "type", "menu_order", "id");

-- CreateIndex
CREATE INDEX "post_site_id_parent_id_type_idx" ON "post"("site_id", "parent_id", "type");

-- CreateIndex
CREATE INDEX "post_site_id_author_id_idx" ON "post"("site_id", "author_id");

-- CreateIndex
CREATE INDEX "post_site_id_slug_idx" ON "post"("site_id", "slug");

-- CreateIndex
CREATE INDEX "post_meta_site_id_post_id_meta_key_idx" ON "post_meta"("site_id", "post_id", "meta_key");

-- CreateIndex
CREATE INDEX "term_site_id_taxonomy_name_tt_id_idx" ON "term"("site_id", "taxonomy", "name", "tt_id");

-- CreateIndex
CREATE INDEX "term_site_id_term_id_idx" ON "term"("site_id", "term_id");

-- CreateIndex
CREATE INDEX "term_relation_site_id_tt_id_object_id_idx" ON "term_relation"("site_id", "tt_id", "object_id");

-- CreateIndex
CREATE INDEX "comment_site_id_post_id_status_id_idx" ON "comment"("site_id", "post_id", "status", "id");

-- CreateIndex
CREATE INDEX "comment_site_id_date_gmt_id_idx" ON "comment"("site_id", "date_gmt" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "comment_site_id_parent_id_idx" ON "comment"("site_id", "parent_id");

-- CreateIndex
CREATE INDEX "comment_meta_site_id_comment_id_meta_key_idx" ON "comment_meta"("site_id", "comment_id", "meta_key");

-- CreateIndex
CREATE INDEX "site_user_site_id_login_idx" ON "site_user"("site_id", "login");

-- CreateIndex
CREATE INDEX "plugin_slug_site_id_idx" ON "plugin"("slug", "site_id");

-- CreateIndex
CREATE INDEX "theme_slug_site_id_idx" ON "theme"("slug", "site_id");

-- CreateIndex
CREATE INDEX "shop_order_site_id_order_type_created_at_id_idx" ON "shop_order"("site_id", "order_type", "created_at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "shop_order_site_id_parent_id_idx" ON "shop_order"("site_id", "parent_id");

-- CreateIndex
CREATE INDEX "order_item_site_id_order_id_id_idx" ON "order_item"("site_id", "order_id", "id");

-- CreateIndex
CREATE INDEX "order_item_meta_site_id_item_id_meta_key_idx" ON "order_item_meta"("site_id", "item_id", "meta_key");

-- Titles can be longer than an index entry may be, so only their beginning is indexed.
CREATE INDEX "post_site_id_type_title_idx" ON "post"("site_id", "type", (left("title", 200)), "id");

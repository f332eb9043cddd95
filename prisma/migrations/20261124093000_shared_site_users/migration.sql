-- DropIndex
DROP INDEX "account_user_site_id_user_id_key";

-- CreateIndex
CREATE INDEX "account_user_site_id_user_id_idx" ON "account_user"("site_id", "user_id");

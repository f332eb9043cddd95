-- CreateTable
CREATE TABLE "sign_in_try" (
    "hash" BYTEA NOT NULL,
    "tries" INTEGER NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "until" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "sign_in_try_pkey" PRIMARY KEY ("hash")
);

-- CreateIndex
CREATE INDEX "sign_in_try_at_idx" ON "sign_in_try"("at");

// Pieces of SQL that statements about content share: the columns of a head, the status that
// a row is read under, and the condition of visibility. Used by the files of store/read only.

/** Which rows of a post type may be seen; auth/visibility.ts says what each part means. */
export interface VisibilityRule {
  readonly everyStatus: boolean;
  readonly statuses: readonly string[];
  readonly everyOwnStatus: boolean;
  readonly ownStatuses: readonly string[];
  readonly userId: number;
  readonly restrictedIds: readonly number[];
  readonly restrictedStatuses: readonly string[];
}

/**
 * The status that `p` is read under; what an inheriting attachment is attached to is looked up for those only. A join
 * would be shorter, but where other conditions look costly the planner no longer cares how it reads the joined table.
 */
export const READ_STATUS = `CASE
      WHEN p.type <> 'attachment' OR p.status IN ('private', 'trash', 'auto-draft') THEN p.status
      WHEN p.status <> 'inherit' THEN 'publish'
      ELSE coalesce((
        SELECT CASE WHEN parent.status = 'trash' THEN coalesce(parent.trashed_from, 'trash') ELSE parent.status END
        FROM post parent WHERE parent.site_id = p.site_id AND parent.id = p.parent_id AND parent.alive), 'publish') END`;

/** The columns of a `ContentRow` of `p`. */
export const HEAD_COLUMNS = `p.site_id AS "siteId", p.id AS "localId", coalesce(p.type, '') AS type, coalesce(p.status, '') AS status,
      p.trashed_from AS "trashedFrom", ${READ_STATUS} AS "readStatus", coalesce(p.parent_id, 0) AS "parentId", coalesce(p.menu_order, 0) AS "menuOrder",
      coalesce(p.title, '') AS title, coalesce(p.slug, '') AS slug, p.local_date AS "localDate", p.date_gmt AS "dateGmt",
      p.modified_gmt AS "modifiedGmt", coalesce(p.comment_status, 'closed') AS "commentStatus", coalesce(p.mime_type, '') AS "mimeType",
      coalesce(p.guid, '') AS guid, coalesce(p.password_protected, false) AS "passwordProtected", coalesce(p.author_id, 0) AS "authorId",
      nullif(p.permalink, '') AS permalink, coalesce(p.version, p.rev::text, '') AS version`;

/** The columns of a `VisibilityRule` inside a recordset. */
export const RULE_COLUMNS = `"everyStatus" boolean, statuses text[], "everyOwnStatus" boolean, "ownStatuses" text[], "userId" bigint,
    "restrictedIds" bigint[], "restrictedStatuses" text[]`;

/** The condition that the rule in the columns of `rule` shows the row `p`; the meaning of auth's `isRowVisible`. */
export function visibleWhere(rule: string, status: string = READ_STATUS, row = 'p'): string {
  return `((${rule}."userId" > 0 AND ${row}.author_id = ${rule}."userId" AND (${rule}."everyOwnStatus" OR ${status} = ANY(${rule}."ownStatuses")))
        OR CASE WHEN ${row}.id = ANY(${rule}."restrictedIds") THEN ${status} = ANY(${rule}."restrictedStatuses")
          ELSE ${rule}."everyStatus" OR ${status} = ANY(${rule}.statuses) END)`;
}

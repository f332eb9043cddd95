// A post of any type as wp/v2 answers it in the edit context, and the changes of its own row that a sync of the same state would have
// given. Used by the import and by the replies to our writes. The post's password is never asked for; `content.protected` says that
// there is one.
import { z } from 'zod';
import type { DomainChange } from '../../core/changes.js';
import type { Rev } from '../../core/ids.js';
import { changesOfPost, postShape } from './posts.js';
import { dateText, metaMap, rawText } from './rest-shapes.js';
import { flag, id, json, label, text, whole } from './shapes.js';

/**
 * Members of a post that are asked for; rendered texts cost the site work and are left out where WordPress lets them be: of the
 * texts of media and comments it knows no parts (6.1).
 */
export const POST_FIELDS = [
  'id', 'type', 'status', 'date', 'date_gmt', 'modified_gmt', 'slug', 'link', 'guid.raw', 'title.raw', 'content.raw', 'content.protected', 'excerpt.raw', 'author',
  'featured_media', 'comment_status', 'ping_status', 'template', 'format', 'meta', 'parent', 'menu_order',
] as const;
export const MEDIA_FIELDS = [
  'id', 'type', 'status', 'date', 'date_gmt', 'modified_gmt', 'slug', 'link', 'guid.raw', 'title.raw', 'description', 'caption', 'author', 'featured_media',
  'comment_status', 'ping_status', 'template', 'meta', 'post', 'mime_type', 'alt_text', 'media_details', 'source_url',
] as const;
/** Of the texts of an autosave or revision WordPress knows no parts either. */
export const AUTOSAVE_FIELDS = ['id', 'author', 'date', 'date_gmt', 'modified_gmt', 'parent', 'slug', 'guid', 'title', 'content', 'excerpt'] as const;

export const restPostShape = z
  .looseObject({
    id,
    type: label,
    status: text,
    date: dateText,
    date_gmt: dateText,
    modified_gmt: dateText,
    slug: text,
    link: text,
    guid: rawText,
    title: rawText,
    content: z.unknown().optional(),
    excerpt: rawText,
    description: rawText,
    caption: rawText,
    // A type without the feature 'author' does not tell it, though there may be one.
    author: z.unknown().optional().transform((value) => (value === undefined ? null : whole.parse(value))),
    featured_media: whole,
    comment_status: text,
    ping_status: text,
    template: label,
    format: label,
    sticky: flag,
    meta: metaMap,
    parent: whole,
    post: whole,
    menu_order: whole,
    mime_type: label,
    alt_text: label,
    media_details: json,
    source_url: label,
  })
  .transform((row) => {
    const isFile = row.type === 'attachment';
    return {
      ...row,
      /** Everything that was answered: the lists of terms have their taxonomies' names. */
      members: row as Readonly<Record<string, unknown>>,
      isProtected: flag.parse((row.content as { protected?: unknown } | null | undefined)?.protected),
      // Files have other names for the same columns.
      content: isFile ? row.description : rawText.parse(row.content),
      excerpt: isFile ? row.caption : row.excerpt,
      parent: isFile ? row.post : row.parent,
    };
  });

/** A post's answer; of a file `content`, `excerpt` and `parent` are its description, caption and post. */
export type RestPost = z.output<typeof restPostShape>;

/** What the post itself holds; empty when the answer is none of a post. */
export function changesOfPostRow(post: RestPost, homeUrl: string, rev: Rev): DomainChange[] {
  const wire = postShape.safeParse({
    ID: post.id,
    post_type: post.type,
    post_status: post.status,
    post_title: post.title,
    post_content: post.content,
    post_excerpt: post.excerpt,
    post_content_filtered: '',
    post_name: post.slug,
    post_author: post.author ?? 0,
    post_parent: post.parent,
    menu_order: post.menu_order,
    post_date: post.date,
    post_date_gmt: post.date_gmt,
    post_modified_gmt: post.modified_gmt,
    comment_status: post.comment_status,
    ping_status: post.ping_status,
    post_mime_type: post.mime_type,
    post_password: post.isProtected ? 'protected' : '',
    guid: post.guid,
    permalink: post.link,
    shortlink: `${homeUrl}/?p=${post.id}`,
  });
  if (!wire.success) return [];
  const said = changesOfPost(wire.data, rev);
  if (post.author === null) for (const change of said) if (change.kind === 'upsert' && change.entity === 'post') delete change.groups.author;
  return said;
}

// What an import infers because REST does not tell it: how addresses are made, and what roles may do.
import { describe, expect, it } from 'vitest';
import { restUserShape, type RestUser } from '../../../sync/import/decode-people.js';
import { baseOption, permalinkStructure, rewriteOf, termBase } from '../../../sync/import/links.js';
import { rolesOf, seeRoles } from '../../../sync/import/roles.js';

const HOME = 'https://shop.example.org/blog';
const post = (id: number, slug: string, date: string, path: string) => ({ id, slug, date, link: `${HOME}${path}` });

describe('the permalink structure', () => {
  it.each([
    ['/%year%/%monthnum%/%postname%/', [post(7, 'reeds', '2026-11-03T10:00:00', '/2026/11/reeds/'), post(9, 'tide', '2025-02-11T10:00:00', '/2025/02/tide/')]],
    ['/%year%/%monthnum%/%day%/%postname%/', [post(7, 'reeds', '2026-11-03T10:00:00', '/2026/11/03/reeds/'), post(9, 'tide', '2025-02-11T10:00:00', '/2025/02/11/tide/')]],
    ['/%postname%', [post(7, 'reeds', '2026-11-03T10:00:00', '/reeds')]],
    ['/archives/%post_id%', [post(7, 'reeds', '2026-11-03T10:00:00', '/archives/7'), post(9, 'tide', '2026-11-03T10:00:00', '/archives/9')]],
    ['', [post(7, 'reeds', '2026-11-03T10:00:00', '/?p=7')]],
    // An author's or category's name looks like nothing that is known.
    [null, [post(7, 'reeds', '2026-11-03T10:00:00', '/maria/reeds/'), post(9, 'tide', '2026-11-03T10:00:00', '/edgar/tide/')]],
    [null, [post(7, 'reeds', '2026-11-03T10:00:00', '/reeds/'), post(9, 'tide', '2026-11-03T10:00:00', '/2026/tide/')]],
    [null, []],
  ])('is %j where the links say so', (structure, posts) => {
    expect(permalinkStructure(posts, HOME)).toBe(structure);
  });
});

describe('the base of terms', () => {
  const term = (slug: string, path: string, parentSlug: string | null = null) => ({ slug, link: `${HOME}${path}`, parentSlug });

  it('is what stands before the terms, without what the structure puts in front', () => {
    const found = termBase([term('birds', '/topics/birds/'), term('waders', '/topics/birds/waders/', 'birds')], HOME);
    expect(found).toEqual({ base: 'topics', hierarchical: true });
    expect(baseOption(found, 'category', '/%postname%/')).toBe('topics');
    expect(baseOption(termBase([term('birds', '/news/category/birds/')], HOME), 'category', '/news/%postname%/')).toBe('');
    expect(rewriteOf(termBase([term('fiction', '/news/genre/fiction/')], HOME), '/news/%postname%/')).toEqual({ slug: 'genre', with_front: true, hierarchical: false });
  });

  it('is unknown for plain addresses and for none', () => {
    expect(termBase([term('birds', '/?cat=3')], HOME)).toBeNull();
    expect(termBase([], HOME)).toBeNull();
    expect(rewriteOf(null, '')).toBe(false);
  });
});

describe('roles', () => {
  const user = (roles: string[], capabilities: string[], own: Record<string, boolean> = {}): RestUser =>
    restUserShape.parse({
      id: 1, username: 'x', roles, extra_capabilities: { ...Object.fromEntries(roles.map((role) => [role, true])), ...own },
      capabilities: Object.fromEntries([...capabilities, ...roles, ...Object.keys(own).filter((name) => own[name])].map((name) => [name, true])),
    });

  it('have what someone with that role alone may do, and not what was granted to that person', () => {
    const seen = seeRoles({}, [user(['librarian'], ['read', 'edit_books'], { moderate_comments: true }), user(['librarian', 'editor'], ['read', 'edit_books', 'edit_pages'])]);
    expect(seen).toEqual({ librarian: { read: true, edit_books: true } });
    expect(rolesOf(seen)).toMatchObject({ librarian: { name: 'Librarian', capabilities: { read: true, edit_books: true } }, subscriber: { name: 'Subscriber', capabilities: { read: true, level_0: true } } });
  });

  it('are learned from people from whom nothing was taken, where there are any', () => {
    const seen = seeRoles({}, [user(['editor'], ['read'], { edit_posts: false }), user(['editor'], ['read', 'edit_posts'])]);
    expect(seen['editor']).toEqual({ read: true, edit_posts: true });
  });
});

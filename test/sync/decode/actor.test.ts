import { describe, expect, it } from 'vitest';
import { toActorRef } from '../../../sync/decode/actor.js';
import { ACTOR } from './samples.js';

describe('the actor of an item', () => {
  it('is nobody for items of the immediate queue', () => {
    expect(toActorRef(null)).toBeNull();
  });

  it('is a person with a name and a way in', () => {
    expect(toActorRef(ACTOR)).toEqual({ kind: 'USER', userId: 1, label: 'Edith', via: 'wp-admin' });
    expect(toActorRef({ ...ACTOR, external_user_id: '4', display_name: null, is_wp_rest: true })).toEqual({ kind: 'USER', userId: 4, label: 'User 4', via: 'rest' });
  });

  it('is anonymous without a user', () => {
    expect(toActorRef({ ...ACTOR, external_user_id: 0, display_name: null, is_wp_admin: false })).toEqual({
      kind: 'ANONYMOUS', userId: null, label: 'Anonymous', via: 'front',
    });
  });

  it.each([['is_cron', 'CRON', 'cron', 'WP-Cron'], ['is_cli', 'CLI', 'cli', 'WP-CLI']])('is a machine for %s', (member, kind, via, label) => {
    expect(toActorRef({ ...ACTOR, external_user_id: 0, display_name: null, [member]: true })).toEqual({ kind, userId: null, label, via });
  });

  it('is an agent that acts for a person', () => {
    expect(toActorRef({ ...ACTOR, is_mcp_agent: true, mcp_client_name: 'Helper', mcp_client_version: '1' })).toEqual({
      kind: 'AGENT', userId: 1, label: 'Edith', via: 'Helper',
    });
  });

  it('is unknown when the block has no user at all', () => {
    expect(toActorRef({ is_cron: false })).toEqual({ kind: 'UNKNOWN', userId: null, label: 'Unknown', via: 'front' });
  });
});

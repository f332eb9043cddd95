// Resolvers of the users subgraph: sentences over loaders, without data access.
import { decodeGlobalId, decodeNumericId, encodeGlobalId, encodeSiteId, NODE_TYPES, type NodeType, type SiteId } from '../../core/ids.js';
import { parseFacetBy, POST_TYPENAMES } from './audit-loaders.js';
import type { Resolvers } from './generated.js';
import { userMutations } from './mutations/users.js';
import { STUB_TYPES, type AuditFacetModel, type PostModel } from './models.js';

const LOG_PAGE = 50;
const PART_PAGE = 20;

export const resolvers: Resolvers = {
  Query: {
    site: (_, { id }, context) => context.site(id),
    viewer: (_, __, { viewer }) => (viewer.kind === 'anonymous' ? null : { id: viewer.accountId }),
  },
  Mutation: userMutations,
  Viewer: {
    __resolveReference: ({ id }, { viewer }) => (viewer.kind !== 'anonymous' && viewer.accountId === id ? { id } : null),
    displayName: ({ id }, _, context) => context.accountLabel(id),
    isOperator: (_, __, { viewer }) => viewer.kind === 'operator',
    scopes: (_, __, { viewer }) => (viewer.kind === 'anonymous' ? [] : [...viewer.scopes]),
    users: async (_, __, context) => {
      const accounts = context.viewer.kind === 'person' ? context.viewer.users : [];
      const users = await Promise.all(accounts.map((account) => context.user(account.siteId, account.userId)));
      return users.filter((user) => user !== null);
    },
  },
  Site: {
    __resolveReference: ({ id }, context) => context.site(id),
    users: ({ siteId }, args, context) => context.users(siteId, args),
    roles: ({ siteId }, _, context) => context.roles(siteId),
    viewerUser: ({ siteId }, _, context) => context.viewerUser(siteId),
    viewerCan: ({ siteId }, { capability, on }, context) => context.viewerCan(siteId, capability, on ?? null),
    auditLog: ({ siteId }, args, context) => context.audit.events(siteId, 'auditLog', { kind: 'log' }, args, LOG_PAGE),
  },
  User: {
    async __resolveReference({ id }, context) {
      const key = decodeNumericId(id, 'User');
      return key && context.user(key.siteId, key.localId);
    },
    id: ({ siteId, localId }) => encodeGlobalId(siteId, 'User', localId),
    site: ({ siteId }) => ({ id: encodeSiteId(siteId), siteId }),
    username: ({ account }) => account?.username ?? null,
    roles: ({ account }) => account?.roles ?? null,
    capabilities: ({ account }) => account?.capabilities ?? null,
    registeredAt: ({ account }) => account?.registeredAt ?? null,
    lastActivityAt: ({ account }) => account?.lastActivityAt ?? null,
    linkedAccount: ({ account }) => account?.linkedAccount ?? null,
    activity: ({ siteId, localId }, args, context) =>
      context.audit.events(siteId, 'activity', { kind: 'actor', userId: localId }, args, PART_PAGE),
    freshness: ({ siteId }, _, context) => context.freshness(siteId),
  },
  UserConnection: { totalCount: (connection) => connection.countAll() },
  AuditConnection: {
    totalCount: (connection) => connection.countAll(),
    chainVerified: (connection) => connection.verify(),
    facets: (connection, { by }) => connection.facetsBy(parseFacetBy(by)),
  },
  AuditEvent: {
    async __resolveReference({ id }, context) {
      const key = decodeNumericId(id, 'AuditEvent');
      return key && context.audit.event(key.siteId, key.localId);
    },
    id: ({ siteId, sequence }) => encodeGlobalId(siteId, 'AuditEvent', sequence),
    sequence: ({ sequence }) => String(sequence),
    actor: (event) => ({
      kind: event.actorKind,
      label: event.actorLabel,
      via: event.actorVia,
      siteId: event.siteId,
      userId: event.actorUserId,
    }),
    object: (event) => ({ typename: event.objectType, label: event.objectLabel, nodeId: nodeIdOf(event.siteId, event.objectType, event.objectId) }),
    previousHash: ({ previousHash }) => (previousHash === '' ? null : previousHash),
  },
  Actor: {
    user: ({ siteId, userId }, _, context) => (userId === null ? null : context.user(siteId, userId)),
  },
  AuditObject: {
    async node({ nodeId }, _, context) {
      const id = nodeId === null ? null : decodeGlobalId(nodeId);
      if (!id || nodeId === null) return null;
      if (id.type === 'User') return context.user(id.siteId, Number(id.localId));
      if (id.type === 'Post') return postOf(nodeId);
      const type = STUB_TYPES.find((name) => name === id.type);
      return type ? { __typename: type, id: nodeId } : null;
    },
  },
  AuditFacet: { key: facetKey, label: (facet) => facet.label ?? facetKey(facet) },
  Post: {
    __resolveReference: ({ id }) => postOf(id),
    history: ({ siteId, localId }, args, context) =>
      context.audit.events(siteId, 'history', { kind: 'object', types: POST_TYPENAMES, id: String(localId) }, args, PART_PAGE),
  },
  Node: {
    __resolveType(node) {
      if ('__typename' in node && node.__typename) return node.__typename;
      return 'displayName' in node ? 'User' : 'Post';
    },
  },
};

function postOf(id: string): PostModel | null {
  const key = decodeNumericId(id, 'Post');
  return key && { id, siteId: key.siteId, localId: key.localId };
}

const nodeTypes: ReadonlySet<string> = new Set(NODE_TYPES);

function nodeIdOf(siteId: SiteId, type: string, localId: string | null): string | null {
  return localId !== null && nodeTypes.has(type) ? encodeGlobalId(siteId, type as NodeType, localId) : null;
}

function facetKey({ siteId, by, part, id }: AuditFacetModel): string {
  if (by === 'actor') return id === null ? part : encodeGlobalId(siteId, 'User', id);
  return nodeIdOf(siteId, part, id) ?? part;
}

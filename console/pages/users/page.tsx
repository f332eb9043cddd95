// The users of one site: who they are, what they may there, when they were last seen; inviting, changing and removing them.
import { useState, type ReactNode } from 'react';
import { useParams } from 'wouter';
import { useGraph, useGraphList } from '../../graph/use-graph.js';
import { Button } from '../../kit/button.js';
import { SearchBox, SelectBox } from '../../kit/fields.js';
import { PageFrame } from '../../kit/page.js';
import { Empty } from '../../kit/states.js';
import { DataTable, type ColumnSpec } from '../../kit/table.js';
import { useSearchParam, useSettled } from '../../kit/use-search-param.js';
import { Badge, Time } from '../../kit/words.js';
import { SiteUsersDocument, UsersSiteDocument, type UserRowFragment } from './generated.js';
import { InviteDialog } from './invite-dialog.js';
import { UserDialog } from './user-dialog.js';

const PAGE_SIZE = 100;
const EVERY_ROLE = '';

export function Page(): ReactNode {
  const { site = '' } = useParams<{ readonly site: string }>();
  const [search, setSearch] = useSearchParam('search');
  const [role, setRole] = useSearchParam('role');
  const [isInviting, setInviting] = useState(false);
  const [open, setOpen] = useState<UserRowFragment | null>(null);
  const settled = useSettled(search.trim());
  const about = useGraph(UsersSiteDocument, { site });
  const list = useGraphList(
    SiteUsersDocument,
    { site, first: PAGE_SIZE, search: settled === '' ? null : settled, role: role === EVERY_ROLE ? null : role },
    ({ site: found }) => found?.users ? { rows: found.users.nodes, endCursor: found.users.pageInfo.endCursor ?? null, hasMore: found.users.pageInfo.hasNextPage, totalCount: found.users.totalCount ?? null } : null,
  );
  const here = about.kind === 'data' ? about.data.site : null;
  const roles = here?.roles ?? [];
  const isFiltered = settled !== '' || role !== EVERY_ROLE;
  const isDenied = list.problem?.kind === 'denied';
  const choices = [{ value: EVERY_ROLE, label: 'Every role' }, ...roles.map(({ slug, name }) => ({ value: slug, label: name })), ...(role === EVERY_ROLE || roles.some(({ slug }) => slug === role) ? [] : [{ value: role, label: role }])];
  return (
    <PageFrame title="Users" fills about={here?.name ?? '\u00a0'} actions={(about.kind === 'loading' || here?.mayInvite === true) && !isDenied ? <Button icon="plus" look="primary" isDisabled={here === null} onPress={() => setInviting(true)}>Invite somebody</Button> : undefined}>
      {!isDenied && (
        <div className="toolbar" role="search">
          <SearchBox label="Search names and addresses" value={search} onChange={setSearch} />
          <SelectBox label="Role" isBare options={choices} value={role} onChange={setRole} />
        </div>
      )}
      <DataTable
        label="Users" noun="user" columns={COLUMNS} rows={isDenied ? [] : list.rows} idOf={({ id }) => id} textOf={({ displayName }) => displayName} onAction={setOpen} rowHeight={52}
        isLoading={list.isLoading} isLoadingMore={list.isLoadingMore} onLoadMore={list.loadMore} totalCount={list.totalCount} problem={list.problem} retry={list.refresh}
        empty={isFiltered ? <Empty title="Nobody matches" icon="search" hint="Try another word, or every role." /> : <Empty title="No user yet" icon="users" hint="The users of a site show here as soon as it has synced them." />}
      />
      {isInviting && <InviteDialog site={site} roles={roles} onClose={() => setInviting(false)} onDone={list.refresh} />}
      {open && <UserDialog key={open.id} site={site} user={open} roles={roles} isSelf={here?.viewerUser?.id === open.id} onClose={() => setOpen(null)} onDone={list.refresh} />}
    </PageFrame>
  );
}

function rolesText({ roles }: UserRowFragment): string {
  return roles ? (roles.length === 0 ? 'no role' : roles.map(({ name }) => name).join(', ')) : 'not known';
}

const COLUMNS: readonly ColumnSpec<UserRowFragment>[] = [
  {
    id: 'name', name: 'User', width: '2fr', minWidth: 180,
    cell: (user, isNarrow) => <span className="two"><span className="cut">{user.displayName}</span><span className="cut">{isNarrow ? [rolesText(user), user.username].filter(Boolean).join(' · ') : user.username}</span></span>,
  },
  { id: 'email', name: 'E-mail', width: '2fr', minWidth: 140, isWide: true, cell: ({ email }) => <span className="cut">{email ?? <span className="soft">not shown to you</span>}</span> },
  { id: 'roles', name: 'Roles', width: '1fr', minWidth: 120, isWide: true, cell: (user) => <span className="cut">{rolesText(user)}</span> },
  { id: 'linked', name: 'Account', width: 120, isWide: true, cell: ({ linkedAccount }) => (linkedAccount === true ? <Badge tone="good">Linked</Badge> : <span className="soft">{linkedAccount === false ? 'not linked' : 'not known'}</span>) },
  { id: 'seen', name: 'Signed in', width: 130, isWide: true, cell: ({ lastActivityAt }) => <Time at={lastActivityAt} isAge otherwise="not seen" /> },
  { id: 'since', name: 'Since', width: 130, isWide: true, cell: ({ registeredAt }) => <Time at={registeredAt} isAge otherwise="not known" /> },
];

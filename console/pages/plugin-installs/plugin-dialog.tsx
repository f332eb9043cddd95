// One installed plugin: what it is, what waits for it, what is known against it, and what cannot be done with it and why.
import type { ReactNode } from 'react';
import type { ExtensionAction } from '../../extensions/generated.js';
import { actionWord } from '../../extensions/words.js';
import { useGraph } from '../../graph/use-graph.js';
import { Button, OutLink } from '../../kit/button.js';
import { Dialog } from '../../kit/dialog.js';
import { Bones, Notice, ProblemState } from '../../kit/states.js';
import { Badge, formatNumber, Time } from '../../kit/words.js';
import { PluginDetailDocument, PluginInDirectoryDocument, type InstallRowFragment, type PluginPartsFragment } from './generated.js';

export interface PluginDialogProps {
  readonly row: InstallRowFragment;
  readonly onClose: () => void;
  readonly begin: (action: ExtensionAction, rows: readonly InstallRowFragment[]) => void;
}

export function PluginDialog({ row, onClose, begin }: PluginDialogProps): ReactNode {
  const loaded = useGraph(PluginDetailDocument, { id: row.id });
  const plugin = loaded.kind === 'data' && loaded.data.node && 'restrictions' in loaded.data.node ? loaded.data.node : null;
  const blocked = new Set((plugin?.restrictions ?? []).map(({ action }) => action));
  const act = (action: ExtensionAction): void => {
    onClose();
    begin(action, [row]);
  };
  const isOn = row.activation === 'ACTIVE' || row.activation === 'NETWORK_ACTIVE' || row.activation === 'PAUSED';
  const toggle = isOn ? 'DEACTIVATE' : 'ACTIVATE';
  return (
    <Dialog title={`${row.name} on ${row.site.name}`} isOpen onClose={onClose} isWide>
      {loaded.kind === 'problem' && <ProblemState problem={loaded.problem} retry={loaded.retry} />}
      {loaded.kind === 'loading' && <div role="status" aria-label="Loading" className="stack" style={{ minHeight: '16rem' }}><Bones width="70%" /><Bones width="50%" /><Bones width="60%" /><Bones width="40%" /></div>}
      {plugin && <Details plugin={plugin} />}
      <div className="actions">
        {plugin && Object.entries(linksOf(plugin.actionLinks)).map(([label, href]) => <OutLink key={label} href={href}>{label}</OutLink>)}
        {row.update && <Button icon="sync" look="primary" isDisabled={blocked.has('UPDATE')} onPress={() => act('UPDATE')}>{`Update to ${row.update.version}`}</Button>}
        {row.activation && <Button isDisabled={blocked.has(toggle)} onPress={() => act(toggle)}>{isOn ? 'Deactivate' : 'Activate'}</Button>}
        <Button onPress={onClose} autoFocus>Close</Button>
      </div>
    </Dialog>
  );
}

function Details({ plugin }: { readonly plugin: PluginPartsFragment }): ReactNode {
  const { details, holes, restrictions } = plugin;
  const needs = (wp: string | null | undefined, php: string | null | undefined): string => [wp ? `WordPress ${wp}` : null, php ? `PHP ${php}` : null].filter(Boolean).join(' and ') || 'not told';
  const reasons = [...new Set((restrictions ?? []).map(({ reason }) => reason.message))].map((message) => [message, (restrictions ?? []).filter(({ reason }) => reason.message === message)] as const);
  return (
    <div className="stack">
      {holes.map(({ id, title, severity, cvss, fixedIn, source }) => (
        <Notice key={id} look="bad" action={source ? <OutLink href={source}>Read about it</OutLink> : undefined}><p><strong>{severity}{typeof cvss === 'number' ? ` (${cvss})` : ''}</strong> {title}: {fixedIn ? `fixed in ${fixedIn}` : 'no fix known'}.</p></Notice>
      ))}
      {plugin.description !== '' && <p>{plugin.description}</p>}
      <dl className="facts">
        <dt>File</dt><dd><code>{plugin.file}</code></dd>
        <dt>Version</dt><dd className="number">{plugin.installedVersion === '' ? 'none named' : plugin.installedVersion}</dd>
        {details && <><dt>Update</dt><dd><span className="number">{details.version}</span>, needs {needs(details.requiresWp, details.requiresPhp)}{details.testedUpTo ? `, tested with WordPress ${details.testedUpTo}` : ''}{details.firstSeenAt && <>, seen <Time at={details.firstSeenAt} isAge /></>}{details.changelogUrl && <> · <a href={details.changelogUrl} target="_blank" rel="noreferrer">what is new</a></>}</dd></>}
        <dt>Author</dt><dd>{plugin.authorName ?? 'not told'}{plugin.pluginUrl && <> · <a href={plugin.pluginUrl} target="_blank" rel="noreferrer">its page</a></>}</dd>
        <dt>Needs</dt><dd>{needs(plugin.requiresWp, plugin.requiresPhp)}</dd>
        <dt>Updates itself</dt><dd>{yesWord(plugin.autoUpdate)}; its translations: {yesWord(plugin.autoUpdateTranslations)}</dd>
        <Directory id={plugin.id} />
      </dl>
      {restrictions && (
        <section aria-labelledby="plugin-limits"><h3 id="plugin-limits">What cannot be done with it</h3>
          {reasons.length === 0 ? <p className="soft">Nothing stands in the way.</p> : <ul>{reasons.map(([message, of]) => <li key={message}><strong>{of.map(({ action }) => actionWord(action)).join(', ')}</strong>: {message}.</li>)}</ul>}
        </section>
      )}
      {plugin.managed === true && !reasons.length && <p className="soft">Somebody else than WordPress looks after the files of this site.</p>}
    </div>
  );
}

/** What the directory says, which is asked at once and may take its time; the line is there before. */
function Directory({ id }: { readonly id: string }): ReactNode {
  const loaded = useGraph(PluginInDirectoryDocument, { id });
  const entry = loaded.kind === 'data' && loaded.data.node && 'catalog' in loaded.data.node ? loaded.data.node.catalog : null;
  const words = loaded.kind === 'loading' ? <Bones width="10rem" /> : !entry ? (loaded.kind === 'data' && loaded.problem === null ? 'not there' : 'does not answer')
    : entry.closed ? <Badge tone="bad">closed: no longer given out</Badge>
      : <>{entry.latestVersion}{entry.lastUpdatedAt && <>, changed <Time at={entry.lastUpdatedAt} isAge /></>}{typeof entry.activeInstalls === 'number' && `, on ${formatNumber(entry.activeInstalls)} sites or more`}{typeof entry.rating === 'number' && `, ${entry.rating.toFixed(1)} of 5`}</>;
  return <><dt>WordPress.org</dt><dd>{words}</dd></>;
}

const yesWord = (isOn: boolean | null | undefined): string => (isOn === true ? 'yes' : isOn === false ? 'no' : 'not known');

/** Addresses in wp-admin that the plugin shows in its own line there, such as its settings. */
function linksOf(links: unknown): Readonly<Record<string, string>> {
  if (typeof links !== 'object' || links === null || Array.isArray(links)) return {};
  return Object.fromEntries(Object.entries(links).filter((link): link is [string, string] => typeof link[1] === 'string' && /^https?:\/\//.test(link[1])).slice(0, 3));
}

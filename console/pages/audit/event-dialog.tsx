// One line of the audit log with all that is kept of it.
import type { ReactNode } from 'react';
import { Button } from '../../kit/button.js';
import { Dialog } from '../../kit/dialog.js';
import { Time } from '../../kit/words.js';
import type { AuditLogQuery } from './generated.js';

export type AuditLine = NonNullable<NonNullable<AuditLogQuery['site']>['auditLog']>['nodes'][number];

export function EventDialog({ line, onClose }: { readonly line: AuditLine | null; readonly onClose: () => void }): ReactNode {
  return <Dialog title={line?.summary ?? ''} isOpen={line !== null} onClose={onClose}>{line && <Details line={line} />}<div className="actions"><Button onPress={onClose}>Close</Button></div></Dialog>;
}

function Details({ line }: { readonly line: AuditLine }): ReactNode {
  const { actor, object } = line;
  return (
    <>
      <dl className="facts">
        <dt>Who</dt><dd>{actor.label === '' ? actor.kind.toLowerCase() : actor.label}{typeof actor.via === 'string' && <span className="soft"> through {actor.via}</span>}</dd>
        <dt>When</dt><dd><Time at={line.at} /> <span className="soft">told <Time at={line.receivedAt} /></span></dd>
        <dt>To what</dt><dd>{object.label === '' ? object.typename : object.label} <span className="soft">{object.typename}</span></dd>
        <dt>Event</dt><dd><code>{line.event}</code></dd>
        <dt>Line</dt><dd className="number">{line.sequence}</dd>
        <dt>Hash</dt><dd><code>{line.hash.slice(0, 16)}…</code></dd>
      </dl>
      {line.fieldChanges.length > 0 && (
        <div className="scrolls" tabIndex={0} role="group" aria-label="What changed"><table className="plain-table">
          <thead><tr><th scope="col">Field</th><th scope="col">Before</th><th scope="col">After</th></tr></thead>
          <tbody>{line.fieldChanges.map(({ field, before, after, redacted }) => <tr key={field}><th scope="row">{field}</th>{redacted ? <td colSpan={2} className="soft">withheld</td> : <><td>{textOf(before)}</td><td>{textOf(after)}</td></>}</tr>)}</tbody>
        </table></div>
      )}
    </>
  );
}

function textOf(value: unknown): ReactNode {
  if (value === null || value === undefined || value === '') return <span className="soft">nothing</span>;
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > 300 ? `${text.slice(0, 300)}…` : text;
}

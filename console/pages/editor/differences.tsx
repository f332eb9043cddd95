// What is different between two texts, by line: a sign and a word for each line beside its colour.
import { diffLines } from 'diff';
import { useMemo, type ReactNode } from 'react';

/** The most that is compared; above it the text is shown as it is. */
const MOST_CHARACTERS = 200_000;

export function Differences({ base, now }: { readonly base: string; readonly now: string }): ReactNode {
  const parts = useMemo(() => (base.length + now.length > MOST_CHARACTERS ? [{ value: now, added: false, removed: false }] : diffLines(base, now)), [base, now]);
  return (
    <pre className="lines">
      {parts.map((part, at) => part.value.replace(/\n$/, '').split('\n').map((line, index) => {
        const key = `${at}-${index}`;
        if (part.added) return <ins key={key}><span aria-hidden="true">+ </span><span className="hidden-visually">added: </span>{line}{'\n'}</ins>;
        if (part.removed) return <del key={key}><span aria-hidden="true">− </span><span className="hidden-visually">removed: </span>{line}{'\n'}</del>;
        return <span key={key}>{'  '}{line}{'\n'}</span>;
      }))}
    </pre>
  );
}

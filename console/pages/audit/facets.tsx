// How the list divides: by what it is about, by whom, by event. Pressing a part narrows the list to it, pressing it again undoes that.
import type { ReactNode } from 'react';
import { ToggleButton } from 'react-aria-components';
import { Bones } from '../../kit/states.js';
import { formatNumber } from '../../kit/words.js';
import type { AuditChoice } from './filter.js';
import type { AuditFacetsQuery } from './generated.js';

type Parts = NonNullable<NonNullable<AuditFacetsQuery['site']>['auditLog']>;

const GROUPS = [
  { name: 'category', title: 'About', pick: (parts: Parts) => parts.byCategory },
  { name: 'actor', title: 'Who', pick: (parts: Parts) => parts.byActor },
  { name: 'event', title: 'Event', pick: (parts: Parts) => parts.byEvent },
] as const;
/** Of a group, so that the three are in view together; the search finds the rest. */
const SHOWN = 12;

export function Facets({ parts, chosen, onChoose }: { readonly parts: Parts | null; readonly chosen: AuditChoice; readonly onChoose: (name: keyof AuditChoice, value: string) => void }): ReactNode {
  return (
    <section className="facets card" aria-label="Facets" tabIndex={-1}>
      {GROUPS.map(({ name, title, pick }) => (
        <div key={name} role="group" aria-labelledby={`facet-${name}`}>
          <h2 id={`facet-${name}`}>{title}</h2>
          {parts === null ? <div className="stack" style={{ gap: '.6rem' }}><Bones /><Bones width="80%" /><Bones width="60%" /></div> : pick(parts).slice(0, SHOWN).map(({ key, label, count }) => (
            <ToggleButton key={key} className="facet" isSelected={chosen[name] === key} onChange={(isSelected) => onChoose(name, isSelected ? key : '')}>
              <span className="cut">{name === 'category' || label === key ? key.toLowerCase().replaceAll('_', ' ') : label}</span><span className="soft number">{formatNumber(count)}</span>
            </ToggleButton>
          ))}
        </div>
      ))}
    </section>
  );
}

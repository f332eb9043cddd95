// Chooses from the WordPress.org directory: by searching it for plugins, or by the exact name of a folder, which is all there is for themes
// and where the directory does not answer.
import { useState, type ReactNode } from 'react';
import { ListBox, ListBoxItem } from 'react-aria-components';
import { useGraph } from '../graph/use-graph.js';
import { SearchBox, TextBox } from '../kit/fields.js';
import { Notice } from '../kit/states.js';
import { useSettled } from '../kit/use-search-param.js';
import { formatNumber } from '../kit/words.js';
import { DirectoryPluginsDocument, type DirectoryPluginsQuery } from './generated.js';

type Entry = NonNullable<DirectoryPluginsQuery['pluginCatalog']>['nodes'][number];

const SLUG = /^[a-z0-9][a-z0-9-]{0,199}$/;
const SHORTEST = 2;

interface ChoiceProps {
  readonly slug: string | null;
  readonly onSlug: (slug: string | null) => void;
}

export function DirectoryChoice({ kind, ...choice }: ChoiceProps & { readonly kind: 'PLUGIN' | 'THEME' }): ReactNode {
  return kind === 'THEME' ? <ThemeSlug {...choice} /> : <PluginSearch {...choice} />;
}

function ThemeSlug({ slug, onSlug }: ChoiceProps): ReactNode {
  const [text, setText] = useState(slug ?? '');
  return (
    <TextBox
      label="Its name in the directory" value={text} hint="The end of its address: wordpress.org/themes/storefront is storefront." error={text === '' || SLUG.test(text.trim()) ? null : 'Small letters, digits and dashes.'} autoFocus
      onChange={(value) => { setText(value); onSlug(SLUG.test(value.trim()) ? value.trim() : null); }}
    />
  );
}

function PluginSearch({ slug, onSlug }: ChoiceProps): ReactNode {
  const [search, setSearch] = useState('');
  const settled = useSettled(search.trim(), 400);
  const isAsked = settled.length >= SHORTEST;
  const loaded = useGraph(DirectoryPluginsDocument, { search: settled }, { pause: !isAsked });
  const found = isAsked && loaded.kind === 'data' ? (loaded.data.pluginCatalog?.nodes ?? []).filter(({ closed }) => !closed) : [];
  const problem = !isAsked ? null : loaded.kind === 'problem' ? loaded.problem : loaded.kind === 'data' ? loaded.problem : null;
  const typed = search.trim();
  const exact: readonly Choice[] = SLUG.test(typed) && !found.some((entry) => entry.slug === typed) ? [{ slug: typed, name: typed, about: 'exactly this name, whether or not it was found' }] : [];
  const choices = [...found.map((entry): Choice => ({ slug: entry.slug, name: entry.name, about: aboutOf(entry) })), ...exact];
  return (
    <div className="stack tight">
      <SearchBox label="Search the WordPress.org directory" value={search} onChange={(value) => { setSearch(value); onSlug(null); }} autoFocus />
      {problem && <Notice look="warn"><p>{problem.message} A plugin can still be named exactly: type the end of its address there.</p></Notice>}
      <ListBox
        aria-label="Plugins of the directory" className="list bordered" items={choices.map((choice) => ({ ...choice, id: choice.slug }))} selectionMode="single" selectedKeys={slug === null ? [] : [slug]}
        onSelectionChange={(keys) => onSlug(keys === 'all' || keys.size === 0 ? null : String([...keys][0]))}
        renderEmptyState={() => <div className="none">{typed.length < SHORTEST ? 'Type what you look for.' : isAsked && loaded.kind !== 'loading' ? 'The directory knows nothing of this name.' : 'Searching…'}</div>}
      >
        {({ id, name, about }) => <ListBoxItem id={id} textValue={name}><span className="two"><span className="cut">{name}</span><span className="cut">{about}</span></span></ListBoxItem>}
      </ListBox>
    </div>
  );
}

interface Choice {
  readonly slug: string;
  readonly name: string;
  readonly about: string;
}

function aboutOf({ slug, latestVersion, activeInstalls, rating, requiresWp, requiresPhp }: Entry): string {
  const needs = [requiresWp ? `WordPress ${requiresWp}` : null, requiresPhp ? `PHP ${requiresPhp}` : null].filter(Boolean).join(', ');
  return [slug, latestVersion, typeof activeInstalls === 'number' ? `on ${formatNumber(activeInstalls)} sites or more` : null, typeof rating === 'number' ? `${rating} of 5` : null, needs === '' ? null : `needs ${needs}`].filter(Boolean).join(' · ');
}

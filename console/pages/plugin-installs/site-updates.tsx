// What else could be updated on one site, WordPress itself and translations, and whether its files can be changed at all.
import type { ReactNode } from 'react';
import type { Asked } from '../../extensions/apply-dialog.js';
import { Button } from '../../kit/button.js';
import type { SiteUpdatesQuery } from './generated.js';

const REASONS: Readonly<Record<string, string>> = {
  DISALLOW_FILE_MODS: 'the site’s configuration forbids it', NO_FILE_SYSTEM_WRITE_ACCESS: 'WordPress cannot write its files', AUTOMATIC_UPDATER_DISABLED: 'updates by themselves are switched off',
  VERSION_CONTROLLED: 'its files are under version control', WP_AUTO_UPDATE_CORE: 'WordPress does not update itself',
};

export function SiteUpdates({ site, ask }: { readonly site: NonNullable<SiteUpdatesQuery['site']> | null; readonly ask: (asked: Asked) => void }): ReactNode {
  if (!site) return '\u00a0';
  const { id, name, canModifyFiles, updates } = site;
  const target = { siteId: id, siteName: name };
  return (
    <span className="line">
      <span>{name}{canModifyFiles?.update === false ? ` · nothing can be updated from here: ${canModifyFiles.reasons.map((reason) => REASONS[reason] ?? reason).join(', ')}` : ''}</span>
      {updates?.core && <Button onPress={() => ask({ action: 'UPDATE_CORE', kind: 'CORE', targets: [{ ...target, slug: 'wordpress' }] })}>{`Update WordPress to ${updates.core.version}`}</Button>}
      {updates && updates.translations > 0 && <Button onPress={() => ask({ action: 'UPDATE_TRANSLATIONS', kind: 'TRANSLATION', targets: [{ ...target, slug: 'translations' }] })}>Update translations</Button>}
    </span>
  );
}

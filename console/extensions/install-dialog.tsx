// Chooses what to install and where: from the WordPress.org directory, or from a zip. What then happens is asked by the dialog of all
// work on plugins and themes, with its plan.
import { useState, type ReactNode } from 'react';
import { Button } from '../kit/button.js';
import { Dialog } from '../kit/dialog.js';
import { Segments } from '../kit/fields.js';
import type { Asked } from './apply-dialog.js';
import { DirectoryChoice } from './directory-choice.js';
import { SitePicker, type ChosenSites } from './site-picker.js';
import type { UploadedPackage } from './upload.js';
import { ZipChoice } from './zip-choice.js';

export interface InstallDialogProps {
  readonly kind: 'PLUGIN' | 'THEME';
  /** The one site it is about; null where sites are chosen. */
  readonly site: { readonly id: string; readonly name: string } | null;
  readonly onClose: () => void;
  readonly ask: (asked: Asked) => void;
}

const SOURCES = [{ value: 'directory', label: 'WordPress.org' }, { value: 'zip', label: 'A zip file' }] as const;
const WAYS = [{ value: 'INSTALL', label: 'Install it anew' }, { value: 'UPDATE', label: 'Replace what is installed' }] as const;

export function InstallDialog({ kind, site, onClose, ask }: InstallDialogProps): ReactNode {
  const [source, setSource] = useState<'directory' | 'zip'>('directory');
  const [slug, setSlug] = useState<string | null>(null);
  const [uploaded, setUploaded] = useState<UploadedPackage | null>(null);
  const [way, setWay] = useState<'INSTALL' | 'UPDATE'>('INSTALL');
  const [sites, setSites] = useState<ChosenSites>(new Map(site ? [[site.id, site.name]] : []));
  const chosen = source === 'zip' ? (uploaded?.slug ?? null) : slug;
  const action = source === 'zip' ? way : 'INSTALL';
  const realKind = source === 'zip' ? (uploaded?.kind ?? kind) : kind;
  const noun = kind === 'THEME' ? 'theme' : 'plugin';

  const goOn = (): void => {
    if (chosen === null) return;
    onClose();
    ask({ action, kind: realKind, targets: [...sites].map(([siteId, siteName]) => ({ siteId, siteName, slug: chosen, ...(source === 'zip' && uploaded ? { packageId: uploaded.id } : {}) })) });
  };
  return (
    <Dialog title={`Install a ${noun}${site ? ` on ${site.name}` : ''}`} isOpen onClose={onClose}>
      <div className="stack">
        <Segments label="From where" options={SOURCES} value={source} onChange={setSource} />
        {source === 'directory' ? <DirectoryChoice kind={kind} slug={slug} onSlug={setSlug} /> : <ZipChoice uploaded={uploaded} onUploaded={setUploaded} />}
        {source === 'zip' && uploaded && <Segments label="How" options={WAYS} value={way} onChange={setWay} />}
        {site === null && <section aria-labelledby="install-where"><h3 id="install-where">Where</h3><SitePicker capability={`${action === 'UPDATE' ? 'update' : 'install'}_${realKind === 'THEME' ? 'themes' : 'plugins'}`} chosen={sites} onChange={setSites} /></section>}
      </div>
      <div className="actions"><Button onPress={onClose} autoFocus>Cancel</Button><Button look="primary" onPress={goOn} isDisabled={chosen === null || sites.size === 0}>See what would happen</Button></div>
    </Dialog>
  );
}

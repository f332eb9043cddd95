// The settings of a site that WordPress's REST API lets be changed. Only what was changed here is sent, together with the version it was
// changed on; when somebody else changed something meanwhile, both are shown and the person decides.
import { type ReactNode } from 'react';
import { useParams } from 'wouter';
import { useGraph } from '../../graph/use-graph.js';
import { OutLink } from '../../kit/button.js';
import { PageFrame } from '../../kit/page.js';
import { CardBones, Empty, ProblemState } from '../../kit/states.js';
import { SettingsForm } from './form.js';
import { SiteSettingsDocument } from './generated.js';

export function Page(): ReactNode {
  const { site: id } = useParams<{ readonly site: string }>();
  const loaded = useGraph(SiteSettingsDocument, { id });
  if (loaded.kind === 'problem') return <PageFrame title="Settings"><ProblemState problem={loaded.problem} retry={loaded.retry} /></PageFrame>;
  if (loaded.kind === 'loading') return <PageFrame title="Settings"><CardBones lines={6} height="17rem" /><CardBones lines={6} height="17rem" /></PageFrame>;
  const { site } = loaded.data;
  if (!site?.settings) return <PageFrame title="Settings"><Empty title="Not for your account" icon="lock" hint="The settings of a site are for people who may manage its options." /></PageFrame>;
  return (
    <PageFrame title="Settings" about={site.name} actions={typeof site.adminUrl === 'string' && <OutLink href={`${site.adminUrl}options-general.php`}>In wp-admin</OutLink>}>
      <SettingsForm key={site.id} siteId={site.id} settings={site.settings} mayWrite={site.viewerCan === true} pages={site.pages.nodes} categories={site.taxonomyTerms.nodes} />
    </PageFrame>
  );
}

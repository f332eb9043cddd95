// One theme of a site: what it supports and how it was customised. The styles of the block theme that the site shows can be changed here,
// as the site's own editor of styles stores them.
import { useState, type ReactNode } from 'react';
import { NO_REFUSALS, refusalsOf, refusedBy } from '../../graph/refusals.js';
import { useGraph } from '../../graph/use-graph.js';
import { useWrite } from '../../graph/use-write.js';
import { Button } from '../../kit/button.js';
import { Dialog } from '../../kit/dialog.js';
import { TextBox } from '../../kit/fields.js';
import { Bones, Notice, ProblemState } from '../../kit/states.js';
import { say } from '../../kit/toasts.js';
import { ThemeCustomizeDocument, ThemeStylesDocument, type ThemeStylePartsFragment } from './generated.js';

type Styles = NonNullable<ThemeStylePartsFragment['globalStyles']>;

export function ThemeDialog({ id, name, onClose }: { readonly id: string; readonly name: string; readonly onClose: () => void }): ReactNode {
  const loaded = useGraph(ThemeStylesDocument, { id });
  const theme = loaded.kind === 'data' && loaded.data.node && 'supports' in loaded.data.node ? loaded.data.node : null;
  const hasStyles = theme?.isActive === true && theme.isBlockTheme === true && loaded.kind === 'data' && loaded.problem === null;
  return (
    <Dialog title={name} isOpen onClose={onClose} isWide>
      {loaded.kind === 'loading' && <div role="status" aria-label="Loading" className="stack" style={{ minHeight: '14rem' }}><Bones width="60%" /><Bones width="80%" /><Bones width="50%" /></div>}
      {loaded.kind === 'problem' && <ProblemState problem={loaded.problem} retry={loaded.retry} />}
      {theme && <About theme={theme} />}
      {theme && hasStyles ? <StylesForm themeId={id} styles={theme.globalStyles ?? null} onClose={onClose} /> : (
        <>
          {theme && <p className="soft">{theme.isBlockTheme === true ? (theme.isActive ? 'Its styles are for people who may edit the theme of this site.' : 'Its styles can be changed once the site shows it.') : 'It is no block theme: WordPress lets nobody change it from outside. Its menus and the logo have places of their own here, under Menus and Settings.'}</p>}
          <div className="actions"><Button onPress={onClose} autoFocus>Close</Button></div>
        </>
      )}
    </Dialog>
  );
}

function About({ theme: { supports, registeredMenuLocations, mods } }: { readonly theme: ThemeStylePartsFragment }): ReactNode {
  return (
    <>
      <dl className="facts">
        {supports && <><dt>Supports</dt><dd>{supports.length === 0 ? 'nothing named' : supports.join(', ')}</dd></>}
        {registeredMenuLocations.length > 0 && <><dt>Menu locations</dt><dd>{registeredMenuLocations.join(', ')}</dd></>}
      </dl>
      {mods !== null && mods !== undefined && <details className="more"><summary>Modifications, as stored</summary><pre className="log mono" tabIndex={0} aria-label="Modifications">{JSON.stringify(mods, null, 2)}</pre></details>}
    </>
  );
}

const textOf = (value: unknown): string => JSON.stringify(value ?? {}, null, 2);

/** The value, or null where the text is no object of JSON. */
function objectOf(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

function StylesForm({ themeId, styles, onClose }: { readonly themeId: string; readonly styles: Styles | null; readonly onClose: () => void }): ReactNode {
  const { send, isBusy } = useWrite(ThemeCustomizeDocument);
  const [base, setBase] = useState(styles);
  const [texts, setTexts] = useState({ settings: textOf(styles?.settings), styles: textOf(styles?.styles) });
  const [refusals, setRefusals] = useState(NO_REFUSALS);
  const values = { settings: objectOf(texts.settings), styles: objectOf(texts.styles) };
  const edited = (['settings', 'styles'] as const).filter((part) => texts[part] !== textOf(base?.[part]));
  const fault = (part: 'settings' | 'styles'): string | null => (values[part] === null ? 'This is no object of JSON.' : (refusals.byField[part] ?? null));

  const save = async (): Promise<void> => {
    const changes = Object.fromEntries(edited.map((part) => [part, values[part]]));
    const answer = await send((idempotencyKey) => ({ input: { themeId, idempotencyKey, ...(base ? { expectedVersion: base.version } : {}), ...changes } }));
    if (!answer.ok) return setRefusals(refusedBy(answer.problem));
    const payload = answer.data.themeCustomize;
    if (!payload) return setRefusals({ byField: {}, whole: 'You may not change the styles of this site.' });
    const theirs = payload.theme?.globalStyles ?? null;
    if (payload.userErrors.some(({ code }) => code === 'VERSION_CONFLICT')) {
      if (theirs) setBase(theirs);
      return setRefusals({ byField: {}, whole: 'Somebody else has changed the styles meanwhile. What you wrote is still here: close this to see theirs, or save again to put yours over it.' });
    }
    setRefusals(refusalsOf(payload.userErrors, ['settings', 'styles']));
    if (payload.userErrors.length > 0) return;
    say('The styles are saved', 'The site shows them now.');
    onClose();
  };
  return (
    <form className="stack" noValidate onSubmit={(event) => { event.preventDefault(); if (edited.length > 0 && !isBusy) void save(); }}>
      {refusals.whole !== null && <Notice look="bad"><p>{refusals.whole}</p></Notice>}
      <TextBox label="Styles" isMultiline value={texts.styles} onChange={(text) => setTexts((now) => ({ ...now, styles: text }))} error={fault('styles')} hint="Colours, typography and spacing, as the member styles of theme.json." />
      <TextBox label="Settings" isMultiline value={texts.settings} onChange={(text) => setTexts((now) => ({ ...now, settings: text }))} error={fault('settings')} hint="Palettes, sizes and what the editor offers, as the member settings of theme.json." />
      <div className="actions"><Button onPress={onClose} isDisabled={isBusy} autoFocus>Cancel</Button><Button type="submit" look="primary" isPending={isBusy} isDisabled={edited.length === 0 || values.settings === null || values.styles === null}>Save styles</Button></div>
    </form>
  );
}

// Begins a post or a page: a title is enough, the draft on the site is then edited like any other.
import { useState, type ReactNode } from 'react';
import { useLocation } from 'wouter';
import { sitePath } from '../../app/navigation.js';
import { useWrite } from '../../graph/use-write.js';
import { Button, LinkButton } from '../../kit/button.js';
import { editorPath } from '../../kit/content-words.js';
import { TextBox } from '../../kit/fields.js';
import { PageFrame } from '../../kit/page.js';
import { Notice } from '../../kit/states.js';
import { EditorCreateDocument } from './generated.js';

export function NewContent({ site, list }: { readonly site: string; readonly list: string }): ReactNode {
  const [title, setTitle] = useState('');
  const [problem, setProblem] = useState<string | null>(null);
  const [, navigate] = useLocation();
  const { send, isBusy } = useWrite(EditorCreateDocument);
  const type = list === 'pages' ? 'page' : 'post';
  const create = async (): Promise<void> => {
    setProblem(null);
    const answer = await send((idempotencyKey) => ({ input: { siteId: site, type, idempotencyKey, fields: { title, rawContent: '<!-- wp:paragraph -->\n<p></p>\n<!-- /wp:paragraph -->' } } }));
    const payload = answer.ok ? answer.data.contentCreate : null;
    if (payload?.content) return navigate(sitePath(site, editorPath(type, payload.content.id)), { replace: true });
    setProblem(answer.ok ? (payload?.userErrors[0]?.message ?? 'It was not made.') : answer.problem.message);
  };
  return (
    <PageFrame title={`New ${type}`}>
      {problem !== null && <Notice look="bad"><p>{problem}</p></Notice>}
      <form className="card stack" onSubmit={(event) => { event.preventDefault(); void create(); }}>
        <TextBox label="Title" value={title} onChange={setTitle} maxLength={5_000} autoFocus hint="It is a draft until you publish it." />
        <div className="line"><Button type="submit" look="primary" isPending={isBusy} isDisabled={title.trim() === ''}>Create the draft</Button><LinkButton to={sitePath(site, `/${list}`)}>Cancel</LinkButton></div>
      </form>
    </PageFrame>
  );
}

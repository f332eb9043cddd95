// The page behind /graphql in a browser: GraphiQL and a field for the bearer token, which stays in this tab.
import { useMemo, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { createGraphiQLFetcher } from '@graphiql/toolkit';
import { GraphiQL } from 'graphiql';

const WORKERS = { json: 'json.worker', graphql: 'graphql.worker' };
globalThis.MonacoEnvironment = {
  getWorker: (_id, label) => new Worker(`/graphql/ui/${WORKERS[label] ?? 'editor.worker'}.js`),
};

const KEY = 'sitegraph-token';
const EXAMPLE = `# A first query. Paste a token above for what visitors may not see.
{
  siteByUrl(url: "http://harborlane.example") {
    name
    posts(first: 5) {
      nodes {
        title
        author {
          displayName
        }
      }
    }
  }
}
`;

function Page() {
  const [token, setToken] = useState(sessionStorage.getItem(KEY) ?? '');
  const fetcher = useMemo(
    () => createGraphiQLFetcher({ url: '/graphql', headers: token === '' ? {} : { authorization: `Bearer ${token}` } }),
    [token],
  );
  const change = (event) => {
    const next = event.target.value.trim();
    sessionStorage.setItem(KEY, next);
    setToken(next);
  };
  return (
    <>
      <label className="token">
        Bearer token
        <input type="password" autoComplete="off" spellCheck={false} value={token} onChange={change} placeholder="none: you see what visitors see" />
      </label>
      <GraphiQL fetcher={fetcher} defaultQuery={EXAMPLE} />
    </>
  );
}

createRoot(document.getElementById('graphiql')).render(<Page />);

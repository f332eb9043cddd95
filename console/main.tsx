// The console's entry: the graph's client, the router at the server's base path, the shell around the pages.
import './styles/index.css';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { I18nProvider, RouterProvider } from 'react-aria-components';
import { Provider } from 'urql';
import { Router, useLocation } from 'wouter';
import { BASE } from './app/base.js';
import { Shell } from './app/shell.js';
import { createGraph } from './graph/client.js';

function Console(): React.ReactNode {
  const [, navigate] = useLocation();
  return <RouterProvider navigate={navigate}><Shell /></RouterProvider>;
}

const place = document.getElementById('root');
if (place === null) throw new Error('the page of the console has no element with the id root; build it again');
createRoot(place).render(
  <StrictMode>
    <I18nProvider locale="en-GB">
      <Provider value={createGraph()}>
        <Router base={BASE}><Console /></Router>
      </Provider>
    </I18nProvider>
  </StrictMode>,
);

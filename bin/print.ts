// Prints the answers of administrative commands for people, or as JSON for scripts.
import type { Finding } from './doctor.js';

type Row = Readonly<Record<string, unknown>>;

function printTable(rows: readonly Row[], columns: readonly string[]): void {
  const cells = [columns, ...rows.map((row) => columns.map((column) => String(row[column] ?? '')))];
  const widths = columns.map((_, index) => Math.max(...cells.map((line) => (line[index] ?? '').length)));
  for (const line of cells) console.log(line.map((cell, index) => cell.padEnd(widths[index] ?? 0)).join('  ').trimEnd());
}

export function printSites(result: unknown, asJson: boolean): void {
  const sites = result as Row[];
  if (asJson) return console.log(JSON.stringify(sites));
  if (sites.length === 0) return console.log('No site is connected. Add one with sitegraph site add.');
  printTable(sites, ['id', 'url', 'itemCount', 'lastReceivedAt', 'deadLetterCount']);
}

export function printAccounts(result: unknown, asJson: boolean): void {
  const accounts = result as Row[];
  if (asJson) return console.log(JSON.stringify(accounts));
  if (accounts.length === 0) return console.log('Nobody can sign in yet. Create the operator with sitegraph account create --login NAME --operator.');
  printTable(accounts, ['login', 'kind', 'label', 'hasPassword', 'identityCount', 'siteCount', 'createdAt', 'disabledAt']);
}

export function printTokens(result: unknown, asJson: boolean): void {
  const tokens = result as Row[];
  if (asJson) return console.log(JSON.stringify(tokens));
  if (tokens.length === 0) return console.log('There are no tokens. Make one with sitegraph token create.');
  printTable(tokens, ['id', 'kind', 'account', 'scopes', 'label', 'expiresAt', 'revokedAt']);
}

export function printFindings(findings: readonly Finding[], asJson: boolean): void {
  if (asJson) return console.log(JSON.stringify(findings));
  const marks = { ok: 'ok     ', warning: 'warning', fault: 'FAULT  ' } as const;
  for (const { check, state, message } of findings) console.log(`${marks[state]}  ${check}: ${message}`);
}

export function printSyncStatus(result: unknown, asJson: boolean): void {
  const sites = result as (Row & { findings: Row[]; runs: Row[] })[];
  if (asJson) return console.log(JSON.stringify(sites));
  if (sites.length === 0) return console.log('No site is connected. Add one with sitegraph site add.');
  printTable(sites, ['id', 'url', 'queueSize', 'queueLagSeconds', 'lastReceivedAt', 'lastFullSyncAt', 'deadLetterCount']);
  for (const { url, isConnected, findings, runs } of sites) {
    if (isConnected === false) console.log(`\n${String(url)} is disconnected.`);
    for (const { code, message } of findings) console.log(`\n${String(url)}: ${String(message)} (${String(code)})`);
    if (sites.length > 1 || runs.length === 0) continue;
    console.log('');
    printTable(runs, ['kind', 'state', 'requestedBy', 'requestedAt', 'finishedAt', 'errorCode', 'id']);
  }
}

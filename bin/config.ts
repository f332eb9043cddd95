// The configuration: the only place that reads the environment. Every value is checked here, with a message that says what to do.
import { resolve } from 'node:path';
import { AppError } from '../core/errors.js';

export interface Config {
  readonly port: number;
  readonly host: string;
  /** The address sites and browsers use, without a trailing slash; null for the Host header of each request. */
  readonly publicUrl: string | null;
  readonly dataDir: string;
  /** A PostgreSQL server; undefined for the embedded database in the data directory. */
  readonly databaseUrl: string | undefined;
  readonly secret: string | undefined;
  readonly demo: boolean;
  readonly logLevel: string;
}

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'];

/** Reads the configuration from the environment. Throws CONFIGURATION for a value that cannot be used. */
export function readConfig(env: Readonly<Record<string, string | undefined>> = process.env): Config {
  const databaseUrl = nonEmpty(env['DATABASE_URL']);
  if (databaseUrl !== undefined && !/^postgres(ql)?:\/\//.test(databaseUrl)) {
    throw new AppError('CONFIGURATION', 'DATABASE_URL must begin with postgres:// or postgresql://');
  }
  return {
    port: readPort(env['PORT']),
    host: nonEmpty(env['HOST']) ?? '127.0.0.1',
    publicUrl: readPublicUrl(env['SITEGRAPH_PUBLIC_URL']),
    dataDir: resolve(nonEmpty(env['SITEGRAPH_DATA_DIR']) ?? '.sitegraph'),
    databaseUrl,
    secret: nonEmpty(env['SITEGRAPH_SECRET']),
    demo: readDemo(env['SITEGRAPH_DEMO'], databaseUrl),
    logLevel: readLogLevel(env['LOG_LEVEL']),
  };
}

/** Where the embedded database of a data directory is. */
export function databaseFolder(config: Config): string {
  return resolve(config.dataDir, 'database');
}

/** A port from text; 0 lets the system choose. */
export function readPort(text: string | undefined): number {
  if (nonEmpty(text) === undefined) return 4000;
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new AppError('CONFIGURATION', `PORT must be a number from 0 to 65535, got "${text}"`);
  return port;
}

function readPublicUrl(text: string | undefined): string | null {
  if (nonEmpty(text) === undefined) return null;
  let url: URL;
  try {
    url = new URL(text ?? '');
  } catch {
    throw new AppError('CONFIGURATION', `SITEGRAPH_PUBLIC_URL must be an absolute URL such as https://graph.example.org, got "${text}"`);
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw new AppError('CONFIGURATION', 'SITEGRAPH_PUBLIC_URL must be an http or https URL');
  if (url.search !== '' || url.hash !== '' || url.username !== '') {
    throw new AppError('CONFIGURATION', 'SITEGRAPH_PUBLIC_URL must have no query, fragment or user');
  }
  return `${url.protocol}//${url.host}${url.pathname.replace(/\/+$/, '')}`;
}

function readDemo(text: string | undefined, databaseUrl: string | undefined): boolean {
  const value = nonEmpty(text);
  if (value === undefined) return databaseUrl === undefined;
  if (value !== 'on' && value !== 'off') throw new AppError('CONFIGURATION', `SITEGRAPH_DEMO must be on or off, got "${value}"`);
  return value === 'on';
}

function readLogLevel(text: string | undefined): string {
  const level = nonEmpty(text) ?? 'info';
  if (!LOG_LEVELS.includes(level)) throw new AppError('CONFIGURATION', `LOG_LEVEL must be one of ${LOG_LEVELS.join(', ')}, got "${level}"`);
  return level;
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === undefined || text === '' ? undefined : text;
}

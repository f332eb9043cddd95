// The configuration: the only place that reads the environment. Every value is checked here, with a message that says what to do.
import { resolve } from 'node:path';
import type { OpenIdSettings } from '../accounts/openid.js';
import { AppError } from '../core/errors.js';
import { EXECUTORS, type ExecutorKind } from '../gateway/gateway.js';
import { MODULES_OFF_BY_DEFAULT } from '../sync/drive/jetpack-modules.js';
import type { RegistrationPolicy } from '../sync/connection/routes.js';

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
  /** Who may register a new site. */
  readonly registration: RegistrationPolicy;
  /** Features of Jetpack that are switched off on a site that just connected. */
  readonly modulesOff: readonly string[];
  readonly logLevel: string;
  /** Where people can sign in besides: none or one OpenID Connect provider. */
  readonly oidc: readonly OpenIdSettings[];
  /** Whether sites at private and loopback addresses may be called: right for a laptop, wrong on the internet. */
  readonly allowPrivateOrigins: boolean;
  /** Where versions of plugins and themes are downloaded for putting them back, without a trailing slash. */
  readonly downloadsUrl: string;
  /** Deadline of one call of an operation on extensions. */
  readonly operationDeadlineMs: number;
  /** Known vulnerabilities: the path or the http address of a feed; null for none. */
  readonly vulnerabilityFeed: string | null;
  /** The WordPress.org directory of plugins, or a mirror; null when it is switched off. */
  readonly pluginDirectory: string | null;
  /** What runs the graph's operations; the other one is for comparison. */
  readonly executor: ExecutorKind;
  /** The largest file that apps may upload, in bytes. */
  readonly maxUploadBytes: number;
  /** How much of what is read from the database the process keeps, and how much of whole answers; 0 for nothing. */
  readonly cacheBytes: number;
  readonly answerBytes: number;
}

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'];

/** Reads the configuration from the environment. Throws CONFIGURATION for a value that cannot be used. */
export function readConfig(env: Readonly<Record<string, string | undefined>> = process.env): Config {
  const databaseUrl = nonEmpty(env['DATABASE_URL']);
  if (databaseUrl !== undefined && !/^postgres(ql)?:\/\//.test(databaseUrl)) {
    throw new AppError('CONFIGURATION', 'DATABASE_URL must begin with postgres:// or postgresql://');
  }
  const host = nonEmpty(env['HOST']) ?? '127.0.0.1';
  const publicUrl = readPublicUrl(env['SITEGRAPH_PUBLIC_URL']);
  const isLocalOnly = isLoopback(host) && (publicUrl === null || isLoopback(new URL(publicUrl).hostname));
  return {
    port: readPort(env['PORT']),
    host,
    publicUrl,
    dataDir: resolve(nonEmpty(env['SITEGRAPH_DATA_DIR']) ?? '.sitegraph'),
    databaseUrl,
    secret: nonEmpty(env['SITEGRAPH_SECRET']),
    demo: readSwitch('SITEGRAPH_DEMO', env['SITEGRAPH_DEMO'], databaseUrl === undefined),
    registration: readRegistration(env['SITEGRAPH_REGISTRATION'], isLocalOnly),
    modulesOff: readModulesOff(env['SITEGRAPH_MODULES_OFF']),
    logLevel: readLogLevel(env['LOG_LEVEL']),
    oidc: readOpenId(env),
    allowPrivateOrigins: readSwitch('SITEGRAPH_ALLOW_PRIVATE_ORIGINS', env['SITEGRAPH_ALLOW_PRIVATE_ORIGINS'], isLocalOnly),
    downloadsUrl: readDownloadsUrl(env['SITEGRAPH_DOWNLOADS_URL']),
    operationDeadlineMs: readDeadline(env['SITEGRAPH_OPERATION_DEADLINE']) * 1_000,
    vulnerabilityFeed: readFeedPlace(env['SITEGRAPH_VULNERABILITY_FEED']),
    pluginDirectory: readDirectory(env['SITEGRAPH_PLUGIN_DIRECTORY']),
    executor: readExecutor(env['SITEGRAPH_EXECUTOR']),
    maxUploadBytes: readMegabytes(env['SITEGRAPH_MAX_UPLOAD_MB']),
    ...readCacheSizes(env['SITEGRAPH_CACHE_MB']),
  };
}

function readDownloadsUrl(text: string | undefined): string {
  const value = nonEmpty(text) ?? 'https://downloads.wordpress.org';
  if (!URL.canParse(value) || !/^https?:$/.test(new URL(value).protocol)) throw new AppError('CONFIGURATION', `SITEGRAPH_DOWNLOADS_URL must be an http or https URL such as https://downloads.wordpress.org, got "${value}"`);
  return value.replace(/\/+$/, '');
}

/** Seconds that a site is given for one call of an operation on its extensions. */
function readDeadline(text: string | undefined): number {
  const seconds = Number(nonEmpty(text) ?? '300');
  if (!Number.isInteger(seconds) || seconds < 1 || seconds > 900) throw new AppError('CONFIGURATION', `SITEGRAPH_OPERATION_DEADLINE must be a number of seconds from 1 to 900, got "${text}"`);
  return seconds;
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

/** GraphQL's Int ends at 2 GiB. */
function readMegabytes(text: string | undefined): number {
  const megabytes = nonEmpty(text) === undefined ? 512 : Number(text);
  if (!Number.isInteger(megabytes) || megabytes < 1 || megabytes > 2047) throw new AppError('CONFIGURATION', `SITEGRAPH_MAX_UPLOAD_MB must be a whole number from 1 to 2047, got "${text}"`);
  return megabytes * 1024 * 1024;
}

/** A quarter is for answers: they are few and large, and each is worth what all its rows are. */
function readCacheSizes(text: string | undefined): { cacheBytes: number; answerBytes: number } {
  const megabytes = nonEmpty(text) === undefined ? 64 : Number(text);
  if (!Number.isInteger(megabytes) || megabytes < 0 || megabytes > 4096) throw new AppError('CONFIGURATION', `SITEGRAPH_CACHE_MB must be a whole number from 0 (no cache) to 4096, got "${text}"`);
  const quarter = (megabytes * 1024 * 1024) / 4;
  return { cacheBytes: 3 * quarter, answerBytes: quarter };
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

function readSwitch(name: string, text: string | undefined, byDefault: boolean): boolean {
  const value = nonEmpty(text);
  if (value === undefined) return byDefault;
  if (value !== 'on' && value !== 'off') throw new AppError('CONFIGURATION', `${name} must be on or off, got "${value}"`);
  return value === 'on';
}

function readExecutor(text: string | undefined): ExecutorKind {
  const value = nonEmpty(text) ?? 'compiled';
  const executor = EXECUTORS.find((known) => known === value);
  if (executor === undefined) throw new AppError('CONFIGURATION', `SITEGRAPH_EXECUTOR must be ${EXECUTORS.join(' or ')}, got "${value}"`);
  return executor;
}

const POLICIES: readonly RegistrationPolicy[] = ['open', 'invite', 'closed'];

/** Open where only this machine can reach the server, closed where others may. */
function readRegistration(text: string | undefined, isLocalOnly: boolean): RegistrationPolicy {
  const value = nonEmpty(text);
  if (value === undefined) return isLocalOnly ? 'open' : 'closed';
  const policy = POLICIES.find((known) => known === value);
  if (!policy) throw new AppError('CONFIGURATION', `SITEGRAPH_REGISTRATION must be ${POLICIES.join(', ')}, got "${value}"`);
  return policy;
}

function readModulesOff(text: string | undefined): readonly string[] {
  const value = nonEmpty(text);
  if (value === undefined) return MODULES_OFF_BY_DEFAULT;
  if (value === 'none') return [];
  const names = value.split(',').map((name) => name.trim());
  const wrong = names.find((name) => !/^[a-z0-9-]{1,60}$/.test(name));
  if (wrong !== undefined) throw new AppError('CONFIGURATION', `SITEGRAPH_MODULES_OFF must be names of Jetpack's modules such as protect,stats, or none; got "${wrong}"`);
  return names;
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || /^127(\.\d{1,3}){3}$/.test(host) || host === '::1' || host === '[::1]';
}

function readOpenId(env: Readonly<Record<string, string | undefined>>): OpenIdSettings[] {
  const issuer = nonEmpty(env['SITEGRAPH_OIDC_ISSUER']);
  const clientId = nonEmpty(env['SITEGRAPH_OIDC_CLIENT_ID']);
  if (issuer === undefined && clientId === undefined) return [];
  if (issuer === undefined || clientId === undefined) throw new AppError('CONFIGURATION', 'SITEGRAPH_OIDC_ISSUER and SITEGRAPH_OIDC_CLIENT_ID are needed together');
  if (!URL.canParse(issuer)) throw new AppError('CONFIGURATION', `SITEGRAPH_OIDC_ISSUER must be an address such as https://id.example.org, got "${issuer}"`);
  const name = nonEmpty(env['SITEGRAPH_OIDC_NAME']) ?? new URL(issuer).host;
  const clientSecret = nonEmpty(env['SITEGRAPH_OIDC_CLIENT_SECRET']) ?? null;
  return [{ issuer, clientId, clientSecret, name, allowsSignUp: readSwitch('SITEGRAPH_OIDC_SIGNUP', env['SITEGRAPH_OIDC_SIGNUP'], false) }];
}

/** An http address as it is, or a path. */
function readFeedPlace(text: string | undefined): string | null {
  const value = nonEmpty(text);
  if (value === undefined) return null;
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(value)) return resolve(value);
  if (!URL.canParse(value) || !/^https?:$/.test(new URL(value).protocol)) throw new AppError('CONFIGURATION', 'SITEGRAPH_VULNERABILITY_FEED must be a path or an http or https address');
  return value;
}

/** The directory of WordPress.org unless another is named; an empty text switches it off. */
function readDirectory(text: string | undefined): string | null {
  if (text === '') return null;
  const value = text ?? 'https://api.wordpress.org';
  if (!URL.canParse(value) || !/^https?:$/.test(new URL(value).protocol)) throw new AppError('CONFIGURATION', `SITEGRAPH_PLUGIN_DIRECTORY must be an http or https address such as https://api.wordpress.org, or empty, got "${value}"`);
  return value.replace(/\/+$/, '');
}

function readLogLevel(text: string | undefined): string {
  const level = nonEmpty(text) ?? 'info';
  if (!LOG_LEVELS.includes(level)) throw new AppError('CONFIGURATION', `LOG_LEVEL must be one of ${LOG_LEVELS.join(', ')}, got "${level}"`);
  return level;
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === undefined || text === '' ? undefined : text;
}

// Makes random operations of a schema: aliases, repeated fields, inline and named fragments on every kind of type, @skip and
// @include by variables and literals, arguments as literals and as variables. An operation that is not valid is made anew.
import {
  getNamedType, isAbstractType, isCompositeType, isEnumType, isInputObjectType, isInterfaceType, isLeafType, isListType, isNonNullType, isObjectType, isUnionType,
  parse, validate, type DocumentNode, type GraphQLArgument, type GraphQLCompositeType, type GraphQLField, type GraphQLInputType, type GraphQLSchema,
} from 'graphql';
import type { Random } from './random.js';

export interface Operation {
  readonly text: string;
  readonly document: DocumentNode;
  readonly variables: Readonly<Record<string, unknown>>;
}

export interface GeneratorOptions {
  readonly schema: GraphQLSchema;
  readonly kind: 'query' | 'mutation';
  readonly depth: number;
  /** Values of an argument, each as a client would send it in JSON; undefined where any value of its type will do. */
  readonly valuesOf: (coordinate: string, argument: GraphQLArgument) => readonly unknown[] | undefined;
  /** Fields that are not asked for. */
  readonly isAvoided: (coordinate: string) => boolean;
}

const TRIES = 200;
const CONDITIONS_MAX = 3;

/** Makes one operation; throws when two hundred tries gave no valid one. */
export function generateOperation(options: GeneratorOptions, random: Random): Operation {
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    const made = new Generation(options, random).make();
    const document = parse(made.text, { noLocation: true });
    if (validate(options.schema, document).length === 0) return { ...made, document };
  }
  throw new Error(`no valid operation in ${TRIES} tries`);
}

/** The making of one operation, with what it declares on the way. */
class Generation {
  readonly #options: GeneratorOptions;
  readonly #random: Random;
  readonly #declared: string[] = [];
  readonly #variables: Record<string, unknown> = {};
  readonly #fragments: string[] = [];
  /** Arguments of fields without an alias, so that fields that meet under one key ask for the same. */
  readonly #settled = new Map<string, string>();
  readonly #conditions = new Set<string>();
  #names = 0;

  constructor(options: GeneratorOptions, random: Random) {
    this.#options = options;
    this.#random = random;
  }

  make(): { text: string; variables: Record<string, unknown> } {
    const { schema, kind, depth } = this.#options;
    const root = kind === 'query' ? schema.getQueryType() : schema.getMutationType();
    if (!root) throw new Error(`the schema has no ${kind}`);
    const selected = this.#select(root, depth, true);
    const declared = this.#declared.length === 0 ? '' : `(${this.#declared.join(', ')})`;
    return { text: `${kind} Random${declared} ${selected}\n${this.#fragments.join('\n')}`, variables: this.#variables };
  }

  #select(type: GraphQLCompositeType, depth: number, isRoot = false): string {
    const parts: string[] = [];
    const fields = isObjectType(type) || isInterfaceType(type) ? Object.values(type.getFields()).filter((field) => this.#mayAsk(type, field, depth)) : [];
    const count = isRoot ? 1 + this.#random.below(2) : 1 + this.#random.below(3);
    for (let index = 0; index < count && fields.length > 0; index += 1) parts.push(this.#field(type, this.#random.pick(fields), depth));
    if (!isRoot && this.#random.chance(0.25)) parts.push(this.#random.chance(0.3) ? `${this.#name('t')}: __typename` : '__typename');
    const narrower = isAbstractType(type) ? [...this.#options.schema.getPossibleTypes(type)] : [];
    const conditions: (GraphQLCompositeType | null)[] = isObjectType(type) ? [null, type, ...type.getInterfaces()] : [null, type, ...narrower, ...narrower];
    const fragments = isUnionType(type) ? 1 + this.#random.below(3) : this.#random.chance(isAbstractType(type) ? 0.7 : 0.15) ? 1 + this.#random.below(2) : 0;
    for (let index = 0; index < fragments; index += 1) parts.push(this.#fragment(type, this.#random.pick(isUnionType(type) ? narrower : conditions), depth));
    if (parts.length === 0) parts.push('__typename');
    return `{ ${parts.join(' ')} }`;
  }

  #mayAsk(type: GraphQLCompositeType, field: GraphQLField<unknown, unknown>, depth: number): boolean {
    if (this.#options.isAvoided(`${type.name}.${field.name}`)) return false;
    return isLeafType(getNamedType(field.type)) || depth > 0;
  }

  #fragment(type: GraphQLCompositeType, condition: GraphQLCompositeType | null, depth: number): string {
    const on = condition ?? type;
    const selected = this.#select(on, Math.max(0, depth - (this.#random.chance(0.3) ? 0 : 1)));
    const directive = this.#directive();
    if (condition === null) return `...${directive} ${selected}`;
    if (!this.#random.chance(0.3)) return `... on ${on.name}${directive} ${selected}`;
    const name = this.#name('F');
    this.#fragments.push(`fragment ${name} on ${on.name} ${selected}`);
    return `...${name}${directive}`;
  }

  #field(type: GraphQLCompositeType, field: GraphQLField<unknown, unknown>, depth: number): string {
    const target = getNamedType(field.type);
    const isAliased = this.#random.chance(0.2);
    const alias = isAliased ? `${this.#random.chance(0.1) ? this.#random.pick(['constructor', 'toString', 'id2']) : this.#name('a')}: ` : '';
    const coordinate = `${type.name}.${field.name}`;
    let settled = isAliased ? undefined : this.#settled.get(field.name);
    if (settled === undefined) {
      settled = this.#arguments(coordinate, field);
      if (!isAliased) this.#settled.set(field.name, settled);
    }
    const selected = isCompositeType(target) ? ` ${this.#select(target, depth - 1)}` : '';
    return `${alias}${field.name}${settled}${this.#directive()}${selected}`;
  }

  #directive(): string {
    if (!this.#random.chance(0.12)) return '';
    const name = this.#random.pick(['skip', 'include']);
    if (this.#random.chance(0.2)) return ` @${name}(if: ${this.#random.chance(0.5)})`;
    return ` @${name}(if: $${this.#condition()})`;
  }

  /** Few variables decide about many fields: a plan has branches for each of their values. */
  #condition(): string {
    const variable = `c${this.#random.below(CONDITIONS_MAX)}`;
    if (this.#conditions.has(variable)) return variable;
    this.#conditions.add(variable);
    const isDefaulted = this.#random.chance(0.3);
    this.#declared.push(`$${variable}: Boolean!${isDefaulted ? ` = ${this.#random.chance(0.5)}` : ''}`);
    if (!isDefaulted || this.#random.chance(0.5)) this.#variables[variable] = this.#random.chance(0.6);
    return variable;
  }

  #arguments(coordinate: string, field: GraphQLField<unknown, unknown>): string {
    const given: string[] = [];
    for (const argument of field.args) {
      const isRequired = isNonNullType(argument.type) && argument.defaultValue === undefined;
      if (!isRequired && !this.#random.chance(0.3)) continue;
      const pool = this.#options.valuesOf(coordinate, argument);
      if (pool?.length === 0) continue;
      const value = pool === undefined ? this.#valueOf(argument.type) : this.#random.pick(pool);
      if (value === undefined) continue;
      if (this.#random.chance(0.4)) {
        const variable = this.#name('v');
        this.#declared.push(`$${variable}: ${String(argument.type)}`);
        this.#variables[variable] = value;
        given.push(`${argument.name}: $${variable}`);
      } else given.push(`${argument.name}: ${literal(value, argument.type)}`);
    }
    return given.length === 0 ? '' : `(${given.join(', ')})`;
  }

  #valueOf(type: GraphQLInputType): unknown {
    if (isNonNullType(type)) return this.#valueOf(type.ofType);
    if (isListType(type)) return [this.#valueOf(type.ofType)].filter((value) => value !== undefined);
    if (isEnumType(type)) return this.#random.pick(type.getValues()).name;
    if (isInputObjectType(type)) {
      const fields = Object.values(type.getFields()).filter((field) => isNonNullType(field.type) || this.#random.chance(0.3));
      return Object.fromEntries(fields.map((field) => [field.name, this.#valueOf(field.type)]).filter(([, value]) => value !== undefined));
    }
    const values: Readonly<Record<string, unknown>> = { Int: 1 + this.#random.below(4), Float: 1.5, Boolean: this.#random.chance(0.5), String: 'some', ID: 'some', DateTime: '2026-11-01T00:00:00.000Z' };
    return values[type.name];
  }

  #name(prefix: string): string {
    this.#names += 1;
    return `${prefix}${this.#names}`;
  }
}

/** A value as GraphQL writes it. */
function literal(value: unknown, type: GraphQLInputType): string {
  if (value === null) return 'null';
  if (isNonNullType(type)) return literal(value, type.ofType);
  if (isListType(type)) return Array.isArray(value) ? `[${value.map((item) => literal(item, type.ofType)).join(', ')}]` : literal(value, type.ofType);
  if (isEnumType(type)) return String(value);
  if (isInputObjectType(type)) {
    const fields = type.getFields();
    return `{ ${Object.entries(value as object).map(([name, inner]) => `${name}: ${literal(inner, fields[name]?.type ?? type)}`).join(', ')} }`;
  }
  return JSON.stringify(value);
}

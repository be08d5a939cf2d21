import type { Config } from '../config';
import type { ProblemCode } from '../http/problem';
import type { Offer } from './answer/negotiate';
import type { AppContext } from './context';

/** What a method of a resource takes and gives: all that a Capabilities Description (PS3.18 annex H) says of it. */
export interface Transaction {
  /** Names in the query, beside `accept`. */
  parameters?(config: Config): readonly QueryParameter[];
  /** What the request's body may be. */
  readonly takes?: readonly Offer[];
  /** What the answer's body can be, best first. */
  readonly gives: readonly Offer[];
  /** The client chooses among these by Accept, or by the `accept` parameter (PS3.18 8.7.5, 8.3.3.1). */
  readonly negotiated: boolean;
  /** Status codes of answers in these forms, and of those that have no body. */
  readonly statuses: readonly number[];
  /** Answered as problem+json. */
  readonly failures: readonly ProblemCode[];
}

export interface QueryParameter {
  readonly name: string;
  readonly required?: true;
  readonly repeating?: true;
}

/**
 * One method of one resource.
 *
 * The path is a template (RFC 6570) after the service's base: `{name}` is one segment, `{+name}` at its end any number.
 * The name is the transaction's, as PS3.18 has it, and no other route's.
 */
export type Route = readonly [
  method: 'GET' | 'POST' | 'DELETE',
  path: string,
  name: string,
  handler: (c: AppContext) => Response | Promise<Response>,
  transaction: Transaction,
];

/** Resources under one base. */
export interface Service {
  /** Path of the Base URI (PS3.18 8.2); empty: the origin itself, which is no resource of ours. */
  readonly base: string;
  readonly routes: readonly Route[];
}

/** What the router calls a path template. */
export function routerPath(template: string): string {
  return template.replace(/\{(\+?)(\w+)\}/g, (_, any, name) => (any === '' ? `:${name}` : `:${name}{.+}`));
}

/** For the Allow header (RFC 9110 10.2.1): HEAD is wherever GET is, and OPTIONS everywhere. */
export function allowedMethods(routes: readonly Route[]): string[] {
  const methods = routes.flatMap(([method]) => (method === 'GET' ? ['GET', 'HEAD'] : [method]));
  return [...new Set([...methods, 'OPTIONS'])];
}

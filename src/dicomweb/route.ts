import type { RouteAccess } from '../access/permission';
import type { Config } from '../config';
import type { ProblemCode } from '../http/problem';
import type { Offer } from './answer/negotiate';
import type { AppContext } from './context';

/**
 * What a method of a resource accepts and returns: all that a Capabilities Description (PS3.18 annex H) says about it.
 */
export interface Transaction {
  /** Names of the query parameters, except `accept`. */
  parameters?(config: Config): readonly QueryParameter[];
  /** Media types that the body of the request may have. */
  readonly takes?: readonly Offer[];
  /** Media types that the body of the answer can have, in order of preference. */
  readonly gives: readonly Offer[];
  /** The client chooses among these with the Accept header or the `accept` parameter (PS3.18 8.7.5, 8.3.3.1). */
  readonly negotiated: boolean;
  /** Status codes of answers in these forms and of answers without a body. */
  readonly statuses: readonly number[];
  /** Errors, which are answered as problem+json. */
  readonly failures: readonly ProblemCode[];
}

/** A query parameter of a transaction. */
export interface QueryParameter {
  readonly name: string;
  readonly required?: true;
  readonly repeating?: true;
}

/**
 * One method of one resource.
 *
 * The path is a template (RFC 6570) after the base of the service: `{name}` is one segment, `{+name}` at its end is any
 * number of segments. The name is that of the transaction in PS3.18, and each route has its own. The access is what the
 * gate requires before the handler is called.
 */
export type Route = readonly [
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
  path: string,
  name: string,
  access: RouteAccess,
  handler: (c: AppContext) => Response | Promise<Response>,
  transaction: Transaction,
];

/** The resources under one base. */
export interface Service {
  /** Path of the Base URI (PS3.18 8.2). Empty: the origin, which is not a resource of the archive. */
  readonly base: string;
  readonly routes: readonly Route[];
}

/** Writes a path template in the syntax of the router. */
export function routerPath(template: string): string {
  return template.replace(/\{(\+?)(\w+)\}/g, (_, any, name) => (any === '' ? `:${name}` : `:${name}{.+}`));
}

/**
 * The value of the Allow header (RFC 9110 10.2.1): every resource with GET has HEAD, and every resource has OPTIONS.
 */
export function allowedMethods(routes: readonly Route[]): string[] {
  const methods = routes.flatMap(([method]) => (method === 'GET' ? ['GET', 'HEAD'] : [method]));
  return [...new Set([...methods, 'OPTIONS'])];
}

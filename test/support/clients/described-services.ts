import { expect } from 'vitest';
import type { ArchiveClient } from './archive-client';
import { type DescribedMethod, methodsOf, parseWadl, type XmlElement } from './wadl';

export async function options(
  archive: ArchiveClient,
  path: string,
  headers: Record<string, string> = {},
): Promise<Response> {
  return await archive.fetch(path, { method: 'OPTIONS', headers });
}

/** The description of a resource that OPTIONS gives as WADL. */
export async function described(archive: ArchiveClient, path: string): Promise<XmlElement> {
  const response = await options(archive, path);
  expect(response.status, path).toBe(200);
  return parseWadl(await response.text());
}

/** The services for stored objects, and those for monitors. */
export const SERVICES = ['/dicomweb', '/wado', '/health', '/statistics', '/metrics'];

/** Who may use the archive, and who did: their answers are in the tests of each (api-keys, shares, access-sign-in, audit). */
export const ACCESS = [
  ...['/audit', '/keys', '/shares', '/sign-in', '/sign-out', '/session', '/verification', '/rebuild', '/moves'],
  ...['/backup', '/restoration'],
  ...['/dicomweb/studies/1.2.3.4/shares', '/dicomweb/studies/1.2.3.4/series/1.2.3.4.0/shares'],
];

/** All methods of services. */
export async function everyMethod(
  archive: ArchiveClient,
  services: readonly string[] = SERVICES,
): Promise<DescribedMethod[]> {
  return (await Promise.all(services.map((path) => described(archive, path)))).flatMap(methodsOf);
}

import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { expect, it } from 'vitest';
import { createApp } from '../../../src/app';
import { routerPath } from '../../../src/dicomweb/route';
import worker from '../../../src/index';
import { ALL_SERVICES } from '../../../src/services';
import { openArchive } from '../../../src/storage/open-archive';
import { withArchive } from '../../support/archive/with-archive';
import { ORIGIN } from '../../support/clients/archive-client';
import { testBindings } from '../../support/platform/bindings';
import { counted } from '../../support/platform/counting';
import { replacing } from '../../support/platform/replacing';

withArchive();

const ROLES = { reader: { permissions: ['search', 'retrieve'] } };
const NAMED: Record<string, string> = { study: '1.2.3.4', series: '1.2.3.4.0', instance: '1.2.3.4.1', frames: '1' };

/** The app as the Worker has it, and each statement that it prepares. */
function watchedApp() {
  const statements: string[] = [];
  const watched = (session: D1DatabaseSession) =>
    replacing(session, {
      prepare: (sql: string) => {
        statements.push(sql);
        return session.prepare(sql);
      },
    });
  const real = testBindings();
  const database = replacing(real.database, {
    withSession: (constraint?: string) => watched(real.database.withSession(constraint)),
  });
  const { bindings, operations } = counted({ ...real, database });
  return { app: createApp(() => openArchive('', bindings)), operations, statements };
}

/** Paths and methods that the tables name, as the router has them. */
function declared(): Set<string> {
  return new Set(
    ALL_SERVICES.flatMap(({ base, routes }) => [
      ...(base === '' ? [] : [`OPTIONS ${base}`, `ALL ${base}`]),
      ...routes.flatMap(([method, template]) =>
        [method, 'OPTIONS', 'ALL'].map((each) => `${each} ${base}${routerPath(template)}`),
      ),
    ]),
  );
}

it('every route that the router knows is in the tables, and refuses without a credential before anything is read', async () => {
  const { app, operations, statements } = watchedApp();
  const routes = app.routes.filter(({ path }) => path !== '/*');
  expect(new Set(routes.map(({ method, path }) => `${method} ${path}`))).toEqual(declared());
  const settings = { ...env, ALLOW_ANONYMOUS: '', ROLES } as unknown as Env;
  const open = new Set<string>();
  for (const { method, path } of routes) {
    const url = ORIGIN + path.replace(/:(\w+)(\{[^}]*\})?/g, (_, name: string) => NAMED[name] ?? '7FE00010');
    for (const each of method === 'ALL'
      ? ['PATCH', 'PROPFIND', 'PUT']
      : method === 'GET'
        ? ['GET', 'HEAD']
        : [method]) {
      const context = createExecutionContext();
      const { status } = await app.fetch(new Request(url, { method: each }), settings, context);
      await waitOnExecutionContext(context);
      if (status !== 401) open.add(`${method} ${path}`);
    }
  }
  expect([...open].sort()).toEqual(
    ALL_SERVICES.flatMap(({ base, routes }) =>
      routes.map(([method, path, , access]) => [`${method} ${base}${path}`, access]),
    )
      .flatMap(([route, access]) => (access === 'nothing' || access === 'secret' ? [route!] : []))
      .sort(),
  );
  expect(operations.r2Reads).toEqual([]);
  // The record of the attempts, the health report and the look-up of the link's secret.
  const others = statements.filter((sql) => !/\b(audit|share)|^SELECT 1|^SELECT id FROM study LIMIT 1$/i.test(sql));
  expect(others).toEqual([]);
});

it('the Worker has no other way in than requests, messages of its queue and its schedule', () => {
  expect(Object.keys(worker).sort()).toEqual(['fetch', 'queue', 'scheduled']);
});

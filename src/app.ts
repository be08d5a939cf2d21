import { Hono } from 'hono';

/** The whole URL surface. */
export function createApp(): Hono<{ Bindings: Env }> {
  const app = new Hono<{ Bindings: Env }>();
  app.get('/dicomweb/studies', (c) => c.json([]));
  return app;
}

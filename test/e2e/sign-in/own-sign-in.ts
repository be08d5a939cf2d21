import type { Page } from 'playwright-core';

/**
 * Has OHIF on this page sign in by its own setting `oidc`, as docs/access.md describes it, and not by the archive.
 * @param origin of the archive; the provider of `npm start -- --login` has the next port
 * @returns the beginnings of the Authorization headers of the page's DICOMweb requests; `none` for a request without one
 */
export async function useOwnSignIn(page: Page, origin: string): Promise<ReadonlySet<string>> {
  const oidc = {
    authority: origin.replace(/\d+$/, (port) => String(Number(port) + 1)),
    client_id: 'ohif',
    redirect_uri: '/callback',
    post_logout_redirect_uri: '/',
    response_type: 'code',
    scope: 'openid profile',
  };
  await page.route('**/app-config.js', async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: `${await response.text()};window.config.oidc=[${JSON.stringify(oidc)}];` });
  });
  const credentials = new Set<string>();
  page.on('request', (request) => {
    const { authorization = 'none' } = request.headers();
    if (request.url().startsWith(`${origin}/dicomweb/`)) credentials.add(authorization.slice(0, 9));
  });
  return credentials;
}

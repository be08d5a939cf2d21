import { pageResponse } from './page';

/** The address that signs in and then leads to a page. @param back absolute */
function signInAddress(back: string): string {
  const { pathname, search, hash } = new URL(back);
  return `/sign-in?return=${encodeURIComponent(pathname + search + hash)}`;
}

/** 404: the deployment has no SIGN_IN. */
export function notConfigured(): Response {
  return pageResponse({
    status: 404,
    title: 'This archive has no sign-in page',
    text: 'The setting SIGN_IN is absent. Programs send a token or an API key.',
    link: ['/', 'Study list'],
  });
}

/** 503: the provider could not be reached. @param back the page that the user wanted, absolute */
export function providerSilent(back: string): Response {
  return pageResponse({
    status: 503,
    title: 'The identity provider does not answer',
    text: 'You cannot sign in at the moment. Try again in a minute.',
    link: [signInAddress(back), 'Try again'],
  });
}

/**
 * 403: the provider refused the sign-in, or its answer was not valid.
 * @param back the page that the user wanted, absolute
 * @param reason an error code of the provider (RFC 6749 4.1.2.1)
 * @param cookies values of Set-Cookie
 */
export function signInRefused(back: string, reason: string, cookies: string[][]): Response {
  const page = {
    status: 403,
    title: 'You are not signed in',
    text: `The identity provider did not let you in, or its answer was not valid (${reason}).`,
    link: [signInAddress(back), 'Sign in again'],
  } as const;
  return pageResponse(page, cookies);
}

/** 400: the state of the sign-in has expired, is of another browser, or was used before. */
export function signInOver(cookies: string[][] = []): Response {
  const page = {
    status: 400,
    title: 'This sign-in is over',
    text: 'It took too long, was begun in another browser, or was already used. Sign in again.',
    link: ['/sign-in', 'Sign in'],
  } as const;
  return pageResponse(page, cookies);
}

/** 200: the page after the sign-out. */
export function signedOut(): Response {
  return pageResponse({
    status: 200,
    title: 'You are signed out',
    text: 'Close the window if others use this computer.',
    link: ['/sign-in', 'Sign in again'],
  });
}

/** The most characters of an address. The address of a study in the viewer has some hundreds. */
const LONGEST = 2000;

/**
 * Where the browser goes after the sign-in: a page of this origin, whatever the parameter says.
 * @param root the address of the archive, without a slash at its end
 * @param asked the value of the parameter
 * @returns an absolute address, so that no path can be taken for one
 */
export function returnAddress(root: string, asked: string | undefined): string {
  const home = `${root}/`;
  if (asked === undefined || asked.length > LONGEST || !asked.startsWith('/') || !URL.canParse(asked, home))
    return home;
  const { origin, pathname, search, hash } = new URL(asked, home);
  if (origin !== new URL(home).origin || /^\/sign-(in|out)(\/|$)/.test(pathname)) return home;
  return origin + pathname + search + hash;
}

/** A page in plain words for a person who signs in or out. It needs no script, and no other page can show it in a frame. */
export interface Page {
  readonly status: number;
  readonly title: string;
  readonly text: string;
  /** The address of the link on the page, and its text. */
  readonly link: readonly [address: string, name: string];
}

const POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const STYLE =
  'body{margin:15vh 10vw;background:#050615;color:#fff;font:1.1rem/1.6 system-ui,sans-serif}a{color:#5acce6}h1{font-size:1.8rem}';

/** @param headers in addition, such as cookies */
export function pageResponse({ status, title, text, link: [address, name] }: Page, headers: string[][] = []): Response {
  const body = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escaped(title)}</title>
<style>${STYLE}</style>
<h1>${escaped(title)}</h1>
<p>${escaped(text)}</p>
<p><a href="${escaped(address)}">${escaped(name)}</a></p>
</html>
`;
  return new Response(body, {
    status,
    headers: [
      ['Content-Type', 'text/html; charset=utf-8'],
      ['Content-Security-Policy', POLICY],
      ['Cache-Control', 'no-store'],
      ['Referrer-Policy', 'no-referrer'],
      ...headers,
    ] as [string, string][],
  });
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

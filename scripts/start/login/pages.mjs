/** The provider's pages: they name no address, so that its Content-Security-Policy needs no exception. */

const STYLE =
  'body{margin:15vh auto;max-width:22rem;background:#050615;color:#fff;font:1rem/1.6 system-ui,sans-serif}input,button{display:block;width:100%;margin:.3rem 0 1rem;padding:.5rem;font:inherit}';

/** @param {string} title @param {string} content */
export function page(title, content) {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>${title}</title>
<style>${STYLE}</style>
<h1>${title}</h1>
${content}
</html>
`;
}

/** @param {string} said why the page is shown again */
export function signInPage(said) {
  return page(
    'Sign in',
    `<p>Local provider of npm start -- --login</p>
<p role="alert">${said}</p>
<form method="post">
<label>Name <input name="login" autocomplete="username" autofocus required></label>
<label>Password <input name="password" type="password" autocomplete="current-password" required></label>
<button>Sign in</button>
</form>`,
  );
}

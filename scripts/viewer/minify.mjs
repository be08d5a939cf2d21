import { transform } from 'esbuild';

/** Files below this size gain nothing that a user would notice. */
const SMALL = 10_000;

/** The path of the notices that are taken out of the scripts: they have to go with every copy. */
const NOTICES = 'licences.txt';

/**
 * Shortens OHIF's scripts, which its package has with all spaces and comments (40 MB): half as much to send, to keep and to
 * parse. Names stay, because OHIF and its libraries look at the names of functions here and there.
 * @param {Map<string, Buffer>} files by their paths; changed in place. The notices of copyright are added as a file
 */
export async function minifyScripts(files) {
  const scripts = [...files].filter(([path, bytes]) => /(?<!\.min)\.js$/.test(path) && bytes.length >= SMALL);
  /** @type {Set<string>} */
  const notices = new Set();
  await Promise.all(
    scripts.map(async ([path, bytes]) => {
      const source = bytes.toString('utf8');
      for (const notice of noticesIn(source)) notices.add(notice);
      const { code } = await transform(source, {
        minifyWhitespace: true,
        minifySyntax: true,
        legalComments: 'none',
        target: 'es2023',
      });
      files.set(path, Buffer.from(code));
    }),
  );
  files.set(NOTICES, Buffer.from([...notices].sort().join('\n\n')));
}

/** The comments of a script that tell of rights in it. @param {string} source */
function noticesIn(source) {
  const comments = source.match(/\/\*[\s\S]*?\*\//g) ?? [];
  return comments.filter((comment) => /copyright|licen[cs]e|@author/i.test(comment)).map((comment) => comment.trim());
}

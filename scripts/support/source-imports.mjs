import { registerHooks } from 'node:module';

/**
 * Lets a script import the sources and what supports the tests, which import each other without a file extension, as the bundler
 * allows.
 */
export function resolveSourceImports() {
  registerHooks({
    resolve(specifier, context, next) {
      const ours = /\/(src|test)\//.test(context.parentURL ?? '') && !context.parentURL?.includes('/node_modules/');
      const bare = /^\.\.?\/[a-z0-9/.-]*[a-z0-9]$/.test(specifier) && !/\.(ts|mjs|wasm)$/.test(specifier);
      return next(ours && bare ? `${specifier}.ts` : specifier, context);
    },
  });
}

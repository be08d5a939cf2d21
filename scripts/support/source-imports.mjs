import { registerHooks } from 'node:module';

/** Lets a script import the sources, which import each other without a file extension, as the bundler allows. */
export function resolveSourceImports() {
  registerHooks({
    resolve(specifier, context, next) {
      const ours = context.parentURL?.includes('/src/') && !context.parentURL.includes('/node_modules/');
      return next(
        ours && /^\.\.?\/[a-z0-9/.-]*[a-z0-9]$/.test(specifier) && !specifier.endsWith('.ts')
          ? `${specifier}.ts`
          : specifier,
        context,
      );
    },
  });
}

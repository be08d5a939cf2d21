import type { Config } from '../config';

/**
 * The settings that decide who has access, by their names and without secrets: for the record of changes.
 */
export function accessSettings(
  config: Pick<Config, 'roles' | 'issuers' | 'signIn' | 'allowAnonymous' | 'publicOrigins' | 'hosts' | 'corsOrigins'>,
): Readonly<Record<string, unknown>> {
  const { roles, issuers, signIn, allowAnonymous, publicOrigins, hosts, corsOrigins } = config;
  const { clientSecret: _, sessionKey: __, ...signInSettings } = signIn ?? { clientSecret: '', sessionKey: '' };
  return {
    ROLES: roles,
    ISSUERS: issuers,
    SIGN_IN: signInSettings,
    ALLOW_ANONYMOUS: allowAnonymous,
    PUBLIC_ORIGIN: [publicOrigins, hosts ?? []],
    CORS_ORIGINS: corsOrigins,
  };
}

import type { Config } from '../../config';
import { TokenVerifier } from './token-verifier';

const verifiers = new WeakMap<Config, TokenVerifier>();

/** The isolate's verifier of a deployment. @param config of the deployment's own archive */
export function verifierOf(config: Config): TokenVerifier {
  const known = verifiers.get(config) ?? new TokenVerifier(config);
  verifiers.set(config, known);
  return known;
}

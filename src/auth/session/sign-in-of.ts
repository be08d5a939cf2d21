import type { SignIn } from '../../access/sign-in';
import type { AppEnv } from '../../dicomweb/context';
import { verifierOf } from '../token/verifiers';
import { KnownSessions } from './known-sessions';
import { OpenIDClient } from './openid-client';

/** What an isolate keeps for the sign-in of a deployment. */
export interface SignInState {
  readonly sessions: KnownSessions;
  readonly client: OpenIDClient;
}

const states = new WeakMap<SignIn, SignInState>();

/** @param home the deployment's own archive, where its sessions are */
export function signInOf({ config, archive }: AppEnv['Variables']['home'], signIn: SignIn): SignInState {
  const known = states.get(signIn) ?? {
    sessions: new KnownSessions(archive, config, signIn),
    client: new OpenIDClient(signIn, verifierOf(config)),
  };
  states.set(signIn, known);
  return known;
}

import { SECURE_VARIABLES } from './secure-fetch.ts';

/** Variables of the environment that mean something to verbs, beside those of the settings. */
export const OWN_VARIABLES: readonly string[] = [
  'HEADGATE_CONFIG',
  'HEADGATE_NEW_CLUSTER',
  'HEADGATE_TOKEN',
  'HEADGATE_URL',
  ...SECURE_VARIABLES,
];

import { readFileSync } from 'node:fs';
import { type Command, Option } from 'commander';

/** What a verb shows and whom it trusts, when a coordinator speaks TLS: paths of files in PEM, under the flags and variables for them. */
const FILES = [
  ['ca', 'HEADGATE_CA', 'certificates of the authorities to trust, in PEM, instead of those of the system'],
  ['cert', 'HEADGATE_CERT', 'certificate to show, in PEM, with --key'],
  ['key', 'HEADGATE_KEY', 'private key of --cert, in PEM'],
] as const;

/** The variables of `addSecureOptions`. */
export const SECURE_VARIABLES: readonly string[] = FILES.map(([, variable]) => variable);

/** Adds what says how coordinators that speak TLS are asked. A flag is another way to say its variable. */
export function addSecureOptions(command: Command): Command {
  for (const [name, variable, description] of FILES)
    command.addOption(new Option(`--${name} <file>`, description).env(variable));
  return command.hook('preAction', (_this, action) => {
    for (const [name, variable] of FILES) {
      const given: unknown = action.opts()[name];
      if (typeof given === 'string') process.env[variable] = given;
    }
  });
}

/** Whether anything was said about TLS: an address without a scheme is then one of https. */
function isSecure(): boolean {
  return SECURE_VARIABLES.some((variable) => Boolean(process.env[variable]));
}

/** An address with its scheme. */
export function withScheme(url: string): string {
  if (url.includes('://')) return url;
  return `${isSecure() ? 'https' : 'http'}://${url}`;
}

/** `fetch`, with what the variables say. Rejects as `fetch` does, and where a file cannot be read. */
export async function secureFetch(url: URL | string, init: RequestInit): Promise<Response> {
  if (!isSecure()) return fetch(url, init);
  opened ??= open();
  const { fetchBy, dispatcher } = await opened;
  // The types of the package and of the platform differ in name only.
  const options = { ...init, dispatcher } as unknown as Parameters<typeof fetchBy>[1];
  return (await fetchBy(url, options)) as unknown as Response;
}

/** Made by the first question and used by all: verbs that ask again and again shake hands once. */
let opened: ReturnType<typeof open> | undefined;

async function open() {
  const { Agent, fetch: fetchBy } = await import('undici');
  return { fetchBy, dispatcher: new Agent({ connect: secureIdentity() }) };
}

/** What is shown and trusted by whoever makes connections of its own, as the variables say. Throws where a file cannot be read. */
export function secureIdentity(): { readonly ca?: Buffer; readonly cert?: Buffer; readonly key?: Buffer } {
  const [ca, cert, key] = SECURE_VARIABLES.map((variable) => {
    const file = process.env[variable];
    return file ? readFileSync(file) : undefined;
  });
  return { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) };
}

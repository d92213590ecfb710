/** Something that listens: what it is for, where, and the setting that says so, in the file and as a flag. */
export type Listener = {
  readonly purpose: string;
  readonly host: string;
  readonly port: number;
  readonly setting: string;
  readonly flag: string;
};

/** An address cannot be listened on: what it says is for whoever started the process. */
class ListenError extends Error {
  override readonly name = 'ListenError';
  /** The system's word for it, such as `EADDRINUSE`. */
  readonly code: string;

  constructor(message: string, { code, cause }: { readonly code: string; readonly cause: unknown }) {
    super(message, { cause });
    this.code = code;
  }
}

/** What is wrong, and what to change, by the system's word for it; `.port` and `.host` complete the setting's name. */
const ADVICE: Readonly<Record<string, (listener: Listener) => string>> = {
  EADDRINUSE: ({ setting, flag }) =>
    `something listens there already; stop that, or choose another port with ${setting}.port (${flag}-port)`,
  EACCES: ({ setting, flag }) =>
    `this user may not take that port; choose one above 1023 with ${setting}.port (${flag}-port)`,
  EADDRNOTAVAIL: ({ setting, flag }) =>
    `this machine has no such address; correct ${setting}.host (${flag}-host)`,
  ENOTFOUND: ({ setting, flag }) => `there is no such host; correct ${setting}.host (${flag}-host)`,
};

/** Resolves with what `listen` does; where the address cannot be had, rejects with a `ListenError` that says what to change. */
export async function listening<T>(listener: Listener, listen: () => Promise<T>): Promise<T> {
  try {
    return await listen();
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    const advice = ADVICE[code]?.(listener);
    if (advice === undefined) throw error;
    const { purpose, host, port } = listener;
    const message = `cannot listen for ${purpose} on ${host}:${port} (${code}): ${advice}`;
    throw new ListenError(message, { code, cause: error });
  }
}

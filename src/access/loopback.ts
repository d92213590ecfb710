/** Whether a host, as it is written in a setting or in a `Host` header without its port, is this machine and nobody else. */
export function isLoopback(host: string): boolean {
  return /^(127(\.\d{1,3}){3}|localhost|\[?::1\]?)$/i.test(host);
}

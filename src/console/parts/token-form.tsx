import { useRef } from 'preact/hooks';
import { connection } from '../live.ts';
import { keepToken } from '../token.ts';

/** Asks for a bearer token. It stays in this tab, and goes nowhere but into the header of requests to this node. */
export function TokenForm() {
  const field = useRef<HTMLInputElement>(null);
  const submit = (event: Event) => {
    event.preventDefault();
    keepToken(field.current?.value.trim() ?? '');
  };
  return (
    <form class="panel token-form" onSubmit={submit} aria-labelledby="token-title">
      <h2 id="token-title">This node wants to know who you are</h2>
      <p class="note">
        {connection.value.because} A token with the role <code>read</code> shows everything;{' '}
        <code>admin</code> also asks what would happen, and shows the history of the limits.
      </p>
      <label for="token">Token</label>
      <div class="field-row">
        <input
          ref={field}
          id="token"
          type="password"
          autocomplete="off"
          spellcheck={false}
          maxLength={512}
          required
        />
        <button type="submit">Use it</button>
      </div>
      <p class="note">It is kept for this tab only, until you close it.</p>
    </form>
  );
}

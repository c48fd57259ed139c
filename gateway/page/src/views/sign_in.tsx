// Asks for a token. It is sent once, for a cookie that scripts cannot see.
import type {JSX} from "preact";
import {useState} from "preact/hooks";
import {Field} from "../parts/ui";

export function SignIn(
  {use, problem}: {use: (token: string) => Promise<void>;
    problem: Error | undefined}): JSX.Element {
  const [token, setToken] = useState("");
  const [wrong, setWrong] = useState(problem);
  const [isBusy, setIsBusy] = useState(false);
  const open = async (event: Event): Promise<void> => {
    event.preventDefault();
    setIsBusy(true);
    setWrong(undefined);
    try {
      await use(token);
    } catch (error) {
      setWrong(error as Error);
      setIsBusy(false);
    }
  };
  const read = async (event: JSX.TargetedEvent<HTMLInputElement>): Promise<void> => {
    const file = event.currentTarget.files?.[0];
    if (file) setToken((await file.text()).trim());
  };
  return (
    <form class="sign-in card" onSubmit={open}>
      <img src="/icon.svg" alt="" width="48" height="48" />
      <h1>Jobs</h1>
      <p>A token says what you may see and do here. Make one with <code>jobq mint</code>, or
        narrow yours with <code>jobq attenuate</code>.</p>
      <Field label="Token">
        <textarea rows={4} required spellcheck={false} autocomplete="off" autocapitalize="off"
          value={token} onInput={(event) => setToken(event.currentTarget.value)} />
      </Field>
      <Field label="or a file with it"><input type="file" onChange={read} /></Field>
      {wrong && <p class="notice bad" role="alert">{wrong.message}</p>}
      <button type="submit" class="main" disabled={isBusy || token.trim() === ""}>Sign in</button>
      <p class="hint">It is kept in a cookie that no script can read, until you sign out or close
        the browser.</p>
    </form>
  );
}

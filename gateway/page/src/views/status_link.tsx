// A link to one job for somebody else: the token, narrowed here, stands behind the # of the
// address, which no server is ever sent.
import type {JSX} from "preact";
import {useState} from "preact/hooks";
import {narrowed} from "../macaroon";
import {CopyButton, Dialog, Field} from "../parts/ui";
import type {Places} from "../places";
import {linkTo} from "../route";
import {useSession} from "../session";
import type {Job} from "../types";

const TIMES: [string, number][] = [
  ["an hour", 3600], ["a day", 86400], ["a week", 604800], ["30 days", 2592000]];

// The caveats that leave this job alone.
export function caveatsOfLink(
  places: Places, job: Job, seconds: number, isStatusOnly: boolean, now = Date.now()): string[] {
  const isOfClient = places.rights.allows("GET", `/${places.datasource}/job/${job.job}`, job.job);
  const until = new Date(now + seconds * 1000).toISOString().replace(/\.\d+/, "");
  return [
    `path = ${isOfClient ? "" : "/jobs"}/${places.datasource}/job/*`,
    ...(isOfClient && places.rights.client === "" ? [`client = ${job.client}`] : []),
    ...(places.rights.job === "" ? [`job = ${job.job}`] : []),
    ...(isStatusOnly ? ["status-only"] : []),
    `time < ${until}`];
}

export function StatusLink(
  {places, job, close}: {places: Places; job: Job; close: () => void}): JSX.Element {
  const session = useSession();
  const [token, setToken] = useState(session.token);
  const [seconds, setSeconds] = useState(86400);
  const [isStatusOnly, setIsStatusOnly] = useState(true);
  const [link, setLink] = useState("");
  const [wrong, setWrong] = useState("");
  const make = async (event: Event): Promise<void> => {
    event.preventDefault();
    try {
      const narrow = await narrowed(token, caveatsOfLink(places, job, seconds, isStatusOnly));
      const place = linkTo(places.datasource, "job", job.job, `token=${narrow}`);
      setLink(`${location.origin}${location.pathname}${place}`);
      setWrong("");
    } catch (error) {
      setWrong((error as Error).message);
    }
  };
  const change = (set: () => void): void => {
    set();
    setLink("");
  };
  return (
    <Dialog title="Status link" onClose={close}>
      <p>Whoever has the link sees this job and no other, without a token of their own. It is made
        in this browser; no server is told.</p>
      <form onSubmit={make}>
        <div class="fields">
          <Field label="For"><select value={String(seconds)} onChange={(event) => {
            const {value} = event.currentTarget;
            change(() => setSeconds(Number(value)));
          }}>
            {TIMES.map(([word, one]) => <option key={one} value={String(one)}>{word}</option>)}
          </select></Field>
          <label class="check"><input type="checkbox" checked={!isStatusOnly}
            onChange={(event) => {
              const {checked} = event.currentTarget;
              change(() => setIsStatusOnly(!checked));
            }} /> may also cancel it</label>
          {session.token === "" && (
            <Field label="Your token" wide hint="The page forgot it when it was loaded anew">
              <textarea rows={3} required spellcheck={false} autocomplete="off" value={token}
                onInput={(event) => setToken(event.currentTarget.value.trim())} />
            </Field>
          )}
        </div>
        {wrong !== "" && <p class="notice bad" role="alert">{wrong}</p>}
        <div class="actions"><button type="submit" class="main">Make the link</button></div>
      </form>
      {link !== "" && (
        <>
          <Field label="Link"><textarea rows={4} readOnly class="link" value={link}
            onFocus={(event) => event.currentTarget.select()} /></Field>
          <div class="actions"><CopyButton text={link} label="Copy" /></div>
        </>
      )}
    </Dialog>
  );
}

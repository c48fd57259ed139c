// What a token says and allows, and narrower copies of it, without asking any server.
import type {JSX} from "preact";
import {useState} from "preact/hooks";
import {type Caveat, narrowed, NoToken, readMacaroon} from "../macaroon";
import {CopyButton, Empty, Facts, Field, Section} from "../parts/ui";
import {explain, type Method, Rights} from "../rights";
import {useSession} from "../session";

interface Read {
  identifier: string;
  location: string;
  caveats: Caveat[];
  discharges: number;
}

function read(text: string): Read {
  const [root, ...discharges] = text.trim().split(/\s+/).map(readMacaroon);
  return {identifier: root!.identifier, location: root!.location,
    caveats: [root!, ...discharges].flatMap((one) => one.caveats), discharges: discharges.length};
}

function Check({caveats}: {caveats: Caveat[]}): JSX.Element {
  const [method, setMethod] = useState<Method>("GET");
  const [path, setPath] = useState("/scan/job/j1");
  const job = /\/job\/([^/]+)/.exec(path)?.[1] ?? "";
  const rights = new Rights(caveats);
  const isAllowed = rights.allows(method, path, job);
  const failing = caveats.find((one) => !new Rights([one]).allows(method, path, job));
  return (
    <Section title="Does it allow this?">
      <div class="fields">
        <Field label="Method"><select value={method} onChange={(event) => setMethod(
          event.currentTarget.value as Method)}><option>GET</option><option>POST</option>
        </select></Field>
        <Field label="Path"><input value={path} spellcheck={false}
          onInput={(event) => setPath(event.currentTarget.value.trim())} /></Field>
      </div>
      <p role="status" class={isAllowed ? "good" : "notice bad"}>
        {isAllowed ? "Allowed, as far as its caveats say."
          : failing ? <>Not allowed: <code>{failing.text}</code></>
            : "Not allowed: a token of one client opens no path of drivers and operators."}
      </p>
    </Section>
  );
}

const EXAMPLES = ["method = GET", "status-only", "path = /scan/*", "client = alice",
  "rate <= 10/m", "function = ocr*"];

function Narrow({text, know}: {text: string; know: (text: string) => void}): JSX.Element {
  const [caveats, setCaveats] = useState("");
  const [made, setMade] = useState("");
  const [wrong, setWrong] = useState("");
  const make = async (event: Event): Promise<void> => {
    event.preventDefault();
    try {
      const lines = caveats.split("\n").map((line) => line.trim()).filter(Boolean);
      const unknown = lines.find((line) => explain(
        {text: line, thirdParty: false, location: ""}).startsWith("nothing"));
      if (unknown !== undefined) throw new NoToken(`There is no caveat ${unknown}.`);
      setMade(await narrowed(text, lines));
      setWrong("");
    } catch (error) {
      setWrong((error as Error).message);
    }
  };
  return (
    <Section title="Narrow it">
      <form onSubmit={make}>
        <Field label="Caveats, each in a line" hint={`such as ${EXAMPLES.join(" · ")}`} wide>
          <textarea rows={3} required spellcheck={false} value={caveats}
            onInput={(event) => setCaveats(event.currentTarget.value)} />
        </Field>
        {wrong && <p class="notice bad" role="alert">{wrong}</p>}
        <div class="actions"><button type="submit" class="main">Make a narrower token</button></div>
      </form>
      {made !== "" && (
        <>
          <Field label="Narrower token" wide><textarea rows={4} readOnly value={made}
            onFocus={(event) => event.currentTarget.select()} /></Field>
          <div class="actions"><CopyButton text={made} label="Copy" />
            <button type="button" onClick={() => know(made)}>Inspect it</button></div>
        </>
      )}
    </Section>
  );
}

export function TokenView(): JSX.Element {
  const session = useSession();
  const [text, setText] = useState(session.token);
  let shown: Read | undefined;
  let wrong = "";
  try {
    shown = text !== "" ? read(text) : {identifier: session.identifier,
      location: session.location, caveats: session.rights.caveats, discharges: 0};
  } catch (error) {
    wrong = (error as Error).message;
  }
  return (
    <>
      <div class="view-head"><h1>Token</h1></div>
      <Section title={text === "" ? "Yours" : "This token"}>
        {shown && (
          <>
            <p><span class="hint">Identifier</span>{" "}
              <code class="break">{shown.identifier}</code></p>
            <Facts rows={[
              ["Store", shown.location],
              ["Discharges", shown.discharges > 0 ? String(shown.discharges) : ""]]} />
            {shown.caveats.length === 0 ? <Empty>It has no caveat: it may do everything.</Empty> : (
              <ol class="caveats" aria-label="Caveats">
                {shown.caveats.map((caveat, i) => (
                  <li key={i}><code class="break">{caveat.text}</code>
                    <span>{explain(caveat)}</span></li>
                ))}
              </ol>
            )}
          </>
        )}
        {wrong !== "" && <p class="notice bad" role="alert">{wrong}</p>}
        <details open={text !== session.token}>
          <summary>Another token</summary>
          <Field label="Token to look at" hint="It stays in this browser" wide>
            <textarea rows={3} spellcheck={false} autocomplete="off" value={text}
              onInput={(event) => setText(event.currentTarget.value.trim())} />
          </Field>
        </details>
      </Section>
      {shown && <Check caveats={shown.caveats} />}
      {shown && text !== "" && <Narrow key={text} text={text} know={setText} />}
    </>
  );
}

// The paths of the gateway, to be read: what /openapi.json says.
import {render} from "preact";
import type {JSX} from "preact";
import {useEffect, useState} from "preact/hooks";
import {Field} from "../parts/ui";
import {type Document, exampleOf, type Operation, shapeOf} from "./openapi";
import "../style/base.css";
import "../style/parts.css";
import "../style/views.css";
import "./docs.css";

interface Entry {
  method: string;
  path: string;
  operation: Operation;
  parameters: NonNullable<Operation["parameters"]>;
}

const WHO: {[tag: string]: string} = {
  anyone: "Anyone", client: "Clients", driver: "Drivers", operator: "Operators"};

function entriesOf(document: Document): Entry[] {
  return Object.entries(document.paths).flatMap(([path, item]) => (
    (["get", "post", "put", "delete"] as const).flatMap((method) => {
      const operation = item[method];
      return operation === undefined ? [] : [{method: method.toUpperCase(), path, operation,
        parameters: [...(item.parameters ?? []), ...(operation.parameters ?? [])]}];
    })));
}

function Shape({document, schema}: {document: Document; schema: unknown}): JSX.Element {
  return <pre tabIndex={0}>{shapeOf(document, schema)}</pre>;
}

function About({document, entry}: {document: Document; entry: Entry}): JSX.Element {
  const [isOpen, setIsOpen] = useState(false);
  const {operation, method, path, parameters} = entry;
  const body = operation.requestBody?.content["application/json"]?.schema;
  return (
    <details class="entry" id={operation.operationId}
      onToggle={(event) => setIsOpen(event.currentTarget.open)}>
      <summary><span class={`method ${method}`}>{method}</span><code>{path}</code></summary>
      {isOpen && (
        <div>
          {parameters.length > 0 && (
            <div class="scroll" tabIndex={0} role="region" aria-label={`Parameters of ${path}`}>
              <table>
                <thead><tr><th scope="col">Parameter</th><th scope="col">In</th>
                  <th scope="col">What</th></tr></thead>
                <tbody>{parameters.map((one) => (
                  <tr key={`${one.in} ${one.name}`}><th scope="row"><code>{one.name}</code></th>
                    <td>{one.in}</td><td>{one.description ?? exampleOf(
                      document, one.schema ?? one.content?.["application/json"]?.schema)}
                    </td></tr>
                ))}</tbody>
              </table>
            </div>
          )}
          {body !== undefined && <><h3>Body{operation.requestBody?.required ? "" : ", or none"}</h3>
            <Shape document={document} schema={body} /></>}
          <h3>Answers</h3>
          <ul class="answers">
            {Object.entries(operation.responses).map(([code, answer]) => (
              <li key={code}><b>{code}</b>{" "}
                {answer.description ?? "problem details (RFC 9457)"}</li>
            ))}
          </ul>
          {operation.responses["200"]?.content?.["application/json"] && (
            <Shape document={document}
              schema={operation.responses["200"].content["application/json"].schema} />
          )}
        </div>
      )}
    </details>
  );
}

function Page(): JSX.Element {
  const [document, setDocument] = useState<Document | undefined>();
  const [wanted, setWanted] = useState("");
  useEffect(() => {
    void fetch("/openapi.json").then((answer) => answer.json())
      .then((json) => setDocument(json as Document));
  }, []);
  const entries = document ? entriesOf(document) : [];
  const shown = entries.filter((one) => (
    `${one.method} ${one.path} ${one.operation.operationId}`.toLowerCase()
      .includes(wanted.toLowerCase())));
  return (
    <main>
      <div class="view-head">
        <h1>Paths</h1>
        {document && <span class="hint">{document.info.title} {document.info.version}</span>}
      </div>
      <p>What the gateway answers, as <a href="/openapi.json">openapi.json</a> has it for programs.
        A token goes into <code>Authorization: Bearer TOKEN</code>; names and limits are those of
        <code> docs/protocol.md</code>. To <a href="/">the page of jobs</a>.</p>
      <Field label="Search"><input type="search" value={wanted}
        onInput={(event) => setWanted(event.currentTarget.value)} /></Field>
      {document && Object.entries(WHO).map(([tag, word]) => {
        const some = shown.filter((one) => one.operation.tags?.includes(tag));
        return some.length > 0 && (
          <section key={tag} class="card" aria-label={word}>
            <div class="card-head"><h2>{word}</h2>
              <span class="hint">{some.length} paths</span></div>
            {some.map((entry) => (
              <About key={entry.method + entry.path} document={document} entry={entry} />
            ))}
          </section>
        );
      })}
    </main>
  );
}

render(<Page />, document.getElementById("page")!);

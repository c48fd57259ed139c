// A form made of a JSON Schema: what it has no field for is given as JSON.
import type {JSX} from "preact";
import {useState} from "preact/hooks";
import type {Json} from "../types";
import {Field} from "./ui";

type Schema = {[name: string]: Json};
type Change = (value: Json | undefined) => void;
interface Part {
  label: string;
  schema: Schema;
  value: Json | undefined;
  change: Change;
  isNeeded: boolean;
}

function isObject(value: Json | undefined): value is Schema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function schemaOf(value: Json | undefined): Schema {
  return isObject(value) ? value : {};
}

function neededOf(schema: Schema): Json[] {
  return Array.isArray(schema.required) ? schema.required : [];
}

function typeOf(schema: Schema): string {
  const type = Array.isArray(schema.type)
    ? schema.type.find((one) => one !== "null") : schema.type;
  if (typeof type === "string") return type;
  if (isObject(schema.properties)) return "object";
  return isObject(schema.items) ? "array" : "";
}

// What a form begins with: defaults, and an object for an object.
export function initialOf(schema: Schema): Json | undefined {
  if (schema.default !== undefined) return schema.default;
  if (schema.const !== undefined) return schema.const;
  if (typeOf(schema) !== "object" || !isObject(schema.properties)) return undefined;
  const value: {[name: string]: Json} = {};
  const needed = neededOf(schema);
  for (const [name, property] of Object.entries(schema.properties)) {
    const one = initialOf(schemaOf(property));
    const isEmpty = isObject(one) && Object.keys(one).length === 0 && !needed.includes(name);
    if (one !== undefined && !isEmpty) value[name] = one;
  }
  return value;
}

// JSON by hand.
export function JsonInput(
  {value, change, label, rows = 4}: {value: Json | undefined; change: Change; label: string;
    rows?: number}): JSX.Element {
  const [text, setText] = useState(value === undefined ? "" : JSON.stringify(value, null, 2));
  const [wrong, setWrong] = useState("");
  const input = (given: string): void => {
    setText(given);
    try {
      change(given.trim() === "" ? undefined : (JSON.parse(given) as Json));
      setWrong("");
    } catch (error) {
      setWrong((error as Error).message);
    }
  };
  return (
    <>
      <textarea rows={rows} spellcheck={false} aria-label={label} aria-invalid={wrong !== ""}
        value={text} onInput={(event) => input(event.currentTarget.value)} />
      {wrong && <span class="hint bad" role="alert">{wrong}</span>}
    </>
  );
}

function numberAttributes(schema: Schema): JSX.HTMLAttributes<HTMLInputElement> {
  const attributes: {[name: string]: number | string} = {
    step: typeOf(schema) === "integer" ? 1 : "any"};
  if (typeof schema.minimum === "number") attributes.min = schema.minimum;
  if (typeof schema.maximum === "number") attributes.max = schema.maximum;
  return attributes;
}

const TEXT_TYPES: {[format: string]: string} = {
  date: "date", email: "email", uri: "url", time: "time"};

function Input({label, schema, value, change, isNeeded}: Part): JSX.Element {
  const type = typeOf(schema);
  if (Array.isArray(schema.enum)) {
    const options = schema.enum;
    return (
      <select required={isNeeded} value={String(options.findIndex((one) => (
        JSON.stringify(one) === JSON.stringify(value))))}
        onChange={(event) => change(options[Number(event.currentTarget.value)])}>
        <option value="-1" />
        {options.map((one, i) => (
          <option value={String(i)}>{typeof one === "string" ? one : JSON.stringify(one)}</option>
        ))}
      </select>
    );
  }
  if (type === "boolean") {
    return <input type="checkbox" checked={value === true}
      onChange={(event) => change(event.currentTarget.checked)} />;
  }
  if (type === "integer" || type === "number") {
    return <input type="number" required={isNeeded} {...numberAttributes(schema)}
      value={typeof value === "number" ? value : ""}
      onInput={(event) => change(
        event.currentTarget.value === "" ? undefined : Number(event.currentTarget.value))} />;
  }
  if (type === "string") {
    const isLong = typeof schema.maxLength === "number" && schema.maxLength > 200;
    const common = {
      required: isNeeded,
      value: typeof value === "string" ? value : "",
      onInput: (event: {currentTarget: {value: string}}) => change(
        event.currentTarget.value === "" && !isNeeded ? undefined : event.currentTarget.value),
    };
    return isLong ? <textarea rows={4} {...common} />
      : <input type={TEXT_TYPES[String(schema.format)] ?? "text"} {...common}
        {...(typeof schema.pattern === "string" ? {pattern: schema.pattern} : {})} />;
  }
  return <JsonInput label={label} value={value} change={change} />;
}

function List(part: Part): JSX.Element {
  const items = Array.isArray(part.value) ? part.value : [];
  const set = (index: number, value: Json | undefined): void => {
    part.change(items.map((old, i) => (i === index ? value ?? null : old)));
  };
  return (
    <fieldset>
      <legend>{part.label}</legend>
      {items.map((item, index) => (
        <div class="row" key={index}>
          <SchemaPart label={`${index + 1}`} schema={schemaOf(part.schema.items)} value={item}
            change={(value) => set(index, value)} isNeeded />
          <button type="button" class="small" aria-label={`Remove ${index + 1}`}
            onClick={() => part.change(items.filter((_, i) => i !== index))}>✕</button>
        </div>
      ))}
      <button type="button" class="small" onClick={() => part.change(
        [...items, initialOf(schemaOf(part.schema.items)) ?? null])}>Add to {part.label}</button>
    </fieldset>
  );
}

function Properties(part: Part): JSX.Element {
  const value = isObject(part.value) ? part.value : {};
  const needed = neededOf(part.schema);
  const set = (name: string, one: Json | undefined): void => {
    const {[name]: _, ...rest} = value;
    part.change(one === undefined ? rest : {...value, [name]: one});
  };
  return (
    <fieldset>
      <legend>{part.label}</legend>
      <div class="fields">
        {Object.entries(schemaOf(part.schema.properties)).map(([name, schema]) => (
          <SchemaPart key={name} label={name} schema={schemaOf(schema)} value={value[name]}
            change={(one) => set(name, one)} isNeeded={needed.includes(name)} />
        ))}
      </div>
    </fieldset>
  );
}

export function SchemaPart(part: Part): JSX.Element {
  const {schema} = part;
  const type = typeOf(schema);
  if (type === "object" && isObject(schema.properties)) return <Properties {...part} />;
  if (type === "array" && isObject(schema.items)) return <List {...part} />;
  const title = typeof schema.title === "string" ? `${part.label} — ${schema.title}` : part.label;
  return (
    <Field label={part.isNeeded ? `${title} *` : title}
      hint={typeof schema.description === "string" ? schema.description : undefined}>
      <Input {...part} />
    </Field>
  );
}

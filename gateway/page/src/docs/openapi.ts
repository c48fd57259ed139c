// As much of an OpenAPI document as the page of paths looks at, and its schemas in few words.

export interface Parameter {
  name: string;
  in: string;
  description?: string;
  schema?: unknown;
  content?: {[type: string]: {schema: unknown}};
}

export interface Operation {
  operationId: string;
  tags?: string[];
  parameters?: Parameter[];
  requestBody?: {required?: boolean; content: {[type: string]: {schema: unknown}}};
  responses: {[code: string]: {
    description?: string; content?: {[type: string]: {schema: unknown}}}};
}

export interface Document {
  info: {title: string; version: string};
  paths: {[path: string]: {parameters?: Parameter[]; get?: Operation; post?: Operation;
    put?: Operation; delete?: Operation}};
  components: {schemas: {[name: string]: unknown}};
}

interface Schema {
  $ref?: string;
  type?: string;
  format?: string;
  description?: string;
  enum?: unknown[];
  items?: unknown;
  properties?: {[name: string]: unknown};
  anyOf?: unknown[];
  allOf?: unknown[];
}

function resolved(document: Document, schema: unknown): [Schema, string] {
  const one = (schema ?? {}) as Schema;
  if (one.$ref === undefined) return [one, ""];
  const name = one.$ref.slice(one.$ref.lastIndexOf("/") + 1);
  return [(document.components.schemas[name] ?? {}) as Schema, name];
}

// A type in a word or two.
export function exampleOf(document: Document, schema: unknown): string {
  const [one, name] = resolved(document, schema);
  if (one.enum) return one.enum.map(String).join(" | ");
  if (one.type === "array") return `list of ${exampleOf(document, one.items)}`;
  if (name !== "" && one.properties) return name;
  return [one.type ?? "any JSON", one.format].filter(Boolean).join(", ");
}

// The fields of an object, each with its type; those of objects within it once more, up to a depth.
export function shapeOf(document: Document, schema: unknown, depth = 0): string {
  const [one] = resolved(document, schema);
  const indent = "  ".repeat(depth);
  if (one.anyOf) return one.anyOf.map((each) => shapeOf(document, each, depth)).join("\nor\n");
  const parts = one.allOf ?? [];
  if (parts.length > 0) return parts.map((each) => shapeOf(document, each, depth)).join("\n");
  if (!one.properties) return `${indent}${exampleOf(document, schema)}`;
  return Object.entries(one.properties).map(([name, property]) => {
    const [inner] = resolved(document, property);
    const [item] = resolved(document, inner.items);
    const line = `${indent}${name}: ${exampleOf(document, property)}`;
    const more = inner.properties ? property : item.properties ? inner.items : undefined;
    return more === undefined || depth > 1 ? line
      : `${line}\n${shapeOf(document, more, depth + 1)}`;
  }).join("\n");
}

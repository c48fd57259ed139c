// Macaroons as docs/protocol.md 4.1 has them, version 1 and 2: read, and narrowed by one more
// caveat, which needs no key but the token's own signature.

const SIGNATURE_BYTES = 32;

export interface Caveat {
  text: string;
  thirdParty: boolean;
  location: string;
}

interface Section {
  location: Uint8Array;
  identifier: Uint8Array;
  verification: Uint8Array;
}

export interface Macaroon {
  version: 1 | 2;
  location: string;
  identifier: string;
  caveats: Caveat[];
  sections: Section[]; // the head, then the caveats
  signature: Uint8Array;
}

const NONE = new Uint8Array();
const encoder = new TextEncoder();
const decoder = new TextDecoder();

export class NoToken extends Error {}

function fromBase64(text: string): Uint8Array {
  const standard = text.replace(/-/g, "+").replace(/_/g, "/").replace(/=+$/, "");
  if (!/^[A-Za-z0-9+/]+$/.test(standard)) throw new NoToken("That is no token.");
  try {
    return Uint8Array.from(atob(standard), (c) => c.charCodeAt(0));
  } catch {
    throw new NoToken("That is no token.");
  }
}

function toBase64(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

function joined(parts: (Uint8Array | number)[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => (typeof part === "number" ? [part] : [...part])));
}

class Bytes {
  private at = 0;
  constructor(private readonly all: Uint8Array) {}

  get left(): number {
    return this.all.length - this.at;
  }
  peek(): number {
    return this.all[this.at] ?? -1;
  }
  take(count: number): Uint8Array {
    if (count > this.left) throw new NoToken("That is no token.");
    this.at += count;
    return this.all.subarray(this.at - count, this.at);
  }
  byte(): number {
    return this.take(1)[0]!;
  }
}

function takeField(bytes: Bytes, type: number): Uint8Array {
  if (bytes.peek() !== type) return NONE;
  bytes.byte();
  const first = bytes.byte();
  return bytes.take(first < 0x80 ? first : (first & 0x7f) | (bytes.byte() << 7));
}

function takeSection(bytes: Bytes): Section {
  const section = {
    location: takeField(bytes, 1),
    identifier: takeField(bytes, 2),
    verification: takeField(bytes, 4),
  };
  if (bytes.byte() !== 0) throw new NoToken("That is no token.");
  return section;
}

function sectionsOfVersion2(bytes: Bytes): [Section[], Uint8Array] {
  bytes.byte();
  const sections = [takeSection(bytes)];
  while (bytes.peek() !== 0) sections.push(takeSection(bytes));
  bytes.byte();
  return [sections, takeField(bytes, 6)];
}

function sectionsOfVersion1(bytes: Bytes): [Section[], Uint8Array] {
  const sections: Section[] = [{location: NONE, identifier: NONE, verification: NONE}];
  let signature: Uint8Array = NONE;
  while (bytes.left > 0) {
    const length = parseInt(decoder.decode(bytes.take(4)), 16);
    if (!(length > 5)) throw new NoToken("That is no token.");
    const packet = bytes.take(length - 4);
    const space = packet.indexOf(0x20);
    const name = decoder.decode(packet.subarray(0, space));
    const value = packet.subarray(space + 1, packet.length - 1);
    const last = sections[sections.length - 1]!;
    if (name === "location" || name === "cl") last.location = value;
    else if (name === "identifier") last.identifier = value;
    else if (name === "cid") {
      sections.push({location: NONE, identifier: value, verification: NONE});
    } else if (name === "vid") last.verification = value;
    else if (name === "signature") signature = value;
    else throw new NoToken("That is no token.");
  }
  return [sections, signature];
}

// Throws NoToken. Whether the signature is right only the store knows.
export function readMacaroon(text: string): Macaroon {
  const binary = fromBase64(text.trim());
  const version = binary[0] === 2 ? 2 : 1;
  const bytes = new Bytes(binary);
  const [sections, signature] =
    version === 2 ? sectionsOfVersion2(bytes) : sectionsOfVersion1(bytes);
  const [head, ...caveats] = sections as [Section, ...Section[]];
  if (bytes.left > 0 || signature.length !== SIGNATURE_BYTES || head.identifier.length === 0) {
    throw new NoToken("That is no token.");
  }
  return {
    version,
    location: decoder.decode(head.location),
    identifier: decoder.decode(head.identifier),
    caveats: caveats.map((one) => ({
      text: decoder.decode(one.identifier),
      thirdParty: one.verification.length > 0,
      location: decoder.decode(one.location),
    })),
    sections,
    signature,
  };
}

function field(type: number, value: Uint8Array): (Uint8Array | number)[] {
  const size = value.length;
  return size < 0x80 ? [type, size, value] : [type, (size & 0x7f) | 0x80, size >> 7, value];
}

function packet(name: string, value: Uint8Array): Uint8Array {
  const length = (name.length + value.length + 6).toString(16).padStart(4, "0");
  return joined([encoder.encode(`${length}${name} `), value, 0x0a]);
}

function binaryOf(token: Macaroon): Uint8Array {
  const parts: (Uint8Array | number)[] = [];
  if (token.version === 2) parts.push(2);
  token.sections.forEach((section, index) => {
    if (token.version === 2) {
      if (section.location.length > 0) parts.push(...field(1, section.location));
      parts.push(...field(2, section.identifier));
      if (section.verification.length > 0) parts.push(...field(4, section.verification));
      parts.push(0);
    } else if (index === 0) {
      parts.push(packet("location", section.location), packet("identifier", section.identifier));
    } else {
      parts.push(packet("cid", section.identifier));
      if (section.verification.length > 0) parts.push(packet("vid", section.verification));
      if (section.location.length > 0) parts.push(packet("cl", section.location));
    }
  });
  if (token.version === 2) parts.push(0, ...field(6, token.signature));
  else parts.push(packet("signature", token.signature));
  return joined(parts);
}

// The token with each of these caveats besides: each signature is the key of the next one. Throws
// NoToken, also for one with discharges, which are bound to it as it is.
export async function narrowed(text: string, caveats: string[]): Promise<string> {
  if (text.trim().includes(" ")) throw new NoToken("A token with discharges cannot be narrowed.");
  const token = readMacaroon(text);
  for (const caveat of caveats) {
    const identifier = encoder.encode(caveat);
    const key = await crypto.subtle.importKey(
      "raw", token.signature as BufferSource, {name: "HMAC", hash: "SHA-256"}, false, ["sign"]);
    token.signature = new Uint8Array(
      await crypto.subtle.sign("HMAC", key, identifier as BufferSource));
    token.sections.push({location: NONE, identifier, verification: NONE});
  }
  return toBase64(binaryOf(token));
}

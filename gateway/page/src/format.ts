// Times, spans and numbers as people read them.
const NUMBER = new Intl.NumberFormat();
const CLOCK = new Intl.DateTimeFormat(undefined, {
  hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23"});
const DAY = new Intl.DateTimeFormat(undefined, {
  year: "numeric", month: "short", day: "numeric", hour: "2-digit", minute: "2-digit",
  second: "2-digit", hourCycle: "h23"});

export function number(value: number | undefined): string {
  return NUMBER.format(value ?? 0);
}

export function counted(value: number, word: string): string {
  return `${number(value)} ${word}${value === 1 ? "" : "s"}`;
}

export function time(text: string | undefined): string {
  if (!text) return "";
  const at = new Date(text);
  const isToday = at.toDateString() === new Date().toDateString();
  return (isToday ? CLOCK : DAY).format(at);
}

export function fullTime(text: string): string {
  return `${DAY.format(new Date(text))} (${text})`;
}

const UNITS: [number, string][] = [
  [86400000, "d"], [3600000, "h"], [60000, "min"], [1000, "s"]];

export function span(ms: number): string {
  if (!(ms >= 0)) return "";
  if (ms < 1000) return `${Math.round(ms)} ms`;
  const index = UNITS.findIndex(([size]) => ms >= size);
  const [size, unit] = UNITS[index]!;
  if (unit === "s") return `${(ms / 1000).toFixed(ms < 10000 ? 1 : 0)} s`;
  const [smaller, word] = UNITS[index + 1]!;
  const rest = Math.floor((ms % size) / smaller);
  return `${Math.floor(ms / size)} ${unit}${rest > 0 ? ` ${rest} ${word}` : ""}`;
}

export function between(from: string | undefined, to: string | undefined): string {
  if (!from) return "";
  return span((to ? Date.parse(to) : Date.now()) - Date.parse(from));
}

export function since(text: string | undefined): string {
  if (!text) return "";
  const ms = Date.now() - Date.parse(text);
  return ms >= 0 ? `${span(ms)} ago` : `in ${span(-ms)}`;
}

export function bytes(count: number | undefined): string {
  const value = count ?? 0;
  if (value < 1024) return `${value} B`;
  if (value < 1048576) return `${(value / 1024).toFixed(1)} KiB`;
  return `${(value / 1048576).toFixed(1)} MiB`;
}

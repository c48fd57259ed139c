// What the fragment of the address says: which view, of what. It never reaches a server.
import {useEffect, useState} from "preact/hooks";

export interface Route {
  view: "overview" | "datasource" | "job" | "token";
  datasource: string;
  tab: string; // of a datasource: jobs, functions, schedules, workers, submit
  name: string; // of a job, of a function
  query: URLSearchParams;
}

export function parseRoute(fragment: string): Route {
  const [path, query] = fragment.replace(/^#/, "").split("?") as [string, string | undefined];
  const parts = path.split("/").filter((part) => part !== "").map(decoded);
  const route: Route = {
    view: "overview", datasource: "", tab: "", name: "", query: new URLSearchParams(query ?? "")};
  if (parts[0] === "token") return {...route, view: "token"};
  if (parts[0] !== "d" || parts[1] === undefined) return route;
  const tab = parts[2] ?? "jobs";
  const name = parts[3] ?? "";
  return {...route, view: tab === "job" && name !== "" ? "job" : "datasource",
    datasource: parts[1], tab, name};
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

export function linkTo(datasource: string, tab = "", name = "", query = ""): string {
  const parts = ["d", datasource, tab, name].filter((part) => part !== "").map(encodeURIComponent);
  return `#/${parts.join("/")}${query === "" ? "" : `?${query}`}`;
}

export function go(link: string): void {
  location.hash = link;
}

// Takes the token of a link out of the address, so that neither the history nor a look over the
// shoulder has it.
export function takeTokenOfFragment(): string {
  const [path, query] = location.hash.split("?") as [string, string | undefined];
  const parameters = new URLSearchParams(query ?? "");
  const token = parameters.get("token") ?? "";
  if (token === "") return "";
  parameters.delete("token");
  const rest = parameters.toString();
  history.replaceState(null, "", `${location.pathname}${path}${rest === "" ? "" : `?${rest}`}`);
  return token;
}

export function useRoute(): Route {
  const [route, setRoute] = useState(() => parseRoute(location.hash));
  useEffect(() => {
    const change = (): void => {
      if (/[?&]token=/.test(location.hash)) location.reload(); // a link, opened in this tab
      else setRoute(parseRoute(location.hash));
    };
    window.addEventListener("hashchange", change);
    return () => window.removeEventListener("hashchange", change);
  }, []);
  return route;
}

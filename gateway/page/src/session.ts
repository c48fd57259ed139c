// Who looks: the rights of the token whose session this is, and its text, which is in memory alone
// and only until the page is loaded anew.
import {createContext} from "preact";
import {useContext} from "preact/hooks";
import {endSession, get, openSession, Problem, toldSession} from "./api";
import {readMacaroon} from "./macaroon";
import {Rights} from "./rights";
import {takeTokenOfFragment} from "./route";

// Before anything else looks at the address.
const offered = takeTokenOfFragment();
// Tabs share the cookie: when it changes, what the others show is not theirs any more.
const others = new BroadcastChannel("session");
others.onmessage = () => location.reload();

export interface Session {
  rights: Rights;
  identifier: string;
  location: string;
  token: string; // empty: the page does not have it any more
}

export const SessionContext = createContext<Session>({
  rights: new Rights([]), identifier: "", location: "", token: ""});

export function useSession(): Session {
  return useContext(SessionContext);
}

function sessionOf(text: string): Session {
  const [root, ...discharges] = text.split(" ").map(readMacaroon);
  const caveats = [root!, ...discharges].flatMap((one) => one.caveats)
    .filter((one) => !one.thirdParty || discharges.length === 0);
  return {rights: new Rights(caveats), identifier: root!.identifier, location: root!.location,
    token: text};
}

// Some request that needs a valid token. That it is not allowed is fine: the token is one then.
async function check(rights: Rights): Promise<void> {
  const [datasource] = rights.datasources();
  const paths = ["/admin/datasources", "/cat", `/jobs/${datasource}/stats`, "/admin/stats"];
  try {
    await get(rights.first("GET", paths) ?? `/${datasource ?? "none"}/job/list`,
      {limit: undefined});
  } catch (error) {
    if (error instanceof Problem && error.code === 401) throw error;
    if (error instanceof Problem && error.code === 0) throw error;
  }
}

// Throws NoToken or Problem.
export async function signIn(text: string): Promise<Session> {
  const token = text.trim().replace(/\s+/g, " ");
  const session = sessionOf(token);
  await openSession(token);
  try {
    if ((await toldSession())?.identifier !== session.identifier) {
      throw new Problem(0, "The browser keeps no cookie with this token: it may be too long.");
    }
    await check(session.rights);
  } catch (error) {
    await endSession();
    throw error;
  }
  others.postMessage("opened");
  return session;
}

export async function signOut(): Promise<void> {
  await endSession();
  others.postMessage("ended");
}

export interface Start {
  session?: Session;
  offered?: string; // a token that came with a link, beside a session that is there
}

// A link's token opens a session by itself where there is none.
export async function startSession(): Promise<Start> {
  const told = await toldSession();
  if (told === undefined) return offered === "" ? {} : {session: await signIn(offered)};
  const session: Session = {
    rights: new Rights(told.caveats.map((one) => ({
      text: one.text, thirdParty: one.thirdParty ?? false, location: one.location ?? ""}))),
    identifier: told.identifier,
    location: told.location,
    token: "",
  };
  return offered === "" ? {session} : {session, offered};
}

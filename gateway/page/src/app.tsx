// The frame of all views: who looks, where one can go, and what is shown.
import type {JSX} from "preact";
import {useEffect, useRef, useState} from "preact/hooks";
import {time} from "./format";
import {Places} from "./places";
import {go, linkTo, type Route, useRoute} from "./route";
import {type Session, SessionContext, signIn, signOut, type Start, startSession} from "./session";
import {DatasourceView} from "./views/datasource";
import {JobView} from "./views/job";
import {Overview} from "./views/overview";
import {SignIn} from "./views/sign_in";
import {TokenView} from "./views/token";

function Header(
  {session, route, end}: {session: Session; route: Route; end: () => void}): JSX.Element {
  const {rights} = session;
  const known = [...new Set([...rights.datasources(), route.datasource])].filter(Boolean).sort();
  const here = (is: boolean): "page" | undefined => (is ? "page" : undefined);
  return (
    <header class="top">
      <a class="brand" href="#/"><img src="/icon.svg" alt="" width="28" height="28" />
        <span>{session.location || "jobs"}</span></a>
      <nav aria-label="Main">
        {rights.job === "" && (
          <a href="#/" aria-current={here(route.view === "overview")}>Overview</a>
        )}
        {rights.job === "" && known.map((name) => (
          <a key={name} href={linkTo(name)} aria-current={here(route.datasource === name)}>
            {name}</a>
        ))}
        <a href="#/token" aria-current={here(route.view === "token")}>Token</a>
      </nav>
      <div class="who">
        {rights.expires < Infinity && (
          <span class="expires">until {time(new Date(rights.expires).toISOString())}</span>
        )}
        <button type="button" onClick={end}>Sign out</button>
      </div>
    </header>
  );
}

// On the paths of clients a token that is pinned to none acts as whoever is said.
function ClientField(
  {client, change}: {client: string; change: (name: string) => void}): JSX.Element {
  return (
    <form class="notice as-client" onSubmit={(event) => {
      event.preventDefault();
      change(new FormData(event.currentTarget).get("client") as string);
    }}>
      <label>This token acts for any client. Show the jobs of{" "}
        <input name="client" value={client} required pattern="[A-Za-z0-9._~:@+\/=\-]+" /></label>
      <button type="submit">Show</button>
    </form>
  );
}

function View({route, session}: {route: Route; session: Session}): JSX.Element {
  const [client, setClient] = useState("");
  if (route.view === "token") return <TokenView />;
  if (route.view === "overview") return <Overview />;
  const places = new Places(session.rights, route.datasource, client);
  const probe = route.view === "job" ? places.job(route.name) : places.list();
  const needsClient =
    session.rights.client === "" && probe?.startsWith(`/${route.datasource}/`) === true;
  return (
    <>
      {needsClient && <ClientField client={client} change={setClient} />}
      {(!needsClient || client !== "") && (route.view === "job"
        ? <JobView key={`${route.datasource}/${route.name}/${client}`} places={places}
          job={route.name} />
        : <DatasourceView key={`${route.datasource}/${client}`} places={places} route={route} />)}
    </>
  );
}

const TITLES = {overview: "Overview", token: "Token", datasource: "Datasource", job: "Job"};

export function App(): JSX.Element {
  const route = useRoute();
  const [start, setStart] = useState<Start | undefined>();
  const [problem, setProblem] = useState<Error | undefined>();
  const main = useRef<HTMLElement>(null);
  const isFirst = useRef(true);

  useEffect(() => {
    startSession().then(setStart, (error: Error) => {
      setProblem(error);
      setStart({});
    });
  }, []);
  useEffect(() => {
    const what = route.name || route.datasource;
    document.title = `${what === "" ? TITLES[route.view] : what} · Jobs`;
    if (!isFirst.current) main.current?.focus({preventScroll: true});
    isFirst.current = false;
  }, [route.view, route.datasource, route.name]);
  // The token of a job leads to that job.
  useEffect(() => {
    const rights = start?.session?.rights;
    if (rights === undefined || rights.job === "" || route.view !== "overview") return;
    const [datasource] = rights.datasources();
    if (datasource !== undefined) go(linkTo(datasource, "job", rights.job));
  }, [start, route.view]);

  if (start === undefined) return <main class="narrow" aria-busy="true" />;
  const use = async (token: string): Promise<void> => {
    const session = await signIn(token);
    setProblem(undefined);
    setStart({session});
  };
  if (start.session === undefined) {
    return <main class="narrow"><SignIn use={use} problem={problem} /></main>;
  }
  const {session, offered} = start;
  return (
    <SessionContext.Provider value={session}>
      <a class="skip" href="#main" onClick={(event) => {
        event.preventDefault();
        main.current?.focus();
      }}>To the content</a>
      <Header session={session} route={route} end={() => {
        void signOut().finally(() => setStart({}));
      }} />
      <main ref={main} tabIndex={-1} id="main">
        {offered !== undefined && (
          <div class="notice" role="alert">
            <p>The link that you opened brings a token of its own.</p>
            <button type="button" class="main" onClick={() => void use(offered).catch((error) => {
              setProblem(error as Error);
              setStart({session});
            })}>Use it instead of yours</button>
            <button type="button" onClick={() => setStart({session})}>Go on with mine</button>
          </div>
        )}
        {problem && <p class="notice bad" role="alert">{problem.message}</p>}
        <View route={route} session={session} />
      </main>
    </SessionContext.Provider>
  );
}

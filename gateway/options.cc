#include "options.h"

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <stdexcept>

#include "text_rules.h"
#include "time_text.h"

namespace gateway {
namespace {

constexpr const char* kFooter =
    R"x(Each request carries its caller's token, in "Authorization: Bearer TOKEN". An example:
  jobq-http --store tcp://127.0.0.1:5555 --server-key-file DIR/curve.public
  curl -H "Authorization: Bearer $(cat client.token)" -H "Content-Type: application/json" \
    -d '{"request": {"page": 1}}' http://127.0.0.1:8080/v1/scan/job/
docs/http.md has the rest.)x";

void add_span(CLI::App& app, const char* name, jobq::Span& span, const char* about) {
  app.add_option_function<std::string>(
         name,
         [&span, name](const std::string& text) {
           const auto read = tools::parse_span(text);
           if (!read || *read <= jobq::Span{}) {
             throw CLI::ValidationError(name, "a span is expected, such as 30s");
           }
           span = *read;
         },
         std::string(about) + "; default: " + tools::exact_span_text(span))
      ->type_name("SPAN");
}

void add_count(CLI::App& app, const char* name, std::size_t& count, const char* about) {
  app.add_option(name, count, std::string(about) + "; default: " + std::to_string(count))
      ->type_name("N")
      ->check(CLI::Range(std::size_t{1}, std::size_t{1} << 40));
}

void declare(CLI::App& app, Settings& settings, std::string& key_file) {
  app.add_option("--listen", settings.listen,
                 "Where to listen, ADDRESS:PORT; may be repeated; default: 127.0.0.1:8080")
      ->type_name("ADDRESS");
  auto* certificate = app.add_option("--tls-certificate", settings.certificate_file,
                                     "PEM file with the certificate and those it stands on")
                          ->type_name("FILE");
  auto* key = app.add_option("--tls-key", settings.key_file, "PEM file with its private key")
                  ->type_name("FILE");
  certificate->needs(key);
  key->needs(certificate);
  app.add_option("--store,--endpoint", settings.store.endpoint,
                 "Where the store is, tcp:// or ipc://; default: tcp://127.0.0.1:5555")
      ->envname("JOBQ_ENDPOINT")
      ->type_name("URL");
  auto* value = app.add_option("--server-key", settings.store.server_key,
                               "The store's public key, 40 characters; needed unless the store "
                               "runs without CURVE")
                    ->envname("JOBQ_SERVER_KEY")
                    ->type_name("KEY");
  app.add_option("--server-key-file", key_file, "File with that key, e.g. DIR/curve.public")
      ->envname("JOBQ_SERVER_KEY_FILE")
      ->type_name("FILE")
      ->excludes(value);
  app.add_option("--allow-origin", settings.origins,
                 "A site whose pages may ask, as https://example.org; may be repeated")
      ->type_name("ORIGIN");
  app.add_option("--users", settings.users_file,
                 "File of `jobq users`: takes core4's and JobEngine's requests from those")
      ->type_name("FILE");
  add_span(app, "--patience", settings.store.patience, "How long a store is waited for");
  add_count(app, "--connections-max", settings.connections_max, "Connections at the same time");
  add_count(app, "--streams-max", settings.streams_max, "Event streams at the same time");
  add_count(app, "--streams-per-token-max", settings.streams_per_token_max,
            "Those of one token and its narrowed copies");
  add_count(app, "--held-bytes-max", settings.held_bytes_max,
            "Bytes of bodies and answers in memory");
  add_count(app, "--metrics-datasources-max", settings.metrics_datasources_max,
            "Datasources that /metrics tells of");
  add_count(app, "--metrics-functions-max", settings.metrics_functions_max,
            "Functions of each; the others are summed up");
  add_span(app, "--header-timeout", settings.header_timeout, "Time for a request's head");
  add_span(app, "--body-timeout", settings.body_timeout, "Time for its body");
  add_span(app, "--idle-timeout", settings.idle_timeout, "A connection without requests lasts");
  add_span(app, "--write-timeout", settings.write_timeout, "A peer that takes nothing has");
  add_span(app, "--heartbeat", settings.heartbeat, "A stream without events says so each");
}

}  // namespace

Settings settings_of(int argc, char** argv) {
  Settings settings;
  settings.store.patience = std::chrono::seconds(10);
  std::string key_file;
  CLI::App app("jobq-http " JOBQ_VERSION ": a store's operations over HTTP, as JSON.", "jobq-http");
  app.footer(kFooter);
  app.set_version_flag("--version", "jobq-http " JOBQ_VERSION);
  declare(app, settings, key_file);
  try {
    app.parse(argc, argv);
    if (!key_file.empty()) {
      std::ifstream file(key_file);
      std::string key;
      if (!(file >> key)) throw CLI::ValidationError("--server-key-file", "cannot be read");
      settings.store.server_key = key;
    }
  } catch (const CLI::Success& wish) {
    std::exit(app.exit(wish));
  } catch (const CLI::ParseError& error) {
    std::cerr << "jobq-http: " << error.what() << "; see jobq-http --help\n";
    std::exit(2);
  }
  return settings;
}

}  // namespace gateway

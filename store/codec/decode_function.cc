// Functions, and what is asked of them.
#include <algorithm>
#include <set>

#include "decode.h"
#include "registered.h"

namespace store {
namespace {

using jobq::wire::view;

// "", or as "/a/b~1c".
bool is_pointer(std::string_view pointer) {
  if (!pointer.empty() && pointer.front() != '/') {
    return false;
  }
  for (std::size_t i = 0; i < pointer.size(); ++i) {
    const bool is_escape = pointer[i] == '~';
    if (is_escape &&
        (i + 1 == pointer.size() || (pointer[i + 1] != '0' && pointer[i + 1] != '1'))) {
      return false;
    }
  }
  return true;
}

bool is_printable(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < '\x7f'; });
}

bool is_method(std::string_view method) {
  return method == "GET" || method == "POST" || method == "PUT" || method == "DELETE";
}

void take_calls(Checks& checks, capnp::List<protocol::Function::Call>::Reader list,
                std::vector<jobq::FunctionCall>& calls) {
  const FieldPath place("calls");
  checks.count(place, list.size(), checks.limits.calls_max);
  for (unsigned i = 0; i < list.size() && !checks.wrong(); ++i) {
    const FieldPath at = place.item(i);
    jobq::FunctionCall& call = calls.emplace_back();
    call.method = view(list[i].getMethod());
    call.path = view(list[i].getPath());
    checks.text(at.field("method"), call.method, checks.limits.call_method_bytes_max);
    checks.text(at.field("path"), call.path, checks.limits.call_path_bytes_max);
    checks.refuse_unless(call.path.starts_with('/'), at.field("path"), "must begin with /");
    checks.refuse_unless(call.path.find('*') >= call.path.size() - 1, at.field("path"),
                         "may have a * at its end alone");
    checks.refuse_unless(is_printable(call.path) && call.path.find(',') == std::string::npos,
                         at.field("path"), "may have printable ASCII but spaces and commas");
    checks.refuse_unless(call.method.empty() || is_method(call.method), at.field("method"),
                         "is none of GET, POST, PUT and DELETE");
  }
  checks.count(place, calls_text(calls).size(), checks.limits.calls_bytes_max);
}

void take_indexed(Checks& checks, capnp::List<protocol::Function::IndexedField>::Reader list,
                  std::vector<jobq::IndexedField>& indexed) {
  const FieldPath place("indexed");
  checks.count(place, list.size(), checks.limits.indexed_max);
  std::set<std::string> names;
  for (unsigned i = 0; i < list.size() && !checks.wrong(); ++i) {
    const FieldPath at = place.item(i);
    jobq::IndexedField& field = indexed.emplace_back();
    field.name = view(list[i].getName());
    field.pointer = view(list[i].getPointer());
    field.is_required = list[i].getIsRequired();
    checks.name(at.field("name"), field.name);
    checks.refuse_unless(field.name.find('=') == std::string::npos, at.field("name"),
                         "may not have a =");
    checks.refuse_unless(names.insert(field.name).second, at.field("name"), "stands there twice");
    checks.text(at.field("pointer"), field.pointer, checks.limits.pointer_bytes_max);
    checks.refuse_unless(is_pointer(field.pointer), at.field("pointer"),
                         "is no JSON pointer, as /a/0/b");
  }
}

void check_schema(Checks& checks, const FieldPath& field, const std::string& schema) {
  if (!schema.empty()) {
    checks.json(field, schema, checks.limits.schema_bytes_max);
  }
}

// A name in which "*" and "?" may stand.
}  // namespace

Command put_function(Checks& checks, protocol::Function::Reader body) {
  PutFunction command{.datasource = std::string(checks.route.datasource),
                      .function = taken<jobq::Function>(checks, body)};
  jobq::Function& function = command.function;
  const Limits& limits = checks.limits;
  checks.name("name", function.name);
  checks.text("version", function.version, limits.version_bytes_max);
  checks.text("documentation", function.documentation, limits.documentation_bytes_max);
  checks.text("author", function.author, limits.author_bytes_max);
  function.tags = names_of(checks, "tags", body.getTags(), limits.tags_max);
  checks.range("priority", function.priority, 0, limits.priority_max);
  const FieldPath terms("terms");
  checks.span(terms.field("keepForMs"), function.terms.keep_for, limits.span_max);
  checks.terms(terms, function.terms);
  checks.range("cost", function.cost, 0, limits.cost_max);
  take_calls(checks, body.getCalls(), function.calls);
  check_schema(checks, "requestSchema", function.request_schema);
  check_schema(checks, "responseSchema", function.response_schema);
  take_indexed(checks, body.getIndexed(), function.indexed);
  if (!function.admission.empty()) {
    checks.datasource_id("admission", function.admission);
    checks.refuse_unless(function.admission != command.datasource, "admission",
                         "is the datasource itself");
  }
  check_code(checks, FieldPath("code"), function.code, FieldPath("method"), function.method);
  return command;
}

Command list_functions(Checks& checks, protocol::FunctionQuery::Reader body) {
  constexpr std::size_t kCursorBytesMax = 160;
  ListFunctions command{.datasource = std::string(checks.route.datasource)};
  jobq::wire::read(body, command.query, [&](std::string_view field) {
    checks.refuse(jobq::schema_name(field).c_str(), "is none that exists");
  });
  checks.optional_pattern("name", command.query.name);
  checks.optional_name("tag", command.query.tag);
  checks.text("cursor", command.query.cursor, kCursorBytesMax);
  std::size_t limit = command.query.limit;
  checks.limit(limit);
  command.query.limit = static_cast<unsigned>(limit);
  if (checks.route.access == Access::kClient) {
    command.allowance.emplace();
  }
  return command;
}

Command remove_function(Checks& checks, protocol::FunctionQuery::Reader body) {
  RemoveFunction command{.datasource = std::string(checks.route.datasource),
                         .name = std::string(view(body.getName()))};
  checks.name("name", command.name);
  return command;
}

}  // namespace store

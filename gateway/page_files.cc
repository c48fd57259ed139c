#include "page_files.h"

#include <algorithm>
#include <string>

#include "tags.h"

namespace gateway {
namespace {

// Nothing but what is here: no script of others, none within a page, and no frame around it.
constexpr const char* kPolicy =
    "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "object-src 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

bool takes_gzip(std::string_view encodings) {
  const std::size_t at = encodings.find("gzip");
  return at != encodings.npos && !encodings.substr(at).starts_with("gzip;q=0");
}

}  // namespace

const PageFile* find_file(std::span<const PageFile> files, std::string_view path) {
  const auto found = std::find_if(files.begin(), files.end(),
                                  [&](const PageFile& file) { return file.path == path; });
  return found == files.end() ? nullptr : &*found;
}

Reply answer_file(const PageFile& file, const HttpRequest& request) {
  const bool is_gzip = !file.gzipped.empty() && takes_gzip(request.accept_encoding);
  const std::string tag = std::string(file.tag) + (is_gzip ? "-gzip" : "");
  Reply reply{.type = file.type};
  reply.with("ETag", '"' + tag + '"')
      .with("Cache-Control", "no-cache")
      .with("Vary", "Accept-Encoding")
      .with("Content-Security-Policy", kPolicy)
      .with("Cross-Origin-Opener-Policy", "same-origin")
      .with("Cross-Origin-Resource-Policy", "same-origin")
      .with("Referrer-Policy", "no-referrer")
      .with("X-Frame-Options", "DENY");
  if (has_tag(request.if_none_match, tag)) {
    reply.code = 304;
    return reply;
  }
  if (is_gzip) reply.with("Content-Encoding", "gzip");
  reply.body = is_gzip ? file.gzipped : file.bytes;
  return reply;
}

}  // namespace gateway

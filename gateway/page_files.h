// The files of the page, which are within the program, and how they are served.
#pragma once

#include <span>
#include <string_view>

#include "http_request.h"
#include "reply.h"

namespace gateway {

struct PageFile {
  std::string_view path;
  const char* type;
  std::string_view tag;  // for ETag: of its bytes
  std::string_view bytes;
  std::string_view gzipped;
};

// Made of gateway/page by its build.
std::span<const PageFile> page_files();

// Null where there is none of that path.
const PageFile* find_file(std::span<const PageFile> files, std::string_view path);

Reply answer_file(const PageFile& file, const HttpRequest& request);

}  // namespace gateway

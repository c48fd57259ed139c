#include "function_folder.h"

#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <filesystem>
#include <set>
#include <system_error>
#include <utility>

#include "connection_options.h"
#include "failure.h"
#include "jobq/limits.h"
#include "json_text.h"
#include "json_values.h"
#include "time_text.h"
#include "yaml_text.h"

namespace tools {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kFileBytesMax = 256u << 10;
// Of the command, and not of the function as the store knows it.
constexpr const char* kCommand = "command";
constexpr const char* kEnvironment = "environment";
constexpr const char* kDirectory = "directory";
constexpr const char* kMode = "mode";
constexpr const char* kLimits = "limits";

using WrongFile = WrongYaml;

std::string taken_text(Json& object, const char* name) {
  const Json value = object.value(name, Json(nullptr));
  object.erase(name);
  if (!value.is_null() && !value.is_string()) {
    throw WrongFile(fmt::format("{}: must be a text", name));
  }
  return value.is_null() ? std::string() : value.get<std::string>();
}

std::map<std::string, std::string> taken_environment(Json& object) {
  std::map<std::string, std::string> environment;
  const Json value = object.value(kEnvironment, Json::object());
  object.erase(kEnvironment);
  if (!value.is_object()) throw WrongFile("environment: must be names with values");
  for (const auto& [name, text] : value.items()) {
    const bool is_name = !name.empty() && name.find('=') == std::string::npos;
    if (!is_name || name.starts_with("JOBQ_")) {
      throw WrongFile(fmt::format("environment: '{}' cannot be set", name));
    }
    if (text.is_structured()) {
      throw WrongFile(fmt::format("environment: {}: must be a text or a number", name));
    }
    environment[name] = text.is_string() ? text.get<std::string>() : text.dump();
  }
  return environment;
}

ShellCommand taken_command(Json& object) {
  const Json value = object.value(kCommand, Json(nullptr));
  object.erase(kCommand);
  if (value.is_string() && !value.get<std::string>().empty()) {
    return {.text = value.get<std::string>()};
  }
  const bool is_list =
      value.is_array() && !value.empty() &&
      std::all_of(value.begin(), value.end(), [](const Json& word) { return word.is_string(); });
  if (!is_list) throw WrongFile("command: must be a text for the shell, or a list of words");
  return program_command(value.get<std::vector<std::string>>());
}

bool taken_is_lines(Json& object) {
  const std::string mode = taken_text(object, kMode);
  if (!mode.empty() && mode != "each" && mode != "lines") {
    throw WrongFile("mode: must be each, for a start of the command per job, or lines");
  }
  return mode == "lines";
}

std::uint64_t bytes_of(const Json& value) {
  if (value.is_number_unsigned()) return value.get<std::uint64_t>();
  const std::string text = value.is_string() ? value.get<std::string>() : std::string();
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const std::string_view unit(end, text.data() + text.size());
  const unsigned shift = unit == "KiB" ? 10 : unit == "MiB" ? 20 : unit == "GiB" ? 30 : 0;
  if (error != std::errc() || shift == 0 || number == 0 || number >> (63 - shift) != 0) {
    throw WrongFile("limits: memory: must be bytes, as 512MiB");
  }
  return number << shift;
}

CommandBounds taken_bounds(Json& object) {
  CommandBounds bounds;
  const Json limits = object.value(kLimits, Json::object());
  object.erase(kLimits);
  if (!limits.is_object()) throw WrongFile("limits: must be names with values");
  for (const auto& [name, value] : limits.items()) {
    if (name == "memory") {
      bounds.memory_bytes = bytes_of(value);
    } else if (name == "cpus") {
      bounds.cpus = value.is_number() ? value.get<double>() : 0;
      if (!(bounds.cpus >= 0.01 && bounds.cpus <= 1024)) {
        throw WrongFile("limits: cpus: must be 0.01 to 1024");
      }
    } else if (name == "cpuTime") {
      const auto span = parse_span(value.is_string() ? value.get<std::string>() : std::string());
      if (!span || *span < std::chrono::seconds(1)) {
        throw WrongFile("limits: cpuTime: must be a span of 1s or more, as 10m");
      }
      bounds.cpu_time = *span;
    } else {
      throw WrongFile(fmt::format("limits: {}: is none; memory, cpus and cpuTime are", name));
    }
  }
  return bounds;
}

FunctionFolder parsed(const fs::path& folder, const std::string& text) {
  Json object = json_of_yaml(text);
  if (!object.is_object()) throw WrongFile("must be names with values, as `command: ./run`");
  FunctionFolder made{
      .path = folder.string(), .text = text, .function = {}, .command = taken_command(object)};
  const std::string directory = taken_text(object, kDirectory);
  made.command.directory = (folder / directory).lexically_normal().string();
  made.command.set_environment = taken_environment(object);
  made.command.bounds = taken_bounds(object);
  made.is_lines = taken_is_lines(object);
  if (!object.contains("name")) object["name"] = folder.filename().string();
  try {
    jobq::read_json(to_text(object), made.function, {.is_zero_by_default = true});
  } catch (const jobq::WrongField& error) {
    throw WrongFile(error.what());
  }
  return made;
}

// `before`: as the folder was; nullptr: it was not. Throws UsageError, which names the file, and
// the field or line.
FunctionFolder read_folder(const fs::path& folder, const FunctionFolder* before) {
  const std::string file = (folder / kFunctionFile).string();
  const std::string text = read_input(file, kFileBytesMax);
  if (before != nullptr && before->text == text) return *before;
  try {
    return parsed(folder, text);
  } catch (const WrongFile& error) {
    throw UsageError(file + ": " + error.what());
  }
}

// Those of the directory, in the order of their names, or itself.
std::set<fs::path> folders_in(const std::string& directory, std::error_code& error) {
  if (fs::exists(fs::path(directory) / kFunctionFile, error)) return {directory};
  std::set<fs::path> folders;
  for (auto entry = fs::directory_iterator(directory, error);
       !error && entry != fs::directory_iterator(); entry.increment(error)) {
    std::error_code ignored;
    if (fs::exists(entry->path() / kFunctionFile, ignored)) folders.insert(entry->path());
  }
  return folders;
}

}  // namespace

FunctionFolders read_function_folders(
    const std::vector<std::string>& directories,
    const std::function<void(const std::string& trouble)>& on_trouble,
    const FunctionFolders& before) {
  FunctionFolders found;
  const auto add = [&](const FunctionFolder& folder) {
    const std::string& name = folder.function.name;
    const auto there = found.find(name);
    if (there == found.end() && found.size() == jobq::limits::kFunctionsMax) {
      on_trouble(fmt::format("{}: is one function more than {}", folder.path,
                             jobq::limits::kFunctionsMax));
    } else if (there == found.end()) {
      found.emplace(name, folder);
    } else if (there->second.path != folder.path) {
      on_trouble(fmt::format("{}: a function '{}' is in {} already", folder.path, name,
                             there->second.path));
    }
  };
  for (const std::string& directory : directories) {
    std::error_code error;
    for (const fs::path& path : folders_in(directory, error)) {
      std::error_code ignored;
      const fs::path folder = fs::weakly_canonical(path, ignored);
      const auto known = std::find_if(before.begin(), before.end(), [&](const auto& one) {
        return one.second.path == folder.string();
      });
      const FunctionFolder* const as_it_was = known == before.end() ? nullptr : &known->second;
      try {
        add(read_folder(folder, as_it_was));
      } catch (const UsageError& wrong) {
        on_trouble(wrong.what());
        if (as_it_was != nullptr) add(*as_it_was);
      }
    }
    if (error) on_trouble(fmt::format("{}: {}", directory, error.message()));
  }
  return found;
}

auth::Descriptor snapshot_of(const FunctionFolders& folders) {
  Json all = Json::object();
  for (const auto& [name, folder] : folders) {
    all[name] = {folder.path,
                 folder.command.text,
                 folder.command.arguments,
                 folder.command.set_environment,
                 folder.command.directory,
                 folder.is_lines,
                 folder.command.bounds.memory_bytes,
                 folder.command.bounds.cpus,
                 folder.command.bounds.cpu_time.count()};
  }
  const std::string text = all.dump(-1, ' ', false, Json::error_handler_t::replace);
  auth::Descriptor file(::memfd_create("functions", 0));
  for (std::size_t written = 0; written < text.size();) {
    const ssize_t size = ::write(file.get(), text.data() + written, text.size() - written);
    if (size <= 0) throw std::system_error(errno, std::generic_category(), "memfd_create");
    written += static_cast<std::size_t>(size);
  }
  return file;
}

FunctionFolders folders_of_snapshot(const std::string& text) {
  FunctionFolders folders;
  const Json all = Json::parse(text);
  for (const auto& [name, folder] : all.items()) {
    FunctionFolder& made = folders[name];
    made.function.name = name;
    made.path = folder.at(0).get<std::string>();
    made.command.text = folder.at(1).get<std::string>();
    made.command.arguments = folder.at(2).get<std::vector<std::string>>();
    made.command.set_environment = folder.at(3).get<std::map<std::string, std::string>>();
    made.command.directory = folder.at(4).get<std::string>();
    made.is_lines = folder.at(5).get<bool>();
    made.command.bounds = {.memory_bytes = folder.at(6).get<std::uint64_t>(),
                           .cpus = folder.at(7).get<double>(),
                           .cpu_time = jobq::Span(folder.at(8).get<std::int64_t>())};
  }
  return folders;
}

}  // namespace tools

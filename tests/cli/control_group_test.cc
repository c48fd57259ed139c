#include "control_group.h"

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "../temporary_directory.h"

using namespace tools;
namespace fs = std::filesystem;

namespace {

// A tree of files like that of the kernel, in which nothing is held.
class Tree {
 public:
  Tree() {
    write("cgroup.controllers", "cpu io memory pids\n");
    write("self", "0::/unit\n");
  }

  void write(const std::string& name, const std::string& text) {
    fs::create_directories(fs::path(path(name)).parent_path());
    std::ofstream(path(name)) << text;
  }
  std::string read(const std::string& name) const {
    std::ostringstream text;
    text << std::ifstream(path(name)).rdbuf();
    return text.str();
  }
  std::string path(const std::string& name) const { return (directory_.path() / name).string(); }
  GroupPlace find() const { return find_group_place(directory_.path().string(), path("self")); }

 private:
  TemporaryDirectory directory_;
};

}  // namespace

TEST_CASE("a group that is divided already is where commands' groups go") {
  Tree tree;
  tree.write("unit/cgroup.subtree_control", "cpu memory\n");
  CHECK(tree.find().directory == tree.path("unit"));
  tree.write("self", "12:pids:/x\n0::/unit/jobq-own\n");
  CHECK(tree.find().directory == tree.path("unit"));
}

TEST_CASE("this program moves below its group, which is divided then") {
  Tree tree;
  tree.write("unit/cgroup.subtree_control", "");
  CHECK(tree.find().directory == tree.path("unit"));
  CHECK(tree.read("unit/jobq-own/cgroup.procs") == "0");
  CHECK(tree.read("unit/cgroup.subtree_control") == "+memory +cpu");
}

TEST_CASE("where there are no groups it is said how limits are held") {
  Tree tree;
  tree.write("self", "4:memory:/unit\n");
  const GroupPlace place = tree.find();
  CHECK(place.directory.empty());
  CHECK(how_held({}, place).empty());
  CHECK(how_held({.memory_bytes = 1}, place) ==
        "there are no control groups (cgroup v2): memory is limited for each process alone "
        "(setrlimit)");
  CHECK(how_held({.memory_bytes = 1, .cpus = 1}, place).ends_with("(setrlimit), cpus not at all"));
  CHECK(how_held({.cpus = 1}, place).ends_with("cpus are not limited"));
  CHECK(how_held({.cpus = 1}, {.directory = "/x"}).empty());
}

TEST_CASE("a command's group has its limits") {
  Tree tree;
  tree.write("unit/cgroup.subtree_control", "cpu memory\n");
  const GroupPlace place = tree.find();
  CHECK(ControlGroup::of({.cpu_time = std::chrono::seconds(1)}, place).processes_file().empty());
  const ControlGroup group = ControlGroup::of({.memory_bytes = 4096, .cpus = 1.5}, place);
  const fs::path directory = fs::path(group.processes_file()).parent_path();
  const std::string name = "unit/" + directory.filename().string();
  CHECK(group.processes_file() == tree.path(name + "/cgroup.procs"));
  CHECK(tree.read(name + "/memory.max") == "4096");
  CHECK(tree.read(name + "/cpu.max") == "150000 100000");
}

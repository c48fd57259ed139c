// jobq flow: a job with what it waits for and what follows it, and so on.
#include <deque>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "job_calls.h"
#include "job_view.h"
#include "output.h"
#include "program.h"
#include "utf8.h"

namespace tools {
namespace {

// Datasource and job.
using Place = std::pair<std::string, std::string>;

struct Node {
  std::string status;
  std::vector<jobq::AwaitedJob> after;
  std::vector<jobq::FollowUp> then;
};

struct Flow : JobOptions {
  static constexpr Words kWords{
      "flow", "Jobs", "Show a job with all that it waits for and all that follows it, as a tree",
      "  jobq flow scan book\n"
      "  jobq flow scan book --dot | dot -Tsvg > book.svg\n\n"
      "Jobs that are forgotten, or that the token may not read, are there with what the job knows\n"
      "that waits for them or that they follow. At most 1000 jobs are looked at."};

  bool dot = false;

  void declare(Options& options) {
    JobOptions::declare(options);
    options.flag("--dot", dot, "For Graphviz");
  }

  int run(const ConnectionOptions& common) const {
    const Nodes nodes = read(common.connection(client));
    if (common.json) {
      print_json(to_text(json_of(nodes)));
    } else if (dot) {
      print("{}", dot_of(nodes));
    } else {
      std::string text = line_of({datasource, job}, nodes);
      std::set<Place> shown;
      add_tree(text, nodes, {datasource, job}, "", shown);
      shown.clear();
      add_followers(text, nodes, {datasource, job}, nodes.at({datasource, job}).then, "", shown);
      print("{}", text);
    }
    return kOk;
  }

 private:
  using Nodes = std::map<Place, Node>;
  static constexpr std::size_t kJobsMax = 1000;
  static constexpr std::size_t kDepthMax = 100;  // of the tree as text

  static Place place_of(const Place& waiter, const jobq::AwaitedJob& awaited) {
    return {awaited.datasource.empty() ? waiter.first : awaited.datasource, awaited.job};
  }

  static Place place_of(const Place& before, const jobq::FollowUp& one) {
    return {one.datasource.empty() ? before.first : one.datasource, one.job};
  }

  // The job itself is there, or it throws Refused.
  Nodes read(const jobq::Connection& connection) const {
    Nodes nodes;
    std::deque<Place> left{{datasource, job}};
    nodes[left.front()];
    while (!left.empty()) {
      const Place place = left.front();
      left.pop_front();
      JobOptions one = *this;
      one.datasource = place.first;
      one.job = place.second;
      try {
        jobq::JobStatus status = JobCalls(one, connection).status();
        nodes[place] = {std::string(jobq::to_string(status.status)), std::move(status.after),
                        std::move(status.then)};
      } catch (const jobq::Refused&) {
        if (place == Place(datasource, job)) throw;
      }
      for (const jobq::AwaitedJob& awaited : nodes[place].after) {
        const Place next = place_of(place, awaited);
        const bool is_new = nodes.size() < kJobsMax && !nodes.contains(next);
        if (is_new) {
          nodes[next].status = jobq::to_string(awaited.status);
          left.push_back(next);
        }
      }
      for (const jobq::FollowUp& one : nodes[place].then) {
        const Place next = place_of(place, one);
        if (one.made && nodes.size() < kJobsMax && !nodes.contains(next)) {
          nodes[next].status = "forgotten, or not yours to read";
          left.push_back(next);
        }
      }
    }
    return nodes;
  }

  std::string name_of(const Place& place) const {
    return place.first == datasource ? place.second : place.first + "/" + place.second;
  }
  std::string line_of(const Place& place, const Nodes& nodes) const {
    return fmt::format("{}  {}\n", printable(name_of(place)), nodes.at(place).status);
  }

  void add_tree(std::string& text, const Nodes& nodes, const Place& place,
                const std::string& indent, std::set<Place>& shown) const {
    const std::vector<jobq::AwaitedJob>& after = nodes.at(place).after;
    if (after.empty()) return;
    if (!shown.insert(place).second || indent.size() / 4 > kDepthMax) {
      text += indent + "`-- ...\n";  // its own stand above, or too deep
      return;
    }
    for (const jobq::AwaitedJob& awaited : after) {
      const Place next = place_of(place, awaited);
      const bool is_last = &awaited == &after.back();
      if (!nodes.contains(next)) continue;
      text += indent + (is_last ? "`-- " : "|-- ") + (awaited.any_end ? "any end of " : "") +
              line_of(next, nodes);
      add_tree(text, nodes, next, indent + (is_last ? "    " : "|   "), shown);
    }
  }

  // Those that were made, and as what they are planned those that were not.
  void add_followers(std::string& text, const Nodes& nodes, const Place& place,
                     const std::vector<jobq::FollowUp>& then, const std::string& indent,
                     std::set<Place>& shown) const {
    const bool is_deep = indent.size() / 4 > kDepthMax;
    if (is_deep) text += indent + "`=> ...\n";
    for (const jobq::FollowUp& one : then) {
      if (is_deep) return;
      const bool is_last = &one == &then.back();
      const Place next = place_of(place, one);
      const std::string deeper = indent + (is_last ? "    " : "|   ");
      text += fmt::format("{}{}{}: ", indent, is_last ? "`=> " : "|=> ", jobq::to_string(one.on));
      if (one.made && nodes.contains(next)) {
        text += line_of(next, nodes);
        if (shown.insert(next).second) {
          add_followers(text, nodes, next, nodes.at(next).then, deeper, shown);
        }
        continue;
      }
      const std::string into = next.first + (one.function.empty() ? "" : ":" + one.function);
      text += printable(one.refused.empty() ? into : into + ", not made: " + one.refused) + "\n";
      add_followers(text, nodes, next, one.then, deeper, shown);
    }
  }

  std::string dot_of(const Nodes& nodes) const {
    std::string text = "digraph flow {\n  rankdir=LR;\n  node [shape=box];\n";
    for (const auto& [place, node] : nodes) {
      text += fmt::format("  \"{}\" [label=\"{}\\n{}\"];\n", name_of(place), name_of(place),
                          node.status);
    }
    each_edge(nodes, [&](const Place& from, const Place& to, bool any_end) {
      text += fmt::format("  \"{}\" -> \"{}\"{};\n", name_of(from), name_of(to),
                          any_end ? " [style=dashed]" : "");
    });
    each_follower(nodes, [&](const Place& from, const Place& to, jobq::FollowOn on) {
      text += fmt::format("  \"{}\" -> \"{}\" [style=dotted,label=\"{}\"];\n", name_of(from),
                          name_of(to), jobq::to_string(on));
    });
    return text + "}\n";
  }

  static Json json_of(const Nodes& nodes) {
    Json jobs = Json::array();
    for (const auto& [place, node] : nodes) {
      jobs.push_back({{"datasource", place.first}, {"job", place.second}, {"status", node.status}});
    }
    Json edges = Json::array();
    each_edge(nodes, [&](const Place& from, const Place& to, bool any_end) {
      edges.push_back({{"datasource", from.first},
                       {"job", from.second},
                       {"waitingDatasource", to.first},
                       {"waitingJob", to.second},
                       {"anyEnd", any_end}});
    });
    Json followers = Json::array();
    each_follower(nodes, [&](const Place& from, const Place& to, jobq::FollowOn on) {
      followers.push_back({{"datasource", from.first},
                           {"job", from.second},
                           {"on", jobq::to_string(on)},
                           {"followingDatasource", to.first},
                           {"followingJob", to.second}});
    });
    return {{"jobs", std::move(jobs)}, {"after", std::move(edges)}, {"then", std::move(followers)}};
  }

  // From the one that ended to the one that was made.
  template <class Visit>
  static void each_follower(const Nodes& nodes, const Visit& visit) {
    for (const auto& [place, node] : nodes) {
      for (const jobq::FollowUp& one : node.then) {
        const Place to = place_of(place, one);
        if (one.made && nodes.contains(to)) visit(place, to, one.on);
      }
    }
  }

  // From the one that is waited for.
  template <class Visit>
  static void each_edge(const Nodes& nodes, const Visit& visit) {
    for (const auto& [place, node] : nodes) {
      for (const jobq::AwaitedJob& awaited : node.after) {
        const Place from = place_of(place, awaited);
        if (nodes.contains(from)) visit(from, place, awaited.any_end);
      }
    }
  }
};

}  // namespace

void add_flow(Program& program) { program.add<Flow>(); }

}  // namespace tools

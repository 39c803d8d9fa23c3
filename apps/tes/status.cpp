#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>

#include "apps/tes/capsule.hpp"
#include "apps/tes/daemon_link.hpp"
#include "apps/tes/json_output.hpp"
#include "apps/tes/safety.hpp"
#include "foundation/base/text.hpp"
#include "foundation/base/time.hpp"

namespace tesseras::tes {
namespace {

struct Status {
  node::StatusAnswer here;
  node::FindAnswer found;
  bool is_this_daemon_found = false;
  std::string key;  // how it is kept; empty: this daemon has nothing to do with it

  std::size_t others() const {
    return found.holders.size() - static_cast<std::size_t>(is_this_daemon_found);
  }
  // Others that say that they keep all of it.
  std::size_t whole() const {
    const auto all = static_cast<std::size_t>(
        std::ranges::count_if(found.holders, [](const auto& one) { return one.fragments.none(); }));
    return all - static_cast<std::size_t>(is_this_daemon_found && here.is_published);
  }
  std::size_t parts() const { return others() - std::min(others(), whole()); }
};

std::string verdict_of_whole(const Status& status) {
  const auto holders = status.whole() + static_cast<std::size_t>(status.here.is_in_vault);
  return holders == 1 ? "One other node keeps it; this daemon does not."
                      : fmt::format("{} nodes keep it whole; any {} of them may vanish.", holders,
                                    holders - 1);
}

std::string day_of(std::int64_t seconds) {
  return base::to_rfc3339(base::WallTime{seconds, 0}).substr(0, 10);
}

// How safe it is, in one sentence.
std::string verdict_of(const Status& status) {
  if (const auto retracted = status.here.retracted_seconds) {
    return fmt::format("Its author took it back{}; copies that somebody has fetched may survive.",
                       *retracted == 0 ? "" : " on " + day_of(*retracted));
  }
  if (const auto& others = status.here.others; others && others->holders + others->missing > 0) {
    std::string sentence = sentence_of(*others);
    if (others->is_busy) sentence += " More is being given to others now.";
    return sentence;
  }
  if (status.others() == 0 && status.here.is_in_vault) {
    return "Only this daemon keeps it: if this machine is lost, the tessera is lost.";
  }
  if (status.others() == 0) return "Nobody is known to keep it.";
  if (status.parts() == 0) return verdict_of_whole(status);
  return fmt::format("{} that they keep parts of it{}{}; see: tes holders",
                     base::counted(status.parts(), "node says", "nodes say"),
                     status.whole() == 0 ? "" : fmt::format(", and {} all of it", status.whole()),
                     status.here.is_in_vault ? "; this daemon has it, too" : "");
}

std::string published_of(const node::StatusAnswer& here) {
  if (!here.is_published) return "no";
  if (!here.last_round) return "yes; the network has not been told since the daemon started";
  return fmt::format("yes; {} {} the pointer to it, told {} s ago", here.last_round->kept,
                     here.last_round->kept == 1 ? "node keeps" : "nodes keep",
                     here.last_round->ago.count());
}

void print(Session& session, const base::ContentHash& hash, const Status& status) {
  auto& terminal = session.terminal();
  terminal.out(terminal.bold(verdict_of(status)));
  terminal.out(fmt::format("{:11}{}", "Tessera:", hash.hex()));
  terminal.out(
      fmt::format("{:11}{}", "Here:", status.here.is_in_vault ? "in the daemon's vault" : "no"));
  terminal.out(fmt::format("{:11}{}", "Published:", published_of(status.here)));
  if (status.here.is_blocked)
    terminal.out(fmt::format("{:11}{}", "Blocked:", "this node keeps none of it for others"));
  if (!status.key.empty()) terminal.out(fmt::format("{:11}{}", "Key:", status.key));
  const auto& others = status.here.others;
  if (!others) return;
  terminal.out(
      fmt::format("{:11}{}", "Proved:", others->proved_ago ? ago(*others->proved_ago) : "not yet"));
  if (!others->trouble.empty()) terminal.out(fmt::format("{:11}{}", "Missing:", others->trouble));
  if (others->breaks_diversity) {
    terminal.out(
        fmt::format("{:11}{}", "Beware:", "more than two of these nodes are in one network"));
  }
}

Result<int> run(Session& session, const std::string& text) {
  auto link = TRY(DaemonLink::open(session));
  const auto hash = TRY(content_hash_of(session, link, text));
  Status status;
  status.here = TRY(link.ask(node::StatusRequest{hash}));
  status.key = TRY(key_line_of(link, hash, status.here.retracted_seconds.has_value()));
  session.terminal().progress().stage("asking the network", 0);
  status.found = TRY(link.ask(node::FindRequest{hash}));
  session.terminal().end_progress();
  status.is_this_daemon_found = std::ranges::any_of(
      status.found.holders, [&](const auto& holder) { return holder.id == link.info().id; });
  if (!session.json()) {
    print(session, hash, status);
    return 0;
  }
  nlohmann::ordered_json json = {{"content_hash", hash.hex()},
                                 {"in_vault", status.here.is_in_vault},
                                 {"published", status.here.is_published},
                                 {"blocked", status.here.is_blocked},
                                 {"holders", status.found.holders.size()},
                                 {"other_holders", status.others()}};
  if (const auto retracted = status.here.retracted_seconds)
    json["retracted_at"] = base::to_rfc3339(base::WallTime{*retracted, 0});
  // Who keeps fragments tells the network, too, and publishes nothing.
  if (const auto& round = status.here.last_round; round && status.here.is_published) {
    json["nodes_asked"] = round->asked;
    json["nodes_keeping"] = round->kept;
    json["seconds_ago"] = round->ago.count();
  }
  if (const auto& others = status.here.others) {
    json["fragments"] = others->fragments;
    json["fragments_needed"] = others->needed;
    json["fragments_kept"] = others->kept;
    json["fragment_holders"] = others->holders;
    json["missing_holders"] = others->missing;
    json["is_in_need"] = others->is_in_need;
    json["kept_here"] = others->is_here;
    if (others->may_vanish) json["may_vanish"] = *others->may_vanish;
    if (others->proved_ago) json["proved_seconds_ago"] = others->proved_ago->count();
    json["is_busy"] = others->is_busy;
    json["trouble"] = others->trouble;
  }
  if (!status.key.empty()) json["key"] = status.key;
  json["verdict"] = verdict_of(status);
  print_json(session.terminal(), "status", json);
  return 0;
}

}  // namespace

void add_status(CLI::App& app, Chosen& chosen) {
  auto* command = app.add_subcommand("status", "Show how safe a tessera is on the network");
  command->footer("  tes status 9f2c4a1b");
  auto hash = std::make_shared<std::string>();
  command->add_option("hash", *hash, "Content hash; its first 8 or more digits if it is yours")
      ->type_name("HASH")
      ->required();
  command->callback([&chosen, hash] {
    chosen = {"status", [hash](Session& session) { return run(session, *hash); }};
  });
}

}  // namespace tesseras::tes

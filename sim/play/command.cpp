#include "sim/play/command.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <optional>
#include <string>

#include "foundation/base/text.hpp"

namespace tesseras::play {
namespace {

using scenarios::Report;
using scenarios::Scenario;

constexpr std::size_t faults_shown = 20;
constexpr std::size_t nodes_max = 100'000;
constexpr double mib = 1024;

struct Wish {
  const Scenario* scenario = nullptr;
  std::optional<std::uint64_t> seed;
  std::size_t nodes = 0;
  bool forever = false;
  bool json = false;
};

std::optional<std::uint64_t> number_of(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// The wish, or what is wrong with it.
base::Result<Wish> parse(std::span<const std::string_view> words, const CommandContext& context) {
  using base::Code;
  Wish wish;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const auto word = words[i];
    if (word == "--forever" || word == "--json") {
      (word == "--json" ? wish.json : wish.forever) = true;
    } else if (word == "--seed" || word == "--nodes") {
      const auto number = i + 1 < words.size() ? number_of(words[++i]) : std::nullopt;
      if (!number) return base::fail(Code::invalid, "{} wants a number", word);
      if (word == "--seed") {
        wish.seed = number;
      } else {
        wish.nodes = *number;
      }
    } else if (word.starts_with("-")) {
      return base::fail(Code::invalid, "there is no option {}", word);
    } else if (wish.scenario != nullptr) {
      return base::fail(Code::invalid, "one scenario at a time, please");
    } else {
      const auto at = std::ranges::find(context.scenarios, word, &Scenario::name);
      if (at == context.scenarios.end()) {
        return base::fail(Code::invalid, "there is no scenario {}; ./dev sim lists them",
                          base::to_printable(word));
      }
      wish.scenario = &*at;
    }
  }
  if (wish.scenario == nullptr) return base::fail(Code::invalid, "which scenario?");
  const auto& scenario = *wish.scenario;
  if (wish.nodes != 0 && (wish.nodes < scenario.nodes_min || wish.nodes > nodes_max)) {
    return base::fail(Code::invalid, "{} is for {} to {} nodes", scenario.name, scenario.nodes_min,
                      nodes_max);
  }
  return wish;
}

void list(const CommandContext& context) {
  for (const auto& one : context.scenarios)
    fmt::print(context.out, "  {:<26} {} ({})\n", one.name, one.what, one.nodes);
  fmt::print(context.out, "\n  ./dev sim SCENARIO [--seed N] [--nodes N] [--forever] [--json]\n");
}

// The most memory that this process has had, in MiB; 0 where the system does not say.
double peak_memory() {
  std::FILE* status = std::fopen("/proc/self/status", "re");
  if (status == nullptr) return 0;
  double peak = 0;
  std::array<char, 256> line{};
  while (std::fgets(line.data(), line.size(), status) != nullptr) {
    const std::string_view text = line.data();
    if (!text.starts_with("VmHWM:")) continue;
    const auto digits = text.find_first_of("0123456789");
    if (digits == std::string_view::npos) break;
    const auto number = text.substr(digits, text.find_first_not_of("0123456789", digits) - digits);
    peak = static_cast<double>(number_of(number).value_or(0)) / mib;
  }
  std::fclose(status);
  return peak;
}

std::string in_quotes(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

struct Played {
  Report report;
  std::uint64_t seed = 0;
  std::size_t nodes = 0;
  double seconds = 0;
};

void print_json(const Wish& wish, const Played& played, std::FILE* out) {
  std::string faults, figures;
  for (const auto& fault : played.report.faults)
    faults += (faults.empty() ? "" : ", ") + in_quotes(base::to_printable(fault));
  for (const auto& [name, value] : played.report.figures)
    figures += fmt::format("{}{}: {}", figures.empty() ? "" : ", ", in_quotes(name), value);
  fmt::print(out,
             "{{\"version\": 1, \"scenario\": {}, \"seed\": {}, \"nodes\": {}, \"holds\": {}, "
             "\"faults\": [{}], \"figures\": {{{}}}, \"digest\": {}, \"seconds\": {:.1f}, "
             "\"peak_memory_mib\": {:.0f}}}\n",
             in_quotes(wish.scenario->name), played.seed, played.nodes, played.report.holds(),
             faults, figures, in_quotes(played.report.digest), played.seconds, peak_memory());
}

void print_text(const Wish& wish, const Played& played, std::FILE* out) {
  const auto& report = played.report;
  fmt::print(out, "{} with {} nodes, seed {}: {}; {:.1f} s, at most {:.0f} MiB, history {}\n",
             wish.scenario->name, played.nodes, played.seed,
             report.holds() ? "all holds" : fmt::format("{} faults", report.faults.size()),
             played.seconds, peak_memory(), report.digest);
  for (const auto& [name, value] : report.figures)
    fmt::print(out, "  {:<28} {:.6g}\n", name, value);
}

Played play(const Wish& wish, std::uint64_t seed, const CommandContext& context) {
  const auto began = std::chrono::steady_clock::now();
  const auto seconds = [&] {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  };
  Played played;
  played.seed = seed;
  played.nodes = wish.nodes != 0 ? wish.nodes : wish.scenario->nodes;
  const auto progress = [&](std::string_view what) {
    if (wish.forever) return;  // each seed has a line
    fmt::print(context.progress, "sim: {:.0f} s: {}\n", seconds(), what);
    std::fflush(context.progress);
  };
  played.report = wish.scenario->play({seed, played.nodes, progress});
  played.seconds = seconds();
  return played;
}

void explain(const Wish& wish, const Played& played, std::FILE* to) {
  const auto& faults = played.report.faults;
  for (std::size_t i = 0; i < std::min(faults.size(), faults_shown); ++i)
    fmt::print(to, "sim: {}\n", base::to_printable(faults[i]));
  if (faults.size() > faults_shown)
    fmt::print(to, "sim: and {} more\n", faults.size() - faults_shown);
  fmt::print(to, "sim: FAILED with seed {}. The same again:\n  ./dev sim {} --seed {} --nodes {}\n",
             played.seed, wish.scenario->name, played.seed, played.nodes);
}

int play_forever(const Wish& wish, const CommandContext& context) {
  std::uint64_t held = 0;
  for (std::uint64_t seed = wish.seed.value_or(context.first_seed); !context.stop.stop_requested();
       ++seed) {
    const auto played = play(wish, seed, context);
    if (!played.report.holds()) {
      explain(wish, played, context.progress);
      fmt::print(context.out, "{} seeds held before\n", held);
      return 1;
    }
    ++held;
    fmt::print(context.progress, "sim: seed {} holds ({:.1f} s), {} in all\n", seed, played.seconds,
               held);
    std::fflush(context.progress);
  }
  fmt::print(context.out, "{} seeds held\n", held);
  return 0;
}

}  // namespace

int run_command(std::span<const std::string_view> words, const CommandContext& context) {
  if (words.empty()) {
    list(context);
    return 0;
  }
  const auto wish = parse(words, context);
  if (!wish) {
    fmt::print(context.progress, "sim: {}\n", wish.error().message);
    return 2;
  }
  if (wish->forever) return play_forever(*wish, context);
  const auto played = play(*wish, wish->seed.value_or(1), context);
  if (wish->json) {
    print_json(*wish, played, context.out);
  } else {
    print_text(*wish, played, context.out);
  }
  if (played.report.holds()) return 0;
  explain(*wish, played, context.progress);
  return 1;
}

}  // namespace tesseras::play

#include "node/config.hpp"

// toml++ asserts what text from outside can break ("[.]", "1974-06-02T."), then handles it all the
// same; with NDEBUG it would have the compiler assume it. The same in every file that includes it.
#undef NDEBUG
#define TOML_ASSERT(expression) static_cast<void>(0)
#define TOML_EXCEPTIONS 0
#define TOML_ENABLE_FORMATTERS 0
#include <fmt/ranges.h>
#include <toml++/toml.hpp>

#include <array>

#include "foundation/base/text.hpp"
#include "foundation/base/toml_guard.hpp"

namespace tesseras::node {
namespace {

using base::Code;
using base::fail;
using base::Result;

constexpr std::array<std::string_view, 1> sections = {"create"};
constexpr std::array<std::string_view, 3> create_keys = {"language", "location", "tags"};

std::unexpected<base::Error> unknown(const toml::key& key, std::string_view what,
                                     std::span<const std::string_view> known) {
  const auto close = base::nearest(key.str(), known);
  const std::string hint = close.empty() ? fmt::format("known are {}", fmt::join(known, ", "))
                                         : fmt::format("did you mean '{}'?", close);
  return fail(Code::invalid, "config.toml line {}: unknown {} '{}'; {}", key.source().begin.line,
              what, base::to_printable(key.str()), hint);
}

std::unexpected<base::Error> wrong(const toml::node& node, std::string_view key,
                                   std::string_view wanted) {
  return fail(Code::invalid, "config.toml line {}: {} must be {}", node.source().begin.line, key,
              wanted);
}

Result<std::string> text_of(const toml::node& node, std::string_view key) {
  const auto* text = node.as_string();
  if (text == nullptr) return wrong(node, key, "a text in quotes");
  if (text->get().size() > ConfigLimits::text_bytes_max || base::has_control(text->get())) {
    return wrong(node, key, "at most 1024 bytes without control characters");
  }
  return text->get();
}

Result<std::vector<std::string>> texts_of(const toml::node& node, std::string_view key) {
  const auto* list = node.as_array();
  if (list == nullptr || list->size() > ConfigLimits::tags_max) {
    return wrong(node, key, "a list of at most 256 texts");
  }
  std::vector<std::string> texts;
  for (const auto& element : *list) texts.push_back(TRY(text_of(element, key)));
  return texts;
}

Result<void> read_create(const toml::table& table, Config::Create& create) {
  for (const auto& [key, node] : table) {
    if (key == "language") {
      create.language = TRY(text_of(node, "create.language"));
    } else if (key == "location") {
      create.location = TRY(text_of(node, "create.location"));
    } else if (key == "tags") {
      create.tags = TRY(texts_of(node, "create.tags"));
    } else {
      return unknown(key, "key in [create]", create_keys);
    }
  }
  return {};
}

}  // namespace

Result<Config> parse_config(std::string_view text) {
  if (text.size() > ConfigLimits::file_bytes_max) {
    return fail(Code::invalid, "config.toml is larger than 1 MiB; this can't be one");
  }
  if (const auto problem = base::find_toml_problem(text, ConfigLimits::key_parts_max)) {
    return fail(Code::invalid, "config.toml line {}: {}", problem->line, problem->reason);
  }
  const toml::parse_result parsed = toml::parse(text);
  if (!parsed) {
    return fail(Code::invalid, "config.toml line {}: {}", parsed.error().source().begin.line,
                parsed.error().description());
  }
  Config config;
  for (const auto& [key, node] : parsed.table()) {
    if (key != "create") return unknown(key, "section", sections);
    const auto* table = node.as_table();
    if (table == nullptr) return wrong(node, "create", "a section: [create]");
    TRY(read_create(*table, config.create));
  }
  return config;
}

Result<Config> load_config(runtime::Disk& disk, const std::filesystem::path& file) {
  auto opened = disk.open_read(file);
  if (!opened && opened.error().code == Code::not_found) return Config{};
  if (!opened) return fail(opened.error());
  std::string text(ConfigLimits::file_bytes_max + 1, '\0');
  const auto size =
      TRY(opened.value()->read_at(0, std::as_writable_bytes(std::span(text.data(), text.size()))));
  text.resize(size);
  return parse_config(text);
}

std::string default_config_text() {
  return "# Tesseras. Every key is optional; what stands behind # is its default.\n"
         "\n"
         "[create]\n"
         "# language = \"en\"       # of the tesserae you create (BCP 47, e.g. \"pt-BR\")\n"
         "# location = \"\"         # where they are from, in words\n"
         "# tags = []             # given to every memory, e.g. [\"family\"]\n";
}

}  // namespace tesseras::node

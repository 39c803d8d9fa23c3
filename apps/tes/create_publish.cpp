#include "apps/tes/create_publish.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>

#include "foundation/base/ascii.hpp"
#include "foundation/base/text.hpp"

namespace tesseras::tes {
namespace {

using base::Code;

std::string whom_it_is_for(tessera::Visibility visibility) {
  const std::string name(tessera::name_of(visibility));
  return name + (visibility == tessera::Visibility::everyone
                     ? ", so anybody can read it"
                     : ", so it is encrypted; its size, its day and your key can be seen");
}

// "3.2 MB in 11 files; 2 of them say where they were made".
std::string what_others_get(const custody::CreateReport& report) {
  const auto positions =
      std::ranges::count_if(report.kept, [](const auto& file) { return file.has_position; });
  return fmt::format("{} in {}; {} of them {} where they were made",
                     base::human_size(report.media_bytes),
                     base::counted(report.kept.size(), "file"),
                     positions == 0 ? "none" : std::to_string(positions),
                     positions == 1 || positions == 0 ? "says" : "say");
}

}  // namespace

Result<bool> wants_to_publish(Session& session, const custody::CreateReport& report,
                              tessera::Visibility visibility) {
  const bool is_too_large = report.tesserae_needed > report.tesserae.size();
  if (is_too_large || !DaemonLink::open(session)) return false;
  auto& terminal = session.terminal();
  terminal.note("Others can keep it, so that it lasts when this machine does not. They would get:");
  terminal.note(fmt::format("  visibility  {}", whom_it_is_for(visibility)));
  terminal.note(fmt::format("  contents    {}", what_others_get(report)));
  const auto answer = terminal.ask("Publish it? It can't be called back for certain. [y/N]");
  if (!answer && !session.stop().stop_requested()) return false;  // nobody answers
  const auto word = base::to_lower(TRY(answer));
  return word == "y" || word == "yes";
}

PublishedParts publish_parts(Session& session, const custody::CreateReport& report,
                             const identity::Identity& author) {
  PublishedParts parts;
  auto link = DaemonLink::open(session);
  for (const auto& tessera : report.tesserae) {
    const bool is_stopped = !parts.left.empty() && parts.why.code == Code::cancelled;
    auto published = !link        ? base::fail(link.error())
                     : is_stopped ? base::fail(parts.why)
                                  : publish(session, *link, tessera.content_hash, {&author, {}});
    if (published) {
      parts.done.push_back(*std::move(published));
      continue;
    }
    if (parts.left.empty()) parts.why = published.error();
    parts.left.push_back(tessera.content_hash);
  }
  session.terminal().end_progress();
  return parts;
}

nlohmann::ordered_json to_json(const PublishedParts& parts) {
  auto json = nlohmann::ordered_json::object();
  for (const auto& published : parts.done) json["published"].push_back(to_json(published));
  for (const auto& hash : parts.left) json["not_published"].push_back(hash.hex());
  if (!parts.left.empty()) {
    json["why_not_published"] = {{"code", base::name_of(parts.why.code)},
                                 {"message", parts.why.message}};
  }
  return json;
}

void print(Session& session, const PublishedParts& parts) {
  auto& terminal = session.terminal();
  if (!session.json()) {
    for (const auto& published : parts.done) print(terminal, published);
  }
  if (parts.left.empty()) return;
  terminal.error(fmt::format("{} made and kept in your vault, but not published: {}",
                             parts.left.size() == 1 ? "the tessera is" : "tesserae are",
                             parts.why.message));
  for (const auto& hash : parts.left)
    terminal.note(fmt::format("Publish it later: tes publish {}", hash.hex().substr(0, 16)));
}

}  // namespace tesseras::tes

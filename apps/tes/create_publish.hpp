// Whether `tes create` publishes what it has made, and how. It never does so by itself: somebody
// says so on the command line, in config.toml, or at the terminal.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <vector>

#include "apps/tes/daemon_link.hpp"
#include "apps/tes/publishing.hpp"
#include "preserve/custody/create.hpp"

namespace tesseras::tes {

// Asks the person at the terminal, who is shown what others would get. False without a question
// where no daemon runs, or where it is too large for others to keep. cancelled: Ctrl-C.
Result<bool> wants_to_publish(Session& session, const custody::CreateReport& report,
                              tessera::Visibility visibility);

struct PublishedParts {
  std::vector<Published> done;
  std::vector<base::ContentHash> left;  // those that are not published
  base::Error why;                      // of the first of `left`; meaningless when there is none
};

// All tesserae of the report, whose author this is. One that fails keeps no other from being
// published, unless it is the person who stops it.
PublishedParts publish_parts(Session& session, const custody::CreateReport& report,
                             const identity::Identity& author);

// {"published": as of `tes publish`, "not_published": hashes, "why_not_published"}, each where
// there is such a thing.
nlohmann::ordered_json to_json(const PublishedParts& parts);
// For people: what was published; and, with --json too, as an error what was not and what to do.
void print(Session& session, const PublishedParts& parts);

}  // namespace tesseras::tes

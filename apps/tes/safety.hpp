// How safe a tessera is, in words.
#pragma once

#include <string>

#include "node/control_messages.hpp"

namespace tesseras::tes {

// What is kept of it, in a sentence: "24 of 24 fragments are with 24 nodes; any 8 of these may
// vanish; the last proof came 3 hours ago."
std::string sentence_of(const node::KeptByOthers& others);

// "3 minutes ago".
std::string ago(std::chrono::seconds span);

}  // namespace tesseras::tes

// config.toml of any bytes is read within its limits or refused with a reason, and read the same
// twice.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "foundation/base/assert.hpp"
#include "node/config.hpp"

namespace tesseras {

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto config = node::parse_config(text);
  if (!config) {
    ASSERT(config.error().code == base::Code::invalid && !config.error().message.empty());
    return 0;
  }
  ASSERT(size <= node::ConfigLimits::file_bytes_max);
  ASSERT(config->create.tags.size() <= node::ConfigLimits::list_max);
  ASSERT(config->create.location.size() <= node::ConfigLimits::text_bytes_max);
  ASSERT(!config->node.listen.empty() &&
         config->node.listen.size() <= node::ConfigLimits::listen_max);
  ASSERT(config->dht.k >= 1 && config->dht.k <= node::ConfigLimits::k_max);
  for (const auto& peer : config->bootstrap.hardcoded) ASSERT(node::is_host_and_port(peer));
  const auto again = node::parse_config(text);
  ASSERT(again && *again == *config);
  return 0;
}

}  // namespace tesseras

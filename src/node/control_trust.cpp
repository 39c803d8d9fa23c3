#include "node/control_trust.hpp"

#include "foundation/base/text.hpp"
#include "foundation/runtime/system_loop.hpp"

namespace tesseras::node {
namespace {

using base::Code;
using base::fail;
using base::Result;
using std::filesystem::path;

constexpr std::uint32_t others_may_write = 0022;

}  // namespace

bool is_trusted(std::uint32_t server, std::uint32_t asking, const ControlWay& way) {
  const auto is_the_servers = [&](const runtime::Ownership& folder) {
    return folder.owner == server && (folder.permissions & others_may_write) == 0;
  };
  return server == asking || server == runtime::root_user ||
         (is_the_servers(way.data_dir) && is_the_servers(way.control));
}

Result<ControlWay> control_way_of(const path& data_dir) {
  const auto outer = TRY(runtime::ownership_of(data_dir));
  const auto inner = TRY(runtime::ownership_of(data_dir / "control"));
  return ControlWay{outer, inner};
}

Result<void> check_server(std::optional<std::uint32_t> server, const path& data_dir) {
  const auto shown = base::to_printable(data_dir.native());
  if (!server) return fail(Code::denied, "the system does not say whose program serves {}", shown);
  if (is_trusted(*server, runtime::current_user(), TRY(control_way_of(data_dir)))) return {};
  return fail(
      Code::denied,
      "a program of user {0} listens in {1}, and may be anybody's: no daemon is asked there "
      "unless {1} and {1}/control belong to its user and others may not write into them "
      "(chmod go-w); is another one meant? --daemon names it",
      *server, shown);
}

}  // namespace tesseras::node

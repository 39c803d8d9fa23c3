#include "preserve/contacts/witness_notes.hpp"

#include <algorithm>
#include <string>

#include "foundation/base/text.hpp"
#include "foundation/runtime/whole_file.hpp"

namespace tesseras::contacts {
namespace {

using base::Code;
using base::fail;
using dht::NodeId;

constexpr std::size_t line_bytes = 2 * NodeId::size_bytes + 1;
// More than any tessera has witnesses; what is longer is no note.
constexpr std::size_t nodes_max = 256;

}  // namespace

WitnessNotes::WitnessNotes(runtime::Disk& disk, const runtime::path& data_dir)
    : disk_(disk), folder_(data_dir / "witnesses") {}

runtime::path WitnessNotes::file_of(const base::ContentHash& hash) const {
  return folder_ / hash.hex();
}

Result<void> WitnessNotes::write(const base::ContentHash& hash, std::span<const NodeId> nodes) {
  std::vector<NodeId> sorted(nodes.begin(), nodes.end());
  std::ranges::sort(sorted);
  std::string text;
  for (const auto& node : sorted) text += node.hex() + "\n";
  TRY(disk_.make_folders(folder_, 0700));
  return runtime::replace_whole(disk_, file_of(hash), 0600, base::as_bytes(text));
}

Result<std::vector<NodeId>> WitnessNotes::read(const base::ContentHash& hash) const {
  const auto file = file_of(hash);
  const auto text = TRY(runtime::read_whole_text(disk_, file, nodes_max * line_bytes));
  std::vector<NodeId> nodes;
  nodes.reserve(text.size() / line_bytes);
  for (std::string_view rest = text; !rest.empty(); rest.remove_prefix(line_bytes)) {
    const auto line = rest.substr(0, line_bytes);
    const auto node = NodeId::from_hex(line.substr(0, line.size() - 1));
    if (!node || !line.ends_with('\n') || (!nodes.empty() && *node <= nodes.back())) {
      return fail(Code::corrupt, "{} is no note of witnesses: delete it",
                  base::to_printable(file.native()));
    }
    nodes.push_back(*node);
  }
  return nodes;
}

}  // namespace tesseras::contacts

#include "apps/tes/content_keys.hpp"

#include <CLI/CLI.hpp>

#include "foundation/base/text.hpp"
#include "foundation/runtime/whole_file.hpp"
#include "preserve/release/key_texts.hpp"
#include "preserve/release/limits.hpp"
#include "preserve/sealing/witnesses.hpp"

namespace tesseras::tes {
namespace {

using base::Code;
using base::fail;
using sealing::ContentKey;
using sealing::KeyPart;

// What one file says, if it is of this tessera.
template <class Decode>
auto read(Session& session, const custody::Closed& closed, const std::filesystem::path& file,
          Decode decode) -> decltype(decode(std::string_view())) {
  auto bytes = TRY(runtime::read_whole(session.disk(), file, release::Limits::text_bytes_max));
  auto said = decode(base::as_text(bytes));
  crypto::cleanse(bytes);
  const auto name = base::to_printable(file.native());
  if (!said) return base::fail_in(said.error(), "{}", name);
  if (said->content_hash == closed.manifest().content_hash()) return said;
  return fail(Code::invalid, "{} is of another tessera, {}", name,
              said->content_hash.hex().substr(0, 16));
}

Result<ContentKey> key_of_parts(Session& session, const custody::Closed& closed,
                                const std::vector<std::filesystem::path>& files) {
  const auto witnesses = TRY(sealing::parse_witnesses(TRY(closed.witnesses_file())));
  std::vector<KeyPart> parts;
  parts.reserve(files.size());
  for (const auto& file : files) {
    auto said = TRY(read(session, closed, file, release::decode_part));
    if (!sealing::part_holds(witnesses, closed.capsule().id, said.part)) {
      return fail(Code::invalid, "{} does not hold part {} of this tessera's key: it was changed",
                  base::to_printable(file.native()), said.part.index);
    }
    parts.push_back(std::move(said.part));
  }
  return sealing::key_of_parts(witnesses, closed.capsule().id,
                               *closed.manifest().header().key_commitment, parts);
}

}  // namespace

void add_key_files(CLI::App& command, KeyFiles& files) {
  auto* key =
      command
          .add_option("--key", files.key,
                      "Take the key from a file that `tes publish-key --output` has written")
          ->type_name("FILE");
  command
      .add_option("--part", files.parts,
                  "Join the key of parts that heirs have given (`tes publish-key --my-part`); "
                  "once for each")
      ->type_name("FILE")
      ->allow_extra_args(false)
      ->excludes(key);
}

Result<ContentKey> key_of_files(Session& session, const custody::Closed& closed,
                                const KeyFiles& files) {
  if (!files.parts.empty()) return key_of_parts(session, closed, files.parts);
  auto said = TRY(read(session, closed, files.key, release::decode_publication));
  const auto& header = closed.manifest().header();
  if (sealing::commitment_to(said.key, closed.capsule().id) == *header.key_commitment)
    return std::move(said.key);
  return fail(Code::invalid, "{} does not hold the key of this tessera: it was changed",
              base::to_printable(files.key.native()));
}

}  // namespace tesseras::tes

#include "preserve/custody/enclosing.hpp"

#include <thread>
#include <vector>

#include "foundation/runtime/byte_pipe.hpp"
#include "preserve/custody/pack.hpp"
#include "preserve/sealing/content_stream.hpp"
#include "preserve/sealing/envelope.hpp"
#include "preserve/sealing/witnesses.hpp"
#include "preserve/tessera/paths.hpp"
#include "preserve/tessera/texts.hpp"

namespace tesseras::custody {
namespace {

namespace paths = tessera::paths;

constexpr std::size_t pipe_bytes = std::size_t{4} << 20U;
constexpr std::string_view bytes_type = "application/octet-stream";
constexpr std::int64_t day_seconds = 86'400;

// The pack is read, checked and encrypted on a thread of its own, while what comes of it is hashed
// and written.
Result<Hashed> stage_content(Files& inner, const tessera::Manifest& manifest,
                             const sealing::ContentKey& key, const sealing::Capsule& capsule,
                             vault::Transaction& transaction, Tools& tools) {
  const auto plain_bytes = sealing::padded_bytes(PackLayout(manifest).size_bytes());
  const auto content_bytes = sealing::sealed_bytes(plain_bytes);
  tools.progress.stage("encrypting", content_bytes);
  auto blob = transaction.writer(vault::Transaction::Hashing::by_caller);

  runtime::BytePipe pipe(pipe_bytes);
  Tools silent{tools.disk, tools.clock, tools.workers, runtime::no_progress(), tools.stop};
  const auto encrypt = [&]() -> Result<void> {
    sealing::ContentWriter writer(key, capsule,
                                  [&](base::ByteSpan sealed) { return pipe.write(sealed); });
    TRY(write_pack(inner, [&](base::ByteSpan plain) { return writer.append(plain); }, silent));
    return writer.finish();
  };
  const std::jthread encrypting([&] { pipe.end(encrypt()); });
  auto content =
      read_hashed([&](base::MutableByteSpan into) { return pipe.read(into); }, content_bytes,
                  Hashes::both, [&](base::ByteSpan sealed) { return blob.append(sealed); }, tools);
  pipe.close();
  if (content) TRY(blob.finish(base::BlobId{content->blake3.bytes}));
  return content;
}

}  // namespace

Result<Enclosed> enclose(Files& inner, const tessera::Manifest& inner_manifest,
                         const Enclosing& how, const identity::Identity& author,
                         vault::Transaction& transaction, Tools& tools) {
  const auto key = sealing::new_content_key();
  const sealing::Capsule capsule{sealing::new_capsule_id(), how.open_after};
  const auto content = TRY(stage_content(inner, inner_manifest, key, capsule, transaction, tools));
  std::vector<crypto::XWingPublicKey> readers(how.readers.begin(), how.readers.end());
  readers.push_back(author.public_keys().xwing);
  const auto envelope = TRY(sealing::make_envelope(key, capsule, readers));

  const Put put = [&](const crypto::Blake3Hash&, base::ByteSpan bytes) -> Result<void> {
    TRY(transaction.put(bytes));
    return {};
  };
  tessera::ManifestBuilder files;
  TRY(add_keys(files, put, author.public_keys()));
  TRY(add_file(files, put, paths::envelope, envelope, bytes_type));
  if (!how.witnesses.empty()) {
    const sealing::WitnessBinding binding{capsule, author.public_keys().ed25519};
    const auto parts = TRY(sealing::make_witnesses(key, binding, how.witnesses, how.threshold));
    TRY(add_file(files, put, paths::witnesses, parts, bytes_type));
  }
  for (const auto& text : tessera::texts_for_encrypted(!how.witnesses.empty()))
    TRY(add_file(files, put, text.path, base::as_bytes(text.bytes), tessera::media_type_of(text)));
  files.add(paths::content, content.blake3, content.sha256, bytes_type, content.size_bytes);

  // The day alone: the second would tell when somebody sat down to it.
  const auto made_at = inner_manifest.header().created.unix_seconds;
  auto header = header_of(author.public_keys(), {made_at - made_at % day_seconds, 0});
  header.visibility = how.visibility;
  header.capsule = capsule.id;
  header.open_after = capsule.open_after;
  header.key_commitment = sealing::commitment_to(key, capsule.id);
  auto manifest = TRY(files.build(header));
  const auto signatures = author.sign(base::as_bytes(manifest.text()));
  return Enclosed{{std::move(manifest), signatures, 0, content.size_bytes}, key.clone(), capsule};
}

}  // namespace tesseras::custody

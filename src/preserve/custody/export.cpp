#include "preserve/custody/export.hpp"

#include "foundation/base/text.hpp"
#include "preserve/custody/bag.hpp"
#include "preserve/custody/outlet.hpp"
#include "preserve/tessera/paths.hpp"

namespace tesseras::custody {
namespace {

namespace paths = tessera::paths;

// One export under way.
class Exporter {
 public:
  Exporter(Files& files, Outlet& outlet, std::string prefix, bool wants_bag, Tools& tools)
      : files_(files),
        outlet_(outlet),
        prefix_(std::move(prefix)),
        wants_bag_(wants_bag),
        tools_(tools) {}

  Result<void> run(const tessera::Manifest& manifest) {
    TRY(put_bytes(paths::manifest, base::as_bytes(manifest.text())));
    for (const auto path : {paths::ed25519_signature, paths::mldsa65_signature}) {
      TRY(put_bytes(path, TRY(files_.signature(path))));
    }
    for (const auto& entry : manifest.entries()) TRY(put_entry(entry));
    return {};
  }

  // Beside the payload, where the prefix does not reach.
  Result<void> put_tag_file(const std::string& name, const std::string& text) {
    const auto sink = TRY(outlet_.begin(name, text.size()));
    TRY(sink(base::as_bytes(text)));
    ++exported.files;
    exported.size_bytes += text.size();
    return {};
  }

  const BagFiles& payload() const { return payload_; }

  Exported exported;

 private:
  Result<void> put_bytes(std::string_view relative, base::ByteSpan bytes) {
    const auto source = [bytes](base::MutableByteSpan into) mutable -> Result<std::size_t> {
      const auto piece = bytes.first(std::min(bytes.size(), into.size()));
      std::ranges::copy(piece, into.begin());
      bytes = bytes.subspan(piece.size());
      return piece.size();
    };
    TRY(put(std::string(relative), bytes.size(), source));
    return {};
  }

  Result<void> put_entry(const tessera::ManifestEntry& entry) {
    const auto file = TRY(files_.open(entry));
    const auto found = TRY(put(entry.decoded_path(), entry.size_bytes, file.read));
    if (found.blake3 != entry.blake3 || found.size_bytes != entry.size_bytes) {
      return fail(Code::corrupt,
                  "{} is damaged and was not handed on; run `tes vault check`, and bring it back "
                  "from another copy with `tes import`",
                  entry.path);
    }
    return {};
  }

  Result<Hashed> put(const std::string& relative, std::uint64_t size_bytes, const Source& source) {
    const auto sink = TRY(outlet_.begin(prefix_ + relative, size_bytes));
    crypto::Sha512 sha512;
    const auto hashed = TRY(read_hashed(
        source, size_bytes, wants_bag_ ? Hashes::both : Hashes::blake3_only,
        [&](base::ByteSpan bytes) {
          if (wants_bag_) sha512.update(bytes);
          return sink(bytes);
        },
        tools_));
    if (wants_bag_) {
      payload_[prefix_ + relative] = {hashed.sha256, sha512.finish(), hashed.size_bytes};
    }
    ++exported.files;
    exported.size_bytes += hashed.size_bytes;
    return hashed;
  }

  Files& files_;
  Outlet& outlet_;
  std::string prefix_;
  bool wants_bag_;
  Tools& tools_;
  BagFiles payload_;
};

}  // namespace

Result<Exported> export_tessera(Files& files, const path& destination, ExportFormat format,
                                Tools& tools) {
  const auto manifest = TRY(tessera::Manifest::parse(TRY(files.manifest())));
  const std::string name = tessera::folder_name(manifest.content_hash());
  const bool is_bag = format == ExportFormat::bag;
  path target = destination / name;
  std::string prefix;
  if (is_bag) {
    target += "-bag";
    prefix = std::string(bag_payload_folder) + name + "/";
  } else if (format == ExportFormat::tar) {
    target += ".tar";
    prefix = name + "/";
  }
  tools.progress.stage("exporting", manifest.total_bytes());
  const auto outlet = format == ExportFormat::tar
                          ? TRY(tar_outlet(tools.disk, target, manifest.header().created))
                          : TRY(folder_outlet(tools.disk, target));
  Exporter exporter(files, *outlet, prefix, is_bag, tools);
  TRY(exporter.run(manifest));
  if (is_bag) {
    // The day of the tessera, not of the export: the same tessera makes the same bag.
    for (const auto& [tag, text] : bag_tag_files(exporter.payload(), manifest.header().created)) {
      TRY(exporter.put_tag_file(tag, text));
    }
  }
  exporter.exported.completed = TRY(outlet->finish());
  exporter.exported.at = target;
  return std::move(exporter.exported);
}

}  // namespace tesseras::custody

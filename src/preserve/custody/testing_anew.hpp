// For this library's tests: tesserae that were changed by somebody who can sign them, too.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "preserve/custody/testing.hpp"

namespace tesseras::custody::testing {

using Tree = std::map<std::string, std::string>;
using ChangeHeader = std::function<void(tessera::ManifestHeader&)>;

// A folder below `below` with these files of a tessera, listed in a new MANIFEST and signed by
// `author`. Of the old MANIFEST among them, the header and the media types stay, but for what
// `change` does to the header.
inline path signed_anew(runtime::Disk& disk, const path& below, Tree files,
                        const identity::Identity& author, const ChangeHeader& change = {}) {
  namespace paths = tessera::paths;
  const auto old = must(tessera::Manifest::parse(files.at(std::string(paths::manifest))));
  for (const auto not_listed :
       {paths::manifest, paths::ed25519_signature, paths::mldsa65_signature})
    files.erase(std::string(not_listed));
  tessera::ManifestBuilder builder;
  for (const auto& [relative, bytes] : files) {
    const auto found = hashed(base::as_bytes(bytes));
    const auto entry = old.find(relative);
    const auto type = entry ? old.entries()[*entry].media_type : "application/octet-stream";
    builder.add(relative, found.blake3, found.sha256, type, found.size_bytes);
  }
  auto header = old.header();
  if (change) change(header);
  const auto manifest = must(builder.build(header));
  const auto signatures = author.sign(base::as_bytes(manifest.text()));
  files[std::string(paths::manifest)] = manifest.text();
  files[std::string(paths::ed25519_signature)] = base::as_text(signatures.ed25519.bytes);
  files[std::string(paths::mldsa65_signature)] = base::as_text(signatures.mldsa65.bytes);
  const path at = below / tessera::folder_name(manifest.content_hash());
  put_tree(disk, at, files);
  return at;
}

}  // namespace tesseras::custody::testing

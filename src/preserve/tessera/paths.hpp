// The names inside a tessera. They are part of the format and may never change.
#pragma once

#include <string>
#include <string_view>

#include "foundation/base/strong_id.hpp"
#include "foundation/crypto/blake3.hpp"

namespace tesseras::tessera {

namespace paths {
inline constexpr std::string_view manifest = "MANIFEST";
inline constexpr std::string_view readme = "README.decode";
inline constexpr std::string_view gallery = "index.html";
inline constexpr std::string_view gallery_folder = "gallery/";
inline constexpr std::string_view description = "context.txt";
inline constexpr std::string_view ed25519_key = "identity/creator.pub.ed25519";
inline constexpr std::string_view mldsa65_key = "identity/creator.pub.mldsa65";
inline constexpr std::string_view xwing_key = "identity/creator.pub.xwing";
inline constexpr std::string_view ed25519_signature = "identity/signature.ed25519.sig";
inline constexpr std::string_view mldsa65_signature = "identity/signature.mldsa65.sig";
// Of an encrypted tessera.
inline constexpr std::string_view envelope = "identity/envelope.bin";
inline constexpr std::string_view witnesses = "identity/witnesses.bin";  // of sealed ones alone
inline constexpr std::string_view content = "content.enc";
inline constexpr std::string_view memories_folder = "memories/";
inline constexpr std::string_view context_name = "context.txt";
inline constexpr std::string_view meta_name = "meta.json";
inline constexpr std::string_view schema = "schema/v1.json";
inline constexpr std::string_view decode_folder = "decode/";
}  // namespace paths

// "tessera-<64 hex>".
inline constexpr std::string_view folder_name_prefix = "tessera-";
std::string folder_name(const base::ContentHash& hash);
// "memories/<64 hex>/".
std::string memory_folder(const crypto::Blake3Hash& id);
// "media.<extension>", and with ".part-NNN" for a part counted from 1 (0: the whole file).
std::string media_name(std::string_view extension, unsigned part = 0);

// Nothing when `path`, percent-encoded, may stand in MANIFEST; else why not: "has a component
// '..'". The rules are section 2.2 of spec/tessera.md.
std::string_view path_fault(std::string_view written);

}  // namespace tesseras::tessera

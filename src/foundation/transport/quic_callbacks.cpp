#include "foundation/transport/quic_callbacks.hpp"

#include <ngtcp2/ngtcp2.h>
#include <ngtcp2/ngtcp2_crypto.h>

#include <algorithm>

#include "foundation/transport/quic_connection.hpp"

namespace tesseras::transport {

// Nothing here calls into ngtcp2 but where its documentation says that one may, and nobody's
// coroutine is resumed from within: all that wait are woken by a post to the loop.
struct QuicCallbacks {
  static QuicConnection& connection(void* user_data) {
    return *static_cast<QuicConnection*>(user_data);
  }

  static void random(std::uint8_t* into, std::size_t size, const ngtcp2_rand_ctx* context) {
    static_cast<runtime::Loop*>(context->native_handle)
        ->fill_random(std::as_writable_bytes(std::span(into, size)));
  }

  static int path_challenge(ngtcp2_conn*, ngtcp2_path_challenge_data* data, void* user_data) {
    connection(user_data).loop_.fill_random(std::as_writable_bytes(std::span(data->data)));
    return 0;
  }

  static int handshake_completed(ngtcp2_conn*, void* user_data) {
    connection(user_data).handshake_done_ = true;
    return 0;
  }

  static int new_connection_id(ngtcp2_conn*, ngtcp2_cid* id, ngtcp2_stateless_reset_token* token,
                               std::size_t size, void* user_data) {
    auto& self = connection(user_data);
    if (size != connection_id_bytes) return NGTCP2_ERR_CALLBACK_FAILURE;
    const ConnectionId made = self.new_id();
    *id = made.native();
    std::ranges::copy(reset_token(self.owner_->secrets(), made), token->data);
    return 0;
  }

  static int remove_connection_id(ngtcp2_conn*, const ngtcp2_cid* id, void* user_data) {
    auto& self = connection(user_data);
    const auto removed = ConnectionId::of(*id);
    std::erase(self.ids_, removed);
    self.owner_->remove_route(removed);
    return 0;
  }

  static int peers_connection_id(ngtcp2_conn*, ngtcp2_connection_id_status_type type, std::uint64_t,
                                 const ngtcp2_cid*, const ngtcp2_stateless_reset_token* token,
                                 void* user_data) {
    if (token == nullptr) return 0;
    auto& self = connection(user_data);
    ResetToken known;
    std::ranges::copy(token->data, known.begin());
    if (type == NGTCP2_CONNECTION_ID_STATUS_TYPE_ACTIVATE) {
      self.reset_tokens_.push_back(known);
      self.owner_->add_reset_token(known, self);
    } else {
      std::erase(self.reset_tokens_, known);
      self.owner_->remove_reset_token(known);
    }
    return 0;
  }

  static int stream_open(ngtcp2_conn*, std::int64_t id, void* user_data) {
    auto& self = connection(user_data);
    auto stream = std::make_shared<StreamState>(self.loop_, self.shared_from_this(), id);
    self.streams_[id] = stream;
    self.keep_alive_while_used();
    self.serve_soon(std::move(stream));
    return 0;
  }

  static int stream_data(ngtcp2_conn*, std::uint32_t flags, std::int64_t id, std::uint64_t,
                         const std::uint8_t* data, std::size_t size, void* user_data, void*) {
    const auto stream = connection(user_data).find(id);
    if (stream != nullptr) {
      stream->on_data(std::as_bytes(std::span(data, size)),
                      (flags & NGTCP2_STREAM_DATA_FLAG_FIN) != 0);
    }
    return 0;
  }

  static int stream_acknowledged(ngtcp2_conn*, std::int64_t id, std::uint64_t, std::uint64_t count,
                                 void* user_data, void*) {
    const auto stream = connection(user_data).find(id);
    if (stream != nullptr) stream->on_acknowledged(count);
    return 0;
  }

  static int stream_reset(ngtcp2_conn*, std::int64_t id, std::uint64_t, std::uint64_t code,
                          void* user_data, void*) {
    const auto stream = connection(user_data).find(id);
    if (stream != nullptr) stream->on_reset(code);
    return 0;
  }

  static int stream_close(ngtcp2_conn*, std::uint32_t flags, std::int64_t id, std::uint64_t code,
                          void* user_data, void*) {
    auto& self = connection(user_data);
    const auto stream = self.find(id);
    if (stream == nullptr) return 0;
    const bool was_reset = (flags & NGTCP2_STREAM_CLOSE_FLAG_APP_ERROR_CODE_SET) != 0;
    stream->on_closed(was_reset ? std::optional(code) : std::nullopt);
    self.streams_.erase(id);
    self.unqueue(stream);
    self.release(*stream);
    return 0;
  }

  static int more_streams(ngtcp2_conn*, std::uint64_t, void* user_data) {
    for (auto& waiting : std::exchange(connection(user_data).awaits_stream_, {})) {
      if (const auto waiter = waiting.lock()) waiter->set({});
    }
    return 0;
  }

  static int more_stream_data(ngtcp2_conn*, std::int64_t id, std::uint64_t, void* user_data,
                              void*) {
    auto& self = connection(user_data);
    const auto stream = self.find(id);
    if (stream != nullptr) self.send_soon(*stream);
    return 0;
  }

  static std::ptrdiff_t write_packet(ngtcp2_conn*, ngtcp2_path* path, ngtcp2_pkt_info* info,
                                     std::uint8_t* into, std::size_t size, ngtcp2_tstamp now,
                                     void* user_data) {
    return connection(user_data).write_packet(path, info, into, size, now);
  }
};

void fill_callbacks(ngtcp2_callbacks& callbacks) {
  callbacks.client_initial = ngtcp2_crypto_client_initial_cb;
  callbacks.recv_client_initial = ngtcp2_crypto_recv_client_initial_cb;
  callbacks.recv_crypto_data = ngtcp2_crypto_recv_crypto_data_cb;
  callbacks.encrypt = ngtcp2_crypto_encrypt_cb;
  callbacks.decrypt = ngtcp2_crypto_decrypt_cb;
  callbacks.hp_mask = ngtcp2_crypto_hp_mask_cb;
  callbacks.recv_retry = ngtcp2_crypto_recv_retry_cb;
  callbacks.update_key = ngtcp2_crypto_update_key_cb;
  callbacks.delete_crypto_aead_ctx = ngtcp2_crypto_delete_crypto_aead_ctx_cb;
  callbacks.delete_crypto_cipher_ctx = ngtcp2_crypto_delete_crypto_cipher_ctx_cb;
  callbacks.version_negotiation = ngtcp2_crypto_version_negotiation_cb;
  callbacks.rand = QuicCallbacks::random;
  callbacks.get_path_challenge_data2 = QuicCallbacks::path_challenge;
  callbacks.get_new_connection_id2 = QuicCallbacks::new_connection_id;
  callbacks.remove_connection_id = QuicCallbacks::remove_connection_id;
  callbacks.dcid_status2 = QuicCallbacks::peers_connection_id;
  callbacks.handshake_completed = QuicCallbacks::handshake_completed;
  callbacks.stream_open = QuicCallbacks::stream_open;
  callbacks.recv_stream_data = QuicCallbacks::stream_data;
  callbacks.acked_stream_data_offset = QuicCallbacks::stream_acknowledged;
  callbacks.stream_reset = QuicCallbacks::stream_reset;
  callbacks.stream_close = QuicCallbacks::stream_close;
  callbacks.extend_max_local_streams_bidi = QuicCallbacks::more_streams;
  callbacks.extend_max_stream_data = QuicCallbacks::more_stream_data;
}

std::ptrdiff_t write_quic_packet(ngtcp2_conn* native, ngtcp2_path* path, ngtcp2_pkt_info* info,
                                 std::uint8_t* into, std::size_t size, std::uint64_t now,
                                 void* user_data) {
  return QuicCallbacks::write_packet(native, path, info, into, size, now, user_data);
}

}  // namespace tesseras::transport

#include "foundation/dns/resolver.hpp"

#include <ares.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <span>
#include <utility>

#include "foundation/base/text.hpp"
#include "foundation/dns/limits.hpp"
#include "foundation/runtime/waiter.hpp"

namespace tesseras::dns {
namespace {

using base::Code;
using base::fail;
using base::Instant;
using base::Result;
using runtime::IpAddress;
using runtime::Task;

using Addresses = std::vector<IpAddress>;
using Texts = std::vector<std::string>;

Code code_of(int status) {
  switch (status) {
    case ARES_ENODATA:
    case ARES_ENOTFOUND: return Code::not_found;
    case ARES_EBADNAME:
    case ARES_EBADQUERY:
    case ARES_EBADSTR: return Code::invalid;
    case ARES_EFORMERR:
    case ARES_EBADRESP: return Code::corrupt;
    case ARES_ETIMEOUT: return Code::timeout;
    case ARES_ECANCELLED:
    case ARES_EDESTRUCTION: return Code::cancelled;
    case ARES_ENOMEM: return Code::exhausted;
    default: return Code::unavailable;
  }
}

// The questions of one kind that have no answer yet. Only the loop's thread touches it.
template <class T>
struct Pending {
  std::map<std::uint64_t, runtime::Waiter<T>> questions;
};

// What c-ares carries from a question to its answer, which it gives once, on its own thread or
// inside of the call that asks.
template <class T>
struct Ticket {
  runtime::Loop& loop;
  std::weak_ptr<Pending<T>> pending;
  std::uint64_t number;
  std::string name;  // as it can be shown

  void answer(Result<T> result) {
    loop.post([pending = pending, number = number, result = std::move(result)]() mutable {
      const auto still = pending.lock();
      if (still == nullptr) return;
      const auto at = still->questions.find(number);
      at->second.set(std::move(result));
      still->questions.erase(at);
    });
  }
  std::unexpected<base::Error> failed(int status) const {
    return fail(code_of(status), "cannot look up {}: {}", name, ares_strerror(status));
  }
};

Result<Addresses> addresses_of(const ares_addrinfo& info, const std::string& name) {
  Addresses found;
  for (const auto* node = info.nodes; node != nullptr; node = node->ai_next) {
    IpAddress address;
    if (node->ai_family == AF_INET && node->ai_addrlen >= sizeof(sockaddr_in)) {
      const auto& v4 = reinterpret_cast<const sockaddr_in*>(node->ai_addr)->sin_addr;
      address = *IpAddress::from_bytes(std::as_bytes(std::span(&v4, 1)));
    } else if (node->ai_family == AF_INET6 && node->ai_addrlen >= sizeof(sockaddr_in6)) {
      const auto& v6 = reinterpret_cast<const sockaddr_in6*>(node->ai_addr)->sin6_addr;
      address = *IpAddress::from_bytes(std::as_bytes(std::span(&v6, 1)));
    } else {
      continue;
    }
    if (std::ranges::contains(found, address)) continue;
    if (found.size() == Limits::addresses_max)
      return fail(Code::invalid, "{} has more than {} addresses", name, Limits::addresses_max);
    found.push_back(address);
  }
  if (found.empty()) return fail(Code::not_found, "{} has no address", name);
  return found;
}

void on_addresses(void* given, int status, int /*timeouts*/, ares_addrinfo* info) {
  const std::unique_ptr<Ticket<Addresses>> ticket(static_cast<Ticket<Addresses>*>(given));
  const std::unique_ptr<ares_addrinfo, void (*)(ares_addrinfo*)> owned(info, ares_freeaddrinfo);
  if (status != ARES_SUCCESS || info == nullptr) return ticket->answer(ticket->failed(status));
  ticket->answer(addresses_of(*info, ticket->name));
}

Result<Texts> texts_of(const ares_dns_record_t* record, const std::string& name) {
  Texts found;
  const auto count = ares_dns_record_rr_cnt(record, ARES_SECTION_ANSWER);
  for (std::size_t i = 0; i < count; ++i) {
    const auto* answer = ares_dns_record_rr_get_const(record, ARES_SECTION_ANSWER, i);
    if (answer == nullptr || ares_dns_rr_get_type(answer) != ARES_REC_TYPE_TXT) continue;
    if (found.size() == Limits::texts_max)
      return fail(Code::invalid, "{} has more than {} texts", name, Limits::texts_max);
    std::size_t size_bytes = 0;
    // All strings of the record, joined.
    const auto* bytes = ares_dns_rr_get_bin(answer, ARES_RR_TXT_DATA, &size_bytes);
    if (size_bytes > Limits::text_bytes_max)
      return fail(Code::invalid, "a text of {} has more than {} bytes", name,
                  Limits::text_bytes_max);
    if (bytes == nullptr) size_bytes = 0;
    found.emplace_back(reinterpret_cast<const char*>(bytes), size_bytes);
  }
  if (found.empty()) return fail(Code::not_found, "{} has no text", name);
  return found;
}

void on_texts(void* given, ares_status_t status, std::size_t /*timeouts*/,
              const ares_dns_record_t* record) {
  const std::unique_ptr<Ticket<Texts>> ticket(static_cast<Ticket<Texts>*>(given));
  if (status != ARES_SUCCESS || record == nullptr) return ticket->answer(ticket->failed(status));
  ticket->answer(texts_of(record, ticket->name));
}

void ask_addresses(ares_channel_t* channel, const char* name, void* ticket) {
  ares_addrinfo_hints hints{};
  hints.ai_family = AF_UNSPEC;
  // All are tried: which of them the machine would like best is of no matter.
  hints.ai_flags = ARES_AI_NOSORT;
  ares_getaddrinfo(channel, name, nullptr, &hints, on_addresses, ticket);
}

void ask_texts(ares_channel_t* channel, const char* name, void* ticket) {
  // What it returns it also tells on_texts().
  (void)ares_query_dnsrec(channel, name, ARES_CLASS_IN, ARES_REC_TYPE_TXT, on_texts, ticket,
                          nullptr);
}

class CaresResolver final : public Resolver {
 public:
  CaresResolver(runtime::Loop& loop, ares_channel_t* channel) : loop_(loop), channel_(channel) {}
  // Ends c-ares' thread first: then nobody posts any more, and what was posted finds nothing.
  ~CaresResolver() override { ares_destroy(channel_); }
  CaresResolver(const CaresResolver&) = delete;
  CaresResolver& operator=(const CaresResolver&) = delete;

  Task<Result<Addresses>> resolve(std::string host, Instant deadline) override {
    if (const auto literal = IpAddress::parse(host)) return given(Addresses{*literal});
    return ask(addresses_, std::move(host), deadline, ask_addresses);
  }

  Task<Result<Texts>> texts(std::string name, Instant deadline) override {
    return ask(texts_, std::move(name), deadline, ask_texts);
  }

 private:
  template <class T>
  using Questions = std::shared_ptr<Pending<T>>;
  using Send = void (*)(ares_channel_t*, const char*, void*);

  static Task<Result<Addresses>> given(Addresses addresses) { co_return addresses; }

  template <class T>
  Task<Result<T>> ask(Questions<T> pending, std::string name, Instant deadline, Send send) {
    std::string shown = base::to_printable(name);
    if (name.empty() || name.size() > Limits::name_bytes_max + 1 || name.contains('\0'))
      co_return fail(Code::invalid, "'{}' is no name to look up", shown);
    if (pending->questions.size() >= Limits::questions_max)
      co_return fail(Code::exhausted, "too many names are being looked up; {} must wait", shown);
    const auto number = ++last_number_;
    auto& question = pending->questions.emplace(number, runtime::Waiter<T>(loop_)).first->second;
    send(channel_, name.c_str(), new Ticket<T>{loop_, pending, number, shown});
    auto answer = co_await question.wait(deadline);
    if (!answer && answer.error().code == Code::timeout)
      co_return fail(Code::timeout, "looking up {} took too long", shown);
    co_return answer;
  }

  runtime::Loop& loop_;
  ares_channel_t* channel_;
  Questions<Addresses> addresses_ = std::make_shared<Pending<Addresses>>();
  Questions<Texts> texts_ = std::make_shared<Pending<Texts>>();
  std::uint64_t last_number_ = 0;
};

}  // namespace

Result<std::unique_ptr<Resolver>> make_resolver(runtime::Loop& loop,
                                                const ResolverOptions& options) {
  ares_options wanted{};
  wanted.evsys = ARES_EVSYS_DEFAULT;
  wanted.timeout = static_cast<int>(Limits::server_timeout.count());
  wanted.tries = Limits::tries;
  // The machine's own list of names, then servers: whatever else it is set up to ask.
  char lookups[] = "fb";
  wanted.lookups = lookups;
  // Who asks again wants to know whether the answer has changed.
  wanted.qcache_max_ttl = 0;
  ares_channel_t* channel = nullptr;
  const int made = ares_init_options(&channel, &wanted,
                                     ARES_OPT_EVENT_THREAD | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES |
                                         ARES_OPT_LOOKUPS | ARES_OPT_QUERY_CACHE);
  if (made != ARES_SUCCESS)
    return fail(made == ARES_ENOMEM ? Code::exhausted : Code::internal,
                "names cannot be looked up: {}", ares_strerror(made));
  auto resolver = std::make_unique<CaresResolver>(loop, channel);
  if (options.servers.empty()) return resolver;
  std::string list;
  for (const auto& server : options.servers) {
    if (!list.empty()) list += ',';
    list += server.text();
  }
  const int set = ares_set_servers_csv(channel, list.c_str());
  if (set != ARES_SUCCESS)
    return fail(Code::internal, "names cannot be looked up at {}: {}", list, ares_strerror(set));
  return resolver;
}

}  // namespace tesseras::dns

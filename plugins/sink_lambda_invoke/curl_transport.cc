// The loop is: take what was sent, let curl work, hand over what is finished, wait for either. Whatever a callback of
// curl's might throw is caught in it: nothing may unwind through libcurl.
#include "curl_transport.h"

#include <pthread.h>

#include <algorithm>
#include <string_view>

#include "deadlines.h"
#include "reply.h"

namespace millrace::lambda_invoke {
namespace {

constexpr int kLongestPollMs = 60'000;

CURLM* make_multi() {
  // Counts and is thread-safe since 7.84; the matching clean-up would need to know that no other user is left.
  if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) throw Error(MR_INTERNAL, "libcurl could not be set up.");
  CURLM* multi = curl_multi_init();
  if (multi == nullptr) throw std::bad_alloc();
  return multi;
}

// What all handles of an endpoint share.
void set_up(CURL* easy, const TransportOptions& options, char* error) {
  curl_easy_setopt(easy, CURLOPT_URL, options.url.c_str());
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, error);
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(easy, CURLOPT_PROXY, "");  // and none from the environment
  curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(options.connect_timeout_ms));
  curl_easy_setopt(easy, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
  if (!options.root_ca.empty()) {
    curl_blob blob{const_cast<char*>(options.root_ca.data()), options.root_ca.size(), CURL_BLOB_NOCOPY};
    curl_easy_setopt(easy, CURLOPT_CAINFO_BLOB, &blob);
    curl_easy_setopt(easy, CURLOPT_CAPATH, nullptr);  // instead of the system's authorities, not beside them
  }
}

// `error` is what curl says about it.
Reply::Kind kind_of(CURLcode code, std::string_view error) {
  switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
      return Reply::Kind::kNotReached;
    case CURLE_OPERATION_TIMEDOUT:
      return Reply::Kind::kTimedOut;
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
      return Reply::Kind::kNoTls;
    case CURLE_SSL_CONNECT_ERROR:
      // Also what a reset in the middle of the handshake gives; only OpenSSL's own verdicts carry an error number. An
      // authority that was made anew under its old name ends up here, not under PEER_FAILED_VERIFICATION.
      return error.find("error:") != std::string_view::npos ? Reply::Kind::kNoTls : Reply::Kind::kBroken;
    case CURLE_FILESIZE_EXCEEDED:
      return Reply::Kind::kTooLarge;
    default:
      return Reply::Kind::kBroken;
  }
}

}  // namespace

CurlTransport::Slot::~Slot() {
  curl_easy_cleanup(easy);
  curl_slist_free_all(headers);
}

CurlTransport::CurlTransport(TransportOptions options, Finished finished)
    : options_(std::move(options)), finished_(std::move(finished)), multi_(make_multi()) {
  curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, static_cast<long>(options_.max_in_flight));
  thread_ = std::thread([this] { run(); });
  pthread_setname_np(thread_.native_handle(), "lambda-invoke");
}

bool CurlTransport::send(std::unique_ptr<Exchange>& exchange) {
  {
    std::lock_guard lock(mutex_);
    if (stopping_ || outstanding_ >= options_.max_in_flight) return false;
    inbox_.push_back(std::move(exchange));
    ++outstanding_;
  }
  curl_multi_wakeup(multi_);
  return true;
}

void CurlTransport::stop(std::uint64_t deadline_ns) {
  if (!thread_.joinable()) return;
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
    deadline_ns_ = deadline_ns;
  }
  curl_multi_wakeup(multi_);
  thread_.join();
  slots_.clear();
  curl_multi_cleanup(multi_);
}

void CurlTransport::run() {
  std::vector<std::unique_ptr<Exchange>> taken;
  for (;;) {
    bool stopping = false;
    std::uint64_t deadline_ns = 0;
    {
      std::lock_guard lock(mutex_);
      taken.swap(inbox_);
      stopping = stopping_;
      deadline_ns = deadline_ns_;
    }
    for (auto& exchange : taken) begin(std::move(exchange));
    taken.clear();

    int running = 0;
    curl_multi_perform(multi_, &running);
    collect();

    int wait_ms = kLongestPollMs;
    if (stopping) {
      if (idle_.size() == slots_.size()) return;
      const std::uint64_t now = now_ns();
      if (now >= deadline_ns) return abandon_all();
      wait_ms = static_cast<int>(std::min<std::uint64_t>((deadline_ns - now) / kMsToNs + 1, kLongestPollMs));
    }
    curl_multi_poll(multi_, nullptr, 0, wait_ms, nullptr);
  }
}

std::unique_ptr<CurlTransport::Slot> CurlTransport::make_slot() {
  auto slot = std::make_unique<Slot>();
  slot->easy = curl_easy_init();
  if (slot->easy == nullptr) throw std::bad_alloc();
  set_up(slot->easy, options_, slot->error);
  curl_easy_setopt(slot->easy, CURLOPT_PRIVATE, slot.get());
  curl_easy_setopt(slot->easy, CURLOPT_POST, 1L);
  curl_easy_setopt(slot->easy, CURLOPT_UPLOAD_BUFFERSIZE, 256L << 10);
  curl_easy_setopt(slot->easy, CURLOPT_MAXFILESIZE_LARGE, static_cast<curl_off_t>(kLargestReply));
  curl_easy_setopt(slot->easy, CURLOPT_HEADERFUNCTION, &CurlTransport::on_header);
  curl_easy_setopt(slot->easy, CURLOPT_HEADERDATA, slot.get());
  curl_easy_setopt(slot->easy, CURLOPT_WRITEFUNCTION, &CurlTransport::on_body);
  curl_easy_setopt(slot->easy, CURLOPT_WRITEDATA, slot.get());
  return slot;
}

bool CurlTransport::add_headers(Slot& slot, std::span<const std::string> headers) {
  for (const std::string& header : headers) {
    curl_slist* longer = curl_slist_append(slot.headers, header.c_str());
    if (longer == nullptr) return false;
    slot.headers = longer;
  }
  return true;
}

void CurlTransport::begin(std::unique_ptr<Exchange> exchange) {
  if (idle_.empty()) {
    try {
      slots_.push_back(make_slot());
      idle_.reserve(slots_.size());  // so that finish() never allocates
      idle_.push_back(slots_.back().get());
    } catch (const std::bad_alloc&) {
      return finish(std::move(exchange), Reply::Kind::kNotReached, "out of memory");
    }
  }
  Slot& slot = *idle_.back();
  idle_.pop_back();
  slot.exchange = std::move(exchange);
  slot.received = 0;
  slot.is_too_large = false;
  slot.error[0] = '\0';

  std::uint64_t timeout_ms = options_.timeout_ms;
  if (slot.exchange->deadline_ns != 0) {
    const std::uint64_t now = now_ns();
    const std::uint64_t left = slot.exchange->deadline_ns > now ? (slot.exchange->deadline_ns - now) / kMsToNs : 0;
    timeout_ms = std::min(timeout_ms, std::max<std::uint64_t>(left, 1));
  }
  if (!add_headers(slot, options_.headers) || !add_headers(slot, slot.exchange->headers)) {
    return finish(slot, Reply::Kind::kNotReached, "out of memory");
  }
  const mr_bytes body = slot.exchange->body;
  curl_easy_setopt(slot.easy, CURLOPT_TIMEOUT_MS, static_cast<long>(timeout_ms));
  curl_easy_setopt(slot.easy, CURLOPT_HTTPHEADER, slot.headers);
  curl_easy_setopt(slot.easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size));
  // No copy of the whole: the host keeps the body until the completion is answered, libcurl reads it piece by piece.
  curl_easy_setopt(slot.easy, CURLOPT_POSTFIELDS, body.data != nullptr ? reinterpret_cast<const char*>(body.data) : "");
  if (curl_multi_add_handle(multi_, slot.easy) != CURLM_OK) {
    finish(slot, Reply::Kind::kNotReached, "libcurl takes no request");
  }
}

void CurlTransport::collect() {
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    CURL* const easy = message->easy_handle;
    const CURLcode code = message->data.result;  // gone with the handle's removal
    char* found = nullptr;
    curl_easy_getinfo(easy, CURLINFO_PRIVATE, &found);
    Slot& slot = *reinterpret_cast<Slot*>(found);
    curl_multi_remove_handle(multi_, easy);
    if (code == CURLE_OK) {
      finish(slot, Reply::Kind::kHttp, "");
    } else if (slot.is_too_large) {
      finish(slot, Reply::Kind::kTooLarge, "");
    } else {
      const char* const why = slot.error[0] != '\0' ? slot.error : curl_easy_strerror(code);
      finish(slot, kind_of(code, why), why);
    }
  }
}

void CurlTransport::abandon_all() {
  for (const auto& slot : slots_) {
    if (slot->exchange == nullptr) continue;
    curl_multi_remove_handle(multi_, slot->easy);
    finish(*slot, Reply::Kind::kStopped, "");
  }
}

void CurlTransport::finish(Slot& slot, Reply::Kind kind, const char* error) {
  curl_easy_setopt(slot.easy, CURLOPT_HTTPHEADER, nullptr);
  curl_slist_free_all(slot.headers);
  slot.headers = nullptr;
  idle_.push_back(&slot);
  finish(std::move(slot.exchange), kind, error);
}

void CurlTransport::finish(std::unique_ptr<Exchange> exchange, Reply::Kind kind, const char* error) {
  exchange->reply.kind = kind;
  exchange->reply.error = error;
  {
    // Before the answer, so that a host that submits the next request from within done() finds room.
    std::lock_guard lock(mutex_);
    --outstanding_;
  }
  finished_(*exchange);
}

std::size_t CurlTransport::on_header(char* data, std::size_t size, std::size_t count, void* argument) {
  try {
    Reply& reply = static_cast<Slot*>(argument)->exchange->reply;
    std::string_view line(data, size * count);
    while (!line.empty() && (line.back() == '\r' || line.back() == '\n' || line.back() == ' ')) line.remove_suffix(1);
    if (line.starts_with("HTTP/")) {  // also after an interim reply: what came with that is void
      reply = Reply{};
      const std::size_t space = std::min(line.find(' '), line.size());
      for (const char c : line.substr(std::min(space + 1, line.size()))) {
        if (c < '0' || c > '9' || reply.status > 999) break;
        reply.status = reply.status * 10 + (c - '0');
      }
      return size * count;
    }
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) return size * count;
    std::string_view value = line.substr(colon + 1);
    while (!value.empty() && (value.front() == ' ' || value.front() == '\t')) value.remove_prefix(1);
    note_header(reply, line.substr(0, colon), value);
    return size * count;
  } catch (...) {
    return 0;
  }
}

std::size_t CurlTransport::on_body(char* data, std::size_t size, std::size_t count, void* argument) {
  try {
    Slot& slot = *static_cast<Slot*>(argument);
    const std::size_t length = size * count;
    slot.received += length;
    if (slot.received > kLargestReply) {
      slot.is_too_large = true;
      return 0;
    }
    keep_body(slot.exchange->reply, {data, length});
    return length;
  } catch (...) {
    return 0;
  }
}

std::optional<Reply> probe(const TransportOptions& options) {
  if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) throw Error(MR_INTERNAL, "libcurl could not be set up.");
  const std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> easy(curl_easy_init(), &curl_easy_cleanup);
  if (easy == nullptr) throw std::bad_alloc();
  char error[CURL_ERROR_SIZE] = {};
  set_up(easy.get(), options, error);
  curl_easy_setopt(easy.get(), CURLOPT_CONNECT_ONLY, 1L);
  curl_easy_setopt(easy.get(), CURLOPT_TIMEOUT_MS, static_cast<long>(options.timeout_ms));
  const CURLcode code = curl_easy_perform(easy.get());
  if (code == CURLE_OK) return std::nullopt;
  Reply reply;
  reply.error = error[0] != '\0' ? error : curl_easy_strerror(code);
  reply.kind = kind_of(code, reply.error);
  return reply;
}

}  // namespace millrace::lambda_invoke

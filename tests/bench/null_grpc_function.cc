// The gRPC server behind the speed figures; the contract stands in null_grpc_function.h.
//
// A call has at most one read and one write under way. It is freed when it is finished and nothing of it is under way.
// It belongs to the thread of the queue; the clock's thread has it from wake_at() until it rings its alarm.
#include "tests/bench/null_grpc_function.h"

#include <grpcpp/alarm.h>
#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <pthread.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <map>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <vector>

#include "tests/bench/null_function.h"

namespace millrace::bench {
namespace {

using std::chrono::milliseconds;

std::uint64_t varint(const std::uint8_t*& at, const std::uint8_t* end) {
  std::uint64_t value = 0;
  for (int shift = 0; at < end; shift += 7) {
    const std::uint8_t byte = *at++;
    value |= std::uint64_t{byte & 0x7fU} << shift;
    if (byte < 0x80) break;
  }
  return value;
}

struct Request {
  std::string id;
  std::uint64_t records = 0, bytes = 0;
};

// Field 1 is the id and field 5, the last one, the event; see function.proto. A slice may end anywhere, so what lies
// before the event is gathered first.
Request look_at(const grpc::ByteBuffer& buffer) {
  constexpr std::size_t kBeforeTheEvent = 1024;
  std::vector<grpc::Slice> slices;
  if (!buffer.Dump(&slices).ok() || slices.empty()) return {};
  std::string start;
  for (const grpc::Slice& slice : slices) {
    if (start.size() >= kBeforeTheEvent) break;
    start.append(reinterpret_cast<const char*>(slice.begin()), std::min(slice.size(), kBeforeTheEvent));
  }
  Request request;
  const auto* const begin = reinterpret_cast<const std::uint8_t*>(start.data());
  const std::uint8_t* at = begin;
  const std::uint8_t* const end = begin + start.size();
  while (at < end) {
    const std::uint64_t tag = varint(at, end), value = varint(at, end);
    if (tag >> 3 == 5) break;
    if ((tag & 7) != 2) continue;
    if (value > static_cast<std::uint64_t>(end - at)) return {};
    if (tag >> 3 == 1) request.id.assign(reinterpret_cast<const char*>(at), value);
    at += value;
  }
  auto skip = static_cast<std::size_t>(at - begin);
  std::uint64_t braces = 0;
  for (const grpc::Slice& slice : slices) {
    const std::size_t skipped = std::min(skip, slice.size());
    braces += count_braces(reinterpret_cast<const char*>(slice.begin()) + skipped, slice.size() - skipped);
    skip -= skipped;
  }
  request.records = braces > 2 ? braces - 2 : 0;
  request.bytes = buffer.Length();
  return request;
}

grpc::ByteBuffer done(const std::string& id) {
  std::string bytes("\x0a", 1);
  bytes += static_cast<char>(id.size());
  bytes += id;
  const grpc::Slice slice(bytes);
  return {&slice, 1};
}

}  // namespace

class NullGrpcFunction::Server {
 public:
  explicit Server(NullGrpcFunction& owner) : owner_(owner) {
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port_);
    builder.SetMaxReceiveMessageSize(64 << 20);
    builder.RegisterAsyncGenericService(&service_);
    queue_ = builder.AddCompletionQueue();
    server_ = builder.BuildAndStart();
    if (!server_) throw std::runtime_error("no gRPC server on loopback");
    accept();
    thread_ = std::thread([this] { run(); });
    clock_ = std::thread([this] { keep_time(); });
  }
  ~Server() {
    server_->Shutdown(std::chrono::system_clock::now());
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    changed_.notify_one();
    clock_.join();
    thread_.join();
  }

  int port_ = 0;
  std::atomic<milliseconds> delay_{milliseconds(0)};

 private:
  struct Call;
  enum class Kind { kArrived, kRead, kWritten, kFinished, kDue };
  struct Tag {
    Call* call;
    Kind kind;
  };
  struct Call {
    grpc::GenericServerContext context;
    grpc::GenericServerAsyncReaderWriter stream{&context};
    grpc::ByteBuffer request;
    struct Owed {
      std::string id;
      Instant due;
    };
    std::deque<Owed> owed;
    grpc::Alarm alarm;
    bool is_stream = false, is_read_out = false, is_finishing = false, alarm_is_set = false;
    int under_way = 0;
    Tag arrived{this, Kind::kArrived}, read{this, Kind::kRead}, written{this, Kind::kWritten},
        finished{this, Kind::kFinished}, due{this, Kind::kDue};
    bool is_writing = false;
  };

  void accept() {
    auto* call = new Call;
    ++calls_;
    ++call->under_way;
    service_.RequestCall(&call->context, &call->stream, queue_.get(), queue_.get(), &call->arrived);
  }

  void run() {
    ::pthread_setname_np(::pthread_self(), "null-grpc");
    void* tag = nullptr;
    for (bool ok = false; queue_->Next(&tag, &ok);) happened(*static_cast<Tag*>(tag), ok);
  }

  void happened(const Tag& tag, bool ok) {
    Call* const call = tag.call;
    --call->under_way;
    switch (tag.kind) {
      case Kind::kArrived:
        if (!ok) break;  // shutting down
        accept();
        call->is_stream = call->context.method().ends_with("/InvokeStream");
        read(*call);
        break;
      case Kind::kRead:
        if (!ok) {
          call->is_read_out = true;
          break;
        }
        take(*call);
        if (call->is_stream) read(*call);
        break;
      case Kind::kWritten:
        call->is_writing = false;
        break;
      case Kind::kDue:
        call->alarm_is_set = false;
        break;
      case Kind::kFinished:
        break;
    }
    answer(*call);
    if (call->under_way > 0) return;
    delete call;
    if (--calls_ == 0) queue_->Shutdown();  // none waits for a caller: the server is shut down
  }

  void read(Call& call) {
    ++call.under_way;
    call.stream.Read(&call.request, &call.read);
  }

  void take(Call& call) {
    Request request = look_at(call.request);
    call.request.Clear();
    owner_.count(request.records, request.bytes);
    call.owed.push_back({std::move(request.id), std::chrono::steady_clock::now() + delay_.load()});
  }

  // Writes what is due; ends the call when all is written.
  void answer(Call& call) {
    if (call.is_finishing || call.is_writing || call.alarm_is_set) return;
    if (call.owed.empty()) {
      if (!call.is_read_out) return;
      call.is_finishing = true;
      ++call.under_way;
      call.stream.Finish(grpc::Status::OK, &call.finished);
      return;
    }
    if (call.owed.front().due > std::chrono::steady_clock::now() && wake_at(call.owed.front().due, call)) return;
    const grpc::ByteBuffer response = done(call.owed.front().id);
    call.owed.pop_front();
    ++call.under_way;
    if (call.is_stream) {
      call.is_writing = true;
      call.stream.Write(response, &call.written);
    } else {
      call.is_finishing = true;
      call.stream.WriteAndFinish(response, {}, grpc::Status::OK, &call.finished);
    }
  }

  // False: the server is stopping, and everything is due.
  bool wake_at(Instant due, Call& call) {
    {
      const std::lock_guard lock(mutex_);
      if (stopping_) return false;
      ++call.under_way;
      call.alarm_is_set = true;
      sleeping_.emplace(due, &call);
    }
    changed_.notify_one();
    return true;
  }

  // gRPC's alarms count whole milliseconds and ring one late on average, which would make the function slower than it
  // was told to be. So this waits, and rings them at once.
  void keep_time() {
    ::pthread_setname_np(::pthread_self(), "null-grpc-clock");
    std::unique_lock lock(mutex_);
    while (!stopping_ || !sleeping_.empty()) {
      if (sleeping_.empty()) {
        changed_.wait(lock);
        continue;
      }
      const auto first = sleeping_.begin();
      if (!stopping_ && first->first > std::chrono::steady_clock::now()) {
        const Instant due = first->first;  // a copy: wait_until() looks at it after others have had the lock
        changed_.wait_until(lock, due);
        continue;
      }
      Call* const call = first->second;
      sleeping_.erase(first);
      call->alarm.Set(queue_.get(), gpr_time_0(GPR_CLOCK_MONOTONIC), &call->due);
    }
  }

  NullGrpcFunction& owner_;
  grpc::AsyncGenericService service_;
  std::unique_ptr<grpc::ServerCompletionQueue> queue_;
  std::unique_ptr<grpc::Server> server_;
  int calls_ = 0;  // the one that waits for a caller among them
  std::mutex mutex_;
  std::condition_variable changed_;
  std::multimap<Instant, Call*> sleeping_;  // guarded by mutex_
  bool stopping_ = false;                   // guarded by mutex_
  std::thread thread_, clock_;
};

NullGrpcFunction::NullGrpcFunction() : server_(std::make_unique<Server>(*this)) {}
NullGrpcFunction::~NullGrpcFunction() = default;

std::string NullGrpcFunction::endpoint() const {
  return "127.0.0.1:" + std::to_string(server_->port_);
}

void NullGrpcFunction::answer_after(std::chrono::milliseconds delay) {
  server_->delay_ = delay;
}

}  // namespace millrace::bench

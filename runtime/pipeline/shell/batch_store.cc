#include "runtime/pipeline/shell/batch_store.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "runtime/pipeline/shell/abi_text.h"

namespace millrace::pipeline {
namespace {

std::uint32_t popcount(const std::vector<std::uint64_t>& words, std::uint32_t begin, std::uint32_t end) {
  std::uint32_t count = 0;
  for (std::uint32_t i = begin; i < end;) {
    if (i % 64 == 0 && end - i >= 64) {
      count += static_cast<std::uint32_t>(std::popcount(words[i / 64]));
      i += 64;
    } else {
      count += is_kept(words, i);
      ++i;
    }
  }
  return count;
}

// Appends bytes to a block that is known to be large enough.
class Packer {
 public:
  explicit Packer(char* at) : at_(at) {}
  const char* put(const void* data, std::uint64_t size) {
    if (data == nullptr) return nullptr;  // absent stays absent
    char* place = at_;
    if (size > 0) std::memcpy(place, data, size);
    at_ += size;
    return place;
  }
  mr_bytes put(mr_bytes b) {
    const char* place = put(b.data, b.size);
    return {reinterpret_cast<const std::uint8_t*>(place), b.size};
  }
  mr_str put(mr_str s) { return {put(s.data, s.size), s.size}; }

 private:
  char* at_;
};

}  // namespace

BatchId BatchStore::adopt(const mr_batch& batch, std::vector<std::uint64_t> keep) {
  const BatchId id = next_++;
  held_.emplace(id, Held{batch, std::move(keep), nullptr});
  return id;
}

std::uint64_t BatchStore::copy(BatchId id) {
  Held& held = held_.at(id);
  const mr_batch& from = held.batch;
  if (!held.copy) {
    auto copy = std::make_unique<Copy>();
    std::uint64_t size = 0;
    const std::uint32_t kept = popcount(held.keep, 0, from.count);
    copy->original.reserve(kept);
    std::uint32_t headers = 0;
    for (std::uint32_t i = 0; i < from.count; ++i) {
      if (!is_kept(held.keep, i)) continue;
      const mr_record& r = record_at(from, i);
      copy->original.push_back(i);
      size += r.key.size + r.value.size;
      headers += r.header_count;
      for (std::uint32_t h = 0; h < r.header_count; ++h) {
        const mr_header& header = from.headers[r.first_header + h];
        size += header.name.size + header.value.size;
      }
    }
    for (std::uint32_t s = 0; s < from.stream_count; ++s) size += stream_at(from, s).name.size;
    for (std::uint32_t a = 0; a < from.attribute_count; ++a)
      size += from.attributes[a].key.size + from.attributes[a].value.size;

    copy->bytes.reset(new char[size + 1]);  // one byte more: an empty value at the end still has an address
    Packer packer(copy->bytes.get());
    copy->records.reserve(kept);
    copy->headers.reserve(headers);
    for (const std::uint32_t i : copy->original) {
      const mr_record& r = record_at(from, i);
      mr_record c = r;
      c.key = packer.put(r.key);
      c.value = packer.put(r.value);
      c.first_header = static_cast<std::uint32_t>(copy->headers.size());
      for (std::uint32_t h = 0; h < r.header_count; ++h) {
        const mr_header& header = from.headers[r.first_header + h];
        copy->headers.push_back({packer.put(header.name), packer.put(header.value)});
      }
      copy->records.push_back(c);
    }
    for (std::uint32_t s = 0; s < from.stream_count; ++s) {
      mr_stream stream = stream_at(from, s);
      stream.name = packer.put(stream.name);
      copy->streams.push_back(stream);
    }
    for (std::uint32_t a = 0; a < from.attribute_count; ++a)
      copy->attributes.push_back({packer.put(from.attributes[a].key), packer.put(from.attributes[a].value)});

    mr_batch mine{};
    mine.struct_size = sizeof mine;
    mine.record_stride = sizeof(mr_record);
    mine.stream_stride = sizeof(mr_stream);
    mine.count = static_cast<std::uint32_t>(copy->records.size());
    mine.stream_count = static_cast<std::uint32_t>(copy->streams.size());
    mine.header_count = static_cast<std::uint32_t>(copy->headers.size());
    mine.attribute_count = static_cast<std::uint32_t>(copy->attributes.size());
    mine.records = copy->records.data();
    mine.streams = copy->streams.data();
    mine.headers = copy->headers.data();
    mine.attributes = copy->attributes.data();
    mine.retained_bytes = size + copy->records.size() * sizeof(mr_record) + copy->headers.size() * sizeof(mr_header);
    if (from.release) from.release(from.owner);
    held.batch = mine;
    held.copy = std::move(copy);
  }
  return held.batch.retained_bytes;
}

void BatchStore::copy_all() {
  for (auto& [id, held] : held_) copy(id);
}

void BatchStore::release(BatchId id) {
  const auto found = held_.find(id);
  if (found == held_.end()) return;
  if (!found->second.copy && found->second.batch.release) found->second.batch.release(found->second.batch.owner);
  held_.erase(found);
}

void BatchStore::release_all() {
  for (auto& [id, held] : held_)
    if (!held.copy && held.batch.release) held.batch.release(held.batch.owner);
  held_.clear();
}

const mr_record& BatchStore::record(BatchId id, std::uint32_t index) const {
  const Held& held = held_.at(id);
  if (!held.copy) return record_at(held.batch, index);
  const auto& original = held.copy->original;
  const auto at = std::lower_bound(original.begin(), original.end(), index);
  return held.copy->records[static_cast<std::size_t>(at - original.begin())];
}

std::uint32_t BatchStore::kept_in(const RecordRun& run) const {
  return popcount(held_.at(run.batch).keep, run.first, run.first + run.count);
}

std::pair<std::uint32_t, std::uint32_t> BatchStore::range(const Held& held, const RecordRun& run) {
  if (!held.copy) return {run.first, run.first + run.count};
  const auto& original = held.copy->original;
  const auto begin = std::lower_bound(original.begin(), original.end(), run.first);
  const auto end = std::lower_bound(begin, original.end(), run.first + run.count);
  return {static_cast<std::uint32_t>(begin - original.begin()), static_cast<std::uint32_t>(end - original.begin())};
}

std::uint32_t BatchStore::stream_index(const mr_stream& stream) {
  // A request names few streams, and the runs of one follow each other.
  for (std::size_t s = streams_.size(); s > 0; --s)
    if (streams_[s - 1].id == stream.id) return static_cast<std::uint32_t>(s - 1);
  streams_.push_back(stream);
  return static_cast<std::uint32_t>(streams_.size() - 1);
}

BatchStore::View BatchStore::view(std::span<const RecordRun> runs, std::uint32_t most) {
  View view;
  if (runs.size() == 1) {
    const Held& held = held_.at(runs[0].batch);
    if (held.batch.stream_count == 1) {
      const auto [begin, end] = range(held, runs[0]);
      view.in = &held.batch;
      view.cursor = begin;
      view.kept = std::min(most, kept_in(runs[0]));
      if (held.copy) {
        ones_.assign((held.batch.count + 63) / 64, 0);
        for (std::uint32_t i = 0; i < held.batch.count; ++i)
          if (is_kept(held.keep, held.copy->original[i])) ones_[i / 64] |= std::uint64_t{1} << (i % 64);
        view.keep = ones_.data();
      } else {
        view.keep = held.keep.data();
      }
      return view;
    }
  }

  records_.clear();
  headers_.clear();
  streams_.clear();
  for (const RecordRun& run : runs) {
    const Held& held = held_.at(run.batch);
    const auto [begin, end] = range(held, run);
    std::uint32_t stream = 0;  // in streams_; every record of a run is of one stream
    bool named = false;
    for (std::uint32_t i = begin; i < end && records_.size() < most; ++i) {
      if (!is_kept(held.keep, held.copy ? held.copy->original[i] : i)) continue;
      mr_record r = record_at(held.batch, i);
      if (!named) {
        stream = stream_index(stream_at(held.batch, r.stream));
        named = true;
      }
      if (r.header_count > 0) {
        const mr_header* headers = held.batch.headers + r.first_header;
        r.first_header = static_cast<std::uint32_t>(headers_.size());
        headers_.insert(headers_.end(), headers, headers + r.header_count);
      }
      r.stream = stream;
      records_.push_back(r);
    }
  }
  gathered_ = {};
  gathered_.struct_size = sizeof gathered_;
  gathered_.record_stride = sizeof(mr_record);
  gathered_.stream_stride = sizeof(mr_stream);
  gathered_.count = static_cast<std::uint32_t>(records_.size());
  gathered_.stream_count = static_cast<std::uint32_t>(streams_.size());
  gathered_.header_count = static_cast<std::uint32_t>(headers_.size());
  gathered_.records = records_.data();
  gathered_.streams = streams_.data();
  gathered_.headers = headers_.data();
  if (!runs.empty()) {
    const mr_batch& first = held_.at(runs[0].batch).batch;
    gathered_.attributes = first.attributes;  // the source's, and the same for all its batches
    gathered_.attribute_count = first.attribute_count;
  }
  ones_.assign((gathered_.count + 63) / 64, ~std::uint64_t{0});
  if (gathered_.count % 64 != 0) ones_.back() = (std::uint64_t{1} << (gathered_.count % 64)) - 1;
  view.in = &gathered_;
  view.keep = ones_.data();
  view.kept = gathered_.count;
  return view;
}

}  // namespace millrace::pipeline

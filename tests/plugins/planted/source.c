/* Sources with one defect each, for the test of `millrace plugin check`: -DPLANT_NAME compiles the defect NAME in.
 *
 * Without a defect it delivers numbered records on two streams, revokes the second one after 100 of its records, and
 * passes every check. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "planted.h"

enum { kStreams = 2, kPerPoll = 5, kRevokeAfter = 100 };

typedef struct stream {
  uint64_t id;
  int64_t next;
  int paused, revoked, released;
} stream;

typedef struct instance {
  const mr_host* host;
  const mr_streams* streams;
  stream all[kStreams];
  int assigned, interrupted;
  pthread_mutex_t mutex;
  pthread_cond_t wake;
#ifdef PLANT_RELEASE_ONCE
  char shared[kStreams * kPerPoll][24];
#endif
} instance;

typedef struct batch {
  mr_record records[kStreams * kPerPoll];
  mr_stream streams[kStreams];
  char values[kStreams * kPerPoll][24];
} batch;

static mr_status create(const mr_host* host, mr_str config, void** self, mr_error* err) {
  (void)config;
  instance* it = calloc(1, sizeof *it);
  if (it == NULL) return err->code = MR_RESOURCE_EXHAUSTED;
  it->host = host;
  it->streams = host->get_service(host->ctx, MR_STREAMS);
  for (uint64_t i = 0; i < kStreams; ++i) it->all[i].id = i + 1;
  pthread_mutex_init(&it->mutex, NULL);
  pthread_condattr_t monotonic;
  pthread_condattr_init(&monotonic);
  pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
  pthread_cond_init(&it->wake, &monotonic);
  *self = it;
  return MR_OK;
}
static void destroy(void* self) {
  instance* it = self;
  pthread_mutex_destroy(&it->mutex);
  pthread_cond_destroy(&it->wake);
  free(it);
}

static mr_stream name(const stream* s) {
  const mr_stream out = {.id = s->id, .name = {"ticks", 5}, .partition = (int32_t)s->id};
  return out;
}
static void assign(instance* it) {
  if (it->assigned || it->streams == NULL) return;
  it->assigned = 1;
  mr_stream names[kStreams];
  for (int i = 0; i < kStreams; ++i) names[i] = name(&it->all[i]);
  it->streams->assigned(it->host->ctx, names, kStreams, sizeof(mr_stream), kStreams);
}
static void revoke(instance* it) {
  stream* last = &it->all[kStreams - 1];
  if (last->revoked || last->next < kRevokeAfter || it->streams == NULL) return;
  last->revoked = 1;
  it->streams->revoke(it->host->ctx, &last->id, 1, 0);
}

static void wait(instance* it, uint32_t timeout_ms) {
  struct timespec until;
  clock_gettime(CLOCK_MONOTONIC, &until);
  until.tv_nsec += (long)(timeout_ms % 1000) * 1000000L;
  until.tv_sec += timeout_ms / 1000 + until.tv_nsec / 1000000000L;
  until.tv_nsec %= 1000000000L;
  pthread_mutex_lock(&it->mutex);
  while (!it->interrupted && pthread_cond_timedwait(&it->wake, &it->mutex, &until) == 0) {
  }
  it->interrupted = 0;
  pthread_mutex_unlock(&it->mutex);
}

static void release(void* owner) {
  free(owner);
}

static mr_status poll(void* self, uint32_t max_records, uint64_t max_bytes, uint32_t timeout_ms, mr_batch* out,
                      mr_error* err) {
  instance* it = self;
  uint64_t bytes = 0;
#ifdef PLANT_ZERO_CREDIT_DELIVERS_NOTHING
  if (max_records == 0) max_records = 1;
#endif
  assign(it);
  revoke(it);
  batch* b = calloc(1, sizeof *b);
  if (b == NULL) return err->code = MR_RESOURCE_EXHAUSTED;
  for (uint32_t i = 0; i < kStreams; ++i) {
    stream* s = &it->all[i];
    b->streams[i] = name(s);
    for (int n = 0; n < kPerPoll && out->count < max_records && bytes < max_bytes; ++n) {
#ifndef PLANT_PAUSED_STREAMS_ARE_SILENT
      if (s->paused) break;
#else
      if (s->paused && s->next % 4 != 0) break;
#endif
#ifndef PLANT_REVOKE_DRAINS
      if (s->revoked) break;
#endif
      if (s->released) break;
      mr_record* r = &b->records[out->count];
      char* text = b->values[out->count];
#ifdef PLANT_RELEASE_ONCE
      text = it->shared[out->count];
#endif
      snprintf(text, sizeof b->values[0], "tick %lld", (long long)s->next);
      r->value.data = (const uint8_t*)text;
      r->value.size = strlen(text);
      r->timestamp_ms = -1;
      r->stream = i;
      r->position = s->next++;
#ifdef PLANT_POSITIONS_INCREASE
      if (s->next > 10 && s->next % 7 == 0) r->position = s->next - 5;
#endif
      bytes += r->value.size;
      ++out->count;
    }
  }
  if (out->count == 0) {
    free(b);
    wait(it, timeout_ms);
    return MR_OK;
  }
  out->record_stride = sizeof(mr_record);
  out->stream_stride = sizeof(mr_stream);
  out->stream_count = kStreams;
  out->records = b->records;
  out->streams = b->streams;
  out->retained_bytes = sizeof *b;
  out->owner = b;
  out->release = release;
  return MR_OK;
}

static mr_status commit(void* self, const mr_position* positions, uint32_t count, uint64_t deadline_ns, mr_error* err) {
  (void)self, (void)positions, (void)count, (void)deadline_ns, (void)err;
#ifdef PLANT_STREAMS_ARE_TOLD_IN_POLL
  instance* it = self;
  for (uint32_t i = 0; it->streams != NULL && i < count; ++i) {
    const mr_stream_state state = {positions[i].stream_id, 0, -1, positions[i].next, positions[i].next};
    it->streams->report(it->host->ctx, &state, 1, sizeof state);
  }
#endif
  return MR_OK;
}
static mr_status set_paused(void* self, const uint64_t* ids, uint32_t count, uint32_t paused, mr_error* err) {
  instance* it = self;
  (void)err;
  for (uint32_t i = 0; i < count; ++i)
    for (int s = 0; s < kStreams; ++s)
      if (it->all[s].id == ids[i]) it->all[s].paused = paused != 0;
  return MR_OK;
}
static mr_status release_streams(void* self, const uint64_t* ids, uint32_t count, mr_error* err) {
  instance* it = self;
  (void)err;
  for (uint32_t i = 0; i < count; ++i)
    for (int s = 0; s < kStreams; ++s)
      if (it->all[s].id == ids[i]) it->all[s].released = 1;
  return MR_OK;
}
static void interrupt(void* self) {
  instance* it = self;
  pthread_mutex_lock(&it->mutex);
#ifndef PLANT_INTERRUPT_WAKES_POLL
  it->interrupted = 1;
#endif
  pthread_cond_signal(&it->wake);
  pthread_mutex_unlock(&it->mutex);
}

MR_EXPORT const mr_plugin* millrace_plugin_entry_v1(void) {
  static const mr_source_v1 table = {.struct_size = sizeof table,
                                     .poll = poll,
                                     .commit = commit,
                                     .set_paused = set_paused,
                                     .release_streams = release_streams,
                                     .interrupt = interrupt};
  static const mr_component component = {.struct_size = sizeof component,
                                         .kind = MR_SOURCE,
                                         .type = "planted",
                                         .summary = "Numbered records.",
                                         .config_schema = "{\"type\": \"object\"}",
                                         .vtable = &table,
                                         .create = create,
                                         .start = start_nothing,
                                         .stop = stop_nothing,
                                         .destroy = destroy};
  static const mr_component* const components[] = {&component};
  static const mr_plugin plugin = PLANTED_PLUGIN(components);
  return &plugin;
}

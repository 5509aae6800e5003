/* A plugin of ABI 1.0 with a component of every kind, as it was written for the plugin.h beside it. A later host runs
 * it unchanged: neither this file nor that header is edited again.
 *
 * It uses each service that 1.0 has, and each component fails when the host does not do what that header says. */
#include "plugin.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { kRecords = 500, kPerPoll = 64 };

static mr_status fail(mr_error* err, mr_status code, const char* message) {
  err->code = code;
  snprintf(err->message, sizeof err->message, "%s", message);
  return code;
}
static mr_str text(const char* terminated) {
  return (mr_str){terminated, strlen(terminated)};
}
static mr_bytes bytes(const char* terminated) {
  return (mr_bytes){(const uint8_t*)terminated, strlen(terminated)};
}
static int is(mr_str a, const char* b) {
  return a.size == strlen(b) && memcmp(a.data, b, a.size) == 0;
}
/* The text of a one-member object, {"name":"text"}, without escapes: the schemas see to that. */
static mr_str only_text(mr_str config) {
  const char* const end = config.data + config.size;
  const char* const colon = memchr(config.data, ':', config.size);
  const char* const open = colon == NULL ? NULL : memchr(colon, '"', (size_t)(end - colon));
  const char* const close = open == NULL ? NULL : memchr(open + 1, '"', (size_t)(end - open - 1));
  return close == NULL ? (mr_str){"", 0} : (mr_str){open + 1, (uint64_t)(close - open - 1)};
}

/* An instance of any of the components. */
typedef struct instance {
  const mr_host* host;
  char config[256];
  uint64_t counter;
  /* source */
  int assigned, has_login, paused;
  int64_t next, committed;
  /* sink */
  FILE* file;
} instance;

static const void* service(const instance* s, const char* id) {
  return s->host->get_service(s->host->ctx, id);
}

static mr_status create(const mr_host* host, mr_str config, void** self, mr_error* err) {
  instance* const s = calloc(1, sizeof *s);
  if (s == NULL) return fail(err, MR_RESOURCE_EXHAUSTED, "out of memory");
  s->host = host;
  const mr_str only = only_text(config);
  snprintf(s->config, sizeof s->config, "%.*s", (int)only.size, only.data);
  const mr_metrics* const metrics = service(s, MR_METRICS);
  if (metrics != NULL)
    s->counter = metrics->define(host->ctx, MR_COUNTER, text("calls_total"), text("Calls."), text(""));
  *self = s;
  return MR_OK;
}
static mr_status start(void* self, mr_error* err) {
  const instance* const s = self;
  const mr_log* const log = service(s, MR_LOG);
  const mr_health* const health = service(s, MR_HEALTH);
  const mr_field fields[] = {{text("generation"), text("1")}};
  if (log == NULL || health == NULL) return fail(err, MR_UNIMPLEMENTED, "This host has no log or no health.");
  if (service(s, "org.example.no-such-service/1") != NULL)
    return fail(err, MR_INTERNAL, "An unknown service is there.");
  if (log->enabled(s->host->ctx, MR_DEBUG)) log->write(s->host->ctx, MR_DEBUG, text("started"), fields, 1);
  health->report(s->host->ctx, MR_HEALTHY, NULL);
  return MR_OK;
}
static void count(const instance* s) {
  const mr_metrics* const metrics = service(s, MR_METRICS);
  if (metrics != NULL && s->counter != 0) metrics->record(s->host->ctx, s->counter, 1);
}
static void stop(void* self, uint64_t deadline_ns) {
  instance* const s = self;
  (void)deadline_ns;
  if (s->file != NULL) fclose(s->file);
  s->file = NULL;
}

/* ---- auth: a user from a secret ---- */

typedef struct emitting {
  mr_emit_property emit;
  void* arg;
} emitting;
static void emit_user(void* arg, mr_bytes secret) {
  const emitting* const e = arg;
  e->emit(e->arg, text("sasl.username"), secret, 1);
}
static mr_status provide(void* self, mr_str endpoint, mr_emit_property emit, void* arg, int64_t* expires,
                         mr_error* err) {
  const instance* const s = self;
  const mr_secrets* const secrets = service(s, MR_SECRETS);
  emitting e = {emit, arg};
  if (secrets == NULL) return fail(err, MR_UNIMPLEMENTED, "This host has no secrets.");
  if (!is(endpoint, "generation-1:1"))
    return fail(err, MR_INVALID_ARGUMENT, "Not the endpoint that the source asked for.");
  *expires = 0;
  emit(arg, text("tls.enabled"), bytes("0"), 0);
  return secrets->resolve(s->host->ctx, text(s->config), emit_user, &e, err);
}

/* ---- source: numbers, one stream, resumed from the host's state ---- */

static void take_property(void* arg, mr_str name, mr_bytes value, uint32_t is_secret) {
  instance* const s = arg;
  if (is(name, "sasl.username") && is_secret && value.size == 4 && memcmp(value.data, "gen1", 4) == 0) ++s->has_login;
  if (is(name, "tls.enabled") && value.size == 1 && value.data[0] == '0') ++s->has_login;
}
static void take_state(void* arg, mr_bytes value) {
  instance* const s = arg;
  char number[24] = "";
  memcpy(number, value.data, value.size < sizeof number ? value.size : sizeof number - 1);
  s->next = s->committed = atoll(number);
}
static mr_status start_source(void* self, mr_error* err) {
  instance* const s = self;
  const mr_connection* const connection = service(s, MR_CONNECTION);
  const mr_state* const state = service(s, MR_STATE);
  int64_t expires = -1;
  if (connection == NULL || state == NULL || service(s, MR_STREAMS) == NULL)
    return fail(err, MR_UNIMPLEMENTED, "This host has no connection, no state or no streams.");
  mr_status status = connection->properties(s->host->ctx, text("generation-1:1"), take_property, s, &expires, err);
  if (status != MR_OK) return status;
  if (s->has_login != 2) return fail(err, MR_UNAUTHENTICATED, "The auth component's properties did not arrive.");
  status = state->get(s->host->ctx, text("next"), take_state, s, err);
  if (status != MR_OK && status != MR_NOT_FOUND) return status;
  return start(self, err);
}

typedef struct lent {
  mr_record records[kPerPoll];
  mr_header headers[kPerPoll];
  mr_stream stream;
  mr_field attribute;
  char keys[kPerPoll][16], values[kPerPoll][32];
} lent;

static mr_status poll(void* self, uint32_t max_records, uint64_t max_bytes, uint32_t timeout_ms, mr_batch* out,
                      mr_error* err) {
  instance* const s = self;
  const mr_streams* const streams = service(s, MR_STREAMS);
  const mr_stream stream = {.id = 1, .name = text("generation-1"), .partition = 0};
  const mr_stream_state now = {1, 0, kRecords, s->next, s->committed};
  (void)max_bytes, (void)timeout_ms;
  if (!s->assigned) streams->assigned(s->host->ctx, &stream, 1, sizeof stream, 1);
  s->assigned = 1;
  streams->report(s->host->ctx, &now, 1, sizeof now);
  if (s->paused || max_records == 0 || s->next >= kRecords) return MR_OK; /* the host made *out an empty batch */

  lent* const l = calloc(1, sizeof *l);
  if (l == NULL) return fail(err, MR_RESOURCE_EXHAUSTED, "out of memory");
  l->stream = stream;
  l->attribute = (mr_field){text("eventSource"), text("generation-1")};
  mr_batch b = {.struct_size = out->struct_size < sizeof b ? out->struct_size : sizeof b,
                .record_stride = sizeof(mr_record),
                .stream_stride = sizeof(mr_stream),
                .stream_count = 1,
                .attribute_count = 1,
                .records = l->records,
                .streams = &l->stream,
                .headers = l->headers,
                .attributes = &l->attribute,
                .retained_bytes = sizeof *l,
                .owner = l,
                .release = free};
  for (; b.count < kPerPoll && b.count < max_records && s->next < kRecords; ++b.count, ++s->next) {
    const uint32_t i = b.count;
    snprintf(l->keys[i], sizeof l->keys[i], "k%d", (int)(s->next % 7));
    snprintf(l->values[i], sizeof l->values[i], "number %d", (int)s->next);
    l->headers[i] = (mr_header){text("parity"), bytes(s->next % 2 == 0 ? "even" : "odd")};
    l->records[i] = (mr_record){.key = bytes(l->keys[i]),
                                .value = s->next % 10 == 4 ? (mr_bytes){NULL, 0} : bytes(l->values[i]),
                                .position = s->next,
                                .timestamp_ms = -1,
                                .first_header = i,
                                .header_count = 1};
  }
  b.header_count = b.count;
  memcpy(out, &b, b.struct_size);
  count(s);
  return MR_OK;
}
static mr_status commit(void* self, const mr_position* positions, uint32_t n, uint64_t deadline_ns, mr_error* err) {
  instance* const s = self;
  const mr_state* const state = service(s, MR_STATE);
  char number[24];
  (void)deadline_ns;
  for (uint32_t i = 0; i < n; ++i) {
    if (positions[i].stream_id != 1) continue;
    s->committed = positions[i].next;
    snprintf(number, sizeof number, "%lld", (long long)s->committed);
    const mr_status status = state->put(s->host->ctx, text("next"), bytes(number), err);
    if (status != MR_OK) return status;
  }
  return MR_OK;
}
static mr_status set_paused(void* self, const uint64_t* ids, uint32_t n, uint32_t paused, mr_error* err) {
  (void)err;
  for (uint32_t i = 0; i < n; ++i)
    if (ids[i] == 1) ((instance*)self)->paused = (int)paused;
  return MR_OK;
}
static mr_status release_streams(void* self, const uint64_t* ids, uint32_t n, mr_error* err) {
  (void)self, (void)ids, (void)n, (void)err;
  return MR_OK;
}
static void interrupt(void* self) {
  (void)self; /* poll() never waits */
}

/* ---- filter: even numbers, by their header ---- */

static mr_status apply(void* self, const mr_batch* in, uint64_t* keep, mr_error* err) {
  for (uint32_t i = 0; i < in->count; ++i) {
    const mr_record* const r = (const void*)((const char*)in->records + (size_t)i * in->record_stride);
    if (r->header_count != 1) return fail(err, MR_INTERNAL, "A record came without its header.");
    const mr_bytes parity = in->headers[r->first_header].value;
    if (parity.size == 3) keep[i / 64] &= ~(UINT64_C(1) << i % 64);
  }
  count(self);
  return MR_OK;
}

/* ---- encoder: topic/partition/position key=value, a line each; "-" for a tombstone ---- */

static mr_status encode(void* self, const mr_batch* in, const uint64_t* keep, const mr_limits* limits, uint32_t* cursor,
                        mr_writer* out, mr_error* err) {
  uint64_t size = 0;
  uint32_t taken = 0, at = *cursor;
  for (; at < in->count; ++at) {
    if ((keep[at / 64] >> at % 64 & 1) == 0) continue;
    if (limits->max_records != 0 && taken == limits->max_records) break;
    const mr_record* const r = (const void*)((const char*)in->records + (size_t)at * in->record_stride);
    const mr_stream* const t = (const void*)((const char*)in->streams + (size_t)r->stream * in->stream_stride);
    char line[128];
    const int n = snprintf(line, sizeof line, "%.*s/%d/%d %.*s=%.*s\n", (int)t->name.size, t->name.data,
                           (int)t->partition, (int)r->position, (int)r->key.size, (const char*)r->key.data,
                           r->value.data == NULL ? 1 : (int)r->value.size,
                           r->value.data == NULL ? "-" : (const char*)r->value.data);
    if (limits->max_bytes != 0 && size + (uint64_t)n > limits->max_bytes) {
      if (taken > 0) break;
      *cursor = at;
      snprintf(err->reason, sizeof err->reason, "MaximumPayloadSizeExceeded");
      return fail(err, MR_OUT_OF_RANGE, "The record does not fit.");
    }
    uint8_t* const room = out->reserve(out->ctx, (uint64_t)n + 16);
    if (room == NULL) return fail(err, MR_RESOURCE_EXHAUSTED, "out of memory");
    memcpy(room, line, (size_t)n);
    out->advance(out->ctx, (uint64_t)n);
    size += (uint64_t)n;
    ++taken;
  }
  *cursor = at;
  count(self);
  return MR_OK;
}

/* ---- sink: appends to a file on the host's executor; the first request is answered BUSY once ---- */

typedef struct job {
  instance* owner;
  const mr_request* request;
  mr_completion completion;
} job;
static void write_out(void* arg) {
  job* const j = arg;
  mr_result result = {.struct_size = sizeof result, .outcome = MR_DONE};
  const mr_bytes body = j->request->body;
  if (j->owner->paused++ == 0) {
    result.outcome = MR_BUSY;
    result.code = MR_UNAVAILABLE;
    result.retry_after_ms = 1;
    result.detail = text("once");
  } else if (fwrite(body.data, 1, body.size, j->owner->file) != body.size || fflush(j->owner->file) != 0) {
    result.outcome = MR_RETRY;
    result.code = MR_DATA_LOSS;
  }
  j->completion.done(j->completion.ctx, &result);
  free(j);
}
static mr_status start_sink(void* self, mr_error* err) {
  instance* const s = self;
  s->file = fopen(s->config, "ab");
  if (s->file == NULL) return fail(err, MR_FAILED_PRECONDITION, "The file cannot be opened.");
  return start(self, err);
}
static mr_status submit(void* self, const mr_request* request, mr_completion completion, mr_error* err) {
  instance* const s = self;
  const mr_executor* const executor = service(s, MR_EXECUTOR);
  if (request->struct_size < sizeof *request || request->record_count == 0 || request->attempt == 0)
    return fail(err, MR_INTERNAL, "A request is not what it should be.");
  job* const j = malloc(sizeof *j);
  if (j == NULL || executor == NULL) return free(j), fail(err, MR_UNAVAILABLE, "out of memory, or no executor");
  *j = (job){s, request, completion};
  if (request->attempt % 2 == 0 ? executor->run_blocking(s->host->ctx, write_out, j) == MR_OK
                                : executor->after(s->host->ctx, 1000, write_out, j) != 0)
    return MR_OK;
  free(j);
  return fail(err, MR_UNAVAILABLE, "The host takes no work.");
}
static void limits(void* self, mr_limits* most) {
  (void)self;
  *most = (mr_limits){.max_bytes = 1000, .max_records = 20};
}

/* ---- the plugin ---- */

static const mr_source_v1 source_table = {.struct_size = sizeof source_table,
                                          .poll = poll,
                                          .commit = commit,
                                          .set_paused = set_paused,
                                          .release_streams = release_streams,
                                          .interrupt = interrupt};
static const mr_auth_v1 auth_table = {.struct_size = sizeof auth_table, .provide = provide};
static const mr_filter_v1 filter_table = {.struct_size = sizeof filter_table, .apply = apply};
static const mr_encoder_v1 encoder_table = {.struct_size = sizeof encoder_table, .encode = encode};
static const mr_sink_v1 sink_table = {
    .struct_size = sizeof sink_table, .max_in_flight = 1, .submit = submit, .limits = limits};

#define NOTHING "{\"type\": \"object\", \"additionalProperties\": false}"
#define ONE_TEXT(name, more)                                                                                       \
  "{\"type\": \"object\", \"additionalProperties\": false, \"required\": [\"" name "\"], \"properties\": {\"" name \
  "\": {\"type\": \"string\", \"description\": \"What it is given.\"" more "}}}"
#define COMPONENT(which, kind_, needs_, schema, start_)                                                    \
  {                                                                                                        \
    .struct_size = sizeof(mr_component), .kind = kind_, .needs = needs_, .stability = MR_DEVELOPMENT,      \
    .type = "gen1_" #which, .summary = "Generation 1.", .config_schema = schema, .vtable = &which##_table, \
    .create = create, .start = start_, .stop = stop, .destroy = free                                       \
  }
static const mr_component all[] = {
    COMPONENT(source, MR_SOURCE, 0, NOTHING, start_source),
    COMPONENT(auth, MR_AUTH, 0, ONE_TEXT("user", ", \"x-secret\": true"), start),
    COMPONENT(filter, MR_FILTER, MR_NEED_HEADERS, NOTHING, start),
    COMPONENT(encoder, MR_ENCODER, MR_NEED_KEY | MR_NEED_VALUE, NOTHING, start),
    COMPONENT(sink, MR_SINK, 0, ONE_TEXT("path", ", \"pattern\": \"^[A-Za-z0-9/._-]+$\""), start_sink)};
static const mr_component* const components[] = {&all[0], &all[1], &all[2], &all[3], &all[4]};
static const mr_error_info errors[] = {{"EX9001", "An error of generation 1", "None.", "None."}};
static const mr_plugin plugin = {.struct_size = sizeof plugin,
                                 .abi_major = MR_ABI_MAJOR,
                                 .abi_minor = MR_ABI_MINOR,
                                 .name = "org.example.generation_1",
                                 .version = "1.0.0",
                                 .vendor = "Example",
                                 .license = "Apache-2.0",
                                 .url = "https://example.org",
                                 .components = components,
                                 .component_count = 5,
                                 .error_count = 1,
                                 .errors = errors};
const mr_plugin* millrace_plugin_entry_v1(void) {
  return &plugin;
}

/* The plugin ABI: everything that a Millrace host and a plugin may know of each other.
 *
 * C11 and C++20; includes nothing but <stdint.h>. C++ authors start at plugin.hpp, which writes these tables for them;
 * this file is the manual of both. docs/abi.md says how it may change, docs/writing-a-plugin.md starts from an example.
 *
 * A plugin is a shared library with one exported function that returns a descriptor (mr_plugin). The descriptor lists
 * components, each of one kind: a source gives batches of records, auth says how a source connects, a filter drops
 * records, an encoder turns records into request bodies, a sink sends them. The host creates instances of components
 * and calls them through tables of functions; a component calls the host through tables that it asks for by name.
 *
 * Rules that hold for every declaration:
 *
 *  Size      A struct that may grow begins with struct_size: what its writer knew of it. A reader copies the smaller of
 * that and its own size into a zeroed local, so a field nobody wrote is 0 and a function nobody wrote is NULL. Fields
 *            called `reserved` are written as 0 and not read.
 *  Memory    Who allocates, frees. What a pointer leads to is borrowed for the duration of the call, unless the comment
 *            says longer. Nothing is freed on the other side of the boundary.
 *  Text      UTF-8 with a length and no terminator (mr_str); `const char *` only for constants that live as long as the
 *            library, and these are terminated. Text is for people: it never carries a secret.
 *  Failure   A function that returns mr_status may fill *err when it returns something other than MR_OK, and only then.
 * err is never NULL in a call from the host. No exception, longjmp or thread cancellation crosses. Pointers  Not NULL
 * unless the comment says so; an array of 0 elements may be NULL. Time      *_ns is nanoseconds of CLOCK_MONOTONIC;
 * *_unix_ms and timestamp_ms are milliseconds since 1970 (UTC).
 *
 * Threads, as tags on every function:
 *
 *  [control] The host makes one such call at a time for each instance, and no other call of that instance meanwhile.
 * May block. [source]  The source's own thread: one call at a time, always the same thread between start() and stop().
 *  [lane]    The hot path: no blocking, no I/O. One call at a time for each instance, unless the component has
 *            MR_CAP_CONCURRENT, and then any number.
 *  [any]     Any thread, at any time between create() and the return of stop(), concurrently.
 *
 * Life of an instance:  create, start, ( poll | provide | apply | encode | submit ... ), stop, destroy.  start may be
 * left out: an instance that only answers millrace.check/1 or millrace.preview/1 is never started. stop() is the join
 * point: when it returns, no code of the instance runs and none of it will call the host again. */
#ifndef MR_PLUGIN_H
#define MR_PLUGIN_H
#include <stdint.h>
#ifdef __cplusplus
extern "C" {
#endif

/* A plugin and a host fit when the majors are equal and the host's minor is at least mr_plugin.needs_host_minor. A new
 * major has a new entry symbol, so one file can serve two of them. */
#define MR_ABI_MAJOR 1u
#define MR_ABI_MINOR 0u /* moves when a field, a service or an extension is added */
#define MR_EXPORT __attribute__((visibility("default")))

/* Text. Never terminated; data may be NULL when size is 0. */
typedef struct mr_str {
  const char* data;
  uint64_t size;
} mr_str;

/* Bytes. data NULL means absent - a tombstone, a record without a key, a header without a value - which is not the same
 * as empty: then data is not NULL and size is 0. */
typedef struct mr_bytes {
  const uint8_t* data;
  uint64_t size;
} mr_bytes;

/* The outcome of a call: the numbers of google.rpc.Code, so that the gRPC API passes a plugin's code on unchanged. */
typedef uint32_t mr_status;
enum {
  MR_OK = 0,
  MR_CANCELLED = 1,
  MR_UNKNOWN = 2,
  MR_INVALID_ARGUMENT = 3,
  MR_DEADLINE_EXCEEDED = 4,
  MR_NOT_FOUND = 5,
  MR_ALREADY_EXISTS = 6,
  MR_PERMISSION_DENIED = 7,
  MR_RESOURCE_EXHAUSTED = 8,
  MR_FAILED_PRECONDITION = 9,
  MR_ABORTED = 10,
  MR_OUT_OF_RANGE = 11,
  MR_UNIMPLEMENTED = 12,
  MR_INTERNAL = 13,
  MR_UNAVAILABLE = 14,
  MR_DATA_LOSS = 15,
  MR_UNAUTHENTICATED = 16
};

/* What went wrong, for the person who has to put it right: an error of a call, and the problem behind ill health.
 *
 * The struct belongs to the caller, who zeroes it and sets struct_size; the callee writes no further than that. Texts
 * are terminated, and what does not fit is cut between two characters. Write sentences: message says what and where,
 * detail what was seen, hint what to do. */
typedef struct mr_error {
  uint32_t struct_size;
  mr_status code;
  char id[24];       /* stable, listed in mr_plugin.errors: "MR3012"; "" when there is none */
  char reason[40];   /* a name for machines: "EVENT_SOURCE_AUTHN_ERROR"; "" when there is none */
  char field[128];   /* JSON pointer into the component's configuration; "" when that is not at fault */
  char message[312]; /* "SASL authentication failed." */
  char detail[256];  /* "b2:9093 answered error 58 to SCRAM-SHA-512." */
  char hint[256];    /* "Check the user name and password in the credentials secret." */
} mr_error;

/* ---- the host ---- */

/* The host as one instance sees it. There is one for each instance, so that its log lines, metrics and health arrive
 * labelled with pipeline, component and instance. Valid, texts included, from create() until destroy() has returned. */
typedef struct mr_host {
  uint32_t struct_size, abi_major, abi_minor;
  uint32_t
      instance; /* number among the pipeline's instances of this component, from 0; a restarted one keeps its number */
  void* ctx;    /* the first argument of every call to the host, services included */
  /* [any] The table of a service, by its id; NULL when this host has none. Valid until destroy() has returned. The id
   * is terminated and compared as a whole. */
  const void* (*get_service)(void* ctx, const char* id);
  mr_str pipeline_id; /* stable and unique within the host: a source's default consumer group */
  mr_str host_id;     /* unique among hosts and stable over restarts, for static group membership; "": there is none */
} mr_host;

/* Log lines. The host adds time and labels, and drops what comes too fast. Normal operation logs nothing. */
#define MR_LOG "millrace.log/1"
enum { MR_TRACE, MR_DEBUG, MR_INFO, MR_WARN, MR_ERROR };
typedef struct mr_field {
  mr_str key, value; /* key: lower_snake_case */
} mr_field;
typedef struct mr_log {
  uint32_t struct_size, reserved;
  /* [any] 0 when a line of this level would be dropped. Ask first when building the text costs something. */
  uint32_t (*enabled)(void* ctx, uint32_t level);
  /* [any] Everything is copied before it returns. */
  void (*write)(void* ctx, uint32_t level, mr_str message, const mr_field* fields, uint32_t field_count);
} mr_log;

/* Metrics of the plugin's own. Records, bytes, errors, latencies and requests in flight are counted by the host. */
#define MR_METRICS "millrace.metrics/1"
enum { MR_COUNTER, MR_GAUGE, MR_HISTOGRAM };
typedef struct mr_metrics {
  uint32_t struct_size, reserved;
  /* [control] In create() only, so that recording needs no lock. name: lower_snake_case, a counter's ends in _total;
   * unit: "seconds", "bytes" or "". Gives the metric's number, 0 when it was refused: recording to 0 does nothing. */
  uint64_t (*define)(void* ctx, uint32_t type, mr_str name, mr_str help, mr_str unit);
  /* [any] Adds to a counter (value >= 0), sets a gauge, observes in a histogram. */
  void (*record)(void* ctx, uint64_t metric, double value);
} mr_metrics;

/* Health of this instance. It starts HEALTHY; report when it changes, repeating is allowed. DEGRADED: it goes on by
 * itself, but not as it should. BROKEN: it goes on only after a person has acted. Neither ends the pipeline. */
#define MR_HEALTH "millrace.health/1"
enum { MR_HEALTHY, MR_DEGRADED, MR_BROKEN };
typedef struct mr_health {
  uint32_t struct_size, reserved;
  void (*report)(void* ctx, uint32_t state, const mr_error* problem); /* [any] problem: copied; NULL when healthy */
} mr_health;

/* Secrets. A configuration holds a reference, "${secret:file:kafka.json}", in a value whose schema says "x-secret":
 * true. */
#define MR_SECRETS "millrace.secrets/1"
typedef struct mr_secrets {
  uint32_t struct_size, reserved;
  /* [control] [source] May block. Calls use() once, before it returns, with bytes that the host wipes afterwards.
   * Errors: MR_NOT_FOUND; MR_PERMISSION_DENIED, this reference is not for this pipeline; MR_UNAVAILABLE, its store
   * cannot be reached at the moment; MR_INVALID_ARGUMENT, not a reference. */
  mr_status (*resolve)(void* ctx, mr_str ref, void (*use)(void* arg, mr_bytes secret), void* arg, mr_error* err);
} mr_secrets;

/* Work that blocks, and work for later, so that a plugin needs no thread for them. Not for an event loop: stop() would
 * wait for it; a loop is a thread of the plugin, started in start() and joined in stop(). */
#define MR_EXECUTOR "millrace.executor/1"
typedef struct mr_executor {
  uint32_t struct_size, reserved;
  /* [any] Calls fn(arg) once on a thread of the host. Anything but MR_OK: not accepted, fn is not called. The host runs
   * what it has accepted, timers at once, before it calls stop(). */
  mr_status (*run_blocking)(void* ctx, void (*fn)(void* arg), void* arg);
  /* [any] The same, not before delay_ns from now. Gives the timer's number; 0: not accepted. */
  uint64_t (*after)(void* ctx, uint64_t delay_ns, void (*fn)(void* arg), void* arg);
  /* [any] On return the timer's fn has returned or will never be called. A number that is unknown or done is ignored,
   * and so is a call from inside the timer's own fn. */
  void (*cancel)(void* ctx, uint64_t timer);
} mr_executor;

/* ---- records ---- */

/* A record's header. The name is bytes that nobody checked; names may repeat. */
typedef struct mr_header {
  mr_str name;
  mr_bytes value;
} mr_header;

/* A sequence of records in which positions increase: a partition of a topic, while it is assigned. A partition that is
 * taken away and comes back is another stream with another id; ids are not used twice in the life of an instance. */
typedef struct mr_stream {
  uint64_t id;
  mr_str name; /* the topic */
  int32_t partition;
  uint32_t reserved;
} mr_stream;

/* One record, 64 bytes. It can grow, which is why arrays of it are walked with mr_batch.record_stride. */
typedef struct mr_record {
  mr_bytes key, value;
  int64_t position;     /* the Kafka offset: increases within a stream, perhaps with gaps */
  int64_t timestamp_ms; /* -1: unknown */
  uint32_t stream;      /* index into mr_batch.streams */
  uint32_t first_header,
      header_count; /* a range of mr_batch.headers; 0 of them unless a component has MR_NEED_HEADERS */
  uint32_t flags;   /* MR_TIME_*, the rest is 0 */
} mr_record;
enum { MR_TIME_UNKNOWN = 0, MR_TIME_CREATE = 1, MR_TIME_LOG_APPEND = 2, MR_TIME_MASK = 3 };

/* A batch of records. From its source to its encoder nothing is copied: keys, values and headers are where the source
 * has them. Once the source has returned a batch, nobody changes it. What a filter or an encoder gets may also have
 * been put together by the host from several; then owner and release are NULL.
 *
 * In poll() and read() the host zeroes the struct and sets struct_size, and the source writes no further than that. */
typedef struct mr_batch {
  uint32_t struct_size, record_stride, stream_stride; /* strides in bytes, at least the sizes of the structs */
  uint32_t count;                                     /* of records; 0 is a batch too */
  uint32_t stream_count, header_count, attribute_count, reserved;
  const mr_record* records;
  const mr_stream* streams; /* the streams of these records */
  const mr_header* headers;
  const mr_field*
      attributes; /* facts about the source: "eventSource" = "SelfManagedKafka", "bootstrapServers" = "a:9092,b:9092" */
  uint64_t
      retained_bytes; /* memory that the batch keeps alive, which may be far more than its records; estimate upwards */
  void* owner;
  /* [any] The host calls it exactly once for each batch it got, before stop(); then all pointers above are dead. NULL
   * when there is nothing to release. */
  void (*release)(void* owner);
} mr_batch;

/* ---- source ---- */

/* All records of a stream before `next` are finished: delivered, filtered out or dead-lettered. */
typedef struct mr_position {
  uint64_t stream_id;
  int64_t next;
} mr_position;

/* Stream ids that the source does not know (any more) are ignored in all of these. */
typedef struct mr_source_v1 {
  uint32_t struct_size, reserved;
  /* [source] Waits at most timeout_ms for records and gives what is there: at most max_records, and no more once
   * max_bytes of keys and values are reached (one record may exceed it). Gives an empty batch at the timeout.
   * max_records 0 is "no credit": deliver nothing, but keep the session alive - a group member that falls silent is
   * expelled. An error means that the instance must be created anew; whatever passes by itself is health, not an error.
   */
  mr_status (*poll)(void* self, uint32_t max_records, uint64_t max_bytes, uint32_t timeout_ms, mr_batch* out,
                    mr_error* err);
  /* [source] Between polls. deadline_ns 0: soon is enough, return at once, the result shows in millrace.streams/1's
   * `committed`. Otherwise return when it is durable, or with an error at the deadline. */
  mr_status (*commit)(void* self, const mr_position* positions, uint32_t count, uint64_t deadline_ns, mr_error* err);
  /* [source] Between polls. A paused stream delivers nothing and loses nothing: it goes on where it was. A new stream
   * is not paused. */
  mr_status (*set_paused)(void* self, const uint64_t* stream_ids, uint32_t count, uint32_t paused, mr_error* err);
  /* [source] Between polls, once after streams.revoke(): what could be finished is finished and committed, give them
   * back. */
  mr_status (*release_streams)(void* self, const uint64_t* stream_ids, uint32_t count, mr_error* err);
  /* [any] A poll() that waits returns soon; when none waits, the next one does not wait. Must not block. */
  void (*interrupt)(void* self);
} mr_source_v1;

/* What the source knows of a stream, about once a second and at once when `committed` moves. -1: not known. */
typedef struct mr_stream_state {
  uint64_t stream_id;
  int64_t begin;     /* the oldest position that the log still has */
  int64_t end;       /* the position that the next record will get: the high watermark */
  int64_t next;      /* nothing before it is still to come from poll(): passes control records and gaps too */
  int64_t committed; /* as the cluster has it */
} mr_stream_state;

/* Assignment, for sources. [source], and only from inside poll(), which is where a client runs its rebalance callbacks.
 * All return at once and copy what they are given. */
#define MR_STREAMS "millrace.streams/1"
typedef struct mr_streams {
  uint32_t struct_size;
  uint32_t needs; /* OR of MR_NEED_* over the pipeline: what of a record somebody reads */
  /* Streams that are new to this instance. Records of a stream come only after it was announced. streams_in_all:
   * partitions of all topics in the group, however many instances share them; 0 when unknown. */
  void (*assigned)(void* ctx, const mr_stream* streams, uint32_t count, uint32_t stream_stride,
                   uint32_t streams_in_all);
  /* Streams that have to go. Deliver nothing more of them. The host finishes what it can until deadline_ns (0: as it
   * sees fit), commits, and then calls release_streams() between two polls; keep polling until then. */
  void (*revoke)(void* ctx, const uint64_t* stream_ids, uint32_t count, uint64_t deadline_ns);
  /* Streams that are gone: no commit is possible any more, and release_streams() will not be called. */
  void (*lost)(void* ctx, const uint64_t* stream_ids, uint32_t count);
  void (*report)(void* ctx, const mr_stream_state* states, uint32_t count, uint32_t stride);
} mr_streams;

/* A few small facts of the pipeline that survive a restart. Shared by its instances; keys are the plugin's own. */
#define MR_STATE "millrace.state/1"
typedef struct mr_state {
  uint32_t struct_size, reserved;
  /* [control] [source] Calls use() once, before it returns, with the value. MR_NOT_FOUND: never put. */
  mr_status (*get)(void* ctx, mr_str key, void (*use)(void* arg, mr_bytes value), void* arg, mr_error* err);
  mr_status (*put)(void* ctx, mr_str key, mr_bytes value, mr_error* err); /* [control] [source] MR_OK: it is durable */
} mr_state;

/* ---- connecting, and auth ---- */

/* Takes one connection property: copied before it returns. Names are neutral, the source maps them to its client's:
 *
 *   tls.enabled "1" or "0" - tls.ca_pem, tls.client_cert_pem, tls.client_key_pem - tls.server_name - sasl.mechanism -
 *   sasl.username - sasl.password - net.source_address, net.device, net.namespace, net.egress
 *
 * is_secret: never shown to anybody. */
typedef void (*mr_emit_property)(void* arg, mr_str name, mr_bytes value, uint32_t is_secret);

/* How to connect, for sources and for sinks that use the source's cluster: what the pipeline's auth components say, in
 * order and without contradiction. */
#define MR_CONNECTION "millrace.connection/1"
typedef struct mr_connection {
  uint32_t struct_size, reserved;
  /* [control] [source] May block. endpoint: the configured address, "b1:9092,b2:9092". A source that meets a name it
   * does not know must fail, not go on without it. Call it again before *expires_unix_ms (0: never) and after the
   * cluster refused the credentials. */
  mr_status (*properties)(void* ctx, mr_str endpoint, mr_emit_property emit, void* arg, int64_t* expires_unix_ms,
                          mr_error* err);
  /* [any] Moves when properties() would answer anew. The host calls interrupt() then. */
  uint64_t (*generation)(void* ctx);
} mr_connection;

/* Sockets in the network that the pipeline's `vpc` component names. A source that uses them for all of its traffic
 * sets MR_CAP_NETWORK; no other can be combined with such a component. */
#define MR_NET "millrace.net/1"
typedef struct mr_net {
  uint32_t struct_size, reserved;
  /* [any] As socket(2), in the right namespace, bound as configured, closed on exec. *fd is the caller's. */
  mr_status (*open)(void* ctx, int32_t domain, int32_t type, int32_t protocol, int32_t* fd, mr_error* err);
  /* [any] Before connect(2): may this address (a sockaddr) be reached? MR_PERMISSION_DENIED names the rule. */
  mr_status (*allow)(void* ctx, mr_bytes sockaddr, mr_error* err);
  /* [any] May block. Resolves inside the namespace; calls emit once for each address (a sockaddr with the port in it).
   */
  mr_status (*resolve)(void* ctx, mr_str host, uint16_t port, void (*emit)(void* arg, mr_bytes sockaddr), void* arg,
                       mr_error* err);
} mr_net;

typedef struct mr_auth_v1 {
  uint32_t struct_size, reserved;
  /* [control] May block, for secrets. Emits the properties this component is there for, each once. Two components that
   * emit one name with different values are a configuration error, which the host reports. *expires_unix_ms: when to
   * ask again, 0 for never; the host presets it to 0. */
  mr_status (*provide)(void* self, mr_str endpoint, mr_emit_property emit, void* arg, int64_t* expires_unix_ms,
                       mr_error* err);
} mr_auth_v1;

/* ---- extensions: offered through mr_component.get_extension, on instances that may never have been started ---- */

/* Can it work? For `millrace check-connection` and for the moment before a pipeline starts. Joins nothing, sends
 * nothing, commits nothing. */
#define MR_CHECK "millrace.check/1"
enum { MR_PASS = 0, MR_CAUTION = 1, MR_FAIL = 2, MR_SKIP = 3 };
typedef struct mr_check {
  uint32_t struct_size, reserved;
  /* [control] Calls emit once for each step, in order, from this thread: "resolve", "connect", "authenticate". A failed
   * step is a finding, not an error of run(); finding is NULL for MR_PASS and MR_SKIP. Returns by deadline_ns. */
  mr_status (*run)(void* self, uint64_t deadline_ns,
                   void (*emit)(void* arg, mr_str step, uint32_t verdict, const mr_field* facts, uint32_t fact_count,
                                const mr_error* finding),
                   void* arg, mr_error* err);
} mr_check;

/* A source's most recent records, to look at. Joins no group and commits nothing. */
#define MR_PREVIEW "millrace.preview/1"
typedef struct mr_preview {
  uint32_t struct_size, reserved;
  /* [control] The last_n newest records over all streams, at most max_bytes of them, by deadline_ns; *out as in poll().
   */
  mr_status (*read)(void* self, uint32_t last_n, uint64_t max_bytes, uint64_t deadline_ns, mr_batch* out,
                    mr_error* err);
} mr_preview;

/* ---- filter ---- */
typedef struct mr_filter_v1 {
  uint32_t struct_size, reserved;
  /* [lane] keep has one bit for each record, in words of 64: bit i % 64 of word i / 64 is record i; bits past count are
   * 0. Clear the bits of records to drop and set none. Records whose bit is clear already were dropped by an earlier
   * filter and need no look. After an error the host uses the bits as they were and does what the pipeline's
   * on_filter_error says. */
  mr_status (*apply)(void* self, const mr_batch* in, uint64_t* keep, mr_error* err);
} mr_filter_v1;

/* ---- encoder ---- */

/* Limits of one request: 0 is no limit. max_bytes is of the encoded body. */
typedef struct mr_limits {
  uint64_t max_bytes;
  uint32_t max_records, reserved;
} mr_limits;

/* The host's buffer for one body. [lane], during encode() only. */
typedef struct mr_writer {
  uint32_t struct_size, reserved;
  void* ctx;
  /* Room for size more bytes, uninitialised, behind what was advanced over; NULL: no memory. Pointers that earlier
   * calls gave are dead. */
  uint8_t* (*reserve)(void* ctx, uint64_t size);
  void (*advance)(void* ctx, uint64_t used); /* the first `used` of the reserved bytes are now part of the body */
} mr_writer;

typedef struct mr_encoder_v1 {
  uint32_t struct_size, reserved;
  /* [lane] Writes one body from the kept records at *cursor and after, in order, and leaves *cursor behind the last one
   * it looked at: in->count when all are done. Takes at least one record. When the first kept record does not fit into
   * a body of its own: MR_OUT_OF_RANGE, *cursor on that record, nothing advanced, err->reason the condition for its
   * dead letter ("MaximumPayloadSizeExceeded"); the host dead-letters it and goes on behind it. After any other error
   * the host drops what was written, ignores *cursor and tries again later: no error but that one finishes a record. */
  mr_status (*encode)(void* self, const mr_batch* in, const uint64_t* keep, const mr_limits* limits, uint32_t* cursor,
                      mr_writer* out, mr_error* err);
  /* The media type of every body that encode() writes: "application/json". At most 255 bytes of printable ASCII; empty
   * or absent: it cannot be said. Sinks find it in mr_request.content_type. */
  mr_str content_type;
} mr_encoder_v1;

/* ---- sink ---- */

/* How a request ended. Retries, waiting, order, splitting and dead letters are the host's. An unknown
 * outcome is RETRY. */
enum {
  MR_DONE = 0,     /* delivered, as durably as this sink ever delivers */
  MR_RETRY = 1,    /* the function failed, or nobody knows: again; an attempt of the records' retry policy is used up */
  MR_REJECT = 2,   /* these records never again: dead letters */
  MR_PARTIAL = 3,  /* delivered but for `failed`, and those as in RETRY */
  MR_BUSY = 4,     /* the function was not reached (throttle, 5xx, network): again; uses no attempt */
  MR_BLOCKED = 5,  /* a person must act (no such function, no permission): finishes nothing, probed slowly */
  MR_TOO_LARGE = 6 /* the body is larger than the function takes: split and again; one record alone is a dead letter */
};

/* mr_request.flags. PARTIAL: the pipeline wants single failed records named, where the function can name them. */
enum { MR_REQUEST_PARTIAL = 1u << 0 };

/* One record of a request. */
typedef struct mr_record_id {
  int64_t position;
  uint32_t stream, reserved; /* index into mr_request.streams */
} mr_record_id;

/* A request. All that it leads to stays valid until its answer, so an asynchronous sink need not copy the body. */
typedef struct mr_request {
  uint32_t struct_size, record_count;
  uint32_t attempt; /* from 1 */
  uint32_t flags;   /* MR_REQUEST_* */
  mr_bytes body;
  uint64_t deadline_ns;        /* answer by then; later answers count, but the host may be stopping */
  const mr_record_id* records; /* of the body, in its order: record i is what mr_result.failed calls i */
  const mr_stream* streams;
  uint32_t stream_stride, stream_count, attribute_count, reserved;
  const mr_field* attributes; /* of the batch's source, see mr_batch.attributes */
  mr_bytes key;        /* the record's key when the request is about one record, as for dead letters; else absent */
  mr_str request_id;   /* unique to this attempt */
  mr_str content_type; /* of the body, as the encoder says it: "application/json"; may be empty */
} mr_request;

/* The answer. It is the plugin's memory and borrowed by the host for the duration of done(). */
typedef struct mr_result {
  uint32_t struct_size, outcome;
  mr_status code;
  uint32_t retry_after_ms; /* RETRY, BUSY: as the function asked; 0 lets the host choose */
  const uint32_t* failed;  /* PARTIAL: indexes into mr_request.records, ascending */
  uint32_t failed_count, attribute_count;
  mr_str detail;              /* for the operator */
  mr_str reason;              /* for machines: "FUNCTION_CONFIG_NOT_VALID" */
  const mr_field* attributes; /* "requestId", "statusCode", "functionError", "executedVersion", whichever are known */
} mr_result;

/* Where the answer goes. done() is called exactly once; it queues the answer and returns at once. */
typedef struct mr_completion {
  void* ctx;
  void (*done)(void* ctx, const mr_result* result); /* [any] */
} mr_completion;

typedef struct mr_sink_v1 {
  uint32_t struct_size;
  uint32_t max_in_flight; /* requests that the host has outstanding on one instance at most; at least 1 */
  /* [lane] Takes the request and returns at once. MR_OK: taken, and exactly one done() is owed, perhaps before submit()
   * returns, at the latest before stop() returns. Anything else: not taken, done() must not be called, and nothing is
   * finished by it. MR_NOT_FOUND, MR_PERMISSION_DENIED, MR_UNAUTHENTICATED, MR_UNIMPLEMENTED, MR_INVALID_ARGUMENT and
   * MR_FAILED_PRECONDITION then count as MR_BLOCKED, every other code as MR_BUSY. */
  mr_status (*submit)(void* self, const mr_request* request, mr_completion completion, mr_error* err);
  /* [control] After create(): what this instance takes in one request. NULL, or a field of 0: no limit of its own. */
  void (*limits)(void* self, mr_limits* most);
} mr_sink_v1;

/* ---- component and plugin ---- */

enum { MR_SOURCE = 1, MR_AUTH, MR_FILTER, MR_ENCODER, MR_SINK };

/* mr_component.caps */
enum {
  MR_CAP_CONCURRENT = 1u << 0, /* filter, encoder, sink: [lane] functions of one instance may be called concurrently */
  MR_CAP_SCALABLE = 1u << 1,   /* source: several instances may share the work of one pipeline */
  MR_CAP_NETWORK = 1u << 2     /* source: all of its traffic goes through millrace.net/1 */
};

/* mr_component.needs: which parts of a record it reads. What nobody needs, a source need not fill in. */
enum { MR_NEED_KEY = 1u << 0, MR_NEED_VALUE = 1u << 1, MR_NEED_HEADERS = 1u << 2, MR_NEED_TIMESTAMP = 1u << 3 };

/* mr_component.stability, for the reference. */
enum { MR_DEVELOPMENT, MR_ALPHA, MR_BETA, MR_STABLE, MR_DEPRECATED };

/* A component. Constant data, as is all that it leads to. */
typedef struct mr_component {
  uint32_t struct_size, kind, caps, needs, stability, reserved;
  const char* type;    /* [a-z][a-z0-9_]*, unique within the kind over all plugins: what YAML's `type:` names */
  const char* summary; /* one line for the reference */
  /* JSON Schema (draft-07, the subset in docs/writing-a-plugin.md) of the fields beside `type`. The host validates the
   * configuration against it and fills in the defaults before create(). */
  const char* config_schema;
  const void* vtable; /* mr_source_v1, mr_auth_v1, mr_filter_v1, mr_encoder_v1 or mr_sink_v1 */
  /* [control] No I/O, no threads. config is JSON that fits the schema, valid during the call; host is valid until
   * destroy(). On MR_OK *self is the instance; otherwise there is none, and nothing to destroy. */
  mr_status (*create)(const mr_host* host, mr_str config, void** self, mr_error* err);
  /* [control] At most once. May block, start threads and connect; that nobody answers yet is health, not an error. */
  mr_status (*start)(void* self, mr_error* err);
  /* [control] Ends all activity, joins all threads, answers every request; by deadline_ns (0: no limit) if it can. Also
   * without start(), after a failed start(), and a second time. The host has released all batches before. */
  void (*stop)(void* self, uint64_t deadline_ns);
  void (*destroy)(void* self); /* [control] After stop(), once. */
  /* [any] The table of an extension, by its id; NULL when it has none. Valid until destroy(). May be NULL itself. */
  const void* (*get_extension)(void* self, const char* id);
} mr_component;

/* An id that this plugin's errors carry, for `millrace explain ID` and the documentation. Ids are a prefix of the
 * vendor's own and a number; one is never used for something else. All four are there. */
typedef struct mr_error_info {
  const char *id, *title, *cause, *remedy;
} mr_error_info;

/* A plugin. Constant data, as is all that it leads to; the host copies what it needs. */
typedef struct mr_plugin {
  uint32_t struct_size, abi_major, abi_minor;   /* of the header that it was built with */
  uint32_t needs_host_minor;                    /* the lowest that has all it cannot do without */
  const char* name;                             /* reverse domain: "org.example.sample" */
  const char *version, *vendor, *license, *url; /* license: an SPDX expression; "" for what there is not */
  const mr_component* const* components;        /* pointers, so that mr_component can grow */
  uint32_t component_count, error_count;
  const mr_error_info* errors;
} mr_plugin;

/* The one exported symbol. The host calls it once, before anything else; it returns at once and starts nothing. The
 * library is never unloaded. */
MR_EXPORT const mr_plugin* millrace_plugin_entry_v1(void);

#ifdef __cplusplus
}
#endif
#endif

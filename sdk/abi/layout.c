/* The plugin ABI, written down a second time: every size, offset and constant of plugin.h.
 *
 * Adding to the ABI adds lines here. A line that has to be changed is a break: docs/abi.md says what to do instead, and
 * history.txt is where an accepted one is explained. Compiling is the test; the file is compiled as C11 and as C++20,
 * and by two compilers, because plugins are. */
#include <millrace/plugin.h>
#include <stddef.h>
#ifdef __cplusplus
#define _Static_assert static_assert
#define ALIGNMENT alignof
#else
#define ALIGNMENT _Alignof
#endif

#define SIZE(type, size)                         \
  _Static_assert(sizeof(type) == (size), #type); \
  _Static_assert(ALIGNMENT(type) <= 8, #type)
#define AT(type, member, offset, size)                                   \
  _Static_assert(offsetof(type, member) == (offset), #type "." #member); \
  _Static_assert(sizeof(((type*)0)->member) == (size), #type "." #member)
#define IS(constant, value) _Static_assert((constant) == (value), #constant)
/* C cannot compare text or function types by name at compile time; C++ can, and C has _Generic for the second. */
#ifdef __cplusplus
#include <string_view>
#include <type_traits>
#define NAMED(id, text) static_assert(std::string_view(id) == text, #id)
#define CALL(type, member, ...) static_assert(std::is_same_v<decltype(type::member), __VA_ARGS__>, #type "." #member)
#else
#define NAMED(id, text) _Static_assert(sizeof(id) == sizeof(text), #id)
#define CALL(type, member, ...) \
  _Static_assert(_Generic(((type*)0)->member, __VA_ARGS__ : 1, default : 0), #type "." #member)
#endif

_Static_assert(sizeof(void*) == 8, "the ABI is for 64-bit targets");
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the ABI is for little-endian targets");
/* One line for each member, however long. */
/* clang-format off */
SIZE(mr_status, 4);
SIZE(mr_emit_property, 8);

SIZE(mr_str, 16);
AT(mr_str, data, 0, 8);
AT(mr_str, size, 8, 8);

SIZE(mr_bytes, 16);
AT(mr_bytes, data, 0, 8);
AT(mr_bytes, size, 8, 8);

SIZE(mr_error, 1024);
AT(mr_error, struct_size, 0, 4);
AT(mr_error, code, 4, 4);
AT(mr_error, id, 8, 24);
AT(mr_error, reason, 32, 40);
AT(mr_error, field, 72, 128);
AT(mr_error, message, 200, 312);
AT(mr_error, detail, 512, 256);
AT(mr_error, hint, 768, 256);

SIZE(mr_host, 64);
AT(mr_host, struct_size, 0, 4);
AT(mr_host, abi_major, 4, 4);
AT(mr_host, abi_minor, 8, 4);
AT(mr_host, instance, 12, 4);
AT(mr_host, ctx, 16, 8);
AT(mr_host, get_service, 24, 8);
AT(mr_host, pipeline_id, 32, 16);
AT(mr_host, host_id, 48, 16);

SIZE(mr_field, 32);
AT(mr_field, key, 0, 16);
AT(mr_field, value, 16, 16);

SIZE(mr_log, 24);
AT(mr_log, struct_size, 0, 4);
AT(mr_log, reserved, 4, 4);
AT(mr_log, enabled, 8, 8);
AT(mr_log, write, 16, 8);

SIZE(mr_metrics, 24);
AT(mr_metrics, struct_size, 0, 4);
AT(mr_metrics, reserved, 4, 4);
AT(mr_metrics, define, 8, 8);
AT(mr_metrics, record, 16, 8);

SIZE(mr_health, 16);
AT(mr_health, struct_size, 0, 4);
AT(mr_health, reserved, 4, 4);
AT(mr_health, report, 8, 8);

SIZE(mr_secrets, 16);
AT(mr_secrets, struct_size, 0, 4);
AT(mr_secrets, reserved, 4, 4);
AT(mr_secrets, resolve, 8, 8);

SIZE(mr_executor, 32);
AT(mr_executor, struct_size, 0, 4);
AT(mr_executor, reserved, 4, 4);
AT(mr_executor, run_blocking, 8, 8);
AT(mr_executor, after, 16, 8);
AT(mr_executor, cancel, 24, 8);

SIZE(mr_header, 32);
AT(mr_header, name, 0, 16);
AT(mr_header, value, 16, 16);

SIZE(mr_stream, 32);
AT(mr_stream, id, 0, 8);
AT(mr_stream, name, 8, 16);
AT(mr_stream, partition, 24, 4);
AT(mr_stream, reserved, 28, 4);

SIZE(mr_record, 64);
AT(mr_record, key, 0, 16);
AT(mr_record, value, 16, 16);
AT(mr_record, position, 32, 8);
AT(mr_record, timestamp_ms, 40, 8);
AT(mr_record, stream, 48, 4);
AT(mr_record, first_header, 52, 4);
AT(mr_record, header_count, 56, 4);
AT(mr_record, flags, 60, 4);

SIZE(mr_batch, 88);
AT(mr_batch, struct_size, 0, 4);
AT(mr_batch, record_stride, 4, 4);
AT(mr_batch, stream_stride, 8, 4);
AT(mr_batch, count, 12, 4);
AT(mr_batch, stream_count, 16, 4);
AT(mr_batch, header_count, 20, 4);
AT(mr_batch, attribute_count, 24, 4);
AT(mr_batch, reserved, 28, 4);
AT(mr_batch, records, 32, 8);
AT(mr_batch, streams, 40, 8);
AT(mr_batch, headers, 48, 8);
AT(mr_batch, attributes, 56, 8);
AT(mr_batch, retained_bytes, 64, 8);
AT(mr_batch, owner, 72, 8);
AT(mr_batch, release, 80, 8);

SIZE(mr_position, 16);
AT(mr_position, stream_id, 0, 8);
AT(mr_position, next, 8, 8);

SIZE(mr_source_v1, 48);
AT(mr_source_v1, struct_size, 0, 4);
AT(mr_source_v1, reserved, 4, 4);
AT(mr_source_v1, poll, 8, 8);
AT(mr_source_v1, commit, 16, 8);
AT(mr_source_v1, set_paused, 24, 8);
AT(mr_source_v1, release_streams, 32, 8);
AT(mr_source_v1, interrupt, 40, 8);

SIZE(mr_stream_state, 40);
AT(mr_stream_state, stream_id, 0, 8);
AT(mr_stream_state, begin, 8, 8);
AT(mr_stream_state, end, 16, 8);
AT(mr_stream_state, next, 24, 8);
AT(mr_stream_state, committed, 32, 8);

SIZE(mr_streams, 40);
AT(mr_streams, struct_size, 0, 4);
AT(mr_streams, needs, 4, 4);
AT(mr_streams, assigned, 8, 8);
AT(mr_streams, revoke, 16, 8);
AT(mr_streams, lost, 24, 8);
AT(mr_streams, report, 32, 8);

SIZE(mr_state, 24);
AT(mr_state, struct_size, 0, 4);
AT(mr_state, reserved, 4, 4);
AT(mr_state, get, 8, 8);
AT(mr_state, put, 16, 8);

SIZE(mr_connection, 24);
AT(mr_connection, struct_size, 0, 4);
AT(mr_connection, reserved, 4, 4);
AT(mr_connection, properties, 8, 8);
AT(mr_connection, generation, 16, 8);

SIZE(mr_net, 32);
AT(mr_net, struct_size, 0, 4);
AT(mr_net, reserved, 4, 4);
AT(mr_net, open, 8, 8);
AT(mr_net, allow, 16, 8);
AT(mr_net, resolve, 24, 8);

SIZE(mr_check, 16);
AT(mr_check, struct_size, 0, 4);
AT(mr_check, reserved, 4, 4);
AT(mr_check, run, 8, 8);

SIZE(mr_preview, 16);
AT(mr_preview, struct_size, 0, 4);
AT(mr_preview, reserved, 4, 4);
AT(mr_preview, read, 8, 8);

SIZE(mr_auth_v1, 16);
AT(mr_auth_v1, struct_size, 0, 4);
AT(mr_auth_v1, reserved, 4, 4);
AT(mr_auth_v1, provide, 8, 8);

SIZE(mr_filter_v1, 16);
AT(mr_filter_v1, struct_size, 0, 4);
AT(mr_filter_v1, reserved, 4, 4);
AT(mr_filter_v1, apply, 8, 8);

SIZE(mr_limits, 16);
AT(mr_limits, max_bytes, 0, 8);
AT(mr_limits, max_records, 8, 4);
AT(mr_limits, reserved, 12, 4);

SIZE(mr_writer, 32);
AT(mr_writer, struct_size, 0, 4);
AT(mr_writer, reserved, 4, 4);
AT(mr_writer, ctx, 8, 8);
AT(mr_writer, reserve, 16, 8);
AT(mr_writer, advance, 24, 8);

SIZE(mr_encoder_v1, 32);
AT(mr_encoder_v1, struct_size, 0, 4);
AT(mr_encoder_v1, reserved, 4, 4);
AT(mr_encoder_v1, encode, 8, 8);
AT(mr_encoder_v1, content_type, 16, 16);

SIZE(mr_record_id, 16);
AT(mr_record_id, position, 0, 8);
AT(mr_record_id, stream, 8, 4);
AT(mr_record_id, reserved, 12, 4);

SIZE(mr_request, 128);
AT(mr_request, struct_size, 0, 4);
AT(mr_request, record_count, 4, 4);
AT(mr_request, attempt, 8, 4);
AT(mr_request, flags, 12, 4);
AT(mr_request, body, 16, 16);
AT(mr_request, deadline_ns, 32, 8);
AT(mr_request, records, 40, 8);
AT(mr_request, streams, 48, 8);
AT(mr_request, stream_stride, 56, 4);
AT(mr_request, stream_count, 60, 4);
AT(mr_request, attribute_count, 64, 4);
AT(mr_request, reserved, 68, 4);
AT(mr_request, attributes, 72, 8);
AT(mr_request, key, 80, 16);
AT(mr_request, request_id, 96, 16);
AT(mr_request, content_type, 112, 16);

SIZE(mr_result, 72);
AT(mr_result, struct_size, 0, 4);
AT(mr_result, outcome, 4, 4);
AT(mr_result, code, 8, 4);
AT(mr_result, retry_after_ms, 12, 4);
AT(mr_result, failed, 16, 8);
AT(mr_result, failed_count, 24, 4);
AT(mr_result, attribute_count, 28, 4);
AT(mr_result, detail, 32, 16);
AT(mr_result, reason, 48, 16);
AT(mr_result, attributes, 64, 8);

SIZE(mr_completion, 16);
AT(mr_completion, ctx, 0, 8);
AT(mr_completion, done, 8, 8);

SIZE(mr_sink_v1, 24);
AT(mr_sink_v1, struct_size, 0, 4);
AT(mr_sink_v1, max_in_flight, 4, 4);
AT(mr_sink_v1, submit, 8, 8);
AT(mr_sink_v1, limits, 16, 8);

SIZE(mr_component, 96);
AT(mr_component, struct_size, 0, 4);
AT(mr_component, kind, 4, 4);
AT(mr_component, caps, 8, 4);
AT(mr_component, needs, 12, 4);
AT(mr_component, stability, 16, 4);
AT(mr_component, reserved, 20, 4);
AT(mr_component, type, 24, 8);
AT(mr_component, summary, 32, 8);
AT(mr_component, config_schema, 40, 8);
AT(mr_component, vtable, 48, 8);
AT(mr_component, create, 56, 8);
AT(mr_component, start, 64, 8);
AT(mr_component, stop, 72, 8);
AT(mr_component, destroy, 80, 8);
AT(mr_component, get_extension, 88, 8);

SIZE(mr_error_info, 32);
AT(mr_error_info, id, 0, 8);
AT(mr_error_info, title, 8, 8);
AT(mr_error_info, cause, 16, 8);
AT(mr_error_info, remedy, 24, 8);

SIZE(mr_plugin, 80);
AT(mr_plugin, struct_size, 0, 4);
AT(mr_plugin, abi_major, 4, 4);
AT(mr_plugin, abi_minor, 8, 4);
AT(mr_plugin, needs_host_minor, 12, 4);
AT(mr_plugin, name, 16, 8);
AT(mr_plugin, version, 24, 8);
AT(mr_plugin, vendor, 32, 8);
AT(mr_plugin, license, 40, 8);
AT(mr_plugin, url, 48, 8);
AT(mr_plugin, components, 56, 8);
AT(mr_plugin, component_count, 64, 4);
AT(mr_plugin, error_count, 68, 4);
AT(mr_plugin, errors, 72, 8);

IS(MR_ABI_MAJOR, 1);
IS(MR_ABI_MINOR, 0);
IS(MR_OK, 0);
IS(MR_CANCELLED, 1);
IS(MR_UNKNOWN, 2);
IS(MR_INVALID_ARGUMENT, 3);
IS(MR_DEADLINE_EXCEEDED, 4);
IS(MR_NOT_FOUND, 5);
IS(MR_ALREADY_EXISTS, 6);
IS(MR_PERMISSION_DENIED, 7);
IS(MR_RESOURCE_EXHAUSTED, 8);
IS(MR_FAILED_PRECONDITION, 9);
IS(MR_ABORTED, 10);
IS(MR_OUT_OF_RANGE, 11);
IS(MR_UNIMPLEMENTED, 12);
IS(MR_INTERNAL, 13);
IS(MR_UNAVAILABLE, 14);
IS(MR_DATA_LOSS, 15);
IS(MR_UNAUTHENTICATED, 16);
IS(MR_TRACE, 0);
IS(MR_DEBUG, 1);
IS(MR_INFO, 2);
IS(MR_WARN, 3);
IS(MR_ERROR, 4);
IS(MR_COUNTER, 0);
IS(MR_GAUGE, 1);
IS(MR_HISTOGRAM, 2);
IS(MR_HEALTHY, 0);
IS(MR_DEGRADED, 1);
IS(MR_BROKEN, 2);
IS(MR_TIME_UNKNOWN, 0);
IS(MR_TIME_CREATE, 1);
IS(MR_TIME_LOG_APPEND, 2);
IS(MR_TIME_MASK, 3);
IS(MR_PASS, 0);
IS(MR_CAUTION, 1);
IS(MR_FAIL, 2);
IS(MR_SKIP, 3);
IS(MR_DONE, 0);
IS(MR_RETRY, 1);
IS(MR_REJECT, 2);
IS(MR_PARTIAL, 3);
IS(MR_BUSY, 4);
IS(MR_BLOCKED, 5);
IS(MR_TOO_LARGE, 6);
IS(MR_REQUEST_PARTIAL, 1);
IS(MR_SOURCE, 1);
IS(MR_AUTH, 2);
IS(MR_FILTER, 3);
IS(MR_ENCODER, 4);
IS(MR_SINK, 5);
IS(MR_CAP_CONCURRENT, 1);
IS(MR_CAP_SCALABLE, 2);
IS(MR_CAP_NETWORK, 4);
IS(MR_NEED_KEY, 1);
IS(MR_NEED_VALUE, 2);
IS(MR_NEED_HEADERS, 4);
IS(MR_NEED_TIMESTAMP, 8);
IS(MR_DEVELOPMENT, 0);
IS(MR_ALPHA, 1);
IS(MR_BETA, 2);
IS(MR_STABLE, 3);
IS(MR_DEPRECATED, 4);

NAMED(MR_LOG, "millrace.log/1");
NAMED(MR_METRICS, "millrace.metrics/1");
NAMED(MR_HEALTH, "millrace.health/1");
NAMED(MR_SECRETS, "millrace.secrets/1");
NAMED(MR_EXECUTOR, "millrace.executor/1");
NAMED(MR_STREAMS, "millrace.streams/1");
NAMED(MR_STATE, "millrace.state/1");
NAMED(MR_CONNECTION, "millrace.connection/1");
NAMED(MR_NET, "millrace.net/1");
NAMED(MR_CHECK, "millrace.check/1");
NAMED(MR_PREVIEW, "millrace.preview/1");

CALL(mr_host, get_service, const void *(*)(void *ctx, const char *id));
CALL(mr_log, enabled, uint32_t (*)(void *ctx, uint32_t level));
CALL(mr_log, write, void (*)(void *ctx, uint32_t level, mr_str message, const mr_field *fields, uint32_t field_count));
CALL(mr_metrics, define, uint64_t (*)(void *ctx, uint32_t type, mr_str name, mr_str help, mr_str unit));
CALL(mr_metrics, record, void (*)(void *ctx, uint64_t metric, double value));
CALL(mr_health, report, void (*)(void *ctx, uint32_t state, const mr_error *problem));
CALL(mr_secrets, resolve, mr_status (*)(void *ctx, mr_str ref, void (*use)(void *arg, mr_bytes secret), void *arg, mr_error *err));
CALL(mr_executor, run_blocking, mr_status (*)(void *ctx, void (*fn)(void *arg), void *arg));
CALL(mr_executor, after, uint64_t (*)(void *ctx, uint64_t delay_ns, void (*fn)(void *arg), void *arg));
CALL(mr_executor, cancel, void (*)(void *ctx, uint64_t timer));
CALL(mr_batch, release, void (*)(void *owner));
CALL(mr_source_v1, poll, mr_status (*)(void *self, uint32_t max_records, uint64_t max_bytes, uint32_t timeout_ms, mr_batch *out, mr_error *err));
CALL(mr_source_v1, commit, mr_status (*)(void *self, const mr_position *positions, uint32_t count, uint64_t deadline_ns, mr_error *err));
CALL(mr_source_v1, set_paused, mr_status (*)(void *self, const uint64_t *stream_ids, uint32_t count, uint32_t paused, mr_error *err));
CALL(mr_source_v1, release_streams, mr_status (*)(void *self, const uint64_t *stream_ids, uint32_t count, mr_error *err));
CALL(mr_source_v1, interrupt, void (*)(void *self));
CALL(mr_streams, assigned, void (*)(void *ctx, const mr_stream *streams, uint32_t count, uint32_t stream_stride, uint32_t streams_in_all));
CALL(mr_streams, revoke, void (*)(void *ctx, const uint64_t *stream_ids, uint32_t count, uint64_t deadline_ns));
CALL(mr_streams, lost, void (*)(void *ctx, const uint64_t *stream_ids, uint32_t count));
CALL(mr_streams, report, void (*)(void *ctx, const mr_stream_state *states, uint32_t count, uint32_t stride));
CALL(mr_state, get, mr_status (*)(void *ctx, mr_str key, void (*use)(void *arg, mr_bytes value), void *arg, mr_error *err));
CALL(mr_state, put, mr_status (*)(void *ctx, mr_str key, mr_bytes value, mr_error *err));
CALL(mr_connection, properties, mr_status (*)(void *ctx, mr_str endpoint, mr_emit_property emit, void *arg, int64_t *expires_unix_ms, mr_error *err));
CALL(mr_connection, generation, uint64_t (*)(void *ctx));
CALL(mr_net, open, mr_status (*)(void *ctx, int32_t domain, int32_t type, int32_t protocol, int32_t *fd, mr_error *err));
CALL(mr_net, allow, mr_status (*)(void *ctx, mr_bytes sockaddr, mr_error *err));
CALL(mr_net, resolve, mr_status (*)(void *ctx, mr_str host, uint16_t port, void (*emit)(void *arg, mr_bytes sockaddr), void *arg, mr_error *err));
CALL(mr_check, run, mr_status (*)(void *self, uint64_t deadline_ns, void (*emit)(void *arg, mr_str step, uint32_t verdict, const mr_field *facts, uint32_t fact_count, const mr_error *finding), void *arg, mr_error *err));
CALL(mr_preview, read, mr_status (*)(void *self, uint32_t last_n, uint64_t max_bytes, uint64_t deadline_ns, mr_batch *out, mr_error *err));
CALL(mr_auth_v1, provide, mr_status (*)(void *self, mr_str endpoint, mr_emit_property emit, void *arg, int64_t *expires_unix_ms, mr_error *err));
CALL(mr_filter_v1, apply, mr_status (*)(void *self, const mr_batch *in, uint64_t *keep, mr_error *err));
CALL(mr_writer, reserve, uint8_t *(*)(void *ctx, uint64_t size));
CALL(mr_writer, advance, void (*)(void *ctx, uint64_t used));
CALL(mr_encoder_v1, encode, mr_status (*)(void *self, const mr_batch *in, const uint64_t *keep, const mr_limits *limits, uint32_t *cursor, mr_writer *out, mr_error *err));
CALL(mr_completion, done, void (*)(void *ctx, const mr_result *result));
CALL(mr_sink_v1, submit, mr_status (*)(void *self, const mr_request *request, mr_completion completion, mr_error *err));
CALL(mr_sink_v1, limits, void (*)(void *self, mr_limits *most));
CALL(mr_component, create, mr_status (*)(const mr_host *host, mr_str config, void **self, mr_error *err));
CALL(mr_component, start, mr_status (*)(void *self, mr_error *err));
CALL(mr_component, stop, void (*)(void *self, uint64_t deadline_ns));
CALL(mr_component, destroy, void (*)(void *self));
CALL(mr_component, get_extension, const void *(*)(void *self, const char *id));

int millrace_abi_layout_is_checked(void);
int millrace_abi_layout_is_checked(void) { return 1; }

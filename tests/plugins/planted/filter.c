/* Filters with one defect each, for the test of `millrace plugin check`: -DPLANT_NAME compiles the defect NAME in.
 *
 * Without a defect it is a filter that keeps records whose value has an 'a' in it, and passes every check. */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "planted.h"

#ifdef PLANT_EXPORTS_ONLY_ENTRY
MR_EXPORT int planted_helper(void) {
  return 7;
}
#endif
#ifdef PLANT_NO_TEXT_RELOCATIONS
__asm__(".text\n.balign 8\nplanted_pointer: .quad planted_pointer\n");
#endif
#ifdef PLANT_LOADS_NOW_LOCAL
int planted_nobody_defines_this(void);
#endif
#ifdef PLANT_LOADS_TWICE
__attribute__((constructor)) static void only_once(void) {
  if (getenv("PLANTED_LOADED") != NULL) abort();
  setenv("PLANTED_LOADED", "1", 1);
}
#endif
#ifdef PLANT_SCAN_UNDER_100MS
__attribute__((constructor)) static void slowly(void) {
  usleep(160 * 1000);
}
#endif
#if defined(PLANT_NO_THREADS_AT_LOAD) || defined(PLANT_CREATE_WITHOUT_START)
static void* forever(void* arg) {
  for (;;) pause();
  return arg;
}
static void start_a_thread(void) {
  pthread_t thread;
  if (pthread_create(&thread, NULL, forever, NULL) == 0) pthread_detach(thread);
}
#endif
#ifdef PLANT_NO_THREADS_AT_LOAD
__attribute__((constructor)) static void at_load(void) {
  start_a_thread();
}
#endif

typedef struct instance {
  const mr_host* host;
  int started, stopped, twisted;
  uint32_t calls;
  mr_bytes kept_view;
  uint64_t scratch[16];
} instance;

static int has_a(mr_bytes text) {
#ifdef PLANT_NULL_AND_EMPTY_VALUES
  return *(const volatile uint8_t*)text.data == 'a' || (text.size > 0 && memchr(text.data, 'a', text.size) != NULL);
#else
  return text.size > 0 && memchr(text.data, 'a', text.size) != NULL;
#endif
}

static mr_status create(const mr_host* host, mr_str config, void** self, mr_error* err) {
  (void)config, (void)err;
#ifdef PLANT_INVALID_CONFIG_IS_AN_ERROR_NOT_A_CRASH
  if (config.size == 0 || config.data[0] != '{') abort();
#endif
#ifdef PLANT_FUZZ
  const int twisted = memmem(config.data, config.size, "\"twist\":true", 12) != NULL;
#endif
#ifdef PLANT_CREATE_WITHOUT_START
  static int once;
  if (once++ == 0) start_a_thread();
#endif
#ifdef PLANT_THOUSAND_INSTANCES
  static int places = 512;
  if (places == 0) {
    snprintf(err->message, sizeof err->message, "There are 512 instances already.");
    return err->code = MR_RESOURCE_EXHAUSTED;
  }
  --places;
#endif
  instance* it = calloc(1, sizeof *it);
  if (it == NULL) return MR_RESOURCE_EXHAUSTED;
#ifdef PLANT_DESTROY_LEAKS_NOTHING
  void* volatile lost = malloc(256);
  if (lost) memset((void*)lost, 1, 256);
#endif
  it->host = host;
#ifdef PLANT_FUZZ
  it->twisted = twisted;
#endif
  *self = it;
  return MR_OK;
}
static mr_status start(void* self, mr_error* err) {
  instance* it = self;
  it->started = 1;
  if (it->twisted) abort();
  if (it->host->get_service(it->host->ctx, MR_LOG) == NULL) {
#ifndef PLANT_START_FAILURE_IS_REPORTED
    snprintf(err->message, sizeof err->message, "The host has no log.");
#endif
    return err->code = MR_UNAVAILABLE;
  }
  return MR_OK;
}
static void stop(void* self, uint64_t deadline_ns) {
  instance* it = self;
  (void)deadline_ns;
#ifdef PLANT_STOP_WITHOUT_START
  if (!it->started) abort();
#endif
#ifdef PLANT_STOP_TWICE
  if (it->started && it->stopped) abort();
#endif
  it->stopped = 1;
}
static void destroy(void* self) {
  free(self);
}

static const mr_record* record(const mr_batch* in, uint32_t i) {
#ifdef PLANT_WALKS_BY_STRIDE
  return in->records + i;
#else
  return (const mr_record*)(const void*)((const char*)in->records + (uint64_t)i * in->record_stride);
#endif
}

static mr_status apply(void* self, const mr_batch* in, uint64_t* keep, mr_error* err) {
  instance* it = self;
  (void)err, (void)it;
#ifdef PLANT_EMPTY_BATCH
  if (in->records->value.size > (1u << 30)) return MR_INTERNAL;
#endif
#ifdef PLANT_NO_VIEW_KEPT
  if (it->kept_view.data != NULL && *(const volatile uint8_t*)it->kept_view.data == 1) return MR_INTERNAL;
  if (in->count > 0) it->kept_view = record(in, 0)->value;
#endif
#ifdef PLANT_SAME_INPUT_SAME_OUTPUT
  if (++it->calls % 2 == 0 && in->count > 3) keep[0] &= ~(uint64_t)1;
#endif
#ifdef PLANT_CONCURRENT_IF_DECLARED
  it->scratch[0] = in->records ? (uint64_t)(uintptr_t)in->records : 0;
  usleep(300);
  if (in->records && it->scratch[0] != (uint64_t)(uintptr_t)in->records) keep[0] = 0;
#endif
#ifdef PLANT_CHANGES_NO_RECORD
  if (in->count > 0) *(volatile uint32_t*)(uintptr_t)&record(in, 0)->flags = MR_TIME_CREATE;
#endif
  for (uint32_t i = 0; i < in->count; ++i) {
    const mr_record* r = record(in, i);
#ifdef PLANT_HUGE_VALUE
    if (r->value.size > (1u << 20)) abort();
#endif
#ifdef PLANT_NOT_UTF8
    for (uint64_t b = 0; b < r->value.size; ++b)
      if (r->value.data[b] >= 0x80) abort();
#endif
#ifdef PLANT_BATCH_BOUNDARIES_DO_NOT_MATTER
    if (i % 2 == 1) keep[i / 64] &= ~((uint64_t)1 << (i % 64));
#endif
#ifdef PLANT_ONLY_CLEARS_BITS
    if (has_a(r->value)) keep[i / 64] |= (uint64_t)1 << (i % 64);
#endif
    if (!has_a(r->value)) keep[i / 64] &= ~((uint64_t)1 << (i % 64));
  }
#ifdef PLANT_IGNORES_BITS_PAST_COUNT
  if (in->count % 64 != 0) keep[in->count / 64] |= (uint64_t)1 << 63;
#endif
  return MR_OK;
}

MR_EXPORT const mr_plugin* millrace_plugin_entry_v1(void) {
  static mr_filter_v1 table = {.struct_size = sizeof table, .apply = apply};
  static mr_component component = {
    .struct_size = sizeof component,
    .kind = MR_FILTER,
    .caps = MR_CAP_CONCURRENT,
    .needs = MR_NEED_VALUE,
    .type = "planted",
    .summary = "Keeps values with an a.",
    .config_schema =
#if defined(PLANT_SCHEMA_PARSES)
        "{\"type\": \"object\", \"propertys\": {}}",
#elif defined(PLANT_SCHEMA_DOCUMENTS_EVERY_KEY)
        "{\"type\": \"object\", \"properties\": {\"twist\": {\"type\": \"boolean\", \"default\": false}}}",
#elif defined(PLANT_EXAMPLE_VALIDATES)
        "{\"type\": \"object\", \"examples\": [{\"twist\": 7}], \"properties\": {\"twist\": {\"type\": \"boolean\", "
        "\"default\": false, \"description\": \"Nothing.\"}}}",
#else
        "{\"type\": \"object\", \"examples\": [{\"twist\": false}], \"properties\": {\"twist\": {\"type\": "
        "\"boolean\", "
        "\"default\": false, \"description\": \"Nothing.\"}}}",
#endif
    .vtable = &table,
    .create = create,
    .start = start,
    .stop = stop,
    .destroy = destroy
  };
  static const mr_component* components[] = {&component};
  static mr_plugin plugin = PLANTED_PLUGIN(components);
#ifdef PLANT_SIZES_SET
  table.struct_size = 0;
#endif
#ifdef PLANT_ABI_VERSION
  plugin.needs_host_minor = MR_ABI_MINOR + 7;
  plugin.abi_minor = MR_ABI_MINOR + 7;
#endif
#ifdef PLANT_TYPE_NAMES
  component.type = "Planted-Filter";
#endif
#ifdef PLANT_LOADS_NOW_LOCAL
  plugin.component_count += (uint32_t)planted_nobody_defines_this();
#endif
  return &plugin;
}
